package chain

// slot is one of the two copies of the projection that a store has room for. One
// is served; the other is empty, but for a resync, when it is built (resync.go).
type slot uint64

// slotShift is where the second copy's families lie.
const slotShift = 0x40

func (s slot) other() slot { return 1 - s }

// slotted reports whether each copy has a family of its own: the cursor, the
// blocks and all that events are projected into. The feed is one for both.
func slotted(key []byte) bool {
	if len(key) == 0 {
		return false
	}
	f := family(key[0])
	return f == cursorFamily || f == blockFamily || f >= projected[0] && f <= projected[1]
}

// in is the store as one copy sees it.
func (s slot) in(store StateStore) StateStore {
	if s == 0 {
		return store
	}
	return shifted{store}
}

// shifted is the second copy's view of a store.
type shifted struct{ store StateStore }

func shift(key []byte, by int) []byte {
	k := append([]byte(nil), key...)
	k[0] = byte(int(k[0]) + by)
	return k
}

func (s shifted) Get(key []byte) ([]byte, bool, error) {
	if slotted(key) {
		key = shift(key, slotShift)
	}
	return s.store.Get(key)
}

// ScanRange takes ranges that begin and end with slotted families, or don't at
// all; end is never slotted itself where it is the first key behind them.
func (s shifted) ScanRange(start, end []byte, f func(key, value []byte) (bool, error)) error {
	if !slotted(start) {
		return s.store.ScanRange(start, end, f)
	}
	return s.store.ScanRange(shift(start, slotShift), shift(end, slotShift), func(k, v []byte) (bool, error) {
		return f(shift(k, -slotShift), v)
	})
}

func (s shifted) Apply(puts map[string][]byte, deletes [][]byte) error {
	moved := make(map[string][]byte, len(puts))
	for k, v := range puts {
		if slotted([]byte(k)) {
			k = string(shift([]byte(k), slotShift))
		}
		moved[k] = v
	}
	gone := make([][]byte, len(deletes))
	for i, k := range deletes {
		if gone[i] = k; slotted(k) {
			gone[i] = shift(k, slotShift)
		}
	}
	return s.store.Apply(moved, gone)
}
