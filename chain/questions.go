package chain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// Block names one block.
type Block struct {
	Number uint64
	Hash   common.Hash
	Time   uint64 // Unix seconds
}

// header is what we use of a block. The hash is the server's word: chains other
// than Ethereum hash fields that go-ethereum does not know.
type header struct {
	Number  hexutil.Uint64 `json:"number"`
	Hash    common.Hash    `json:"hash"`
	Parent  common.Hash    `json:"parentHash"`
	Root    common.Hash    `json:"stateRoot"`
	Time    hexutil.Uint64 `json:"timestamp"`
	BaseFee *hexutil.Big   `json:"baseFeePerGas"` // nil before EIP-1559
}

func (h *header) block() Block {
	return Block{Number: uint64(h.Number), Hash: h.Hash, Time: uint64(h.Time)}
}

// digest is what endpoints must agree on; empty for no header.
func (h *header) digest() string {
	if h == nil {
		return ""
	}
	return fmt.Sprintf("%d %s %s %s %d", h.Number, h.Hash, h.Parent, h.Root, h.Time)
}

// The tags by which an RPC names blocks.
const (
	tagLatest    = "latest"
	tagSafe      = "safe"
	tagFinalized = "finalized"
)

// ChainID asks which chain the endpoints serve.
func (c *Client) ChainID(ctx context.Context) (uint64, error) {
	o, err := c.Origin(ctx)
	return o.ChainID, err
}

// Head is the latest block; with a quorum, the highest that the quorum has.
func (c *Client) Head(ctx context.Context) (Block, error) {
	h, err := c.latest(ctx)
	if err != nil {
		return Block{}, err
	}
	return h.block(), nil
}

func (c *Client) latest(ctx context.Context) (*header, error) {
	h, err := c.tagged(ctx, tagLatest)
	if err == nil && h == nil {
		err = fmt.Errorf("%w: no latest block", ErrUnavailable)
	}
	return h, err
}

// tagged is the block that the tag names, nil if there is none. With a quorum it is
// the highest that as many endpoints have reached, and agree on: they may be some
// blocks apart.
func (c *Client) tagged(ctx context.Context, tag string) (*header, error) {
	ask := func(ctx context.Context, e *endpoint) ([]*header, error) {
		var h *header
		err := e.call(ctx, &h, "eth_getBlockByNumber", tag, false)
		if err == nil && h != nil && tag == tagLatest {
			e.sawHead(h.block())
		}
		return []*header{h}, err
	}
	if c.quorum == 1 {
		found, err := single(ctx, c, "eth_getBlockByNumber", ask)
		if err != nil {
			return nil, err
		}
		return found[0], nil
	}
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	// One that rests may hang; it is waited for only where it is needed.
	awake := slices.DeleteFunc(slices.Clone(order), func(e *endpoint) bool { return !e.health(c.now()).until.IsZero() })
	if len(awake) >= c.quorum {
		order = awake
	}
	var found []*header
	ballots := canvass(ctx, c, "eth_getBlockByNumber", order, ask)
	for _, b := range ballots {
		if b.err == nil && b.answers[0] != nil {
			found = append(found, b.answers[0])
		}
	}
	if len(found) < c.quorum {
		_, err := tally[*header]{}.result(c.quorum, "eth_getBlockByNumber", ballots)
		return nil, err
	}
	slices.SortFunc(found, func(a, b *header) int { return cmp.Compare(b.Number, a.Number) })
	reached := found[c.quorum-1]
	at, err := c.headers(ctx, uint64(reached.Number))
	if err == nil && at[0] == nil {
		err = fmt.Errorf("%w: block %d is known to too few", ErrNoQuorum, reached.Number)
	}
	if err != nil {
		return nil, err
	}
	return at[0], nil
}

// headers asks for blocks by number; an entry is nil where there is no such
// block.
func (c *Client) headers(ctx context.Context, numbers ...uint64) ([]*header, error) {
	ask := func(ctx context.Context, e *endpoint) ([]*header, error) {
		found := make([]*header, len(numbers))
		calls := make([]rpc.BatchElem, len(numbers))
		for i, n := range numbers {
			calls[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(n), false}, Result: &found[i]}
		}
		return found, e.batch(ctx, calls)
	}
	found, err := agreed(ctx, c, "eth_getBlockByNumber", len(numbers), ask, (*header).digest)
	if err != nil {
		return nil, err
	}
	for i, h := range found {
		if h != nil && uint64(h.Number) != numbers[i] {
			return nil, fmt.Errorf("%w: asked for block %d, got %d", ErrInconsistent, numbers[i], h.Number)
		}
	}
	return found, nil
}

