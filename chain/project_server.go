package chain

import (
	"fmt"
	"math/big"

	"metanet/contracts/bindings"
	"metanet/identity"
)

// changeServer updates a registered server's entry and notes the change.
func changeServer(d *draft, at Block, id *big.Int, f func(*serverEntry) error) error {
	n := number(id)
	e, found, err := load[serverEntry](d, serverKey(n))
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w: one of server %s, which was never registered", ErrWithheld, id)
	}
	if err := f(&e); err != nil {
		return err
	}
	d.touch(subjectOfServer(n))
	e.ChangedBlock, e.ChangedAt = at.Number, at.Time
	return d.put(serverKey(n), e)
}

func serverRegistered(d *draft, at Block, e *bindings.ServerRegistryServerRegistered) error {
	n := number(e.Id)
	d.touch(subjectOfServer(n))
	return d.put(serverKey(n), serverEntry{
		Owner: address(e.Owner), Domain: e.Domain, PeerID: e.PeerId, Addrs: e.Addrs, Roles: e.Roles,
		RegisteredAt: at.Time, RegisteredBlock: at.Number, ChangedAt: at.Time, ChangedBlock: at.Number,
	})
}

func domainChanged(d *draft, at Block, e *bindings.ServerRegistryDomainChanged) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error { s.Domain = e.Domain; return nil })
}

func peerChanged(d *draft, at Block, e *bindings.ServerRegistryPeerChanged) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error { s.PeerID, s.Addrs = e.PeerId, e.Addrs; return nil })
}

func rolesChanged(d *draft, at Block, e *bindings.ServerRegistryRolesChanged) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error { s.Roles = e.Roles; return nil })
}

// agentChanged keeps agents under the owner's term, so that a new owner has none.
func agentChanged(d *draft, at Block, e *bindings.ServerRegistryAgentChanged) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error {
		return d.put(agentKey(number(e.Id), s.Term, address(e.Account)), e.Roles)
	})
}

func ownershipOffered(d *draft, at Block, e *bindings.ServerRegistryOwnershipOffered) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error { s.Pending = address(e.PendingOwner); return nil })
}

func ownershipTransferred(d *draft, at Block, e *bindings.ServerRegistryOwnershipTransferred) error {
	return changeServer(d, at, e.Id, func(s *serverEntry) error {
		s.Owner, s.Pending = address(e.Owner), identity.Address{}
		s.Term++
		return nil
	})
}

func policyPublished(d *draft, at Block, e *bindings.PolicyRegistryPolicyPublished) error {
	return changeServer(d, at, e.Server, func(s *serverEntry) error {
		if err := next("policy version", e.Version, s.Policies+1); err != nil {
			return err
		}
		s.Policies = e.Version
		return d.put(policyKey(number(e.Server), e.Version), policyEntry{
			Digest: e.Digest, Head: e.Head, CID: e.Cid, EffectiveAt: e.EffectiveAt, Published: e.PublishedAt,
			Block: at.Number, BlockHash: at.Hash, Transaction: e.Raw.TxHash,
		})
	})
}

func anchored(d *draft, at Block, e *bindings.LogRegistryAnchored) error {
	return changeServer(d, at, e.Server, func(s *serverEntry) error {
		if err := next("log head", e.Index, s.Heads+1); err != nil {
			return err
		}
		s.Heads = e.Index
		return d.put(headKey(number(e.Server), e.Index), headEntry{
			Root: e.Root, Head: e.Head, Size: e.Size, AnchoredAt: e.AnchoredAt,
			Block: at.Number, BlockHash: at.Hash, Transaction: e.Raw.TxHash,
		})
	})
}
