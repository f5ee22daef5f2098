// Package disk is the engine that nodes run on: Pebble in a directory. Nobody else
// imports Pebble.
//
// # Full or failing disk
//
// Below a reserve of free space writes answer ErrNoSpace while reads go on; above
// it they work again. If the engine's own log cannot be written all the same,
// writes answer ErrReadOnly, reads go on, and Writable opens the engine anew in
// place once there is space. A disagreement inside Pebble (not an I/O error) stops
// the process: nothing is served from a state that is known to be wrong.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"metanet/content/store/engine"
)

// FS is a file system. Tests pass ones that fail.
type FS = vfs.FS

// Options configure Open. The zero value is right for a node.
type Options struct {
	// FS is the file system, nil for the machine's own.
	FS FS
	// Logger gets the engine's troubles. Nil discards.
	Logger *slog.Logger
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Reserve is the free disk space, in bytes, below which writes answer
	// ErrNoSpace: room in which the engine can always finish its logs, flushes
	// and compactions. 0 means DefaultReserve, negative none.
	Reserve int64
	// CacheSize bounds the cache of blocks, in bytes. 0 means DefaultCacheSize.
	CacheSize int64
	// BufferSize is how many bytes of writes are sorted in memory before they are
	// written to a table; up to four of them are held. 0 means DefaultBufferSize,
	// best for serving. Filling a large database takes less work with more.
	BufferSize uint64
}

const (
	DefaultReserve   = 256 << 20
	DefaultCacheSize = 64 << 20

	// DefaultBufferSize: measured best for batches of 1,024 small records between
	// 8 and 64 MB.
	DefaultBufferSize = 16 << 20

	maxMemTables    = 4
	maxOpenFiles    = 512
	bloomBitsPerKey = 10 // one false positive in a hundred
)

// Engine is an open directory.
type Engine struct {
	opts Options
	log  *slog.Logger
	dir  string
	fs   *guardFS
	lock *pebble.Lock

	// gate is held for reading by whoever uses p, and for writing only with TryLock
	// (by Close and reopen), so that a reader inside a reader can never wait for a
	// writer that waits for it.
	gate  sync.RWMutex
	p     *pebble.DB    // guarded by gate; nil if it could not be opened again
	cache *pebble.Cache // shared by reopened engines
	fault atomic.Pointer[fault]
	shut  atomic.Bool

	apply   sync.Mutex // one expectation and its write at a time
	mending sync.Mutex // guards nextTry: one attempt at a time
	nextTry time.Time  // not to reopen sooner

	space spaceGauge
}

// Open opens the engine in dir, which it makes if it must.
func Open(dir string, o Options) (*Engine, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reserve == 0 {
		o.Reserve = DefaultReserve
	}
	if o.CacheSize == 0 {
		o.CacheSize = DefaultCacheSize
	}
	if o.BufferSize == 0 {
		o.BufferSize = DefaultBufferSize
	}
	e := &Engine{opts: o, log: o.Logger, dir: dir}
	e.fs = &guardFS{FS: o.FS, seen: e.sawError}
	e.space.now = o.Now
	return e, e.open()
}

func (e *Engine) open() (err error) {
	if err := e.opts.FS.MkdirAll(e.dir, 0o700); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if e.lock, err = pebble.LockDirectory(e.dir, e.opts.FS); err != nil {
		return lockError(e.dir, err)
	}
	e.cache = pebble.NewCache(e.opts.CacheSize)
	if e.p, err = pebble.Open(e.dir, e.options()); err != nil {
		return errors.Join(named("open "+e.dir, err), e.release())
	}
	if f := e.fault.Load(); f != nil { // Pebble carries on where a log call returns
		return errors.Join(fmt.Errorf("store: open %s: %w", e.dir, f.cause), e.release())
	}
	return nil
}

// lockError tells a lock held by another from a directory we cannot use.
func lockError(dir string, err error) error {
	for _, other := range []error{fs.ErrPermission, fs.ErrNotExist} {
		if errors.Is(err, other) {
			return fmt.Errorf("store: %w", err)
		}
	}
	if isFull(err) {
		return fmt.Errorf("%w: %w", engine.ErrNoSpace, err)
	}
	return fmt.Errorf("%w: %s: %w", engine.ErrInUse, dir, err)
}

func (e *Engine) options() *pebble.Options {
	o := &pebble.Options{
		FS:                          e.fs,
		Lock:                        e.lock,
		Cache:                       e.cache,
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                e.opts.BufferSize,
		MemTableStopWritesThreshold: maxMemTables,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       24,
		MaxOpenFiles:                maxOpenFiles,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      engineLog{e},
		EventListener:               e.listener(),
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	return o
}

// hold is the database to use, held until release is called.
func (e *Engine) hold() (p *pebble.DB, release func(), err error) {
	e.gate.RLock()
	switch {
	case e.shut.Load():
		err = engine.ErrClosed
	case e.p == nil:
		err = e.Fault()
	default:
		return e.p, e.gate.RUnlock, nil
	}
	e.gate.RUnlock()
	return nil, nil, err
}

// closePatience is how long Close waits for readers to finish.
const closePatience = 5 * time.Second

// alone takes the gate for writing, if readers leave within d.
func (e *Engine) alone(d time.Duration) bool {
	for end := time.Now().Add(d); !e.gate.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func (e *Engine) Close() error {
	if e.shut.Swap(true) {
		return engine.ErrClosed
	}
	if !e.alone(closePatience) {
		return engine.ErrBusy
	}
	defer e.gate.Unlock()
	return named("close", e.release())
}

// release gives back what open took.
func (e *Engine) release() (err error) {
	if e.p != nil {
		err = closePebble(e.p)
		e.p = nil
	}
	e.cache.Unref()
	return errors.Join(err, e.lock.Close())
}

// closePebble closes p. One whose log has failed may panic about what it still
// holds; it is gone all the same.
func closePebble(p *pebble.DB) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("close: %v", r)
		}
	}()
	return p.Close()
}
