package store

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Range is a half-open interval of keys, [Start, End). A nil End is no bound.
type Range struct{ Start, End []byte }

// Prefix is the range of all keys that k begins.
func Prefix(k Key) Range { return Range{Start: k, End: k.Next()} }

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

// view is what *pebble.DB and *pebble.Snapshot have in common.
type view interface {
	pebble.Reader
}

func get(v view, key []byte) ([]byte, error) {
	value, closer, err := v.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, engineError("get", err)
	}
	out := bytes.Clone(value)
	if out == nil {
		out = []byte{}
	}
	return out, closer.Close()
}

func scan(v view, r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error {
	it, err := v.NewIter(&pebble.IterOptions{LowerBound: r.Start, UpperBound: r.End})
	if err != nil {
		return engineError("scan", err)
	}
	first, next := it.First, it.Next
	if o == Reverse {
		first, next = it.Last, it.Prev
	}
	err = walk(it, first, next, limit, fn)
	return errors.Join(err, engineError("scan", it.Close()))
}

func walk(it *pebble.Iterator, first, next func() bool, limit int, fn func(key, value []byte) (bool, error)) error {
	n := 0
	for ok := first(); ok; ok = next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return engineError("scan", err)
		}
		if more, err := fn(it.Key(), value); err != nil || !more {
			return err
		}
		if n++; n == limit {
			return nil
		}
	}
	return nil // the iterator's own error comes from Close
}

// scanEach is Scan over many ranges with one iterator.
func scanEach(v view, ranges []Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	it, err := v.NewIter(nil)
	if err != nil {
		return engineError("scan", err)
	}
	for i, r := range ranges {
		it.SetBounds(r.Start, r.End)
		if err = walk(it, it.First, it.Next, limit, func(k, v []byte) (bool, error) { return fn(i, k, v) }); err != nil {
			break
		}
	}
	return errors.Join(err, engineError("scan", it.Close()))
}

// engineError gives the engine's errors our names.
func engineError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %s: %w", ErrCorrupt, op, err)
	case errors.Is(err, pebble.ErrClosed):
		return ErrClosed
	default:
		return fmt.Errorf("store: %s: %w", op, err)
	}
}

// Get answers the value of key, or ErrNotFound.
func (db *DB) Get(key []byte) ([]byte, error) {
	p, release, err := db.engine()
	if err != nil {
		return nil, err
	}
	defer release()
	return get(p, key)
}

// Scan is Reader's, over a view taken when it begins.
func (db *DB) Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error {
	p, release, err := db.engine()
	if err != nil {
		return err
	}
	defer release()
	return scan(p, r, o, limit, fn)
}

// Snapshot is an unchanging view of the whole key space. It must be closed, and
// soon: it keeps deleted data on disk, and Close of the database waits for it.
type Snapshot struct {
	snap    *pebble.Snapshot
	release func()
}

// Snapshot takes a view of now.
func (db *DB) Snapshot() (*Snapshot, error) {
	p, release, err := db.engine()
	if err != nil {
		return nil, err
	}
	return &Snapshot{p.NewSnapshot(), release}, nil
}

func (s *Snapshot) Get(key []byte) ([]byte, error) { return get(s.snap, key) }

func (s *Snapshot) Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error {
	return scan(s.snap, r, o, limit, fn)
}

// ScanEach scans each range forward up to limit keys, telling fn which range a
// key is of. It costs one seek a range. fn answering false ends its range only.
func (s *Snapshot) ScanEach(ranges []Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	return scanEach(s.snap, ranges, limit, fn)
}

// Close releases the snapshot; it must not be used after.
func (s *Snapshot) Close() error {
	defer s.release()
	return engineError("snapshot", s.snap.Close())
}
