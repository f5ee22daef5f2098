package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// OwnTransaction is a call that a person's own wallet is about to send: what it
// costs at most is known before anything is signed. It is for a terminal, once;
// a server sends through a Sender.
type OwnTransaction struct {
	From    identity.Address
	Call    Call
	Gas     uint64
	Balance *big.Int // wei
	MaxCost *big.Int // wei, should all gas be used at the highest price

	client  *Client
	chainID *big.Int
	nonce   uint64
	fees    fees
}

// PlanOwn works out a transaction of from's. What the contract would refuse is
// refused here, as a *RevertError; a balance that is too small is ErrUnfunded,
// beside the plan, which then tells what is missing.
func PlanOwn(ctx context.Context, c *Client, k Contracts, from identity.Address, call Call) (*OwnTransaction, error) {
	tx := &OwnTransaction{From: from, Call: call, client: c, chainID: bigOf(k.ChainID)}
	who := common.Address(from)
	// A call is tried without fees: an account without coins, too, learns what the
	// contract says.
	args := callArgs{From: &who, To: &call.To, Data: call.Data}
	var gas hexutil.Uint64
	if err := decodeRevert(c.call(ctx, &gas, "eth_estimateGas", args, "latest")); err != nil {
		return nil, err
	}
	tx.Gas = uint64(gas) + uint64(gas)/5
	var balance hexutil.Big
	if err := c.call(ctx, &balance, "eth_getBalance", who, "latest"); err != nil {
		return nil, err
	}
	tx.Balance = (*big.Int)(&balance)
	var err error
	if tx.nonce, err = c.nonce(ctx, who, "pending"); err != nil {
		return nil, err
	}
	if tx.fees, err = (&Sender{client: c}).suggest(ctx); err != nil {
		return nil, err
	}
	tx.MaxCost = new(big.Int).Mul(tx.fees.top(), new(big.Int).SetUint64(tx.Gas))
	if tx.Balance.Cmp(tx.MaxCost) < 0 {
		return tx, fmt.Errorf("%w: %s has %s wei, it may cost %s", ErrUnfunded, from.Checksum(), tx.Balance, tx.MaxCost)
	}
	return tx, nil
}

// Send signs the transaction and waits until it is in a block, or ctx ends; the
// hash is known in either case, once it was sent.
func (t *OwnTransaction) Send(ctx context.Context, signer Signer) (Receipt, error) {
	e := txEntry{To: t.Call.To, Data: t.Call.Data, Value: t.Call.Value, Nonce: t.nonce, Gas: t.Gas}
	raw, err := signed(ctx, signer, t.chainID, types.NewTx(t.fees.tx(t.chainID, &e)))
	if err != nil {
		return Receipt{}, err
	}
	var hash common.Hash
	if err := t.client.call(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(raw)); err != nil {
		return Receipt{}, decodeRevert(err)
	}
	return t.await(ctx, crypto.Keccak256Hash(raw))
}

// ownPoll is how often a person's transaction is looked for.
const ownPoll = 500 * time.Millisecond

func (t *OwnTransaction) await(ctx context.Context, hash common.Hash) (Receipt, error) {
	for {
		found, err := t.client.receipts(ctx, hash)
		switch {
		case err != nil && !errors.Is(err, ErrUnavailable):
			return Receipt{Tx: hash}, err
		case err == nil && found[0] != nil && found[0].Status == 0:
			return found[0].receipt(), newRevert(nil, "transaction "+hash.Hex()+" failed")
		case err == nil && found[0] != nil:
			return found[0].receipt(), nil
		}
		select {
		case <-ctx.Done():
			return Receipt{Tx: hash}, fmt.Errorf("chain: transaction %s was sent and is in no block yet: %w", hash, ctx.Err())
		case <-time.After(ownPoll):
		}
	}
}
