package store

import (
	"errors"
	"fmt"

	"metanet/content/store/engine"
)

// Range is a half-open interval of keys, [Start, End). A nil End is no bound.
type Range = engine.Range

// Prefix is the range of all keys that k begins.
func Prefix(k Key) Range { return Range{Start: k, End: k.Next()} }

// Order is the direction of a scan.
type Order = engine.Order

const (
	Forward = engine.Forward
	Reverse = engine.Reverse
)

// Reader is what reading the ordered key space takes: the database itself, a
// snapshot of it, or a batch that sees its own writes.
//
// Bytes given to a function are valid only until it returns; bytes returned are
// the caller's.
type Reader interface {
	// Get answers ErrNotFound if there is no such key.
	Get(key []byte) ([]byte, error)
	// Scan calls fn for each key of the range in order until fn answers false
	// or an error, which Scan answers in turn. limit 0 is none.
	Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error
}

// Get answers the value of key, or ErrNotFound.
func (db *DB) Get(key []byte) ([]byte, error) { return db.e.Get(key) }

// Scan is Reader's, over a view taken when it begins.
func (db *DB) Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error {
	return db.e.Scan(r, o, limit, fn)
}

// Snapshot is an unchanging view of the whole key space. It must be closed, and
// soon: it keeps deleted data on disk, and Close of the database waits for it.
type Snapshot struct{ engine.Snapshot }

// Snapshot takes a view of now.
func (db *DB) Snapshot() (*Snapshot, error) {
	s, err := db.e.Snapshot()
	if err != nil {
		return nil, err
	}
	return &Snapshot{s}, nil
}

// Checkpoint puts a copy of the database, as of now, into a directory that is not
// there yet. What is on disk already is shared by hard links, so it costs little
// and must stay on the same file system; it keeps what is deleted later.
func (db *DB) Checkpoint(dir string) error {
	c, ok := db.e.(engine.Checkpointer)
	if !ok {
		return fmt.Errorf("store: checkpoint: %w", errors.ErrUnsupported)
	}
	return c.Checkpoint(dir)
}

// LowOn reports whether fewer than so many bytes are free on the disk, for those
// who can do without writing before the store itself has to stop (Options.Reserve).
// A file system that does not tell has enough.
func (db *DB) LowOn(bytes int64) bool { return db.e.LowOn(bytes) }

// readUint reads eight bytes big-endian, 0 if there are none.
func readUint(r Reader, key Key) (uint64, error) {
	b, err := r.Get(key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	k := ReadParts(b)
	n := k.Uint()
	if k.End() != nil {
		return 0, fmt.Errorf("%w: %x is not a number", ErrCorrupt, b)
	}
	return n, nil
}
