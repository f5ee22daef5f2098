package identity

import (
	"bytes"
	"math/big"

	"github.com/ethereum/go-ethereum/crypto"
)

// RecoverAddress finds the account whose key made the ECDSA signature r ‖ s ‖ v of
// a hash. v is 27 or 28, or 0 or 1 as some wallets write it. High S is refused
// (EIP-2), everywhere: with it, whoever sees a signature could make a second one of
// the same hash.
func RecoverAddress(hash [32]byte, sig []byte) (Address, bool) {
	if len(sig) != crypto.SignatureLength {
		return Address{}, false
	}
	rsv := [crypto.SignatureLength]byte(sig)
	if rsv[64] >= 27 {
		rsv[64] -= 27
	}
	r, s := new(big.Int).SetBytes(rsv[:32]), new(big.Int).SetBytes(rsv[32:64])
	if !crypto.ValidateSignatureValues(rsv[64], r, s, true) {
		return Address{}, false
	}
	key, err := crypto.SigToPub(hash[:], rsv[:])
	if err != nil {
		return Address{}, false
	}
	return Address(crypto.PubkeyToAddress(*key)), true
}

// erc6492 ends a signature in ERC-6492's wrapping:
// abi.encode(factory, factoryCalldata, signature) ++ erc6492.
var erc6492 = bytes.Repeat([]byte{0x64, 0x92}, 16)

// Unwrap6492 takes the mark of ERC-6492 off a signature that bears it. What is left
// is abi.encode(factory, factoryCalldata, signature).
func Unwrap6492(sig []byte) (encoded []byte, wrapped bool) { return bytes.CutSuffix(sig, erc6492) }
