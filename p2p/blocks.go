package p2p

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/sync/semaphore"
)

// Bitswap, the public protocol: blocks are addressed by their hashes, so it matters to nobody which network a block
// came from, and kubo or Helia can fetch ours. Limits of the server:
const (
	// bitswapProtocol is the one version with HAVE and DONT_HAVE; older ones are no longer met.
	bitswapProtocol protocol.ID = "/ipfs/bitswap/1.2.0"

	// wantsMaxPeer bounds a peer's want list in our memory, outstandingMaxPeer the bytes being sent to it at once.
	wantsMaxPeer, outstandingMaxPeer = 1024, 2 << 20

	// cidMax bounds a CID in a want list: ours have 36 bytes, a sha2-512 one 68.
	cidMax = 100

	// blockReaders read the blockstore for all peers together; one store on one disk gains nothing from the
	// library's 128.
	blockReaders = 16
)

const (
	// fetchWindow is how many blocks one Fetch asks for at once, fetchesMax how many all together. A peer with
	// Bitswap's usual limits keeps 1,024 wants and forgets others without a word.
	fetchWindow, fetchesMax = 512, 1024

	// fetchRetry is how long a Fetch waits without receiving any block before it goes on to those that it hasn't
	// asked for yet, and then asks again: a want or a block can get lost (full queues, a cut connection) and
	// Bitswap itself repeats a want after a minute only.
	fetchRetry = 3 * time.Second

	// FetchIdle is how long Fetch waits without receiving any block before it gives up: the time in which
	// 280 kbit/s bring a block of 1 MiB.
	FetchIdle = 30 * time.Second
)

// blockExchange is Bitswap over the node's blockstore.
type blockExchange struct {
	bitswap *bitswap.Bitswap
	wants   *semaphore.Weighted // fetchesMax
	metrics *metrics
}

func newBlockExchange(n *Node) *blockExchange {
	net := bsnet.NewFromIpfsHost(n.host, bsnet.SupportedProtocols([]protocol.ID{bitswapProtocol}))
	return &blockExchange{wants: semaphore.NewWeighted(fetchesMax), metrics: n.metrics, bitswap: bitswap.New(n.ctx, net, nil, n.cfg.Blockstore,
		bitswap.MaxQueuedWantlistEntriesPerPeer(wantsMaxPeer),
		bitswap.MaxOutstandingBytesPerPeer(outstandingMaxPeer),
		bitswap.MaxCidSize(cidMax),
		bitswap.EngineBlockstoreWorkerCount(blockReaders),
		bitswap.WithoutDuplicatedBlockStats(), // it would ask the blockstore for every block received
	)}
}

// Fetch gets blocks from connected peers and calls take with each as it arrives, in any order, one call at a time;
// each is verified against its CID before. The peers in from are connected first if they aren't. take keeps the
// block; what it stores is then served to others who asked us. Fetch ends when all have come (nil), when take fails
// (its error), when ctx ends or when none has come for FetchIdle (a *MissingError that names the rest). Ask for all
// that is wanted in one call: single calls in a row are four hundred times slower.
func (n *Node) Fetch(ctx context.Context, cids []cid.Cid, from []peer.ID, take func(blocks.Block) error) error {
	if n.isClosing() {
		return ErrClosed
	}
	if n.blocks == nil {
		return ErrNoBlockstore
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(n.ctx, cancel)
	defer stop()
	n.reach(ctx, from)

	f := &fetch{exchange: n.blocks, take: take, last: time.Now(), wanted: make(map[cid.Cid]struct{}, len(cids))}
	for _, c := range cids {
		f.wanted[c] = struct{}{}
	}
	return f.run(ctx)
}

// fetch is one call of Fetch.
type fetch struct {
	exchange *blockExchange
	take     func(blocks.Block) error
	wanted   map[cid.Cid]struct{} // not received yet
	last     time.Time            // when a block was received, at first the beginning
}

// run asks for all that is wanted, a window at a time, again and again until nothing is missing.
func (f *fetch) run(ctx context.Context) error {
	for len(f.wanted) > 0 {
		for part := range slices.Chunk(slices.Collect(maps.Keys(f.wanted)), fetchWindow) {
			if err := f.window(ctx, part); err != nil {
				return err
			}
			if ctx.Err() != nil || time.Since(f.last) > FetchIdle {
				return f.missing(ctx)
			}
		}
	}
	return nil
}

// window asks for part and takes what comes, until all has come or nothing for fetchRetry.
func (f *fetch) window(ctx context.Context, part []cid.Cid) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // withdraws what is still wanted
	began := time.Now()
	if f.exchange.wants.Acquire(ctx, int64(len(part))) != nil {
		return nil // ctx ended
	}
	f.last = f.last.Add(time.Since(began)) // waiting for other fetches is no silence of peers
	defer f.exchange.wants.Release(int64(len(part)))
	got, err := f.exchange.bitswap.NewSession(ctx).GetBlocks(ctx, part)
	if err != nil {
		return fmt.Errorf("p2p: fetch: %w", err)
	}
	retry := time.NewTimer(fetchRetry)
	defer retry.Stop()
	for range part {
		select {
		case b, ok := <-got:
			if !ok {
				return nil // ctx or the exchange ended
			}
			if err := f.received(ctx, b); err != nil {
				return err
			}
			retry.Reset(fetchRetry)
		case <-retry.C:
			return nil
		}
	}
	return nil
}

func (f *fetch) received(ctx context.Context, b blocks.Block) error {
	if err := f.take(b); err != nil {
		return err
	}
	delete(f.wanted, b.Cid())
	f.last = time.Now()
	f.exchange.metrics.blocksFetched.Inc()
	// The block may be stored now: others who asked us for it are told.
	if err := f.exchange.bitswap.NotifyNewBlocks(ctx, b); err != nil && ctx.Err() == nil {
		return fmt.Errorf("p2p: fetch: %w", err)
	}
	return nil
}

func (f *fetch) missing(ctx context.Context) error {
	if len(f.wanted) == 0 {
		return nil
	}
	e := &MissingError{
		Cause: context.Cause(ctx),
		CIDs:  slices.SortedFunc(maps.Keys(f.wanted), func(a, b cid.Cid) int { return strings.Compare(a.KeyString(), b.KeyString()) }),
	}
	f.exchange.metrics.blocksMissing.Add(float64(len(e.CIDs)))
	return e
}

// reach connects those of peers that aren't connected, together and within dialTimeout. A peer that cannot be reached
// is no error: others may have the blocks.
func (n *Node) reach(ctx context.Context, peers []peer.ID) {
	var dials sync.WaitGroup
	for _, p := range peers {
		if p == n.host.ID() || n.host.Network().Connectedness(p) == network.Connected {
			continue
		}
		dials.Go(func() {
			if err := n.connect(ctx, peer.AddrInfo{ID: p}); err != nil {
				n.log.Debug("source of blocks is unreachable", "peer", p, "err", err)
			}
		})
	}
	dials.Wait()
}

// AnnounceBlocks tells Bitswap of blocks that have just been put in the blockstore, so that peers which asked for
// them before get them now. Needed for blocks that came other than by Fetch.
func (n *Node) AnnounceBlocks(ctx context.Context, bs ...blocks.Block) error {
	if n.blocks == nil {
		return ErrNoBlockstore
	}
	if err := n.blocks.bitswap.NotifyNewBlocks(ctx, bs...); err != nil {
		return fmt.Errorf("p2p: announce blocks: %w", err)
	}
	return nil
}

func (b *blockExchange) close() error {
	if err := b.bitswap.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
