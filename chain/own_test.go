package chain_test

import (
	"errors"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"
)

// A person whose server refuses sends the transaction themselves, and knows
// before what it costs.
func TestOwnTransaction(t *testing.T) {
	e := newEnv(t)
	w := chaintest.NewWallet()
	did := e.did(w)
	ops := chain.NewOperations(e.client, e.contracts, nil, nil)
	call, err := ops.Direct(chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(9), Purpose: identity.PurposeDevice, Expiry: later})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := chain.PlanOwn(t.Context(), e.client, e.contracts, w.Address(), call)
	if !errors.Is(err, chain.ErrUnfunded) || tx == nil || tx.MaxCost.Sign() <= 0 {
		t.Fatalf("without coins: %+v, %v", tx, err)
	}
	e.fund(t, w)
	if tx, err = chain.PlanOwn(t.Context(), e.client, e.contracts, w.Address(), call); err != nil {
		t.Fatal(err)
	}
	receipt, err := tx.Send(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	e.seen(t, receipt)
	if r, known, err := e.follower.Key(t.Context(), did, key(9)); err != nil || !known || r.AddedBlock != receipt.Block {
		t.Errorf("%+v %v %v", r, known, err)
	}
	if receipt.GasUsed > tx.Gas {
		t.Errorf("used %d gas, said at most %d", receipt.GasUsed, tx.Gas)
	}
	// What the contract refuses is refused before anything is signed.
	if _, err := chain.PlanOwn(t.Context(), e.client, e.contracts, w.Address(), call); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("the same key again: %v", err)
	}
	thief := chaintest.NewWallet()
	revoke, err := ops.Direct(chain.Operation{Op: chain.OpRevokeKey, Identity: did, Key: key(9)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.PlanOwn(t.Context(), e.client, e.contracts, thief.Address(), revoke); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("somebody else's key: %v", err)
	}
}
