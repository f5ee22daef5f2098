package pull

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/p2p"
)

// BlockWire fetches blocks from whoever has them; *p2p.Node is one.
type BlockWire interface {
	Fetch(ctx context.Context, cids []cid.Cid, from []peer.ID, take func(blocks.Block) error) error
}

// News tells that records may refer to new blobs; *store.DB is one.
type News interface {
	Watch() (wake <-chan struct{}, stop func())
}

const (
	// fetchers is how many fetches run at once: one that waits for a blob nobody
	// has must not hold up those that are there.
	fetchers = 4
	// fetchRefs is how many blobs one fetch asks for together.
	fetchRefs = 32
	// missingPage is how many missing blobs are looked at in one step.
	missingPage = 256
	// A blob that nobody had is asked for again after firstRetry, then ever less
	// often, down to once in lastRetry.
	firstRetry, lastRetry = 5 * time.Second, time.Hour
	// maxRemembered bounds what is known of earlier attempts; forgetting costs
	// asking again.
	maxRemembered = 100_000
	// rest is for how many times as long as a look at what is missing took nothing
	// is looked at: every commit wakes, and the list may be long.
	rest = 4
)

// Blobs fetches what visible records refer to and this node doesn't hold.
type Blobs struct {
	Wire   BlockWire
	Store  *blob.Store
	News   News
	Logger *slog.Logger

	mu       sync.Mutex
	attempts map[cid.Cid]*attempt
}

type attempt struct {
	running bool
	wait    time.Duration
	next    time.Time
}

// Run fetches until ctx ends.
func (b *Blobs) Run(ctx context.Context) error {
	b.attempts = make(map[cid.Cid]*attempt)
	news, stop := b.News.Watch()
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, fetchers)
	for {
		began := time.Now()
		if err := b.start(ctx, &wg, slots); err != nil && ctx.Err() == nil {
			b.Logger.Warn("missing blobs cannot be listed", "error", err)
		}
		select {
		case <-time.After(min(rest*time.Since(began), firstRetry)):
		case <-ctx.Done():
			return nil
		}
		select {
		case <-news:
		case <-time.After(firstRetry):
		case <-ctx.Done():
			return nil
		}
	}
}

// start hands what is missing and due to the fetchers.
func (b *Blobs) start(ctx context.Context, wg *sync.WaitGroup, slots chan struct{}) error {
	after := cid.Undef
	for {
		refs, err := b.Store.Missing(ctx, after, missingPage)
		if err != nil || len(refs) == 0 {
			return err
		}
		after = refs[len(refs)-1].CID
		// What there is no room for stays missing until there is.
		refs = slices.DeleteFunc(refs, func(ref record.BlobRef) bool { return !b.Store.Accepts(ref.Size) })
		for due := b.claim(refs, time.Now()); len(due) > 0; {
			n := min(fetchRefs, len(due))
			part := due[:n]
			due = due[n:]
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			wg.Go(func() {
				defer func() { <-slots }()
				b.fetch(ctx, claimsOf(part))
				b.release(ctx, part, time.Now())
			})
		}
	}
}

// wanted is one missing blob, with all that records say of it: one may lie, and
// another's be true.
type wanted struct {
	cid    cid.Cid
	claims []record.BlobRef
}

// claim picks the blobs that are due, and marks them as being fetched. Those that
// were never asked for come first, lest many that nobody has hold them up.
func (b *Blobs) claim(refs []record.BlobRef, now time.Time) []wanted {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.attempts) > maxRemembered {
		maps.DeleteFunc(b.attempts, func(_ cid.Cid, a *attempt) bool { return !a.running })
	}
	var fresh, again []wanted
	for len(refs) > 0 { // the claims about one blob follow each other
		c, n := refs[0].CID, 1
		for n < len(refs) && refs[n].CID == c {
			n++
		}
		w := wanted{c, refs[:n]}
		refs = refs[n:]
		a := b.attempts[c]
		switch {
		case a == nil:
			a = &attempt{}
			b.attempts[c] = a
			fresh = append(fresh, w)
		case a.running || now.Before(a.next):
			continue
		default:
			again = append(again, w)
		}
		a.running = true
	}
	return append(fresh, again...)
}

