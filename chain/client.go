package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// callTimeout bounds one request, so that an RPC that hangs is an RPC that
	// failed.
	callTimeout = 15 * time.Second

	// maxResponse bounds what one answer may make us hold in memory.
	maxResponse = 64 << 20

	// maxBatch is how many calls go into one request; providers refuse more.
	maxBatch = 50
)

// Client is one JSON-RPC endpoint. It is safe for concurrent use.
type Client struct {
	rpc *rpc.Client
}

// Dial prepares a client of an http(s):// or ws(s):// endpoint. Over HTTP nothing
// is sent yet.
func Dial(ctx context.Context, rawURL string) (*Client, error) {
	httpClient := &http.Client{Transport: boundedTransport{http.DefaultTransport}}
	c, err := rpc.DialOptions(ctx, rawURL,
		rpc.WithHTTPClient(httpClient), rpc.WithWebsocketMessageSizeLimit(maxResponse))
	if err != nil {
		return nil, fault(ctx, "dial", err)
	}
	return &Client{rpc: c}, nil
}

// Close ends the client's connections.
func (c *Client) Close() { c.rpc.Close() }

// call makes one request. An error is ctx's, wraps ErrUnavailable, or is the
// server's considered answer (rpc.Error, or an HTTP refusal).
func (c *Client) call(ctx context.Context, result any, method string, args ...any) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return fault(ctx, method, c.rpc.CallContext(limited, result, method, args...))
}

// batch makes many requests of one method in few round trips and answers the
// first error of any.
func (c *Client) batch(ctx context.Context, calls []rpc.BatchElem) error {
	for len(calls) > 0 {
		n := min(len(calls), maxBatch)
		if err := c.batchOnce(ctx, calls[:n]); err != nil {
			return err
		}
		calls = calls[n:]
	}
	return nil
}

func (c *Client) batchOnce(ctx context.Context, calls []rpc.BatchElem) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := c.rpc.BatchCallContext(limited, calls); err != nil {
		return fault(ctx, calls[0].Method, err)
	}
	for _, call := range calls {
		if call.Error != nil {
			return fault(ctx, call.Method, call.Error)
		}
	}
	return nil
}

// fault sorts an error of the RPC client. URLs are taken out: they may hold the
// provider's key, and errors end up in logs.
func fault(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("chain: %s: %w", method, ctx.Err())
	}
	if _, answered := errors.AsType[rpc.Error](err); answered {
		return fmt.Errorf("chain: %s: %w", method, err)
	}
	if status, ok := errors.AsType[rpc.HTTPError](err); ok && refusal(status.StatusCode) {
		return fmt.Errorf("chain: %s: %w", method, err)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, method, err)
}

// refusal reports whether an HTTP status says something about the request
// rather than about the server's present condition.
func refusal(status int) bool {
	return status/100 == 4 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
}

// answered reports whether err is the server's considered answer.
func answered(err error) bool {
	if _, ok := errors.AsType[rpc.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[rpc.HTTPError](err)
	return ok && !errors.Is(err, ErrUnavailable)
}

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
	Time    hexutil.Uint64 `json:"timestamp"`
	BaseFee *hexutil.Big   `json:"baseFeePerGas"` // nil before EIP-1559
}

func (h *header) block() Block {
	return Block{Number: uint64(h.Number), Hash: h.Hash, Time: uint64(h.Time)}
}

// ChainID asks which chain the endpoint serves.
func (c *Client) ChainID(ctx context.Context) (uint64, error) {
	var id hexutil.Uint64
	err := c.call(ctx, &id, "eth_chainId")
	return uint64(id), err
}

// Head is the endpoint's latest block.
func (c *Client) Head(ctx context.Context) (Block, error) {
	h, err := c.latest(ctx)
	if err != nil {
		return Block{}, err
	}
	return h.block(), nil
}

func (c *Client) latest(ctx context.Context) (*header, error) {
	var h *header
	if err := c.call(ctx, &h, "eth_getBlockByNumber", "latest", false); err != nil {
		return nil, err
	}
	if h == nil {
		return nil, fmt.Errorf("%w: no latest block", ErrUnavailable)
	}
	return h, nil
}

// headers asks for blocks by number; an entry is nil where there is no such
// block.
func (c *Client) headers(ctx context.Context, numbers ...uint64) ([]*header, error) {
	found := make([]*header, len(numbers))
	calls := make([]rpc.BatchElem, len(numbers))
	for i, n := range numbers {
		calls[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(n), false}, Result: &found[i]}
	}
	if err := c.batch(ctx, calls); err != nil {
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
	found := make([]*header, len(hashes))
	calls := make([]rpc.BatchElem, len(hashes))
	for i, h := range hashes {
		calls[i] = rpc.BatchElem{Method: "eth_getBlockByHash", Args: []any{h, false}, Result: &found[i]}
	}
	if err := c.batch(ctx, calls); err != nil {
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
	var logs []types.Log
	err := c.call(ctx, &logs, "eth_getLogs", f)
	return logs, err
}

// logsOf asks for the logs of single blocks by hash (EIP-234), which cannot mix
// two branches of the chain.
func (c *Client) logsOf(ctx context.Context, blocks []*header, addresses []common.Address) ([][]types.Log, error) {
	found := make([][]types.Log, len(blocks))
	calls := make([]rpc.BatchElem, len(blocks))
	for i, b := range blocks {
		f := logFilter{Block: &b.Hash, Address: addresses}
		calls[i] = rpc.BatchElem{Method: "eth_getLogs", Args: []any{f}, Result: &found[i]}
	}
	return found, c.batch(ctx, calls)
}

// code is what stands at an address.
func (c *Client) code(ctx context.Context, a common.Address) ([]byte, error) {
	var code hexutil.Bytes
	err := c.call(ctx, &code, "eth_getCode", a, "latest")
	return code, err
}

// read calls a contract's view function at the latest block.
func (c *Client) read(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	return c.readAt(ctx, to, data, "latest")
}

func (c *Client) readAt(ctx context.Context, to common.Address, data []byte, block string) ([]byte, error) {
	var out hexutil.Bytes
	err := c.call(ctx, &out, "eth_call", callArgs{To: &to, Data: data}, block)
	return out, decodeRevert(err)
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

// boundedTransport cuts answers off at maxResponse.
type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxResponse), resp.Body}
	}
	return resp, err
}
