package audit

import (
	"context"
	"fmt"
	"time"

	"metanet/chain"
	"metanet/identity"
)

// checkIdentities holds the keys that the server shows against the chain's.
func (r *Report) checkIdentities(ctx context.Context, cfg Config, k chain.Contracts) error {
	for _, did := range cfg.Identities {
		subject := string(did)
		if did.ChainID() != k.ChainID {
			r.add(subject, "chain", False, "the identity lives on chain %d, this network on %d", did.ChainID(), k.ChainID)
			continue
		}
		id, _, err := chain.IdentityHistory(ctx, cfg.Client, k, did)
		if err != nil {
			return err
		}
		owner, keys, err := cfg.Fetcher.Keys(ctx, did)
		if err != nil {
			if err := r.served(err, subject, "keys"); err != nil {
				return err
			}
			continue
		}
		r.hold(owner == id.Owner.Checksum(), subject, "owner", False, "owner "+id.Owner.Checksum(),
			fmt.Sprintf("the chain says owner %s, the server says %s", id.Owner.Checksum(), owner))
		r.compareKeys(subject, id.Keys, keys)
	}
	return nil
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
			r.add(subject, "key", Missing, "%s, added in block %d, is not shown", name, rec.AddedBlock)
		case s.Purpose != rec.Purpose.String() || s.AddedBlock != rec.AddedBlock || !same(rec.AddedAt, &s.AddedAt):
			r.add(subject, "key", False, "%s: the chain says %s key of block %d, the server says %s key of block %d", name, rec.Purpose, rec.AddedBlock, s.Purpose, s.AddedBlock)
		case !same(rec.Expiry, s.ExpiresAt) || !same(rec.EndedAt, s.EndedAt):
			r.add(subject, "key", False, "%s: the server misstates when it ends or ended", name)
		default:
			r.add(subject, "key", Proven, "%s, %s key, added in block %d%s", name, rec.Purpose, rec.AddedBlock, ended(rec))
		}
	}
	for _, s := range shown {
		if _, extra := byKey[s.Key]; extra {
			r.add(subject, "key", False, "%s is shown and was never authorised on-chain", s.Key)
		}
	}
}

func ended(rec identity.KeyRecord) string {
	if rec.EndedAt == 0 {
		return ""
	}
	return ", ended " + at(rec.EndedAt)
}

// same compares a block time with a time that may be absent; 0 is absent.
func same(unix uint64, t *time.Time) bool {
	if unix == 0 || t == nil {
		return unix == 0 && t == nil
	}
	return t.Unix() == int64(unix)
}
