package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store/engine/disk"
	"metanet/identity"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// pair is two posts that one commit writes together.
func pair(t testing.TB, i int) []Admission {
	return []Admission{
		admit(sign(t, author(1), 1, post(fmt.Sprint("a", i)), rev(2*i), text("left"))),
		admit(sign(t, author(2), 2, post(fmt.Sprint("b", i)), rev(2*i+1), text("right"))),
	}
}

// broken is why the database's engine refuses writes.
func broken(db *DB) error { return db.e.(*disk.Engine).Fault() }

// checkPairs: each pair is there whole or not at all, and all that was
// acknowledged is there.
func checkPairs(t *testing.T, db *DB, acknowledged, begun int) {
	t.Helper()
	for i := range begun {
		_, left := Record(db, author(1), post(fmt.Sprint("a", i)))
		_, right := Record(db, author(2), post(fmt.Sprint("b", i)))
		switch {
		case (left == nil) != (right == nil):
			t.Fatalf("half of pair %d: %v, %v", i, left, right)
		case left != nil && !errors.Is(left, ErrNotFound):
			t.Fatal(left)
		case left != nil && i < acknowledged:
			t.Fatalf("pair %d was acknowledged and is gone", i)
		}
	}
	if broken(db) == nil { // a failed engine shows what the feed doesn't: it isn't durable
		checkFeed(t, db)
	}
}

// TestPowerLoss cuts the power at random moments while records are committed,
// keeping a random part of what was never synced.
func TestPowerLoss(t *testing.T) {
	for seed := range uint64(8) {
		fs := vfs.NewCrashableMem()
		db := openTest(t, Options{FS: fs})
		id := db.ID()
		var acknowledged, begun atomic.Int64
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				begun.Store(int64(i + 1))
				if _, err := db.Commit(ctx, pair(t, i)); err != nil {
					t.Error(err)
					return
				}
				acknowledged.Store(int64(i + 1))
			}
		})
		r := rand.New(rand.NewPCG(seed, 3))
		for range 4 {
			time.Sleep(time.Duration(r.IntN(8)) * time.Millisecond)
			least := int(acknowledged.Load())
			after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
			most := int(begun.Load())
			again := openTest(t, Options{FS: after})
			if again.ID() != id {
				t.Fatal("another store id")
			}
			checkPairs(t, again, least, most)
			if _, err := again.Commit(ctx, pair(t, most)); err != nil {
				t.Fatal(err)
			}
			checkPairs(t, again, least, most+1)
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
		close(stop)
		wg.Wait()
	}
}

