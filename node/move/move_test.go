package move_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/move"
	"metanet/node/native/facetest"
	"metanet/node/resign"
)

// oldHome is the server that the person leaves; facetest.ServerID is this one.
const oldHome = 3

// journey is somebody on their way here, and the old home's key for them.
type journey struct {
	*facetest.World
	t       *testing.T
	did     identity.DID
	old     record.Signer
	hosted  record.Signer
	exports func(take func([]*record.Bundle) error) error
	mover   *move.Mover
}

func newJourney(t *testing.T) *journey {
	w := facetest.New(t)
	j := &journey{World: w, t: t, did: w.NewWallet().DID}
	j.old = j.key()
	w.Chain.SetHome(j.did, oldHome)
	j.exports = func(func([]*record.Bundle) error) error { return errors.New("silence") }
	j.mover = &move.Mover{
		Store: w.DB, Space: w.DB.Space("move"), Door: w.Door,
		Resigner:   &resign.Resigner{Store: w.DB, Door: w.Door, Network: w.Network, Skew: identity.DefaultParams().Skew},
		Identities: j, Hosted: j, Source: j, Server: func() uint64 { return facetest.ServerID }, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}
	return j
}

func (j *journey) key() record.Signer {
	j.t.Helper()
	key, err := j.Ring.NewHosted(j.t.Context(), j.did)
	if err != nil {
		j.t.Fatal(err)
	}
	j.Chain.Authorise(j.did, key.Public(), identity.PurposeHosted)
	return key
}

func (j *journey) Keys(_ context.Context, did identity.DID) ([]identity.KeyRecord, uint64, error) {
	return j.Chain.Keys(did), j.Chain.Home(did), nil
}

func (j *journey) Signer(context.Context, identity.DID) (record.Signer, error) {
	if j.hosted == nil {
		return nil, errors.New("not authorised")
	}
	return j.hosted, nil
}

func (j *journey) Export(_ context.Context, server uint64, did identity.DID, take func([]*record.Bundle) error) error {
	if server != oldHome || did != j.did {
		j.t.Errorf("asked server %d for %s", server, did)
	}
	return j.exports(take)
}

func (j *journey) sign(signer record.Signer, n int, text string) *record.Bundle {
	j.t.Helper()
	var value []byte
	if text != "" {
		var err error
		value, err = record.EncodeValue(map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z"})
		if err != nil {
			j.t.Fatal(err)
		}
	}
	b, err := record.Sign(j.Network, j.did, path(n), j.Clock.Next(), value, signer)
	if err != nil {
		j.t.Fatal(err)
	}
	return b
}

func path(n int) record.Path {
	return record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(fmt.Sprintf("post%04d", n))}
}

func (j *journey) hear(bundles ...*record.Bundle) {
	j.t.Helper()
	var candidates []ingest.Candidate
	for _, b := range bundles {
		candidates = append(candidates, ingest.Candidate{Origin: ingest.Sync, Bundle: b})
	}
	if _, err := j.Door.Submit(j.t.Context(), candidates); err != nil {
		j.t.Fatal(err)
	}
}

// arrive has the chain name this server as home.
func (j *journey) arrive() {
	j.t.Helper()
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	j.Chain.End(j.did, j.old.Public())
	j.Chain.SetHome(j.did, facetest.ServerID)
	j.hosted = j.key()
	if err := j.Door.Recount(j.t.Context(), j.did); err != nil {
		j.t.Fatal(err)
	}
}

func (j *journey) want(n int, text string) {
	j.t.Helper()
	got := ""
	s, err := store.Record(j.DB, j.did, path(n))
	if err == nil {
		tree, err := record.DecodeValue(s.Bundle.Value)
		if err != nil {
			j.t.Fatal(err)
		}
		got, _ = tree["text"].(string)
	} else if !errors.Is(err, store.ErrNotFound) {
		j.t.Fatal(err)
	}
	if got != text {
		j.t.Errorf("path %d shows %q, want %q", n, got, text)
	}
}

func (j *journey) begin() move.Status {
	j.t.Helper()
	st, err := j.mover.Begin(j.t.Context(), j.did)
	if err != nil {
		j.t.Fatal(err)
	}
	return st
}

func (j *journey) restore(late bool) move.Status {
	j.t.Helper()
	st, err := j.mover.Restore(j.t.Context(), j.did, late)
	if err != nil {
		j.t.Fatal(err)
	}
	return st
}

