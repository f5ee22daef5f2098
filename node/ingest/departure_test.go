package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// leave is the author's departure at that time.
func (a *author) leave(at time.Time) *record.Bundle {
	a.w.t.Helper()
	value, err := record.DepartureValue(at)
	if err != nil {
		a.w.t.Fatal(err)
	}
	b, err := record.Sign(testNetwork, a.did, record.DeparturePath, a.rev(at), value, a)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return b
}

func (a *author) note(n int, text string, at time.Time) *record.Bundle {
	return a.put(fmt.Sprintf("app.bsky.feed.post/3jzfcijpj2z%c2", 'a'+n), map[string]any{
		"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z",
	}, at)
}

// seen is what people see of an author: path and text.
func (a *author) seen() map[string]string {
	a.w.t.Helper()
	out := map[string]string{}
	err := store.States(a.w.db, a.did, record.Path{}, func(state []store.Stored) (bool, error) {
		s, err := store.Record(a.w.db, a.did, state[0].Bundle.Path)
		if errors.Is(err, store.ErrNotFound) {
			return true, nil
		}
		if err == nil {
			out[s.Bundle.Path.String()] = record.Inspect(s.Bundle.Value).Text
		}
		return true, err
	})
	if err != nil {
		a.w.t.Fatal(err)
	}
	return out
}

// kept is the texts of all that the store still has of the author.
func (a *author) kept() (texts []string) {
	a.w.t.Helper()
	err := store.Bundles(a.w.db, a.did, func(b *record.Bundle) error {
		if b.Value != nil && b.Path != record.DeparturePath {
			texts = append(texts, record.Inspect(b.Value).Text)
		}
		return nil
	})
	if err != nil {
		a.w.t.Fatal(err)
	}
	return texts
}

// Only a departure may stand at its path, or what holds the old back could be
// taken away again.
func TestDepartureBytes(t *testing.T) {
	w := newWorld(t)
	alice := w.author(1).onChain(nil)
	path := record.DeparturePath.String()
	for name, value := range map[string]map[string]any{
		"deleted":         nil,
		"another status":  {"$type": "net.metanet.account.status", "status": "active", "createdAt": "2026-01-02T03:04:05.000Z"},
		"no status":       {"$type": "net.metanet.account.status", "createdAt": "2026-01-02T03:04:05.000Z"},
		"a status of map": {"$type": "net.metanet.account.status", "status": map[string]any{"deleted": true}},
	} {
		for _, o := range []Origin{Local, Gossip, Sync} {
			if r := w.one(o, alice.put(path, value, w.now)); r.Status != Refused || !errors.Is(r.Err, ErrDeparture) || !r.Faulty {
				t.Errorf("%s, %s: %+v", name, o, r)
			}
		}
	}
	if r := w.one(Local, alice.leave(w.now)); r.Status != Admitted {
		t.Errorf("a departure: %+v", r)
	}
}

