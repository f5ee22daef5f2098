package proof

import (
	"errors"
	"fmt"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// maxNodes bounds a path: a key has 64 nibbles, hence at most 64 nodes and a
// leaf.
const maxNodes = 65

// path hands the nodes of a Merkle proof to the walk, each under its hash, each
// once, in the order of the list: that is the one spelling we take.
type path struct {
	nodes []hexutil.Bytes
	next  int
}

var errNode = errors.New("missing or out of place")

// Get implements ethdb.KeyValueReader.
func (p *path) Get(hash []byte) ([]byte, error) {
	if p.next == len(p.nodes) || crypto.Keccak256Hash(p.nodes[p.next]) != common.Hash(hash) {
		return nil, errNode
	}
	p.next++
	return p.nodes[p.next-1], nil
}

// Has implements ethdb.KeyValueReader.
func (p *path) Has(hash []byte) (bool, error) {
	return p.next < len(p.nodes) && crypto.Keccak256Hash(p.nodes[p.next]) == common.Hash(hash), nil
}

// walk follows a proof from a trie's root to the value under key, or to where it
// would be: then value is nil. Keys of the state's tries are hashed.
func walk(root common.Hash, key []byte, nodes []hexutil.Bytes) (value []byte, err error) {
	if len(nodes) > maxNodes {
		return nil, fmt.Errorf("%d nodes", len(nodes))
	}
	if root == types.EmptyRootHash {
		// Nothing is in it, which needs no node to show.
		if len(nodes) != 0 {
			return nil, errors.New("nodes of an empty trie")
		}
		return nil, nil
	}
	p := &path{nodes: nodes}
	value, err = trie.VerifyProof(root, crypto.Keccak256(key), p)
	if err != nil {
		return nil, err
	}
	if p.next != len(nodes) {
		return nil, fmt.Errorf("%d nodes too many", len(nodes)-p.next)
	}
	return value, nil
}

// account finds the storage root of a contract that must have the given code.
func account(state common.Hash, contract bindings.Place, nodes []hexutil.Bytes) (storage common.Hash, err error) {
	value, err := walk(state, contract.Address[:], nodes)
	if err != nil {
		return storage, fmt.Errorf("%w: account %s: %w", ErrProof, contract.Address, err)
	}
	if value == nil {
		return storage, fmt.Errorf("%w: there is no account %s", ErrProof, contract.Address)
	}
	var a types.StateAccount
	if err := rlp.DecodeBytes(value, &a); err != nil {
		return storage, fmt.Errorf("%w: account %s: %w", ErrProof, contract.Address, err)
	}
	if common.BytesToHash(a.CodeHash) != contract.CodeHash {
		return storage, fmt.Errorf("%w: the code at %s is not the protocol's", ErrProof, contract.Address)
	}
	return a.Root, nil
}

// word reads a slot of a contract's storage; zero is proven by absence. anvil
// keeps what was set to zero in its trie, as an empty leaf: zero all the same,
// since nothing else encodes so.
func word(storage common.Hash, s Slot) (common.Hash, error) {
	value, err := walk(storage, s.Slot[:], s.Nodes)
	if err != nil {
		return common.Hash{}, fmt.Errorf("%w: slot %s: %w", ErrProof, s.Slot, err)
	}
	if value == nil {
		return common.Hash{}, nil
	}
	var content []byte
	if err := rlp.DecodeBytes(value, &content); err != nil || len(content) > 32 || len(content) > 0 && content[0] == 0 {
		return common.Hash{}, fmt.Errorf("%w: slot %s holds no word", ErrProof, s.Slot)
	}
	return common.BytesToHash(content), nil
}
