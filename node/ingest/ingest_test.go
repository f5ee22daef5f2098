package ingest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

const testChain = 31337

var testNetwork = identity.NewNetwork(testChain, [32]byte{1}, identity.Address{2})

// world is a door with a store in memory, a clock that stands still and a chain
// that says what the test wants.
type world struct {
	t     *testing.T
	door  *Door
	db    *store.DB
	stop  func()
	mu    sync.Mutex
	now   time.Time
	chain map[identity.DID]map[identity.Key]identity.KeyRecord
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), chain: make(map[identity.DID]map[identity.Key]identity.KeyRecord)}
	var err error
	if w.db, err = store.Open("store", store.Options{InMemory: true, Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	w.open()
	return w
}

func (w *world) open() {
	schemas, err := record.NewCatalog()
	if err != nil {
		w.t.Fatal(err)
	}
	w.run(Config{
		Network: testNetwork, ChainID: testChain, Params: identity.DefaultParams(), Keys: w,
		Store: w.db, Schemas: schemas, Now: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
}

func (w *world) run(cfg Config) {
	w.door = New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.door.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	w.t.Cleanup(w.stop)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) Key(_ context.Context, did identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rec, ok := w.chain[did][key]
	return rec, ok, nil
}

// author is somebody with one key.
type author struct {
	w    *world
	did  identity.DID
	priv ed25519.PrivateKey
	tick int
}

func (w *world) author(n byte) *author {
	seed := [32]byte{n}
	return &author{w: w, did: identity.NewDID(testChain, identity.Address{n}), priv: ed25519.NewKeyFromSeed(seed[:])}
}

func (a *author) Public() identity.Key {
	key, err := identity.ParseKey(a.priv.Public().(ed25519.PublicKey))
	if err != nil {
		a.w.t.Fatal(err)
	}
	return key
}

func (a *author) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(a.priv, msg), nil }

// onChain sets what the chain says of the author's key, starting from a key added
// an hour ago.
func (a *author) onChain(change func(*identity.KeyRecord)) *author {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	rec, ok := a.w.chain[a.did][a.Public()]
	if !ok {
		rec = identity.KeyRecord{Key: a.Public(), Purpose: identity.PurposeDevice, AddedAt: uint64(a.w.now.Add(-time.Hour).Unix())}
	}
	if change != nil {
		change(&rec)
	}
	if a.w.chain[a.did] == nil {
		a.w.chain[a.did] = make(map[identity.Key]identity.KeyRecord)
	}
	a.w.chain[a.did][a.Public()] = rec
	return a
}

func (a *author) rev(at time.Time) syntax.TID {
	a.tick++
	return syntax.NewTID(at.UnixMicro()+int64(a.tick), 0)
}

func (a *author) post(text string, at time.Time) *record.Bundle {
	return a.put("app.bsky.feed.post/3jzfcijpj2z2a", map[string]any{
		"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z",
	}, at)
}

func (a *author) put(path string, value map[string]any, at time.Time) *record.Bundle {
	a.w.t.Helper()
	p, err := record.ParsePath(path)
	if err != nil {
		a.w.t.Fatal(err)
	}
	var encoded []byte
	if value != nil {
		if encoded, err = drisl.Marshal(value); err != nil {
			a.w.t.Fatal(err)
		}
	}
	b, err := record.Sign(testNetwork, a.did, p, a.rev(at), encoded, a)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return b
}

func (w *world) submit(o Origin, bundles ...*record.Bundle) []Result {
	w.t.Helper()
	var cs []Candidate
	for _, b := range bundles {
		cs = append(cs, Candidate{Origin: o, From: "test", Bundle: b})
	}
	results, err := w.door.Submit(context.Background(), cs)
	if err != nil {
		w.t.Fatal(err)
	}
	return results
}

func (w *world) one(o Origin, b *record.Bundle) Result { w.t.Helper(); return w.submit(o, b)[0] }

// visible is the text that people see under the author's one post, "" if none.
func (a *author) visible() string {
	a.w.t.Helper()
	path, _ := record.ParsePath("app.bsky.feed.post/3jzfcijpj2z2a")
	s, err := store.Record(a.w.db, a.did, path)
	if errors.Is(err, store.ErrNotFound) {
		return ""
	}
	if err != nil {
		a.w.t.Fatal(err)
	}
	return record.Inspect(s.Bundle.Value).Text
}

func TestVerdicts(t *testing.T) {
	type verdict struct {
		status Status
		err    error
		faulty bool
	}
	tests := map[string]struct {
		make         func(w *world) *record.Bundle
		local, peers verdict
	}{
		"good": {
			make:  func(w *world) *record.Bundle { return w.author(1).onChain(nil).post("hi", w.now) },
			local: verdict{status: Admitted}, peers: verdict{status: Admitted},
		},
		"unknown key": {
			make:  func(w *world) *record.Bundle { return w.author(1).post("hi", w.now) },
			local: verdict{Refused, ErrUnknownKey, false}, peers: verdict{Waiting, ErrUnknownKey, false},
		},
		"another identity's key": {
			make: func(w *world) *record.Bundle {
				thief, victim := w.author(1).onChain(nil), w.author(2).onChain(nil)
				thief.did = victim.did
				return thief.post("I am somebody else", w.now)
			},
			local: verdict{Refused, ErrUnknownKey, false}, peers: verdict{Waiting, ErrUnknownKey, false},
		},
		"revoked key": {
			make: func(w *world) *record.Bundle {
				a := w.author(1).onChain(func(k *identity.KeyRecord) { k.EndedAt = uint64(w.now.Unix()) - 60 })
				return a.post("hi", w.now)
			},
			local: verdict{Refused, ErrEndedKey, false}, peers: verdict{status: Admitted}, // kept, hidden
		},
		"expired key": {
			make: func(w *world) *record.Bundle {
				a := w.author(1).onChain(func(k *identity.KeyRecord) { k.Expiry = uint64(w.now.Unix()) - 60 })
				return a.post("hi", w.now)
			},
			local: verdict{Refused, ErrEndedKey, false}, peers: verdict{status: Admitted},
		},
		"rev in the future": {
			make:  func(w *world) *record.Bundle { return w.author(1).onChain(nil).post("hi", w.now.Add(11*time.Minute)) },
			local: verdict{Refused, ErrFutureRev, false}, peers: verdict{Waiting, ErrFutureRev, false},
		},
		"rev within the skew": {
			make:  func(w *world) *record.Bundle { return w.author(1).onChain(nil).post("hi", w.now.Add(9*time.Minute)) },
			local: verdict{status: Admitted}, peers: verdict{status: Admitted},
		},
		"rev before the key": {
			make:  func(w *world) *record.Bundle { return w.author(1).onChain(nil).post("hi", w.now.Add(-2*time.Hour)) },
			local: verdict{Refused, ErrEarlyRev, false}, peers: verdict{Waiting, ErrEarlyRev, false},
		},
		"other chain": {
			make: func(w *world) *record.Bundle {
				a := w.author(1)
				a.did = identity.NewDID(1, a.did.Address())
				return a.post("hi", w.now)
			},
			local: verdict{Refused, ErrWrongChain, true}, peers: verdict{Refused, ErrWrongChain, true},
		},
		"altered signature": {
			make: func(w *world) *record.Bundle {
				raw := w.author(1).onChain(nil).post("hi", w.now).Bytes()
				raw = append([]byte(nil), raw...)
				b, err := record.Decode(flipSignature(raw))
				if err != nil {
					w.t.Fatal(err)
				}
				return b
			},
			local: verdict{Refused, ErrSignature, true}, peers: verdict{Refused, ErrSignature, true},
		},
		"false AT name": {
			make: func(w *world) *record.Bundle {
				return w.author(1).onChain(nil).put("net.metanet.identity.at/self", map[string]any{
					"$type": "net.metanet.identity.at", "createdAt": "2026-01-02T03:04:05.000Z", "operation": map[string]any{"type": "plc_operation"},
				}, w.now)
			},
			local: verdict{Refused, ErrBinding, true}, peers: verdict{Refused, ErrBinding, true},
		},
		"broken schema": {
			make: func(w *world) *record.Bundle {
				return w.author(1).onChain(nil).put("app.bsky.feed.post/x", map[string]any{"$type": "app.bsky.feed.post", "text": 7}, w.now)
			},
			local: verdict{Refused, ErrSchema, false}, peers: verdict{status: Admitted}, // kept, flagged
		},
		"unknown type": {
			make: func(w *world) *record.Bundle {
				return w.author(1).onChain(nil).put("org.example.thing/x", map[string]any{"$type": "org.example.thing"}, w.now)
			},
			local: verdict{status: Admitted}, peers: verdict{status: Admitted},
		},
	}
	for name, tt := range tests {
		for origin, want := range map[Origin]verdict{Local: tt.local, Gossip: tt.peers} {
			t.Run(fmt.Sprintf("%s/%s", name, origin), func(t *testing.T) {
				w := newWorld(t)
				r := w.one(origin, tt.make(w))
				if r.Status != want.status || !errors.Is(r.Err, want.err) || r.Faulty != want.faulty {
					t.Errorf("got %s, %v, faulty %t; want %s, %v, faulty %t", r.Status, r.Err, r.Faulty, want.status, want.err, want.faulty)
				}
				if r.Status != Admitted && w.db.LastSeq() != 0 {
					t.Error("something was stored")
				}
			})
		}
	}
}

// flipSignature changes one bit of the 64 bytes behind the field name "sig".
func flipSignature(raw []byte) []byte {
	for i := range raw {
		if string(raw[i:i+4]) == "csig" {
			raw[i+4+2+40] ^= 1
			return raw
		}
	}
	return nil
}

func TestDuplicatesAndOrder(t *testing.T) {
	w := newWorld(t)
	a := w.author(1).onChain(nil)
	first, second := a.post("first", w.now), a.post("second", w.now.Add(time.Second))
	var got []Status
	for _, r := range w.submit(Gossip, second, first, second) {
		got = append(got, r.Status)
	}
	if want := []Status{Admitted, Superseded, Duplicate}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if a.visible() != "second" {
		t.Errorf("visible %q", a.visible())
	}
}

// A stolen key speaks until it is revoked; then the honest version is back.
func TestRevocationBringsTheHonestVersionBack(t *testing.T) {
	w := newWorld(t)
	honest := w.author(1).onChain(nil)
	thief := w.author(2)
	thief.did = honest.did
	thief.onChain(nil)
	w.one(Local, honest.post("honest", w.now))
	w.one(Gossip, thief.post("stolen", w.now.Add(time.Minute)))
	if honest.visible() != "stolen" {
		t.Fatalf("before the revocation: %q", honest.visible())
	}
	thief.onChain(func(k *identity.KeyRecord) { k.EndedAt = uint64(w.now.Unix()) })
	if err := w.door.Recount(context.Background(), honest.did); err != nil {
		t.Fatal(err)
	}
	if honest.visible() != "honest" {
		t.Errorf("after the revocation: %q", honest.visible())
	}
}

// What another key of the author deleted is not passed on, and comes back into the
// feed when the deleting key turns out to have been stolen.
func TestDeletionByAnotherKey(t *testing.T) {
	w := newWorld(t)
	author, thief := w.author(1).onChain(nil), w.author(2)
	thief.did = author.did
	thief.onChain(nil)
	post := author.post("mine", w.now)
	w.one(Local, post)
	w.one(Gossip, thief.put("app.bsky.feed.post/3jzfcijpj2z2a", nil, w.now.Add(time.Minute)))
	passedOn := func(after uint64) (texts []string) {
		entries, err := w.db.Feed(after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.Buried && e.Bundle.Value != nil {
				texts = append(texts, record.Inspect(e.Bundle.Value).Text)
			}
		}
		return texts
	}
	if got := passedOn(0); len(got) != 0 || author.visible() != "" {
		t.Fatalf("after the deletion %q is passed on, %q visible", got, author.visible())
	}
	read := w.db.LastSeq() // a peer has caught up, without the post
	thief.onChain(func(k *identity.KeyRecord) { k.EndedAt = uint64(w.now.Unix()) })
	if err := w.door.Recount(context.Background(), author.did); err != nil {
		t.Fatal(err)
	}
	if got := passedOn(read); len(got) != 1 || got[0] != "mine" || author.visible() != "mine" {
		t.Errorf("after the revocation %q is passed on, %q visible", got, author.visible())
	}
}

func TestRecordsWaitForTheirKey(t *testing.T) {
	w := newWorld(t)
	a := w.author(1)
	if r := w.one(Gossip, a.post("early", w.now)); r.Status != Waiting {
		t.Fatalf("got %s", r.Status)
	}
	if err := w.door.Recount(context.Background(), a.did); err != nil || a.visible() != "" {
		t.Fatalf("counted without a key: %q, %v", a.visible(), err)
	}
	a.onChain(nil)
	if err := w.door.Recount(context.Background(), a.did); err != nil {
		t.Fatal(err)
	}
	if a.visible() != "early" {
		t.Errorf("visible %q", a.visible())
	}
}

func TestFutureRecordsWaitForTheirTime(t *testing.T) {
	w := newWorld(t)
	a := w.author(1).onChain(nil)
	w.one(Gossip, a.post("tomorrow", w.now.Add(24*time.Hour)))
	for _, step := range []struct {
		advance time.Duration
		want    string
	}{{time.Hour, ""}, {22 * time.Hour, ""}, {50*time.Minute + time.Second, "tomorrow"}} {
		w.advance(step.advance)
		if err := w.door.Tick(context.Background()); err != nil {
			t.Fatal(err)
		}
		if a.visible() != step.want {
			t.Errorf("at %s: visible %q, want %q", w.now, a.visible(), step.want)
		}
	}
}

// An expiring key is hidden on time, by a door that never saw it added too, and
// shown again when it is renewed.
func TestExpiry(t *testing.T) {
	w := newWorld(t)
	expiry := w.now.Add(time.Hour)
	a := w.author(1).onChain(func(k *identity.KeyRecord) { k.Expiry = uint64(expiry.Unix()) })
	w.one(Local, a.post("for an hour", w.now))
	tick := func() {
		t.Helper()
		if err := w.door.Tick(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.stop()
	w.open() // a restart
	if tick(); a.visible() == "" {
		t.Fatal("hidden before its time")
	}
	w.advance(time.Hour)
	if tick(); a.visible() != "" {
		t.Fatal("visible after its key expired")
	}
	a.onChain(func(k *identity.KeyRecord) { k.Expiry += 3600 })
	if err := w.door.Recount(context.Background(), a.did); err != nil || a.visible() == "" {
		t.Fatalf("hidden after the renewal: %v", err)
	}
	w.advance(time.Hour)
	if tick(); a.visible() != "" {
		t.Error("visible after the renewed key expired")
	}
}

func TestGossipVerdicts(t *testing.T) {
	w := newWorld(t)
	a, b, unknown := w.author(1).onChain(nil), w.author(2).onChain(nil), w.author(3)
	good, other := a.post("a", w.now), b.post("b", w.now)
	bad := flipSignature(append([]byte(nil), b.post("bad", w.now.Add(time.Second)).Bytes()...))
	message := func(parts ...[]byte) []byte { return record.EncodeMessage(parts) }
	for _, tt := range []struct {
		name      string
		message   []byte
		want      Verdict
		remainder int
	}{
		{"news", message(good.Bytes()), Accept, 0},
		{"nothing new", message(good.Bytes()), Ignore, 0},
		{"not yet", message(unknown.post("c", w.now).Bytes()), Ignore, 0},
		{"one bad spoils no other", message(bad, other.Bytes()), Reject, 1},
		{"bad alone", message(bad), Reject, 0},
		{"cut short", good.Bytes()[:40], Reject, 0},
		{"empty", nil, Reject, 0},
	} {
		verdict, remainder, err := w.door.Gossip(context.Background(), "peer", tt.message)
		if err != nil || verdict != tt.want {
			t.Errorf("%s: verdict %d, %v; want %d", tt.name, verdict, err, tt.want)
		}
		n := 0
		if remainder != nil {
			bundles, _, err := record.DecodeMessage(remainder)
			if err != nil {
				t.Errorf("%s: remainder: %v", tt.name, err)
			}
			n = len(bundles)
		}
		if n != tt.remainder {
			t.Errorf("%s: %d records travel on, want %d", tt.name, n, tt.remainder)
		}
	}
}

// Many writers at once, some of them after the door has closed: everybody gets an
// answer, and what was acknowledged is there.
func TestConcurrentWritersAndClose(t *testing.T) {
	w := newWorld(t)
	const writers, each = 8, 40
	var wg sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for i := range writers {
		a := w.author(byte(i + 1)).onChain(nil)
		var bundles []*record.Bundle
		for j := range each {
			bundles = append(bundles, a.put(fmt.Sprintf("org.example.thing/%d", j), map[string]any{"$type": "org.example.thing"}, w.now))
		}
		wg.Go(func() {
			for _, b := range bundles {
				results, err := w.door.Submit(context.Background(), []Candidate{{Origin: Local, Bundle: b}})
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil || results[0].Status != Admitted {
					t.Errorf("%v %v", results, err)
					return
				}
				mu.Lock()
				if admitted++; admitted == writers*each/2 {
					go w.stop()
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	stored, err := w.db.Feed(0, writers*each)
	if err != nil || len(stored) < admitted || admitted < writers*each/2 {
		t.Errorf("%d acknowledged, %d stored, %v", admitted, len(stored), err)
	}
}
