package identity

import (
	"crypto/sha256"
	"encoding/binary"
)

// Shard is which of n gossip shards carries d's records: the first eight bytes
// of the sha2-256 of the DID's text, big-endian, modulo n.
func (d DID) Shard(n int) int {
	sum := sha256.Sum256([]byte(d))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
}
