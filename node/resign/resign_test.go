package resign_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/native/facetest"
	"metanet/node/resign"
)

// person has had one home after another; each gave them a hosted key.
type person struct {
	*facetest.World
	t    *testing.T
	did  identity.DID
	keys []record.Signer
}

func newPerson(t *testing.T) *person {
	w := facetest.New(t)
	u := w.NewWallet()
	return &person{World: w, t: t, did: u.DID}
}

// addKey makes a key that the chain added an hour ago.
func (p *person) addKey() record.Signer {
	p.t.Helper()
	key, err := p.Ring.NewHosted(context.Background(), p.did)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Chain.Authorise(p.did, key.Public(), identity.PurposeHosted)
	p.keys = append(p.keys, key)
	return key
}

// end has the chain end a key, a second from now: what came before is in time.
func (p *person) end(key record.Signer) {
	p.t.Helper()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // chain time has no fractions
	p.Chain.End(p.did, key.Public())
	p.recount()
}

func (p *person) recount() {
	p.t.Helper()
	if err := p.Door.Recount(context.Background(), p.did); err != nil {
		p.t.Fatal(err)
	}
}

func path(n int) record.Path {
	return record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(fmt.Sprintf("post%04d", n))}
}

// write signs and submits; an empty text deletes. It answers the bundle.
func (p *person) write(key record.Signer, n int, text string) *record.Bundle {
	p.t.Helper()
	b := p.sign(key, n, text, p.Clock.Next())
	if r, err := p.Door.Submit(context.Background(), []ingest.Candidate{{Origin: ingest.Sync, Bundle: b}}); err != nil || r[0].Status == ingest.Refused {
		p.t.Fatal(r, err)
	}
	return b
}

