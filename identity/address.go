package identity

import (
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/sha3"
)

// Address is an EVM account: of a wallet, a contract wallet or a contract.
type Address [20]byte

// addressLen is the length of "0x" and 40 hex digits.
const addressLen = 2 + 2*20

// ParseAddress reads "0x" and 40 hex digits, either all in lower case or in the
// one mixed case that EIP-55 gives the address. Other mixtures are refused: they
// are a mistyped or altered checksum.
func ParseAddress(s string) (Address, error) {
	var a Address
	if len(s) != addressLen || s[:2] != "0x" {
		return Address{}, fmt.Errorf("%w: want 0x and 40 hex digits", ErrInvalidAddress)
	}
	if _, err := hex.Decode(a[:], []byte(s[2:])); err != nil {
		return Address{}, fmt.Errorf("%w: want 0x and 40 hex digits", ErrInvalidAddress)
	}
	if s != a.String() && s != a.Checksum() {
		return Address{}, fmt.Errorf("%w: EIP-55 checksum does not match", ErrInvalidAddress)
	}
	return a, nil
}

// IsZero reports whether a is the zero address, which owns nothing.
func (a Address) IsZero() bool { return a == Address{} }

// String writes the address in lower case, the form that names use.
func (a Address) String() string { return "0x" + hex.EncodeToString(a[:]) }

// Checksum writes the address in EIP-55's mixed case, the form that people and
// EIP-4361 messages use.
func (a Address) Checksum() string {
	text := []byte(a.String())
	h := sha3.NewLegacyKeccak256()
	h.Write(text[2:])
	sum := h.Sum(nil)
	for i, c := range text[2:] {
		nibble := sum[i/2] >> (4 * (1 - i%2)) & 0xf
		if c >= 'a' && nibble >= 8 {
			text[2+i] = c - 'a' + 'A'
		}
	}
	return string(text)
}

// MarshalText writes what String writes.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what ParseAddress reads.
func (a *Address) UnmarshalText(b []byte) (err error) {
	*a, err = ParseAddress(string(b))
	return err
}
