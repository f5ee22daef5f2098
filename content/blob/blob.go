package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

const (
	// ChunkSize is the size of a leaf, and of the largest blob that is one block.
	// Leaves of 1 MiB travel twice as fast by Bitswap as the usual 256 KiB.
	ChunkSize = 1 << 20
	// MaxBlock bounds a block from outside: Bitswap's own limit.
	MaxBlock = 2 << 20
	// DefaultMax is the largest blob unless Options say otherwise.
	DefaultMax = 50 << 20
	// DefaultKeepUnused is how long what nothing refers to is kept.
	DefaultKeepUnused = 6 * time.Hour
)

// Options configure New. The zero value is right for a node.
type Options struct {
	// Max is the largest blob that is held, in bytes. 0 means DefaultMax.
	Max int64
	// KeepUnused is how long an upload may wait for the record that refers to it,
	// and how long a blob outlives the last one. 0 means DefaultKeepUnused.
	KeepUnused time.Duration
	// Budgets bound what is held in all.
	Budgets Budgets
	// Member reports whether somebody has an account here: what their records refer
	// to is never evicted. nil: nobody has.
	Member func(ctx context.Context, did identity.DID) (bool, error)
	// Allowed answers an error if one member's uploads may not take so many bytes in
	// all. nil: there is no quota.
	Allowed func(member identity.DID, bytes int64) error
	// Now is the clock, nil for time.Now.
	Now func() time.Time
}

// Store keeps blobs. It is safe for concurrent use.
type Store struct {
	db      *store.DB
	max     int64
	keep    time.Duration
	budgets Budgets
	allowed func(identity.DID, int64) error
	member  func(context.Context, identity.DID) (bool, error)
	now     func() time.Time
}

