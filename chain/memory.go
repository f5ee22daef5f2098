package chain

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// Memory is a StateStore that lasts as long as the process: for commands that send
// a few transactions and can tell from the chain what is done. The zero value is
// empty and ready.
type Memory struct {
	mu      sync.Mutex
	entries map[string][]byte
}

// Get implements StateStore.
func (m *Memory) Get(key []byte) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, found := m.entries[string(key)]
	return bytes.Clone(v), found, nil
}

// ScanRange implements StateStore.
func (m *Memory) ScanRange(start, end []byte, f func(key, value []byte) (bool, error)) error {
	m.mu.Lock()
	entries := maps.Clone(m.entries)
	m.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(entries)) {
		if k < string(start) || k >= string(end) {
			continue
		}
		if more, err := f([]byte(k), entries[k]); err != nil || !more {
			return err
		}
	}
	return nil
}

// Apply implements StateStore.
func (m *Memory) Apply(puts map[string][]byte, deletes [][]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[string][]byte{}
	}
	for _, k := range deletes {
		delete(m.entries, string(k))
	}
	for k, v := range puts {
		m.entries[k] = append([]byte{}, v...)
	}
	return nil
}
