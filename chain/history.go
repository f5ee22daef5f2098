package chain

import (
	"context"
	"encoding/binary"
	"fmt"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// PolicyRecord is what the chain shows an auditor of one server's policies, all
// read at block At.
type PolicyRecord struct {
	Versions []PolicyVersion // from events, in the order of the chain
	Head     common.Hash     // from the contract's storage
	Count    uint64          // from the contract's storage
	At       Block
}

// Check recomputes the history: versions counted without gaps, each event's head
// following from the one before, the last equal to the contract's. It returns
// nil if the events are exactly what the contract committed to.
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

// PolicyHistory reads a server's policy history straight from an RPC.
func PolicyHistory(ctx context.Context, c *Client, k Contracts, server uint64) (PolicyRecord, error) {
	policies := bindings.NewPolicyRegistry()
	topics := [][]common.Hash{{policies.GetABI().Events["PolicyPublished"].ID}, {common.BigToHash(bigOf(server))}}
	logs, at, err := scanLogs(ctx, c, k.Start, k.PolicyRegistry, topics)
	if err != nil {
		return PolicyRecord{}, err
	}
	r := PolicyRecord{At: at}
	for i := range logs {
		e, err := policies.UnpackPolicyPublishedEvent(&logs[i])
		if err != nil {
			return r, fmt.Errorf("%w: %w", ErrInconsistent, err)
		}
		r.Versions = append(r.Versions, policyVersion(e, logs[i].BlockHash))
	}
	block := hexutil.EncodeUint64(at.Number)
	head, err := c.readAt(ctx, k.PolicyRegistry, policies.PackHead(bigOf(server)), block)
	if err != nil {
		return r, err
	}
	count, err := c.readAt(ctx, k.PolicyRegistry, policies.PackVersionCount(bigOf(server)), block)
	if err != nil {
		return r, err
	}
	if r.Head, err = policies.UnpackHead(head); err != nil {
		return r, fmt.Errorf("%w: head: %w", ErrInconsistent, err)
	}
	if r.Count, err = policies.UnpackVersionCount(count); err != nil {
		return r, fmt.Errorf("%w: count: %w", ErrInconsistent, err)
	}
	return r, nil
}

// ServerAt reads a server's registration straight from an RPC.
func ServerAt(ctx context.Context, c *Client, k Contracts, id uint64) (Server, error) {
	servers := bindings.NewServerRegistry()
	out, err := c.read(ctx, k.ServerRegistry, servers.PackServer(bigOf(id)))
	if err != nil {
		return Server{}, err
	}
	s, err := servers.UnpackServer(out)
	if err != nil {
		return Server{}, fmt.Errorf("%w: server: %w", ErrInconsistent, err)
	}
	if s.Owner == (common.Address{}) {
		return Server{}, fmt.Errorf("%w: %d", ErrUnknownServer, id)
	}
	return Server{
		ID: id, Owner: address(s.Owner), PendingOwner: address(s.PendingOwner), Domain: s.Domain, PeerID: s.PeerId, Addrs: s.Addrs,
		Roles: Roles(s.Roles), RegisteredAt: s.RegisteredAt,
	}, nil
}

// IdentityHistory projects one identity's events straight from an RPC, as the
// follower would. It shows the identity at block at.
func IdentityHistory(ctx context.Context, c *Client, k Contracts, did identity.DID) (id Identity, at Block, err error) {
	if did.ChainID() != k.ChainID {
		return id, at, fmt.Errorf("%w: %s is of chain %d", ErrWrongChain, did, did.ChainID())
	}
	who := did.Address()
	logs, at, err := scanLogs(ctx, c, k.Start, k.IdentityRegistry, [][]common.Hash{nil, {common.BytesToHash(who[:])}})
	if err != nil {
		return id, at, err
	}
	blocks, err := blocksOf(ctx, c, logs)
	if err != nil {
		return id, at, err
	}
	store := newScratch()
	d := newDraft(store, cursor{})
	p := newProjector(k)
	for i := range logs {
		if err := p.apply(d, blocks[logs[i].BlockHash], &logs[i]); err != nil {
			return id, at, err
		}
	}
	if err := d.commit(); err != nil {
		return id, at, err
	}
	f := &Follower{contracts: k, store: store, cache: newKeyCache()}
	id, err = f.Identity(ctx, did)
	return id, at, err
}

// scanLogs reads all logs of a contract with these topics up to the present
// head, in windows that shrink where the provider refuses.
func scanLogs(ctx context.Context, c *Client, start uint64, contract common.Address, topics [][]common.Hash) (logs []types.Log, at Block, err error) {
	if at, err = c.Head(ctx); err != nil {
		return nil, at, err
	}
	window := uint64(maxWindow)
	for from := start; from <= at.Number; {
		to := min(from+window-1, at.Number)
		first, last := hexutil.Uint64(from), hexutil.Uint64(to)
		some, err := c.logs(ctx, logFilter{From: &first, To: &last, Address: []common.Address{contract}, Topics: topics})
		if refused(ctx, err) && window > 1 {
			window /= 2
			continue
		}
		if err == nil {
			err = inOrder(some, from, to)
		}
		if err != nil {
			return nil, at, err
		}
		logs, from = append(logs, some...), to+1
	}
	return logs, at, nil
}
