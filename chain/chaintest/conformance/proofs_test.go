package conformance

import (
	"encoding/json"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/chain/proof"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// proofs: what the chain's eth_getProof shows of a key agrees with what was
// followed, now and after the key has ended, and a false proof is refused.
func proofs(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	check := func(k identity.Key) {
		t.Helper()
		r, known, err := e.follower.Key(t.Context(), e.did(w), k)
		if err != nil {
			t.Fatal(err)
		}
		r.AddedBlock, r.EndedBlock = 0, 0 // storage has times only
		got, _, err := chain.Prove(t.Context(), e.proverNow(t), proof.Key(w.Address(), k))
		if err != nil || got.Known != known || known && got.Record(k) != r {
			t.Errorf("proven %+v, the follower says %t %+v (%v)", got, known, r, err)
		}
	}
	e.addKey(t, w, key(1))
	check(key(1))
	check(key(2)) // never added: its absence is proven
	e.do(t, w, chain.Operation{Op: chain.OpRevokeKey, Identity: e.did(w), Key: key(1)})
	check(key(1))

	_, err := chain.ProveAt(t.Context(), e.client, common.Hash{1})
	wantError(t, "a block that is not there", err, chain.ErrUnknownBlock)
	p := e.proverNow(t)
	e.proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		if method == "eth_getProof" {
			return raw(t, s, "eth_getProof", e.contracts.LogRegistry, []common.Hash{{}}, "latest") // of another contract
		}
		return result
	})
	_, _, err = chain.Prove(t.Context(), p, proof.Key(w.Address(), key(1)))
	wantError(t, "a proof of something else", err, proof.ErrProof)
}
