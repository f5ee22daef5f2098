package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// fault is why the engine cannot be written any more. It stays until the engine
// has been opened anew.
type fault struct {
	kind  error // ErrReadOnly, ErrNoSpace or ErrCorrupt
	cause error
}

func (f *fault) error() error { return fmt.Errorf("%w: %w", f.kind, f.cause) }

func isFull(err error) bool {
	return vfs.IsNoSpaceError(err) || errors.Is(err, syscall.EDQUOT)
}

// failed notes that the engine could not write its log. The batch concerned was
// not acknowledged; the engine's memory may hold it, its log may not.
func (db *DB) failed(cause error) error {
	f := &fault{ErrReadOnly, cause}
	if isFull(cause) {
		f.kind = ErrNoSpace
	}
	if db.fault.CompareAndSwap(nil, f) {
		db.log.Error("store: disk failed a write; refusing writes", "err", cause)
	}
	return db.fault.Load().error()
}

// writable says whether the engine can be written, opening it anew if it failed
// and the disk may have come back. It is called with the writer's token.
func (db *DB) writable() error {
	if db.shut.Load() {
		return ErrClosed
	}
	f := db.fault.Load()
	if f == nil {
		return nil
	}
	if f.kind == ErrCorrupt || db.opts.Now().Before(db.nextTry) {
		return f.error()
	}
	db.nextTry = db.opts.Now().Add(reopenInterval)
	if err := db.probe(); err != nil {
		return fmt.Errorf("%w: %w", f.kind, err)
	}
	return db.reopen(f)
}

// probe tries what the engine does to a disk. Opening the engine on a disk that
// fails would never return: it tries to flush for ever, and no read could go on.
// So it writes as much as opening may have to flush, which is what the logs hold.
func (db *DB) probe() (err error) {
	if db.below(db.line(true)) {
		return fmt.Errorf("less than %d bytes free", db.opts.Reserve)
	}
	fs, name := db.fs.FS, db.fs.PathJoin(db.dir, "probe")
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	chunk := make([]byte, probeSize)
	for left := db.logSize() + probeSize; left > 0 && err == nil; left -= probeSize {
		_, err = f.Write(chunk)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), fs.Remove(name))
}

// logSize is the bytes in the engine's logs.
func (db *DB) logSize() (total int64) {
	names, err := db.fs.FS.List(db.dir)
	if err != nil {
		return 0 // the probe's own writes tell
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		if info, err := db.fs.FS.Stat(db.fs.PathJoin(db.dir, name)); err == nil {
			total += info.Size()
		}
	}
	return total
}

const probeSize = 1 << 20

const (
	reopenInterval = time.Second
	reopenPatience = time.Second
)

// reopen replaces an engine whose log failed. The new one starts from what is on
// disk: everything acknowledged, and of the rest whole batches or nothing. If it
// cannot be opened for writing, it is opened for reading, so that reads go on.
func (db *DB) reopen(f *fault) error {
	if !db.alone(reopenPatience) {
		return f.error() // readers do not leave; next time
	}
	defer db.gate.Unlock()
	if db.p != nil {
		if err := closeEngine(db.p); err != nil {
			db.log.Warn("store: closing the failed engine", "err", err)
		}
		db.p = nil
	}
	db.fault.Store(nil) // engineLog sets it again if opening fails
	p, err := pebble.Open(db.dir, db.engineOptions())
	if again := db.fault.Load(); err == nil && again != nil {
		err = errors.Join(again.cause, closeEngine(p))
	}
	if err == nil {
		db.p = p
		if err = db.load(); err == nil {
			db.log.Info("store: writing again")
			return nil
		}
		return db.failed(err)
	}
	db.fault.Store(&fault{f.kind, err})
	o := db.engineOptions()
	o.ReadOnly = true
	if db.p, err = pebble.Open(db.dir, o); err != nil {
		db.p = nil
		db.log.Error("store: cannot even be read", "err", err)
	}
	return db.fault.Load().error()
}

// engineLog receives what the engine logs. Its Fatalf decides between what an
// I/O error explains (writes stop, the process goes on) and a broken promise
// inside the engine (the process stops).
type engineLog struct{ db *DB }

func (l engineLog) Infof(format string, args ...any) {
	l.db.log.Debug("store: engine", "msg", fmt.Sprintf(format, args...))
}

func (l engineLog) Errorf(format string, args ...any) {
	l.db.log.Error("store: engine", "msg", fmt.Sprintf(format, args...))
}

