package keyring

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"

	"metanet/identity"
)

func atName(did identity.DID) []byte { return append([]byte{'A'}, did...) }

func hostedPrefix(did identity.DID) []byte {
	return append(append([]byte{'H'}, did...), 0)
}

func hostedName(did identity.DID, key identity.Key) []byte {
	return append(hostedPrefix(did), key[:]...)
}

// HostedKey signs records for an identity whose client cannot.
type HostedKey struct {
	public identity.Key
	// A closure, since fmt prints what unexported fields hold.
	sign func(msg []byte) []byte
}

func newHostedKey(seed *secret) (*HostedKey, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := identity.ParseKey(private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return &HostedKey{public, func(msg []byte) []byte { return ed25519.Sign(private, msg) }}, nil
}

// Public is the public half, which the wallet authorises.
func (k HostedKey) Public() identity.Key { return k.public }

// Sign answers the 64 bytes of an Ed25519 signature.
func (k HostedKey) Sign(msg []byte) ([]byte, error) { return k.sign(msg), nil }

func (k HostedKey) String() string { return "hosted key " + k.public.String() }

// GoString keeps %#v to the public half.
func (k HostedKey) GoString() string     { return k.String() }
func (k HostedKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// NewHosted makes another hosted key for did and keeps it. It speaks for nobody
// until the wallet has authorised it on-chain; the keys before it stay, so that
// a renewal has no gap.
func (r *Ring) NewHosted(ctx context.Context, did identity.DID) (*HostedKey, error) {
	if _, err := identity.ParseDID(did.String()); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	seed, err := generateBytes()
	if err != nil {
		return nil, err
	}
	key, err := newHostedKey(seed)
	if err != nil {
		return nil, err
	}
	if err := r.put(hostedName(did, key.public), r.sealer.seal(purposeHosted, did, seed)); err != nil {
		return nil, err
	}
	return key, nil
}

// Hosted is one of did's hosted keys, or ErrNoKey.
func (r *Ring) Hosted(ctx context.Context, did identity.DID, key identity.Key) (*HostedKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sealed, found, err := r.store.Get(hostedName(did, key))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if !found {
		return nil, fmt.Errorf("%w: hosted key %s of %q", ErrNoKey, key, did)
	}
	seed, err := r.sealer.open(purposeHosted, did, sealed)
	if err != nil {
		return nil, err
	}
	k, err := newHostedKey(seed)
	if err != nil || k.public != key {
		return nil, fmt.Errorf("%w: hosted key %s of %q", ErrCorrupt, key, did)
	}
	return k, nil
}

// HostedKeys lists the public halves of the hosted keys kept for did, in the
// order of their bytes; which of them the chain accepts is not known here.
func (r *Ring) HostedKeys(ctx context.Context, did identity.DID) ([]identity.Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var keys []identity.Key
	prefix := hostedPrefix(did)
	err := r.store.Scan(prefix, func(name, _ []byte) error {
		key, err := identity.ParseKey(bytes.TrimPrefix(name, prefix))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return keys, nil
}

// Forget destroys a hosted key, once it has ended on-chain or its owner has left.
// There is no way back. Forgetting a key that isn't kept is no error.
func (r *Ring) Forget(ctx context.Context, did identity.DID, key identity.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.store.Apply(nil, [][]byte{hostedName(did, key)}); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}

// ForgetAll destroys every key that is kept for an identity that has left.
func (r *Ring) ForgetAll(ctx context.Context, did identity.DID) error {
	keys, err := r.HostedKeys(ctx, did)
	if err != nil {
		return err
	}
	names := [][]byte{atName(did)}
	for _, key := range keys {
		names = append(names, hostedName(did, key))
	}
	if err := r.store.Apply(nil, names); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}
