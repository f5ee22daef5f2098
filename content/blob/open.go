package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"

	"metanet/content/store"

	"github.com/ipfs/go-cid"
)

// Open reads a blob. The reader holds one chunk in memory, seeks at no cost, and
// fails if the blob is swept meanwhile.
func (s *Store) Open(ctx context.Context, c cid.Cid) (io.ReadSeekCloser, error) {
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, named(err)
	}
	defer snap.Close()
	h, err := s.stat(snap, c)
	if err != nil {
		return nil, err
	}
	leaves, err := s.leaves(snap, h)
	if err != nil {
		return nil, named(err)
	}
	return newReader(ctx, s.db, leaves, h.Size), nil
}

// WholeDAG is the size of a blob's UnixFS DAG, of which each block is here and may
// be seen. What it answers for is bounded, however its links are made: blocks that
// nothing has adopted yet may be anything.
func (s *Store) WholeDAG(ctx context.Context, root cid.Cid) (int64, error) {
	d, err := digestOf(root)
	if err != nil {
		return 0, err
	}
	snap, err := s.db.Snapshot()
	if err != nil {
		return 0, named(err)
	}
	defer snap.Close()
	if hidden, err := dropped(snap, d); err != nil || hidden {
		return 0, errors.Join(named(err), ErrNotFound)
	}
	t, err := s.walk(snap, root)
	switch {
	case err != nil:
		return 0, named(err)
	case len(t.missing) > 0:
		return 0, ErrIncomplete
	}
	return t.size, nil
}

func (s *Store) leaves(r store.Reader, h *held) ([]leaf, error) {
	root := h.CID
	if h.DAG.Defined() {
		root = h.DAG
	}
	t, err := s.walk(r, root)
	if err != nil {
		return nil, err
	}
	if t.size != h.Size {
		return nil, fmt.Errorf("%w: blob %s has %d bytes of %d", ErrCorrupt, h.CID, t.size, h.Size)
	}
	return t.leaves, nil
}

type reader struct {
	ctx    context.Context
	db     *store.DB
	leaves []leaf
	ends   []int64 // of each leaf
	size   int64
	at     int64
	loaded int // the leaf whose bytes data is, or -1
	data   []byte
	closed bool
}

func newReader(ctx context.Context, db *store.DB, leaves []leaf, size int64) *reader {
	r := &reader{ctx: ctx, db: db, leaves: leaves, size: size, loaded: -1}
	var end int64
	for _, l := range leaves {
		end += l.size
		r.ends = append(r.ends, end)
	}
	return r
}

func (r *reader) Read(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, fs.ErrClosed
	case r.ctx.Err() != nil:
		return 0, context.Cause(r.ctx)
	case r.at >= r.size:
		return 0, io.EOF
	}
	i := sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > r.at })
	if err := r.load(i); err != nil {
		return 0, err
	}
	n := copy(p, r.data[r.at-(r.ends[i]-r.leaves[i].size):])
	r.at += int64(n)
	return n, nil
}

func (r *reader) load(i int) error {
	if i == r.loaded {
		return nil
	}
	_, data, err := readBlock(r.db, r.leaves[i].block)
	if err != nil {
		return named(err)
	}
	if int64(len(data)) != r.leaves[i].size {
		return fmt.Errorf("%w: block %s", ErrCorrupt, r.leaves[i].block.cid(cid.Raw))
	}
	r.loaded, r.data = i, data
	return nil
}

func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("blob: seek: %w", fs.ErrInvalid)
	}
	r.at = offset
	return offset, nil
}

func (r *reader) Close() error {
	r.closed, r.data = true, nil
	return nil
}