// headersOf asks for blocks by hash; all must be known.
func (c *Client) headersOf(ctx context.Context, hashes []common.Hash) ([]*header, error) {
	ask := func(ctx context.Context, e *endpoint) ([]*header, error) {
		found := make([]*header, len(hashes))
		calls := make([]rpc.BatchElem, len(hashes))
		for i, h := range hashes {
			calls[i] = rpc.BatchElem{Method: "eth_getBlockByHash", Args: []any{h, false}, Result: &found[i]}
		}
		return found, e.batch(ctx, calls)
	}
	found, err := agreed(ctx, c, "eth_getBlockByHash", len(hashes), ask, (*header).digest)
	if err != nil {
		return nil, err
	}
	for i, h := range found {
		if h == nil || h.Hash != hashes[i] {
			return nil, fmt.Errorf("%w: a block with logs is unknown by its hash %s", ErrInconsistent, hashes[i])
		}
	}
	return found, nil
}

// logFilter is eth_getLogs' argument.
type logFilter struct {
	From    *hexutil.Uint64  `json:"fromBlock,omitempty"`
	To      *hexutil.Uint64  `json:"toBlock,omitempty"`
	Block   *common.Hash     `json:"blockHash,omitempty"`
	Address []common.Address `json:"address"`
	Topics  [][]common.Hash  `json:"topics,omitempty"`
}

func (c *Client) logs(ctx context.Context, f logFilter) ([]types.Log, error) {
	ask := func(ctx context.Context, e *endpoint) ([][]types.Log, error) {
		var logs []types.Log
		err := e.call(ctx, &logs, "eth_getLogs", f)
		return [][]types.Log{logs}, err
	}
	found, err := agreed(ctx, c, "eth_getLogs", 1, ask, digestLogs)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// logsOf asks for the logs of single blocks by hash (EIP-234), which cannot mix
// two branches of the chain.
func (c *Client) logsOf(ctx context.Context, blocks []*header, addresses []common.Address) ([][]types.Log, error) {
	ask := func(ctx context.Context, e *endpoint) ([][]types.Log, error) {
		found := make([][]types.Log, len(blocks))
		calls := make([]rpc.BatchElem, len(blocks))
		for i, b := range blocks {
			f := logFilter{Block: &b.Hash, Address: addresses}
			calls[i] = rpc.BatchElem{Method: "eth_getLogs", Args: []any{f}, Result: &found[i]}
		}
		return found, e.batch(ctx, calls)
	}
	return agreed(ctx, c, "eth_getLogs", len(blocks), ask, digestLogs)
}

// digestLogs is what endpoints must agree on: all that we use of logs, in the
// chain's order.
func digestLogs(logs []types.Log) string {
	sorted := slices.SortedFunc(slices.Values(logs), compareLogs)
	var b strings.Builder
	for _, l := range sorted {
		fmt.Fprintf(&b, "%d %s %d %s %s %v %x %t\n", l.BlockNumber, l.BlockHash, l.Index, l.TxHash, l.Address, l.Topics, l.Data, l.Removed)
	}
	return crypto.Keccak256Hash([]byte(b.String())).Hex()
}

func compareLogs(a, b types.Log) int {
	return cmp.Or(cmp.Compare(a.BlockNumber, b.BlockNumber), cmp.Compare(a.Index, b.Index))
}

// code is what stands at an address.
func (c *Client) code(ctx context.Context, a common.Address) ([]byte, error) {
	ask := func(ctx context.Context, e *endpoint) ([]hexutil.Bytes, error) {
		var code hexutil.Bytes
		err := e.call(ctx, &code, "eth_getCode", a, tagLatest)
		return []hexutil.Bytes{code}, err
	}
	found, err := agreed(ctx, c, "eth_getCode", 1, ask, func(code hexutil.Bytes) string { return code.String() })
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// callArgs is the transaction object of eth_call and eth_estimateGas.
type callArgs struct {
	From   *common.Address `json:"from,omitempty"`
	To     *common.Address `json:"to,omitempty"`
	Data   hexutil.Bytes   `json:"input,omitempty"`
	Value  *hexutil.Big    `json:"value,omitempty"`
	FeeCap *hexutil.Big    `json:"maxFeePerGas,omitempty"`
	TipCap *hexutil.Big    `json:"maxPriorityFeePerGas,omitempty"`
	Price  *hexutil.Big    `json:"gasPrice,omitempty"`
}
