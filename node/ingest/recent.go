package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
	"sync"
	"sync/atomic"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
	"metanet/identity"
)

// recentRecords is how many of the records stored last are recognised by the hash
// of their bytes alone, before they are decoded: what the mesh and catch-up bring
// again costs one hash. An entry takes 80 bytes, so the table takes 20 MiB once it
// is full; pages that were never touched take none.
const (
	recentRecords = 1 << 18
	recentWays    = 8    // entries that one hash may lie in
	recentLocks   = 64   // parts of the table that are locked apart
	recentSlots   = 4096 // identities share these generations
)

// recent knows records that are stored durably, count, and are withheld from
// nobody. It compares whole SHA-256 hashes, so that it never takes a new record
// for an old one; and whatever makes the door judge an identity anew (a key that
// ends, a block, a departure) makes it forget that identity. It may answer
// Duplicate for a record that a later one has replaced since: that is as old.
type recent struct {
	locks [recentLocks]sync.Mutex
	sets  [][recentWays]recentEntry // set i is guarded by locks[i%recentLocks]
	// ages counts how often the identities of a slot were forgotten. An entry of
	// another age than its slot's is none.
	ages [recentSlots]atomic.Uint32
}

type recentEntry struct {
	digest   [sha256.Size]byte // of the bundle's bytes
	envelope [sha256.Size]byte // in the record's id
	seq      uint64
	age      uint32
	slot     uint16
	used     bool
}

func newRecent(records int) *recent {
	return &recent{sets: make([][recentWays]recentEntry, max(1, records/recentWays))}
}

func slotOf(did identity.DID) uint16 {
	h := fnv.New32a()
	h.Write([]byte(did))
	return uint16(h.Sum32() % recentSlots)
}

// lock answers the set of a digest, locked.
func (t *recent) lock(digest *[sha256.Size]byte) (*[recentWays]recentEntry, *sync.Mutex) {
	i := binary.LittleEndian.Uint64(digest[:]) % uint64(len(t.sets))
	mu := &t.locks[i%recentLocks]
	mu.Lock()
	return &t.sets[i], mu
}

// find answers the id and place of the record whose bundle hashes to digest.
func (t *recent) find(digest *[sha256.Size]byte) (id cid.Cid, seq uint64, ok bool) {
	set, mu := t.lock(digest)
	defer mu.Unlock()
	for i := range set {
		e := &set[i]
		if e.used && e.digest == *digest && e.age == t.ages[e.slot].Load() {
			return record.CIDOf(e.envelope), e.seq, true
		}
	}
	return cid.Undef, 0, false
}

// add remembers a record, in the place of a forgotten or of the oldest one. It is
// the writer's alone, as is forget: what is forgotten isn't added by a commit that
// was judged before.
func (t *recent) add(c *checked, seq uint64) {
	slot := slotOf(c.Bundle.DID)
	set, mu := t.lock(&c.digest)
	defer mu.Unlock()
	at := 0
	for i := range set {
		e := &set[i]
		if !e.used || e.digest == c.digest || e.age != t.ages[e.slot].Load() {
			at = i
			break
		}
		if e.seq < set[at].seq {
			at = i
		}
	}
	set[at] = recentEntry{
		digest: c.digest, envelope: record.Digest(c.Bundle.ID), seq: seq,
		age: t.ages[slot].Load(), slot: slot, used: true,
	}
}

// forget drops an identity's records, and those of the few that share its slot.
func (t *recent) forget(did identity.DID) { t.ages[slotOf(did)].Add(1) }