// release ends the attempts; what is still missing waits longer than before.
func (b *Blobs) release(ctx context.Context, blobs []wanted, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range blobs {
		a := b.attempts[w.cid]
		if _, err := b.Store.Stat(ctx, w.cid); err == nil {
			delete(b.attempts, w.cid)
			continue
		}
		a.running = false
		a.wait = min(max(firstRetry, 2*a.wait), lastRetry)
		a.next = now.Add(a.wait)
	}
}

func claimsOf(blobs []wanted) (claims []record.BlobRef) {
	for _, w := range blobs {
		claims = append(claims, w.claims...)
	}
	return claims
}

// fetch gets several blobs. A large one comes in rounds: its root tells which
// blocks are needed next.
func (b *Blobs) fetch(ctx context.Context, claims []record.BlobRef) {
	err := (&haul{b, claims, make(map[record.BlobRef]bool)}).run(ctx)
	if err != nil && ctx.Err() == nil {
		b.Logger.Warn("blobs not fetched", "error", err)
	}
}

// haul is one fetch.
type haul struct {
	*Blobs
	claims []record.BlobRef
	over   map[record.BlobRef]bool // those of claims that proved false, or whose blocks nobody has
}

// run ends because each round brings blocks that weren't there, or ends a claim.
func (h *haul) run(ctx context.Context) error {
	for {
		// Not only what comes now makes a blob whole: its blocks may have been left
		// by an attempt that was cut short, or belong to another blob, too.
		need, err := h.adopt(ctx, h.claims)
		if err != nil || len(need) == 0 {
			return err
		}
		var missing *p2p.MissingError
		switch err := h.round(ctx, need); {
		case errors.As(err, &missing) && ctx.Err() == nil:
			for _, c := range missing.CIDs {
				for _, claim := range need[c] {
					h.over[claim] = true
				}
			}
		case err != nil:
			return err
		}
	}
}

// round fetches blocks, and adopts each blob when the last that it needs of them
// has come: others may never come.
func (h *haul) round(ctx context.Context, need map[cid.Cid][]record.BlobRef) error {
	left := make(map[record.BlobRef]int)
	for _, claims := range need {
		for _, claim := range claims {
			left[claim]++
		}
	}
	return h.Wire.Fetch(ctx, slices.Collect(maps.Keys(need)), nil, func(block blocks.Block) error {
		if err := h.Store.Blockstore().Put(ctx, block); err != nil {
			return err
		}
		var whole []record.BlobRef
		for _, claim := range need[block.Cid()] {
			if left[claim]--; left[claim] == 0 {
				whole = append(whole, claim)
			}
		}
		_, err := h.adopt(ctx, whole)
		return err
	})
}

// adopt takes the blobs whose blocks are all here, and answers which blocks the
// others need, with the claims that need them.
func (h *haul) adopt(ctx context.Context, claims []record.BlobRef) (map[cid.Cid][]record.BlobRef, error) {
	need := make(map[cid.Cid][]record.BlobRef)
	for _, claim := range claims {
		if _, err := h.Store.Stat(ctx, claim.CID); err == nil || h.over[claim] {
			continue // adopted by another claim, or uploaded here meanwhile
		}
		want, err := h.Store.Want(ctx, claim)
		if err == nil && len(want) == 0 {
			_, err = h.Store.Adopt(ctx, claim)
		}
		switch {
		case err != nil && isOurs(err):
			return nil, err
		case err != nil:
			h.over[claim] = true
			h.Logger.Debug("a blob is not what a record says", "cid", claim.CID, "error", err)
			continue
		}
		for _, c := range want {
			need[c] = append(need[c], claim)
		}
	}
	return need, nil
}

// isOurs tells this node's own trouble from a stranger's false claim. (Blocks that
// were swept in between are had at the next attempt.)
func isOurs(err error) bool {
	for _, theirs := range []error{blob.ErrMismatch, blob.ErrTooLarge, blob.ErrInvalidCID, blob.ErrIncomplete, blob.ErrFull} {
		if errors.Is(err, theirs) {
			return false
		}
	}
	return true
}
