package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/ipfs/go-cid"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/identity"
	"metanet/node/quota"
)

type testSigner struct{ ed25519.PrivateKey }

func (s testSigner) Public() identity.Key {
	return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey))
}
func (s testSigner) Sign(m []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, m), nil }

// testRecord is signed with key k at time at; no text deletes.
func testRecord(t testing.TB, k byte, rkey string, at int64, text string) *record.Bundle {
	t.Helper()
	var value []byte
	if text != "" {
		var err error
		value, err = drisl.Marshal(map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-05-01T12:00:00Z"})
		if err != nil {
			t.Fatal(err)
		}
	}
	key := testSigner{ed25519.NewKeyFromSeed(append(make([]byte, 31), k))}
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
	b, err := record.Sign(identity.Network{1}, identity.NewDID(1, identity.Address{1}), path, syntax.NewTID(at, 1), value, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// furnished is the home of a stopped node with posts, an answer, likes, a tombstone, a blob of
// one block, one of several, one that is missing, and a record that waits.
type furnished struct {
	dir  string
	post *record.Bundle
}

func furnish(t *testing.T) *furnished {
	f := &furnished{dir: t.TempDir()}
	h, err := openHome(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.saveNetwork(networkState{Network: identity.Network{1}.String()}); err != nil {
		t.Fatal(err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	f.change(t, func(db *store.DB) error {
		index.New(db)
		blobs := blob.New(db, blob.Options{})
		if _, err := quota.Open(t.Context(), quota.Config{Store: db, Blobs: blobs.Used, Now: time.Now}); err != nil {
			return err
		}
		put := func(data []byte) blob.Ref {
			ref, err := blobs.Put(t.Context(), bytes.NewReader(data), 0)
			if err != nil {
				t.Fatal(err)
			}
			return ref
		}
		small, big := put([]byte("a picture")), put(bytes.Repeat([]byte("a film"), 1<<19))
		image := func(c cid.Cid, size int64, dag cid.Cid) string {
			field := fmt.Sprintf(`,"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"","image":{"$type":"blob","ref":{"$link":%q},"mimeType":"image/png","size":%d}}]}`, c, size)
			if dag.Defined() {
				field += fmt.Sprintf(`,%q:{%q:{"$link":%q}}`, record.FieldDAG, c, dag)
			}
			return field
		}
		f.post = testValue(t, 1, "app.bsky.feed.post", "one", `"text":"one"`+image(small.CID, small.Size, small.DAG))
		subject := fmt.Sprintf(`{"uri":"at://%s/app.bsky.feed.post/one","cid":%q}`, f.post.DID, f.post.CID)
		records := []*record.Bundle{
			f.post,
			testValue(t, 1, "app.bsky.feed.post", "two", `"text":"two"`+image(big.CID, big.Size, big.DAG)),
			testValue(t, 2, "app.bsky.feed.post", "re", `"text":"re","reply":{"root":`+subject+`,"parent":`+subject+`}`+image(cid.NewCidV1(cid.Raw, record.Sum([]byte("elsewhere")).Hash()), 9, cid.Undef)),
			testValue(t, 2, "app.bsky.feed.like", "like", `"subject":`+subject),
			testRecord(t, 3, "zgone", 1_700_000_000_000_000, ""),
		}
		var admissions []store.Admission
		for _, b := range records {
			admissions = append(admissions, store.Admission{Bundle: b, Standing: identity.Provisional, Received: time.Now()})
		}
		if _, err := db.Commit(t.Context(), admissions); err != nil {
			return err
		}
		for _, v := range viewsOf() {
			if err := view.Follow(db, v).Rebuild(t.Context(), func(view.State) {}); err != nil {
				return err
			}
		}
		return db.Wait(t.Context(), testRecord(t, 9, "later", 1_700_000_000_000_000, "later"), time.Now(), time.Now())
	})
	return f
}

// testValue is a record of person who under a path.
func testValue(t *testing.T, who byte, collection, rkey, fields string) *record.Bundle {
	t.Helper()
	value, err := record.JSONToValue([]byte(fmt.Sprintf(`{"$type":%q,"createdAt":"2026-05-01T12:00:00Z",%s}`, collection, fields)))
	if err != nil {
		t.Fatal(err)
	}
	key := testSigner{ed25519.NewKeyFromSeed(append(make([]byte, 31), who))}
	path := record.Path{Collection: syntax.NSID(collection), Key: syntax.RecordKey(rkey)}
	b, err := record.Sign(identity.Network{1}, identity.NewDID(1, identity.Address{who}), path, syntax.NewTID(1_700_000_000_000_000, 1), value, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (f *furnished) change(t *testing.T, fn func(*store.DB) error) {
	t.Helper()
	h, err := openHome(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(h.path("store"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := fn(db); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
}

func (f *furnished) check(t *testing.T) (faults []string) {
	t.Helper()
	err := Check(t.Context(), f.dir, func(f store.Fault) { faults = append(faults, f.Where+": "+f.What) }, func(uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

// Each kind of corruption, planted by itself, is found and named; and what is
// derived is mended by a rebuild.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	f := furnish(t)
	if faults := f.check(t); len(faults) > 0 {
		t.Fatalf("in a sound store:\n%s", strings.Join(faults, "\n"))
	}
	sound := f.dir
	first := func(db *store.DB, family store.Family) (key, value []byte) {
		err := db.Scan(store.Prefix(store.NewKey(family)), store.Forward, 1, func(k, v []byte) (bool, error) {
			key, value = bytes.Clone(k), bytes.Clone(v)
			return false, nil
		})
		if err != nil || key == nil {
			t.Fatalf("no %x: %v", family, err)
		}
		return key, value
	}
	drop := func(family store.Family) func(*store.DB, *store.Batch) {
		return func(db *store.DB, b *store.Batch) { k, _ := first(db, family); b.Delete(k) }
	}
	flip := func(family store.Family, at int) func(*store.DB, *store.Batch) {
		return func(db *store.DB, b *store.Batch) {
			k, v := first(db, family)
			v[(len(v)+at)%len(v)] ^= 1
			b.Set(k, v)
		}
	}
	add := func(key store.Key, value []byte) func(*store.DB, *store.Batch) {
		return func(_ *store.DB, b *store.Batch) { b.Set(key, value) }
	}
	alice, path := f.post.DID, f.post.Path
	for _, row := range []struct {
		name   string
		plant  func(*store.DB, *store.Batch)
		want   string
		mended bool // by a rebuild
	}{
		{"a byte of a value", flip(store.FamilyRecord, -10), "does not match", false},
		{"a record's standing moved to another path", func(db *store.DB, b *store.Batch) {
			_, v := first(db, store.FamilyRecord)
			b.Set(store.NewKey(store.FamilyRecord).DID(alice).Text("a.b.c").Text("x"), v)
		}, "holds the record", false},
		{"a sequence number", flip(store.FamilyRecord, 5), "sequence number", false},
		{"a feed entry gone", drop(store.FamilyFeed), "feed seq=1: is missing", false},
		{"a feed entry too many", add(store.NewKey(store.FamilyFeed).Uint(77), nil), "feed seq=77: stands for no record", false},
		{"a value's entry gone", drop(store.FamilyValue), "value", false},
		{"a cursor beyond the end", add(store.NewKey(store.FamilyCursor).Text("x"), store.NewKey(0)[:0].Uint(99)), "beyond the end", false},
		{"a feed of an author", drop(store.FamilyAuthorAll), "author.all", true},
		{"what somebody keeps", flip(store.FamilyHeld, -1), "held author=", true},
		{"a like gone", drop(store.FamilyEdge), "edge", true},
		{"a count too high", add(store.NewKey(store.FamilyCount).Text(alice.String()), []byte{8, 9}), "is 0809, should be 0802", true},
		{"a post of nobody", add(store.NewKey(store.FamilyRecent).Newest(time.Now()).DID(alice).Path(path), []byte{1}), "stands for no record", true},
		{"a reference to a blob", drop(store.FamilyBlobRef), "blob.ref", true},
		{"a notice gone", drop(store.FamilyNotice), "notice", true},
		{"a term of search gone", drop(store.FamilyTerm), "term", true},
		{"a view's own list of its entries", drop(store.FamilyViewEntries), "view.entries", true},
		{"a found record of nobody's", add(store.NewKey(store.FamilyFound).Uint(77), []byte{1}), "found seq=77: stands for no record", true},
		{"a byte of a block", flip(store.FamilyBlock, -1), "another hash", false},
		{"a block gone", drop(store.FamilyBlock), "block", false},
		{"a blob's size", flip(store.FamilyBlob, 16), "should be", false},
		{"a block's owner", drop(store.FamilyBlockOwner), "does not own its block", false},
		{"a missing blob forgotten", drop(store.FamilyBlobMissing), "neither held nor listed as missing", true},
		{"a total of blobs", flip(store.FamilyBlobTotal, -1), "should be", false},
		{"a total of blobs gone", drop(store.FamilyBlobTotal), "blob.total class=0: is 0, should be", false},
		{"a quota used by nothing", add(store.NewKey(store.FamilyBlobUsed).DID(alice), make([]byte, 8)), "nothing counts against this member", false},
		{"a blob that counts against a quota uncounted", func(db *store.DB, b *store.Batch) {
			k, _ := first(db, store.FamilyBlob)
			b.Set(store.NewKey(store.FamilyBlobBy).Rest(k[1:]).DID(alice), nil)
		}, "blob.used member=", false},
		{"a place in the order of eviction", func(db *store.DB, b *store.Batch) {
			k, _ := first(db, store.FamilyBlob)
			b.Set(store.NewKey(store.FamilyBlobRemote).Time(time.Now()).Rest(k[1:]), nil)
		}, "not the blob's place", false},
		{"an eviction of what is held", func(db *store.DB, b *store.Batch) {
			k, _ := first(db, store.FamilyBlob)
			b.Set(store.NewKey(store.FamilyBlobEvicted).Rest(k[1:]), nil)
		}, "the blob is held", false},
		{"a thumbnail of nothing", add(store.NewKey(store.FamilyDerivedAge).Time(time.Now()).Digest([32]byte{9}).Text("x"), nil), "what it orders", false},
		{"a waiting record's order", drop(store.FamilyWaitingDue), "waiting.due", false},
		{"a waiting record gone", drop(store.FamilyWaiting), "stands for no waiting record", false},
		{"a waiting record's bytes", flip(store.FamilyWaiting, -10), "waiting", false},
		{"a key cut short", add(store.NewKey(store.FamilyNamed).Rest([]byte("x")), nil), "not a key of named", true},
		{"a family of nobody's", add(store.Key{0xee, 1}, nil), "no such family", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := &furnished{dir: t.TempDir(), post: f.post}
			if err := os.CopyFS(f.dir, os.DirFS(sound)); err != nil {
				t.Fatal(err)
			}
			f.change(t, func(db *store.DB) error {
				return db.Update(t.Context(), func(b *store.Batch) error { row.plant(db, b); return nil })
			})
			faults := strings.Join(f.check(t), "\n")
			if !strings.Contains(faults, row.want) {
				t.Errorf("want %q, found:\n%s", row.want, faults)
			}
			if err := Rebuild(context.Background(), f.dir, func(string, uint64) {}); err != nil {
				if !row.mended {
					return // what cannot be read cannot be derived from
				}
				t.Fatal(err)
			}
			if rest := f.check(t); row.mended && len(rest) > 0 {
				t.Errorf("after a rebuild:\n%s", strings.Join(rest, "\n"))
			}
		})
	}
}

// A home in use is not touched.
func TestCheckOfARunningNode(t *testing.T) {
	f := furnish(t)
	h, err := openHome(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := Check(t.Context(), f.dir, nil, nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}
