package dagcbor

// Multiformats codes (https://github.com/multiformats/multicodec).
const (
	cidVersion1  = 1
	hashSHA256   = 0x12
	sizeSHA256   = 32
	maxVarintLen = 9 // https://github.com/multiformats/unsigned-varint: at most 63 bits
)

// validCID says whether b is one whole binary CID, of version 0 or 1, with
// shortest varints and a digest as long as it claims. Which codecs and hashes
// may be used is up to the layer above.
func validCID(b []byte) bool {
	if len(b) == 2+sizeSHA256 && b[0] == hashSHA256 && b[1] == sizeSHA256 {
		return true // version 0 is a bare sha2-256 multihash
	}
	version, b, ok := varint(b)
	if !ok || version != cidVersion1 {
		return false
	}
	for range 2 { // codec, hash function
		if _, b, ok = varint(b); !ok {
			return false
		}
	}
	size, digest, ok := varint(b)
	return ok && size == uint64(len(digest))
}

// varint takes an unsigned varint in its shortest form off b.
func varint(b []byte) (v uint64, rest []byte, ok bool) {
	for i := 0; i < len(b) && i < maxVarintLen; i++ {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return v, b[i+1:], i == 0 || b[i] != 0
		}
	}
	return 0, nil, false
}
