package blob

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/ipfs/go-cid"
)

// crashStep is one thing that a node does to its disk, by name. This list is the place for
// all that the store and the blobs do; node/backup has its own (backup.Steps).
type crashStep struct {
	name    string
	budgets Budgets
	prepare func(*world)
	act     func(*world) error
	// between says that power loss may leave a state between the one before and the
	// one after: several writes, of which each is whole by itself.
	between bool
	// ordered leaves all of what was not synced or nothing: while a store is opened,
	// Pebble relies on names of one directory reaching the disk in their order.
	ordered bool
}

func crashSteps() []crashStep {
	small, large := noise(1, 1000), noise(2, ChunkSize+1000)
	put := func(data []byte) func(*world) error {
		return func(w *world) error {
			_, err := w.s.PutFor(ctx, person(1), bytes.NewReader(data), 0)
			return err
		}
	}
	must := func(act func(*world) error) func(*world) {
		return func(w *world) {
			if err := act(w); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	posted := func(w *world) { write(w.t, w.db, 1, "a", 1, w.put(large)) }
	fetched := func(w *world) { // a thing of somebody elsewhere, not adopted
		_, from := open(w.t, Options{})
		for i := range 3 {
			w.clock.t = w.clock.t.Add(time.Minute)
			ref, err := from.Put(ctx, bytes.NewReader(noise(10+i, 1000)), 0)
			if err != nil {
				w.t.Fatal(err)
			}
			write(w.t, w.db, 2, fmt.Sprint("p", i), i+1, ref)
			fetch(w.t, from, w.s, claim(ref))
			w.refs = append(w.refs, claim(ref))
		}
	}
	adopt := func(w *world) error {
		for _, ref := range w.refs {
			if _, err := w.s.Adopt(ctx, ref); err != nil {
				return err
			}
		}
		return nil
	}
	return []crashStep{
		{name: "commit a record", prepare: must(put(small)), act: func(w *world) error { write(w.t, w.db, 1, "a", 1, w.put(small)); return nil }},
		{name: "delete a record", prepare: posted, act: func(w *world) error { write(w.t, w.db, 1, "a", 2); return nil }},
		{name: "put a blob", act: put(small), between: true},
		{name: "put a blob of several blocks", act: put(large), between: true},
		{name: "adopt fetched blobs", prepare: fetched, act: adopt, between: true},
		{name: "evict", budgets: Budgets{Remote: 1500}, prepare: func(w *world) { fetched(w); must(adopt)(w) },
			act: func(w *world) error { _, err := w.s.Evict(ctx); return err }, between: true},
		{name: "sweep what is of no use", prepare: must(put(large)), act: func(w *world) error {
			_, err := w.s.Sweep(ctx, w.clock.t.Add(2*DefaultKeepUnused))
			return err
		}, between: true},
		{name: "delete a deactivated identity's blobs", prepare: func(w *world) { posted(w); write(w.t, w.db, 1, "a", 2) }, act: func(w *world) error {
			_, err := w.s.Purge(ctx, person(1), []cid.Cid{cid.NewCidV1(cid.Raw, record.Sum(large).Hash())})
			return err
		}, between: true},
		{name: "keep a thumbnail", prepare: posted, act: func(w *world) error {
			return w.s.PutDerived(ctx, cid.NewCidV1(cid.Raw, record.Sum(large).Hash()), "small", Derived{MIME: "image/png", Bytes: small})
		}},
		{name: "rebuild references", prepare: posted, act: func(w *world) error { return w.s.Rebuild(ctx, func(uint64) {}) }, between: true},
		{name: "migrate from version 2", prepare: func(w *world) {
			posted(w)
			err := w.db.Update(ctx, func(b *store.Batch) error {
				b.Set(store.NewKey(store.FamilyMeta).Text("schema"), []byte("2"))
				return nil
			})
			if err != nil {
				w.t.Fatal(err)
			}
			w.close()
		}, act: func(w *world) error { w.open(); return nil }, between: true, ordered: true},
		{name: "checkpoint", prepare: posted, act: func(w *world) error { return w.db.Checkpoint("copy") }},
	}
}

// world is a store on a disk whose power can be cut.
type world struct {
	t     *testing.T
	fs    store.Options
	opts  Options
	db    *store.DB
	s     *Store
	clock *clock
	refs  []record.BlobRef
}

func (w *world) open() {
	w.t.Helper()
	db, err := store.Open("db", w.fs)
	if err != nil {
		w.t.Fatal(err)
	}
	w.db, w.s = db, New(db, w.opts)
	if err := w.s.Ensure(ctx); err != nil { // as a node does that starts
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	w.t.Helper()
	if w.db == nil {
		return
	}
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
	w.db = nil
}

func (w *world) put(data []byte) Ref {
	w.t.Helper()
	ref, err := w.s.PutFor(ctx, person(1), bytes.NewReader(data), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return ref
}

// state is all that the store holds, but for what tells one attempt from another; it
// fails the test if something is wrong with it.
func (w *world) state(what string) string {
	w.t.Helper()
	wrong := func(f store.Fault) { w.t.Errorf("%s: %s: %s", what, f.Where, f.What) }
	scratch, _ := open(w.t, Options{})
	err := w.db.Check(ctx, store.Checking{
		Verify: func(*record.Bundle) error { return nil }, Scratch: scratch, Derived: DerivedFamilies(), Report: wrong,
	})
	if err := errors.Join(err, w.s.Check(ctx, wrong, nil)); err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	var b strings.Builder
	for _, f := range []store.Family{store.FamilyRecord, store.FamilyFeed, store.FamilyBlock, store.FamilyBlob, store.FamilyBlobRef, store.FamilyBlobMissing, store.FamilyBlobUsed, store.FamilyBlobTotal, store.FamilyDerived, store.FamilyBlobEvicted} {
		err := w.db.Scan(store.Prefix(store.NewKey(f)), store.Forward, 0, func(key, _ []byte) (bool, error) {
			fmt.Fprintln(&b, store.Describe(key))
			return true, nil
		})
		if err != nil {
			w.t.Errorf("%s: %v", what, err)
		}
	}
	return b.String()
}

// outlet keeps, while it is on, what a cut of the power would leave before each change
// of the file system.
type outlet struct {
	mem  *vfs.MemFS
	rng  *rand.Rand
	keep []int // percent of what was not synced, in turn

	mu   sync.Mutex
	on   bool
	left []*vfs.MemFS
	at   []string
}

var changes = map[errorfs.OpKind]string{
	errorfs.OpCreate: "create", errorfs.OpRename: "rename", errorfs.OpReuseForWrite: "reuse", errorfs.OpLink: "link", errorfs.OpRemove: "remove", errorfs.OpMkdirAll: "mkdir",
	errorfs.OpFileWrite: "write", errorfs.OpFileWriteAt: "write at", errorfs.OpFileSync: "sync", errorfs.OpFileSyncData: "sync data", errorfs.OpFileSyncTo: "sync to",
}

// maxCuts bounds the memory of one step.
const maxCuts = 60

func (o *outlet) MaybeError(op errorfs.Op) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if kind, change := changes[op.Kind]; o.on && change && len(o.left) < maxCuts {
		o.left = append(o.left, o.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: o.keep[len(o.left)%len(o.keep)], RNG: o.rng}))
		o.at = append(o.at, fmt.Sprintf("%s %s", kind, op.Path))
	}
	return nil
}

func (o *outlet) String() string { return "outlet" }

func (o *outlet) turn(on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.on = on
}

// TestPowerLossAtEachStep cuts the power before each change of the file system that a
// step makes: what is found is the state before or the one after, or one between where
// the step says so, always whole; and what was acknowledged is there.
func TestPowerLossAtEachStep(t *testing.T) {
	for _, step := range crashSteps() {
		t.Run(step.name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			o := &outlet{mem: mem, rng: rand.New(rand.NewPCG(1, 2)), keep: []int{0, 50, 100}}
			if step.ordered {
				o.keep = []int{0, 100}
			}
			tick := &clock{epoch}
			at := func(fs vfs.FS) *world {
				return &world{t: t, clock: tick, fs: store.Options{FS: fs, Reserve: -1, Now: tick.now}, opts: Options{Now: tick.now, Budgets: step.budgets}}
			}
			w := at(errorfs.Wrap(mem, o))
			w.open()
			defer w.close()
			if step.prepare != nil {
				step.prepare(w)
			}
			before := at(mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 0}))
			before.open()
			old := before.state("before")
			before.close()

			o.turn(true)
			err := step.act(w)
			acknowledged := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 0})
			o.turn(false)
			if err != nil {
				t.Fatal(err)
			}
			done := w.state("after")
			if len(o.left) == 0 {
				t.Fatal("the power was never cut")
			}
			for i, fs := range o.left {
				found := at(fs)
				found.open()
				got := found.state(o.at[i])
				if got != old && got != done && !step.between {
					t.Errorf("cut %d, before %s: half of it:\n%s\nbefore:\n%s\nafter:\n%s", i, o.at[i], got, old, done)
				}
				found.close()
			}
			last := at(acknowledged)
			last.open()
			if got := last.state("acknowledged"); got != done {
				t.Errorf("acknowledged, and not there:\n%s\nwant:\n%s", got, done)
			}
			last.close()
			t.Logf("%d cuts", len(o.left))
		})
	}
}
