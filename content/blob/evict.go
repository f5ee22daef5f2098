package blob

import (
	"context"
	"errors"

	"metanet/content/store"
	"metanet/identity"

	"github.com/ipfs/go-cid"
)

const (
	// evictAtOnce is how many blobs one update evicts: each may have many blocks.
	evictAtOnce = 16
	// brakeStep is how many bytes one Evict frees while the disk is low: the engine
	// gives space back when it compacts, some time later.
	brakeStep = 64 << 20
)

// A blob that was evicted is referred to and neither held nor missing.

func evictedKey(d digest) store.Key { return store.NewKey(store.FamilyBlobEvicted).Digest(d) }

// miss notes that a blob is wanted, unless it was let go: then it waits until
// somebody asks for it (Recall).
func (s *Store) miss(b *store.Batch, d digest) error {
	_, err := b.Get(evictedKey(d))
	if errors.Is(err, store.ErrNotFound) {
		b.Set(missingKey(d), nil)
		return nil
	}
	return err
}

// Recall makes an evicted blob one that is missing, for somebody asks for it. It
// reports whether it was evicted, or is being fetched already.
func (s *Store) Recall(ctx context.Context, c cid.Cid) (wanted bool, err error) {
	d, err := digestOf(c)
	if err != nil {
		return false, nil // no blob of ours can have that name
	}
	if _, err := s.db.Get(missingKey(d)); err == nil {
		return true, nil
	}
	if _, err := s.db.Get(evictedKey(d)); errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	err = s.db.Update(ctx, func(b *store.Batch) error {
		if _, err := b.Get(evictedKey(d)); errors.Is(err, store.ErrNotFound) {
			return nil // somebody was faster
		} else if err != nil {
			return err
		}
		b.Delete(evictedKey(d))
		b.Set(missingKey(d), nil)
		return nil
	})
	return err == nil, named(err)
}

// Accepts reports whether a blob may be fetched now: there is room on the disk, and
// it would fit into the budget.
func (s *Store) Accepts(size int64) bool {
	fits := s.budgets.Remote < 0 || size <= s.budgets.Remote
	return fits && !s.db.LowOn(s.budgets.LowDisk)
}

// Evict brings cached and remote bytes back into their budgets, what has been here
// longest first, and makes some room when the disk is low: first what can be made
// again, then what can be fetched again. What a member's records refer to stays,
// whoever brought it.
func (s *Store) Evict(ctx context.Context) (freed int64, err error) {
	low := s.db.LowOn(s.budgets.LowDisk)
	for _, e := range []struct {
		class  class
		budget int64
		some   func(context.Context, *store.Batch, int64) (int64, bool, error)
	}{
		{classCached, s.budgets.Cached, s.evictDerived},
		{classRemote, s.budgets.Remote, s.evictRemote},
	} {
		total, err := readSum(s.db, totalKey(e.class))
		if err != nil {
			return freed, named(err)
		}
		var goal int64
		if e.budget >= 0 {
			goal = max(0, total-e.budget)
		}
		if low {
			goal = max(goal, min(total, brakeStep-freed))
		}
		n, err := s.free(ctx, goal, e.some)
		if freed += n; err != nil {
			return freed, named(err)
		}
	}
	return freed, nil
}

func (s *Store) free(ctx context.Context, goal int64, some func(context.Context, *store.Batch, int64) (int64, bool, error)) (freed int64, err error) {
	for more := true; more && freed < goal && err == nil; {
		err = s.db.Reclaim(ctx, func(b *store.Batch) error {
			n, again, err := some(ctx, b, goal-freed)
			freed, more = freed+n, again
			return err
		})
	}
	return freed, err
}

func (s *Store) evictRemote(ctx context.Context, b *store.Batch, goal int64) (freed int64, more bool, err error) {
	var keys [][]byte
	err = b.Scan(store.Prefix(store.NewKey(store.FamilyBlobRemote)), store.Forward, evictAtOnce, func(key, _ []byte) (bool, error) {
		keys = append(keys, append([]byte(nil), key...))
		return true, nil
	})
	for _, key := range keys {
		if freed >= goal || err != nil {
			break
		}
		b.Delete(store.Key(key))
		k := store.ReadKey(store.FamilyBlobRemote, key)
		since, d := k.Time(), digest(k.Digest())
		h, readErr := readHeld(b, d)
		if errors.Is(readErr, store.ErrNotFound) || readErr == nil && (!h.remote || !h.since.Equal(since)) {
			continue // gone, local, or younger than this entry
		}
		if err = readErr; err == nil {
			var n int64
			n, err = s.evict(ctx, b, d, h)
			freed += n
		}
	}
	return freed, len(keys) == evictAtOnce, err
}

func (s *Store) evict(ctx context.Context, b *store.Batch, d digest, h *held) (int64, error) {
	ours, referred, err := s.ours(ctx, b, d)
	if err != nil {
		return 0, err
	}
	if ours {
		if err := s.promote(b, h); err != nil {
			return 0, err
		}
		b.Delete(remoteKey(h, d))
		b.Set(blobKey(d), h.encode())
		return h.Size, nil // no longer of this class, though not gone
	}
	if _, err := s.remove(b, d, h); err != nil {
		return 0, err
	}
	if referred {
		b.Set(evictedKey(d), nil)
	}
	return h.Size, nil
}

// ours reports whether a member's record, visible or withheld, refers to the blob,
// and whether any visible one does.
func (s *Store) ours(ctx context.Context, r store.Reader, d digest) (ours, referred bool, err error) {
	for f, prefix := range map[store.Family]store.Key{store.FamilyBlobRef: refs(d), store.FamilyBlobHold: holds(d)} {
		var last identity.DID
		err = r.Scan(store.Prefix(prefix), store.Forward, 0, func(key, _ []byte) (bool, error) {
			k := store.ReadKey(f, key)
			k.Digest()
			referred = referred || f == store.FamilyBlobRef
			did := k.DID()
			if did == last {
				return true, nil
			}
			last = did
			yes, err := s.member(ctx, did)
			ours = ours || yes
			return !yes, err
		})
		if err != nil || ours {
			return ours, referred, err
		}
	}
	return ours, referred, nil
}
