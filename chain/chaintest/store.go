// Package chaintest has what tests of chain, and of those who use it, need: a
// StateStore in memory, a signer, and an RPC endpoint with a scripted chain.
package chaintest

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// Store is a chain.StateStore in memory.
type Store struct {
	mu      sync.RWMutex
	keys    []string // sorted, unless stale
	stale   bool
	entries map[string][]byte

	// BeforeApply, if set, is called before each Apply; its error makes it fail
	// with nothing written.
	BeforeApply func() error
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

// ScanRange implements chain.StateStore.
func (s *Store) ScanRange(start, end []byte, f func(key, value []byte) (bool, error)) error {
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

// Apply implements chain.StateStore.
func (s *Store) Apply(puts map[string][]byte, deletes [][]byte) error {
	if s.BeforeApply != nil {
		if err := s.BeforeApply(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range deletes {
		if _, existed := s.entries[string(k)]; existed {
			delete(s.entries, string(k))
			s.stale = true
		}
	}
	for k, v := range puts {
		_, existed := s.entries[k]
		s.entries[k] = append([]byte{}, v...)
		s.stale = s.stale || !existed
	}
	return nil
}

// Dump is everything in the store.
func (s *Store) Dump() map[string][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.entries)
}
