package memory

import (
	"github.com/tidwall/btree"

	"metanet/content/store/engine"
)

// view is one state. Nothing writes to its tree.
type view struct{ tree *btree.BTreeG[entry] }

func (v *view) Get(key []byte) ([]byte, error) {
	e, ok := v.tree.Get(entry{key: string(key)})
	if !ok {
		return nil, engine.ErrNotFound
	}
	return append([]byte{}, e.value...), nil
}

func (v *view) GetEach(keys [][]byte, fn func(i int, value []byte) error) error {
	for i, key := range keys {
		if e, ok := v.tree.Get(entry{key: string(key)}); ok {
			if err := fn(i, e.value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *view) Scan(r engine.Range, o engine.Order, limit int, fn func(key, value []byte) (bool, error)) (err error) {
	n := 0
	visit := func(e entry) bool {
		if e.key < string(r.Start) || r.End != nil && e.key >= string(r.End) {
			return o == engine.Reverse && e.key >= string(r.Start) // the End itself, where a walk down begins
		}
		var more bool
		more, err = fn([]byte(e.key), e.value)
		n++
		return more && err == nil && n != limit
	}
	switch {
	case o == engine.Forward:
		v.tree.Ascend(entry{key: string(r.Start)}, visit)
	case r.End == nil:
		v.tree.Reverse(visit)
	default:
		v.tree.Descend(entry{key: string(r.End)}, visit)
	}
	return err
}

func (v *view) ScanEach(ranges []engine.Range, limit int, fn func(i int, key, value []byte) (bool, error)) error {
	for i, r := range ranges {
		err := v.Scan(r, engine.Forward, limit, func(key, value []byte) (bool, error) { return fn(i, key, value) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *view) Close() error { return nil }
