package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

// Network names one MetaNet: the sha2-256 of the DAG-CBOR array
// [chain id, genesis block hash, IdentityRegistry address]. Every record
// signature covers it, so nothing can be replayed from one network into another.
type Network [32]byte

// networkEncoding is RFC 4648 base32, lower case, without padding and without a
// multibase prefix.
var networkEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewNetwork computes the name of the network that is rooted in registry on the
// given chain.
func NewNetwork(chainID uint64, genesis [32]byte, registry Address) Network {
	b := make([]byte, 0, 1+9+2+32+1+20)
	b = append(b, 0x83) // DAG-CBOR: array of three
	b = appendUint(b, chainID)
	b = append(b, 0x58, 32) // byte string of 32
	b = append(b, genesis[:]...)
	b = append(b, 0x40|20) // byte string of 20
	b = append(b, registry[:]...)
	return sha256.Sum256(b)
}

// appendUint appends v as CBOR's major type 0 in the shortest form, the only one
// that DAG-CBOR allows (RFC 8949 §4.2.1).
func appendUint(b []byte, v uint64) []byte {
	switch {
	case v < 24:
		return append(b, byte(v))
	case v <= 0xff:
		return append(b, 24, byte(v))
	case v <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, 25), uint16(v))
	case v <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(b, 26), uint32(v))
	default:
		return binary.BigEndian.AppendUint64(append(b, 27), v)
	}
}

// ParseNetwork reads the 52 characters that [Network.String] writes.
func ParseNetwork(s string) (Network, error) {
	var n Network
	if len(s) != networkEncoding.EncodedLen(len(n)) {
		return Network{}, fmt.Errorf("%w: %d characters, want 52", ErrInvalidNetwork, len(s))
	}
	b, err := networkEncoding.DecodeString(s)
	// encoding/base32 skips line breaks and ignores trailing bits: only the
	// text that we would write ourselves passes.
	if err != nil || len(b) != len(n) || networkEncoding.EncodeToString(b) != s {
		return Network{}, fmt.Errorf("%w: not canonical lower-case base32", ErrInvalidNetwork)
	}
	copy(n[:], b)
	return n, nil
}

// String writes the network in lower-case base32, 52 characters.
func (n Network) String() string { return networkEncoding.EncodeToString(n[:]) }

// MarshalText writes what String writes.
func (n Network) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads what ParseNetwork reads.
func (n *Network) UnmarshalText(b []byte) (err error) {
	*n, err = ParseNetwork(string(b))
	return err
}
