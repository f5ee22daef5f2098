package p2p

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/multiformats/go-multihash"
)

func memoryBlocks() blockstore.Blockstore {
	return blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()), blockstore.WriteThrough(true))
}

func withBlocks(c *Config) { c.Blockstore = memoryBlocks() }

func block(tb testing.TB, data string) blocks.Block {
	tb.Helper()
	mh, err := multihash.Sum([]byte(data), multihash.SHA2_256, -1)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := blocks.NewBlockWithCid([]byte(data), cid.NewCidV1(cid.Raw, mh))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// put stores n blocks of size bytes at each of the nodes in turn and returns their CIDs.
func put(tb testing.TB, n, size int, at ...*Node) []cid.Cid {
	tb.Helper()
	var cids []cid.Cid
	for i := range n {
		b := block(tb, fmt.Sprint(i, " ", string(bytes.Repeat([]byte("."), size))))
		if err := at[i%len(at)].cfg.Blockstore.Put(tb.Context(), b); err != nil {
			tb.Fatal(err)
		}
		cids = append(cids, b.Cid())
	}
	return cids
}

// basket keeps fetched blocks, each once.
type basket map[cid.Cid]int

func (k basket) take(b blocks.Block) error {
	k[b.Cid()] += len(b.RawData())
	return nil
}

func TestFetchThousand(t *testing.T) {
	for name, transport := range map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly} {
		t.Run(name, func(t *testing.T) {
			a, b := startNode(t, withBlocks, transport), startNode(t, withBlocks, transport)
			connect(t, a, b)
			cids := put(t, 1000, 300, b)
			got := basket{}
			// Twice the same is asked for once.
			if err := a.Fetch(t.Context(), append(cids, cids[:10]...), nil, got.take); err != nil {
				t.Fatal(err)
			}
			if len(got) != 1000 {
				t.Errorf("%d blocks", len(got))
			}
		})
	}
}

// TestFetchFromSeveral: blocks spread over two peers, one of which isn't connected yet; and what was fetched can be
// fetched from whoever has stored it.
func TestFetchFromSeveral(t *testing.T) {
	a, b, c := startNode(t, withBlocks), startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	a.Host().Peerstore().AddAddrs(c.ID(), c.Host().Addrs(), peerstore.TempAddrTTL)
	cids := put(t, 200, 1000, b, c)
	store := a.cfg.Blockstore
	from := []peer.ID{c.ID(), b.ID(), a.ID(), "nobody"}
	if err := a.Fetch(t.Context(), cids, from, func(b blocks.Block) error {
		return store.Put(t.Context(), b)
	}); err != nil {
		t.Fatal(err)
	}
	d := startNode(t, withBlocks)
	connect(t, d, a)
	got := basket{}
	if err := d.Fetch(t.Context(), cids, nil, got.take); err != nil || len(got) != len(cids) {
		t.Errorf("%d blocks, %v", len(got), err)
	}
}

func TestFetchLarge(t *testing.T) {
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	cids := put(t, 8, 1<<20-10, b)
	got := basket{}
	if err := a.Fetch(t.Context(), cids, nil, got.take); err != nil || len(got) != len(cids) {
		t.Errorf("%d blocks, %v", len(got), err)
	}
}

func TestFetchMissing(t *testing.T) {
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	cids := put(t, 10, 10, b)
	lost := block(t, "nobody has this").Cid()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := basket{}
	err := a.Fetch(ctx, append(cids, lost), nil, got.take)
	var missing *MissingError
	if !errors.As(err, &missing) || len(missing.CIDs) != 1 || missing.CIDs[0] != lost {
		t.Errorf("got %v", err)
	}
	if !errors.Is(err, ErrMissing) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reasons are lost: %v", err)
	}
	if len(got) != 10 {
		t.Errorf("%d blocks came", len(got))
	}
}

