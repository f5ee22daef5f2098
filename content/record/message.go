package record

import (
	"fmt"

	"metanet/content/record/dagcbor"
)

// DecodeMessage reads a message, an array of up to MaxBundles bundles. The
// answer for the i-th is either bundles[i] or faults[i]; one bad bundle spoils
// no other. err says that the message itself is broken, and then there is
// nothing else. The bundles keep b.
func DecodeMessage(b []byte) (bundles []*Bundle, faults []error, err error) {
	raws, err := SplitMessage(b)
	if err != nil {
		return nil, nil, err
	}
	bundles, faults = make([]*Bundle, len(raws)), make([]error, len(raws))
	for i, raw := range raws {
		bundles[i], faults[i] = Decode(raw)
	}
	return bundles, faults, nil
}

// SplitMessage is DecodeMessage without decoding the bundles: each answer is one
// well-formed item, and shares b's memory.
func SplitMessage(b []byte) ([][]byte, error) {
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%w: message of %d bytes", ErrTooLarge, len(b))
	}
	r := dagcbor.NewReader(b)
	n := r.Array()
	if n > MaxBundles {
		return nil, fmt.Errorf("%w: message of %d bundles", ErrTooLarge, n)
	}
	if n == 0 {
		r.Fail("a message holds at least one bundle")
	}
	raws := make([][]byte, n)
	for i := range raws {
		raws[i] = r.Pass()
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("%w: message: %w", ErrEncoding, err)
	}
	return raws, nil
}

// EncodeMessage writes a message of encoded bundles. The caller keeps to
// MaxBundles and MaxMessage.
func EncodeMessage(bundles [][]byte) []byte {
	size := 3
	for _, b := range bundles {
		size += len(b)
	}
	dst := dagcbor.AppendArray(make([]byte, 0, size), len(bundles))
	for _, b := range bundles {
		dst = append(dst, b...)
	}
	return dst
}
