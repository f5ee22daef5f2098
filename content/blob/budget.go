package blob

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"metanet/content/store"
	"metanet/identity"
)

// Budgets bound what is held, in bytes. 0 means the default, less than 0 no bound.
type Budgets struct {
	// Local is what was uploaded or imported here. It is never evicted: when the
	// budget is used up, uploads are refused.
	Local int64
	// Remote is what was fetched for the records of people elsewhere. Over it, what
	// has been here longest is evicted, and fetched again when somebody asks.
	Remote int64
	// Cached is what was made of blobs and can be made again: thumbnails.
	Cached int64
	// LowDisk is how much must be free on the disk. Below it nothing is fetched or
	// cached and Evict makes room; below half of it uploads are refused. (The
	// store's own brake is below that.)
	LowDisk int64
}

// Defaults of Budgets: a small server with a disk of 100 GiB.
const (
	DefaultLocal   = 32 << 30
	DefaultRemote  = 16 << 30
	DefaultCached  = 1 << 30
	DefaultLowDisk = 1 << 30
)

func (b Budgets) withDefaults() Budgets {
	for value, standard := range map[*int64]int64{
		&b.Local: DefaultLocal, &b.Remote: DefaultRemote, &b.Cached: DefaultCached, &b.LowDisk: DefaultLowDisk,
	} {
		if *value == 0 {
			*value = standard
		}
	}
	return b
}

// class is what a blob's bytes count as.
type class byte

const (
	classLocal class = iota
	classRemote
	classCached
)

// origin is how a blob came: uploaded, by a member or not, or fetched.
type origin struct {
	by     identity.DID // "" counts against nobody's quota
	remote bool
}

func (h *held) class() class {
	if h.remote {
		return classRemote
	}
	return classLocal
}

func by(d digest) store.Key            { return store.NewKey(store.FamilyBlobBy).Digest(d) }
func usedKey(m identity.DID) store.Key { return store.NewKey(store.FamilyBlobUsed).DID(m) }
func totalKey(c class) store.Key       { return store.NewKey(store.FamilyBlobTotal).Byte(byte(c)) }
func remoteKey(h *held, d digest) store.Key {
	return store.NewKey(store.FamilyBlobRemote).Time(h.since).Digest(d)
}

