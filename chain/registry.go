package chain

import (
	"bytes"
	"context"
	"fmt"
	"math/big"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Registration is what a server says of itself.
type Registration struct {
	Domain string
	PeerID []byte   // libp2p peer id, binary
	Addrs  []string // multiaddrs
	Roles  Roles
}

// Registrar does for one server what its owner or agent may do. Every method
// sends a transaction and waits for it.
type Registrar struct {
	sender    *Sender
	contracts Contracts
}

// NewRegistrar makes a registrar that sends through s.
func NewRegistrar(s *Sender, k Contracts) *Registrar { return &Registrar{s, k} }

// RegisterServer registers a server of the sender's and answers its number. The
// same registration is made once only, however often it is asked for.
func (r *Registrar) RegisterServer(ctx context.Context, reg Registration) (id uint64, receipt Receipt, err error) {
	servers := bindings.NewServerRegistry()
	data, err := servers.TryPackRegister(reg.Domain, reg.PeerID, reg.Addrs, uint8(reg.Roles))
	if err != nil {
		return 0, Receipt{}, fmt.Errorf("%w: register server: %w", ErrInvalidOperation, err)
	}
	// One registration per peer id: a node that restarts before it has read its
	// number finds it by its key.
	key := fmt.Sprintf("server/register/%x", reg.PeerID)
	receipt, err = r.sender.Send(ctx, key, r.contracts.ServerRegistry, data)
	if err != nil {
		return 0, receipt, err
	}
	e, err := eventOf(receipt, r.contracts.ServerRegistry, servers.UnpackServerRegisteredEvent)
	if err != nil {
		return 0, receipt, err
	}
	return number(e.Id), receipt, nil
}

// UpdatePeer changes where the server is reached. The nonce tells updates apart
// that go back to earlier addresses; the block of the last change will do.
func (r *Registrar) UpdatePeer(ctx context.Context, id uint64, peerID []byte, addrs []string, nonce uint64) (Receipt, error) {
	data, err := bindings.NewServerRegistry().TryPackUpdatePeer(bigOf(id), peerID, addrs)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: update peer: %w", ErrInvalidOperation, err)
	}
	return r.sender.Send(ctx, fmt.Sprintf("server/%d/peer/%d/%x", id, nonce, crypto.Keccak256(data)[:8]), r.contracts.ServerRegistry, data)
}

// UpdateDomain changes the server's domain; nonce as for UpdatePeer.
func (r *Registrar) UpdateDomain(ctx context.Context, id uint64, domain string, nonce uint64) (Receipt, error) {
	data, err := bindings.NewServerRegistry().TryPackUpdateDomain(bigOf(id), domain)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: update domain: %w", ErrInvalidOperation, err)
	}
	return r.sender.Send(ctx, fmt.Sprintf("server/%d/domain/%d/%x", id, nonce, crypto.Keccak256(data)[:8]), r.contracts.ServerRegistry, data)
}

// PublishPolicy publishes version (the count so far and one more) of a server's
// policy: the sha2-256 of its canonical bytes and the CID under which they are
// found. effectiveAt 0 means from now on. While the chain is away the error is
// ErrQueued: it is stored, and published when the chain is back.
func (r *Registrar) PublishPolicy(ctx context.Context, server, version uint64, digest common.Hash, cid []byte, effectiveAt uint64) (PolicyVersion, error) {
	policies := bindings.NewPolicyRegistry()
	data, err := policies.TryPackPublish(bigOf(server), digest, cid, effectiveAt)
	if err != nil {
		return PolicyVersion{}, fmt.Errorf("%w: publish policy: %w", ErrInvalidOperation, err)
	}
	receipt, err := r.keep(ctx, fmt.Sprintf("server/%d/policy/%d", server, version), r.contracts.PolicyRegistry, data)
	if err != nil {
		return PolicyVersion{}, err
	}
	e, err := eventOf(receipt, r.contracts.PolicyRegistry, policies.UnpackPolicyPublishedEvent)
	if err != nil {
		return PolicyVersion{}, err
	}
	return policyVersion(e, receipt.BlockHash), nil
}

// AnchorLog fixes the size and root of a server's log. The same size is anchored
// once only. ErrQueued as from PublishPolicy.
func (r *Registrar) AnchorLog(ctx context.Context, server, size uint64, root common.Hash) (LogHead, error) {
	logs := bindings.NewLogRegistry()
	data, err := logs.TryPackAnchor(bigOf(server), size, root)
	if err != nil {
		return LogHead{}, fmt.Errorf("%w: anchor: %w", ErrInvalidOperation, err)
	}
	receipt, err := r.keep(ctx, fmt.Sprintf("server/%d/log/%d", server, size), r.contracts.LogRegistry, data)
	if err != nil {
		return LogHead{}, err
	}
	e, err := eventOf(receipt, r.contracts.LogRegistry, logs.UnpackAnchoredEvent)
	if err != nil {
		return LogHead{}, err
	}
	return logHead(e, receipt.BlockHash), nil
}

// keep sends a call that must not be lost while the chain is away.
func (r *Registrar) keep(ctx context.Context, key string, to common.Address, data []byte) (Receipt, error) {
	away, err := r.sender.Accept(ctx, Request{Key: key, Call: Call{To: to, Data: data}})
	if err != nil {
		return Receipt{}, err
	}
	if away {
		return Receipt{}, fmt.Errorf("%w: %s", ErrQueued, key)
	}
	return r.sender.Wait(ctx, key)
}

// eventOf finds the one event of its kind that a transaction emitted.
func eventOf[E any](r Receipt, contract common.Address, unpack func(*types.Log) (*E, error)) (*E, error) {
	for _, l := range r.Logs {
		if l.Address != contract {
			continue
		}
		if e, err := unpack(l); err == nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: transaction %s succeeded without the event it must emit", ErrInconsistent, r.Tx)
}

func policyVersion(e *bindings.PolicyRegistryPolicyPublished, block common.Hash) PolicyVersion {
	return PolicyVersion{
		Server: number(e.Server), Version: e.Version, Digest: e.Digest, CID: bytes.Clone(e.Cid),
		EffectiveAt: e.EffectiveAt, PublishedAt: e.PublishedAt, Head: e.Head,
		Block: e.Raw.BlockNumber, BlockHash: block, Tx: e.Raw.TxHash,
	}
}

func logHead(e *bindings.LogRegistryAnchored, block common.Hash) LogHead {
	return LogHead{
		Server: number(e.Server), Index: e.Index, Size: e.Size, Root: e.Root, AnchoredAt: e.AnchoredAt, Head: e.Head,
		Block: e.Raw.BlockNumber, BlockHash: block, Tx: e.Raw.TxHash,
	}
}

func bigOf(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
