package chain_test

import (
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// A cut-off's position is also a time: that of the first anchor beyond it, if there
// was one by then. What is anchored later changes nothing.
func TestCutOffTime(t *testing.T) {
	e := newEnv(t)
	home, w := e.server(t), chaintest.NewWallet()
	did := e.did(w)
	reg := chain.NewRegistrar(e.sender, e.contracts)
	times := map[uint64]uint64{}
	anchor := func(sizes ...uint64) {
		t.Helper()
		for _, size := range sizes {
			h, err := reg.AnchorLog(t.Context(), home, size, common.Hash{byte(size)})
			if err != nil {
				t.Fatal(err)
			}
			times[size] = h.AnchoredAt
		}
	}
	anchor(3, 7, 9, 20)
	cases := []struct {
		key    byte
		server uint64
		size   uint64
		anchor uint64 // whose time it is; 0: of the setting
	}{
		{1, home, 0, 3}, {2, home, 2, 3}, {3, home, 3, 7}, {4, home, 8, 9}, {5, home, 19, 20}, {6, home, 20, 0}, {7, home, 1000, 0}, {8, home + 1000, 5, 0},
	}
	for _, c := range cases {
		e.do(t, w, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(c.key), Purpose: identity.PurposeDevice, Expiry: later})
		e.do(t, w, chain.Operation{Op: chain.OpRevokeKeyFrom, Identity: did, Key: key(c.key), Server: c.server, Size: c.size})
	}
	check := func() {
		t.Helper()
		for _, c := range cases {
			r, _, err := e.follower.Key(t.Context(), did, key(c.key))
			if err != nil {
				t.Fatal(err)
			}
			want := r.CutOff.SetAt
			if c.anchor != 0 {
				want = times[c.anchor]
			}
			if r.CutOff.Server != c.server || r.CutOff.Size != c.size || r.CutOff.SetAt == 0 || r.CutOff.Since != want || !r.Revoked {
				t.Errorf("leaf %d of %d: %+v, want since %d", c.size, c.server, r.CutOff, want)
			}
		}
	}
	check()
	anchor(21, 2000)
	e.do(t, w, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(20), Purpose: identity.PurposeDevice, Expiry: later}) // drops what is cached
	check()
}