// New is the blobs of db, attached to it: from now on every commit tells it what
// is referred to. There is one for each database.
func New(db *store.DB, o Options) *Store {
	s := &Store{db: db, max: o.Max, keep: o.KeepUnused, budgets: o.Budgets.withDefaults(), member: o.Member, allowed: o.Allowed, now: o.Now}
	if s.max == 0 {
		s.max = DefaultMax
	}
	if s.keep == 0 {
		s.keep = DefaultKeepUnused
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.member == nil {
		s.member = func(context.Context, identity.DID) (bool, error) { return false, nil }
	}
	db.Attach(s)
	return s
}

// Ref is a blob that is held.
type Ref struct {
	CID  cid.Cid
	Size int64
	MIME string  // sniffed from the bytes
	DAG  cid.Cid // root of the UnixFS DAG; undefined up to ChunkSize
}

// digest is the sha2-256 by which a blob or block is kept.
type digest [32]byte

func digestOf(c cid.Cid) (digest, error) {
	if !c.Defined() {
		return digest{}, fmt.Errorf("%w: undefined", ErrInvalidCID)
	}
	h, err := multihash.Decode(c.Hash())
	if err != nil || c.Version() != 1 || h.Code != multihash.SHA2_256 || len(h.Digest) != 32 {
		return digest{}, fmt.Errorf("%w: %s", ErrInvalidCID, c)
	}
	return digest(h.Digest), nil
}

// cid is the CIDv1 of that digest.
func (d digest) cid(codec uint64) cid.Cid { return cid.NewCidV1(codec, d.multihash()) }

func (d digest) multihash() multihash.Multihash {
	return append(multihash.Multihash{multihash.SHA2_256, 32}, d[:]...)
}

// held is the entry of a blob that is held.
type held struct {
	Ref
	since   time.Time // of its latest idle entry
	dropped bool      // nothing refers to it any more; it is not served
	remote  bool      // held for others' records: it may be evicted
	counted bool      // in the total of its class; those of before there were totals are not
}

// The bits of a held blob's flags.
const (
	flagDropped = 1 << iota
	flagRemote
	flagCounted
)

func blobKey(d digest) store.Key { return store.NewKey(store.FamilyBlob).Digest(d) }

func idleKey(since time.Time, d digest) store.Key {
	return store.NewKey(store.FamilyBlobIdle).Time(since).Digest(d)
}

func missingKey(d digest) store.Key { return store.NewKey(store.FamilyBlobMissing).Digest(d) }

// refs is the prefix of the references to a blob.
func refs(d digest) store.Key { return store.NewKey(store.FamilyBlobRef).Digest(d) }

// holds is the prefix of the withheld records that refer to a blob.
func holds(d digest) store.Key { return store.NewKey(store.FamilyBlobHold).Digest(d) }

// The value of a held blob: since, flags, size, MIME, DAG root or nothing.
func (h *held) encode() []byte {
	var flags byte
	for bit, set := range map[byte]bool{flagDropped: h.dropped, flagRemote: h.remote, flagCounted: h.counted} {
		if set {
			flags |= bit
		}
	}
	k := store.NewKey(0)[:0].Time(h.since).Byte(flags).Uint(uint64(h.Size)).Text(h.MIME)
	if h.DAG.Defined() {
		k = k.Rest(h.DAG.Bytes())
	}
	return k
}

func readHeld(r store.Reader, d digest) (*held, error) {
	b, err := r.Get(blobKey(d))
	if err != nil {
		return nil, err
	}
	p := store.ReadParts(b)
	h := &held{since: p.Time()}
	flags := p.Byte()
	h.dropped, h.remote, h.counted = flags&flagDropped != 0, flags&flagRemote != 0, flags&flagCounted != 0
	h.CID, h.Size, h.MIME = d.cid(cid.Raw), int64(p.Uint()), p.Text()
	if dag := p.Rest(); len(dag) > 0 {
		if h.DAG, err = cid.Cast(dag); err != nil {
			return nil, fmt.Errorf("%w: blob %s: %w", ErrCorrupt, h.CID, err)
		}
	}
	if p.End() != nil {
		return nil, fmt.Errorf("%w: blob %s", ErrCorrupt, h.CID)
	}
	return h, nil
}

// Stat says what is held under a blob's CID.
func (s *Store) Stat(ctx context.Context, c cid.Cid) (Ref, error) {
	h, err := s.stat(s.db, c)
	if err != nil {
		return Ref{}, err
	}
	return h.Ref, nil
}

func (s *Store) stat(r store.Reader, c cid.Cid) (*held, error) {
	d, err := digestOf(c)
	if err != nil {
		return nil, err
	}
	h, err := readHeld(r, d)
	if err != nil {
		return nil, named(err)
	}
	if h.dropped {
		return nil, ErrNotFound
	}
	return h, nil
}

// named gives the store's not-found our name, and our prefix to what is not ours.
func named(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNotFound
	case err == nil, strings.HasPrefix(err.Error(), "blob: "):
		return err
	default:
		return fmt.Errorf("blob: %w", err)
	}
}

// ReferencedBy reports whether a visible record of did refers to the blob.
func (s *Store) ReferencedBy(ctx context.Context, c cid.Cid, did identity.DID) (bool, error) {
	d, err := digestOf(c)
	if err != nil {
		return false, err
	}
	yes, err := any1(s.db, refs(d).DID(did))
	return yes, named(err)
}

// any1 reports whether there is any key that prefix begins.
func any1(r store.Reader, prefix store.Key) (found bool, err error) {
	err = r.Scan(store.Prefix(prefix), store.Forward, 1, func(_, _ []byte) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// Apply is the store's hook: it notes which visible records refer to which blobs.
func (s *Store) Apply(b *store.Batch, c store.Change) error {
	if c.New != nil { // before Old, so that what both refer to stays
		for _, ref := range c.New.Refs.Blobs {
			if err := s.refer(b, c, ref); err != nil {
				return named(err)
			}
		}
	}
	if c.Old != nil {
		for _, ref := range c.Old.Refs.Blobs {
			if err := s.unrefer(b, c, ref); err != nil {
				return named(err)
			}
		}
	}
	return nil
}

func (s *Store) refer(b *store.Batch, c store.Change, ref record.BlobRef) error {
	d, err := digestOf(ref.CID)
	if err != nil {
		return nil // no blob of ours can have that name
	}
	b.Set(refs(d).DID(c.DID).Path(c.Path), encodeClaim(ref))
	b.Delete(holds(d).DID(c.DID).Path(c.Path))
	h, err := readHeld(b, d)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.miss(b, d)
	case err == nil && h.dropped:
		h.dropped = false
		b.Set(blobKey(d), h.encode())
	}
	return err
}

func (s *Store) unrefer(b *store.Batch, c store.Change, ref record.BlobRef) error {
	d, err := digestOf(ref.CID)
	if err != nil || c.New != nil && refersTo(c.New.Refs.Blobs, ref.CID) {
		return nil
	}
	b.Delete(refs(d).DID(c.DID).Path(c.Path))
	if c.Withheld { // not served, and not swept: it may come back
		b.Set(holds(d).DID(c.DID).Path(c.Path), nil)
	}
	if others, err := any1(b, refs(d)); err != nil {
		return err
	} else if others {
		return s.forgive(b, c.DID, d)
	}
	b.Delete(missingKey(d))
	b.Delete(evictedKey(d))
	h, err := readHeld(b, d)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		h.dropped = true
		s.idle(b, d, h)
	}
	return err
}

