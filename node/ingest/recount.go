package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// takeDue is how many waiting records one Tick tries at a time.
const takeDue = 512

// Recount judges an identity's records anew, after the chain has shown a change
// of it (a rollback included): what a key that ended has signed is hidden, what
// a key that came back has signed appears, and records that waited for a key
// come through the door again.
func (d *Door) Recount(ctx context.Context, did identity.DID) error {
	if err := d.write(ctx, &request{recount: did}); err != nil {
		return err
	}
	waiting, err := d.cfg.Store.Take(ctx, did, d.cfg.Now())
	if err != nil {
		return err
	}
	return d.again(ctx, waiting)
}

// recountNow runs in the writer's goroutine, behind all writes that may have seen
// the identity's former state.
func (d *Door) recountNow(ctx context.Context, did identity.DID) error {
	d.recent.forget(did)
	now := d.cfg.Now()
	if err := d.lookForDeparture(ctx, did, now); err != nil {
		return err
	}
	var failed error
	live := make(map[identity.Key]identity.KeyRecord)
	err := d.cfg.Store.Recount(ctx, did, func(b *record.Bundle) identity.Standing {
		key, standing, _, err := d.standing(ctx, &b.Envelope, now)
		failed = errors.Join(failed, err)
		withheld, err := d.withheld(ctx, &b.Envelope)
		failed = errors.Join(failed, err)
		if withheld != 0 {
			return identity.Withheld
		}
		switch standing {
		case identity.Provisional:
			live[key.Key] = key
		case identity.NotYet:
			// A rollback took the key's authorisation away. What is stored stays,
			// hidden, until the chain shows the key again.
			return identity.Unproven
		}
		return standing
	})
	for _, key := range live { // its expiry may have been renewed
		failed = errors.Join(failed, d.expiries.note(did, key))
	}
	return errors.Join(err, failed)
}

// Tick does what the passing of time makes due: records from the future whose
// time has come, identities one of whose keys has expired, departures and deletions
// that nobody has taken back in time.
func (d *Door) Tick(ctx context.Context) error {
	for {
		due, err := d.cfg.Store.TakeDue(ctx, d.cfg.Now(), takeDue)
		if err != nil {
			return err
		}
		if err := d.again(ctx, due); err != nil {
			return err
		}
		if len(due) < takeDue {
			break
		}
	}
	_, err := d.cfg.Store.EraseBuried(ctx, d.cfg.Now().Add(-SettleAfter))
	return errors.Join(d.expire(ctx), d.settleDue(ctx), err)
}

func (d *Door) expire(ctx context.Context) error {
	expired, err := d.expiries.due(d.cfg.Now())
	if err != nil || len(expired) == 0 {
		return err
	}
	for _, entry := range expired {
		did, err := identity.ParseDID(string(entry[8:]))
		if err != nil {
			return fmt.Errorf("%w: expiry of %q: %w", store.ErrCorrupt, entry[8:], err)
		}
		if err := d.Recount(ctx, did); err != nil {
			return err
		}
	}
	return d.expiries.space.Apply(nil, expired)
}

// again submits records that have waited, and forgets those that can wait no more.
func (d *Door) again(ctx context.Context, bundles []*record.Bundle) error {
	if len(bundles) == 0 {
		return nil
	}
	candidates := make([]Candidate, len(bundles))
	for i, b := range bundles {
		candidates[i] = Candidate{Origin: Sync, From: poolSource, Bundle: b}
	}
	results, err := d.Submit(ctx, candidates)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Status == Waiting || r.Status == Admitted {
			continue // Commit has taken it out of the pool, or it waits on
		}
		if err := d.cfg.Store.Forget(ctx, bundles[i]); err != nil {
			return err
		}
	}
	return nil
}

// expiries remembers when the keys of visible records expire, since no event on
// the chain will tell. An entry is 8 bytes of big-endian Unix seconds and the DID.
type expiries struct {
	space *store.Space
	known map[string]struct{} // entries written by this process; the writer's own
}

// maxKnown bounds expiries.known; forgetting only costs writing entries again.
const maxKnown = 1 << 16

func newExpiries(space *store.Space) *expiries {
	return &expiries{space, make(map[string]struct{})}
}

// note makes sure that did is counted again once key has expired. It is durable
// before the records that need it are.
func (e *expiries) note(did identity.DID, key identity.KeyRecord) error {
	if key.Expiry == 0 {
		return nil
	}
	entry := string(binary.BigEndian.AppendUint64(nil, key.Expiry)) + string(did)
	if _, ok := e.known[entry]; ok {
		return nil
	}
	if err := e.space.Put([]byte(entry), nil); err != nil {
		return fmt.Errorf("ingest: expiry: %w", err)
	}
	if len(e.known) >= maxKnown {
		clear(e.known)
	}
	e.known[entry] = struct{}{}
	return nil
}

var errStop = errors.New("stop")

// due lists the entries whose time has come, earliest first.
func (e *expiries) due(now time.Time) (entries [][]byte, err error) {
	err = e.space.Scan(nil, func(entry, _ []byte) error {
		if len(entry) < 8 || binary.BigEndian.Uint64(entry) > uint64(now.Unix()) {
			return errStop
		}
		entries = append(entries, bytes.Clone(entry))
		return nil
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return entries, err
}
