package chain

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// receipt is eth_getTransactionReceipt's answer, as far as we use it.
type receipt struct {
	Tx        common.Hash    `json:"transactionHash"`
	Block     hexutil.Uint64 `json:"blockNumber"`
	BlockHash common.Hash    `json:"blockHash"`
	Status    hexutil.Uint64 `json:"status"`
	GasUsed   hexutil.Uint64 `json:"gasUsed"`
	Price     *hexutil.Big   `json:"effectiveGasPrice"`
	L1Fee     *hexutil.Big   `json:"l1Fee"` // of OP-stack rollups
	Logs      []*types.Log   `json:"logs"`
}

func (r *receipt) receipt() Receipt {
	return Receipt{Tx: r.Tx, Block: uint64(r.Block), BlockHash: r.BlockHash, GasUsed: uint64(r.GasUsed), Logs: r.Logs}
}

// digest is what endpoints must agree on; empty where the transaction is in no block.
func (r *receipt) digest() string {
	if r == nil {
		return ""
	}
	logs := sha256.New()
	for _, l := range r.Logs {
		fmt.Fprintln(logs, l.Address, l.Topics, hexutil.Bytes(l.Data), l.Index)
	}
	return fmt.Sprintf("%s %d %s %d %d %x", r.Tx, r.Block, r.BlockHash, r.Status, r.GasUsed, logs.Sum(nil))
}

// receipts asks for many; an entry is nil where the transaction is in no block, or in
// one that too few of a quorum have.
func (c *Client) receipts(ctx context.Context, txs ...common.Hash) ([]*receipt, error) {
	if len(txs) == 0 {
		return nil, nil
	}
	ask := func(ctx context.Context, e *endpoint) ([]*receipt, error) {
		found := make([]*receipt, len(txs))
		calls := make([]rpc.BatchElem, len(txs))
		for i, h := range txs {
			calls[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{h}, Result: &found[i]}
		}
		if err := e.batch(ctx, calls); err != nil {
			return nil, err
		}
		for i, r := range found {
			if r != nil && r.Tx != txs[i] {
				return nil, fmt.Errorf("%w: asked for the receipt of %s, got that of %s", ErrInconsistent, txs[i], r.Tx)
			}
		}
		return found, nil
	}
	return agreed(ctx, c, "eth_getTransactionReceipt", len(txs), ask, (*receipt).digest)
}

// nonce is how many transactions of the account there are at a block.
func (c *Client) nonce(ctx context.Context, a common.Address, block string) (uint64, error) {
	var n hexutil.Uint64
	err := c.call(ctx, &n, "eth_getTransactionCount", a, block)
	return uint64(n), err
}

func (c *Client) balance(ctx context.Context, a common.Address) (*big.Int, error) {
	var wei hexutil.Big
	err := c.call(ctx, &wei, "eth_getBalance", a, "latest")
	return (*big.Int)(&wei), err
}

// errGas is the kind of ErrFeeTooHigh that is the call's own fault.
var errGas = fmt.Errorf("%w: gas", ErrFeeTooHigh)

// simulate runs the call on the latest block and says how much gas to give it.
func (s *Sender) simulate(ctx context.Context, c Call) (gas uint64, err error) {
	estimate, err := s.simulateAt(ctx, c, "latest")
	if err != nil {
		return 0, err
	}
	gas = estimate + estimate/5 // what others do until we are mined may cost us more
	if gas > s.config.MaxGas {
		return 0, fmt.Errorf("%w: it would take %d, the limit is %d", errGas, gas, s.config.MaxGas)
	}
	return gas, nil
}

func (s *Sender) simulateAt(ctx context.Context, c Call, block string) (uint64, error) {
	from := common.Address(s.signer.Address())
	args := callArgs{From: &from, To: &c.To, Data: c.Data}
	if c.Value != nil {
		args.Value = (*hexutil.Big)(c.Value)
	}
	var gas hexutil.Uint64
	err := s.client.call(ctx, &gas, "eth_estimateGas", args, block)
	return uint64(gas), decodeRevert(err)
}
