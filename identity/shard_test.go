package identity

import "testing"

// Peers that disagree about a shard never hear each other, so it is pinned.
func TestShard(t *testing.T) {
	for did, want := range map[DID]int{
		"did:ethr:0x1:0x0000000000000000000000000000000000000001":    14,
		"did:ethr:0x7a69:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266": 0,
	} {
		if got := did.Shard(16); got != want {
			t.Errorf("%s: shard %d, want %d", did, got, want)
		}
		if got := did.Shard(1); got != 0 {
			t.Errorf("%s: shard %d of 1", did, got)
		}
	}
}
