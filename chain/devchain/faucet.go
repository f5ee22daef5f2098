package devchain

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// fundGas leaves room for a receiver that is a contract wallet.
const fundGas = 100_000

// faucetPoll is how often Fund looks for its receipt: in this process, a lookup.
const faucetPoll = 2 * time.Millisecond

// Faucet is the account that the genesis gives all coins to.
func (c *Chain) Faucet() common.Address { return crypto.PubkeyToAddress(c.faucet.PublicKey) }

// Fund sends wei from the faucet to to and returns once that is durable and can be
// spent. When ctx ends first the transfer may still happen.
func (c *Chain) Fund(ctx context.Context, to common.Address, wei *big.Int) (common.Hash, error) {
	hash, err := c.sendFunds(to, wei)
	if err != nil {
		return common.Hash{}, fmt.Errorf("devchain: fund %s: %w", to, err)
	}
	tick := time.NewTicker(faucetPoll)
	defer tick.Stop()
	for {
		if found, _, _, _, _ := c.eth.APIBackend.GetCanonicalTransaction(hash); found {
			c.syncPool()
			return hash, c.durable.pass()
		}
		select {
		case <-ctx.Done():
			return hash, fmt.Errorf("devchain: fund %s: %w", to, ctx.Err())
		case <-tick.C:
		}
	}
}

func (c *Chain) sendFunds(to common.Address, wei *big.Int) (common.Hash, error) {
	c.funding.Lock()
	defer c.funding.Unlock()
	if c.closed.Load() {
		return common.Hash{}, ErrClosed
	}
	head := c.eth.BlockChain().CurrentBlock()
	tx, err := types.SignNewTx(c.faucet, types.LatestSignerForChainID(c.chainID), &types.DynamicFeeTx{
		ChainID:   c.chainID,
		Nonce:     c.eth.TxPool().PoolNonce(c.Faucet()),
		GasTipCap: big.NewInt(minTip),
		GasFeeCap: new(big.Int).Add(new(big.Int).Mul(head.BaseFee, big.NewInt(4)), big.NewInt(minTip)),
		Gas:       fundGas,
		To:        &to,
		Value:     wei,
	})
	if err != nil {
		return common.Hash{}, err
	}
	// Synchronous, so that the pool's next nonce counts this one.
	return tx.Hash(), c.eth.TxPool().Add([]*types.Transaction{tx}, true)[0]
}
