package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/ipfs/go-cid"
)

func sum(b []byte) digest { return sha256.Sum256(b) }

// Put keeps the blob that r gives, of at most limit bytes (0: as the store
// allows). It holds a few chunks in memory, however large the blob. A blob that
// is held already is only made young again.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	return s.put(ctx, origin{}, r, limit)
}

// PutFor is Put for a member, against whose quota the blob counts for as long as it
// is held here (ErrQuota).
func (s *Store) PutFor(ctx context.Context, did identity.DID, r io.Reader, limit int64) (Ref, error) {
	return s.put(ctx, origin{by: did}, r, limit)
}

func (s *Store) put(ctx context.Context, from origin, r io.Reader, limit int64) (Ref, error) {
	if err := s.room(s.db, from, 1); err != nil { // before anything is read
		return Ref{}, named(err)
	}
	if limit <= 0 || limit > s.max {
		limit = s.max
	}
	head := make([]byte, min(limit, ChunkSize)+1)
	n, err := io.ReadFull(r, head)
	switch {
	case err == nil && limit <= ChunkSize:
		return Ref{}, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	case err == nil:
		return s.putLarge(ctx, from, io.MultiReader(bytes.NewReader(head), r), limit, sniff(head))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return s.putSmall(ctx, from, head[:n])
	default:
		return Ref{}, fmt.Errorf("blob: read: %w", err)
	}
}

func (s *Store) putSmall(ctx context.Context, from origin, data []byte) (Ref, error) {
	d := sum(data)
	ref := Ref{CID: d.cid(cid.Raw), Size: int64(len(data)), MIME: sniff(data)}
	err := s.db.Update(ctx, func(b *store.Batch) error {
		if err := s.putBlock(b, d, data); err != nil {
			return err
		}
		return s.hold(b, from, ref, []digest{d})
	})
	return ref, named(err)
}

// counter counts and hashes what passes, and fails above limit.
type counter struct {
	r     io.Reader
	sum   interface{ Write([]byte) (int, error) }
	n     int64
	limit int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.sum.Write(p[:n])
	if c.n > c.limit {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, c.limit)
	}
	return n, err
}

func (s *Store) putLarge(ctx context.Context, from origin, r io.Reader, limit int64, mime string) (Ref, error) {
	h := sha256.New()
	c := &counter{r: r, sum: h, limit: limit}
	a := s.newAdder(ctx)
	root, err := buildDAG(c, a)
	if err != nil {
		return Ref{}, errors.Join(named(err), s.discard(ctx, a.all))
	}
	ref := Ref{CID: digest(h.Sum(nil)).cid(cid.Raw), Size: c.n, MIME: mime, DAG: root}
	err = s.db.Update(ctx, func(b *store.Batch) error { return s.hold(b, from, ref, a.all) })
	if errors.Is(err, ErrQuota) || errors.Is(err, ErrFull) {
		return Ref{}, errors.Join(err, s.discard(ctx, a.all))
	}
	return ref, named(err)
}

