package store

import (
	"context"
	"crypto/rand"
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
)

// ID names one database for its whole life; cursors into its feed are worth
// nothing at another.
type ID [16]byte

// Options configure Open. The zero value is right for a node.
type Options struct {
	// FS is the file system, nil for the machine's own. Tests pass others.
	FS vfs.FS
	// InMemory keeps everything in memory, for tests; FS is ignored.
	InMemory bool
	// Logger gets the engine's troubles. Nil discards.
	Logger *slog.Logger
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Reserve is the free disk space, in bytes, below which writes answer
	// ErrNoSpace: room in which the engine can always finish its logs, flushes
	// and compactions. 0 means DefaultReserve, negative none.
	Reserve int64
	// CacheSize bounds the engine's cache of blocks, in bytes. 0 means
	// DefaultCacheSize.
	CacheSize int64
	// BufferSize is how many bytes of writes the engine sorts in memory before it
	// writes them to a table; it holds up to four of them. 0 means 16 MB, best for
	// serving. Filling a large database takes less work with more.
	BufferSize uint64
	// Waiting bounds the pool of records that wait. Zero fields have defaults:
	// 65,536 records, 64 MB; 256 and 1 MB of one identity; seven days.
	Waiting WaitingLimits
}

const (
	DefaultReserve   = 256 << 20
	DefaultCacheSize = 64 << 20

	// memTable of 16 MB: measured best for batches of 1,024 small records
	// between 8 and 64 MB, and the engine holds at most four.
	memTable        = 16 << 20
	maxMemTables    = 4
	maxOpenFiles    = 512
	bloomBitsPerKey = 10 // one false positive in a hundred
)

// DB is the open database.
type DB struct {
	opts Options
	log  *slog.Logger
	dir  string
	fs   *guardFS
	lock *pebble.Lock
	id   ID

	// gate is held for reading by whoever uses the engine, and for writing only
	// with TryLock (by Close and reopen), so that a reader inside a reader can
	// never wait for a writer that waits for it.
	gate  sync.RWMutex
	p     *pebble.DB    // guarded by gate; nil if it could not be opened again
	cache *pebble.Cache // shared by reopened engines
	fault atomic.Pointer[fault]
	shut  atomic.Bool

	// writer holds one token: who has it builds and applies a batch.
	writer chan struct{}

	// The following are written by the holder of writer.
	appliers []Applier
	erasers  []Eraser
	erased   []Range // where erasers remove
	seq      uint64  // last sequence number given out
	pool     waitingPool
	nextTry  time.Time // not to reopen sooner

	space    spaceGauge
	synced   atomic.Uint64 // last durable sequence number
	watchers watchers
}

// Open opens the database in dir, which it makes if it must.
func Open(dir string, o Options) (*DB, error) {
	if o.InMemory {
		o.FS = vfs.NewMem()
	} else if o.FS == nil {
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
		o.BufferSize = memTable
	}
	o.Waiting = o.Waiting.orDefault()
	db := &DB{opts: o, log: o.Logger, dir: dir, writer: make(chan struct{}, 1)}
	db.fs = &guardFS{FS: o.FS, seen: db.sawError}
	db.space.now = o.Now
	if err := db.open(); err != nil {
		return nil, err
	}
	return db, nil
}

func (db *DB) open() (err error) {
	if err := db.opts.FS.MkdirAll(db.dir, 0o700); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if db.lock, err = pebble.LockDirectory(db.dir, db.opts.FS); err != nil {
		return lockError(db.dir, err)
	}
	db.cache = pebble.NewCache(db.opts.CacheSize)
	defer func() {
		if err != nil {
			db.release()
		}
	}()
	if db.p, err = pebble.Open(db.dir, db.engineOptions()); err != nil {
		return engineError("open "+db.dir, err)
	}
	if f := db.fault.Load(); f != nil { // the engine carries on where a log call returns
		return fmt.Errorf("store: open %s: %w", db.dir, f.cause)
	}
	if err := db.initialize(); err != nil {
		return err
	}
	if err := db.load(); err != nil {
		return err
	}
	return db.ensureItems()
}

// lockError tells a lock held by another from a directory we cannot use.
func lockError(dir string, err error) error {
	for _, other := range []error{fs.ErrPermission, fs.ErrNotExist} {
		if errors.Is(err, other) {
			return fmt.Errorf("store: %w", err)
		}
	}
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrInUse, dir, err)
}

