package identity

import (
	"fmt"
	"strconv"
	"strings"
)

// DID is an identity's authority, did:ethr:0x<chain id>:0x<address>: the chain
// id in hex without leading zeros, the address in lower case, nothing else. One
// identity has exactly one spelling, because envelopes are compared and signed
// as bytes. A DID that did not come from NewDID or ParseDID has no meaning.
//
// The address is the name and not the key: the owner can change.
type DID string

const didPrefix = "did:ethr:0x"

// NewDID names the identity of address a on the chain.
func NewDID(chainID uint64, a Address) DID {
	return DID(didPrefix + strconv.FormatUint(chainID, 16) + ":" + a.String())
}

// ParseDID accepts exactly what NewDID writes. Forms that other did:ethr
// resolvers know besides (network names, public keys, checksummed addresses) are
// refused.
func ParseDID(s string) (DID, error) {
	chainID, address, err := splitDID(s)
	if err != nil {
		return "", err
	}
	if d := NewDID(chainID, address); string(d) == s {
		return d, nil
	}
	return "", fmt.Errorf("%w: not in canonical form", ErrInvalidDID)
}

func splitDID(s string) (uint64, Address, error) {
	rest, ok := strings.CutPrefix(s, didPrefix)
	chain, address, colon := strings.Cut(rest, ":")
	if !ok || !colon {
		return 0, Address{}, fmt.Errorf("%w: want did:ethr:0x<chain>:0x<address>", ErrInvalidDID)
	}
	chainID, err := strconv.ParseUint(chain, 16, 64)
	if err != nil || chainID == 0 { // EIP-155 chain ids start at 1
		return 0, Address{}, fmt.Errorf("%w: bad chain id", ErrInvalidDID)
	}
	a, err := ParseAddress(address)
	if err != nil {
		return 0, Address{}, fmt.Errorf("%w: bad address", ErrInvalidDID)
	}
	return chainID, a, nil
}

// ChainID is the chain on which the identity lives; 0 if d was never parsed.
func (d DID) ChainID() uint64 {
	chainID, _, _ := splitDID(string(d))
	return chainID
}

// Address is the identity's address; zero if d was never parsed.
func (d DID) Address() Address {
	_, a, _ := splitDID(string(d))
	return a
}

func (d DID) String() string { return string(d) }

// UnmarshalText reads what ParseDID reads.
func (d *DID) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDID(string(b))
	return err
}