// readSum is a counter of bytes, 0 until something was added.
func readSum(r store.Reader, key store.Key) (int64, error) {
	b, err := r.Get(key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(b) != 8:
		return 0, fmt.Errorf("%w: counter %x", ErrCorrupt, []byte(key))
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func addSum(b *store.Batch, key store.Key, n int64) error {
	have, err := readSum(b, key)
	switch sum := have + n; {
	case err != nil:
		return err
	case sum < 0:
		return fmt.Errorf("%w: counter %x falls below nothing", ErrCorrupt, []byte(key))
	case sum == 0:
		b.Delete(key)
	default:
		b.Set(key, binary.BigEndian.AppendUint64(nil, uint64(sum)))
	}
	return nil
}

// room refuses what has no place. Remote blobs always have one within their budget:
// others make room (Evict).
func (s *Store) room(r store.Reader, from origin, size int64) error {
	budget, line, c := s.budgets.Local, s.budgets.LowDisk/2, classLocal
	if from.remote {
		budget, line, c = s.budgets.Remote, s.budgets.LowDisk, classRemote
	}
	if s.db.LowOn(line) {
		return fmt.Errorf("%w: less than %d bytes free on the disk", ErrFull, line)
	}
	total, err := readSum(r, totalKey(c))
	if err != nil {
		return err
	}
	if from.remote {
		total = 0
	}
	if budget >= 0 && total+size > budget {
		return fmt.Errorf("%w: the budget is %d bytes", ErrFull, budget)
	}
	return s.quota(r, from.by, size)
}

func (s *Store) quota(r store.Reader, member identity.DID, size int64) error {
	if member == "" || s.allowed == nil {
		return nil
	}
	used, err := readSum(r, usedKey(member))
	if err != nil {
		return err
	}
	if err := s.allowed(member, used+size); err != nil {
		return fmt.Errorf("%w: %w", ErrQuota, err)
	}
	return nil
}

// count enters a blob that is about to be held.
func (s *Store) count(b *store.Batch, from origin, d digest, h *held) error {
	h.remote, h.counted = from.remote, true
	if err := addSum(b, totalKey(h.class()), h.Size); err != nil {
		return err
	}
	return s.charge(b, from.by, d, h.Size)
}

// welcome makes a blob that is here already its new uploader's, too.
func (s *Store) welcome(b *store.Batch, from origin, d digest, h *held) error {
	if from.remote {
		return nil
	}
	if h.remote {
		if err := s.room(b, from, h.Size); err != nil {
			return err
		}
		b.Delete(remoteKey(h, d))
		if err := s.promote(b, h); err != nil {
			return err
		}
	}
	if from.by == "" {
		return nil
	}
	if mine, err := any1(b, by(d).DID(from.by)); err != nil || mine {
		return err
	}
	if err := s.quota(b, from.by, h.Size); err != nil {
		return err
	}
	return s.charge(b, from.by, d, h.Size)
}

// promote makes a remote blob local; its entry for eviction is the caller's.
func (s *Store) promote(b *store.Batch, h *held) error {
	if err := addSum(b, totalKey(classRemote), -h.Size); err != nil {
		return err
	}
	h.remote = false
	return addSum(b, totalKey(classLocal), h.Size)
}

func (s *Store) charge(b *store.Batch, member identity.DID, d digest, size int64) error {
	if member == "" {
		return nil
	}
	b.Set(by(d).DID(member), nil)
	return addSum(b, usedKey(member), size)
}

// forgive ends a charge when nothing of the member's refers to the blob any more and
// it stays for others' sake. (While nobody refers to it, it is charged until swept.)
func (s *Store) forgive(b *store.Batch, member identity.DID, d digest) error {
	if still, err := any1(b, refs(d).DID(member)); err != nil || still {
		return err
	}
	if charged, err := any1(b, by(d).DID(member)); err != nil || !charged {
		return err
	}
	h, err := readHeld(b, d)
	if err != nil {
		return err
	}
	b.Delete(by(d).DID(member))
	return addSum(b, usedKey(member), -h.Size)
}

// uncount takes a blob that is being removed out of all sums, and what was made of
// it away.
func (s *Store) uncount(b *store.Batch, d digest, h *held) error {
	var members []identity.DID
	err := b.Scan(store.Prefix(by(d)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		k := store.ReadKey(store.FamilyBlobBy, key)
		k.Digest()
		members = append(members, k.DID())
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, m := range members {
		b.Delete(by(d).DID(m))
		if err := addSum(b, usedKey(m), -h.Size); err != nil {
			return err
		}
	}
	if h.counted {
		if err := addSum(b, totalKey(h.class()), -h.Size); err != nil {
			return err
		}
	}
	return s.dropDerived(b, d)
}

// Used is the bytes of a member's uploads, which [Options.Allowed] bounds.
func (s *Store) Used(member identity.DID) (int64, error) {
	used, err := readSum(s.db, usedKey(member))
	return used, named(err)
}

// Usage is the bytes held and the budgets for them.
type Usage struct {
	Local, Remote, Cached int64
	Budgets               Budgets
	LowDisk               bool // the brake is on
}

// Usage says how much is held.
func (s *Store) Usage(ctx context.Context) (u Usage, err error) {
	u.Budgets, u.LowDisk = s.budgets, s.db.LowOn(s.budgets.LowDisk)
	for c, sum := range map[class]*int64{classLocal: &u.Local, classRemote: &u.Remote, classCached: &u.Cached} {
		if *sum, err = readSum(s.db, totalKey(c)); err != nil {
			return u, named(err)
		}
	}
	return u, nil
}
