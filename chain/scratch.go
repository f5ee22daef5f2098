package chain

import (
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

func (s scratch) ScanRange(start, end []byte, f func(key, value []byte) (bool, error)) error {
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

func (s scratch) Apply(puts map[string][]byte, deletes [][]byte) error {
	for _, k := range deletes {
		delete(s, string(k))
	}
	maps.Copy(s, puts)
	return nil
}
