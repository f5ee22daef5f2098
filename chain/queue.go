package chain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"
	"time"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// txState is how far a call has come.
type txState uint8

const (
	stateQueued   txState = 1 // to be signed
	stateSent     txState = 2 // signed, nonce taken
	stateMined    txState = 3 // in a block, could still be reorganised away
	stateDone     txState = 4 // in a block with Confirmations on top
	stateReverted txState = 5 // in a block, or simulated, without effect
	stateWaiting  txState = 6 // relayed operation: to share a transaction with others
	stateCarried  txState = 7 // relayed operation: Carrier has it in its transaction
)

// open reports whether the sender still has to look after it.
func (s txState) open() bool { return s != stateDone && s != stateReverted }

// pending reports whether it has yet to get into a block.
func (s txState) pending() bool { return s.open() && s != stateMined }

// txEntry is a call under way or done.
type txEntry struct {
	Key     string
	Order   uint64 // in which calls were queued
	State   txState
	To      common.Address
	Data    []byte
	Value   *big.Int
	Gas     uint64
	Nonce   uint64   // from stateSent on
	Raw     [][]byte // signed transactions, each replacing the one before
	Created uint64   // Unix seconds
	Signed  uint64   // when the latest was signed

	Tx     common.Hash // the one that got into a block
	Block  uint64
	Reason []byte // of a revert
	Said   string

	Group    string   `rlp:"optional"` // whose operation this is, of relayed ones
	Alone    bool     `rlp:"optional"` // it was in a transaction that failed as a whole, and shares none again
	Carrier  string   `rlp:"optional"` // the entry whose transaction has it
	Members  []string `rlp:"optional"` // of a carrier: the keys of what it has, in order
	Since    uint64   `rlp:"optional"` // the newest block when it got its nonce
	Day      uint64   `rlp:"optional"` // the UTC day on which Reserved counts
	Reserved *big.Int `rlp:"optional"` // what it is taken to cost, wei
	Ended    uint64   `rlp:"optional"` // when it was finished, Unix seconds
}

func newEntry(r Request, now time.Time) txEntry {
	value := r.Value
	if value == nil {
		value = new(big.Int)
	}
	state := stateQueued
	if r.Group != "" {
		state = stateWaiting
	}
	return txEntry{
		Key: r.Key, State: state, To: r.To, Data: r.Data, Value: value, Created: uint64(now.Unix()), Group: r.Group,
	}
}

// relayed reports whether the entry does what others asked for.
func (e *txEntry) relayed() bool { return e.Group != "" || len(e.Members) > 0 }

// is reports whether the entry is for this call.
func (e *txEntry) is(c Call) bool {
	value := c.Value
	if value == nil {
		value = new(big.Int)
	}
	return e.To == c.To && bytes.Equal(e.Data, c.Data) && e.Value.Cmp(value) == 0
}

func (e *txEntry) call() Call { return Call{To: e.To, Data: e.Data, Value: e.Value} }

// queue is the sender's part of the store, for one account on one chain.
type queue struct {
	store StateStore
	scope []byte
}

func newQueue(store StateStore, chainID uint64, a identity.Address) queue {
	return queue{store, append(be64(chainID), a[:]...)}
}

func (q queue) txKey(key string) []byte     { return txFamily.key(q.scope, []byte(key)) }
func (q queue) openKey(order uint64) []byte { return openFamily.key(q.scope, be64(order)) }
func (q queue) orderKey() []byte            { return orderFamily.key(q.scope) }
func (q queue) spentKey() []byte            { return spentFamily.key(q.scope) }
func (q queue) endedKey(e *txEntry) []byte {
	return endedFamily.key(q.scope, be64(e.Ended), be64(e.Order))
}

func (q queue) get(key string) (txEntry, bool, error) {
	return load[txEntry](q.store, q.txKey(key))
}

// open lists what is under way in the order it was queued.
func (q queue) open() ([]txEntry, error) {
	var keys []string
	start := openFamily.key(q.scope)
	err := q.store.ScanRange(start, prefixEnd(start), func(_, v []byte) (bool, error) {
		keys = append(keys, string(v))
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	return q.many(keys)
}

// add stores new entries, in order, and what changes with them, at once.
func (q queue) add(fresh []txEntry, changed ...txEntry) error {
	order, err := q.lastOrder()
	if err != nil {
		return err
	}
	for i := range fresh {
		order++
		fresh[i].Order = order
	}
	return q.write(map[string][]byte{string(q.orderKey()): be64(order)}, append(fresh[:len(fresh):len(fresh)], changed...))
}

func (q queue) lastOrder() (uint64, error) {
	b, found, err := q.store.Get(q.orderKey())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrState, err)
	}
	if !found || len(b) != 8 {
		return 0, nil
	}
	return binary.BigEndian.Uint64(b), nil
}

// save stores entries' new states at once.
func (q queue) save(entries ...txEntry) error { return q.write(map[string][]byte{}, entries) }

// saveSpent stores entries together with what they have done to the budget.
func (q queue) saveSpent(today spending, entries ...txEntry) error {
	return q.write(map[string][]byte{string(q.spentKey()): encode(today)}, entries)
}

// many reads entries by key; all must be there.
func (q queue) many(keys []string) ([]txEntry, error) {
	entries := make([]txEntry, len(keys))
	for i, k := range keys {
		e, found, err := q.get(k)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("%w: transaction %q has no entry", ErrCorruptState, k)
		}
		entries[i] = e
	}
	return entries, nil
}

func (q queue) write(puts map[string][]byte, entries []txEntry) error {
	var deletes [][]byte
	for _, e := range entries {
		puts[string(q.txKey(e.Key))] = encode(e)
		if e.State.open() {
			puts[string(q.openKey(e.Order))] = []byte(e.Key)
		} else {
			deletes = append(deletes, q.openKey(e.Order))
			puts[string(q.endedKey(&e))] = []byte(e.Key)
		}
	}
	if err := q.store.Apply(puts, deletes); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	return nil
}
