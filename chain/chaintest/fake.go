package chaintest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"metanet/chain"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// Fake is a JSON-RPC endpoint with a chain that tests write themselves: blocks
// hold whatever events they like, branches can be cut off and grown anew, and the
// endpoint can fail and lie. It executes nothing.
type Fake struct {
	// URL of the endpoint.
	URL string

	mu     sync.Mutex
	blocks []*Block
	byHash map[common.Hash]*Block
	code   map[common.Address]hexutil.Bytes
	salt   uint64
	calls  map[string]int

	// Faults, set through Set:

	// Down makes every request fail with status 503.
	Down bool
	// MaxRange refuses eth_getLogs over more blocks than this; 0 does not.
	MaxRange uint64
	// Final is what "finalized" and "safe" name, if HasFinal; without, they are
	// refused as unknown.
	Final    uint64
	HasFinal bool
	// ChainID to answer.
	ChainID uint64
	// Intercept, if set, sees each answer before it is sent and may replace it.
	Intercept func(method string, params []json.RawMessage, answer any) any
}

// Block is a block of a Fake.
type Block struct {
	Number hexutil.Uint64 `json:"number"`
	Hash   common.Hash    `json:"hash"`
	Parent common.Hash    `json:"parentHash"`
	Time   hexutil.Uint64 `json:"timestamp"`
	Fee    hexutil.Uint64 `json:"baseFeePerGas"`
	Logs   []types.Log    `json:"-"`
}

// NewFake starts an endpoint with a genesis block and our contracts' code.
func NewFake(t testing.TB) *Fake {
	t.Helper()
	f := &Fake{ChainID: 31337, byHash: map[common.Hash]*Block{}, calls: map[string]int{}}
	var err error
	if f.code, err = deployedCode(); err != nil {
		t.Fatal(err)
	}
	f.Mine()
	f.listen(t)
	return f
}

// NewFork starts another endpoint with the same chain so far, which goes its own
// way from here.
func NewFork(t testing.TB, of *Fake) *Fake {
	t.Helper()
	of.mu.Lock()
	f := &Fake{
		ChainID: of.ChainID, blocks: slices.Clone(of.blocks), byHash: maps.Clone(of.byHash), code: of.code, salt: of.salt + 1<<32,
		calls: map[string]int{},
	}
	of.mu.Unlock()
	f.listen(t)
	return f
}

func (f *Fake) listen(t testing.TB) {
	server := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(server.Close)
	f.URL = server.URL
}

// deployedCode is our contracts' code, where every chain has it.
func deployedCode() (map[common.Address]hexutil.Bytes, error) {
	contracts, err := bindings.Deployment()
	if err != nil {
		return nil, err
	}
	code := map[common.Address]hexutil.Bytes{}
	for _, c := range contracts {
		if code[c.Address], _, err = runtime.Execute(c.InitCode, nil, nil); err != nil {
			return nil, err
		}
	}
	return code, nil
}

// Contracts are where every chain has them.
func (f *Fake) Contracts() chain.Contracts { return contractsOf(f.ChainID, f.blocks[0].Hash) }

func contractsOf(chainID uint64, genesis common.Hash) chain.Contracts {
	a := bindings.DeployedAddresses()
	return chain.Contracts{
		ChainID: chainID, Genesis: genesis, IdentityRegistry: a.IdentityRegistry,
		ServerRegistry: a.ServerRegistry, PolicyRegistry: a.PolicyRegistry, LogRegistry: a.LogRegistry,
	}
}

// Set changes faults.
func (f *Fake) Set(change func(*Fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// Calls counts the requests of a method so far.
func (f *Fake) Calls(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// Mine adds a block with these logs and returns it.
func (f *Fake) Mine(logs ...types.Log) *Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mine(logs)
}

func (f *Fake) mine(logs []types.Log) *Block {
	b := &Block{Number: hexutil.Uint64(len(f.blocks)), Fee: 7}
	b.Time = 1_700_000_000 + 12*b.Number
	if n := len(f.blocks); n > 0 {
		b.Parent = f.blocks[n-1].Hash
	}
	f.salt++
	b.Hash = crypto.Keccak256Hash(b.Parent[:], fmt.Append(nil, b.Number, f.salt))
	for i, l := range logs {
		l.BlockNumber, l.BlockHash, l.Index = uint64(b.Number), b.Hash, uint(i)
		l.TxHash = crypto.Keccak256Hash(b.Hash[:], []byte{byte(i)})
		b.Logs = append(b.Logs, l)
	}
	f.blocks = append(f.blocks, b)
	f.byHash[b.Hash] = b
	return b
}

// Cut drops the highest n blocks: what is mined next is another branch.
func (f *Fake) Cut(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocks = f.blocks[:len(f.blocks)-n]
}

// Fork replaces the highest n blocks by others with these logs, all at once: nobody
// sees the new branch while it is shorter.
func (f *Fake) Fork(n int, blocks ...[]types.Log) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocks = f.blocks[:len(f.blocks)-n]
	for _, logs := range blocks {
		f.mine(logs)
	}
}

// Head is the highest block.
func (f *Fake) Head() *Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blocks[len(f.blocks)-1]
}

