package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"metanet/identity"
	"metanet/identity/siwe"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
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

// VerifyContract reports whether the contract account at a accepts sig for hash,
// at the latest block, which it answers, too. An account without code accepts
// nothing. An error means that it could not be asked.
func (w *Wallets) VerifyContract(ctx context.Context, chainID uint64, a identity.Address, hash [32]byte, sig []byte) (ok bool, at siwe.Block, err error) {
	head, err := w.client.Head(ctx)
	if err != nil {
		return false, at, err
	}
	ok, err = w.VerifyContractAt(ctx, chainID, a, hash, sig, head.Hash)
	return ok, siwe.Block{Number: head.Number, Hash: siwe.Hex32(head.Hash)}, err
}

// VerifyContractAt is VerifyContract at the block of that hash. Only an RPC that
// keeps the state of all blocks answers for old ones.
func (w *Wallets) VerifyContractAt(ctx context.Context, chainID uint64, a identity.Address, hash [32]byte, sig []byte, block [32]byte) (bool, error) {
	if chainID != w.chainID {
		return false, fmt.Errorf("%w: asked about chain %d, connected to %d", ErrWrongChain, chainID, w.chainID)
	}
	if encoded, wrapped := identity.Unwrap6492(sig); wrapped {
		return w.counterfactual(ctx, common.Address(a), hash, encoded, block)
	}
	return w.deployed(ctx, common.Address(a), hash, sig, block)
}

// deployed asks by ERC-1271.
func (w *Wallets) deployed(ctx context.Context, a common.Address, hash common.Hash, sig []byte, block common.Hash) (bool, error) {
	code, err := w.client.codeAt(ctx, a, block)
	if err != nil || len(code) == 0 {
		return false, err
	}
	return w.client.accepts(ctx, callArgs{To: &a, Data: packIsValidSignature(hash, sig)}, block)
}

// accepts asks a wallet, at one block, so that a quorum can agree on its answer.
func (c *Client) accepts(ctx context.Context, args callArgs, block common.Hash) (bool, error) {
	ask := func(ctx context.Context, e *endpoint) ([]bool, error) {
		var out hexutil.Bytes
		err := decodeRevert(e.call(ctx, &out, "eth_call", args, blockOf{block}))
		ok, err := accepted(out, err)
		return []bool{ok}, err
	}
	answers, err := agreed(ctx, c, "eth_call", 1, ask, strconv.FormatBool)
	if err != nil {
		return false, err
	}
	return answers[0], nil
}

// codeAt is what stood at an address at one block. It fails where the state of then
// is not known, which a call would take for the contract's refusal.
func (c *Client) codeAt(ctx context.Context, a common.Address, block common.Hash) ([]byte, error) {
	ask := func(ctx context.Context, e *endpoint) ([]hexutil.Bytes, error) {
		var code hexutil.Bytes
		err := e.call(ctx, &code, "eth_getCode", a, blockOf{block})
		return []hexutil.Bytes{code}, err
	}
	found, err := agreed(ctx, c, "eth_getCode", 1, ask, func(code hexutil.Bytes) string { return code.String() })
	if err != nil {
		return nil, err
	}
	return found[0], nil
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
