package chaintest

import (
	"context"
	"crypto/ecdsa"
	"math/big"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// Wallet is an account with its key in memory; it is a chain.Signer.
type Wallet struct{ Key *ecdsa.PrivateKey }

// NewWallet makes a random account.
func NewWallet() Wallet {
	key, err := crypto.GenerateKey()
	if err != nil {
		panic(err)
	}
	return Wallet{key}
}

// Address is the account.
func (w Wallet) Address() identity.Address { return identity.Address(w.Account()) }

// Account is the account as go-ethereum names it.
func (w Wallet) Account() common.Address { return crypto.PubkeyToAddress(w.Key.PublicKey) }

// SignTransaction implements chain.Signer.
func (w Wallet) SignTransaction(_ context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	return types.SignTx(tx, types.LatestSignerForChainID(chainID), w.Key)
}

// SignHash signs a digest: r, s and the recovery id (0 or 1).
func (w Wallet) SignHash(hash [32]byte) ([]byte, error) { return crypto.Sign(hash[:], w.Key) }

// SignTypedData signs as wallets do: the recovery id is 27 or 28.
func (w Wallet) SignTypedData(td apitypes.TypedData) ([]byte, error) {
	hash, _, err := apitypes.TypedDataAndHash(td)
	if err != nil {
		return nil, err
	}
	sig, err := crypto.Sign(hash, w.Key)
	if err == nil {
		sig[64] += 27
	}
	return sig, err
}
