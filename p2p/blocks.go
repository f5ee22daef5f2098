package p2p

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
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
	// fetchWindow is how many blocks one Fetch asks for at once. It stays below the want list that a peer with
	// the limits above accepts.
	fetchWindow = 512

	// FetchIdle is how long Fetch waits without receiving any block before it gives up.
	FetchIdle = 20 * time.Second
)

// blockExchange is Bitswap over the node's blockstore.
type blockExchange struct {
	node    *Node
	bitswap *bitswap.Bitswap
}

func newBlockExchange(n *Node) *blockExchange {
	net := bsnet.NewFromIpfsHost(n.host, bsnet.SupportedProtocols([]protocol.ID{bitswapProtocol}))
	return &blockExchange{node: n, bitswap: bitswap.New(n.ctx, net, nil, n.cfg.Blockstore,
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

	wanted := slices.Compact(slices.SortedFunc(slices.Values(cids), func(a, b cid.Cid) int {
		return compareCID(a, b)
	}))
	session := n.blocks.bitswap.NewSession(ctx)
	for part := range slices.Chunk(wanted, fetchWindow) {
		got, err := session.GetBlocks(ctx, part)
		if err != nil {
			return fmt.Errorf("p2p: fetch: %w", err)
		}
		if err := n.takeBlocks(ctx, part, got, take); err != nil {
			return err
		}
	}
	return nil
}

func compareCID(a, b cid.Cid) int {
	switch x, y := a.KeyString(), b.KeyString(); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// takeBlocks hands on the blocks of one GetBlocks until all of part have come.
func (n *Node) takeBlocks(ctx context.Context, part []cid.Cid, got <-chan blocks.Block, take func(blocks.Block) error) error {
	missing := make(map[cid.Cid]struct{}, len(part))
	for _, c := range part {
		missing[c] = struct{}{}
	}
	idle := time.NewTimer(FetchIdle)
	defer idle.Stop()
	for len(missing) > 0 {
		select {
		case b, ok := <-got:
			if !ok {
				return n.missing(ctx, missing)
			}
			if err := take(b); err != nil {
				return err
			}
			n.metrics.blocksFetched.Inc()
			delete(missing, b.Cid())
			if err := n.blocks.bitswap.NotifyNewBlocks(ctx, b); err != nil && ctx.Err() == nil {
				return fmt.Errorf("p2p: fetch: %w", err)
			}
			idle.Reset(FetchIdle)
		case <-idle.C:
			return n.missing(ctx, missing)
		}
	}
	return nil
}

func (n *Node) missing(ctx context.Context, missing map[cid.Cid]struct{}) error {
	e := &MissingError{Cause: context.Cause(ctx)}
	for c := range missing {
		e.CIDs = append(e.CIDs, c)
	}
	slices.SortFunc(e.CIDs, compareCID)
	n.metrics.blocksMissing.Add(float64(len(e.CIDs)))
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
			if err := n.Connect(ctx, peer.AddrInfo{ID: p}); err != nil {
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
