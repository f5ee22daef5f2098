package pull

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	daslcid "github.com/hyphacoop/go-dasl/cid"
	"github.com/hyphacoop/go-dasl/drisl"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/p2p"
)

// elsewhere is another node's blobs, which answers fetches as p2p does.
type elsewhere struct {
	*blob.Store
	mu    sync.Mutex
	asked [][]cid.Cid
	idle  time.Duration // before it gives up what it doesn't have
	fail  error
}

func (e *elsewhere) Fetch(ctx context.Context, cids []cid.Cid, _ []peer.ID, take func(blocks.Block) error) error {
	e.mu.Lock()
	e.asked = append(e.asked, slices.Clone(cids))
	fail := e.fail
	e.mu.Unlock()
	if fail != nil {
		return fail
	}
	var missing []cid.Cid
	for _, c := range cids {
		b, err := e.Blockstore().Get(ctx, c)
		if ipld.IsNotFound(err) {
			missing = append(missing, c)
			continue
		}
		if err != nil {
			return err
		}
		if err := take(b); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	select {
	case <-time.After(e.idle):
		return &p2p.MissingError{CIDs: missing}
	case <-ctx.Done():
		return &p2p.MissingError{CIDs: missing, Cause: ctx.Err()}
	}
}

func (e *elsewhere) times(c cid.Cid) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, cids := range e.asked {
		if slices.Contains(cids, c) {
			n++
		}
	}
	return n
}

type fetching struct {
	*Blobs
	t    *testing.T
	db   *store.DB
	from *elsewhere
	tick int64
}

func openBlobs(t *testing.T) (*store.DB, *blob.Store) {
	t.Helper()
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, blob.New(db, blob.Options{})
}

func newFetching(t *testing.T) *fetching {
	t.Helper()
	_, theirs := openBlobs(t)
	db, ours := openBlobs(t)
	from := &elsewhere{Store: theirs, idle: p2p.FetchIdle}
	return &fetching{&Blobs{Wire: from, Store: ours, News: db, Logger: quiet}, t, db, from, 0}
}

func noise(seed, n int) []byte {
	b := make([]byte, n)
	for i, r := 0, rand.New(rand.NewPCG(uint64(seed), 7)); i < n; i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

// there puts a blob where it can be fetched.
func (f *fetching) there(data []byte) record.BlobRef {
	f.t.Helper()
	ref, err := f.from.Put(f.t.Context(), bytes.NewReader(data), int64(len(data)))
	if err != nil {
		f.t.Fatal(err)
	}
	return record.BlobRef{CID: ref.CID, MIME: ref.MIME, Size: ref.Size, DAG: ref.DAG}
}

// refer stores a record of person n that says ref of a blob.
func (f *fetching) refer(n byte, ref record.BlobRef) {
	f.t.Helper()
	f.tick++
	value := map[string]any{
		"$type": "app.bsky.feed.post", "text": "see", "createdAt": "2026-05-01T12:00:00Z",
		"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{map[string]any{
			"alt": "", "image": map[string]any{"$type": "blob", "ref": daslcid.RawCid(ref.CID.Bytes()), "mimeType": "image/png", "size": ref.Size},
		}}},
	}
	if ref.DAG.Defined() {
		value["net.metanet.dag"] = map[string]any{ref.CID.String(): daslcid.RawCid(ref.DAG.Bytes())}
	}
	raw, err := drisl.Marshal(value)
	if err != nil {
		f.t.Fatal(err)
	}
	seed := sha256.Sum256([]byte{n})
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(fmt.Sprint("r", f.tick))}
	b, err := record.Sign(identity.Network{1}, identity.NewDID(31337, identity.Address{n}), path, syntax.NewTID(f.tick, 1), raw, signer{ed25519.NewKeyFromSeed(seed[:])})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.db.Commit(f.t.Context(), []store.Admission{{Bundle: b, Standing: identity.Provisional, Received: time.Now()}}); err != nil {
		f.t.Fatal(err)
	}
	if got := record.Inspect(raw).Blobs; len(got) != 1 || got[0].DAG != ref.DAG || got[0].Size != ref.Size {
		f.t.Fatalf("the record says %+v, not %+v", got, ref)
	}
}

// missing is what is looked for now.
func (f *fetching) missing() []record.BlobRef {
	f.t.Helper()
	refs, err := f.Store.Missing(f.t.Context(), cid.Undef, missingPage)
	if err != nil {
		f.t.Fatal(err)
	}
	return refs
}

func (f *fetching) has(data []byte, ref record.BlobRef) bool {
	f.t.Helper()
	r, err := f.Store.Open(f.t.Context(), ref.CID)
	if errors.Is(err, blob.ErrNotFound) {
		return false
	}
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data) {
		f.t.Fatalf("blob reads %d bytes of %d: %v", len(got), len(data), err)
	}
	return true
}

// run runs Blobs in a bubble until f returns.
func (f *fetching) run(during func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	during()
	cancel()
	if err := <-done; err != nil {
		f.t.Errorf("Run: %v", err)
	}
}

