package town

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/ethereum/go-ethereum/crypto"
)

// nameKey signs everybody's AT name, by RFC 6979: a name is the hash of what is
// signed, signature included, so a person is named the same each time only if
// nothing random is in it.
type nameKey struct {
	private *ecdsa.PrivateKey
	did     string
}

func newNameKey() (k nameKey, err error) {
	secret := append(make([]byte, 31), 7)
	if k.private, err = crypto.ToECDSA(secret); err != nil {
		return k, err
	}
	public, err := atcrypto.ParsePublicBytesK256(crypto.CompressPubkey(&k.private.PublicKey))
	if err != nil {
		return k, err
	}
	k.did = public.DIDKey()
	return k, nil
}

// HashAndSign is plc.Signer's.
func (k nameKey) HashAndSign(content []byte) ([]byte, error) {
	digest := sha256.Sum256(content)
	sig, err := crypto.Sign(digest[:], k.private)
	if err != nil {
		return nil, fmt.Errorf("town: %w", err)
	}
	return sig[:64], nil
}
