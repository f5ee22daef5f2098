package carry

import (
	"context"
	"errors"
	"fmt"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
)

// Value is a value from elsewhere and the path it is to have.
type Value struct {
	Path  record.Path
	Value []byte
}

// Kept is what became of a Value. Bundle is the record that is here under its path
// now, if one was made or was there.
type Kept struct {
	Bundle *record.Bundle
	ingest.Result
}

// Put signs values with the identity's hosted key and takes them through the door.
// What is here already is a Duplicate; what the person has written or deleted there
// since, by whatever means, is not replaced: Superseded.
func (c *Carrier) Put(ctx context.Context, did identity.DID, values []Value) ([]Kept, error) {
	signer, err := c.cfg.Hosted.Signer(ctx, did)
	if err != nil {
		return nil, err
	}
	if err := c.bindFirst(ctx, did, signer); err != nil {
		return nil, err
	}
	kept := make([]Kept, len(values))
	var candidates []ingest.Candidate
	var at []int
	for i, v := range values {
		there, status, err := c.present(did, v)
		if err != nil {
			return nil, err
		}
		if status != 0 {
			kept[i] = Kept{there, ingest.Result{ID: there.ID, Status: status}}
			continue
		}
		b, err := record.Sign(c.cfg.Network, did, v.Path, c.rev(there), v.Value, signer)
		if err != nil {
			kept[i].Result = ingest.Result{Status: ingest.Refused, Err: err}
			continue
		}
		kept[i].Bundle = b
		candidates, at = append(candidates, ingest.Candidate{Origin: ingest.Import, From: string(did), Bundle: b}), append(at, i)
	}
	if len(candidates) == 0 {
		return kept, nil
	}
	results, err := c.cfg.Door.Submit(ctx, candidates)
	if err != nil {
		return nil, err
	}
	for j, r := range results {
		kept[at[j]].Result = r
	}
	return kept, nil
}

// present is the record that decides about a value's path: the highest that counts.
// status is zero if the value is to be written, over that record if there is one.
func (c *Carrier) present(did identity.DID, v Value) (b *record.Bundle, status ingest.Status, err error) {
	top, err := c.top(did, v.Path)
	switch {
	case err != nil || top == nil:
		return nil, 0, err
	case !top.Bundle.Deletes() && top.Bundle.CID == record.Sum(v.Value):
		return top.Bundle, ingest.Duplicate, nil
	case top.Bundle.Deletes() || top.Flags&store.FlagImported == 0:
		return top.Bundle, ingest.Superseded, nil
	}
	return top.Bundle, 0, nil // an earlier import's: an archive may be newer
}

// top is the highest record of a path that counts, a tombstone included; nil if
// there is none.
func (c *Carrier) top(did identity.DID, path record.Path) (best *store.Stored, err error) {
	state, err := store.Records(c.cfg.Store, did, path)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("carry: %w", err)
	}
	for i := range state {
		if s := &state[i]; s.Standing.Counts() && (best == nil || record.Compare(s.Bundle, best.Bundle) > 0) {
			best = s
		}
	}
	return best, nil
}

// rev is now, or just after what it replaces.
func (c *Carrier) rev(over *record.Bundle) syntax.TID {
	now := c.cfg.Clock.Next()
	if over == nil || now > over.Rev {
		return now
	}
	return syntax.NewTIDFromInteger(over.Rev.Integer() + 1<<10) // the next microsecond: ten bits are the clock's id
}

// bindFirst puts the record that ties the AT name to the identity, if there is
// none yet: without it nobody knows whose the others are.
func (c *Carrier) bindFirst(ctx context.Context, did identity.DID, signer record.Signer) error {
	_, err := store.Record(c.cfg.Store, did, record.ATNamePath)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	_, binding, err := c.cfg.Accounts.Binding(ctx, did)
	if err != nil {
		return err
	}
	b, err := record.Sign(c.cfg.Network, did, record.ATNamePath, c.cfg.Clock.Next(), binding, signer)
	if err != nil {
		return fmt.Errorf("carry: %w", err)
	}
	results, err := c.cfg.Door.Submit(ctx, []ingest.Candidate{{Origin: ingest.Local, From: string(did), Bundle: b}})
	if err != nil {
		return err
	}
	return results[0].Err
}
