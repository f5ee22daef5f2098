package ingest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// server is a world on disk, with blobs.
type server struct {
	*world
	dir   string
	blobs *blob.Store
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{world: newWorld(t), dir: t.TempDir()}
	s.stop()
	db, err := store.Open(s.dir, store.Options{Now: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	s.db = db
	t.Cleanup(func() { s.stop(); db.Close() })
	s.blobs = blob.New(s.db, blob.Options{Now: s.clock})
	s.open()
	s.door.cfg.Blobs = s.blobs
	return s
}

func (s *server) picture(data string) blob.Ref {
	s.t.Helper()
	ref, err := s.blobs.Put(context.Background(), bytes.NewReader([]byte(data)), 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

// pass lets time pass, and does what it makes due.
func (s *server) pass(d time.Duration) {
	s.t.Helper()
	s.advance(d)
	ctx := context.Background()
	if err := s.door.Tick(ctx); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.blobs.Sweep(ctx, s.clock()); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.db.ShredDue(ctx); err != nil {
		s.t.Fatal(err)
	}
}

// shut closes the store, so that the engine removes the files it no longer needs.
func (s *server) shut() {
	s.t.Helper()
	s.stop()
	if err := s.db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

var deletedPath = record.Path{Collection: "app.bsky.feed.post", Key: "3jzfcijpj2z2a"}

func postWith(a *author, text string, picture blob.Ref, at time.Time) *record.Bundle {
	a.w.t.Helper()
	value, err := record.EncodeValue(map[string]any{
		"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z",
		"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{map[string]any{
			"alt": "", "image": map[string]any{"$type": "blob", "ref": picture.CID, "mimeType": "image/png", "size": picture.Size},
		}}},
	})
	if err != nil {
		a.w.t.Fatal(err)
	}
	b, err := record.Sign(testNetwork, a.did, deletedPath, a.rev(at), value, a)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return b
}

// TestDeletionOnDisk holds what docs/protocol.md says of a delete, at the server
// where it was made and at a peer: value and picture are not given to anybody at
// once, and in no file after the times that are named; the tombstone stays.
func TestDeletionOnDisk(t *testing.T) {
	for name, origin := range map[string]Origin{"here": Local, "at a peer": Sync} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			alice, bob := s.author(1).onChain(nil), s.author(2).onChain(nil)
			picture := s.picture("PICTURE-GONE-XYZZY")
			s.one(origin, postWith(alice, "TEXT-GONE-XYZZY", picture, s.now))
			s.one(origin, postWith(bob, "TEXT-STAYS-PLUGH", s.picture("KEPT-IMAGE-QWERTZ"), s.now))
			if r := s.one(origin, alice.put(deletedPath.String(), nil, s.now.Add(time.Second))); r.Status != Admitted {
				t.Fatalf("%+v", r)
			}
			state, err := store.Records(s.db, alice.did, deletedPath)
			if err != nil || len(state) != 1 || !state[0].Bundle.Deletes() {
				t.Errorf("kept: %v, %v", state, err)
			}
			if _, err := s.blobs.Stat(context.Background(), picture.CID); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("its picture is still served: %v", err)
			}
			s.pass(blob.DefaultKeepUnused + time.Minute)
			s.shut()
			if n := grep(t, s.dir, "GONE"); n != 0 {
				t.Errorf("%d files still have it", n)
			}
			if grep(t, s.dir, "TEXT-STAYS") == 0 || grep(t, s.dir, "KEPT-IMAGE") == 0 {
				t.Error("another's is gone, too")
			}
			if grep(t, s.dir, string(deletedPath.Key)) == 0 {
				t.Error("no tombstone is left")
			}
		})
	}
}

// twoKeys is a post of one of alice's keys, deleted by another.
func twoKeys(t *testing.T) (s *server, laptop, phone *author) {
	s = newServer(t)
	laptop, phone = s.author(1).onChain(nil), s.author(1)
	phone.priv = s.author(2).priv
	phone.onChain(nil)
	s.one(Sync, postWith(laptop, "TEXT-GONE-XYZZY", s.picture("PICTURE-GONE-XYZZY"), s.now))
	s.one(Sync, phone.put(deletedPath.String(), nil, s.now.Add(time.Second)))
	return s, laptop, phone
}

// TestAnotherKeysDeletionSettles: a value of another key is hidden at once and erased when
// the tombstone has counted for SettleAfter.
func TestAnotherKeysDeletionSettles(t *testing.T) {
	s, laptop, _ := twoKeys(t)
	kept := func() int {
		state, err := store.Records(s.db, laptop.did, deletedPath)
		if err != nil {
			t.Fatal(err)
		}
		return len(state)
	}
	if _, err := store.Record(s.db, laptop.did, deletedPath); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("still to be seen: %v", err)
	}
	s.pass(SettleAfter - time.Minute)
	if kept() != 2 {
		t.Error("erased too soon")
	}
	s.pass(time.Minute + 2*time.Second)
	if kept() != 1 {
		t.Error("not erased")
	}
	s.shut()
	if n := grep(t, s.dir, "GONE"); n != 0 {
		t.Errorf("%d files still have it", n)
	}
}

// TestThiefsDeletion: revoked within that time, the thief's tombstone has deleted
// nothing, and nothing is erased later on its account.
func TestThiefsDeletion(t *testing.T) {
	s, laptop, phone := twoKeys(t)
	s.pass(time.Hour)
	ended := uint64(s.clock().Unix())
	phone.onChain(func(k *identity.KeyRecord) { k.EndedAt = ended })
	if err := s.door.Recount(context.Background(), laptop.did); err != nil {
		t.Fatal(err)
	}
	s.pass(2 * SettleAfter)
	seen, err := store.Record(s.db, laptop.did, deletedPath)
	if err != nil || !bytes.Contains(seen.Bundle.Value, []byte("TEXT-GONE")) {
		t.Errorf("the owner's post is not back: %v", err)
	}
}
