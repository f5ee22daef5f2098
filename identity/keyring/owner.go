package keyring

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

func ownerName(did identity.DID) []byte { return append([]byte{'O'}, did...) }

// OwnerKey owns an identity whose person has no wallet yet. Unlike the other keys
// it is meant to be given up: a wallet takes the identity over, and it is
// destroyed.
type OwnerKey struct {
	did     identity.DID
	address identity.Address
	// A closure, since fmt prints what unexported fields hold.
	sign func(hash [32]byte) ([]byte, error)
}

func newOwnerKey(chainID uint64, s *secret) (*OwnerKey, error) {
	key, err := crypto.ToECDSA(s[:])
	if err != nil {
		return nil, fmt.Errorf("keyring: owner key: %w", err)
	}
	address := identity.Address(crypto.PubkeyToAddress(key.PublicKey))
	return &OwnerKey{identity.NewDID(chainID, address), address, func(hash [32]byte) ([]byte, error) {
		return crypto.Sign(hash[:], key)
	}}, nil
}

// DID is the identity that was made with the key: its address is its name.
func (k OwnerKey) DID() identity.DID { return k.did }

// Address is the account that owns the identity for as long as the chain says so.
func (k OwnerKey) Address() identity.Address { return k.address }

// SignHash signs an EIP-712 digest: r, s and the recovery id (0 or 1), 65 bytes,
// low S. The caller answers for what the hash stands for.
func (k OwnerKey) SignHash(hash [32]byte) ([]byte, error) {
	sig, err := k.sign(hash)
	if err != nil {
		return nil, fmt.Errorf("keyring: owner key: %w", err)
	}
	return sig, nil
}

func (k OwnerKey) String() string { return "owner key " + k.address.String() }

// GoString keeps %#v to the public half.
func (k OwnerKey) GoString() string     { return k.String() }
func (k OwnerKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// NewOwner makes a key and with it an identity on the chain, and keeps it.
func (r *Ring) NewOwner(ctx context.Context, chainID uint64) (*OwnerKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := generateSecp256k1()
	if err != nil {
		return nil, fmt.Errorf("keyring: making an owner key: %w", err)
	}
	key, err := newOwnerKey(chainID, s)
	if err != nil {
		return nil, err
	}
	if err := r.put(ownerName(key.did), r.sealer.seal(purposeOwner, key.did, s)); err != nil {
		return nil, err
	}
	return key, nil
}

// Owner is the kept owner key of did, or ErrNoKey.
func (r *Ring) Owner(ctx context.Context, did identity.DID) (*OwnerKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sealed, found, err := r.store.Get(ownerName(did))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if !found {
		return nil, fmt.Errorf("%w: owner key of %q", ErrNoKey, did)
	}
	s, err := r.sealer.open(purposeOwner, did, sealed)
	if err != nil {
		return nil, err
	}
	key, err := newOwnerKey(did.ChainID(), s)
	if err != nil || key.did != did {
		return nil, fmt.Errorf("%w: owner key of %q", ErrCorrupt, did)
	}
	return key, nil
}

// ForgetOwner destroys an owner key, once another account owns the identity or
// nobody is to. There is no way back. Forgetting one that isn't kept is no error.
func (r *Ring) ForgetOwner(ctx context.Context, did identity.DID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.store.Apply(nil, [][]byte{ownerName(did)}); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}
