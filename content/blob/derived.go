package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/content/store"

	"github.com/ipfs/go-cid"
)

// Derived is what was made of a blob and can be made again: a thumbnail.
type Derived struct {
	MIME  string
	Bytes []byte
}

// derived is the prefix of what was made of a blob.
func derived(d digest) store.Key { return store.NewKey(store.FamilyDerived).Digest(d) }

func derivedAge(since time.Time, d digest, kind string) store.Key {
	return store.NewKey(store.FamilyDerivedAge).Time(since).Digest(d).Text(kind)
}

// Derived is what was made of the blob under that name, while the blob itself is
// served; else ErrNotFound.
func (s *Store) Derived(ctx context.Context, c cid.Cid, kind string) (Derived, error) {
	h, err := s.stat(s.db, c)
	if err != nil {
		return Derived{}, err
	}
	d, err := digestOf(h.CID)
	if err != nil {
		return Derived{}, err
	}
	value, err := s.db.Get(derived(d).Text(kind))
	if err != nil {
		return Derived{}, named(err)
	}
	_, out, err := readDerived(value)
	return out, err
}

func readDerived(value []byte) (since time.Time, out Derived, err error) {
	p := store.ReadParts(value)
	since = p.Time()
	out = Derived{MIME: p.Text(), Bytes: bytes.Clone(p.Rest())}
	if p.End() != nil {
		err = fmt.Errorf("%w: something derived", ErrCorrupt)
	}
	return since, out, err
}

// PutDerived keeps what was made of a blob, unless the blob is gone meanwhile or
// there is no room. It goes with the blob, and before it when room is wanted.
func (s *Store) PutDerived(ctx context.Context, c cid.Cid, kind string, made Derived) error {
	size := int64(len(made.Bytes))
	if s.db.LowOn(s.budgets.LowDisk) || s.budgets.Cached >= 0 && size > s.budgets.Cached {
		return nil
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	err := s.db.Update(ctx, func(b *store.Batch) error {
		h, err := s.stat(b, c)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		d, err := digestOf(h.CID)
		if err != nil {
			return err
		}
		key := derived(d).Text(kind)
		if _, err := b.Get(key); !errors.Is(err, store.ErrNotFound) {
			return err // made twice at once: the first stays
		}
		b.Set(key, store.NewKey(0)[:0].Time(now).Text(made.MIME).Rest(made.Bytes))
		b.Set(derivedAge(now, d, kind), nil)
		return addSum(b, totalKey(classCached), size)
	})
	return named(err)
}

// dropDerived removes all that was made of a blob.
func (s *Store) dropDerived(b *store.Batch, d digest) error {
	var kinds []string
	err := b.Scan(store.Prefix(derived(d)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		k := store.ReadKey(store.FamilyDerived, key)
		k.Digest()
		kinds = append(kinds, k.Text())
		return true, nil
	})
	for _, kind := range kinds {
		if err == nil {
			_, err = s.dropOne(b, d, kind)
		}
	}
	return err
}

func (s *Store) dropOne(b *store.Batch, d digest, kind string) (int64, error) {
	key := derived(d).Text(kind)
	value, err := b.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	since, old, err := readDerived(value)
	if err != nil {
		return 0, err
	}
	b.Delete(key)
	b.Delete(derivedAge(since, d, kind))
	size := int64(len(old.Bytes))
	return size, addSum(b, totalKey(classCached), -size)
}

func (s *Store) evictDerived(_ context.Context, b *store.Batch, goal int64) (freed int64, more bool, err error) {
	var keys [][]byte
	err = b.Scan(store.Prefix(store.NewKey(store.FamilyDerivedAge)), store.Forward, sweepEntries, func(key, _ []byte) (bool, error) {
		keys = append(keys, append([]byte(nil), key...))
		return true, nil
	})
	for _, key := range keys {
		if freed >= goal || err != nil {
			break
		}
		k := store.ReadKey(store.FamilyDerivedAge, key)
		k.Time()
		d, kind := digest(k.Digest()), k.Text()
		var n int64
		n, err = s.dropOne(b, d, kind)
		freed += n
	}
	return freed, len(keys) == sweepEntries, err
}
