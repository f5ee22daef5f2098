package blob

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

var (
	ctx                         = context.Background()
	epoch                       = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	_     blockstore.Blockstore = Blockstore{}
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func open(t testing.TB, o Options) (*store.DB, *Store) {
	t.Helper()
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, New(db, o)
}

// noise is n bytes that are the same for the same seed.
func noise(seed, n int) []byte {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

type signer struct{ ed25519.PrivateKey }

func (s signer) Public() identity.Key {
	return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey))
}
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

// write commits a post that refers to blobs; none at all deletes it.
func write(t testing.TB, db *store.DB, n int, rkey string, rev int, refs ...Ref) {
	t.Helper()
	var value []byte
	if len(refs) > 0 {
		value = encode(t, refs)
	}
	commit(t, db, n, rkey, rev, value)
}

func commit(t testing.TB, db *store.DB, n int, rkey string, rev int, value []byte) *record.Bundle {
	t.Helper()
	seed := sha256.Sum256(fmt.Append(nil, n))
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
	did := identity.NewDID(31337, identity.Address{byte(n)})
	tid := syntax.NewTID(epoch.UnixMicro()+int64(rev), 1)
	b, err := record.Sign(identity.Network{}, did, path, tid, value, signer{ed25519.NewKeyFromSeed(seed[:])})
	if err != nil {
		t.Fatal(err)
	}
	out, err := db.Commit(ctx, []store.Admission{{Bundle: b, Standing: identity.Provisional, Received: epoch}})
	if err != nil || out[0].Status != store.OutcomeStored {
		t.Fatal(out, err)
	}
	return b
}

func encode(t testing.TB, refs []Ref) []byte {
	var images []any
	dags := map[string]any{}
	for _, ref := range refs {
		images = append(images, map[string]any{"alt": "", "image": map[string]any{
			"$type": "blob", "ref": link(ref.CID), "mimeType": "image/png", "size": ref.Size,
		}})
		if ref.DAG.Defined() {
			dags[ref.CID.String()] = link(ref.DAG)
		}
	}
	value := map[string]any{"$type": "app.bsky.feed.post", "text": "", "createdAt": "2026-05-01T12:00:00Z",
		"embed": map[string]any{"$type": "app.bsky.embed.images", "images": images}}
	if len(dags) > 0 {
		value[record.FieldDAG] = dags
	}
	doc, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.JSONToValue(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func link(c cid.Cid) map[string]any { return map[string]any{"$link": c.String()} }

func TestPutAndOpen(t *testing.T) {
	for _, size := range []int{0, 1, 100, ChunkSize - 1, ChunkSize, ChunkSize + 1, 3*ChunkSize + 17} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			_, s := open(t, Options{})
			data := noise(size, size)
			ref, err := s.Put(ctx, bytes.NewReader(data), 0)
			if err != nil {
				t.Fatal(err)
			}
			if want := sum(data); !ref.CID.Equals(want.cid(cid.Raw)) || ref.Size != int64(size) {
				t.Fatalf("ref %+v", ref)
			}
			if ref.DAG.Defined() != (size > ChunkSize) {
				t.Fatalf("DAG %s for %d bytes", ref.DAG, size)
			}
			r, err := s.Open(ctx, ref.CID)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes back, %v", len(got), err)
			}
			readAtRandom(t, r, data)
		})
	}
}