func TestAWillingHome(t *testing.T) {
	j := newJourney(t)
	j.exports = func(take func([]*record.Bundle) error) error {
		stranger := j.sign(j.old, 9, "x")
		stranger.DID = identity.NewDID(facetest.ChainID, identity.Address{9})
		return take([]*record.Bundle{j.sign(j.old, 1, "one"), j.sign(j.old, 2, "two"), stranger})
	}
	if st := j.begin(); st.Fetched != 2 || st.Copied != 2 || st.Fault != "" || st.From != oldHome {
		t.Errorf("begun: %+v", st)
	}
	j.want(1, "one")
	if st := j.restore(false); st.Done || st.Arrived {
		t.Errorf("before the home has changed: %+v", st)
	}
	j.arrive()
	j.want(1, "")
	if st := j.restore(false); !st.Done || st.Restored.Signed != 2 || st.Restored.Late != 0 {
		t.Errorf("arrived: %+v", st)
	}
	j.want(1, "one")
	j.want(2, "two")
	if st := j.restore(false); !st.Done || st.Restored.Signed != 2 {
		t.Errorf("again: %+v", st)
	}
}

// The old home is down: what gossip and catch-up have brought is enough.
func TestASilentHome(t *testing.T) {
	j := newJourney(t)
	j.hear(j.sign(j.old, 1, "by gossip"))
	if st := j.begin(); st.Fault == "" || st.Copied != 1 {
		t.Errorf("begun: %+v", st)
	}
	j.arrive()
	j.restore(false)
	j.want(1, "by gossip")
}

// The old home deletes and forges everything once it hears of the move.
func TestAHostileHome(t *testing.T) {
	j := newJourney(t)
	j.hear(j.sign(j.old, 1, "mine"), j.sign(j.old, 2, "mine, too"))
	j.begin()
	time.Sleep(2 * time.Millisecond)
	j.hear(j.sign(j.old, 1, ""), j.sign(j.old, 2, "forged"), j.sign(j.old, 3, "forged"))
	j.want(1, "") // its key still lives: this is what people see
	j.arrive()
	st := j.restore(false)
	if st.Restored.Signed != 2 {
		t.Errorf("%+v", st)
	}
	j.want(1, "mine")
	j.want(2, "mine, too")
	j.want(3, "")
}

// What the person themselves wrote through the old home after they had begun is
// counted, and brought back when they say so.
func TestLateWords(t *testing.T) {
	j := newJourney(t)
	j.begin()
	time.Sleep(2 * time.Millisecond)
	j.hear(j.sign(j.old, 1, "a last word"))
	j.arrive()
	if st := j.restore(false); st.Restored.Late != 1 {
		t.Errorf("%+v", st)
	}
	j.want(1, "")
	if st := j.restore(true); st.Restored.Late != 0 || st.Restored.Signed != 1 {
		t.Errorf("%+v", st)
	}
	j.want(1, "a last word")
}

// Nobody has the records any more but the person.
func TestAnArchiveOfOnesOwn(t *testing.T) {
	j := newJourney(t)
	was := []*record.Bundle{j.sign(j.old, 1, "first"), j.sign(j.old, 1, "edited"), j.sign(j.old, 2, "two")}
	forged := j.sign(j.old, 3, "forged")
	forged.Sig[0] ^= 1
	if _, err := j.mover.Bring(t.Context(), j.did, was); !errors.Is(err, move.ErrNotBegun) {
		t.Errorf("before it began: %v", err)
	}
	j.begin()
	j.arrive()
	if st, err := j.mover.Bring(t.Context(), j.did, append(was, forged)); err != nil || st.Copied != 3 || st.Done {
		t.Errorf("brought: %+v %v", st, err)
	}
	j.restore(false)
	j.want(1, "edited")
	j.want(2, "two")
	j.want(3, "")
}

// A restart goes on where it was: Run finds what is open.
func TestRunGoesOn(t *testing.T) {
	j := newJourney(t)
	j.hear(j.sign(j.old, 1, "mine"))
	j.begin()
	j.arrive()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- j.mover.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if st, err := j.mover.Status(t.Context(), j.did); err != nil || st.Done {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not restored")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	j.want(1, "mine")
}