// TestFetchVerifies: a peer that serves other bytes under a CID is not believed.
func TestFetchVerifies(t *testing.T) {
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	honest, wanted := block(t, "honest"), block(t, "wanted").Cid()
	forged, err := blocks.NewBlockWithCid([]byte("forged"), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.cfg.Blockstore.PutMany(t.Context(), []blocks.Block{honest, forged}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := basket{}
	var missing *MissingError
	err = a.Fetch(ctx, []cid.Cid{wanted, honest.Cid()}, nil, got.take)
	if !errors.As(err, &missing) || len(missing.CIDs) != 1 || missing.CIDs[0] != wanted {
		t.Errorf("got %v", err)
	}
	if len(got) != 1 || got[honest.Cid()] == 0 {
		t.Errorf("took %v", got)
	}
}

// TestFetchPastALiar: where one of several peers serves other bytes under the CIDs, the blocks come from the others.
func TestFetchPastALiar(t *testing.T) {
	t.Parallel()
	a, liar, b, c := startNode(t, withBlocks), startNode(t, withBlocks), startNode(t, withBlocks), startNode(t, withBlocks)
	cids := put(t, 48, 256<<10, b)
	for _, id := range cids {
		true, err := b.cfg.Blockstore.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		forged, err := blocks.NewBlockWithCid([]byte("forged"), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.cfg.Blockstore.Put(t.Context(), true), liar.cfg.Blockstore.Put(t.Context(), forged)); err != nil {
			t.Fatal(err)
		}
	}
	connect(t, a, liar)
	connect(t, a, b)
	connect(t, a, c)
	got := basket{}
	if err := a.Fetch(t.Context(), cids, nil, got.take); err != nil || len(got) != len(cids) {
		t.Fatalf("%d of %d blocks, %v", len(got), len(cids), err)
	}
	sent := make(map[string]uint64)
	for name, n := range map[string]*Node{"liar": liar, "b": b, "c": c} {
		s, err := n.blocks.bitswap.Stat()
		if err != nil {
			t.Fatal(err)
		}
		sent[name] = s.DataSent
	}
	if sent["liar"] == 0 || sent["b"]+sent["c"] < 48*256<<10 {
		t.Errorf("bytes sent: %v", sent)
	}
}

// TestFetchGoesOn: what is missing doesn't hold up the many others.
func TestFetchGoesOn(t *testing.T) {
	t.Parallel()
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	cids := put(t, 3*fetchWindow, 10, b)
	lost := block(t, "nobody has this").Cid()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := basket{}
	err := a.Fetch(ctx, append(cids, lost), nil, func(b blocks.Block) error {
		if got.take(b); len(got) == len(cids) {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(got) != len(cids) {
		t.Errorf("%d blocks, %v", len(got), err)
	}
}

// TestFetchAsksAgain: a peer that has a block only after it was asked, and doesn't announce it, is asked again.
func TestFetchAsksAgain(t *testing.T) {
	t.Parallel()
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	late := block(t, "late")
	fetched := make(chan error)
	go func() { fetched <- a.Fetch(t.Context(), []cid.Cid{late.Cid()}, nil, basket{}.take) }()
	eventually(t, "b is asked", func() bool { return len(b.blocks.bitswap.WantlistForPeer(a.ID())) > 0 })
	if err := b.cfg.Blockstore.Put(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, "it comes", fetched); err != nil {
		t.Error(err)
	}
}

// TestFetchWaits: a block that isn't there when it is asked for comes when it is announced.
func TestFetchWaits(t *testing.T) {
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	late := block(t, "late")
	fetched := make(chan error)
	go func() { fetched <- a.Fetch(t.Context(), []cid.Cid{late.Cid()}, nil, basket{}.take) }()
	eventually(t, "b is asked", func() bool { return len(b.blocks.bitswap.WantlistForPeer(a.ID())) > 0 })
	if err := b.cfg.Blockstore.Put(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if err := b.AnnounceBlocks(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, "it comes", fetched); err != nil {
		t.Error(err)
	}
}

func TestFetchEnds(t *testing.T) {
	a, b := startNode(t, withBlocks), startNode(t, withBlocks)
	connect(t, a, b)
	cids := put(t, 10, 10, b)
	full := errors.New("full disk")
	if err := a.Fetch(t.Context(), cids, nil, func(blocks.Block) error { return full }); !errors.Is(err, full) {
		t.Errorf("take fails: %v", err)
	}
	if err := a.Fetch(t.Context(), nil, nil, nil); err != nil {
		t.Errorf("nothing wanted: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Fetch(ctx, cids, nil, basket{}.take); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	fetched := make(chan error)
	lost := []cid.Cid{block(t, "lost").Cid()}
	go func() { fetched <- a.Fetch(t.Context(), lost, nil, nil) }()
	eventually(t, "b is asked", func() bool { return len(b.blocks.bitswap.WantlistForPeer(a.ID())) > 0 })
	a.Close()
	if err := receive(t, "fetch ends with the node", fetched); !errors.Is(err, ErrMissing) {
		t.Errorf("closed: %v", err)
	}
	if err := startNode(t).Fetch(t.Context(), cids, nil, nil); !errors.Is(err, ErrNoBlockstore) {
		t.Errorf("no blockstore: %v", err)
	}
	if err := startNode(t).AnnounceBlocks(t.Context()); !errors.Is(err, ErrNoBlockstore) {
		t.Errorf("no blockstore: %v", err)
	}
}
