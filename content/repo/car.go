package repo

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

const (
	MaxCAR    = 512 << 20 // bytes of all blocks together; they are held in memory
	MaxBlock  = 2 << 20   // bytes of one block, what AT servers allow
	maxHeader = 4 << 10
)

// blocks are the verified blocks of a file.
type blocks map[cid.Cid][]byte

// readBlocks reads a CARv1 (https://ipld.io/specs/transport/car/carv1/) and
// checks each block's hash. Blocks may take most bytes together.
func readBlocks(r io.Reader, most int) (root cid.Cid, all blocks, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	header, err := readSection(in, maxHeader)
	if err != nil {
		return cid.Undef, nil, fmt.Errorf("%w: header: %w", ErrCAR, noEOF(err))
	}
	if root, err = rootOf(header); err != nil {
		return cid.Undef, nil, err
	}
	all = blocks{}
	for total := 0; ; {
		section, err := readSection(in, MaxBlock)
		if errors.Is(err, io.EOF) {
			return root, all, nil
		}
		if err != nil {
			return cid.Undef, nil, fmt.Errorf("%w: block %d: %w", ErrCAR, len(all), err)
		}
		if total += len(section); total > most {
			return cid.Undef, nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, most)
		}
		if err := all.add(section); err != nil {
			return cid.Undef, nil, fmt.Errorf("%w: block %d: %w", ErrCAR, len(all), err)
		}
	}
}

// readSection reads a length and as many bytes. io.EOF means that there was
// nothing more, at a place where there need not be.
func readSection(in *bufio.Reader, most uint64) ([]byte, error) {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err // a varint cut short is io.ErrUnexpectedEOF already
	}
	if size == 0 || size > most {
		return nil, fmt.Errorf("%w: section of %d bytes", ErrTooLarge, size)
	}
	section := make([]byte, size)
	_, err = io.ReadFull(in, section)
	return section, noEOF(err)
}

// noEOF is for places where the end of the file is a fault.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// rootOf reads {roots: [link…], version: 1}; the first root is the commit.
func rootOf(header []byte) (cid.Cid, error) {
	if err := dagcbor.Check(header); err != nil {
		return cid.Undef, fmt.Errorf("%w: header: %w", ErrCAR, err)
	}
	n := dagcbor.Node(header)
	if version, ok := n.Get("version").Int(); !ok || version != 1 {
		return cid.Undef, fmt.Errorf("%w: not version 1", ErrCAR)
	}
	for root := range n.Get("roots").Items() {
		return linkCID(root.Link())
	}
	return cid.Undef, fmt.Errorf("%w: no root", ErrCAR)
}

func linkCID(binary []byte) (cid.Cid, error) {
	c, err := cid.Cast(binary)
	if err != nil {
		return cid.Undef, fmt.Errorf("%w: %w", ErrCAR, err)
	}
	return c, nil
}

// add checks a section, a CID and the block that it names. AT uses sha2-256
// alone.
func (all blocks) add(section []byte) error {
	n, c, err := cid.CidFromBytes(section)
	if err != nil {
		return err
	}
	block, prefix := section[n:], c.Prefix()
	if prefix.Version != 1 || prefix.MhType != 0x12 || prefix.MhLength != sha256.Size {
		return fmt.Errorf("%s is not CIDv1 with sha2-256", c)
	}
	if want, _ := prefix.Sum(block); !want.Equals(c) {
		return fmt.Errorf("content is not what %s names", c)
	}
	all[c] = block
	return nil
}
