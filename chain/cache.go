package chain

import (
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common/lru"
)

const (
	// cachedIdentities bounds the key cache; with a few keys each this is some
	// tens of megabytes at most.
	cachedIdentities = 64 << 10

	// cachedKeys bounds the keys of one identity; whoever has more pays with
	// store reads.
	cachedKeys = 32
)

// keyCache holds key records of identities that write. Only known keys are
// cached, so strangers' inventions do not fill it. The follower drops an identity
// in the same critical section in which it commits a change of it.
type keyCache struct {
	identities *lru.Cache[identity.Address, []identity.KeyRecord]
}

func newKeyCache() *keyCache {
	return &keyCache{lru.NewCache[identity.Address, []identity.KeyRecord](cachedIdentities)}
}

func (c *keyCache) get(a identity.Address, key identity.Key) (identity.KeyRecord, bool) {
	keys, _ := c.identities.Get(a)
	for _, r := range keys {
		if r.Key == key {
			return r, true
		}
	}
	return identity.KeyRecord{}, false
}

// put copies: others may be reading the slice.
func (c *keyCache) put(a identity.Address, r identity.KeyRecord) {
	old, _ := c.identities.Get(a)
	if len(old) >= cachedKeys {
		return
	}
	c.identities.Add(a, append(old[:len(old):len(old)], r))
}

func (c *keyCache) drop(subjects map[string]bool) {
	for s := range subjects {
		if a, ok := subject(s).identity(); ok {
			c.identities.Remove(a)
		}
	}
}

func (c *keyCache) clear() { c.identities.Purge() }
