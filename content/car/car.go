// Package car reads and writes CARv1 files (https://ipld.io/specs/transport/car/carv1/):
// a header that names roots, then blocks, each behind its CID. Files are streams
// here: one block is in memory at a time, or none of it where it is read as a
// stream. Every byte of a block is held against its CID.
//
// CIDs are version 1 with sha2-256, which is what AT and this network use. The
// package knows nothing of what blocks mean.
package car

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

var (
	// ErrFormat: the bytes are no CARv1, or end in the middle of a block.
	ErrFormat = errors.New("car: damaged CAR file")
	// ErrMismatch: a block is not what its CID names.
	ErrMismatch = errors.New("car: content is not what its CID names")
	// ErrTooLarge: a section is over the reader's limit.
	ErrTooLarge = errors.New("car: too large")
)

const (
	maxHeader = 4 << 10
	maxCID    = 64 // the binary form of the CIDs that are taken is 36 to 44 bytes
)

// Reader reads one file.
type Reader struct {
	in    *bufio.Reader
	max   int64
	roots []cid.Cid
	open  *body // the block last answered, whose rest Next passes over
}

// NewReader reads the header. A block may have max bytes.
func NewReader(r io.Reader, max int64) (*Reader, error) {
	c := &Reader{in: bufio.NewReaderSize(r, 64<<10), max: max}
	size, err := c.length(maxHeader)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, noEOF(err))
	}
	header := make([]byte, size)
	if _, err := io.ReadFull(c.in, header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, noEOF(err))
	}
	return c, c.readHeader(header)
}

// Roots are the header's, one at least.
func (c *Reader) Roots() []cid.Cid { return c.roots }

// readHeader reads {roots: [link…], version: 1}.
func (c *Reader) readHeader(header []byte) error {
	if err := dagcbor.Check(header); err != nil {
		return fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	n := dagcbor.Node(header)
	if version, ok := n.Get("version").Int(); !ok || version != 1 {
		return fmt.Errorf("%w: not version 1", ErrFormat)
	}
	for link := range n.Get("roots").Items() {
		root, err := cid.Cast(link.Link())
		if err != nil {
			return fmt.Errorf("%w: root: %w", ErrFormat, err)
		}
		c.roots = append(c.roots, root)
	}
	if len(c.roots) == 0 {
		return fmt.Errorf("%w: no root", ErrFormat)
	}
	return nil
}

// length reads a section's length. io.EOF means that there was nothing more, at a
// place where there need not be.
func (c *Reader) length(most int64) (int64, error) {
	size, err := binary.ReadUvarint(c.in)
	if err != nil {
		return 0, err // a varint cut short is io.ErrUnexpectedEOF already
	}
	if size == 0 || size > uint64(most) {
		return 0, fmt.Errorf("%w: section of %d bytes", ErrTooLarge, size)
	}
	return int64(size), nil
}

// noEOF is for places where the end of the file is a fault.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Block is one block that is still to be read: Read answers io.EOF only when all
// of it was there and is what the CID names, else ErrMismatch or ErrFormat.
type Block struct {
	CID  cid.Cid
	Size int64
	io.Reader
}

// Bytes reads the whole block.
func (b *Block) Bytes() ([]byte, error) {
	data := make([]byte, b.Size)
	if _, err := io.ReadFull(b, data); err != nil && b.Size > 0 {
		return nil, noEOF(err)
	}
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, io.EOF) { // the hash is judged at the end
		return nil, err
	}
	return data, nil
}

// Next is the next block, io.EOF behind the last. What was left of the one before
// is passed over, and judged, too.
func (c *Reader) Next() (*Block, error) {
	if c.open != nil {
		if _, err := io.Copy(io.Discard, c.open); err != nil {
			return nil, err
		}
		c.open = nil
	}
	size, err := c.length(c.max + maxCID)
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	head, err := c.in.Peek(int(min(size, maxCID)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, noEOF(err))
	}
	n, id, err := cid.CidFromBytes(head)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if p := id.Prefix(); p.Version != 1 || p.MhType != 0x12 || p.MhLength != sha256.Size {
		return nil, fmt.Errorf("%w: %s is not CIDv1 with sha2-256", ErrFormat, id)
	}
	if _, err := c.in.Discard(n); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, noEOF(err))
	}
	c.open = &body{in: c.in, left: size - int64(n), want: id, sum: sha256.New()}
	return &Block{CID: id, Size: c.open.left, Reader: c.open}, nil
}

// body is the bytes of one block, hashed as they pass.
type body struct {
	in   io.Reader
	left int64
	want cid.Cid
	sum  hash.Hash
	err  error
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.left == 0 {
		b.err = b.judge()
		return 0, b.err
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.sum.Write(p[:n])
	b.left -= int64(n)
	if err != nil && b.left > 0 {
		b.err = fmt.Errorf("%w: %w", ErrFormat, noEOF(err))
		return n, b.err
	}
	return n, nil
}

func (b *body) judge() error {
	if digest := b.want.Hash()[2:]; !bytes.Equal(b.sum.Sum(nil), digest) {
		return fmt.Errorf("%w: %s", ErrMismatch, b.want)
	}
	return io.EOF
}

// Writer writes one file.
type Writer struct{ out *bufio.Writer }

// NewWriter writes the header.
func NewWriter(w io.Writer, roots ...cid.Cid) (*Writer, error) {
	header := dagcbor.AppendMap(nil, 2)
	header = dagcbor.AppendArray(dagcbor.AppendText(header, "roots"), len(roots))
	for _, root := range roots {
		header = dagcbor.AppendLink(header, string(root.Bytes()))
	}
	header = dagcbor.AppendUint(dagcbor.AppendText(header, "version"), 1)
	c := &Writer{bufio.NewWriterSize(w, 64<<10)}
	if _, err := c.out.Write(binary.AppendUvarint(nil, uint64(len(header)))); err != nil {
		return nil, fmt.Errorf("car: %w", err)
	}
	_, err := c.out.Write(header)
	return c, wrap(err)
}

// Put writes one block.
func (c *Writer) Put(id cid.Cid, data []byte) error {
	return c.Copy(id, int64(len(data)), bytes.NewReader(data))
}

// Copy writes one block of size bytes from r. It doesn't check that they are what
// the CID names: whoever reads the file does.
func (c *Writer) Copy(id cid.Cid, size int64, r io.Reader) error {
	head := id.Bytes()
	if _, err := c.out.Write(append(binary.AppendUvarint(nil, uint64(len(head))+uint64(size)), head...)); err != nil {
		return wrap(err)
	}
	if n, err := io.Copy(c.out, io.LimitReader(r, size)); err != nil || n != size {
		return fmt.Errorf("car: block %s: %d of %d bytes: %w", id, n, size, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// Flush writes what is buffered.
func (c *Writer) Flush() error { return wrap(c.out.Flush()) }

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("car: %w", err)
	}
	return nil
}