// hold makes a blob of blocks that are here.
func (s *Store) hold(b *store.Batch, from origin, ref Ref, blocks []digest) error {
	d, err := digestOf(ref.CID)
	if err != nil {
		return err
	}
	h := &held{Ref: ref}
	if old, err := readHeld(b, d); err == nil {
		h = old // its DAG is as good as this one
		h.dropped = false
		err = s.welcome(b, from, d, h)
		if err != nil {
			return err
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	} else if err := errors.Join(s.room(b, from, ref.Size), own(b, d, blocks)); err != nil {
		return err
	} else if err := s.count(b, from, d, h); err != nil {
		return err
	}
	b.Delete(missingKey(d))
	b.Delete(evictedKey(d))
	s.idle(b, d, h)
	return nil
}

// own makes the blob an owner of each block. Another blob's sweep may have taken
// one away since it was seen.
func own(b *store.Batch, blob digest, blocks []digest) error {
	for _, d := range blocks {
		if _, _, err := readBlock(b, d); errors.Is(err, store.ErrNotFound) {
			return ErrIncomplete
		} else if err != nil {
			return err
		}
		b.Set(owners(d).Digest(blob), nil)
	}
	return nil
}

// discard removes blocks that came for a blob that is not to be.
func (s *Store) discard(ctx context.Context, blocks []digest) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return named(s.db.Update(ctx, func(b *store.Batch) error {
		for _, d := range blocks {
			if err := removeBlock(b, d); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Want is the blocks that are still missing before Adopt can take the blob. As
// inner nodes come, further ones show: it is to be asked until it answers none.
func (s *Store) Want(ctx context.Context, ref record.BlobRef) ([]cid.Cid, error) {
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, named(err)
	}
	defer snap.Close()
	root, err := s.root(ref)
	if err != nil {
		return nil, err
	}
	t, err := s.walk(snap, root)
	if err != nil {
		return nil, named(err)
	}
	return t.missing, nil
}

// root is where the blob's blocks begin, if its reference can be true at all.
func (s *Store) root(ref record.BlobRef) (cid.Cid, error) {
	if _, err := digestOf(ref.CID); err != nil {
		return cid.Undef, err
	}
	switch {
	case ref.Size > s.max:
		return cid.Undef, fmt.Errorf("%w: %d bytes", ErrTooLarge, ref.Size)
	case ref.DAG.Defined():
		return ref.DAG, nil
	case ref.Size > MaxBlock:
		return cid.Undef, fmt.Errorf("%w: %d bytes without a DAG root", ErrMismatch, ref.Size)
	}
	return ref.CID, nil
}

// Adopt makes a blob of blocks that have come (Want answers none). The whole is
// hashed again and must be what the reference says, size included; if it isn't,
// the blocks are thrown away.
func (s *Store) Adopt(ctx context.Context, ref record.BlobRef) (Ref, error) {
	root, err := s.root(ref)
	if err != nil {
		return Ref{}, err
	}
	held, blocks, err := s.verify(ctx, ref, root)
	if errors.Is(err, ErrMismatch) {
		return Ref{}, errors.Join(err, s.discard(ctx, blocks))
	}
	if err == nil {
		err = s.db.Update(ctx, func(b *store.Batch) error { return s.hold(b, origin{remote: true}, held, blocks) })
	}
	return held, named(err)
}

func (s *Store) verify(ctx context.Context, ref record.BlobRef, root cid.Cid) (Ref, []digest, error) {
	snap, err := s.db.Snapshot()
	if err != nil {
		return Ref{}, nil, err
	}
	defer snap.Close()
	t, err := s.walk(snap, root)
	if err != nil {
		return Ref{}, t.blocks, err
	}
	if len(t.missing) > 0 {
		return Ref{}, nil, ErrIncomplete
	}
	if ref.Size >= 0 && t.size != ref.Size {
		return Ref{}, t.blocks, fmt.Errorf("%w: %d bytes where the record says %d", ErrMismatch, t.size, ref.Size)
	}
	h, first := sha256.New(), []byte(nil)
	for _, l := range t.leaves {
		if ctx.Err() != nil {
			return Ref{}, nil, context.Cause(ctx)
		}
		_, data, err := readBlock(snap, l.block)
		if err != nil {
			return Ref{}, nil, err
		}
		h.Write(data)
		if first == nil {
			first = data
		}
	}
	whole := Ref{CID: digest(h.Sum(nil)).cid(cid.Raw), Size: t.size, MIME: sniff(first)}
	if !whole.CID.Equals(ref.CID) {
		return Ref{}, t.blocks, fmt.Errorf("%w: the bytes are %s, not %s", ErrMismatch, whole.CID, ref.CID)
	}
	if t.size > ChunkSize {
		whole.DAG = root
	}
	return whole, t.blocks, nil
}

// sniff tells the MIME type from the first bytes, without parameters. What is
// none of the types that https://mimesniff.spec.whatwg.org/ knows, nor one of the
// image formats below, is application/octet-stream.
func sniff(b []byte) string {
	if len(b) >= 12 && string(b[4:8]) == "ftyp" {
		switch string(b[8:12]) {
		case "avif", "avis":
			return "image/avif"
		case "heic", "heix", "mif1":
			return "image/heic"
		}
	}
	mime, _, _ := strings.Cut(http.DetectContentType(b), ";")
	return mime
}
