// Package resign brings back what a person wrote under keys that have ended.
//
// A record counts while the key that signed it lives (identity.Count). When the
// key ends without having been stolen (the home server changed, a new owner took
// the identity over, its time ran out), its records are kept and hidden at every
// node, and the person may stand by them: each such path is written again, with
// the same value and so the same CID, under a key that lives. Tombstones are
// written again, too: else what they deleted would come back.
//
// It is the one mechanism for all of these cases. What differs is which keys'
// records the person stands by, and since when; the caller says so, because it
// alone knows whether a key was stolen. Nothing received after a key's end is
// brought back unless the caller names it: whoever held the key (an old home
// server, say) can go on signing with it and put earlier times on it.
//
// A rewritten record's rev follows from the old one's and from when the living
// key was added, not from the clock: doing the work twice, or again after a crash,
// makes the same bytes; and what the person wrote meanwhile, with any other key,
// is later and stays.
//
// The package knows the store and the door. It knows neither the chain nor HTTP,
// keeps nothing, and starts no goroutine.
package resign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
)

// page is how many paths are looked at, and at most written, in one step.
const page = 256

// Door is where records enter; *ingest.Door is it.
type Door interface {
	Submit(ctx context.Context, candidates []ingest.Candidate) ([]ingest.Result, error)
}

// Stand is an ended key whose records the person stands by, as far as this node
// received them before a time.
type Stand struct {
	Key    identity.Key
	Before time.Time
}

// Lapsed are the keys that ended without their owner having revoked them, each
// with its end as the time before which its records are trusted. A caller picks
// among them: a thief's key, too, lapses with the owner epoch.
func Lapsed(keys []identity.KeyRecord, now time.Time) (stands []Stand) {
	for _, k := range keys {
		end, ends := k.End()
		if ends && !k.Revoked && !k.Live(now) {
			stands = append(stands, Stand{k.Key, time.Unix(int64(min(end, 1<<40)), 0)})
		}
	}
	return stands
}

// Job is one identity's records to be brought back.
type Job struct {
	DID    identity.DID
	Stands []Stand
	// Signer is a key of the identity that lives, and AddedAt when the chain added it.
	Signer  record.Signer
	AddedAt time.Time
}

func (j Job) stands() map[identity.Key]time.Time {
	stands := make(map[identity.Key]time.Time, len(j.Stands))
	for _, s := range j.Stands {
		stands[s.Key] = s.Before
	}
	return stands
}

// Progress counts paths.
type Progress struct {
	Seen    int `json:"seen"`    // looked at
	Signed  int `json:"signed"`  // written again
	Late    int `json:"late"`    // hidden still: the highest came too late to be trusted
	Refused int `json:"refused"` // the door didn't take them
}

// Resigner does jobs. All fields are required.
type Resigner struct {
	Store   store.Reader
	Door    Door
	Network identity.Network
	Skew    time.Duration // identity.Params.Skew
}

// Run looks at every path of the identity once and writes again what must be. It
// may be called any number of times; report, if set, hears of each step.
func (r *Resigner) Run(ctx context.Context, job Job, report func(Progress)) (p Progress, err error) {
	stands := job.stands()
	for after := (record.Path{}); ; {
		again, last, err := r.look(job, stands, after, &p)
		if err != nil {
			return p, err
		}
		if err := r.write(ctx, job, &p, again); err != nil {
			return p, err
		}
		if report != nil {
			report(p)
		}
		if last == (record.Path{}) || ctx.Err() != nil {
			return p, ctx.Err()
		}
		after = last
	}
}

