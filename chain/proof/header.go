package proof

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// maxHeader bounds a header's bytes. Ethereum's have some 600; signers' lists in
// the extra data of private chains make a few thousand.
const maxHeader = 32 << 10

// Block is what a header says of its block.
type Block struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
	Parent common.Hash `json:"parent"`
	Time   uint64      `json:"time"` // Unix seconds
	State  common.Hash `json:"state"`
}

// The fields of a header that are read, by their place in the list (Yellow
// Paper, 4.4.3). Later forks only append, so headers of chains with fields that
// nobody here knows are read as well.
const (
	parentField = 0
	stateField  = 3
	numberField = 8
	timeField   = 11
	leastFields = 15
)

// ReadHeader reads a header in RLP that must hash to the trusted hash.
func ReadHeader(raw []byte, trusted common.Hash) (Block, error) {
	if len(raw) > maxHeader {
		return Block{}, fmt.Errorf("%w: header of %d bytes", ErrProof, len(raw))
	}
	if hash := crypto.Keccak256Hash(raw); hash != trusted {
		return Block{}, fmt.Errorf("%w: the header is of block %s, trusted is %s", ErrProof, hash, trusted)
	}
	b, err := readHeader(raw)
	if err != nil {
		return Block{}, fmt.Errorf("%w: header: %w", ErrProof, err)
	}
	b.Hash = trusted
	return b, nil
}

func readHeader(raw []byte) (b Block, err error) {
	var fields []rlp.RawValue
	if err := rlp.DecodeBytes(raw, &fields); err != nil {
		return b, err
	}
	if len(fields) < leastFields {
		return b, fmt.Errorf("%d fields", len(fields))
	}
	for place, into := range map[int]any{parentField: &b.Parent, stateField: &b.State, numberField: &b.Number, timeField: &b.Time} {
		if err := rlp.DecodeBytes(fields[place], into); err != nil {
			return b, fmt.Errorf("field %d: %w", place, err)
		}
	}
	return b, nil
}
