package keyring

import (
	"fmt"
	"log/slog"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
)

// ATKey is a K-256 key in AT's form: the server's PLC rotation key, or the key of
// one identity's AT commits. It is an atcrypto.PrivateKey that cannot be exported.
type ATKey struct {
	public *atcrypto.PublicKeyK256
	// A closure, since fmt prints what unexported fields hold.
	sign func(content []byte) ([]byte, error)
}

var _ atcrypto.PrivateKey = (*ATKey)(nil)

func newATKey(s *secret) (*ATKey, error) {
	key, err := atcrypto.ParsePrivateBytesK256(s[:])
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return &ATKey{public.(*atcrypto.PublicKeyK256), key.HashAndSign}, nil
}

// DIDKey is the public half as did:key text.
func (k ATKey) DIDKey() string { return k.public.DIDKey() }

// PublicKey is the public half.
func (k ATKey) PublicKey() (atcrypto.PublicKey, error) { return k.public, nil }

// HashAndSign answers the low-S compact signature of content's sha2-256.
func (k ATKey) HashAndSign(content []byte) ([]byte, error) { return k.sign(content) }

// Equal reports whether other has the same public half.
func (k ATKey) Equal(other atcrypto.PrivateKey) bool {
	public, err := other.PublicKey()
	return err == nil && k.public.Equal(public)
}

func (k ATKey) String() string { return "AT key " + k.DIDKey() }

// GoString keeps %#v to the public half.
func (k ATKey) GoString() string     { return k.String() }
func (k ATKey) LogValue() slog.Value { return slog.StringValue(k.String()) }
