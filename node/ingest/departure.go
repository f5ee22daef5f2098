package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// SettleAfter is how long a departure must have counted at this node before what
// it hides is erased: so long the owner of a stolen key has to revoke it and have
// everything back. It is longer than any chain's finality.
const SettleAfter = 7 * 24 * time.Hour

// endOfTime is the highest TID: a deactivated identity has left with all that it
// could ever sign.
const endOfTime = syntax.TID("jzzzzzzzzzzzz")

// withholding says why a record is to be shown and given to nobody.
type withholding uint8

const (
	byBlock            withholding = iota + 1 // the operator's
	byDeparture                               // the author has left; it may yet prove a thief's doing
	byDepartureSettled                        // the author has left, and the record is erased or will be
)

// departure is what this node knows of an identity that has left.
type departure struct {
	Cut     syntax.TID `json:"cut,omitempty"`     // highest rev of a departure that counts now
	Since   time.Time  `json:"since,omitzero"`    // when this node learnt of that
	Settled syntax.TID `json:"settled,omitempty"` // up to here it is for good, whatever becomes of the keys
}

// departures keeps, in a space of its own:
//
//	d did          → departure (JSON)
//	p did          → empty: a departure was about to be stored; look at it
//	t seconds did  → empty: settle that departure at that time
//
// d holds what cannot be rebuilt once records are erased.
type departures struct{ space *store.Space }

func departureKey(kind byte, did identity.DID) []byte { return append([]byte{kind}, did...) }

func settleKey(at time.Time, did identity.DID) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{'t'}, uint64(max(at.Unix(), 0))), did...)
}

func (l *departures) of(did identity.DID) (d departure, err error) {
	b, found, err := l.space.Get(departureKey('d', did))
	if err != nil || !found {
		return d, err
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return d, fmt.Errorf("%w: departure of %s: %w", store.ErrCorrupt, did, err)
	}
	return d, nil
}

// withheld says whether a record is to be kept from people, and why. A departure
// withholds what was signed not after it: the cut is a maximum over the author's
// departures, so it doesn't matter in which order they and the records come.
func (d *Door) withheld(ctx context.Context, e *record.Envelope) (withholding, error) {
	if d.cfg.Blocks != nil {
		if err := d.cfg.Blocks.Blocked(ctx, e.DID, e.Path); errors.Is(err, ErrBlocked) {
			return byBlock, nil
		} else if err != nil {
			return 0, err
		}
	}
	if e.Path == record.DeparturePath {
		return 0, nil // it counts as its own key does
	}
	left, err := d.left.of(e.DID)
	switch {
	case err != nil:
		return 0, err
	case e.Rev <= left.Settled:
		return byDepartureSettled, nil
	case e.Rev <= left.Cut:
		return byDeparture, nil
	}
	return 0, nil
}

// noteDepartures marks, durably, who is about to leave by these admissions: a crash
// between them and what follows is made good by resume.
func (d *Door) noteDepartures(admissions []store.Admission) error {
	marks := make(map[string][]byte)
	for _, a := range admissions {
		if a.Bundle.Path == record.DeparturePath {
			marks[string(departureKey('p', a.Bundle.DID))] = nil
		}
	}
	if len(marks) == 0 {
		return nil
	}
	return d.left.space.Apply(marks, nil)
}