func (db *DB) engineOptions() *pebble.Options {
	o := &pebble.Options{
		FS:                          db.fs,
		Lock:                        db.lock,
		Cache:                       db.cache,
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                db.opts.BufferSize,
		MemTableStopWritesThreshold: maxMemTables,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       24,
		MaxOpenFiles:                maxOpenFiles,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      engineLog{db},
		EventListener:               db.listener(),
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	return o
}

const (
	metaSchema = "schema"
	metaID     = "id"
	metaSeq    = "seq"
)

func metaKey(name string) Key { return NewKey(FamilyMeta).Text(name) }

// initialize writes version and id into a new database and checks them in an old
// one. It runs before anything else can write.
func (db *DB) initialize() error {
	switch v, err := get(db.p, metaKey(metaSchema)); {
	case errors.Is(err, ErrNotFound):
		return db.create()
	case err != nil:
		return err
	case string(v) == "1":
		return db.migrate(IndexFirst, FamilyItem)
	case string(v) == "2":
		return db.migrate(FamilyItem)
	case string(v) != fmt.Sprint(SchemaVersion):
		return fmt.Errorf("%w: found %.20q, this program knows %d", ErrSchema, v, SchemaVersion)
	default:
		return nil
	}
}

// migrate brings an older version to this one by marking what is to be made anew:
// version 2 brought one order of what everybody wrote (FamilyRecent) into the index,
// version 3 the items.
func (db *DB) migrate(stale ...Family) error {
	return db.Update(context.Background(), func(b *Batch) error {
		for _, first := range stale {
			b.Set(rebuildMark(first), nil)
		}
		b.Set(metaKey(metaSchema), fmt.Append(nil, SchemaVersion))
		return nil
	})
}

func (db *DB) create() error {
	var id ID
	if _, err := rand.Read(id[:]); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return db.Update(context.Background(), func(b *Batch) error {
		b.Set(metaKey(metaSchema), fmt.Append(nil, SchemaVersion))
		b.Set(metaKey(metaID), id[:])
		return nil
	})
}

// load fills what is held in memory from what is on disk.
func (db *DB) load() error {
	id, err := get(db.p, metaKey(metaID))
	if err != nil || len(id) != len(db.id) {
		return fmt.Errorf("%w: no store id: %v", ErrCorrupt, err)
	}
	db.id = ID(id)
	if db.seq, err = readUint(db.p, metaKey(metaSeq)); err != nil {
		return err
	}
	db.synced.Store(db.seq)
	return db.pool.load(db.p)
}

// readUint reads eight bytes big-endian, 0 if there are none.
func readUint(v view, key Key) (uint64, error) {
	b, err := get(v, key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	r := ReadParts(b)
	n := r.Uint()
	if r.End() != nil {
		return 0, fmt.Errorf("%w: %x is not a number", ErrCorrupt, b)
	}
	return n, nil
}

// ID names this database.
func (db *DB) ID() ID { return db.id }

// engine is the engine to read from, held until release is called.
func (db *DB) engine() (p *pebble.DB, release func(), err error) {
	db.gate.RLock()
	switch {
	case db.shut.Load():
		err = ErrClosed
	case db.p == nil:
		err = db.fault.Load().error()
	default:
		return db.p, db.gate.RUnlock, nil
	}
	db.gate.RUnlock()
	return nil, nil, err
}

// closePatience is how long Close and reopen wait for readers to finish.
const closePatience = 5 * time.Second

// alone takes the gate for writing, if readers leave within d.
func (db *DB) alone(d time.Duration) bool {
	for end := time.Now().Add(d); !db.gate.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// Close waits for the write under way, refuses all further use, and closes the
// engine. Watchers' channels are closed. ErrBusy: snapshots are still open.
func (db *DB) Close() error {
	db.writer <- struct{}{}
	again := db.shut.Swap(true)
	<-db.writer // whoever waits for it finds the database shut
	if again {
		return ErrClosed
	}
	db.watchers.close()
	if !db.alone(closePatience) {
		return ErrBusy
	}
	defer db.gate.Unlock()
	return engineError("close", db.release())
}

// release gives back what open took.
func (db *DB) release() (err error) {
	if db.p != nil {
		err = closeEngine(db.p)
		db.p = nil
	}
	db.cache.Unref()
	return errors.Join(err, db.lock.Close())
}

// closeEngine closes p. An engine whose log has failed may panic about what it
// still holds; it is gone all the same.
func closeEngine(p *pebble.DB) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("close: %v", r)
		}
	}()
	return p.Close()
}
