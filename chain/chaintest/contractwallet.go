package chaintest

import (
	"bytes"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ContractWallet is a contract account (ERC-1271) with one owner, who signs for
// it, and a place on every chain (CREATE2) that it has before it is deployed
// (ERC-6492).
type ContractWallet struct {
	Owner Wallet
	salt  common.Hash
	init  []byte
}

// NewContractWallet makes one whose owner is a new account.
func NewContractWallet() ContractWallet {
	owner := NewWallet()
	return ContractWallet{Owner: owner, salt: crypto.Keccak256Hash(owner.Account().Bytes()), init: walletCode(owner.Account())}
}

// Account is where it is, or will be.
func (w ContractWallet) Account() common.Address { return bindings.Create2Address(w.salt, w.init) }

// Deployment is what deploys it.
func (w ContractWallet) Deployment() (factory common.Address, data []byte) {
	return common.HexToAddress(bindings.FactoryAddress), append(w.salt.Bytes(), w.init...)
}

// Wrap puts a signature into ERC-6492's wrapping, which brings the deployment.
func (w ContractWallet) Wrap(sig []byte) []byte {
	factory, data := w.Deployment()
	return Wrap6492(factory, data, sig)
}

// Wrap6492 is abi.encode(factory, data, sig) and ERC-6492's magic bytes.
func Wrap6492(factory common.Address, data, sig []byte) []byte {
	address, _ := abi.NewType("address", "", nil)
	octets, _ := abi.NewType("bytes", "", nil)
	b, err := abi.Arguments{{Type: address}, {Type: octets}, {Type: octets}}.Pack(factory, data, sig)
	if err != nil {
		panic(err)
	}
	return append(b, bytes.Repeat([]byte{0x64, 0x92}, 16)...)
}

// walletCode is the init code of isValidSignature(hash, 65 bytes) for one owner;
// everything else reverts.
func walletCode(owner common.Address) []byte {
	run := common.FromHex("" +
		"6004356000" + "52" + // mem[0] = hash
		"60a43560f81c" + "602052" + // mem[32] = v, the signature's byte 64
		"606435" + "604052" + // mem[64] = r
		"608435" + "606052" + // mem[96] = s
		"6020600060806000" + "60015afa50" + // mem[0] = ecrecover
		"60005173" + owner.Hex()[2:] + "14" + "6049" + "57" + // if it is the owner: jump
		"60006000fd" +
		"5b" + "631626ba7e60e01b" + "600052" + "60206000f3")
	size := common.Bytes2Hex([]byte{byte(len(run))})
	return append(common.FromHex("60"+size+"600c60003960"+size+"6000f3"), run...)
}