// Event makes a log as the contract that declares the event would emit it.
func Event(contract common.Address, in abi.ABI, name string, args ...any) types.Log {
	e, known := in.Events[name]
	if !known {
		panic("chaintest: no event " + name)
	}
	l := types.Log{Address: contract, Topics: []common.Hash{e.ID}, Data: []byte{}}
	var data []any
	for i, input := range e.Inputs {
		if !input.Indexed {
			data = append(data, args[i])
			continue
		}
		word, err := abi.Arguments{{Type: input.Type}}.Pack(args[i])
		if err != nil {
			panic(err)
		}
		l.Topics = append(l.Topics, common.BytesToHash(word))
	}
	var err error
	if l.Data, err = e.Inputs.NonIndexed().Pack(data...); err != nil {
		panic(err)
	}
	return l
}

type request struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result"`
	Error   *Refusal        `json:"error,omitempty"`
}

// Refusal is an answer that says no; Intercept may return one.
type Refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var raw json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var many []request
	if json.Unmarshal(raw, &many) == nil {
		answers := make([]response, len(many))
		for i, q := range many {
			answers[i] = f.answer(q)
		}
		json.NewEncoder(w).Encode(answers)
		return
	}
	var one request
	json.Unmarshal(raw, &one)
	json.NewEncoder(w).Encode(f.answer(one))
}

func (f *Fake) answer(q request) response {
	f.calls[q.Method]++
	result := f.result(q)
	if f.Intercept != nil {
		result = f.Intercept(q.Method, q.Params, result)
	}
	if no, ok := result.(*Refusal); ok {
		return response{Version: "2.0", ID: q.ID, Error: no}
	}
	return response{Version: "2.0", ID: q.ID, Result: result}
}

func (f *Fake) result(q request) any {
	switch q.Method {
	case "eth_chainId":
		return hexutil.Uint64(f.ChainID)
	case "eth_getBlockByNumber":
		return f.byNumber(q.Params[0])
	case "eth_getBlockByHash":
		var h common.Hash
		json.Unmarshal(q.Params[0], &h)
		if b := f.byHash[h]; b != nil {
			return b
		}
		return nil
	case "eth_getCode":
		var a common.Address
		json.Unmarshal(q.Params[0], &a)
		return f.code[a]
	case "eth_getLogs":
		return f.logs(q.Params[0])
	}
	return &Refusal{Code: -32601, Message: "no such method"}
}

func (f *Fake) byNumber(param json.RawMessage) any {
	if string(param) == `"latest"` {
		return f.blocks[len(f.blocks)-1]
	}
	if tag := string(param); tag == `"finalized"` || tag == `"safe"` {
		if !f.HasFinal {
			return &Refusal{Code: -39001, Message: "Unknown block"}
		}
		return f.blocks[f.Final]
	}
	var n rpc.BlockNumber
	json.Unmarshal(param, &n)
	if n < 0 || int(n) >= len(f.blocks) {
		return nil
	}
	return f.blocks[n]
}

func (f *Fake) logs(param json.RawMessage) any {
	var q struct {
		FromBlock *hexutil.Uint64
		ToBlock   *hexutil.Uint64
		BlockHash *common.Hash
		Address   []common.Address
	}
	json.Unmarshal(param, &q)
	found := []types.Log{}
	if q.BlockHash != nil {
		b := f.byHash[*q.BlockHash]
		if b == nil {
			return &Refusal{Code: -32000, Message: "unknown block"}
		}
		return append(found, b.Logs...)
	}
	from, to := uint64(*q.FromBlock), min(uint64(*q.ToBlock), uint64(len(f.blocks)-1))
	if f.MaxRange > 0 && to-from+1 > f.MaxRange {
		return &Refusal{Code: -32005, Message: "query exceeds the range"}
	}
	for _, b := range f.blocks[min(from, to+1) : to+1] {
		for _, l := range b.Logs {
			if slices.Contains(q.Address, l.Address) {
				found = append(found, l)
			}
		}
	}
	return found
}
