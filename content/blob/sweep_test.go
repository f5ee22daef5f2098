package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"metanet/content/store"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// town is a model of who refers to what, and of how long each blob has been of no
// use.
type town struct {
	t     *testing.T
	db    *store.DB
	s     *Store
	clock *clock
	data  map[string][]byte          // by CID, of all blobs there ever were
	refs  map[string]map[string]bool // by path: CIDs
	idle  map[string]time.Time       // by CID: since when nothing refers to it, or it was put again
	kept  map[string]bool            // by CID: it was held at that time
	ref   map[string]Ref
	rev   int
}

// contents share chunks, so that DAGs share blocks.
func (w *town) content(r *rand.Rand) []byte {
	switch r.IntN(3) {
	case 0:
		return noise(r.IntN(4), 300)
	case 1:
		return bytes.Join([][]byte{noise(r.IntN(2), ChunkSize), noise(2+r.IntN(2), ChunkSize/4)}, nil)
	default:
		return bytes.Join([][]byte{noise(r.IntN(2), ChunkSize), noise(r.IntN(2), ChunkSize), noise(9, 100)}, nil)
	}
}

func (w *town) referred(c string) bool {
	for _, set := range w.refs {
		if set[c] {
			return true
		}
	}
	return false
}

func (w *town) put(r *rand.Rand) {
	data := w.content(r)
	ref, err := w.s.Put(ctx, bytes.NewReader(data), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	c := ref.CID.String()
	w.data[c], w.idle[c], w.ref[c], w.kept[c] = data, w.clock.t, ref, true
}

// write makes a record refer to one or two blobs, held or not, or deletes it.
func (w *town) write(r *rand.Rand) {
	path := fmt.Sprint("k", r.IntN(4))
	var list []Ref
	set := map[string]bool{}
	for _, c := range slices.Sorted(maps.Keys(w.ref)) {
		if len(list) < 2 && r.IntN(3) == 0 {
			list = append(list, w.ref[c])
			set[c] = true
		}
	}
	before := w.refs[path]
	w.rev++
	write(w.t, w.db, 1, path, w.rev, list...)
	w.refs[path] = set
	for c := range before {
		if !w.referred(c) {
			w.idle[c], w.kept[c] = w.clock.t, w.holds(c, w.data[c])
		}
	}
}

func (w *town) sweep() {
	w.clock.t = w.clock.t.Add(DefaultKeepUnused / 4)
	if _, err := w.s.Sweep(ctx, w.clock.t); err != nil {
		w.t.Fatal(err)
	}
}

// check: what is referred to and was ever put is whole, or missing and said so;
// what was put lately is whole; what has been of no use for long is gone.
func (w *town) check() {
	w.t.Helper()
	checkSums(w.t, w.db)
	missing := map[string]bool{}
	list, err := w.s.Missing(ctx, cid.Undef, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, ref := range list {
		missing[ref.CID.String()] = true
	}
	for c, data := range w.data {
		held := w.holds(c, data)
		old := w.clock.t.Sub(w.idle[c]) >= DefaultKeepUnused+DefaultKeepUnused/4
		switch {
		case w.referred(c) && !held && !missing[c]:
			w.t.Fatalf("%s is neither held nor missing", c)
		case w.referred(c) && held && missing[c]:
			w.t.Fatalf("%s is held and missing", c)
		case !w.referred(c) && missing[c]:
			w.t.Fatalf("%s is missed by nobody", c)
		case !w.referred(c) && w.kept[c] && w.clock.t.Sub(w.idle[c]) < DefaultKeepUnused && !held:
			w.t.Fatalf("%s was swept too soon", c)
		case !w.referred(c) && old && held:
			w.t.Fatalf("%s is kept for nobody", c)
		}
	}
}

// holds reports whether the blob's entry is there; if so, all of its bytes must be.
func (w *town) holds(c string, data []byte) bool {
	w.t.Helper()
	id := cid.MustParse(c)
	d, err := digestOf(id)
	if err != nil {
		w.t.Fatal(err)
	}
	h, err := readHeld(w.db, d)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	if err != nil {
		w.t.Fatal(err)
	}
	leaves, err := w.s.leaves(w.db, h)
	if err != nil {
		w.t.Fatalf("%s is held and broken: %v", c, err)
	}
	got, err := io.ReadAll(newReader(ctx, w.db, leaves, h.Size))
	if err != nil || !bytes.Equal(got, data) {
		w.t.Fatalf("%s is held and its bytes are not: %v", c, err)
	}
	return true
}

// TestSweepModel: nothing that a visible record refers to is ever removed, shared
// blocks included, and in the end nothing is left that nobody wants.
func TestSweepModel(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 4))
		w := &town{t: t, clock: &clock{epoch}, data: map[string][]byte{}, refs: map[string]map[string]bool{},
			idle: map[string]time.Time{}, kept: map[string]bool{}, ref: map[string]Ref{}}
		w.db, w.s = open(t, Options{Now: w.clock.now})
		for range 30 {
			referredBefore := map[string]bool{}
			for c := range w.data {
				referredBefore[c] = w.referred(c) && w.holds(c, w.data[c])
			}
			switch r.IntN(4) {
			case 0:
				w.put(r)
			case 1, 2:
				w.write(r)
			default:
				w.sweep()
			}
			for c, was := range referredBefore {
				if was && w.referred(c) && !w.holds(c, w.data[c]) {
					t.Fatalf("%s was removed while a record referred to it", c)
				}
			}
			w.check()
		}
		if err := w.s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		w.check()
		for i := range 4 {
			w.rev++
			write(t, w.db, 1, fmt.Sprint("k", i), w.rev)
			w.refs[fmt.Sprint("k", i)] = nil
		}
		for range 8 {
			w.sweep()
		}
		for f := store.FamilyBlock; f <= store.FamilyBlobEvicted; f++ {
			if found, err := any1(w.db, store.NewKey(f)); found || err != nil {
				t.Fatalf("family %x is not empty, %v", byte(f), err)
			}
		}
	}
}

// TestSweepLooseBlocks: blocks that came for a blob that never was.
func TestSweepLooseBlocks(t *testing.T) {
	c := &clock{epoch}
	_, s := open(t, Options{Now: c.now})
	b := blocks.NewBlock(noise(1, 100))
	one, err := blocks.NewBlockWithCid(b.RawData(), sum(b.RawData()).cid(cid.Raw))
	if err != nil {
		t.Fatal(err)
	}
	put := func() {
		t.Helper()
		if err := s.Blockstore().Put(ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(want int) {
		t.Helper()
		if swept, err := s.Sweep(ctx, c.t); err != nil || swept.Blocks != want {
			t.Fatalf("swept %+v, want %d: %v", swept, want, err)
		}
	}
	put()
	c.t = c.t.Add(DefaultKeepUnused * 2 / 3)
	put() // somebody fetches it again
	c.t = c.t.Add(DefaultKeepUnused * 2 / 3)
	sweep(0)
	c.t = c.t.Add(DefaultKeepUnused * 2 / 3)
	sweep(1)
	if ok, err := s.Blockstore().Has(ctx, one.Cid()); ok || err != nil {
		t.Fatal(ok, err)
	}
}
