package signer

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/core/types"
)

// HashSigner is a secp256k1 key that signs digests: r, s and the recovery id (0 or
// 1), 65 bytes, low S.
type HashSigner interface {
	Address() identity.Address
	SignHash(hash [32]byte) ([]byte, error)
}

// Local signs with a key of this process.
type Local struct{ key HashSigner }

// NewLocal signs with key.
func NewLocal(key HashSigner) *Local { return &Local{key} }

// Address is the account.
func (l *Local) Address() identity.Address { return l.key.Address() }

// SignTransaction implements chain.Signer.
func (l *Local) SignTransaction(_ context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	s := types.LatestSignerForChainID(chainID)
	sig, err := l.key.SignHash(s.Hash(tx))
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	return tx.WithSignature(s, sig)
}

func (l *Local) String() string       { return "account " + l.Address().Checksum() }
func (l *Local) GoString() string     { return l.String() }
func (l *Local) LogValue() slog.Value { return slog.StringValue(l.String()) }
