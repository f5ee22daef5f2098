package index

import (
	"sync"

	"metanet/content/store"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// memo remembers what was read from the entries of a key, until a commit changes
// them. What it answers is never older than the snapshot of who asks, if that was
// taken before asking; it may be newer.
//
// A commit is seen in two steps: change, while its batch is built, and applied,
// when every snapshot from then on has it. In between it is unknown what a snapshot
// has; so whoever began to read before applied, or after change, may not put that key.
type memo[K comparable, V any] struct {
	mu       sync.Mutex
	known    *simplelru.LRU[K, V]
	changing map[K]struct{} // by a batch that isn't applied yet, or failed
	batch    *store.Batch   // the one that is being built
	age      uint64         // how many batches that changed something were applied
	changed  map[K]uint64   // the age that the last batch which changed a key made
	floor    uint64         // what was changed up to that age is forgotten
}

// rememberedChanges bounds memo.changed. Who reads while more changes may not put.
const rememberedChanges = 1 << 14

func newMemo[K comparable, V any](size int) *memo[K, V] {
	known, err := simplelru.NewLRU[K, V](size, nil)
	if err != nil {
		panic("index: " + err.Error()) // only of a size below one
	}
	return &memo[K, V]{known: known, changing: make(map[K]struct{}), changed: make(map[K]uint64)}
}

// change says that b changes the entries of k. Batches are built one after another.
func (m *memo[K, V]) change(b *store.Batch, k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known.Remove(k)
	m.changing[k] = struct{}{}
	if m.batch != b {
		m.batch = b
		b.OnApplied(m.applied)
	}
}

func (m *memo[K, V]) applied() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	m.batch = nil
	if len(m.changed)+len(m.changing) > rememberedChanges {
		clear(m.changed)
		m.floor = m.age
	}
	for k := range m.changing {
		m.changed[k] = m.age
	}
	clear(m.changing)
}

// ticket is what is taken before a snapshot, and shown when something that was
// read from it is put: the memo's age.
type ticket uint64

func (m *memo[K, V]) begin() ticket {
	m.mu.Lock()
	defer m.mu.Unlock()
	return ticket(m.age)
}

func (m *memo[K, V]) get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known.Get(k)
}

// put remembers v for k, unless it may be out of date.
func (m *memo[K, V]) put(t ticket, k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, on := m.changing[k]; !on && uint64(t) >= max(m.floor, m.changed[k]) {
		m.known.Add(k, v)
	}
}
