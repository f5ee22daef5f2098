package pull

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

const (
	// holeWait is how long a record that is answered may take to come by itself: replies
	// overtake what they answer.
	holeWait = 30 * time.Second
	// holesMax bounds the holes that wait; more are left to comparing.
	holesMax = 10_000
	// An identity's records are asked for once in askedFor; askedMax are remembered.
	askedFor, askedMax = 10 * time.Minute, 10_000
	// sourcesMax is how many peers are asked for one identity, sourceTime how long each
	// may take.
	sourcesMax, sourceTime = 3, time.Minute
	// asksMax is how many identities are asked for in one look: replies to what never
	// was cost their writer little.
	asksMax = 20
)

// Holes fills conversations: where a record answers one that isn't here, its author's
// records are asked for, from the author's home server before other peers. It looks at
// what is new only; what is old, comparing finds.
type Holes struct {
	Store *store.DB
	News  News
	// Author is Comparison.Author.
	Author func(ctx context.Context, from peer.ID, did identity.DID) (uint64, error)
	// Busy says whether so much comes anyhow that it isn't worth while to ask.
	Busy func() bool
	// DIDOf is who has an AT name, if that is known here.
	DIDOf func(identity.ATName) (identity.DID, bool, error)
	// Sources are whom to ask for an identity, best first.
	Sources func(ctx context.Context, did identity.DID) []peer.ID
	Logger  *slog.Logger

	holes map[hole]time.Time // since when
	asked *lru.Cache[identity.DID, time.Time]
}

// hole is a place that something here refers to.
type hole struct {
	did  identity.DID
	path record.Path
}

// Run looks for holes until ctx ends.
func (h *Holes) Run(ctx context.Context) (err error) {
	h.holes = make(map[hole]time.Time)
	if h.asked, err = lru.New[identity.DID, time.Time](askedMax); err != nil {
		return err
	}
	news, stop := h.News.Watch()
	defer stop()
	after := h.Store.LastSeq()
	look := time.NewTicker(holeWait / 2)
	defer look.Stop()
	for {
		select {
		case <-news:
			if after, err = h.note(ctx, after); err != nil && ctx.Err() == nil {
				h.Logger.Warn("conversations are not looked at", "error", err)
			}
		case <-look.C:
			h.fill(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// note looks at what was stored since.
func (h *Holes) note(ctx context.Context, after uint64) (uint64, error) {
	for ctx.Err() == nil {
		page, err := h.Store.Feed(after, store.MaxFeed)
		if err != nil || len(page) == 0 {
			return after, err
		}
		for _, s := range page {
			after = s.Seq
			if s.Buried || s.Bundle.Deletes() {
				continue
			}
			refs := record.Inspect(s.Bundle.Value)
			for _, ref := range []record.Ref{refs.Parent, refs.Root} {
				if err := h.refer(ref.URI); err != nil {
					return after, err
				}
			}
		}
	}
	return after, ctx.Err()
}

func (h *Holes) refer(uri syntax.ATURI) error {
	if uri == "" || len(h.holes) >= holesMax {
		return nil
	}
	name, err := identity.ParseATName(uri.Authority().String())
	if err != nil {
		return nil
	}
	did, ok, err := h.DIDOf(name)
	if err != nil || !ok {
		return err
	}
	at := hole{did, record.Path{Collection: uri.Collection(), Key: uri.RecordKey()}}
	open, err := h.open(at)
	if err != nil || !open {
		return err
	}
	if _, known := h.holes[at]; !known {
		h.holes[at] = time.Now()
	}
	return nil
}

// open says whether nothing was ever stored there: what is hidden or deleted is no hole.
func (h *Holes) open(at hole) (bool, error) {
	_, err := store.Records(h.Store, at.did, at.path)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// fill asks for those that have waited.
func (h *Holes) fill(ctx context.Context) {
	if h.Busy() {
		return
	}
	asks := 0
	for at, since := range h.holes {
		if time.Since(since) < holeWait || asks == asksMax {
			continue
		}
		delete(h.holes, at)
		open, err := h.open(at)
		if err != nil {
			h.Logger.Warn("a conversation is not looked at", "error", err)
		}
		if last, ok := h.asked.Get(at.did); !open || ok && time.Since(last) < askedFor {
			continue
		}
		asks++
		h.asked.Add(at.did, time.Now())
		h.ask(ctx, at)
		if ctx.Err() != nil {
			return
		}
	}
}

// ask asks one peer after the other until the hole is none any more.
func (h *Holes) ask(ctx context.Context, at hole) {
	sources := h.Sources(ctx, at.did)
	for _, p := range sources[:min(len(sources), sourcesMax)] {
		came, err := h.from(ctx, p, at.did)
		if err != nil && ctx.Err() == nil {
			h.Logger.Debug("a record that is answered was not fetched", "peer", p, "author", at.did, "error", err)
		}
		if open, err := h.open(at); err != nil || !open {
			h.Logger.Debug("a record that is answered was missing", "from", p, "author", at.did, "fetched", came)
			return
		}
	}
}

func (h *Holes) from(ctx context.Context, p peer.ID, did identity.DID) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, sourceTime)
	defer cancel()
	return h.Author(ctx, p, did)
}
