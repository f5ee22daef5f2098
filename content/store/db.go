package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"metanet/content/store/engine"
	"metanet/content/store/engine/disk"
	"metanet/content/store/engine/memory"
)

// ID names one database for its whole life; cursors into its feed are worth
// nothing at another.
type ID [16]byte

// Options configure Open. The zero value is right for a node.
type Options struct {
	// FS is the file system, nil for the machine's own. Tests pass others.
	FS disk.FS
	// InMemory keeps everything in memory (engine/memory), for tests that need no
	// disk; what else is about a disk is ignored.
	InMemory bool
	// Logger gets the engine's troubles. Nil discards.
	Logger *slog.Logger
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Reserve, CacheSize and BufferSize are disk.Options'.
	Reserve    int64
	CacheSize  int64
	BufferSize uint64
	// Waiting bounds the pool of records that wait. Zero fields have defaults:
	// 65,536 records, 64 MB; 256 and 1 MB of one identity; seven days.
	Waiting WaitingLimits
}

// DB is the open database.
type DB struct {
	opts Options
	e    engine.Engine
	id   ID

	// writer holds one token: who has it builds and applies a batch.
	writer chan struct{}

	// The following are written by the holder of writer.
	appliers []Applier
	erasers  []Eraser
	erased   []Range // where erasers remove
	seq      uint64  // last sequence number given out
	pool     waitingPool
	stale    bool // what is held in memory may be of writes that vanished

	synced   atomic.Uint64 // last durable sequence number
	watchers watchers
}

// Open opens the database in dir, which it makes if it must.
func Open(dir string, o Options) (*DB, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Waiting = o.Waiting.orDefault()
	e, err := openEngine(dir, o)
	if err != nil {
		return nil, err
	}
	db := &DB{opts: o, e: e, writer: make(chan struct{}, 1)}
	if err := db.initialize(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if err := db.load(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if err := db.ensureItems(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return db, nil
}

func openEngine(dir string, o Options) (engine.Engine, error) {
	if o.InMemory {
		return memory.New(), nil
	}
	return disk.Open(dir, disk.Options{
		FS: o.FS, Logger: o.Logger, Now: o.Now, Reserve: o.Reserve, CacheSize: o.CacheSize, BufferSize: o.BufferSize,
	})
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
	switch v, err := db.Get(metaKey(metaSchema)); {
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
	id, err := newID()
	if err != nil {
		return err
	}
	return db.Update(context.Background(), func(b *Batch) error {
		b.Set(metaKey(metaSchema), fmt.Append(nil, SchemaVersion))
		b.Set(metaKey(metaID), id[:])
		return nil
	})
}

// load fills what is held in memory from what is on disk.
func (db *DB) load() error {
	id, err := db.Get(metaKey(metaID))
	if err != nil || len(id) != len(db.id) {
		return fmt.Errorf("%w: no store id: %v", ErrCorrupt, err)
	}
	db.id = ID(id)
	if db.seq, err = readUint(db.e, metaKey(metaSeq)); err != nil {
		return err
	}
	db.synced.Store(db.seq)
	return db.pool.load(db.e)
}

// ID names this database.
func (db *DB) ID() ID { return db.id }

func newID() (id ID, err error) {
	if _, err := rand.Read(id[:]); err != nil {
		return id, fmt.Errorf("store: %w", err)
	}
	return id, nil
}

// Renew gives the database another name. A copy that was brought back must have it:
// it gives out sequence numbers anew that readers have seen with other changes, and
// by the name they notice. It is for before anybody else uses the database.
func (db *DB) Renew(ctx context.Context) error {
	id, err := newID()
	if err != nil {
		return err
	}
	err = db.Update(ctx, func(b *Batch) error { b.Set(metaKey(metaID), id[:]); return nil })
	if err == nil {
		db.id = id
	}
	return err
}

// Close waits for the write under way, refuses all further use, and closes the
// engine. Watchers' channels are closed. ErrBusy: snapshots are still open.
func (db *DB) Close() error {
	db.writer <- struct{}{}
	<-db.writer
	db.watchers.close()
	return db.e.Close()
}
