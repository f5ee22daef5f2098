package chain

import (
	"context"
	"fmt"

	"metanet/chain/proof"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// Prover fetches what shows facts at one trusted block. The endpoint is believed
// in nothing: it can only fail to answer.
type Prover struct {
	client *Client
	header []byte
	block  proof.Block
}

// ProveAt makes a prover for the block that the caller trusts by its hash. The
// endpoint must know the block, and its state: most nodes keep that of the last
// hundred blocks or so only.
func ProveAt(ctx context.Context, c *Client, trusted common.Hash) (*Prover, error) {
	raw, err := c.rawHeader(ctx, trusted)
	if err != nil {
		return nil, err
	}
	block, err := proof.ReadHeader(raw, trusted)
	if err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	return &Prover{client: c, header: raw, block: block}, nil
}

// Block is the trusted block, as its header says.
func (p *Prover) Block() Block {
	return Block{Number: p.block.Number, Hash: p.block.Hash, Time: p.block.Time}
}

// Prove fetches a fact with its evidence, checked. An error wraps
// proof.ErrProof if the endpoint lied.
func Prove[T any](ctx context.Context, p *Prover, f proof.Fact[T]) (fact T, e proof.Evidence, err error) {
	fact, e, err = proof.Collect(f, p.block.Hash, p.header, func(contract common.Address, slots []common.Hash) ([]hexutil.Bytes, []proof.Slot, error) {
		return p.client.proofs(ctx, p.block.Hash, contract, slots)
	})
	if err != nil {
		return fact, e, fmt.Errorf("chain: block %d: %w", p.block.Number, err)
	}
	return fact, e, nil
}

// blockOf names a block by hash (EIP-1898).
type blockOf struct {
	Hash common.Hash `json:"blockHash"`
}

// accountResult is the part of eth_getProof's answer (EIP-1186) that can be
// checked; what it says in plain words cannot.
type accountResult struct {
	Account []hexutil.Bytes `json:"accountProof"`
	Storage []struct {
		Nodes []hexutil.Bytes `json:"proof"`
	} `json:"storageProof"`
}

func (c *Client) proofs(ctx context.Context, block common.Hash, contract common.Address, slots []common.Hash) ([]hexutil.Bytes, []proof.Slot, error) {
	if slots == nil {
		slots = []common.Hash{} // null is no list
	}
	var r accountResult
	if err := c.call(ctx, &r, "eth_getProof", contract, slots, blockOf{block}); err != nil {
		return nil, nil, err
	}
	found := make([]proof.Slot, len(r.Storage))
	for i, s := range r.Storage {
		// In which order they came is for the proof to show.
		if i < len(slots) {
			found[i].Slot = slots[i]
		}
		found[i].Nodes = s.Nodes
	}
	return r.Account, found, nil
}

// rawHeader is a block's header in RLP. Endpoints speak JSON; where that leaves
// fields out that the chain hashes, only the debug namespace helps.
func (c *Client) rawHeader(ctx context.Context, hash common.Hash) ([]byte, error) {
	var h *types.Header
	err := c.call(ctx, &h, "eth_getBlockByHash", hash, false)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, fmt.Errorf("%w: block %s", ErrUnknownBlock, hash)
	}
	raw, err := rlp.EncodeToBytes(h)
	if err == nil && crypto.Keccak256Hash(raw) == hash {
		return raw, nil
	}
	var b hexutil.Bytes
	if err := c.call(ctx, &b, "debug_getRawHeader", hash); err == nil {
		return b, nil
	}
	return raw, nil // of no use; who reads it says so
}
