package siwe

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"metanet/identity"
)

// Scheme says by what an account's signature was found to be its own.
type Scheme string

const (
	ByKey     Scheme = "key"      // ECDSA: for ever, and anybody can see it
	ByERC1271 Scheme = "erc-1271" // the account's contract said so
	ByERC6492 Scheme = "erc-6492" // so did the contract that the signature deploys
)

// Block names a block of the message's chain.
type Block struct {
	Number uint64 `json:"number"`
	Hash   Hex32  `json:"hash"`
}

// Hex32 is 32 bytes, in text 0x and 64 hex digits.
type Hex32 [32]byte

func (h Hex32) String() string { return "0x" + hex.EncodeToString(h[:]) }

// MarshalText writes what String writes.
func (h Hex32) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what String writes.
func (h *Hex32) UnmarshalText(b []byte) error {
	raw, err := parseHex(string(b))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("siwe: want 0x and 64 hex digits")
	}
	*h = Hex32(raw)
	return nil
}

// Hex is bytes, in text 0x and hex digits.
type Hex []byte

// MarshalText writes 0x and lower-case hex.
func (h Hex) MarshalText() ([]byte, error) { return []byte("0x" + hex.EncodeToString(h)), nil }

// UnmarshalText reads 0x and hex.
func (h *Hex) UnmarshalText(b []byte) (err error) {
	*h, err = parseHex(string(b))
	return err
}

func parseHex(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return nil, fmt.Errorf("siwe: hex without 0x")
	}
	return hex.DecodeString(digits)
}

// Evidence is all it takes to find out once more that an account signed a message.
// A contract may change its mind about a signature, its owners being others
// tomorrow: what it said at one block it says for ever, to whoever has that
// block's state.
type Evidence struct {
	Message   string `json:"message"` // EIP-4361; it names account and chain
	Signature Hex    `json:"signature"`
	By        Scheme `json:"by"`
	At        *Block `json:"at,omitempty"` // where the contract was asked; nil for a key's
}

// ContractHistory asks contract wallets as they were.
type ContractHistory interface {
	// VerifyContractAt is VerifyContract at the block of that hash. An error means
	// that it could not be asked, be it that the state of then is not kept.
	VerifyContractAt(ctx context.Context, chainID uint64, address identity.Address, hash [32]byte, sig []byte, block [32]byte) (bool, error)
}

// Verify checks the evidence again and answers the message, or ErrSignature.
// history may be nil for a key's. Whether the message's account was an identity's
// owner then is not in it, nor whether the block is one of the chain: that is for
// history to know.
func (e Evidence) Verify(ctx context.Context, history ContractHistory) (*Message, error) {
	m, err := Parse(e.Message)
	if err != nil {
		return nil, err
	}
	hash := m.Hash()
	_, wrapped := identity.Unwrap6492(e.Signature)
	switch {
	case e.By == ByKey && e.At == nil && !wrapped:
		if signer, ok := identity.RecoverAddress(hash, e.Signature); ok && signer == m.Address {
			return m, nil
		}
	case e.At != nil && history != nil && (e.By == ByERC6492 && wrapped || e.By == ByERC1271 && !wrapped):
		ok, err := history.VerifyContractAt(ctx, m.ChainID, m.Address, hash, e.Signature, e.At.Hash)
		if err != nil {
			return nil, fmt.Errorf("siwe: asking the wallet's contract: %w", err)
		}
		if ok {
			return m, nil
		}
	}
	return nil, ErrSignature
}
