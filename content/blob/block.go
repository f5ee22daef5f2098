package blob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/content/store"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// A block is stored as the time since which it has been idle, and its bytes. A
// block that belongs to a held blob has owners; the others are idle.

func blockKey(d digest) store.Key { return store.NewKey(store.FamilyBlock).Rest(d.multihash()) }

func blockIdleKey(since time.Time, d digest) store.Key {
	return store.NewKey(store.FamilyBlockIdle).Time(since).Rest(d.multihash())
}

func owners(block digest) store.Key { return store.NewKey(store.FamilyBlockOwner).Digest(block) }

// readBlock is the block's bytes, whoever may see them.
func readBlock(r store.Reader, d digest) (since time.Time, data []byte, err error) {
	b, err := r.Get(blockKey(d))
	if err != nil {
		return since, nil, err
	}
	p := store.ReadParts(b)
	since, data = p.Time(), p.Rest()
	if p.End() != nil {
		return since, nil, fmt.Errorf("%w: block %s", ErrCorrupt, d.cid(cid.Raw))
	}
	return since, data, nil
}

// putBlock writes a block that belongs to no blob yet. One that is there is only
// made young again, if that matters.
func (s *Store) putBlock(b *store.Batch, d digest, data []byte) error {
	now := s.now().UTC().Truncate(time.Microsecond)
	since, _, err := readBlock(b, d)
	switch {
	case err == nil && now.Sub(since) < s.keep/2:
		return nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	b.Set(blockKey(d), store.NewKey(0)[:0].Time(now).Rest(data))
	b.Set(blockIdleKey(now, d), nil)
	return nil
}

// removeBlock removes a block, unless a blob owns it.
func removeBlock(b *store.Batch, d digest) error {
	owned, err := any1(b, owners(d))
	if err == nil && !owned {
		b.Delete(blockKey(d))
	}
	return err
}

// Blockstore is the store as boxo's Blockstore: blocks of blobs, and values of
// visible records. Codecs are ignored, as in every blockstore: a block is its hash.
type Blockstore struct{ s *Store }

// Blockstore gives the blocks to Bitswap and gateways.
func (s *Store) Blockstore() Blockstore { return Blockstore{s} }

// Get answers ipld.ErrNotFound for what isn't here or may not be seen.
func (bs Blockstore) Get(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	data, err := bs.s.servable(c)
	if err != nil {
		return nil, err
	}
	return blocks.NewBlockWithCid(data, c)
}

func (bs Blockstore) Has(ctx context.Context, c cid.Cid) (bool, error) {
	_, err := bs.s.servable(c)
	if ipld.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func (bs Blockstore) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	data, err := bs.s.servable(c)
	if err != nil {
		return -1, err
	}
	return len(data), nil
}

// servable is the bytes of a block that may be served: one of a blob that
// something refers to or that has just come, or the value of a visible record.
func (s *Store) servable(c cid.Cid) ([]byte, error) {
	d, err := digestOf(c)
	if err != nil {
		return nil, ipld.ErrNotFound{Cid: c} // others' CIDs cannot be here
	}
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, named(err)
	}
	defer snap.Close()
	_, data, err := readBlock(snap, d)
	if err == nil {
		var hidden bool
		if hidden, err = dropped(snap, d); err == nil && !hidden {
			return data, nil
		}
	}
	if err == nil || errors.Is(err, store.ErrNotFound) {
		data, err = store.Value(snap, d)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	return data, named(err)
}

// dropped reports whether a block has owners, of which none is referred to any
// more.
func dropped(r store.Reader, d digest) (bool, error) {
	owned, served := false, false
	err := r.Scan(store.Prefix(owners(d)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		k := store.ReadKey(store.FamilyBlockOwner, key)
		k.Digest()
		h, err := readHeld(r, k.Digest())
		if err != nil {
			return false, fmt.Errorf("%w: owner of %s: %w", ErrCorrupt, d.cid(cid.Raw), err)
		}
		owned, served = true, !h.dropped
		return !served, nil
	})
	return owned && !served, err
}

// Put keeps a block, which a blob may adopt later. It belongs to nothing yet and
// is swept when nothing does for long.
func (bs Blockstore) Put(ctx context.Context, b blocks.Block) error {
	return bs.PutMany(ctx, []blocks.Block{b})
}

// PutMany keeps several blocks, all or none. Each must be what its CID says.
func (bs Blockstore) PutMany(ctx context.Context, list []blocks.Block) error {
	digests := make([]digest, len(list))
	for i, b := range list {
		if len(b.RawData()) > MaxBlock {
			return fmt.Errorf("%w: block of %d bytes", ErrTooLarge, len(b.RawData()))
		}
		var err error
		if digests[i], err = digestOf(b.Cid()); err != nil {
			return err
		}
		if digests[i] != sum(b.RawData()) {
			return fmt.Errorf("%w: block %s", ErrMismatch, b.Cid())
		}
	}
	return named(bs.s.db.Update(ctx, func(batch *store.Batch) error {
		for i, b := range list {
			if err := bs.s.putBlock(batch, digests[i], b.RawData()); err != nil {
				return err
			}
		}
		return nil
	}))
}

// DeleteBlock removes a block, unless it belongs to a blob: those are removed
// whole, by Sweep.
func (bs Blockstore) DeleteBlock(ctx context.Context, c cid.Cid) error {
	d, err := digestOf(c)
	if err != nil {
		return nil
	}
	return named(bs.s.db.Update(ctx, func(b *store.Batch) error { return removeBlock(b, d) }))
}

// AllKeysChan gives the CIDs of all blocks and of all visible values, each once,
// as of now.
func (bs Blockstore) AllKeysChan(ctx context.Context) (<-chan cid.Cid, error) {
	snap, err := bs.s.db.Snapshot()
	if err != nil {
		return nil, named(err)
	}
	ch := make(chan cid.Cid)
	go func() { // boxo's interface asks for it; it ends with ctx
		defer close(ch)
		defer snap.Close()
		_ = allKeys(snap, func(c cid.Cid) error {
			select {
			case ch <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return ch, nil
}

func allKeys(r store.Reader, fn func(cid.Cid) error) error {
	err := r.Scan(store.Prefix(store.NewKey(store.FamilyBlock)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		d := digest(key[len(key)-32:])
		return true, fn(d.cid(cid.Raw))
	})
	if err != nil {
		return err
	}
	var last digest
	first := true
	return r.Scan(store.Prefix(store.NewKey(store.FamilyValue)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		d := digest(store.ReadKey(store.FamilyValue, key).Digest())
		if !first && d == last {
			return true, nil
		}
		last, first = d, false
		return true, fn(d.cid(cid.DagCBOR))
	})
}
