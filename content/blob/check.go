package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"metanet/content/store"

	"github.com/ipfs/go-cid"
)

// DerivedFamilies are those that Apply derives from visible records and from
// nothing else.
func DerivedFamilies() []store.Family { return []store.Family{store.FamilyBlobRef} }

// Check reads every block and every held blob: bytes against hashes, DAGs against
// their blocks, blocks against their owners, what is missing against what records
// refer to, and sums of bytes and orders of eviction against what they are of. Faults are reported; an error is of the check itself.
// progress, unless nil, is told how many entries have been read.
func (s *Store) Check(ctx context.Context, report func(store.Fault), progress func(entries uint64)) error {
	snap, err := s.db.Snapshot()
	if err != nil {
		return named(err)
	}
	defer snap.Close()
	c := &checker{s: s, ctx: ctx, r: snap, report: report, progress: progress}
	for _, one := range []struct {
		family store.Family
		check  func(key, value []byte) error
	}{
		{store.FamilyBlock, c.block}, {store.FamilyBlockOwner, c.owner}, {store.FamilyBlob, c.blob},
		{store.FamilyBlobRef, c.ref}, {store.FamilyBlobMissing, c.missing},
	} {
		if err := c.family(one.family, one.check); err != nil {
			return named(err)
		}
	}
	return named(c.sums())
}

type checker struct {
	s        *Store
	ctx      context.Context
	r        store.Reader
	report   func(store.Fault)
	progress func(uint64)
	entries  uint64
}

const tellEvery = 256 // entries from one call of progress to the next

// family checks each entry of a family. What check answers is the entry's fault.
func (c *checker) family(f store.Family, check func(key, value []byte) error) error {
	return c.r.Scan(store.Prefix(store.NewKey(f)), store.Forward, 0, func(key, value []byte) (bool, error) {
		if c.entries++; c.entries%tellEvery == 0 && c.progress != nil {
			c.progress(c.entries)
		}
		if err := check(key, value); err != nil {
			c.report(store.Fault{Where: store.Describe(key), What: err.Error()})
		}
		return true, context.Cause(c.ctx)
	})
}

func (c *checker) block(key, _ []byte) error {
	d := digest(key[len(key)-32:])
	_, data, err := readBlock(c.r, d)
	if err == nil && sum(data) != d {
		err = fmt.Errorf("its %d bytes have another hash", len(data))
	}
	return err
}

func (c *checker) owner(key, _ []byte) error {
	k := store.ReadKey(store.FamilyBlockOwner, key)
	block, owner := digest(k.Digest()), digest(k.Digest())
	if _, _, err := readBlock(c.r, block); err != nil {
		return fmt.Errorf("the block: %w", err)
	}
	if _, err := readHeld(c.r, owner); err != nil {
		return fmt.Errorf("the blob: %w", err)
	}
	return nil
}

// blob reads a held blob whole, a block at a time.
func (c *checker) blob(key, _ []byte) error {
	d := digest(store.ReadKey(store.FamilyBlob, key).Digest())
	h, err := readHeld(c.r, d)
	if err != nil {
		return err
	}
	root := h.CID
	if h.DAG.Defined() {
		root = h.DAG
	}
	t, err := c.s.walk(c.r, root)
	switch {
	case err != nil:
		return err
	case len(t.missing) > 0:
		return fmt.Errorf("block %s is missing", t.missing[0])
	case t.size != h.Size:
		return fmt.Errorf("its blocks hold %d bytes, should be %d", t.size, h.Size)
	}
	for _, block := range t.blocks {
		if _, err := c.r.Get(owners(block).Digest(d)); err != nil {
			return fmt.Errorf("does not own its block %s", block.cid(cid.Raw))
		}
	}
	hash := sha256.New()
	for _, l := range t.leaves {
		_, data, err := readBlock(c.r, l.block)
		if err != nil {
			return err
		}
		hash.Write(data)
	}
	if digest(hash.Sum(nil)) != d {
		return errors.New("its blocks together have another hash")
	}
	return nil
}

func (c *checker) ref(key, _ []byte) error {
	d := digest(store.ReadKey(store.FamilyBlobRef, key).Digest())
	h, err := readHeld(c.r, d)
	switch {
	case err == nil && h.dropped:
		return errors.New("the blob is marked as referred to by nothing")
	case errors.Is(err, store.ErrNotFound):
		_, missing := c.r.Get(missingKey(d))
		_, evicted := c.r.Get(evictedKey(d))
		if missing != nil && evicted != nil {
			return errors.New("the blob is neither held nor listed as missing")
		}
	}
	return nil // a blob that cannot be read is told where it is listed
}

func (c *checker) missing(key, _ []byte) error {
	d := digest(store.ReadKey(store.FamilyBlobMissing, key).Digest())
	if _, err := readHeld(c.r, d); err == nil {
		return errors.New("the blob is held")
	}
	if wanted, err := any1(c.r, refs(d)); err != nil || !wanted {
		return errors.New("nothing refers to it")
	}
	return nil
}