// TestPowerLossBeforeFirstCommit: a database that was only just made opens again.
func TestPowerLossBeforeFirstCommit(t *testing.T) {
	fs := vfs.NewCrashableMem()
	db := openTest(t, Options{FS: fs})
	again := openTest(t, Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
	if again.ID() != db.ID() {
		t.Fatal("another store id")
	}
}

// TestNote: what is noted is read at once, costs no sync, and is as durable as
// what is written after it.
func TestNote(t *testing.T) {
	fs := vfs.NewCrashableMem()
	db := openTest(t, Options{FS: fs})
	note := func(seq uint64) {
		t.Helper()
		if err := db.SetCursor(ctx, "reader", seq); err != nil {
			t.Fatal(err)
		}
	}
	cursors := func() (now, afterPowerLoss uint64) {
		t.Helper()
		again := openTest(t, Options{FS: fs.CrashClone(vfs.CrashCloneCfg{})})
		now, err := db.Cursor("reader")
		lost, err2 := again.Cursor("reader")
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return now, lost
	}
	note(7)
	if now, after := cursors(); now != 7 || after != 0 {
		t.Errorf("noted: %d, and %d after power loss: it was synced", now, after)
	}
	if _, err := db.Commit(ctx, pair(t, 0)); err != nil {
		t.Fatal(err)
	}
	note(8)
	if now, after := cursors(); now != 8 || after != 7 {
		t.Errorf("noted: %d, and %d after power loss; what came before a commit is durable with it", now, after)
	}
}

// badDisk is a file system whose write operations fail when told to.
type badDisk struct {
	vfs.FS
	fail  atomic.Pointer[error]
	kinds map[errorfs.OpKind]bool
	fired atomic.Int64
}

func newDisk(inner vfs.FS, kinds ...errorfs.OpKind) *badDisk {
	d := &badDisk{kinds: make(map[errorfs.OpKind]bool)}
	for _, k := range kinds {
		d.kinds[k] = true
	}
	d.FS = errorfs.Wrap(inner, d)
	return d
}

func (d *badDisk) set(err error) {
	if err == nil {
		d.fail.Store(nil)
	} else {
		d.fail.Store(&err)
	}
}

func (d *badDisk) MaybeError(op errorfs.Op) error {
	if p := d.fail.Load(); p != nil && d.kinds[op.Kind] {
		d.fired.Add(1)
		return *p
	}
	return nil
}

func (d *badDisk) String() string { return "disk" }

var writes = []errorfs.OpKind{
	errorfs.OpCreate, errorfs.OpRename, errorfs.OpReuseForWrite, errorfs.OpFileWrite, errorfs.OpFileWriteAt,
	errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo, errorfs.OpFilePreallocate, errorfs.OpMkdirAll,
}

// testClock runs by itself and can be pushed on.
type testClock struct{ extra atomic.Int64 }

func (c *testClock) now() time.Time          { return time.Now().Add(time.Duration(c.extra.Load())) }
func (c *testClock) advance(d time.Duration) { c.extra.Add(int64(d)) }

// TestFailingDisk: whatever operation fails, writes are refused with a reason and
// reads go on; when the disk is back, so are writes; nothing acknowledged is lost,
// neither then nor after a crash.
func TestFailingDisk(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want error
		ops  []errorfs.OpKind
	}{
		"full":         {syscall.ENOSPC, ErrNoSpace, writes},
		"broken":       {syscall.EIO, ErrReadOnly, writes},
		"broken sync":  {syscall.EIO, ErrReadOnly, []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData}},
		"broken write": {syscall.EIO, ErrReadOnly, []errorfs.OpKind{errorfs.OpFileWrite}},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			d := newDisk(mem, c.ops...)
			var clock testClock
			db := openTest(t, Options{FS: d, Now: clock.now})
			done := 0
			commit := func() error {
				_, err := db.Commit(ctx, pair(t, done))
				if err == nil {
					done++
				}
				return err
			}
			for range 3 {
				for range 5 {
					if err := commit(); err != nil {
						t.Fatal(err)
					}
				}
				d.set(c.err)
				before := d.fired.Load()
				for range 3 {
					if err := commit(); !errors.Is(err, c.want) && !errors.Is(err, ErrReadOnly) {
						t.Fatalf("commit on a failing disk: %v", err)
					}
					checkPairs(t, db, done, done+1)
					clock.advance(2 * time.Second) // time for another attempt
				}
				if d.fired.Load() == before {
					t.Fatal("the fault never fired")
				}
				d.set(nil)
				clock.advance(2 * time.Second)
				if err := commit(); err != nil {
					t.Fatalf("disk is back: %v", err)
				}
				checkPairs(t, db, done, done)
			}
			again := openTest(t, Options{FS: mem.CrashClone(vfs.CrashCloneCfg{})})
			checkPairs(t, again, done, done+1)
		})
	}
}

// TestFullDiskUnderLoad fills the disk while memory tables are flushed and tables
// compacted, over and over, and then reads all of it.
func TestFullDiskUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 MB")
	}
	mem := vfs.NewCrashableMem()
	d := newDisk(mem, writes...)
	var clock testClock
	db := openTest(t, Options{FS: d, Now: clock.now})
	space := db.Space("load")
	big := make([]byte, 384<<10)
	stored := 0
	for i := range 120 {
		if i%20 == 10 {
			d.set(syscall.ENOSPC)
		}
		if i%20 == 14 {
			d.set(nil)
			clock.advance(2 * time.Second)
		}
		r := rand.New(rand.NewPCG(uint64(i), 0))
		for j := range big {
			big[j] = byte(r.Uint32())
		}
		err := space.Put(fmt.Appendf(nil, "%06d", stored), big)
		if err == nil {
			stored++
		} else if !errors.Is(err, ErrNoSpace) && !errors.Is(err, ErrReadOnly) {
			t.Fatal(err)
		}
	}
	if stored < 60 || d.fired.Load() == 0 {
		t.Fatalf("%d stored, %d faults", stored, d.fired.Load())
	}
	for _, db := range []*DB{db, openTest(t, Options{FS: mem.CrashClone(vfs.CrashCloneCfg{})})} {
		n := 0
		err := db.Space("load").Scan(nil, func(_, value []byte) error { n++; return nil })
		if err != nil || n < stored || n > stored+1 {
			t.Fatalf("%d of %d: %v", n, stored, err)
		}
	}
}

