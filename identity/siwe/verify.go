package siwe

import (
	"context"
	"fmt"
	"math/big"
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
	// for hash: by ERC-1271 if it is deployed, by ERC-6492 if sig says how to.
	// sig may have any length. An error means that it could not be asked.
	VerifyContract(ctx context.Context, chainID uint64, address identity.Address, hash [32]byte, sig []byte) (bool, error)
}

// Verify checks the message against what is expected and its signature.
func (m *Message) Verify(ctx context.Context, sig []byte, e Expect, contracts ContractVerifier) error {
	if err := m.Check(e); err != nil {
		return err
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

// VerifySignature reports whether sig is the account's signature of the text. A
// key's signature is tried first, as it needs no chain; whatever isn't one, of
// any length, is put to the account's contract, unless contracts is nil.
func (m *Message) VerifySignature(ctx context.Context, sig []byte, contracts ContractVerifier) error {
	hash := m.Hash()
	if signer, ok := recoverSigner(hash, sig); ok && signer == m.Address {
		return nil
	}
	if contracts == nil {
		return ErrSignature
	}
	ok, err := contracts.VerifyContract(ctx, m.ChainID, m.Address, hash, sig)
	if err != nil {
		return fmt.Errorf("siwe: asking the wallet's contract: %w", err)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// Hash is what wallets sign: EIP-191, version 0x45 ("personal_sign").
func (m *Message) Hash() [32]byte {
	text := m.String()
	return [32]byte(crypto.Keccak256([]byte("\x19Ethereum Signed Message:\n"+strconv.Itoa(len(text))), []byte(text)))
}

// recoverSigner finds the key's account of r ‖ s ‖ v. v is 27 or 28, or 0 or 1 as
// some wallets write it; high S (EIP-2) is refused.
func recoverSigner(hash [32]byte, sig []byte) (identity.Address, bool) {
	if len(sig) != crypto.SignatureLength {
		return identity.Address{}, false
	}
	rsv := [crypto.SignatureLength]byte(sig)
	if rsv[64] >= 27 {
		rsv[64] -= 27
	}
	r, s := new(big.Int).SetBytes(rsv[:32]), new(big.Int).SetBytes(rsv[32:64])
	if !crypto.ValidateSignatureValues(rsv[64], r, s, true) {
		return identity.Address{}, false
	}
	key, err := crypto.SigToPub(hash[:], rsv[:])
	if err != nil {
		return identity.Address{}, false
	}
	return identity.Address(crypto.PubkeyToAddress(*key)), true
}
