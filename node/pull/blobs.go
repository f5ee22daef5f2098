package pull

import (
	"context"
	"errors"
	"log/slog"
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
		if err := b.start(ctx, &wg, slots); err != nil && ctx.Err() == nil {
			b.Logger.Warn("missing blobs cannot be listed", "error", err)
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
		for due := b.claim(refs, time.Now()); len(due) > 0; {
			n := min(fetchRefs, len(due))
			part := due[:n]
			due = due[n:]
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				b.release(append(part, due...), time.Now())
				return ctx.Err()
			}
			wg.Go(func() {
				defer func() { <-slots }()
				b.fetch(ctx, part)
				b.release(part, time.Now())
			})
		}
	}
}

// claim picks the references that are due, and marks them as being fetched.
func (b *Blobs) claim(refs []record.BlobRef, now time.Time) (due []record.BlobRef) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.attempts) > maxRemembered {
		clear(b.attempts)
	}
	for _, ref := range refs {
		a := b.attempts[ref.CID]
		if a == nil {
			a = &attempt{}
			b.attempts[ref.CID] = a
		}
		if a.running || now.Before(a.next) {
			continue
		}
		a.running = true
		due = append(due, ref)
	}
	return due
}

// release ends the attempts; what is still missing waits longer than before.
func (b *Blobs) release(refs []record.BlobRef, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ref := range refs {
		if a := b.attempts[ref.CID]; a != nil {
			a.running = false
			a.wait = min(max(firstRetry, 2*a.wait), lastRetry)
			a.next = now.Add(a.wait)
		}
	}
}

// fetch gets several blobs. A large one comes in rounds: its root tells which
// blocks are needed next.
func (b *Blobs) fetch(ctx context.Context, refs []record.BlobRef) {
	for {
		wanted := make(map[cid.Cid][]record.BlobRef)
		var cids []cid.Cid
		for _, ref := range refs {
			want, err := b.Store.Want(ctx, ref)
			if err != nil {
				b.Logger.Debug("a blob cannot be had as its record describes it", "cid", ref.CID, "error", err)
				continue
			}
			for _, c := range want {
				if wanted[c] == nil {
					cids = append(cids, c)
				}
				wanted[c] = append(wanted[c], ref)
			}
		}
		if len(cids) == 0 {
			return
		}
		err := b.Wire.Fetch(ctx, cids, nil, func(block blocks.Block) error {
			if err := b.Store.Blockstore().Put(ctx, block); err != nil {
				return err
			}
			return b.adopt(ctx, wanted[block.Cid()])
		})
		if err != nil {
			var missing *p2p.MissingError
			if !errors.As(err, &missing) && ctx.Err() == nil {
				b.Logger.Warn("blobs not fetched", "error", err)
			}
			return
		}
	}
}

// adopt takes the blobs whose blocks are all here now.
func (b *Blobs) adopt(ctx context.Context, refs []record.BlobRef) error {
	for _, ref := range refs {
		want, err := b.Store.Want(ctx, ref)
		if err != nil || len(want) > 0 {
			continue // more rounds, or a reference that cannot be true
		}
		if _, err := b.Store.Adopt(ctx, ref); err != nil {
			if isOurs(err) {
				return err
			}
			b.Logger.Info("a fetched blob is not what its record says", "cid", ref.CID, "error", err)
		}
	}
	return nil
}

// isOurs tells this node's own trouble from a stranger's false claim.
func isOurs(err error) bool {
	return !errors.Is(err, blob.ErrMismatch) && !errors.Is(err, blob.ErrTooLarge)
}
