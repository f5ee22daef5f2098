package plc

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"

	"metanet/identity"
)

// Signer is a private rotation key: atcrypto's keys and the keyring's are ones.
type Signer interface {
	// HashAndSign answers the low-S compact ECDSA signature of content's sha2-256.
	HashAndSign(content []byte) ([]byte, error)
}

const sigLen = 64 // r and s, 32 bytes each

// Sign signs the operation with one of its rotation keys.
func (op *Operation) Sign(key Signer) error {
	content, err := op.unsigned()
	if err != nil {
		return err
	}
	sig, err := key.HashAndSign(content)
	if err != nil {
		return fmt.Errorf("plc: signing the genesis operation: %w", err)
	}
	signed := *op
	signed.Sig = base64.RawURLEncoding.EncodeToString(sig)
	if err := signed.checkSignature(); err != nil {
		return err // a key that isn't among the rotation keys
	}
	op.Sig = signed.Sig
	return nil
}

// Name is the did:plc of the signed operation: 24 characters of the base32 of the
// sha2-256 of its bytes. It is "" while the operation is not signed.
func (op *Operation) Name() identity.ATName {
	b, err := op.Bytes()
	if err != nil || op.Sig == "" {
		return ""
	}
	hash := sha256.Sum256(b)
	return identity.ATName("did:plc:" + nameEncoding.EncodeToString(hash[:15]))
}

var nameEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// checkSignature reports whether a rotation key signed the operation.
func (op *Operation) checkSignature() error {
	sig, err := op.signature()
	if err != nil {
		return err
	}
	content, err := op.unsigned()
	if err != nil {
		return err
	}
	for _, text := range op.RotationKeys {
		key, err := parseKey(text)
		if err != nil {
			return err
		}
		// Refuses high S, of which each signature has a twin: the name would have
		// one, too.
		if key.HashAndVerify(content, sig) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: not made by a rotation key", ErrInvalidSignature)
}

// signature decodes base64url without padding. Only one text stands for a
// signature, since the text is hashed into the name: padding, line breaks and
// stray trailing bits are refused.
func (op *Operation) signature() ([]byte, error) {
	sig, err := base64.RawURLEncoding.Strict().DecodeString(op.Sig)
	if err != nil || len(sig) != sigLen || base64.RawURLEncoding.EncodeToString(sig) != op.Sig {
		return nil, fmt.Errorf("%w: not the base64url of 64 bytes", ErrInvalidSignature)
	}
	return sig, nil
}

// unsigned is the DAG-CBOR without the sig field, which is what is signed.
func (op *Operation) unsigned() ([]byte, error) {
	u := *op
	u.Sig = ""
	return u.Bytes()
}