func (p *person) sign(key record.Signer, n int, text string, rev syntax.TID) *record.Bundle {
	p.t.Helper()
	var value []byte
	if text != "" {
		var err error
		value, err = drisl.Marshal(map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z"})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	b, err := record.Sign(p.Network, p.did, path(n), rev, value, key)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// seen is the text that people see, "" if nothing.
func (p *person) seen(n int) string {
	p.t.Helper()
	s, err := store.Record(p.DB, p.did, path(n))
	if err == store.ErrNotFound {
		return ""
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var value struct{ Text string }
	var all map[string]any
	if err := drisl.Unmarshal(s.Bundle.Value, &all); err != nil {
		p.t.Fatal(err)
	}
	value.Text, _ = all["text"].(string)
	return value.Text
}

func (p *person) want(n int, text string) {
	p.t.Helper()
	if got := p.seen(n); got != text {
		p.t.Errorf("path %d shows %q, want %q", n, got, text)
	}
}

func (p *person) resigner() *resign.Resigner {
	return &resign.Resigner{Store: p.DB, Door: p.Door, Network: p.Network, Skew: identity.DefaultParams().Skew}
}

func (p *person) job(signer record.Signer, stands ...resign.Stand) resign.Job {
	return resign.Job{DID: p.did, Signer: signer, AddedAt: time.Now().Add(-time.Hour), Stands: stands}
}

func (p *person) run(job resign.Job) resign.Progress {
	p.t.Helper()
	got, err := p.resigner().Run(context.Background(), job, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

func (p *person) lapsed() []resign.Stand { return resign.Lapsed(p.Chain.Keys(p.did), time.Now()) }

func TestWhatTheOldHomeSignedIsBack(t *testing.T) {
	p := newPerson(t)
	device, old := p.addKey(), p.addKey()
	p.write(old, 1, "by the old home")
	p.write(device, 2, "by the device")
	p.write(old, 2, "the old home edited it")
	p.write(device, 3, "deleted by the old home")
	p.write(old, 3, "")
	p.write(old, 4, "deleted by the device")
	p.write(device, 4, "")
	p.end(old)
	p.want(1, "")
	p.want(2, "by the device")
	p.want(3, "deleted by the old home") // hidden tombstones hide nothing

	now := p.addKey()
	before := p.DB.LastSeq()
	if got, want := p.run(p.job(now, p.lapsed()...)), (resign.Progress{Seen: 4, Signed: 3}); got != want {
		t.Errorf("did %+v, want %+v", got, want)
	}
	p.want(1, "by the old home")
	p.want(2, "the old home edited it")
	p.want(3, "")
	p.want(4, "")
	after := p.DB.LastSeq()
	if after != before+3 {
		t.Errorf("%d changes, want 3", after-before)
	}
	// Again: nothing to do, and what would be done is the same bytes.
	if got := p.run(p.job(now, p.lapsed()...)); got.Signed != 0 || p.DB.LastSeq() != after {
		t.Errorf("the second time it did %+v", got)
	}
}

func TestValuesKeepTheirBytes(t *testing.T) {
	p := newPerson(t)
	old := p.addKey()
	was := p.write(old, 1, "the very same")
	p.end(old)
	now := p.addKey()
	p.run(p.job(now, p.lapsed()...))
	s, err := store.Record(p.DB, p.did, path(1))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Bundle.CID.Equals(was.CID) || s.Bundle.Key != now.Public() || s.Bundle.Rev <= was.Rev {
		t.Errorf("cid %s key %s rev %s; was %s, rev %s", s.Bundle.CID, s.Bundle.Key, s.Bundle.Rev, was.CID, was.Rev)
	}
	if s.Flags&store.FlagImported == 0 || !s.Local {
		t.Errorf("flags %v, local %v: people would be told of it again, or peers not at all", s.Flags, s.Local)
	}
}

// The old home still holds its key. What it signs when the key has ended is never
// brought back, not even with a rev from before, and cannot take away what an
// archive of before holds.
func TestAHostileOldHome(t *testing.T) {
	p := newPerson(t)
	old := p.addKey()
	honest := []*record.Bundle{p.write(old, 1, "honest"), p.write(old, 2, "honest, too")}
	p.end(old)
	time.Sleep(1100 * time.Millisecond) // the end's second is over
	p.write(old, 1, "forged")
	p.write(old, 2, "")
	backdated := p.sign(old, 3, "backdated", syntax.NewTIDFromTime(time.Now().Add(-30*time.Minute), 0))
	if _, err := p.Door.Submit(context.Background(), []ingest.Candidate{{Origin: ingest.Sync, Bundle: backdated}}); err != nil {
		t.Fatal(err)
	}
	now := p.addKey()
	if got, want := p.run(p.job(now, p.lapsed()...)), (resign.Progress{Seen: 3, Late: 3}); got != want {
		t.Errorf("did %+v, want %+v", got, want)
	}
	for n := 1; n <= 3; n++ {
		p.want(n, "")
	}
	stranger := p.addKey()
	archive := append(honest, p.sign(stranger, 4, "of a key that nobody stands by", p.Clock.Next()))
	got, err := p.resigner().Bring(context.Background(), p.job(now, p.lapsed()...), archive)
	if want := (resign.Progress{Seen: 3, Signed: 2, Refused: 1}); err != nil || got != want {
		t.Errorf("did %+v (%v), want %+v", got, err, want)
	}
	p.want(1, "honest")
	p.want(2, "honest, too")
	p.want(4, "")
}

// What was written since, by any key that lives, stays.
func TestLaterWordsStay(t *testing.T) {
	p := newPerson(t)
	device, old := p.addKey(), p.addKey()
	was := p.write(old, 1, "old")
	p.end(old)
	p.write(device, 1, "new")
	now := p.addKey()
	if got := p.run(p.job(now, p.lapsed()...)); got.Signed != 0 {
		t.Errorf("did %+v", got)
	}
	if _, err := p.resigner().Bring(context.Background(), p.job(now, p.lapsed()...), []*record.Bundle{was}); err != nil {
		t.Fatal(err)
	}
	p.want(1, "new")
}

// A record of long ago is dated to when the new key may speak, not before: else no
// node would count it.
func TestRevsReachIntoTheKeysTime(t *testing.T) {
	p := newPerson(t)
	old := p.addKey()
	b := p.sign(old, 1, "an hour old", syntax.NewTIDFromTime(time.Now().Add(-time.Hour), 0))
	if r, err := p.Door.Submit(context.Background(), []ingest.Candidate{{Origin: ingest.Sync, Bundle: b}}); err != nil || r[0].Status != ingest.Admitted {
		t.Fatal(r, err)
	}
	p.end(old)
	now := p.addKey()
	job := p.job(now, p.lapsed()...)
	job.AddedAt = time.Now()
	p.run(job)
	s, err := store.Record(p.DB, p.did, path(1))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Bundle.Rev.Time(); got.Before(job.AddedAt.Add(-identity.DefaultParams().Skew)) || got.After(job.AddedAt) {
		t.Errorf("rev %s, the key was added %s", got, job.AddedAt)
	}
}

// More than one page, and a revoked key among them, which nobody stands by.
func TestPages(t *testing.T) {
	p := newPerson(t)
	old, thief := p.addKey(), p.addKey()
	for n := range 600 {
		p.write(old, n, fmt.Sprint("number ", n))
	}
	p.write(thief, 1000, "a thief's")
	p.end(old)
	p.Chain.Revoke(p.did, thief.Public())
	p.recount()
	now := p.addKey()
	reports := 0
	got, err := p.resigner().Run(context.Background(), p.job(now, p.lapsed()...), func(resign.Progress) { reports++ })
	if want := (resign.Progress{Seen: 601, Signed: 600}); err != nil || got != want || reports != 3 {
		t.Errorf("did %+v in %d steps (%v), want %+v", got, reports, err, want)
	}
	p.want(599, "number 599")
	p.want(1000, "")
}
