package identity

import (
	"bytes"
	"fmt"

	"github.com/mr-tron/base58"
	"github.com/oasisprotocol/curve25519-voi/curve"
)

// Key is an Ed25519 public key that signs records. ParseKey, ParseMultikey and
// ParseKeyString admit only the canonical encoding of a point that is not of
// small order; Verify and Batch refuse any other key again, should one have been
// made by hand.
type Key [32]byte

// multikeyPrefix is multicodec ed25519-pub, 0xed, as an unsigned varint.
var multikeyPrefix = []byte{0xed, 0x01}

const (
	multikeyLen  = 2 + 32
	keyStringLen = 1 + 47 // 'z' and base58btc of 34 bytes that begin with 0xed01
)

// ParseKey reads the 32 raw bytes of RFC 8032 §5.1.2.
func ParseKey(raw []byte) (Key, error) {
	var k Key
	if len(raw) != len(k) {
		return Key{}, fmt.Errorf("%w: %d bytes, want 32", ErrInvalidKey, len(raw))
	}
	copy(k[:], raw)
	if err := k.check(); err != nil {
		return Key{}, err
	}
	return k, nil
}

// check holds the part of the acceptance rule (see verify.go) that concerns the
// key alone, so that a bad key is refused when it is authorised and not only
// when it speaks.
func (k Key) check() error {
	y := curve.CompressedEdwardsY(k)
	if !y.IsCanonicalVartime() {
		return fmt.Errorf("%w: not the canonical encoding", ErrInvalidKey)
	}
	var p curve.EdwardsPoint
	if _, err := p.SetCompressedY(&y); err != nil {
		return fmt.Errorf("%w: not a point of the curve", ErrInvalidKey)
	}
	if p.IsSmallOrder() {
		return fmt.Errorf("%w: small order", ErrInvalidKey)
	}
	return nil
}

// ParseMultikey reads the multicodec form that envelopes carry: 0xed01 and the
// 32 raw bytes.
func ParseMultikey(b []byte) (Key, error) {
	raw, ok := bytes.CutPrefix(b, multikeyPrefix)
	if !ok {
		return Key{}, fmt.Errorf("%w: want multicodec prefix ed01", ErrInvalidKey)
	}
	return ParseKey(raw)
}

// Multikey is the form that ParseMultikey reads, 34 bytes.
func (k Key) Multikey() []byte {
	return append(append(make([]byte, 0, multikeyLen), multikeyPrefix...), k[:]...)
}

// ParseKeyString reads the multibase text of did:key, "z6Mk…", without "did:key:".
func ParseKeyString(s string) (Key, error) {
	// The length is checked first: base58 takes quadratic time.
	if len(s) != keyStringLen || s[0] != 'z' {
		return Key{}, fmt.Errorf("%w: want z6Mk and 44 base58 characters", ErrInvalidKey)
	}
	b, err := base58.Decode(s[1:])
	if err != nil {
		return Key{}, fmt.Errorf("%w: not base58", ErrInvalidKey)
	}
	return ParseMultikey(b)
}

// String writes the multibase text of did:key: 'z' and the base58btc of the
// multikey.
func (k Key) String() string { return "z" + base58.Encode(k.Multikey()) }

// MarshalText writes what String writes.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what ParseKeyString reads.
func (k *Key) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKeyString(string(b))
	return err
}