// depart hides what those who have newly left leave behind. A departure that comes
// again costs nothing more.
func (d *Door) depart(ctx context.Context, admissions []store.Admission, outcomes []store.Outcome) error {
	for i, a := range admissions {
		if a.Bundle.Path != record.DeparturePath {
			continue
		}
		if outcomes[i].Status == store.OutcomeStored {
			if err := d.recountNow(ctx, a.Bundle.DID); err != nil {
				return err
			}
		}
		if err := d.left.space.Delete(departureKey('p', a.Bundle.DID)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Door) resume(ctx context.Context) error {
	var leavers []identity.DID
	err := d.left.space.Scan([]byte{'p'}, func(key, _ []byte) error {
		leavers = append(leavers, identity.DID(key[1:]))
		return nil
	})
	if err != nil {
		return err
	}
	for _, did := range leavers {
		if err := d.recountNow(ctx, did); err != nil {
			return err
		}
		if err := d.left.space.Delete(departureKey('p', did)); err != nil {
			return err
		}
	}
	return nil
}

// lookForDeparture notes the highest departure of an identity that counts, by the
// same rule as all that its keys sign, and when it will be for good.
func (d *Door) lookForDeparture(ctx context.Context, did identity.DID, now time.Time) error {
	was, err := d.left.of(did)
	if err != nil {
		return err
	}
	is, err := d.departureNow(ctx, did, now, was)
	if err != nil || is == was {
		return err
	}
	return d.left.put(did, is)
}

func (d *Door) departureNow(ctx context.Context, did identity.DID, now time.Time, was departure) (is departure, err error) {
	is.Settled = was.Settled
	if d.cfg.Deactivated != nil {
		if gone, err := d.cfg.Deactivated(ctx, did); err != nil {
			return is, err
		} else if gone {
			is.Cut, is.Since = endOfTime, now.UTC().Truncate(time.Second)
			if was.Cut == endOfTime {
				is.Since = was.Since
			}
			return is, nil
		}
	}
	var failed error
	cut, since, err := store.NewestUnder(d.cfg.Store, did, record.DeparturePath, func(s *store.Stored) bool {
		_, standing, _, err := d.standing(ctx, &s.Bundle.Envelope, now)
		failed = errors.Join(failed, err)
		return standing.Counts()
	})
	if err = errors.Join(err, failed); err == nil && since != nil {
		is.Cut, is.Since = cut, since.Received.UTC().Truncate(time.Second)
	}
	return is, err
}

// put writes what is known, and when to settle it.
func (l *departures) put(did identity.DID, is departure) error {
	b, err := json.Marshal(is)
	if err != nil {
		return err
	}
	puts := map[string][]byte{string(departureKey('d', did)): b}
	if is.Cut > is.Settled {
		puts[string(settleKey(is.Since.Add(SettleAfter), did))] = nil
	}
	return l.space.Apply(puts, nil)
}

// settling asks the writer to make a departure final if it counts since before.
type settling struct {
	before time.Time
	cut    syntax.TID // the answer: what is settled, "" if nothing is
}

func (l *departures) settle(did identity.DID, s *settling) error {
	is, err := l.of(did)
	if err != nil {
		return err
	}
	if is.Cut > is.Settled && !is.Since.After(s.before) {
		is.Settled = is.Cut
		if err := l.put(did, is); err != nil {
			return err
		}
	}
	s.cut = is.Settled
	return nil
}

// Leave makes an identity's departure final now, if one counts: what it hides is
// erased from this node, blobs, log and tables included, and never taken again.
// It is for the home server, which has seen the owner's will; others wait for
// SettleAfter. If it fails midway, Tick finishes it.
func (d *Door) Leave(ctx context.Context, did identity.DID) error {
	now := d.cfg.Now()
	if err := d.left.space.Put(settleKey(now, did), nil); err != nil {
		return err
	}
	done, err := d.settle(ctx, did, now)
	if err == nil && !done {
		return fmt.Errorf("%w: no departure of %s counts", ErrDeparture, did)
	}
	if err != nil {
		return err
	}
	return d.left.space.Delete(settleKey(now, did))
}

// settle makes final what counts since before, and erases what is final.
func (d *Door) settle(ctx context.Context, did identity.DID, before time.Time) (done bool, err error) {
	s := &settling{before: before}
	if err := d.write(ctx, &request{recount: did, settle: s}); err != nil || s.cut == "" {
		return false, err
	}
	return true, d.erase(ctx, did, s.cut)
}

// erase removes what lies under a settled cut. Blobs go first, while the records
// still tell which: whatever the moment of a crash, doing it again does the rest.
func (d *Door) erase(ctx context.Context, did identity.DID, cut syntax.TID) error {
	under := func(b *record.Bundle) bool { return b.Path != record.DeparturePath && b.Rev <= cut }
	var blobs []cid.Cid
	err := store.Bundles(d.cfg.Store, did, func(b *record.Bundle) error {
		if under(b) && b.Value != nil {
			for _, ref := range record.Inspect(b.Value).Blobs {
				blobs = append(blobs, ref.CID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var deleted []store.Key
	if d.cfg.Blobs != nil {
		if deleted, err = d.cfg.Blobs.Purge(ctx, did, blobs); err != nil {
			return err
		}
	}
	if err := d.cfg.Store.Erase(ctx, did, under); err != nil {
		return err
	}
	waiting, err := d.cfg.Store.Take(ctx, did, d.cfg.Now())
	if err != nil {
		return err
	}
	if err := d.again(ctx, waiting); err != nil {
		return err
	}
	return d.cfg.Store.Scrub(ctx, did, deleted...)
}

// settleDue settles the departures whose time has come.
func (d *Door) settleDue(ctx context.Context) error {
	now := d.cfg.Now()
	var due [][]byte
	err := d.left.space.Scan([]byte{'t'}, func(key, _ []byte) error {
		if len(key) < 9 || binary.BigEndian.Uint64(key[1:]) > uint64(now.Unix()) {
			return errStop
		}
		due = append(due, bytes.Clone(key))
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return err
	}
	for _, key := range due {
		if _, err := d.settle(ctx, identity.DID(key[9:]), now.Add(-SettleAfter)); err != nil {
			return err
		}
		if err := d.left.space.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
