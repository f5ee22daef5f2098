package repo

import (
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"

	"metanet/content/car"
)

const (
	MaxCAR   = 512 << 20 // bytes of all blocks together; they are held in memory
	MaxBlock = 2 << 20   // bytes of one block, what AT servers allow
)

// blocks are the verified blocks of a file.
type blocks map[cid.Cid][]byte

// readBlocks reads a CARv1 and checks each block's hash (content/car). Blocks may
// take most bytes together.
func readBlocks(r io.Reader, most int) (root cid.Cid, all blocks, err error) {
	in, err := car.NewReader(r, MaxBlock)
	if err != nil {
		return cid.Undef, nil, fmt.Errorf("%w: %w", ErrCAR, err)
	}
	all = blocks{}
	for total := int64(0); ; {
		block, err := in.Next()
		if errors.Is(err, io.EOF) {
			return in.Roots()[0], all, nil // the first root is the commit
		}
		if err != nil {
			return cid.Undef, nil, fmt.Errorf("%w: block %d: %w", ErrCAR, len(all), err)
		}
		if total += block.Size; total > int64(most) {
			return cid.Undef, nil, fmt.Errorf("%w: over %d bytes", ErrTooLarge, most)
		}
		if all[block.CID], err = block.Bytes(); err != nil {
			return cid.Undef, nil, fmt.Errorf("%w: block %d: %w", ErrCAR, len(all), err)
		}
	}
}
