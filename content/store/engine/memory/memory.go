// Package memory is an engine in memory: an immutable ordered tree for each state,
// sharing what did not change with the one before. Readers take the newest and hold
// no lock; a snapshot is a pointer.
//
// It is for tests that need no disk (store.Options.InMemory). Durable is what the
// process holds; it is never full.
package memory

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"

	"metanet/content/store/engine"
)

type entry struct {
	key   string
	value []byte
}

func before(a, b entry) bool { return a.key < b.key }

// Engine is a key space in memory.
type Engine struct {
	write   sync.Mutex           // one Apply at a time
	current atomic.Pointer[view] // nil once closed
}

// New is an empty engine.
func New() *Engine {
	e := new(Engine)
	e.current.Store(&view{btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})})
	return e
}

// now is the newest state.
func (e *Engine) now() (*view, error) {
	if v := e.current.Load(); v != nil {
		return v, nil
	}
	return nil, engine.ErrClosed
}

func (e *Engine) Get(key []byte) ([]byte, error) {
	v, err := e.now()
	if err != nil {
		return nil, err
	}
	return v.Get(key)
}

func (e *Engine) GetEach(keys [][]byte, fn func(i int, value []byte) error) error {
	v, err := e.now()
	if err != nil {
		return err
	}
	return v.GetEach(keys, fn)
}

func (e *Engine) Scan(r engine.Range, o engine.Order, limit int, fn func(key, value []byte) (bool, error)) error {
	v, err := e.now()
	if err != nil {
		return err
	}
	return v.Scan(r, o, limit, fn)
}

func (e *Engine) ScanEach(ranges []engine.Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	v, err := e.now()
	if err != nil {
		return err
	}
	return v.ScanEach(ranges, limit, fn)
}

func (e *Engine) Snapshot() (engine.Snapshot, error) {
	v, err := e.now()
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (e *Engine) Writable(bool) (lost bool, err error) {
	_, err = e.now()
	return false, err
}

func (e *Engine) Apply(w engine.Write) (engine.Pending, error) {
	e.write.Lock()
	defer e.write.Unlock()
	v, err := e.now()
	if err != nil {
		return nil, err
	}
	for _, x := range w.Expect {
		if got, ok := v.tree.Get(entry{key: string(x.Key)}); ok != (x.Value != nil) || !bytes.Equal(got.value, x.Value) {
			return nil, engine.ErrConflict
		}
	}
	next := v.tree.Copy() // readers of v go on: they read no more than its nodes
	for _, r := range w.Drop {
		// Deleting while walking next is not allowed, so v is walked.
		_ = v.Scan(r, engine.Forward, 0, func(key, _ []byte) (bool, error) {
			next.Delete(entry{key: string(key)})
			return true, nil
		})
	}
	for _, op := range w.Ops {
		if op.Delete {
			next.Delete(entry{key: op.Key})
		} else {
			next.Set(entry{op.Key, append([]byte{}, op.Value...)})
		}
	}
	e.current.Store(&view{next})
	return func() error { return nil }, nil
}

// Shred has nothing to do: what was deleted is nowhere.
func (e *Engine) Shred(context.Context, []engine.Range, func() error) error { return nil }

func (e *Engine) LowOn(int64) bool { return false }

// Close does not wait for snapshots: they need nothing of the engine.
func (e *Engine) Close() error {
	e.write.Lock()
	defer e.write.Unlock()
	if e.current.Swap(nil) == nil {
		return engine.ErrClosed
	}
	return nil
}