// A small blob is one block; a large one comes in rounds, and among others that
// nobody has.
func TestFetchesBlobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetching(t)
		small, large := noise(1, 1000), noise(2, 3<<20+17)
		refs := []record.BlobRef{f.there(small), f.there(large)}
		nobody := record.BlobRef{CID: cidOf(noise(3, 10)), Size: 10}
		f.refer(1, refs[0])
		f.refer(1, refs[1])
		f.refer(1, nobody)
		f.run(func() {
			time.Sleep(time.Second)
			if !f.has(small, refs[0]) {
				t.Error("the small blob waits for one that nobody has")
			}
			time.Sleep(2 * p2p.FetchIdle)
			if !f.has(large, refs[1]) {
				t.Error("the large blob is not there")
			}
			if left := f.missing(); len(left) != 1 || left[0].CID != nobody.CID {
				t.Errorf("missing %v", left)
			}
			late := noise(4, 500)
			ref := f.there(late)
			f.refer(2, ref)
			time.Sleep(time.Second)
			if !f.has(late, ref) {
				t.Error("a new blob was not fetched at once")
			}
		})
		if len(f.attempts) != 1 {
			t.Errorf("%d attempts remembered, want that of the one that is missing", len(f.attempts))
		}
	})
}

// A blob that nobody has is asked for ever less often, and had when it is there.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetching(t)
		f.from.idle = 0
		data := noise(5, 100)
		ref := record.BlobRef{CID: cidOf(data), Size: 100}
		f.refer(1, ref)
		f.run(func() {
			time.Sleep(24 * time.Hour)
			// 5, 10, … 2560 s are ten in the first hour and a half, then one an hour.
			if n := f.from.times(ref.CID); n < 30 || n > 36 {
				t.Errorf("asked %d times in a day", n)
			}
			f.there(data)
			time.Sleep(lastRetry + firstRetry)
			if !f.has(data, ref) {
				t.Error("not fetched once it was there")
			}
		})
	})
}

// Lies about a blob neither keep the true one away nor are asked for for ever.
func TestFalseClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetching(t)
		large, other, small := noise(6, 2<<20+5), noise(7, 2<<20+6), noise(8, 2000)
		truth, decoy, tiny := f.there(large), f.there(other), f.there(small)
		f.refer(1, record.BlobRef{CID: truth.CID, Size: truth.Size, DAG: decoy.DAG}) // another's bytes
		f.refer(2, record.BlobRef{CID: truth.CID, Size: 77})                         // no DAG: the whole as one block
		f.refer(3, truth)
		f.refer(1, record.BlobRef{CID: tiny.CID, Size: 1999})
		f.refer(2, tiny)
		f.refer(1, record.BlobRef{CID: cidOf(noise(9, 5)), Size: 5, DAG: truth.DAG}) // nothing but a lie
		f.run(func() { time.Sleep(2 * time.Minute) })
		if !f.has(large, truth) || !f.has(small, tiny) {
			t.Error("lies kept a blob away")
		}
		if n := f.from.times(tiny.CID); n > 3 {
			t.Errorf("the small blob's block was fetched %d times", n)
		}
		if left := f.missing(); len(left) != 1 || left[0].Size != 5 {
			t.Errorf("missing %v", left)
		}
	})
}

// Blocks that were left by an attempt that was cut short make the blob without
// anybody being asked.
func TestAdoptsWhatIsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetching(t)
		data := noise(10, 2000)
		ref := f.there(data)
		b, err := f.from.Blockstore().Get(t.Context(), ref.CID)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Store.Blockstore().Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		f.refer(1, ref)
		f.run(func() { time.Sleep(time.Second) })
		if !f.has(data, ref) {
			t.Error("the blocks were not adopted")
		}
		if n := f.from.times(ref.CID); n != 0 {
			t.Errorf("what is here was asked for %d times", n)
		}
	})
}

// Blobs that nobody has don't hold up those that are there for longer than a few
// fetches.
func TestManyThatNobodyHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFetching(t)
		for i := range 3 * fetchRefs {
			f.refer(1, record.BlobRef{CID: cidOf(noise(100+i, 9)), Size: 9})
		}
		data := noise(11, 2000)
		f.run(func() {
			time.Sleep(10 * time.Second) // they are being asked for
			ref := f.there(data)
			f.refer(2, ref)
			time.Sleep(time.Second)
			if !f.has(data, ref) {
				t.Error("held up")
			}
		})
	})
}

func TestForgetsWithinBounds(t *testing.T) {
	b := &Blobs{attempts: make(map[cid.Cid]*attempt)}
	running := cidOf([]byte("running"))
	b.attempts[running] = &attempt{running: true}
	for i := range maxRemembered {
		b.attempts[cidOf(fmt.Append(nil, i))] = &attempt{next: time.Now().Add(time.Hour)}
	}
	ref := record.BlobRef{CID: cidOf([]byte("new"))}
	if due := b.claim([]record.BlobRef{ref, {CID: running}}, time.Now()); len(due) != 1 || due[0].cid != ref.CID {
		t.Errorf("due %v, want the new one", due)
	}
	if n := len(b.attempts); n != 2 {
		t.Errorf("%d attempts remembered, want the running and the new one", n)
	}
}

func cidOf(data []byte) cid.Cid {
	c, err := cid.V1Builder{Codec: cid.Raw, MhType: 0x12}.Sum(data)
	if err != nil {
		panic(err)
	}
	return c
}
