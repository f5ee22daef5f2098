package pull

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/node/ingest"
	"metanet/p2p"
)

// Wire asks a peer for changes and tells of peers; *p2p.Node is one.
type Wire interface {
	Pull(ctx context.Context, from peer.ID, req p2p.PullRequest, take func(p2p.Frame) error) (p2p.PullResult, error)
	PeerEvents(ctx context.Context) <-chan p2p.PeerEvent
}

// Cursors keep how far each peer's store was read; a small key-value space.
type Cursors interface {
	Get(key []byte) (value []byte, found bool, err error)
	Put(key, value []byte) error
	Scan(prefix []byte, fn func(key, value []byte) error) error
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// Door is where records enter.
type Door interface {
	Submit(ctx context.Context, candidates []ingest.Candidate) ([]ingest.Result, error)
}

const (
	// pageFrames is how many records one request asks for, and how many may be
	// fetched again when it is cut short.
	pageFrames = 4096
	// batch is how many records enter the door together.
	batch = 512
	// interval is how often a connected peer is asked although nothing told us to:
	// gossip may have lost a message.
	interval = 15 * time.Second
	// retry is how soon a peer is asked again that could not serve: it may be
	// starting. patience bounds what a busy peer may ask of us.
	retry    = 2 * time.Second
	patience = time.Minute
)

// compareEvery is how often a connected peer is compared with although its changes were
// read: what this store has lost, or refused then, is not among them.
const compareEvery = time.Hour

// Records catches up with every member of the network while it is connected: it
// compares with a peer whose changes it has not read, and reads from then on what
// changes there.
type Records struct {
	// Compare, unless nil, compares with peers; without it, and with peers that can't,
	// all that they have is read.
	Compare *Comparison
	Wire    Wire
	Door    Door
	Cursors Cursors
	Logger  *slog.Logger

	mu    sync.Mutex
	epoch int // guarded by mu; one more with each Restart
}

// Restart has everything read from every peer again, from the beginning: what was
// refused before may be welcome now. A reading under way doesn't move its cursor.
func (r *Records) Restart() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	var all [][]byte
	err := r.Cursors.Scan(nil, func(key, _ []byte) error {
		all = append(all, bytes.Clone(key))
		return nil
	})
	if err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	return r.Cursors.Apply(nil, all)
}

// Run reads from each peer as it connects, and from time to time, until ctx ends.
func (r *Records) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	following := make(map[peer.ID]context.CancelFunc)
	for ev := range r.Wire.PeerEvents(ctx) {
		if stop, ok := following[ev.Peer]; ok {
			stop()
			delete(following, ev.Peer)
		}
		if !ev.Connected {
			continue
		}
		pctx, stop := context.WithCancel(ctx)
		following[ev.Peer] = stop
		wg.Go(func() { r.follow(pctx, ev.Peer) })
	}
	for _, stop := range following {
		stop()
	}
	return nil
}

func (r *Records) follow(ctx context.Context, p peer.ID) {
	var compared time.Time
	for {
		wait := interval
		if r.Compare != nil && time.Since(compared) > compareEvery {
			compared = time.Now()
			if err := r.compare(ctx, p); err != nil && ctx.Err() == nil {
				r.Logger.Info("not compared with a peer", "peer", p, "error", err)
			}
		}
		if err := r.CatchUp(ctx, p); err != nil && ctx.Err() == nil {
			r.Logger.Info("catch-up interrupted", "peer", p, "error", err)
			wait = retry
			var busy *p2p.BusyError
			if errors.As(err, &busy) {
				wait = min(max(busy.RetryAfter, retry), patience)
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// compare brings in what p has and this node has not. Then its feed need not be read but
// from where it was when that began.
func (r *Records) compare(ctx context.Context, p peer.ID) error {
	epoch, req, err := r.begin(p)
	if err != nil {
		return err
	}
	id, newest, err := r.Compare.Run(ctx, p)
	if err != nil || id == req.Store && newest <= req.After || newest == 0 {
		return err
	}
	return r.advance(epoch, p, id, newest)
}

// CatchUp reads all that p has stored since we last asked it.
func (r *Records) CatchUp(ctx context.Context, p peer.ID) error {
	for {
		epoch, req, err := r.begin(p)
		if err != nil {
			return err
		}
		in := &inlet{ctx: ctx, door: r.Door, from: p}
		res, err := r.Wire.Pull(ctx, p, req, in.take)
		// What came before a fault is good, but the cursor never passes what the
		// door hasn't answered for.
		last := res.Last
		if in.flush() != nil {
			if err == nil { // else take has told it
				err = in.err
			}
			last = max(in.stored, res.From)
		}
		// A cursor that hasn't moved isn't written: each write is a sync, and a peer
		// that has nothing leaves nothing here.
		if res.Store != (p2p.StoreID{}) && (res.Store != req.Store || last != req.After) && last > 0 {
			err = errors.Join(err, r.advance(epoch, p, res.Store, last))
		}
		if err != nil || !res.More() || res.Last == res.From {
			return err
		}
	}
}

// inlet brings frames through the door in batches. Once the door has failed it
// takes no more.
type inlet struct {
	ctx     context.Context
	door    Door
	from    peer.ID
	waiting []ingest.Candidate
	taken   uint64 // sequence of the last frame in waiting
	stored  uint64 // sequence up to which the door has answered
	err     error
}

func (in *inlet) take(f p2p.Frame) error {
	c, _ := ingest.Decode(ingest.Sync, in.from.String(), f.Payload, false)
	in.waiting, in.taken = append(in.waiting, c...), f.Seq
	if len(in.waiting) < batch {
		return nil
	}
	return in.flush()
}

func (in *inlet) flush() error {
	if in.err != nil || len(in.waiting) == 0 {
		return in.err
	}
	if _, in.err = in.door.Submit(in.ctx, in.waiting); in.err == nil {
		in.waiting, in.stored = in.waiting[:0:0], in.taken
	}
	return in.err
}

// A cursor is stored per peer: 16 bytes of store id, 8 of sequence, big-endian.
func (r *Records) request(p peer.ID) (p2p.PullRequest, error) {
	req := p2p.PullRequest{Limit: pageFrames}
	value, found, err := r.Cursors.Get([]byte(p))
	if err != nil || !found {
		return req, err
	}
	if len(value) != len(req.Store)+8 {
		return req, fmt.Errorf("pull: cursor of %s has %d bytes", p, len(value))
	}
	copy(req.Store[:], value)
	req.After = binary.BigEndian.Uint64(value[len(req.Store):])
	return req, nil
}

// begin is request, and in which epoch.
func (r *Records) begin(p peer.ID) (epoch int, req p2p.PullRequest, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	req, err = r.request(p)
	return r.epoch, req, err
}

func (r *Records) advance(epoch int, p peer.ID, store p2p.StoreID, last uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch != r.epoch {
		return nil
	}
	return r.Cursors.Put([]byte(p), binary.BigEndian.AppendUint64(store[:], last))
}
