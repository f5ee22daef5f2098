package disk

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"metanet/content/store/engine"
)

// view is what *pebble.DB and *pebble.Snapshot have in common.
type view interface{ pebble.Reader }

func get(v view, key []byte) ([]byte, error) {
	value, closer, err := v.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, engine.ErrNotFound
	}
	if err != nil {
		return nil, named("get", err)
	}
	out := bytes.Clone(value)
	if out == nil {
		out = []byte{}
	}
	return out, closer.Close()
}

// getEach asks one key after the other: the filters of tables tell at once where
// a key is not, which an iterator over all of them would have to look for.
func getEach(v view, keys [][]byte, fn func(i int, value []byte) error) error {
	for i, key := range keys {
		value, closer, err := v.Get(key)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return named("get", err)
		}
		if err := errors.Join(fn(i, value), closer.Close()); err != nil {
			return err
		}
	}
	return nil
}

func scan(v view, r engine.Range, o engine.Order, limit int, fn func(key, value []byte) (bool, error)) error {
	it, err := v.NewIter(&pebble.IterOptions{LowerBound: r.Start, UpperBound: r.End})
	if err != nil {
		return named("scan", err)
	}
	first, next := it.First, it.Next
	if o == engine.Reverse {
		first, next = it.Last, it.Prev
	}
	err = walk(it, first, next, limit, fn)
	return errors.Join(err, named("scan", it.Close()))
}

func walk(it *pebble.Iterator, first, next func() bool, limit int, fn func(key, value []byte) (bool, error)) error {
	n := 0
	for ok := first(); ok; ok = next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return named("scan", err)
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
func scanEach(v view, ranges []engine.Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	it, err := v.NewIter(nil)
	if err != nil {
		return named("scan", err)
	}
	for i, r := range ranges {
		it.SetBounds(r.Start, r.End)
		if err = walk(it, it.First, it.Next, limit, func(k, v []byte) (bool, error) { return fn(i, k, v) }); err != nil {
			break
		}
	}
	return errors.Join(err, named("scan", it.Close()))
}

// named gives Pebble's errors our names.
func named(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %s: %w", engine.ErrCorrupt, op, err)
	case errors.Is(err, pebble.ErrClosed):
		return engine.ErrClosed
	default:
		return fmt.Errorf("store: %s: %w", op, err)
	}
}

func (e *Engine) Get(key []byte) ([]byte, error) {
	p, release, err := e.hold()
	if err != nil {
		return nil, err
	}
	defer release()
	return get(p, key)
}

func (e *Engine) GetEach(keys [][]byte, fn func(i int, value []byte) error) error {
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	return getEach(p, keys, fn)
}

func (e *Engine) Scan(r engine.Range, o engine.Order, limit int, fn func(key, value []byte) (bool, error)) error {
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	return scan(p, r, o, limit, fn)
}

func (e *Engine) ScanEach(ranges []engine.Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	return scanEach(p, ranges, limit, fn)
}

type snapshot struct {
	snap    *pebble.Snapshot
	release func()
}

func (e *Engine) Snapshot() (engine.Snapshot, error) {
	p, release, err := e.hold()
	if err != nil {
		return nil, err
	}
	return &snapshot{p.NewSnapshot(), release}, nil
}

func (s *snapshot) Get(key []byte) ([]byte, error) { return get(s.snap, key) }

func (s *snapshot) GetEach(keys [][]byte, fn func(i int, value []byte) error) error {
	return getEach(s.snap, keys, fn)
}

func (s *snapshot) Scan(r engine.Range, o engine.Order, limit int, fn func(key, value []byte) (bool, error)) error {
	return scan(s.snap, r, o, limit, fn)
}

func (s *snapshot) ScanEach(ranges []engine.Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	return scanEach(s.snap, ranges, limit, fn)
}

func (s *snapshot) Close() error {
	defer s.release()
	return named("snapshot", s.snap.Close())
}