// Whatever the order and however often: peers that have the same records show the
// same, before and after the departure is settled.
func TestDepartureMergesInAnyOrder(t *testing.T) {
	source := newWorld(t)
	alice := source.author(1)
	laptop := source.author(1)
	laptop.priv = source.author(9).priv
	for _, a := range []*author{alice, laptop} {
		a.onChain(nil)
	}
	past := source.now.Add(-30 * time.Minute)
	all := []*record.Bundle{
		alice.note(0, "one", past), alice.note(1, "two", past), laptop.note(1, "two, edited", past.Add(time.Minute)),
		alice.note(2, "three", past), alice.put("app.bsky.feed.post/3jzfcijpj2zc2", nil, past.Add(time.Minute)),
		alice.leave(past.Add(5 * time.Minute)), laptop.leave(past.Add(3 * time.Minute)), alice.leave(past.Add(2 * time.Minute)),
		alice.note(0, "back again", past.Add(10*time.Minute)), laptop.note(4, "at the laptop", past.Add(11*time.Minute)),
	}
	want := fmt.Sprint(map[string]string{
		"app.bsky.feed.post/3jzfcijpj2za2": "back again", "app.bsky.feed.post/3jzfcijpj2ze2": "at the laptop",
		record.DeparturePath.String(): "",
	})
	for seed := range uint64(12) {
		w := newWorld(t)
		w.chain = source.chain
		rng := rand.New(rand.NewPCG(seed, 1))
		me := *alice
		me.w = w
		for round := range 3 {
			order := rng.Perm(len(all))
			for i := 0; i < len(order); {
				n := min(1+rng.IntN(4), len(order)-i)
				var part []*record.Bundle
				for _, j := range order[i : i+n] {
					part = append(part, all[j])
				}
				w.submit(Sync, part...)
				i += n
			}
			if got := fmt.Sprint(me.seen()); got != want {
				t.Fatalf("seed %d, round %d: %s, want %s", seed, round, got, want)
			}
			if round == 1 { // settled: erased, and not taken again
				w.advance(SettleAfter + time.Hour)
				if err := w.door.Tick(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if kept := me.kept(); len(kept) != 2 {
			t.Errorf("seed %d: %q is kept", seed, kept)
		}
	}
}

// A thief with a stolen key deletes the account: everything is gone for people at
// once, and everything is back when the owner revokes the key in time.
func TestThiefDeletesTheAccount(t *testing.T) {
	w := newWorld(t)
	alice, thief := w.author(1).onChain(nil), w.author(1)
	thief.priv = w.author(2).priv
	thief.onChain(nil)
	w.one(Gossip, alice.post("hello", w.now.Add(-time.Minute)))
	w.one(Gossip, thief.leave(w.now))
	w.one(Gossip, alice.note(1, "sent before, come late", w.now.Add(-30*time.Second)))
	if got := alice.seen(); len(got) != 1 {
		t.Errorf("after the departure: %v", got)
	}
	if r := w.one(Local, alice.post("edited", w.now.Add(-10*time.Second))); !errors.Is(r.Err, ErrLeft) {
		t.Errorf("a local write from before: %+v", r)
	}
	w.advance(6 * 24 * time.Hour)
	if err := w.door.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	thief.onChain(func(k *identity.KeyRecord) { k.EndedAt = uint64(w.now.Unix()) })
	if err := w.door.Recount(context.Background(), alice.did); err != nil {
		t.Fatal(err)
	}
	if got := alice.seen(); len(got) != 2 || alice.visible() != "hello" {
		t.Errorf("after the revocation: %v", got)
	}
	w.advance(2 * 24 * time.Hour) // the time that was noted for settling comes
	if err := w.door.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := alice.seen(); len(got) != 2 {
		t.Errorf("when it would have been settled: %v", got)
	}
}

// What is settled stays so, whatever becomes of the key that signed.
func TestSettledForGood(t *testing.T) {
	w := newWorld(t)
	alice, laptop := w.author(1).onChain(nil), w.author(1)
	laptop.priv = w.author(2).priv
	laptop.onChain(nil)
	old := laptop.post("hello", w.now.Add(-time.Minute))
	w.submit(Sync, old, alice.leave(w.now))
	w.advance(SettleAfter + time.Second)
	if err := w.door.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	alice.onChain(func(k *identity.KeyRecord) { k.EndedAt = uint64(w.now.Unix()) })
	if err := w.door.Recount(context.Background(), alice.did); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Origin{Gossip, Sync} {
		if r := w.one(o, old); r.Status != Superseded || !r.Withheld {
			t.Errorf("a third peer replays it by %s: %+v", o, r)
		}
	}
	if kept := alice.kept(); len(kept) != 0 || alice.visible() != "" {
		t.Errorf("back: %q", kept)
	}
}

// A deactivated identity has left; what its keys have signed is erased in time.
func TestDeactivatedHasLeft(t *testing.T) {
	w := newWorld(t)
	gone := false
	w.door.cfg.Deactivated = func(context.Context, identity.DID) (bool, error) { return gone, nil }
	alice := w.author(1).onChain(nil)
	w.one(Gossip, alice.post("hello", w.now))
	gone = true
	if err := w.door.Recount(context.Background(), alice.did); err != nil {
		t.Fatal(err)
	}
	if alice.visible() != "" || len(alice.kept()) != 1 {
		t.Errorf("not hidden, or erased too soon")
	}
	w.advance(SettleAfter + time.Second)
	if err := w.door.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(alice.kept()) != 0 {
		t.Error("not erased")
	}
}

// The process dies between the departure's commit and the recount.
func TestDepartureResumes(t *testing.T) {
	w := newWorld(t)
	alice := w.author(1).onChain(nil)
	w.one(Gossip, alice.post("hello", w.now))
	w.stop()
	leave := alice.leave(w.now.Add(time.Second))
	if err := w.door.left.space.Put(departureKey('p', alice.did), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Commit(context.Background(), []store.Admission{{Bundle: leave, Standing: identity.Provisional, Received: w.now}}); err != nil {
		t.Fatal(err)
	}
	if alice.visible() != "hello" {
		t.Fatal("the test shows nothing")
	}
	w.open()
	w.one(Gossip, leave) // an answer: the door has resumed
	if alice.visible() != "" {
		t.Error("a crash undid the departure")
	}
}

// After Leave, neither table nor log has text or picture, and a blob that somebody
// else refers to stays.
func TestLeaveLeavesNothingOnDisk(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t)
	var err error
	if w.db, err = store.Open(dir, store.Options{Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stop(); w.db.Close() })
	w.stop()
	w.open()
	blobs := blob.New(w.db, blob.Options{})
	w.door.cfg.Blobs = blobs
	alice, bob := w.author(1).onChain(nil), w.author(2).onChain(nil)
	put := func(data string) string {
		ref, err := blobs.Put(context.Background(), bytes.NewReader([]byte(data)), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"$type":"blob","ref":{"$link":%q},"mimeType":"image/png","size":%d}`, ref.CID, len(data))
	}
	post := func(a *author, text, picture string) *record.Bundle {
		value, err := record.JSONToValue([]byte(`{"$type":"app.bsky.feed.post","text":"` + text + `","createdAt":"2026-01-02T03:04:05.000Z",
			"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"","image":` + picture + `}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		path := record.Path{Collection: "app.bsky.feed.post", Key: "3jzfcijpj2z2a"}
		b, err := record.Sign(testNetwork, a.did, path, a.rev(w.now), value, a)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	secret, shared := put("PICTURE-SECRET-XYZZY"), put("PICTURE-SHARED-XYZZY")
	for i, r := range w.submit(Gossip, post(alice, "TEXT-SECRET-XYZZY", secret), post(bob, "TEXT-OF-BOB-XYZZY", shared)) {
		if r.Status != Admitted {
			t.Fatalf("%d: %+v", i, r)
		}
	}
	w.one(Gossip, alice.note(1, "TEXT-SECRET-2-XYZZY", w.now))
	if n := grep(t, dir, "SECRET"); n == 0 {
		t.Fatal("the search finds nothing even before")
	}
	if err := w.door.Leave(context.Background(), alice.did); !errors.Is(err, ErrDeparture) {
		t.Errorf("left without a departure: %v", err)
	}
	w.one(Local, alice.leave(w.now.Add(time.Second)))
	if err := w.door.Leave(context.Background(), alice.did); err != nil {
		t.Fatal(err)
	}
	if err := w.db.Close(); err != nil { // the engine removes what it no longer needs by then
		t.Fatal(err)
	}
	if n := grep(t, dir, "SECRET"); n != 0 {
		t.Errorf("%d files still have it", n)
	}
	if grep(t, dir, "TEXT-OF-BOB") == 0 || grep(t, dir, "PICTURE-SHARED") == 0 {
		t.Error("others lost theirs")
	}
}

// grep counts the files below dir that hold text.
func grep(t *testing.T, dir, text string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			t.Logf("%q in %s", text, filepath.Base(path))
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
