// Package chaintest has what tests of chain, and of those who use it, need: a
// StateStore in memory, a signer, and an RPC endpoint with a scripted chain.
package chaintest

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"metanet/chain"
)

// Store is a chain.StateStore in memory.
type Store struct {
	mu      sync.RWMutex
	keys    []string // sorted, unless stale
	stale   bool
	entries map[string][]byte

	// BeforeUpdate, if set, is called before each Update; its error makes the
	// Update fail with nothing written.
	BeforeUpdate func() error
}

// NewStore makes an empty store.
func NewStore() *Store { return &Store{entries: map[string][]byte{}} }

// Get implements chain.StateStore.
func (s *Store) Get(key []byte) ([]byte, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, found := s.entries[string(key)]
	return bytes.Clone(v), found, nil
}

// Scan implements chain.StateStore.
func (s *Store) Scan(start, end []byte, f func(key, value []byte) (bool, error)) error {
	s.mu.Lock()
	if s.stale {
		s.keys, s.stale = slices.Sorted(maps.Keys(s.entries)), false
	}
	from, _ := slices.BinarySearch(s.keys, string(start))
	to, _ := slices.BinarySearch(s.keys, string(end))
	keys := slices.Clone(s.keys[from:max(from, to)])
	s.mu.Unlock()
	for _, k := range keys {
		v, found, _ := s.Get([]byte(k))
		if !found {
			continue
		}
		if more, err := f([]byte(k), v); err != nil || !more {
			return err
		}
	}
	return nil
}

// Update implements chain.StateStore.
func (s *Store) Update(f func(chain.StateWriter) error) error {
	if s.BeforeUpdate != nil {
		if err := s.BeforeUpdate(); err != nil {
			return err
		}
	}
	w := writer{}
	if err := f(w); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range w {
		_, existed := s.entries[k]
		if v == nil {
			delete(s.entries, k)
		} else {
			s.entries[k] = v
		}
		s.stale = s.stale || existed != (v != nil)
	}
	return nil
}

// Dump is everything in the store.
func (s *Store) Dump() map[string][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.entries)
}

type writer map[string][]byte

func (w writer) Put(k, v []byte) error {
	w[string(k)] = append([]byte{}, v...)
	return nil
}

func (w writer) Delete(k []byte) error {
	w[string(k)] = nil
	return nil
}
