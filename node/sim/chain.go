package sim

import (
	"context"
	"sync"
	"time"

	"metanet/identity"
)

// chain is a model of the chain: keys, when each was added and ended. Nodes see
// what happened on it some time later.
type chain struct {
	mu   sync.Mutex
	keys map[identity.DID]identity.KeyRecord // of each person one
	done map[identity.DID]time.Time          // when the last thing happened to them
}

func newChain() *chain {
	return &chain{keys: make(map[identity.DID]identity.KeyRecord), done: make(map[identity.DID]time.Time)}
}

func (c *chain) add(did identity.DID, key identity.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.keys[did] = identity.KeyRecord{Key: key, Purpose: identity.PurposeDevice, AddedAt: uint64(now.Unix()), AddedBlock: 1}
	c.done[did] = now
}

// revoke ends somebody's key.
func (c *chain) revoke(did identity.DID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	k := c.keys[did]
	k.EndedAt, k.EndedBlock, k.Revoked = uint64(now.Unix()), 2, true
	c.keys[did], c.done[did] = k, now
}

// view is the chain as a node sees it, so much later. It is ingest.Keys.
type view struct {
	*chain
	lag time.Duration
}

func (v view) Key(_ context.Context, did identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	k, ok := v.keys[did]
	if !ok || k.Key != key {
		return identity.KeyRecord{}, false, nil
	}
	if time.Since(v.done[did]) >= v.lag {
		return k, true, nil
	}
	if k.Revoked { // not seen yet
		k.EndedAt, k.EndedBlock, k.Revoked = 0, 0, false
		return k, true, nil
	}
	return identity.KeyRecord{}, false, nil
}
