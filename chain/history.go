package chain

import (
	"context"
	"encoding/binary"
	"fmt"

	"metanet/chain/proof"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// PolicyRecord is what the chain shows an auditor of one server's policies at
// block At.
type PolicyRecord struct {
	Versions []PolicyVersion // from events, in the order of the chain: the RPC's word until Check
	Head     common.Hash     // proven
	Count    uint64          // proven
	At       Block
	Evidence proof.Evidence // of proof.Policies
}

// Check recomputes the history: versions counted without gaps, each event's head
// following from the one before, the last equal to the contract's. It returns
// nil if the events are exactly what the contract committed to: then they are as
// good as proven, but for the blocks and transactions that they lie in, which
// the hash chain doesn't cover.
func (r PolicyRecord) Check() error {
	var head common.Hash
	for i, v := range r.Versions {
		if v.Version != uint64(i+1) {
			return fmt.Errorf("%w: event %d is of version %d", ErrInconsistent, i+1, v.Version)
		}
		if head = nextHead(head, v); head != v.Head {
			return fmt.Errorf("%w: version %d: its event says head %s, its content gives %s", ErrInconsistent, v.Version, v.Head, head)
		}
	}
	if uint64(len(r.Versions)) != r.Count {
		return fmt.Errorf("%w: %d events, the contract counts %d versions", ErrInconsistent, len(r.Versions), r.Count)
	}
	if head != r.Head {
		return fmt.Errorf("%w: events give head %s, the contract holds %s", ErrInconsistent, head, r.Head)
	}
	return nil
}

// ChainHead recomputes the hash chain over versions, as PolicyRegistry does.
// Only what was published enters, not what the events claim as Head.
func ChainHead(versions []PolicyVersion) common.Hash {
	var head common.Hash
	for _, v := range versions {
		head = nextHead(head, v)
	}
	return head
}

// nextHead is keccak256(abi.encode(head, server, version, digest,
// keccak256(cid), effectiveAt, publishedAt)) of IPolicyRegistry.
func nextHead(head common.Hash, v PolicyVersion) common.Hash {
	return crypto.Keccak256Hash(head[:], word(v.Server), word(v.Version), v.Digest[:], crypto.Keccak256(v.CID), word(v.EffectiveAt), word(v.PublishedAt))
}

func word(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 24, 32), n)
}

// PolicyHistory reads a server's policy history up to the prover's block. An
// error wraps proof.ErrProof if head and count are not shown.
func PolicyHistory(ctx context.Context, p *Prover, k Contracts, server uint64) (PolicyRecord, error) {
	r := PolicyRecord{At: p.Block()}
	state, evidence, err := Prove(ctx, p, proof.Policies(server))
	if err != nil {
		return r, err
	}
	r.Head, r.Count, r.Evidence = state.Head, state.Count, evidence
	policies := bindings.NewPolicyRegistry()
	topics := [][]common.Hash{{policies.GetABI().Events["PolicyPublished"].ID}, {common.BigToHash(bigOf(server))}}
	logs, err := scanLogs(ctx, p.client, k.Start, r.At.Number, k.PolicyRegistry, topics)
	if err != nil {
		return r, err
	}
	for i := range logs {
		e, err := policies.UnpackPolicyPublishedEvent(&logs[i])
		if err != nil {
			return r, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		r.Versions = append(r.Versions, policyVersion(e, logs[i].BlockHash))
	}
	return r, nil
}

// scanLogs reads all logs of a contract with these topics in the blocks from
// start to last, in windows that shrink where the provider refuses.
func scanLogs(ctx context.Context, c *Client, start, last uint64, contract common.Address, topics [][]common.Hash) (logs []types.Log, err error) {
	window := uint64(maxWindow)
	for from := start; from <= last; {
		to := min(from+window-1, last)
		first, end := hexutil.Uint64(from), hexutil.Uint64(to)
		some, err := c.logs(ctx, logFilter{From: &first, To: &end, Address: []common.Address{contract}, Topics: topics})
		if refused(ctx, err) && window > 1 {
			window /= 2
			continue
		}
		if err == nil {
			err = inOrder(some, from, to)
		}
		if err != nil {
			return nil, err
		}
		logs, from = append(logs, some...), to+1
	}
	return logs, nil
}
