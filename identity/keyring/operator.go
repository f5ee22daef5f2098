package keyring

import (
	"crypto/ecdsa"
	"fmt"
	"log/slog"

	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

// Operator signs for the EVM account that owns the server.
type Operator struct {
	address identity.Address
	// A closure, since fmt prints what unexported fields hold.
	sign func(hash [32]byte) ([]byte, error)
}

func newOperator(key *ecdsa.PrivateKey) *Operator {
	return &Operator{
		address: identity.Address(crypto.PubkeyToAddress(key.PublicKey)),
		sign:    func(hash [32]byte) ([]byte, error) { return crypto.Sign(hash[:], key) },
	}
}

// Address is the account.
func (o Operator) Address() identity.Address { return o.address }

// SignHash signs a transaction's hash or an EIP-712 digest: r, s and the recovery
// id (0 or 1), 65 bytes, low S. The caller answers for what the hash stands for.
func (o Operator) SignHash(hash [32]byte) ([]byte, error) {
	sig, err := o.sign(hash)
	if err != nil {
		return nil, fmt.Errorf("keyring: operator: %w", err)
	}
	return sig, nil
}

func (o Operator) String() string { return "operator " + o.address.String() }

// GoString keeps %#v to the public half.
func (o Operator) GoString() string     { return o.String() }
func (o Operator) LogValue() slog.Value { return slog.StringValue(o.String()) }
