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
	if len(b) > MaxMessage {
		return nil, nil, fmt.Errorf("%w: message of %d bytes", ErrTooLarge, len(b))
	}
	r := dagcbor.NewReader(b)
	n := r.Array()
	if n > MaxBundles {
		return nil, nil, fmt.Errorf("%w: message of %d bundles", ErrTooLarge, n)
	}
	if n == 0 {
		r.Fail("a message holds at least one bundle")
	}
	raws := make([][]byte, n)
	for i := range raws {
		raws[i] = r.Pass()
	}
	if err := r.End(); err != nil {
		return nil, nil, fmt.Errorf("%w: message: %w", ErrEncoding, err)
	}
	bundles, faults = make([]*Bundle, n), make([]error, n)
	for i, raw := range raws {
		bundles[i], faults[i] = Decode(raw)
	}
	return bundles, faults, nil
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
