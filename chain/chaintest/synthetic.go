package chaintest

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"

	"metanet/chain"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Synthetic is a JSON-RPC endpoint with a chain of any number of identities that
// it keeps next to nothing of: blocks and logs are computed when they are asked for. Each
// identity has enrolled, so there are two events of it. It is for measuring, in a
// process of its own where memory counts.
type Synthetic struct {
	Identities int
	PerBlock   int // identities
	// Empty is how many blocks without events end the chain.
	Empty int

	code  map[common.Address]hexutil.Bytes
	keys  []identity.Key
	found map[common.Hash]int

	homed, added types.Log // what all identities' events have in common
}

// syntheticKeys is how many different keys the identities have.
const syntheticKeys = 1024

// NewSynthetic prepares an endpoint; it is an http.Handler.
func NewSynthetic(identities, perBlock, empty int) (*Synthetic, error) {
	code, err := deployedCode()
	if err != nil {
		return nil, err
	}
	s := &Synthetic{Identities: identities, PerBlock: perBlock, Empty: empty, code: code, found: map[common.Hash]int{}}
	for n := range s.Head() + 1 {
		s.found[syntheticHash(n)] = n
	}
	in, nobody := bindings.DeployedAddresses().IdentityRegistry, common.Address{}
	s.homed = Event(in, identityABI, "HomeChanged", nobody, big.NewInt(1), big.NewInt(0), uint32(1))
	s.added = Event(in, identityABI, "KeyAdded", nobody, [32]byte{}, uint8(1), uint64(9e9), uint32(0), uint32(1))
	for i := range syntheticKeys {
		seed := crypto.Keccak256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		k, err := identity.ParseKey(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// Head is the number of the last block.
func (s *Synthetic) Head() int { return (s.Identities+s.PerBlock-1)/s.PerBlock + s.Empty }

// Contracts are where every chain has them.
func (s *Synthetic) Contracts() chain.Contracts { return contractsOf(syntheticChain, syntheticHash(0)) }

// Identity is the n-th identity and its key.
func (s *Synthetic) Identity(n int) (identity.DID, identity.Key) {
	return identity.NewDID(syntheticChain, syntheticAddress(n)), s.keys[n%syntheticKeys]
}

const syntheticChain = 31337

func syntheticAddress(n int) (a identity.Address) {
	copy(a[:], crypto.Keccak256(binary.BigEndian.AppendUint64([]byte("identity"), uint64(n))))
	return a
}

func syntheticHash(block int) common.Hash {
	return crypto.Keccak256Hash(binary.BigEndian.AppendUint64([]byte("block"), uint64(block)))
}

func (s *Synthetic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	if json.NewDecoder(r.Body).Decode(&raw) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var out []byte
	var many []request
	if json.Unmarshal(raw, &many) == nil {
		out = append(out, '[')
		for i, q := range many {
			if i > 0 {
				out = append(out, ',')
			}
			out = s.answer(out, q)
		}
		out = append(out, ']')
	} else {
		var one request
		json.Unmarshal(raw, &one)
		out = s.answer(out, one)
	}
	w.Write(out)
}

func (s *Synthetic) answer(out []byte, q request) []byte {
	out = fmt.Appendf(out, `{"jsonrpc":"2.0","id":%s,"result":`, q.ID)
	switch q.Method {
	case "eth_chainId":
		out = fmt.Appendf(out, `"0x%x"`, syntheticChain)
	case "eth_getBlockByNumber":
		out = s.block(out, s.number(q.Params[0]))
	case "eth_getBlockByHash":
		var h common.Hash
		json.Unmarshal(q.Params[0], &h)
		out = s.block(out, s.find(h))
	case "eth_getCode":
		var a common.Address
		json.Unmarshal(q.Params[0], &a)
		out = fmt.Appendf(out, `"%s"`, s.code[a])
	case "eth_getLogs":
		out = s.logs(out, q.Params[0])
	default:
		out = append(out, "null"...)
	}
	return append(out, '}')
}

func (s *Synthetic) number(param json.RawMessage) int {
	var n hexutil.Uint64
	if json.Unmarshal(param, &n) != nil {
		return s.Head() // by whatever tag
	}
	return int(n)
}

// find is the block of a hash.
func (s *Synthetic) find(h common.Hash) int {
	if n, known := s.found[h]; known {
		return n
	}
	return -1
}

func (s *Synthetic) block(out []byte, n int) []byte {
	if n < 0 || n > s.Head() {
		return append(out, "null"...)
	}
	parent := common.Hash{}
	if n > 0 {
		parent = syntheticHash(n - 1)
	}
	return fmt.Appendf(out, `{"number":"0x%x","hash":"%s","parentHash":"%s","timestamp":"0x%x"}`, n, syntheticHash(n), parent, 1_600_000_000+12*n)
}

func (s *Synthetic) logs(out []byte, param json.RawMessage) []byte {
	var q struct {
		FromBlock, ToBlock hexutil.Uint64
		BlockHash          *common.Hash
	}
	json.Unmarshal(param, &q)
	from, to := int(q.FromBlock), min(int(q.ToBlock), s.Head())
	if q.BlockHash != nil {
		from = s.find(*q.BlockHash)
		to = from
	}
	out = append(out, '[')
	for n := max(from, 1); n <= to; n++ {
		out = s.eventsOf(out, n)
	}
	if out[len(out)-1] == ',' {
		out = out[:len(out)-1]
	}
	return append(out, ']')
}

// eventsOf is what block n says, each log with a comma behind it: each identity
// names a home and adds a key. Only what differs is encoded anew each time.
func (s *Synthetic) eventsOf(out []byte, n int) []byte {
	hash, index := syntheticHash(n), 0
	event := func(l types.Log, topics ...[]byte) {
		out = fmt.Appendf(out, `{"address":"0x%x","topics":["0x%x"`, l.Address[:], l.Topics[0][:])
		for _, t := range topics {
			out = fmt.Appendf(out, `,"0x%064x"`, t)
		}
		out = fmt.Appendf(out, `],"data":"0x%x","blockNumber":"0x%x","blockHash":"0x%x","transactionHash":"0x%x","transactionIndex":"0x0","logIndex":"0x%x","removed":false},`,
			l.Data, n, hash[:], hash[:], index)
		index++
	}
	for i := (n - 1) * s.PerBlock; i < min(n*s.PerBlock, s.Identities); i++ {
		who := syntheticAddress(i)
		event(s.homed, who[:], s.homed.Topics[2][:], s.homed.Topics[3][:])
		event(s.added, who[:], s.keys[i%syntheticKeys][:])
	}
	return out
}

var identityABI = bindings.NewIdentityRegistry().GetABI()
