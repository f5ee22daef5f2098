package keyring

import (
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"metanet/identity"
)

// purpose says what a sealed key is for; it is bound into the seal.
type purpose string

const (
	purposeCheck  purpose = "check"
	purposeHosted purpose = "hosted"
	purposeAT     purpose = "at"
	purposeOwner  purpose = "owner"
)

const (
	sealVersion = 1
	sealContext = "metanet/keyring/1"
)

// sealer seals keys for the store under the wrapping key. The cipher stands behind
// a closure, since fmt prints what unexported fields point at.
type sealer struct{ aead func() cipher.AEAD }

func newSealer(wrapping *secret) (sealer, error) {
	aead, err := chacha20poly1305.NewX(wrapping[:])
	if err != nil {
		return sealer{}, fmt.Errorf("keyring: %w", err)
	}
	return sealer{func() cipher.AEAD { return aead }}, nil
}

// seal answers version ‖ nonce ‖ ciphertext. A random nonce of 24 bytes does not
// repeat in practice, however many keys there are.
func (s sealer) seal(p purpose, did identity.DID, plain *secret) []byte {
	sealed := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+secretLen+chacha20poly1305.Overhead)
	sealed[0] = sealVersion
	nonce := sealed[1:]
	rand.Read(nonce) // never fails: crypto/rand ends the process instead
	return s.aead().Seal(sealed, nonce, plain[:], additionalData(p, did))
}

// open undoes seal for the same purpose and identity.
func (s sealer) open(p purpose, did identity.DID, sealed []byte) (*secret, error) {
	const head = 1 + chacha20poly1305.NonceSizeX
	if len(sealed) < head || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%w: %s key of %q", ErrCorrupt, p, did)
	}
	plain, err := s.aead().Open(nil, sealed[1:head], sealed[head:], additionalData(p, did))
	if err != nil || len(plain) != secretLen {
		return nil, fmt.Errorf("%w: %s key of %q", ErrCorrupt, p, did)
	}
	return (*secret)(plain), nil
}

func additionalData(p purpose, did identity.DID) []byte {
	return []byte(sealContext + "\x00" + string(p) + "\x00" + did.String() + "\x00")
}