// Bring does the same for records out of an archive that the person vouches for:
// a copy that they kept, or that was taken before the key ended. It helps where
// the store has lost them, because whoever still held the key signed something
// later. Each must be the identity's, rightly signed by one of the Stands' keys,
// whatever their times say; others are refused. What counts and was written later
// stays. Run comes after it, for the paths that are not in the archive.
func (r *Resigner) Bring(ctx context.Context, job Job, archive []*record.Bundle) (p Progress, err error) {
	stands := job.stands()
	newest := make(map[record.Path]*record.Bundle)
	for _, b := range archive {
		p.Seen++
		if _, stood := stands[b.Key]; !stood || b.DID != job.DID || b.Verify(r.Network) != nil {
			p.Refused++
		} else if n := newest[b.Path]; n == nil || record.Compare(b, n) > 0 {
			newest[b.Path] = b
		}
	}
	var again []*record.Bundle
	for _, b := range newest {
		state, err := store.Records(r.Store, job.DID, b.Path)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return p, fmt.Errorf("resign: %w", err)
		}
		switch best, _ := trusted(state, stands); {
		case best == nil || record.Compare(b, best.Bundle) > 0:
			again = append(again, b)
		case !best.Standing.Counts():
			again = append(again, best.Bundle)
		}
	}
	for part := range slices.Chunk(again, page) {
		if err := r.write(ctx, job, &p, part); err != nil {
			return p, err
		}
	}
	return p, ctx.Err()
}

// look decides about one page of paths; last is the zero Path at the end.
func (r *Resigner) look(job Job, stands map[identity.Key]time.Time, after record.Path, p *Progress) (again []*record.Bundle, last record.Path, err error) {
	seen := 0
	err = store.States(r.Store, job.DID, after, func(state []store.Stored) (bool, error) {
		seen++
		best, late := trusted(state, stands)
		if best != nil && !best.Standing.Counts() {
			again = append(again, best.Bundle)
		}
		if late {
			p.Late++
		}
		if seen == page {
			last = state[0].Bundle.Path
		}
		return seen < page, nil
	})
	if err != nil {
		return nil, last, fmt.Errorf("resign: %w", err)
	}
	p.Seen += seen
	return again, last, nil
}

// trusted is the highest record of a path among those that count and those that
// the person stands by. late reports whether a higher one is hidden only because
// it came too late.
func trusted(state []store.Stored, stands map[identity.Key]time.Time) (best *store.Stored, late bool) {
	var tardy *store.Stored
	for i := range state {
		s := &state[i]
		if s.Standing == identity.Withheld {
			continue // deleted with its account, or blocked: not to be brought back by a new signature
		}
		before, stood := stands[s.Bundle.Key]
		switch {
		case s.Standing.Counts(), stood && s.Received.Before(before):
			best = higher(best, s)
		case stood:
			tardy = higher(tardy, s)
		}
	}
	return best, tardy != nil && higher(best, tardy) == tardy
}

func higher(a, b *store.Stored) *store.Stored {
	if a == nil || record.Compare(b.Bundle, a.Bundle) > 0 {
		return b
	}
	return a
}

// write signs records again and takes them through the door, as brought in from
// elsewhere: nobody is told of them a second time.
func (r *Resigner) write(ctx context.Context, job Job, p *Progress, again []*record.Bundle) error {
	if len(again) == 0 {
		return nil
	}
	candidates := make([]ingest.Candidate, len(again))
	for i, old := range again {
		b, err := record.Sign(r.Network, job.DID, old.Path, r.rev(old.Rev, job.AddedAt), old.Value, job.Signer)
		if err != nil {
			return fmt.Errorf("resign: %w", err)
		}
		candidates[i] = ingest.Candidate{Origin: ingest.Import, From: "resign", Bundle: b}
	}
	results, err := r.Door.Submit(ctx, candidates)
	if err != nil {
		return fmt.Errorf("resign: %w", err)
	}
	for _, res := range results {
		if res.Status == ingest.Refused {
			p.Refused++
		} else {
			p.Signed++
		}
	}
	return nil
}

// rev is the microsecond after the old one, or, if that is before the living key
// may speak, the first second in which it may: as early as possible, so that all
// that was written since stands above it.
func (r *Resigner) rev(old syntax.TID, addedAt time.Time) syntax.TID {
	next := syntax.NewTIDFromInteger(old.Integer() + 1<<10) // ten bits are the clock's id
	if first := syntax.NewTIDFromTime(addedAt.Add(time.Second-r.Skew), 0); next < first {
		return first
	}
	return next
}
