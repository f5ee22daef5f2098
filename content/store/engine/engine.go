// Package engine is what content/store asks of an ordered key space: reading by key
// and by range, views that do not change, and writes that happen whole or not at
// all, once, and stay.
//
// It owns the contract and its errors. Engine is kept as narrow as the store's own
// use, so that another engine, a distributed one among them, is a package beside
// disk (Pebble, what nodes run on) and memory (a tree, for tests that need no
// disk). enginetest holds every one of them to what is said here.
//
// An engine knows nothing of families of keys, records or sequence numbers.
package engine

import (
	"bytes"
	"context"
)

// Range is a half-open interval of keys, [Start, End). A nil End is no bound.
type Range struct{ Start, End []byte }

// After narrows r to keys greater than key.
func (r Range) After(key []byte) Range {
	r.Start = append(bytes.Clone(key), 0)
	return r
}

// Order is the direction of a scan.
type Order bool

const (
	Forward Order = false
	Reverse Order = true
)

// View reads the key space. Bytes given to a function are valid only until it
// returns; bytes returned are the caller's. A function may read the same view.
type View interface {
	// Get answers ErrNotFound if there is no such key.
	Get(key []byte) ([]byte, error)
	// GetEach calls fn for each key that there is, in any order, with its place
	// among keys: one question to an engine that is far away. An error of fn ends it.
	GetEach(keys [][]byte, fn func(i int, value []byte) error) error
	// Scan calls fn for each key of the range in order until fn answers false
	// or an error, which Scan answers in turn. limit 0 is none. It sees the state
	// of when it began.
	Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error
	// ScanEach scans each range forward up to limit keys, telling fn which range a
	// key is of. fn answering false ends its range only.
	ScanEach(ranges []Range, limit int, fn func(i int, key, value []byte) (bool, error)) error
}

// Snapshot is a view of one moment. It must be closed, and soon: it keeps what was
// deleted, and Close of the engine waits for it.
type Snapshot interface {
	View
	Close() error
}

// Op sets a key, or deletes it.
type Op struct {
	Key    string
	Value  []byte
	Delete bool
}

// Expect is a key that must have this value, nil none, for a Write to happen.
type Expect struct {
	Key   []byte
	Value []byte
}

// Write is what happens together. Ranges in Drop are emptied before Ops, of which
// each key has at most one, are done. The engine keeps nothing of it.
type Write struct {
	Expect []Expect
	Drop   []Range
	Ops    []Op
	// Lazy: it becomes durable with whatever is written after it, and Pending
	// answers at once. A crash before that may take it away, whole.
	Lazy bool
}

// Pending waits until a Write is durable, unless that is lazy. It must be called once.
type Pending func() error

// Engine is an open key space. It is safe for concurrent use.
type Engine interface {
	View
	// Snapshot takes a view of now.
	Snapshot() (Snapshot, error)
	// Writable says why writes are refused, and mends what it can first. What frees
	// space may be written for longer than the rest. lost: since the last call,
	// writes that were never durable may have vanished, of which a reader may have
	// seen some.
	Writable(frees bool) (lost bool, err error)
	// Apply makes a Write happen: readers see it when Apply answers, it is durable
	// when Pending does, and with it all that were applied before. ErrConflict: an
	// expectation does not hold, and nothing was written. Another error says "not
	// acknowledged", never "did not happen".
	Apply(Write) (Pending, error)
	// Shred makes what was deleted from ranges leave the storage. write is called
	// several times: it writes anything at all, durably.
	Shred(ctx context.Context, ranges []Range, write func() error) error
	// LowOn reports whether fewer than so many bytes of room are left, if the
	// engine can tell.
	LowOn(bytes int64) bool
	// Close refuses all further use, waits for readers and gives everything back.
	// ErrBusy: snapshots are still open.
	Close() error
}

// Checkpointer is an engine that can put a copy of itself, which an engine of the
// same kind opens, into a directory that is not there yet. It costs little: what
// does not change any more is shared.
type Checkpointer interface {
	Checkpoint(dir string) error
}