func readAtRandom(t *testing.T, r io.ReadSeeker, data []byte) {
	for range 20 {
		at := rand.Int64N(int64(len(data)) + 1)
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 5000)
		n, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
		if want := data[at:min(len(data), int(at)+5000)]; !bytes.Equal(buf[:n], want) {
			t.Fatalf("at %d: %d bytes differ", at, n)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, s := open(t, Options{Max: 2 * ChunkSize})
	for _, c := range []struct{ size, limit int }{
		{101, 100}, {ChunkSize + 1, ChunkSize}, {2*ChunkSize + 1, 0}, {5 * ChunkSize, 9 * ChunkSize},
	} {
		if _, err := s.Put(ctx, bytes.NewReader(noise(1, c.size)), int64(c.limit)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes, limit %d: %v", c.size, c.limit, err)
		}
	}
	n := 0
	if err := allKeys(s.db, func(cid.Cid) error { n++; return nil }); err != nil || n != 0 {
		t.Fatalf("%d blocks left behind, %v", n, err)
	}
	if _, err := s.Put(ctx, bytes.NewReader(noise(1, 100)), 100); err != nil {
		t.Fatalf("exactly at the limit: %v", err)
	}
}

// fetch moves a blob from one store to another as Bitswap would: by blocks.
func fetch(t testing.TB, from, to *Store, ref record.BlobRef) (rounds int) {
	for ; ; rounds++ {
		want, err := to.Want(ctx, ref)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 {
			return rounds
		}
		var list []blocks.Block
		for _, c := range want {
			b, err := from.Blockstore().Get(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, b)
		}
		if err := to.Blockstore().PutMany(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFetchMissing(t *testing.T) {
	for _, size := range []int{500, 2*ChunkSize + 5} {
		db1, one := open(t, Options{})
		db2, two := open(t, Options{})
		data := noise(3, size)
		ref, err := one.Put(ctx, bytes.NewReader(data), 0)
		if err != nil {
			t.Fatal(err)
		}
		write(t, db1, 1, "a", 1, ref)
		write(t, db2, 1, "a", 1, ref)
		if list, err := one.Missing(ctx, cid.Undef, 10); err != nil || len(list) != 0 {
			t.Fatalf("the origin misses %v %v", list, err)
		}
		list, err := two.Missing(ctx, cid.Undef, 10)
		if err != nil || len(list) != 1 || !list[0].CID.Equals(ref.CID) || list[0].Size != ref.Size {
			t.Fatalf("missing %+v %v", list, err)
		}
		if _, err := two.Adopt(ctx, list[0]); !errors.Is(err, ErrIncomplete) {
			t.Fatalf("adopted nothing: %v", err)
		}
		fetch(t, one, two, list[0])
		got, err := two.Adopt(ctx, list[0])
		if err != nil || got != ref {
			t.Fatalf("adopted %+v, want %+v: %v", got, ref, err)
		}
		if list, err := two.Missing(ctx, cid.Undef, 10); err != nil || len(list) != 0 {
			t.Fatalf("still missing %v %v", list, err)
		}
		r, err := two.Open(ctx, ref.CID)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, data) {
			t.Fatal("other bytes")
		}
	}
}

// TestLies: references that say something else than the bytes.
func TestLies(t *testing.T) {
	_, one := open(t, Options{})
	small, _ := one.Put(ctx, bytes.NewReader(noise(1, 500)), 0)
	large, _ := one.Put(ctx, bytes.NewReader(noise(2, 2*ChunkSize)), 0)
	other, _ := one.Put(ctx, bytes.NewReader(noise(3, 3*ChunkSize)), 0)
	for name, lie := range map[string]record.BlobRef{
		"small size":    {CID: small.CID, Size: 501},
		"large size":    {CID: large.CID, Size: large.Size - 1, DAG: large.DAG},
		"other DAG":     {CID: large.CID, Size: other.Size, DAG: other.DAG},
		"DAG for small": {CID: small.CID, Size: small.Size, DAG: large.DAG},
	} {
		t.Run(name, func(t *testing.T) {
			_, two := open(t, Options{})
			fetch(t, one, two, lie)
			if _, err := two.Adopt(ctx, lie); !errors.Is(err, ErrMismatch) {
				t.Fatalf("adopted a lie: %v", err)
			}
			n := 0
			if err := allKeys(two.db, func(cid.Cid) error { n++; return nil }); err != nil || n != 0 {
				t.Fatalf("%d blocks of a lie kept, %v", n, err)
			}
		})
	}
	if _, err := one.Want(ctx, record.BlobRef{CID: small.CID, Size: DefaultMax + 1, DAG: large.DAG}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("larger than we hold: %v", err)
	}
	if _, err := one.Want(ctx, record.BlobRef{CID: small.CID, Size: 3 << 20}); !errors.Is(err, ErrMismatch) {
		t.Errorf("3 MiB without a DAG root: %v", err)
	}
}

func TestBlockstoreRefusesWrongBlocks(t *testing.T) {
	_, s := open(t, Options{})
	forged, err := blocks.NewBlockWithCid([]byte("two"), sum([]byte("one")).cid(cid.Raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Blockstore().Put(ctx, forged); !errors.Is(err, ErrMismatch) {
		t.Errorf("forged block: %v", err)
	}
	big := blocks.NewBlock(make([]byte, MaxBlock+1))
	if err := s.Blockstore().Put(ctx, big); !errors.Is(err, ErrTooLarge) {
		t.Errorf("big block: %v", err)
	}
}

// TestValuesAreBlocks: the values of visible records are served by their CIDs,
// those of hidden and deleted ones are not.
func TestValuesAreBlocks(t *testing.T) {
	db, s := open(t, Options{})
	bs := s.Blockstore()
	b := commit(t, db, 1, "a", 1, encode(t, []Ref{{CID: sum(nil).cid(cid.Raw)}}))
	got, err := bs.Get(ctx, b.CID)
	if err != nil || !bytes.Equal(got.RawData(), b.Value) {
		t.Fatal(err)
	}
	hide := func(*record.Bundle) identity.Standing { return identity.Unproven }
	if err := db.Recount(ctx, b.DID, hide); err != nil {
		t.Fatal(err)
	}
	if ok, err := bs.Has(ctx, b.CID); ok || err != nil {
		t.Fatalf("hidden value served: %v", err)
	}
	show := func(*record.Bundle) identity.Standing { return identity.Provisional }
	if err := db.Recount(ctx, b.DID, show); err != nil {
		t.Fatal(err)
	}
	if n, err := bs.GetSize(ctx, b.CID); n != len(b.Value) || err != nil {
		t.Fatal(n, err)
	}
	commit(t, db, 1, "a", 2, nil)
	if _, err := bs.Get(ctx, b.CID); !ipld.IsNotFound(err) {
		t.Fatalf("deleted value served: %v", err)
	}
}

func TestDeletedBlobIsNotServed(t *testing.T) {
	db, s := open(t, Options{})
	ref, err := s.Put(ctx, bytes.NewReader(noise(1, 100)), 0)
	if err != nil {
		t.Fatal(err)
	}
	has := func() bool {
		ok, err := s.Blockstore().Has(ctx, ref.CID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Stat(ctx, ref.CID)
		if ok != (err == nil) {
			t.Fatalf("blockstore and Stat disagree: %v", err)
		}
		return ok
	}
	write(t, db, 1, "a", 1, ref)
	write(t, db, 1, "b", 2, ref)
	write(t, db, 1, "a", 3)
	if !has() {
		t.Fatal("gone while a record refers to it")
	}
	write(t, db, 1, "b", 4)
	if has() {
		t.Fatal("served though all records are deleted")
	}
	write(t, db, 1, "c", 5, ref)
	if !has() {
		t.Fatal("a new record does not bring it back")
	}
}
