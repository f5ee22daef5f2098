package blob

import (
	"errors"
	"fmt"

	"metanet/content/store"
	"metanet/identity"
)

// sums holds every counter of bytes to what it counts, and the orders of eviction to
// what they order.
func (c *checker) sums() error {
	s := summer{checker: c, totals: map[class]int64{}, used: map[identity.DID]int64{}}
	for _, one := range []struct {
		family store.Family
		check  func(key, value []byte) error
	}{
		{store.FamilyBlob, s.blob}, {store.FamilyBlobRemote, s.remote}, {store.FamilyBlobBy, s.by},
		{store.FamilyDerived, s.derived}, {store.FamilyDerivedAge, s.derivedAge}, {store.FamilyBlobEvicted, s.evicted},
	} {
		if err := c.family(one.family, one.check); err != nil {
			return err
		}
	}
	for cl := classLocal; cl <= classCached; cl++ {
		s.sum(totalKey(cl), s.totals[cl])
	}
	for member, bytes := range s.used {
		s.sum(usedKey(member), bytes)
	}
	return c.family(store.FamilyBlobUsed, func(key, _ []byte) error {
		if _, counted := s.used[store.ReadKey(store.FamilyBlobUsed, key).DID()]; !counted {
			return errors.New("nothing counts against this member")
		}
		return nil
	})
}

// summer adds up what is found. Its memory is one number a member.
type summer struct {
	*checker
	totals map[class]int64
	used   map[identity.DID]int64
}

func (s *summer) sum(key store.Key, want int64) {
	got, err := readSum(s.r, key)
	if err == nil && got != want {
		err = fmt.Errorf("is %d, should be %d", got, want)
	}
	if err != nil {
		s.report(store.Fault{Where: store.Describe(key), What: err.Error()})
	}
}

// blob counts one. That it cannot be read is found where blobs are read whole.
func (s *summer) blob(key, _ []byte) error {
	d := digest(store.ReadKey(store.FamilyBlob, key).Digest())
	h, err := readHeld(s.r, d)
	if err != nil || !h.counted {
		return nil
	}
	s.totals[h.class()] += h.Size
	if h.remote {
		if _, err := s.r.Get(remoteKey(h, d)); err != nil {
			return fmt.Errorf("its place in the order of eviction: %w", err)
		}
	}
	return nil
}

func (s *summer) remote(key, _ []byte) error {
	k := store.ReadKey(store.FamilyBlobRemote, key)
	since, d := k.Time(), digest(k.Digest())
	h, err := readHeld(s.r, d)
	switch {
	case err != nil:
		return fmt.Errorf("the blob: %w", err)
	case !h.remote || !h.since.Equal(since):
		return errors.New("is not the blob's place in the order of eviction")
	}
	return nil
}

func (s *summer) by(key, _ []byte) error {
	k := store.ReadKey(store.FamilyBlobBy, key)
	d, member := digest(k.Digest()), k.DID()
	h, err := readHeld(s.r, d)
	if err != nil {
		return fmt.Errorf("the blob: %w", err)
	}
	s.used[member] += h.Size
	return nil
}

func (s *summer) derived(key, value []byte) error {
	k := store.ReadKey(store.FamilyDerived, key)
	d, kind := digest(k.Digest()), k.Text()
	since, made, err := readDerived(value)
	if err != nil {
		return err
	}
	s.totals[classCached] += int64(len(made.Bytes))
	if _, err := s.r.Get(derivedAge(since, d, kind)); err != nil {
		return fmt.Errorf("its place in the order of eviction: %w", err)
	}
	if _, err := readHeld(s.r, d); err != nil {
		return fmt.Errorf("the blob: %w", err)
	}
	return nil
}

func (s *summer) derivedAge(key, _ []byte) error {
	k := store.ReadKey(store.FamilyDerivedAge, key)
	since, d, kind := k.Time(), digest(k.Digest()), k.Text()
	value, err := s.r.Get(derived(d).Text(kind))
	if err != nil {
		return fmt.Errorf("what it orders: %w", err)
	}
	if have, _, err := readDerived(value); err != nil || !have.Equal(since) {
		return errors.New("is not its place in the order of eviction")
	}
	return nil
}

func (s *summer) evicted(key, _ []byte) error {
	d := digest(store.ReadKey(store.FamilyBlobEvicted, key).Digest())
	if _, err := readHeld(s.r, d); !errors.Is(err, store.ErrNotFound) {
		return errors.New("the blob is held")
	}
	if referred, err := any1(s.r, refs(d)); err != nil || !referred {
		return errors.New("nothing refers to it")
	}
	return nil
}
