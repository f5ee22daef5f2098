package blob

import (
	"context"
	"errors"
	"fmt"
	"io"

	"metanet/content/store"

	chunker "github.com/ipfs/boxo/chunker"
	dag "github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// Bounds of a DAG from outside: our own has one root over leaves of 1 MiB.
const (
	maxBlocks = 8192
	maxLevels = 8
)

// buildDAG writes r as a UnixFS DAG and answers its root.
func buildDAG(r io.Reader, a *adder) (cid.Cid, error) {
	params := helpers.DagBuilderParams{
		Dagserv: a, RawLeaves: true, Maxlinks: helpers.DefaultLinksPerBlock, CidBuilder: dag.V1CidPrefix(),
	}
	b, err := params.New(chunker.NewSizeSplitter(r, ChunkSize))
	if err != nil {
		return cid.Undef, fmt.Errorf("blob: %w", err)
	}
	root, err := balanced.Layout(b)
	if err != nil {
		return cid.Undef, err
	}
	return root.Cid(), a.flush()
}

// adder takes the nodes of a DAG as they are made and writes them a few at a
// time. It is the one thing that boxo's builder asks of a DAGService.
type adder struct {
	dag.ErrorService
	ctx     context.Context
	s       *Store
	pending []blocks.Block
	all     []digest // every block of the DAG
}

// pendingBlocks bounds what an upload holds in memory, in blocks of ChunkSize.
const pendingBlocks = 4

func (s *Store) newAdder(ctx context.Context) *adder {
	return &adder{ErrorService: dag.ErrorService{Err: errors.ErrUnsupported}, ctx: ctx, s: s}
}

func (a *adder) Add(ctx context.Context, n ipld.Node) error {
	d, err := digestOf(n.Cid())
	if err != nil {
		return err
	}
	a.all, a.pending = append(a.all, d), append(a.pending, n)
	if len(a.pending) >= pendingBlocks {
		return a.flush()
	}
	return nil
}

func (a *adder) AddMany(ctx context.Context, list []ipld.Node) error {
	for _, n := range list {
		if err := a.Add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (a *adder) flush() error {
	list := a.pending
	a.pending = nil
	return a.s.Blockstore().PutMany(a.ctx, list)
}

// leaf is one piece of a blob.
type leaf struct {
	block digest
	size  int64
}

// tree is what a DAG is made of.
type tree struct {
	leaves  []leaf
	blocks  []digest  // leaves and inner nodes, each once
	missing []cid.Cid // blocks that are not here; leaves behind them are unknown
	size    int64
}

// walk reads the inner nodes of a DAG. It refuses whatever is not a UnixFS file of
// raw leaves, and sizes that don't add up.
func (s *Store) walk(r store.Reader, root cid.Cid) (*tree, error) {
	w := walker{r: r, max: s.max, seen: make(map[digest]bool)}
	size, err := w.visit(root, 0)
	w.tree.size = size
	return &w.tree, err
}

type walker struct {
	tree
	r    store.Reader
	max  int64
	seen map[digest]bool
	n    int
}

func (w *walker) visit(c cid.Cid, level int) (size int64, err error) {
	d, err := digestOf(c)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	if w.n++; w.n > maxBlocks || level > maxLevels {
		return 0, fmt.Errorf("%w: DAG of too many blocks", ErrMismatch)
	}
	_, data, err := readBlock(w.r, d)
	if errors.Is(err, store.ErrNotFound) {
		w.missing = append(w.missing, c)
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	if !w.seen[d] {
		w.seen[d] = true
		w.blocks = append(w.blocks, d)
	}
	switch c.Prefix().Codec {
	case cid.Raw:
		w.leaves = append(w.leaves, leaf{d, int64(len(data))})
		return int64(len(data)), nil
	case cid.DagProtobuf:
		return w.inner(data, level)
	default:
		return 0, fmt.Errorf("%w: DAG with a block of codec %x", ErrMismatch, c.Prefix().Codec)
	}
}

// inner visits the children of a UnixFS file node. -1 is a size not known yet.
func (w *walker) inner(data []byte, level int) (size int64, err error) {
	n, err := dag.DecodeProtobuf(data)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	f, err := unixfs.FSNodeFromBytes(n.Data())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	links := n.Links()
	if f.Type() != unixfs.TFile || len(f.Data()) > 0 || len(links) == 0 || len(links) != f.NumChildren() ||
		f.FileSize() > uint64(w.max) {
		return 0, fmt.Errorf("%w: not a UnixFS file of raw leaves within %d bytes", ErrMismatch, w.max)
	}
	known := true
	for i, link := range links {
		child, err := w.visit(link.Cid, level+1)
		if err != nil {
			return 0, err
		}
		if child >= 0 && uint64(child) != f.BlockSize(i) {
			return 0, fmt.Errorf("%w: a block of %d bytes where its parent says %d", ErrMismatch, child, f.BlockSize(i))
		}
		known, size = known && child >= 0, size+child
	}
	switch {
	case !known:
		return -1, nil
	case uint64(size) != f.FileSize():
		return 0, fmt.Errorf("%w: %d bytes where the root says %d", ErrMismatch, size, f.FileSize())
	}
	return size, nil
}
