package chain

import (
	"bytes"
	"maps"
	"slices"
)

// scratch is a StateStore in memory for one question.
type scratch map[string][]byte

func newScratch() scratch { return scratch{} }

func (s scratch) Get(key []byte) ([]byte, bool, error) {
	v, found := s[string(key)]
	return v, found, nil
}

func (s scratch) Scan(start, end []byte, f func(key, value []byte) (bool, error)) error {
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if k < string(start) || k >= string(end) {
			continue
		}
		if more, err := f([]byte(k), s[k]); err != nil || !more {
			return err
		}
	}
	return nil
}

func (s scratch) Update(f func(StateWriter) error) error { return f(s) }

func (s scratch) Put(key, value []byte) error {
	s[string(key)] = bytes.Clone(value)
	return nil
}

func (s scratch) Delete(key []byte) error {
	delete(s, string(key))
	return nil
}
