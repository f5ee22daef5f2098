package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
)

// validSignature is ERC-1271's magic value, and its function's selector:
// bytes4(keccak256("isValidSignature(bytes32,bytes)")).
var validSignature = []byte{0x16, 0x26, 0xba, 0x7e}

// Wallets asks contract wallets whether a signature is theirs. It satisfies
// identity/siwe's ContractVerifier.
//
// Wallets are asked as ERC-1271 says; a signature in ERC-6492's wrapping brings
// its wallet's deployment along, which is tried without leaving a trace
// (counterfactual.go).
type Wallets struct {
	client  *Client
	chainID uint64
}

// NewWallets asks over c.
func NewWallets(c *Client, chainID uint64) *Wallets { return &Wallets{c, chainID} }

// VerifyContract reports whether the contract account at a accepts sig for hash.
// An account without code accepts nothing. An error means that it could not be
// asked.
func (w *Wallets) VerifyContract(ctx context.Context, chainID uint64, a identity.Address, hash [32]byte, sig []byte) (bool, error) {
	if chainID != w.chainID {
		return false, fmt.Errorf("%w: asked about chain %d, connected to %d", ErrWrongChain, chainID, w.chainID)
	}
	if bytes.HasSuffix(sig, wrapped) {
		return w.counterfactual(ctx, common.Address(a), hash, sig)
	}
	return w.deployed(ctx, common.Address(a), hash, sig)
}

// deployed asks by ERC-1271.
func (w *Wallets) deployed(ctx context.Context, a common.Address, hash common.Hash, sig []byte) (bool, error) {
	code, err := w.client.code(ctx, a)
	if err != nil || len(code) == 0 {
		return false, err
	}
	out, err := w.client.read(ctx, a, packIsValidSignature(hash, sig))
	return accepted(out, err)
}

// accepted reads the wallet's answer. A wallet that reverts says no, and so does
// one whose code fails otherwise, which RPCs report with the code -32000.
func accepted(out []byte, err error) (bool, error) {
	if failed, ok := errors.AsType[rpc.Error](err); errors.Is(err, ErrReverted) || ok && failed.ErrorCode() == -32000 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return len(out) >= 32 && bytes.Equal(out[:4], validSignature) && allZero(out[4:32]), nil
}

// packIsValidSignature is abi.encodeCall(isValidSignature, (hash, sig)).
func packIsValidSignature(hash common.Hash, sig []byte) []byte {
	data := append(bytes.Clone(validSignature), hash[:]...)
	data = append(data, common.BigToHash(big.NewInt(64)).Bytes()...)
	data = append(data, word(uint64(len(sig)))...)
	data = append(data, sig...)
	return append(data, make([]byte, (32-len(sig)%32)%32)...)
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
