package ingest

import (
	"context"
	"errors"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/quota"
)

// admit asks the chain and the clock about a candidate whose bytes are sound.
// It runs in the writer's goroutine: a key that ends is recounted behind the
// writes already queued, so no record is admitted on a key's stale state.
// It returns nil for a candidate that is decided already.
func (d *Door) admit(ctx context.Context, c *checked, now time.Time, book *quota.Book) (*store.Admission, error) {
	if c.decided() {
		return nil, nil
	}
	withheld, err := d.withheld(ctx, &c.Bundle.Envelope)
	if err != nil {
		return nil, err
	}
	c.withheld = withheld != 0
	switch {
	case withheld == byBlock:
		c.decide(refuse(d.cfg.Blocks.Blocked(ctx, c.Bundle.DID, c.Bundle.Path), false))
		return nil, nil
	case withheld != 0 && c.Origin.ours():
		c.decide(refuse(ErrLeft, false))
		return nil, nil
	case withheld == byDepartureSettled:
		c.decide(Result{Status: Superseded})
		return nil, nil
	}
	rev := c.Bundle.Rev.Time()
	if rev.After(now.Add(d.cfg.Params.Skew)) {
		d.notYet(c, wrapf(ErrFutureRev, "%s, now is %s", rev.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339)), now)
		return nil, nil
	}
	key, standing, reason, err := d.standing(ctx, &c.Bundle.Envelope, now)
	if err != nil {
		return nil, err
	}
	switch {
	case standing == identity.Provisional:
		if err := d.expiries.note(c.Bundle.DID, key); err != nil {
			return nil, err
		}
	case standing == identity.NotYet:
		d.notYet(c, reason, now)
		return nil, nil
	case standing == identity.Unproven && c.Origin.ours():
		c.decide(refuse(reason, false))
		return nil, nil
	}
	if c.Origin.ours() {
		if err := d.afford(c, book); err != nil || c.decided() {
			return nil, err
		}
	}
	if withheld != 0 {
		standing = identity.Withheld
	}
	return &store.Admission{
		Bundle: c.Bundle, Standing: standing, Flags: c.flags, Received: now, Local: c.Origin.ours(),
	}, nil
}

// afford refuses what is over a quota of the author's, unless this very record is
// stored already: sending it again costs nothing, and is told so.
func (d *Door) afford(c *checked, book *quota.Book) error {
	err := book.Admit(c.Bundle, c.Origin == Import)
	var over *quota.Exceeded
	if !errors.As(err, &over) {
		return err
	}
	state, err := store.Records(d.cfg.Store, c.Bundle.DID, c.Bundle.Path)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, s := range state {
		if s.Bundle.ID == c.Bundle.ID {
			return nil
		}
	}
	c.decide(refuse(over, false))
	return nil
}

// notYet lets a stranger's record wait, within what its source may, and tells a
// local writer at once.
func (d *Door) notYet(c *checked, reason error, now time.Time) {
	switch {
	case c.Origin.ours():
		c.decide(refuse(reason, false))
	case c.From != poolSource && !d.waits.allow(c.From, now):
		// Nobody's fault in bytes: the source may only have followed the chain further.
		c.decide(refuse(wrapf(ErrWaitingFull, "%v", reason), false))
	default:
		c.decide(wait(reason))
	}
}

// standing applies the rule of counting (identity.Count) to what the chain says
// of the record's key, and names the reason when the record doesn't count.
func (d *Door) standing(ctx context.Context, e *record.Envelope, now time.Time) (key identity.KeyRecord, s identity.Standing, reason, err error) {
	key, known, err := d.cfg.Keys.Key(ctx, e.DID, e.Key)
	if err != nil {
		return key, s, nil, err
	}
	rev := e.Rev.Time()
	s = identity.Count(key, known, rev, nil, now, d.cfg.Params)
	switch {
	case s == identity.Unproven:
		reason = wrapf(ErrEndedKey, "%s", e.Key)
	case s == identity.NotYet && !known:
		reason = wrapf(ErrUnknownKey, "%s for %s", e.Key, e.DID)
	case s == identity.NotYet:
		added := time.Unix(int64(key.AddedAt), 0).UTC()
		reason = wrapf(ErrEarlyRev, "%s, key added %s", rev.UTC().Format(time.RFC3339), added.Format(time.RFC3339))
	}
	return key, s, reason, nil
}
