package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// fallbackTip is for RPCs that don't suggest one: 1 gwei.
var fallbackTip = big.NewInt(1e9)

// fees is what a transaction offers per gas. On chains before EIP-1559 there is
// a price only.
type fees struct {
	tip, limit *big.Int // EIP-1559
	price      *big.Int // nil unless legacy
	at         uint64   // the block they were asked at
}

// suggest asks the chain what it takes: the limit bears the base fee doubling,
// which takes six full blocks.
func (s *Sender) suggest(ctx context.Context) (fees, error) {
	head, err := s.client.latest(ctx)
	if err != nil {
		return fees{}, err
	}
	if head.BaseFee == nil {
		price, err := s.client.quantity(ctx, "eth_gasPrice")
		if err != nil {
			return fees{}, err
		}
		return s.bounded(fees{price: price, at: uint64(head.Number)})
	}
	tip, err := s.client.quantity(ctx, "eth_maxPriorityFeePerGas")
	if _, ok := errors.AsType[rpc.Error](err); ok {
		tip, err = fallbackTip, nil
	}
	if err != nil {
		return fees{}, err
	}
	limit := new(big.Int).Lsh((*big.Int)(head.BaseFee), 1)
	f := fees{tip: tip, limit: limit.Add(limit, tip), at: uint64(head.Number)}
	if max := s.config.MaxFee; max != nil && f.limit.Cmp(max) > 0 && new(big.Int).Add((*big.Int)(head.BaseFee), tip).Cmp(max) <= 0 {
		f.limit = max // enough for now
	}
	return s.bounded(f)
}

// bounded refuses fees above what is allowed.
func (s *Sender) bounded(f fees) (fees, error) {
	if s.config.MaxFee != nil && f.top().Cmp(s.config.MaxFee) > 0 {
		return f, fmt.Errorf("%w: %s wei per gas, the limit is %s", ErrFeeTooHigh, f.top(), s.config.MaxFee)
	}
	return f, nil
}

// top is the most that a unit of gas can cost.
func (f fees) top() *big.Int {
	if f.price != nil {
		return f.price
	}
	return f.limit
}

// above raises the fees to what nodes take as a replacement of last: at least a
// tenth more of both.
func (f fees) above(last *types.Transaction) fees {
	if f.price != nil {
		return fees{price: larger(f.price, raised(last.GasPrice()))}
	}
	return fees{tip: larger(f.tip, raised(last.GasTipCap())), limit: larger(f.limit, raised(last.GasFeeCap()))}
}

// raised is an eighth more, and at least 1.
func raised(n *big.Int) *big.Int {
	r := new(big.Int).Rsh(n, 3)
	return r.Add(r, n).Add(r, big.NewInt(1))
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}

// tx is the unsigned transaction of an entry.
func (f fees) tx(chainID *big.Int, e *txEntry) types.TxData {
	to := e.To
	if f.price != nil {
		return &types.LegacyTx{Nonce: e.Nonce, GasPrice: f.price, Gas: e.Gas, To: &to, Value: e.Value, Data: e.Data}
	}
	return &types.DynamicFeeTx{
		ChainID: chainID, Nonce: e.Nonce, GasTipCap: f.tip, GasFeeCap: f.limit, Gas: e.Gas, To: &to, Value: e.Value, Data: e.Data,
	}
}

func (c *Client) quantity(ctx context.Context, method string) (*big.Int, error) {
	var n hexutil.Big
	err := c.call(ctx, &n, method)
	return (*big.Int)(&n), err
}
