package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/chain"
	"metanet/identity"
)

// checkIdentities proves each identity's history and, if a server is audited,
// holds what it shows against that.
func (a *auditor) checkIdentities(ctx context.Context) error {
	r := a.report
	for i, did := range a.cfg.Identities {
		a.cfg.Progress(i, len(a.cfg.Identities), string(did))
		if did.ChainID() != a.contracts.ChainID {
			r.add(string(did), "chain", False, a.word(), "the identity lives on chain %d, this network on %d", did.ChainID(), a.contracts.ChainID)
			continue
		}
		history, err := chain.IdentityHistory(ctx, a.prover, a.contracts, did)
		if errors.Is(err, chain.ErrInconsistent) {
			r.add(string(did), "history", False, ByStorage, "the RPC's events make no history: %v", err)
			continue
		}
		if err != nil {
			return err
		}
		r.Proofs = append(r.Proofs, history.Documents...)
		a.checkHistory(history)
		if a.cfg.Fetcher == nil {
			r.listKeys(history)
		} else if err := a.checkShown(ctx, history); err != nil {
			return err
		}
	}
	return nil
}

// checkHistory holds an identity's events against what is proven of it.
func (a *auditor) checkHistory(h chain.IdentityRecord) {
	r, subject, s := a.report, string(h.Events.DID), h.State
	if err := h.CheckState(); err != nil {
		r.add(subject, "history", False, ByStorage, "the RPC's events are not what the registry holds: %v", err)
	} else {
		r.add(subject, "history", Proven, ByStorage, "owner %s, epoch %d, home %s, recovery %s; owners so far: %d, homes: %d",
			whose(s.Owner), s.Epoch, home(s.Home), orNone(s.Recovery), len(h.Tenures.Owners)+1, len(h.Tenures.Homes))
	}
	if h.Linked != nil {
		r.add(subject, "events", False, ByStorage, "the RPC's events don't lead up to what the registry holds: %v", h.Linked)
	} else {
		r.add(subject, "events", Proven, ByLinks, "its events link up to block %d, where the registry says it last changed; %d keys", s.Changed, len(h.Events.Keys))
	}
	for _, rec := range h.Events.Keys {
		if err := h.CheckKey(rec); err != nil {
			r.add(subject, "key-history", False, ByStorage, "the RPC's events are not what the registry holds: %v", err)
		}
	}
}

// listKeys shows the proven keys.
func (r *Report) listKeys(h chain.IdentityRecord) {
	for _, key := range provenKeys(h) {
		r.add(string(h.Events.DID), "key", Proven, ByStorage, "%s", describe(key))
	}
}

// checkShown holds what the server shows of an identity against its history.
func (a *auditor) checkShown(ctx context.Context, h chain.IdentityRecord) error {
	r, subject := a.report, string(h.Events.DID)
	owner, keys, err := a.cfg.Fetcher.Keys(ctx, h.Events.DID)
	if err != nil {
		return r.served(err, subject, "keys", ByStorage)
	}
	proven := h.State.Owner.Checksum()
	r.hold(owner == proven, subject, "owner", False, ByStorage, "owner "+proven,
		fmt.Sprintf("the chain says owner %s, the server says %s", proven, owner))
	r.compareKeys(subject, provenKeys(h), keys)
	return nil
}

// provenKeys are the keys with what is proven of them; their blocks, which are not
// in storage, are the events'.
func provenKeys(h chain.IdentityRecord) (keys []identity.KeyRecord) {
	for _, told := range h.Events.Keys {
		s := h.Keys[told.Key]
		if !s.Known {
			continue // noted as false: nobody added it
		}
		rec := s.Record(told.Key)
		rec.AddedBlock, rec.EndedBlock = told.AddedBlock, told.EndedBlock
		keys = append(keys, rec)
	}
	return keys
}

func (r *Report) compareKeys(subject string, onChain []identity.KeyRecord, shown []Key) {
	byKey := make(map[string]Key)
	for _, s := range shown {
		byKey[s.Key] = s
	}
	for _, rec := range onChain {
		name := rec.Key.String()
		s, ok := byKey[name]
		delete(byKey, name)
		switch {
		case !ok:
			r.add(subject, "key", Missing, ByStorage, "%s, added in block %d, is not shown", name, rec.AddedBlock)
		case s.Purpose != rec.Purpose.String() || s.AddedBlock != rec.AddedBlock || !same(rec.AddedAt, &s.AddedAt):
			r.add(subject, "key", False, ByStorage, "%s: the chain says %s key of block %d, the server says %s key of block %d", name, rec.Purpose, rec.AddedBlock, s.Purpose, s.AddedBlock)
		case !same(rec.Expiry, s.ExpiresAt) || !same(rec.EndedAt, s.EndedAt):
			r.add(subject, "key", False, ByStorage, "%s: the server misstates when it ends or ended", name)
		default:
			r.add(subject, "key", Proven, ByStorage, "%s", describe(rec))
		}
	}
	for _, s := range shown {
		if _, extra := byKey[s.Key]; extra {
			r.add(subject, "key", False, ByLinks, "%s is shown and was never authorised on-chain", s.Key)
		}
	}
}

// describe is a key's life in words.
func describe(rec identity.KeyRecord) string {
	text := fmt.Sprintf("%s, %s key, added %s in block %d", rec.Key, rec.Purpose, at(rec.AddedAt), rec.AddedBlock)
	switch {
	case rec.EndedAt != 0:
		text += ", ended " + at(rec.EndedAt)
	case rec.Expiry != 0:
		text += ", until " + at(rec.Expiry)
	}
	if cut := rec.CutOff; cut.SetAt != 0 {
		text += fmt.Sprintf(", disowned from leaf %d of server %d's log on", cut.Size, cut.Server)
	}
	return text
}

func whose(a identity.Address) string {
	if a.IsZero() {
		return "nobody (deactivated)"
	}
	return a.Checksum()
}

func orNone(a identity.Address) string {
	if a.IsZero() {
		return "none"
	}
	return a.Checksum()
}

func home(server uint64) string {
	if server == 0 {
		return "none"
	}
	return fmt.Sprintf("server %d", server)
}

// same compares a block time with a time that may be absent; 0 is absent.
func same(unix uint64, t *time.Time) bool {
	if unix == 0 || t == nil {
		return unix == 0 && t == nil
	}
	return t.Unix() == int64(unix)
}