// TestLowDiskBrake: below the reserve nothing is written at all; a little above it
// writes go on.
func TestLowDiskBrake(t *testing.T) {
	mem := vfs.NewMem()
	free := func(n uint64) { mem.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: n, TotalBytes: 1 << 40}) }
	free(1 << 30)
	var clock testClock
	db := openTest(t, Options{FS: mem, Now: clock.now, Reserve: 100 << 20})
	try := func(i int) error {
		clock.advance(2 * time.Second)
		_, err := db.Commit(ctx, pair(t, i))
		return err
	}
	for i, step := range []struct {
		free uint64
		want error
	}{
		{1 << 30, nil}, {101 << 20, nil}, {99 << 20, ErrNoSpace}, {101 << 20, ErrNoSpace}, {200 << 20, nil}, {1, ErrNoSpace},
	} {
		free(step.free)
		if err := try(i); !errors.Is(err, step.want) {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	if _, err := Record(db, author(1), post("a0")); err != nil {
		t.Fatalf("reads: %v", err)
	}
	clear := func() error {
		clock.advance(2 * time.Second)
		return db.Reclaim(ctx, func(b *Batch) error { b.Delete(NewKey(FamilySpace).Text("x")); return nil })
	}
	if err := clear(); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("reclaim without any room: %v", err)
	}
	free(50 << 20)
	if err := clear(); err != nil {
		t.Fatalf("reclaim within the reserve: %v", err)
	}
	if err := try(9); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("write within the reserve: %v", err)
	}
	if broken(db) != nil {
		t.Fatal("the engine was touched")
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("second open: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := db.Commit(ctx, pair(t, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("commit: %v", err)
	}
	if _, err := db.Get(metaKey("id")); !errors.Is(err, ErrClosed) {
		t.Errorf("get: %v", err)
	}
	if db, err = Open(dir, Options{}); err != nil {
		t.Fatalf("opened again: %v", err)
	}
	if err := db.Update(ctx, func(b *Batch) error { b.Set(metaKey(metaSchema), []byte("99")); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrSchema) {
		t.Errorf("another schema: %v", err)
	}
}

// TestCorruptRecord: bytes of ours that do not read are never taken for a
// missing record.
func TestCorruptRecord(t *testing.T) {
	db := openTest(t, Options{})
	if _, err := db.Commit(ctx, pair(t, 0)); err != nil {
		t.Fatal(err)
	}
	key := recordKey(author(1), post("a0"))
	err := db.Update(ctx, func(b *Batch) error {
		value, err := b.Get(key)
		value[len(value)-1] ^= 1
		b.Set(key, value)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Record(db, author(1), post("a0")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("record: %v", err)
	}
	if _, err := db.Feed(0, 10); !errors.Is(err, ErrCorrupt) {
		t.Errorf("feed: %v", err)
	}
	if _, _, err := List(db, author(1), "app.bsky.feed.post", ListOptions{Limit: 10}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("list: %v", err)
	}
	update := admit(sign(t, author(1), 1, post("a0"), rev(99), text("new")))
	if _, err := db.Commit(ctx, []Admission{update}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("commit over it: %v", err)
	}
	judge := func(*record.Bundle) identity.Standing { return identity.Proven }
	if err := db.Recount(ctx, author(1), judge); !errors.Is(err, ErrCorrupt) {
		t.Errorf("recount: %v", err)
	}
}

// slowDisk holds back syncs while gate is held.
type slowDisk struct{ gate sync.RWMutex }

func (d *slowDisk) String() string { return "slow disk" }

func (d *slowDisk) MaybeError(op errorfs.Op) error {
	if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
		d.gate.RLock()
		defer d.gate.RUnlock()
	}
	return nil
}

// TestFeedEndsAtWhatIsDurable: what is published from the feed can no longer be
// lost, and whoever waits is woken when it can be read, not before.
func TestFeedEndsAtWhatIsDurable(t *testing.T) {
	var slow slowDisk
	db := openTest(t, Options{FS: errorfs.Wrap(vfs.NewMem(), &slow)})
	news, stop := db.Watch()
	defer stop()
	slow.gate.Lock()
	done := make(chan error)
	go func() {
		_, err := db.Commit(ctx, pair(t, 0))
		done <- err
	}()
	for {
		if _, err := Record(db, author(1), post("a0")); err == nil {
			break // the engine has it, the disk may not
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case <-news:
		t.Error("woken before it is durable")
	case err := <-done:
		t.Errorf("acknowledged before it is durable: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	if page, err := db.Feed(0, 10); err != nil || len(page) != 0 || db.LastSeq() != 0 {
		t.Errorf("feed gives %d records that are not durable: %v", len(page), err)
	}
	slow.gate.Unlock()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	<-news
	if page, err := db.Feed(0, 10); err != nil || len(page) != 2 || db.LastSeq() != 2 {
		t.Errorf("feed gives %d records: %v", len(page), err)
	}
}