func refersTo(list []record.BlobRef, c cid.Cid) bool {
	for _, ref := range list {
		if ref.CID.Equals(c) {
			return true
		}
	}
	return false
}

// idle writes the held blob with an idle entry of now; an older entry means
// nothing any more.
func (s *Store) idle(b *store.Batch, d digest, h *held) {
	b.Delete(remoteKey(h, d))
	h.since = s.now().UTC().Truncate(time.Microsecond)
	if h.remote {
		b.Set(remoteKey(h, d), nil)
	}
	b.Set(blobKey(d), h.encode())
	b.Set(idleKey(h.since, d), nil)
}

// A claim is what a record says of a blob: size (2⁶⁴−1 if it does not say), MIME,
// DAG root or nothing.
func encodeClaim(ref record.BlobRef) []byte {
	mime, _, _ := strings.Cut(ref.MIME, "\x00")
	k := store.NewKey(0)[:0].Uint(uint64(ref.Size)).Text(mime)
	if ref.DAG.Defined() {
		k = k.Rest(ref.DAG.Bytes())
	}
	return k
}

func decodeClaim(d digest, value []byte) (ref record.BlobRef, err error) {
	p := store.ReadParts(value)
	ref.CID, ref.Size, ref.MIME = d.cid(cid.Raw), int64(p.Uint()), p.Text()
	if dag := p.Rest(); len(dag) > 0 {
		ref.DAG, err = cid.Cast(bytes.Clone(dag))
	}
	if p.End() != nil || err != nil {
		return ref, fmt.Errorf("%w: reference to %s", ErrCorrupt, ref.CID)
	}
	return ref, nil
}

// maxClaims bounds how many different claims about one blob are tried: records
// that lie about another's blob must not hide the true one for long.
const maxClaims = 4

// Missing is blobs that visible records refer to and that are not held, as those
// records describe them, beginning after the blob after (undefined: from the
// first). One blob is there several times if records differ about it.
func (s *Store) Missing(ctx context.Context, after cid.Cid, limit int) (list []record.BlobRef, err error) {
	all := store.Prefix(store.NewKey(store.FamilyBlobMissing))
	if after.Defined() {
		d, err := digestOf(after)
		if err != nil {
			return nil, err
		}
		all = all.After(missingKey(d))
	}
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, named(err)
	}
	defer snap.Close()
	err = snap.Scan(all, store.Forward, limit, func(key, _ []byte) (bool, error) {
		d := digest(store.ReadKey(store.FamilyBlobMissing, key).Digest())
		claims, err := claimsOf(snap, d)
		list = append(list, claims...)
		return true, err
	})
	return list, named(err)
}

func claimsOf(r store.Reader, d digest) (claims []record.BlobRef, err error) {
	err = r.Scan(store.Prefix(refs(d)), store.Forward, 16*maxClaims, func(_, value []byte) (bool, error) {
		ref, err := decodeClaim(d, value)
		for _, have := range claims {
			if have.Size == ref.Size && have.DAG.Equals(ref.DAG) {
				return true, err
			}
		}
		claims = append(claims, ref)
		return len(claims) < maxClaims, err
	})
	return claims, err
}
