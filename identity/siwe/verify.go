package siwe

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

// Expect is what a message must say. Every field is compared; none is optional
// but Resources, each of which the message must list.
type Expect struct {
	Domain    string
	URI       string
	ChainID   uint64
	Nonce     string
	Now       time.Time
	Resources []string
}

// ContractVerifier asks contract wallets on the chain of the message.
type ContractVerifier interface {
	// VerifyContract reports whether the contract account at address accepts sig
	// for hash: by ERC-6492 if sig is wrapped so, else by ERC-1271; and at which
	// block it was asked. sig may have any length. An error means that it could not
	// be asked.
	VerifyContract(ctx context.Context, chainID uint64, address identity.Address, hash [32]byte, sig []byte) (ok bool, at Block, err error)
}

// Verify checks the message against what is expected and its signature.
func (m *Message) Verify(ctx context.Context, sig []byte, e Expect, contracts ContractVerifier) (Evidence, error) {
	if err := m.Check(e); err != nil {
		return Evidence{}, err
	}
	return m.VerifySignature(ctx, sig, contracts)
}

// Check compares the message with what is expected (EIP-4361, "Verifying a
// signed Message").
func (m *Message) Check(e Expect) error {
	switch {
	case m.Domain != e.Domain:
		return fmt.Errorf("%w: %q", ErrDomain, clip(m.Domain))
	case m.URI != e.URI:
		return fmt.Errorf("%w: %q", ErrURI, clip(m.URI))
	case m.ChainID != e.ChainID:
		return fmt.Errorf("%w: %d", ErrChain, m.ChainID)
	case m.Nonce != e.Nonce:
		return ErrNonce
	case !m.ExpirationTime.IsZero() && !e.Now.Before(m.ExpirationTime):
		return ErrExpired
	case e.Now.Before(m.NotBefore):
		return ErrNotYetValid
	}
	for _, r := range e.Resources {
		if !slices.Contains(m.Resources, r) {
			return fmt.Errorf("%w: %q", ErrResources, r)
		}
	}
	return nil
}

// VerifySignature answers how sig was found to be the account's signature of the
// text, or ErrSignature. The order is ERC-6492, the key, ERC-1271: a wrapped
// signature is its contract's alone; a key's needs no chain; whatever else, of
// any length, is put to the account's contract, unless contracts is nil.
func (m *Message) VerifySignature(ctx context.Context, sig []byte, contracts ContractVerifier) (Evidence, error) {
	hash := m.Hash()
	e := Evidence{Message: m.String(), Signature: sig, By: ByERC1271}
	if _, wrapped := identity.Unwrap6492(sig); wrapped {
		e.By = ByERC6492
	} else if signer, ok := identity.RecoverAddress(hash, sig); ok && signer == m.Address {
		e.By = ByKey
		return e, nil
	}
	if contracts == nil {
		return Evidence{}, ErrSignature
	}
	ok, at, err := contracts.VerifyContract(ctx, m.ChainID, m.Address, hash, sig)
	if err != nil {
		return Evidence{}, fmt.Errorf("siwe: asking the wallet's contract: %w", err)
	}
	if !ok {
		return Evidence{}, ErrSignature
	}
	e.At = &at
	return e, nil
}

// Hash is what wallets sign: EIP-191, version 0x45 ("personal_sign").
func (m *Message) Hash() [32]byte {
	text := m.String()
	return [32]byte(crypto.Keccak256([]byte("\x19Ethereum Signed Message:\n"+strconv.Itoa(len(text))), []byte(text)))
}
