package blob

import (
	"context"
	"errors"
	"time"

	"metanet/content/store"

	"github.com/ipfs/go-cid"
)

// Swept is what a Sweep removed.
type Swept struct{ Blobs, Blocks int }

const (
	sweepEntries = 256 // idle entries in one update
	sweepAtOnce  = 16  // blobs in one update: each may have many blocks
)

// Sweep removes what has been idle for Options.KeepUnused: blobs that no visible
// record refers to, and blocks that belong to no blob. What something refers to is
// never removed, whatever the entries say: references are looked at in the update
// that removes.
func (s *Store) Sweep(ctx context.Context, now time.Time) (total Swept, err error) {
	until := now.Add(-s.keep)
	for _, sweep := range []func(*store.Batch, time.Time) (Swept, bool, error){s.sweepBlobs, s.sweepBlocks} {
		for more := true; more && err == nil; {
			err = s.db.Reclaim(ctx, func(b *store.Batch) (err error) {
				var one Swept
				one, more, err = sweep(b, until)
				total.Blobs, total.Blocks = total.Blobs+one.Blobs, total.Blocks+one.Blocks
				return err
			})
		}
	}
	return total, named(err)
}

// idleSince is the entries of a family of idle entries up to a time.
func idleSince(r store.Reader, f store.Family, until time.Time, limit int) (keys [][]byte, err error) {
	all := store.Range{Start: store.NewKey(f), End: store.NewKey(f).Time(until.Add(time.Microsecond))}
	err = r.Scan(all, store.Forward, limit, func(key, _ []byte) (bool, error) {
		keys = append(keys, append([]byte(nil), key...))
		return true, nil
	})
	return keys, err
}

func (s *Store) sweepBlobs(b *store.Batch, until time.Time) (swept Swept, more bool, err error) {
	keys, err := idleSince(b, store.FamilyBlobIdle, until, sweepAtOnce)
	for _, key := range keys {
		k := store.ReadKey(store.FamilyBlobIdle, key)
		since, d := k.Time(), digest(k.Digest())
		b.Delete(store.Key(key))
		one, err := s.sweepBlob(b, d, since)
		if err != nil {
			return swept, false, err
		}
		swept.Blobs, swept.Blocks = swept.Blobs+one.Blobs, swept.Blocks+one.Blocks
	}
	return swept, len(keys) == sweepAtOnce, err
}

func (s *Store) sweepBlob(b *store.Batch, d digest, since time.Time) (swept Swept, err error) {
	h, err := readHeld(b, d)
	if errors.Is(err, store.ErrNotFound) || err == nil && !h.since.Equal(since) {
		return swept, nil // gone, or idle again since: the later entry counts
	}
	if err != nil {
		return swept, err
	}
	for _, prefix := range []store.Key{refs(d), holds(d)} {
		if wanted, err := any1(b, prefix); err != nil || wanted {
			return swept, err
		}
	}
	return s.remove(b, d, h)
}

// remove takes away a blob and the blocks that no other has.
func (s *Store) remove(b *store.Batch, d digest, h *held) (swept Swept, err error) {
	root := d.cid(cid.Raw)
	if h.DAG.Defined() {
		root = h.DAG
	}
	t, err := s.walk(b, root)
	if err != nil {
		return swept, err
	}
	if err := s.uncount(b, d, h); err != nil {
		return swept, err
	}
	b.Delete(blobKey(d))
	b.Delete(remoteKey(h, d))
	swept.Blobs = 1
	for _, block := range t.blocks {
		b.Delete(owners(block).Digest(d))
		shared, err := any1(b, owners(block))
		if err != nil {
			return swept, err
		}
		if !shared {
			b.Delete(blockKey(block))
			if h.dropped { // a record referred to it, and was deleted or replaced
				b.Shred(blockKey(block))
			}
			swept.Blocks++
		}
	}
	return swept, nil
}

func (s *Store) sweepBlocks(b *store.Batch, until time.Time) (swept Swept, more bool, err error) {
	keys, err := idleSince(b, store.FamilyBlockIdle, until, sweepEntries)
	for _, key := range keys {
		k := store.ReadKey(store.FamilyBlockIdle, key)
		since, hash := k.Time(), k.Rest()
		b.Delete(store.Key(key))
		one, err := s.sweepBlock(b, digest(hash[len(hash)-32:]), since)
		if err != nil {
			return swept, false, err
		}
		swept.Blocks += one
	}
	return swept, len(keys) == sweepEntries, err
}

func (s *Store) sweepBlock(b *store.Batch, d digest, since time.Time) (int, error) {
	was, _, err := readBlock(b, d)
	if errors.Is(err, store.ErrNotFound) || err == nil && !was.Equal(since) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if owned, err := any1(b, owners(d)); err != nil || owned {
		return 0, err
	}
	b.Delete(blockKey(d))
	return 1, nil
}

// Ensure makes references whole that a Rebuild which was cut off has left half made: a
// sweep would take what is still referred to for unused.
func (s *Store) Ensure(ctx context.Context) error {
	whole, err := s.db.Rebuilt(store.FamilyBlobRef)
	if whole || err != nil {
		return named(err)
	}
	return s.Rebuild(ctx, nil)
}

// Rebuild makes anew what is derived from visible records: who refers to which
// blob, and what is missing.
func (s *Store) Rebuild(ctx context.Context, progress func(records uint64)) error {
	return named(s.db.Rebuild(ctx, store.FamilyBlobRef, store.FamilyBlobMissing+1, s, progress))
}
