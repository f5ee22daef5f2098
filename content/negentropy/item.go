package negentropy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"
)

// ID names an element: a hash of all that it is.
type ID [32]byte

// Item is an element's place in the order, and also a bound between elements: by
// time, then by id.
type Item struct {
	Time uint64
	ID   ID
}

// Infinity is behind every item, whose times are less (§Bound).
var Infinity = Item{Time: math.MaxUint64}

// Compare orders items.
func (a Item) Compare(b Item) int {
	if c := cmp.Compare(a.Time, b.Time); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

// Less says whether a is before b.
func (a Item) Less(b Item) bool { return a.Compare(b) < 0 }

// Between is the bound with the fewest bytes that is above a and not above b, which
// follow each other (§Bound).
func Between(a, b Item) Item {
	if a.Time != b.Time {
		return Item{Time: b.Time}
	}
	bound := Item{Time: b.Time}
	for i := range b.ID {
		bound.ID[i] = b.ID[i]
		if a.ID[i] != b.ID[i] {
			break
		}
	}
	return bound
}

// Sum is what a fingerprint is made of. Sums of ranges that meet add up to the sum of
// both, so whoever keeps a set can keep sums of its parts. The zero Sum is the empty
// set's.
type Sum struct {
	Count uint64
	Total [4]uint64 // of the ids, modulo 2²⁵⁶, least significant word first
}

// Of is the sum of one id, a little-endian number (§Fingerprint).
func Of(id ID) Sum {
	s := Sum{Count: 1}
	for i := range s.Total {
		s.Total[i] = binary.LittleEndian.Uint64(id[8*i:])
	}
	return s
}

// Plus is the sum of two sets that have no element in common.
func (s Sum) Plus(o Sum) Sum {
	var carry uint64
	for i := range s.Total {
		s.Total[i], carry = bits.Add64(s.Total[i], o.Total[i], carry)
	}
	s.Count += o.Count
	return s
}

// Minus is the sum of s without o, which is a part of it.
func (s Sum) Minus(o Sum) Sum {
	var borrow uint64
	for i := range s.Total {
		s.Total[i], borrow = bits.Sub64(s.Total[i], o.Total[i], borrow)
	}
	s.Count -= o.Count
	return s
}

// FingerprintSize is the bytes of a fingerprint.
const FingerprintSize = 16

// Fingerprint is the sum as it is compared (§Fingerprint).
func (s Sum) Fingerprint() (f [FingerprintSize]byte) {
	var b [32 + maxVarint]byte
	for i, w := range s.Total {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	h := sha256.Sum256(appendVarint(b[:32], s.Count))
	return [FingerprintSize]byte(h[:FingerprintSize])
}