// Fatalf returns after a failed write of log or MANIFEST. In Pebble 2.1.7 those
// callers (DB.Apply, versionSet.UpdateVersionLocked and create) carry on safely
// so long as nothing more is committed, which fault prevents; its own tests run
// like that. Any other call is a violated invariant.
func (l engineLog) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if !strings.Contains(msg, "MANIFEST") && !strings.HasPrefix(format, "pebble: fatal commit error") {
		l.db.log.Error("store: engine is inconsistent; stopping", "msg", msg)
		panic("store: engine is inconsistent: " + msg)
	}
	for _, a := range args {
		if err, ok := a.(error); ok {
			_ = l.db.failed(err)
			return
		}
	}
	_ = l.db.failed(errors.New(msg))
}

func (db *DB) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			db.log.Error("store: engine's background work failed; it is tried again", "err", err)
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			db.log.Error("store: corrupt file", "info", info.String())
			db.fault.CompareAndSwap(nil, &fault{ErrCorrupt, errors.New(info.String())})
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			db.log.Warn("store: writes wait for the disk", "reason", info.Reason)
		},
	}
}

// spaceGauge remembers how much space was free, so that the disk isn't asked for
// each write.
type spaceGauge struct {
	now     func() time.Time
	until   atomic.Int64 // Unix nanoseconds until which full holds
	full    atomic.Bool
	written atomic.Int64 // bytes since the disk was last asked
}

const (
	spaceInterval     = time.Second
	spaceIntervalFull = 100 * time.Millisecond // so that writes resume promptly
	spaceBytes        = 16 << 20               // ask after so many bytes, however fast
)

func (g *spaceGauge) wrote(n int) { g.written.Add(int64(n)) }

// roomToWrite is the low-disk brake: writes stop while the engine still has room
// to finish what it does, and resume a little above the line. What frees space
// may use part of the reserve.
func (db *DB) roomToWrite(frees bool) error {
	g := &db.space
	now := g.now().UnixNano()
	if now >= g.until.Load() || g.written.Load() >= spaceBytes {
		full := db.below(db.line(g.full.Load()))
		if full != g.full.Swap(full) {
			db.log.Warn("store: low-disk brake", "on", full, "reserve", db.opts.Reserve)
		}
		g.written.Store(0)
		wait := spaceInterval
		if full {
			wait = spaceIntervalFull
		}
		g.until.Store(now + int64(wait))
	}
	if !g.full.Load() || frees && !db.below(db.opts.Reserve/reclaimShare) {
		return nil
	}
	return fmt.Errorf("%w: less than %d bytes free", ErrNoSpace, db.opts.Reserve)
}

// reclaimShare: what frees space stops at a quarter of the reserve.
const reclaimShare = 4

// line is how much must be free, a little more once writes have stopped.
func (db *DB) line(stopped bool) int64 {
	if stopped {
		return db.opts.Reserve + db.opts.Reserve/16
	}
	return db.opts.Reserve
}

// below reports whether less than so many bytes are free.
func (db *DB) below(line int64) bool {
	if line < 0 {
		return false
	}
	usage, err := db.fs.FS.GetDiskUsage(db.dir)
	return err == nil && usage.AvailBytes < uint64(line) // not every file system tells; the engine's own error will
}

// sawError hears of every write that the file system failed.
func (db *DB) sawError(err error) {
	if isFull(err) && db.opts.Reserve >= 0 {
		db.space.full.Store(true)
		db.space.until.Store(db.opts.Now().Add(spaceIntervalFull).UnixNano())
	}
	// The engine tries failed flushes and compactions again at once, for ever.
	time.Sleep(errorPause)
}

const errorPause = 20 * time.Millisecond

// guardFS tells seen of every write operation that fails.
type guardFS struct {
	vfs.FS
	seen  func(error)
	fresh atomic.Int32 // while above 0, no old log is used again: see Scrub
}

func (g *guardFS) note(err error) error {
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		g.seen(err)
	}
	return err
}

func (g *guardFS) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, g.note(err)
	}
	return &guardFile{f, g}, nil
}

func (g *guardFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return g.wrap(g.FS.Create(name, c))
}

func (g *guardFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return g.wrap(g.FS.OpenReadWrite(name, c, opts...))
}

func (g *guardFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if g.fresh.Load() == 0 {
		return g.wrap(g.FS.ReuseForWrite(from, to, c))
	}
	if err := g.FS.Remove(from); err != nil {
		return nil, g.note(err)
	}
	return g.Create(to, c)
}

func (g *guardFS) Rename(from, to string) error { return g.note(g.FS.Rename(from, to)) }
func (g *guardFS) Unwrap() vfs.FS               { return g.FS }

type guardFile struct {
	vfs.File
	fs *guardFS
}

func (f *guardFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.fs.note(err)
}

func (f *guardFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	return n, f.fs.note(err)
}

func (f *guardFile) Sync() error     { return f.fs.note(f.File.Sync()) }
func (f *guardFile) SyncData() error { return f.fs.note(f.File.SyncData()) }
