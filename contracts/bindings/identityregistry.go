// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package bindings

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// IIdentityRegistryCallResult is an auto generated low-level Go binding around an user-defined struct.
type IIdentityRegistryCallResult struct {
	Ok     bool
	Reason []byte
}

// IIdentityRegistryEnrolment is an auto generated low-level Go binding around an user-defined struct.
type IIdentityRegistryEnrolment struct {
	Identity     common.Address
	Key          [32]byte
	Purpose      uint8
	Expiry       uint64
	HostedKey    [32]byte
	HostedExpiry uint64
	Server       *big.Int
	Nonce        *big.Int
	Deadline     *big.Int
}

// IIdentityRegistryKeyState is an auto generated low-level Go binding around an user-defined struct.
type IIdentityRegistryKeyState struct {
	AddedAt   uint64
	Expiry    uint64
	RevokedAt uint64
	Purpose   uint8
	Epoch     uint32
	HomeEpoch uint32
	End       uint64
}

// IdentityRegistryMetaData contains all meta data concerning the IdentityRegistry contract.
var IdentityRegistryMetaData = bind.MetaData{
	ABI: "[{\"type\":\"function\",\"name\":\"BATCH_CALL_GAS\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"DELAY\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"DEVICE\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"HOSTED\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_ATTRIBUTE_BYTES\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_OWNER_CANCELS\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"addDelegate\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"validity\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"addDelegateWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"validity\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"addKey\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"addKeyWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"batch\",\"inputs\":[{\"name\":\"calls\",\"type\":\"bytes[]\",\"internalType\":\"bytes[]\"}],\"outputs\":[{\"name\":\"results\",\"type\":\"tuple[]\",\"internalType\":\"structIIdentityRegistry.CallResult[]\",\"components\":[{\"name\":\"ok\",\"type\":\"bool\",\"internalType\":\"bool\"},{\"name\":\"reason\",\"type\":\"bytes\",\"internalType\":\"bytes\"}]}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"cancelChange\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"cancelChangeWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"signer\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"cancelRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"cancelRecoveryWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"signer\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"changeOwner\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"changeOwnerWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"changed\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"cutOff\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"setAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"deactivate\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"deactivateWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"eip712Domain\",\"inputs\":[],\"outputs\":[{\"name\":\"fields\",\"type\":\"bytes1\",\"internalType\":\"bytes1\"},{\"name\":\"name\",\"type\":\"string\",\"internalType\":\"string\"},{\"name\":\"version\",\"type\":\"string\",\"internalType\":\"string\"},{\"name\":\"chainId\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"verifyingContract\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"salt\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"extensions\",\"type\":\"uint256[]\",\"internalType\":\"uint256[]\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"enrol\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"hostedKey\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"hostedExpiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"enrolWithSig\",\"inputs\":[{\"name\":\"e\",\"type\":\"tuple\",\"internalType\":\"structIIdentityRegistry.Enrolment\",\"components\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"hostedKey\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"hostedExpiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"epoch\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"epochAt\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"epoch_\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"since\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"epochEndedAt\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"epoch_\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"finishChange\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"finishRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"homeAt\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"homeEpoch_\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"since\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"homeEpoch\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"homeEpochEndedAt\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"homeEpoch_\",\"type\":\"uint32\",\"internalType\":\"uint32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"homeOf\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"identityOwner\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"isDeactivated\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"keyState\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structIIdentityRegistry.KeyState\",\"components\":[{\"name\":\"addedAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"revokedAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"epoch\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"homeEpoch\",\"type\":\"uint32\",\"internalType\":\"uint32\"},{\"name\":\"end\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"nonce\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"ownerCancels\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"pendingChange\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"kind\",\"type\":\"uint8\",\"internalType\":\"enumIIdentityRegistry.ChangeKind\"},{\"name\":\"target\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"readyAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"pendingRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"readyAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"recoveryNonce\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"recoveryOf\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"renewKey\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"renewKeyWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeAllKeys\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeAllKeysWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeAttribute\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"name\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"value\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeAttributeWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"name\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"value\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeDelegate\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeDelegateWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeKey\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeKeyFrom\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeKeyFromWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"revokeKeyWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setAttribute\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"name\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"value\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"validity\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setAttributeWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"name\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"value\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"validity\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setHome\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setHomeWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"recovery\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"setRecoveryWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"recovery\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"skipNonce\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"skipNonceWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"startRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"startRecoveryWithSig\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"nonce\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"signature\",\"type\":\"bytes\",\"internalType\":\"bytes\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"validDelegate\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"BatchCallFailed\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"reason\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ChangeCancelled\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"kind\",\"type\":\"uint8\",\"indexed\":true,\"internalType\":\"enumIIdentityRegistry.ChangeKind\"},{\"name\":\"by\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ChangeStarted\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"kind\",\"type\":\"uint8\",\"indexed\":true,\"internalType\":\"enumIIdentityRegistry.ChangeKind\"},{\"name\":\"target\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"readyAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"DIDAttributeChanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"name\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"value\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"},{\"name\":\"validTo\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"previousChange\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"DIDDelegateChanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"delegateType\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"delegate\",\"type\":\"address\",\"indexed\":false,\"internalType\":\"address\"},{\"name\":\"validTo\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"},{\"name\":\"previousChange\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"DIDOwnerChanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":false,\"internalType\":\"address\"},{\"name\":\"previousChange\",\"type\":\"uint256\",\"indexed\":false,\"internalType\":\"uint256\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"EIP712DomainChanged\",\"inputs\":[],\"anonymous\":false},{\"type\":\"event\",\"name\":\"EpochStarted\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"epoch\",\"type\":\"uint32\",\"indexed\":true,\"internalType\":\"uint32\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"HomeChanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"server\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"previous\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"homeEpoch\",\"type\":\"uint32\",\"indexed\":false,\"internalType\":\"uint32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"KeyAdded\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"purpose\",\"type\":\"uint8\",\"indexed\":false,\"internalType\":\"uint8\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"epoch\",\"type\":\"uint32\",\"indexed\":false,\"internalType\":\"uint32\"},{\"name\":\"homeEpoch\",\"type\":\"uint32\",\"indexed\":false,\"internalType\":\"uint32\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"KeyCutOff\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"server\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"KeyRenewed\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"expiry\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"KeyRevoked\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"revokedAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"RecoveryCancelled\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"by\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"RecoveryChanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"recovery\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"RecoveryFinished\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"RecoveryStarted\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"newOwner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"readyAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"cancellable\",\"type\":\"bool\",\"indexed\":false,\"internalType\":\"bool\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"AttributeTooLong\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"CancelsUsedUp\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"Deactivated\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"DeadlinePassed\",\"inputs\":[{\"name\":\"deadline\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"HomeUnchanged\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidExpiry\",\"inputs\":[{\"name\":\"expiry\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"InvalidNonce\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"expected\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidOwner\",\"inputs\":[{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"InvalidPurpose\",\"inputs\":[{\"name\":\"purpose\",\"type\":\"uint8\",\"internalType\":\"uint8\"}]},{\"type\":\"error\",\"name\":\"InvalidRecovery\",\"inputs\":[{\"name\":\"recovery\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"InvalidServer\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidSignature\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"signer\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"InvalidValidity\",\"inputs\":[{\"name\":\"validity\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"KeyAlreadyRevoked\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"KeyEnded\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"end\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"KeyKnown\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"KeyUnknown\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"key\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"NoHome\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotOwner\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotOwnerOrRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotRecovery\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotRelayable\",\"inputs\":[{\"name\":\"selector\",\"type\":\"bytes4\",\"internalType\":\"bytes4\"}]},{\"type\":\"error\",\"name\":\"NothingPending\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"RecoveryPending\",\"inputs\":[{\"name\":\"identity\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"ReservedAttribute\",\"inputs\":[{\"name\":\"name\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}]},{\"type\":\"error\",\"name\":\"TooEarly\",\"inputs\":[{\"name\":\"readyAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"TooLittleGas\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"ZeroKey\",\"inputs\":[]}]",
	ID:  "IdentityRegistry",
	Bin: "0x6080604052348015600e575f5ffd5b5061511b8061001c5f395ff3fe608060405234801561000f575f5ffd5b50600436106103c9575f3560e01c80638b810c3611610200578063c8fc373f1161011f578063e96da3ed116100b4578063eb2c36c911610084578063eb2c36c914610ad9578063eb5cdb3d14610af9578063f00d4b5d14610b0c578063f04fd1b714610b1f578063f96d0f9f14610b54575f5ffd5b8063e96da3ed14610a7e578063e981a69b14610a88578063ea96926514610a9b578063eaab04dd1461088a575f5ffd5b8063d67c2b6a116100ef578063d67c2b6a14610a32578063dbdac9c114610a45578063e3c742c114610a58578063e56c04ae14610a6b575f5ffd5b8063c8fc373f146109bf578063c90db447146109d2578063c9ab08ad146109e5578063d50503f414610a1f575f5ffd5b8063ae2090d411610195578063bfe79a4711610165578063bfe79a4714610938578063c197214914610940578063c53d812414610999578063c89ec68a146109ac575f5ffd5b8063ae2090d4146108ec578063ae5e4de5146108ff578063b9899bdc14610912578063bd82fdbb14610925575f5ffd5b806398e541ce116101d057806398e541ce1461080b57806399e0a7fe1461088a578063a0d721b6146108a4578063a7068d66146108d9575f5ffd5b80638b810c361461079a5780638c3b688d146107d25780638dc0fb30146107e557806391442f9c146107f8575f5ffd5b806357e45c77116102ec5780637ad4b0a411610281578063823f80cb11610251578063823f80cb1461074657806384b0196e146107595780638733d4e8146107745780638ab516ba14610787575f5ffd5b80637ad4b0a4146106c757806380366651146106da5780638043d5951461072057806380b29f7c14610733575f5ffd5b806367d96be9116102bc57806367d96be91461062657806369b411701461067357806370ae92d21461067d57806370eeb80d146106b4575f5ffd5b806357e45c771461057c5780635b009fd11461058f5780635b7475df14610598578063622b2a3c146105ab575f5ffd5b806332c7e6091161036257806337ee60781161033257806337ee6078146104fe5780633cf26a01146105115780633ea053eb1461052457806349bcad0a14610537575f5ffd5b806332c7e6091461049a57806333dee532146104ad578063346db262146104c057806336289888146104eb575f5ffd5b806310b7c7a41161039d57806310b7c7a41461041b5780631e897afb1461042e5780632abdc71d146104575780632b0a14921461046a575f5ffd5b8062c023da146103cd578063035026af146103e25780630af36762146103f55780630c33351714610408575b5f5ffd5b6103e06103db366004614394565b610b8b565b005b6103e06103f03660046143e9565b610be6565b6103e0610403366004614481565b610c59565b6103e06104163660046144f0565b610cb1565b6103e0610429366004614529565b610d01565b61044161043c36600461456c565b610d4c565b60405161044e9190614609565b60405180910390f35b6103e0610465366004614685565b610e87565b61047d610478366004614700565b610f1c565b604080519283526001600160401b0390911660208301520161044e565b6103e06104a836600461473d565b610f68565b6103e06104bb36600461473d565b610ff6565b6104d36104ce366004614700565b611073565b6040516001600160401b03909116815260200161044e565b6103e06104f936600461479f565b6110df565b6103e061050c3660046143e9565b611164565b6103e061051f3660046147ec565b6111ce565b6103e0610532366004614814565b61121c565b61056e610545366004614814565b6001600160a01b03165f90815260066020526040902054600160d01b900465ffffffffffff1690565b60405190815260200161044e565b61056e61058a366004614814565b611268565b61056e61100081565b6103e06105a636600461473d565b6112ac565b6106166105b936600461482d565b6001600160a01b039283165f90815260076020908152604080832083835281842060010154600160a01b900463ffffffff16845282528083209483529381528382209290941681529252902054426001600160401b039091161190565b604051901515815260200161044e565b61065e610634366004614814565b6001600160a01b03165f90815260208190526040902060010154600160c01b900463ffffffff1690565b60405163ffffffff909116815260200161044e565b6104d36203f48081565b61056e61068b366004614814565b6001600160a01b03165f90815260208190526040902054600160d01b900465ffffffffffff1690565b6103e06106c2366004614814565b611320565b6103e06106d536600461485d565b611393565b6107086106e8366004614814565b6001600160a01b039081165f908152602081905260409020600101541690565b6040516001600160a01b03909116815260200161044e565b6103e061072e3660046143e9565b6113df565b6103e061074136600461482d565b61144a565b6104d3610754366004614700565b611494565b6107616114fe565b60405161044e97969594939291906148b9565b610708610782366004614814565b6115a8565b6103e061079536600461494f565b6115fc565b61065e6107a8366004614814565b6001600160a01b03165f90815260208190526040902060010154600160a01b900463ffffffff1690565b6103e06107e03660046147ec565b6116a5565b6103e06107f3366004614814565b6116ee565b6103e06108063660046149d3565b611737565b6108656108193660046147ec565b6001600160a01b03919091165f90815260046020908152604080832093835292905220546001600160801b038116916001600160401b03600160801b8304811692600160c01b90041690565b604080519384526001600160401b03928316602085015291169082015260600161044e565b610892600281565b60405160ff909116815260200161044e565b6106166108b2366004614814565b6001600160a01b03165f90815260208190526040902060010154600160e81b900460ff1690565b6103e06108e7366004614a07565b6117c1565b6103e06108fa366004614a48565b61180c565b6103e061090d366004614a87565b611857565b6103e0610920366004614b2b565b611914565b6103e0610933366004614b6e565b6119b4565b610892600181565b61098a61094e366004614814565b6001600160a01b039081165f90815260056020526040902054600160e01b810460ff169291811691600160a01b9091046001600160401b031690565b60405161044e93929190614bda565b6103e06109a7366004614814565b611a79565b6103e06109ba366004614c20565b611a85565b6103e06109cd366004614c20565b611ad1565b6103e06109e0366004614814565b611b1a565b6109f86109f3366004614700565b611b8d565b604080516001600160a01b0390931683526001600160401b0390911660208301520161044e565b6103e0610a2d3660046143e9565b611beb565b6103e0610a40366004614c51565b611c56565b6103e0610a533660046143e9565b611ce9565b6103e0610a6636600461479f565b611d53565b6103e0610a79366004614cb5565b611dd8565b61056e620f424081565b6103e0610a96366004614814565b611e86565b6109f8610aa9366004614814565b6001600160a01b039081165f9081526006602052604090205490811691600160a01b90910465ffffffffffff1690565b610aec610ae73660046147ec565b611f20565b60405161044e9190614d2e565b6103e0610b07366004614814565b61211e565b6103e0610b1a366004614c20565b612127565b610892610b2d366004614814565b6001600160a01b03165f90815260208190526040902060010154600160e01b900460ff1690565b61056e610b62366004614814565b6001600160a01b03165f90815260208190526040902054600160a01b900465ffffffffffff1690565b83610b95816115a8565b6001600160a01b0316336001600160a01b031614610bd3578033604051631194af8760e11b8152600401610bca929190614db7565b60405180910390fd5b610bdf85858585612170565b5050505050565b5f7f82298c32b4088832d834ca371c522351245967a47d5004c7ade6988b8602b7cd87878787604051602001610c20959493929190614dd1565b604051602081830303815290604052805190602001209050610c468782878787876121a3565b610c50878761227e565b50505050505050565b86610c63816115a8565b6001600160a01b0316336001600160a01b031614610c98578033604051631194af8760e11b8152600401610bca929190614db7565b610ca7888888888888886122ac565b5050505050505050565b82610cbb816115a8565b6001600160a01b0316336001600160a01b031614610cf0578033604051631194af8760e11b8152600401610bca929190614db7565b610cfb84848461230f565b50505050565b83610d0b816115a8565b6001600160a01b0316336001600160a01b031614610d40578033604051631194af8760e11b8152600401610bca929190614db7565b610bdf8585858561243a565b6060816001600160401b03811115610d6657610d66614e00565b604051908082528060200260200182016040528015610dab57816020015b604080518082019091525f815260606020820152815260200190600190039081610d845790505b5090505f5b82811015610e80575f5f610de7868685818110610dcf57610dcf614e14565b9050602002810190610de19190614e28565b8561254d565b9150915081848481518110610dfe57610dfe614e14565b602090810291909101015190151590528115610e1b575050610e78565b80848481518110610e2e57610e2e614e14565b602002602001015160200181905250827f651ab1b3e05f5d8f80c2f34a9935c0c099a81b9dbe4b65c107820181f267c1b882604051610e6d9190614e6a565b60405180910390a250505b600101610db0565b5092915050565b604080517f19246f1d9568335f5347fed0e6799fa204322e59371e6cf20d01ad8177d6524460208201526001600160a01b03891691810191909152606081018790526001600160401b038616608082015260a0810185905260c081018490525f9060e001604051602081830303815290604052805190602001209050610f118882878787876121a3565b610ca788888861230f565b6001600160a01b0382165f90815260036020908152604080832063ffffffff851684529091529020546001600160801b03811690600160801b90046001600160401b03165b9250929050565b604080517fae97456676246a70d3de46e6f3318dbd2d1d7edb882600e928106d3e58d123e160208201526001600160a01b0387169181019190915260608101859052608081018490525f9060a001604051602081830303815290604052805190602001209050610fdc8682878787876121a3565b610fee86610fe9886115a8565b61267f565b505050505050565b604080517f6cc683012cbd01eca6c04d16cd280dd048602ca67ca9bd8aab65f7715324e69760208201526001600160a01b0387169181019190915260608101859052608081018490525f9060a00160405160208183030381529060405280519060200120905061106a8682878787876121a3565b610fee866127b8565b5f63fffffffe1963ffffffff83160161108d57505f6110d9565b6001600160a01b0383165f908152600360205260408120906110b0846001614e90565b63ffffffff16815260208101919091526040015f2054600160801b90046001600160401b031690505b92915050565b604080517f5747ef819ef1ca875b7d66cb9dd460344d0bf40e1aa7e362c4a6adf026c97d7560208201526001600160a01b03881691810191909152606081018690526080810185905260a081018490525f9060c00160405160208183030381529060405280519060200120905061115a8782878787876121a3565b610c5087876127db565b5f7f084cdef5b2d0af391a83b8471a8b9b42f00c3ba9503fbb15cd4e5cfcf9d60c458787878760405160200161119e959493929190614dd1565b6040516020818303038152906040528051906020012090506111c48782878787876121a3565b610c5087876128b4565b816111d8816115a8565b6001600160a01b0316336001600160a01b03161461120d578033604051631194af8760e11b8152600401610bca929190614db7565b61121783836127db565b505050565b80611226816115a8565b6001600160a01b0316336001600160a01b03161461125b578033604051631194af8760e11b8152600401610bca929190614db7565b611264826127b8565b5050565b6001600160a01b03165f90815260036020908152604080832083835281842060010154600160c01b900463ffffffff1684529091529020546001600160801b031690565b604080517fd6b4ed0d130eb7168eacf12dd1a8ed4e0f2fdf249f95848e0968d5534b23429760208201526001600160a01b0387169181019190915260608101859052608081018490525f9060a001604051602081830303815290604052805190602001209050610fee8682878787876121a3565b8061132a816115a8565b6001600160a01b0316336001600160a01b03161415801561136757506001600160a01b038181165f90815260208190526040902060010154163314155b156113895780336040516348e43f8d60e01b8152600401610bca929190614db7565b6112648233612947565b8461139d816115a8565b6001600160a01b0316336001600160a01b0316146113d2578033604051631194af8760e11b8152600401610bca929190614db7565b610fee8686868686612a17565b5f7f58e2433be5ed7fa9a8e7902ed8c552e4a524475bb9a72364af8d7c61459c868487878787604051602001611419959493929190614dd1565b60405160208183030381529060405280519060200120905061144087878388888888612a5b565b610c508787612ae0565b82611454816115a8565b6001600160a01b0316336001600160a01b031614611489578033604051631194af8760e11b8152600401610bca929190614db7565b610cfb848484612c0a565b5f63fffffffe1963ffffffff8316016114ae57505f6110d9565b6001600160a01b0383165f908152600260205260408120906114d1846001614e90565b63ffffffff16815260208101919091526040015f2054600160a01b90046001600160401b03169392505050565b5f6060805f5f5f60606040518060400160405280601081526020016f4d6574614e6574204964656e7469747960801b815250604051806040016040528060018152602001603160f81b81525046305f5f6001600160401b0381111561156557611565614e00565b60405190808252806020026020018201604052801561158e578160200160208202803683370190505b50600f60f81b9d959c50939a509198509650945092509050565b6001600160a01b0381165f9081526020819052604081206001810154600160e81b900460ff16156115db57505f92915050565b80546001600160a01b031680156115f257806115f4565b835b949350505050565b604080517ffea19ad7df8c32bb46258c69320b574f5206e281f6d4848949fc1cca8fb3e9b660208201526001600160a01b038a169181019190915260608101889052608081018790526001600160401b03861660a082015260c0810185905260e081018490525f906101000160405160208183030381529060405280519060200120905061168e8982878787876121a3565b61169a8989898961243a565b505050505050505050565b816116af816115a8565b6001600160a01b0316336001600160a01b0316146116e4578033604051631194af8760e11b8152600401610bca929190614db7565b6112178383612c16565b806116f8816115a8565b6001600160a01b0316336001600160a01b03161461172d578033604051631194af8760e11b8152600401610bca929190614db7565b611264823361267f565b604080517f903d3ef60d4b028246a2e8fd6e563120fc0ade961ddfc181d03de7957b1a1c0b6020808301919091526001600160a01b038a811683850152606083018a90528816608083015260a0820187905260c08083018790528351808403909101815260e090920190925280519101206117b68882878787876121a3565b610ca7888888612c0a565b836117cb816115a8565b6001600160a01b0316336001600160a01b031614611800578033604051631194af8760e11b8152600401610bca929190614db7565b610bdf85858585612d78565b83611816816115a8565b6001600160a01b0316336001600160a01b03161461184b578033604051631194af8760e11b8152600401610bca929190614db7565b610bdf85858585612d8c565b5f7fe216be785bfa88e8577af03de0be20d51dbe45acebd108cfe07209d8b8d260b18a8a8a8a60405161188b929190614eac565b6040805191829003822060208301959095526001600160a01b03909316928101929092526060820152608081019190915260a0810187905260c0810186905260e08101859052610100016040516020818303038152906040528051906020012090506118fb8a82878787876121a3565b6119088a8a8a8a8a612a17565b50505050505050505050565b604080517f382ce7c74467b806e072cdf04a752ce7dc051a8fe5fefc1b338df5edd271cc8c60208201526001600160a01b038a16918101919091526060810188905260ff871660808201526001600160401b03861660a082015260c0810185905260e081018490525f90610100016040516020818303038152906040528051906020012090506119a88982878787876121a3565b61169a89898989612d8c565b5f7fc8a19e4d6fb350eb002cbb313a37223ece6401a721ed0e83d7901e39514b3136846040516020016119e8929190614ebb565b60408051601f1981840301815291905280516020918201209150611a2590611a1290860186614814565b828660e0013587610100013587876121a3565b610cfb611a356020860186614814565b6020860135611a4a6060880160408901614f6d565b611a5a6080890160608a01614f86565b6080890135611a6f60c08b0160a08c01614f86565b8a60c001356122ac565b611a8281613104565b50565b6001600160a01b038281165f908152602081905260409020600101548391163314611ac7578033604051630708cec560e01b8152600401610bca929190614db7565b6112178383613205565b81611adb816115a8565b6001600160a01b0316336001600160a01b031614611b10578033604051631194af8760e11b8152600401610bca929190614db7565b61121783836128b4565b80611b24816115a8565b6001600160a01b0316336001600160a01b031614158015611b6157506001600160a01b038181165f90815260208190526040902060010154163314155b15611b835780336040516348e43f8d60e01b8152600401610bca929190614db7565b6112648233612ae0565b5f5f8263ffffffff165f03611ba657508290505f610f61565b50506001600160a01b039182165f90815260026020908152604080832063ffffffff949094168352929052205490811691600160a01b9091046001600160401b031690565b5f7fb61f2a4ecc09af336ad15c91d80f409d1dcf7bcae623ad52fe2d0747428788f387878787604051602001611c25959493929190614dd1565b604051602081830303815290604052805190602001209050611c4c87878388888888612a5b565b610c508787612947565b604080517fc9ba9f1f08616b207a06b99592d8b9356c6a6be0ee3d289c5209c845d035ea216020808301919091526001600160a01b038b811683850152606083018b90528916608083015260a0820188905260c0820187905260e0808301879052835180840390910181526101009092019092528051910120611cdd8982878787876121a3565b61169a89898989612d78565b5f7f3b746ab28063c83aaeecf189fe3a6f617a16159338bacdb7420b209a0aa8b6e487878787604051602001611d23959493929190614dd1565b604051602081830303815290604052805190602001209050611d4987828787878761330f565b610c508787613205565b604080517f1e3049241fb4d3526ec646159988a84cb40529c55d704baa7ca78ef7ed0575ee60208201526001600160a01b03881691810191909152606081018690526080810185905260a081018490525f9060c001604051602081830303815290604052805190602001209050611dce8782878787876121a3565b610c508787612c16565b5f7fa2a0eb848b6697c05fc291469c3a4cfa539fa33bc5a666aa2dd36cc16d77378189898989604051611e0c929190614eac565b604051908190038120611e54949392918a908a906020019586526001600160a01b0394909416602086015260408501929092526060840152608083015260a082015260c00190565b604051602081830303815290604052805190602001209050611e7a8982878787876121a3565b61169a89898989612170565b80611e90816115a8565b6001600160a01b0316336001600160a01b031614611ec5578033604051631194af8760e11b8152600401610bca929190614db7565b6001600160a01b0382165f9081526020819052604090208054600160d01b900465ffffffffffff1690601a611ef983614f9f565b91906101000a81548165ffffffffffff021916908365ffffffffffff160217905550505050565b6040805160e0810182525f80825260208201819052918101829052606081018290526080810182905260a0810182905260c08101919091525f60015f856001600160a01b03166001600160a01b031681526020019081526020015f205f8481526020019081526020015f206040518060c00160405290815f82015f9054906101000a90046001600160401b03166001600160401b03166001600160401b031681526020015f820160089054906101000a900465ffffffffffff1665ffffffffffff1665ffffffffffff1681526020015f8201600e9054906101000a900465ffffffffffff1665ffffffffffff1665ffffffffffff1681526020015f820160149054906101000a900463ffffffff1663ffffffff1663ffffffff1681526020015f820160189054906101000a900463ffffffff1663ffffffff1663ffffffff1681526020015f8201601c9054906101000a900460ff1660ff1660ff168152505090506040518060e00160405280826020015165ffffffffffff166001600160401b03168152602001825f01516001600160401b03168152602001826040015165ffffffffffff166001600160401b031681526020018260a0015160ff168152602001826060015163ffffffff168152602001826080015163ffffffff16815260200161210b86846133e9565b6001600160401b03169052949350505050565b611a828161345a565b81612131816115a8565b6001600160a01b0316336001600160a01b031614612166578033604051631194af8760e11b8152600401610bca929190614db7565b611217838361227e565b6110008111156121965760405163f56d6d8560e01b815260048101829052602401610bca565b610cfb848484845f6135d6565b6001600160a01b0386165f9081526020819052604090206001810154600160e81b900460ff16156121f257604051631d272dad60e21b81526001600160a01b0388166004820152602401610bca565b8054600160d01b900465ffffffffffff1685811461223c5760405163dbc205b160e01b81526001600160a01b038916600482015265ffffffffffff82166024820152604401610bca565b612247816001614fc7565b825465ffffffffffff91909116600160d01b026001600160d01b03909116178255610ca788612275816115a8565b89888888613694565b612288828261384b565b612291826138a3565b156122a257611264826001836138c5565b61126482826139e8565b805f036122d75760405163238fa9ef60e11b81526001600160a01b0388166004820152602401610bca565b6122e087611268565b81146122f0576122f08782612c16565b6122fc87878787612d8c565b8215610c5057610c508784600285612d8c565b5f61231a8484613a83565b90505f61232785836133e9565b905042816001600160401b0316116123735760405163a4ed0fab60e01b81526001600160a01b0386166004820152602481018590526001600160401b0382166044820152606401610bca565b815f01516001600160401b0316836001600160401b0316116123b357604051630bc4794d60e31b81526001600160401b0384166004820152602401610bca565b6001600160a01b0385165f818152600160209081526040808320888452825291829020805467ffffffffffffffff19166001600160401b03881690811790915591519182528692917f8dc4937c5c8076fd12bd6ec30d7345bb4f3c86456238d6adc7e034a5b5af96c4910160405180910390a3610bdf8585856001600160401b0316613b75565b6124448484613a83565b6040015165ffffffffffff165f036124605761246084846127db565b604051806060016040528061247484613c0a565b6001600160801b0390811682526001600160401b038085166020808501919091524282166040948501526001600160a01b0389165f818152600483528581208a825283528590208651815493880151978701518516600160c01b026001600160c01b0398909516600160801b026001600160c01b0319909416951694909417919091179490941617905551839185917f1ff6db770761800b6b33e11faf83e9e8f77a209f33d1278080c1eabb5f1957df9061253f9086906001600160401b0391909116815260200190565b60405180910390a450505050565b5f606061256261255d8587614fe5565b613c3a565b6125cc575f6352c718bd60e01b6125798688614fe5565b6040516001600160e01b0319909116602482015260440160408051601f198184030181529190526020810180516001600160e01b03166001600160e01b0319909316929092179091529092509050612677565b6125db620f424061271061501b565b60405a6125e990603f61502e565b6125f39190615045565b1015612615576040516334edfe3160e01b815260048101849052602401610bca565b306001600160a01b0316620f42408686604051612633929190614eac565b5f604051808303818686f4925050503d805f811461266c576040519150601f19603f3d011682016040523d82523d5f602084013e612671565b606091505b50915091505b935093915050565b6001600160a01b0382165f9081526020819052604081206001808201549192916126b791600160a01b90910463ffffffff1690614e90565b60018301805463ffffffff60a01b1916600160a01b63ffffffff8416021790558254909150600160d01b900465ffffffffffff1682601a6126f783614f9f565b825465ffffffffffff9182166101009390930a9283029190920219909116179055506040805180820182526001600160a01b038086168083526001600160401b0342811660208086019182528a85165f8181526002835288812063ffffffff8b168083529352888120975188549451909516600160a01b026001600160e01b031990941694909616939093179190911790945593519093917f4cc5ced891363f82b24b13c8f450227339c10832838026818515eb92648f3f0891a450505050565b6127c1816138a3565b156127d257611a828160035f6138c5565b611a8281613e1f565b6127e58282613a83565b6040015165ffffffffffff1615612821576040516344dad9b160e11b81526001600160a01b038316600482015260248101829052604401610bca565b6001600160a01b0382165f818152600160209081526040808320858452825291829020805465ffffffffffff60701b1916600160701b4265ffffffffffff8116919091029190911790915591516001600160401b0390921682528392917fd87ad7900baf5638216e7c5b4198445f32ec1d367dd7581569dbb4fdff272e2f910160405180910390a361126482825f613b75565b6001600160a01b038083165f90815260208190526040902060010154828216911614806128fa57506128e5826115a8565b6001600160a01b0316816001600160a01b0316145b156129235760405163237c788d60e01b81526001600160a01b0382166004820152602401610bca565b61292c826138a3565b1561293d57611264826002836138c5565b6112648282613eb7565b6001600160a01b0382165f90815260056020526040812054600160e01b900460ff169081600381111561297c5761297c614bc6565b036129a557604051631aef231560e21b81526001600160a01b0384166004820152602401610bca565b6001600160a01b038084165f90815260056020526040902080546001600160e81b031916905582168160038111156129df576129df614bc6565b6040516001600160a01b038616907f4fed66b70b6dbf0868dbbfbc783782720c6de912c5696128375e979de025aa4e905f90a4505050565b611000821115612a3d5760405163f56d6d8560e01b815260048101839052602401610bca565b610bdf85858585612a4d86613fed565b6001600160401b03166135d6565b612a64876115a8565b6001600160a01b0316866001600160a01b031603612a8f57612a8a8786868686866121a3565b610c50565b6001600160a01b038088165f90815260208190526040902060010154811690871603612ac357612a8a87868686868661330f565b86866040516348e43f8d60e01b8152600401610bca929190614db7565b6001600160a01b038083165f9081526020818152604080832060069092529091208054919290911680612b3157604051631aef231560e21b81526001600160a01b0386166004820152602401610bca565b60018301546001600160a01b03858116911614612bba576001830154600119600160e01b90910460ff1601612b845760405163f30c0bc160e01b81526001600160a01b0386166004820152602401610bca565b600183018054600160e01b900460ff1690601c612ba083615064565b91906101000a81548160ff021916908360ff160217905550505b81546001600160d01b03191682556040516001600160a01b0385811691838216918816907fa2c14772ea92193e2ee43464f087c6831cde0723bafa30362b356e1db0aa1f49905f90a45050505050565b6112178383834261402c565b5f612c2083611268565b9050808203612c54576040516306ef9c0760e31b81526001600160a01b038416600482015260248101839052604401610bca565b6001600160a01b0383165f908152602081905260408120600190810154612c8991600160c01b90910463ffffffff1690614e90565b6001600160a01b0385165f9081526020819052604090819020600101805463ffffffff60c01b1916600160c01b63ffffffff851602179055805180820190915290915080612cd685613c0a565b6001600160801b0390811682526001600160401b034281166020938401526001600160a01b0388165f81815260038552604080822063ffffffff8916808452908752918190208751815498880151909516600160801b026001600160c01b031990981694909516939093179590951790925551928352849286927f562b30473820aab97d8d27f39747a0b78b05778c0f44c1ed51ac1611d6fe4071910161253f565b610cfb848484612d8785613fed565b61402c565b6001600160a01b0384165f90815260208190526040812090849003612dc457604051637dec24e360e11b815260040160405180910390fd5b60ff8316600114801590612ddc575060ff8316600214155b15612dff57604051630a4b595160e31b815260ff84166004820152602401610bca565b42826001600160401b031611612e3357604051630bc4794d60e31b81526001600160401b0383166004820152602401610bca565b60ff83166002148015612e4c5750612e4a85611268565b155b15612e755760405163238fa9ef60e11b81526001600160a01b0386166004820152602401610bca565b6001600160a01b0385165f908152600160209081526040808320878452909152902054600160401b900465ffffffffffff1615612ed75760405163098f8f4760e11b81526001600160a01b038616600482015260248101859052604401610bca565b5f5f8260010160149054906101000a900463ffffffff168360010160189054906101000a900463ffffffff16915091506040518060c00160405280856001600160401b031681526020014265ffffffffffff1681526020015f65ffffffffffff1681526020018363ffffffff1681526020018263ffffffff1681526020018660ff1681525060015f896001600160a01b03166001600160a01b031681526020019081526020015f205f8881526020019081526020015f205f820151815f015f6101000a8154816001600160401b0302191690836001600160401b031602179055506020820151815f0160086101000a81548165ffffffffffff021916908365ffffffffffff1602179055506040820151815f01600e6101000a81548165ffffffffffff021916908365ffffffffffff1602179055506060820151815f0160146101000a81548163ffffffff021916908363ffffffff1602179055506080820151815f0160186101000a81548163ffffffff021916908363ffffffff16021790555060a0820151815f01601c6101000a81548160ff021916908360ff16021790555090505085876001600160a01b03167f6e4a16abf34c63d274dda59060cce9bc8002fe6e1801230bf728f8968d7b974a878786866040516130e8949392919060ff9490941684526001600160401b0392909216602084015263ffffffff908116604084015216606082015260800190565b60405180910390a3610c508787866001600160401b0316613b75565b6001600160a01b038082165f908152600660209081526040918290208251606081018452905493841680825265ffffffffffff600160a01b8604811693830193909352600160d01b909404909116918101919091529061318257604051631aef231560e21b81526001600160a01b0383166004820152602401610bca565b806020015165ffffffffffff164210156131bf57602081015160405163d606d83f60e01b815265ffffffffffff9091166004820152602401610bca565b80516040516001600160a01b03918216918416907f18fd514351dc50d192b7e41b5a6478575c793d38f756ec15acc7b1796597ef19905f90a361126482825f01516139e8565b6001600160a01b038083165f90815260066020526040902080549091161561324b576040516328def83960e11b81526001600160a01b0384166004820152602401610bca565b613255838361384b565b5f6132636203f48042615079565b82546001600160d01b031916600160a01b65ffffffffffff8316026001600160a01b031916176001600160a01b03858116918217855586165f81815260208181526040918290206001015482516001600160401b0387168152600260ff600160e01b909304929092169190911091810191909152939450919290917f82955d6e0c28c241e0e44e9b8521bfebe23f2e1641756f9aec76be5199489d71910160405180910390a350505050565b6001600160a01b038087165f90815260208190526040902060010154168061334e57865f604051630708cec560e01b8152600401610bca929190614db7565b6001600160a01b0387165f9081526006602052604090208054600160d01b900465ffffffffffff168681146133af5760405163dbc205b160e01b81526001600160a01b038a16600482015265ffffffffffff82166024820152604401610bca565b6133ba816001614fc7565b825465ffffffffffff91909116600160d01b026001600160d01b0390911617825561169a89848a898989613694565b8051604082015165ffffffffffff16156134165761341381836040015165ffffffffffff166140fd565b90505b61342d81613428858560600151611494565b614124565b9050600260ff168260a0015160ff16036110d95761345381613428858560800151611073565b9392505050565b6001600160a01b038181165f908152600560209081526040808320815160608101835281549586168152600160a01b86046001600160401b031693810193909352929391929190830190600160e01b900460ff1660038111156134bf576134bf614bc6565b60038111156134d0576134d0614bc6565b90525090505f816040015160038111156134ec576134ec614bc6565b0361351557604051631aef231560e21b81526001600160a01b0383166004820152602401610bca565b80602001516001600160401b031642101561355457602081015160405163d606d83f60e01b81526001600160401b039091166004820152602401610bca565b6001600160a01b0382165f90815260056020526040902080546001600160e81b031916905560018160400151600381111561359157613591614bc6565b036135a35761126482825f01516139e8565b6002816040015160038111156135bb576135bb614bc6565b036135cd5761126482825f0151613eb7565b61126482613e1f565b6fffffffffffffffffffffffffffffffff1984166f6469642f7075622f456432353531392f60801b148061361b57506e6469642f7075622f4564323535313960881b84145b1561363c5760405163027ee32760e61b815260048101859052602401610bca565b846001600160a01b03167f18ab6b2ae3d64306c00ce663125f2bd680e441a098de1635bd7ad8b0d44965e4858585856136748b614143565b604051613685959493929190615098565b60405180910390a25050505050565b824211156136b85760405163bfb22adf60e01b815260048101849052602401610bca565b5f6137b6613796604080518082018252601081526f4d6574614e6574204964656e7469747960801b6020918201528151808301835260018152603160f81b9082015281517f8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f818301527f97a2c456a51015cc6d32fc681ce70b2434b5ef9438aa079bcf9c7e02a06c37c2818401527fc89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc660608201524660808201523060a0808301919091528351808303909101815260c0909101909252815191012090565b8660405161190160f01b8152600281019290925260228201526042902090565b90505f5f6137c5838686614186565b5090925090505f8160038111156137de576137de614bc6565b1480156137fc5750876001600160a01b0316826001600160a01b0316145b1561380957505050610fee565b6001600160a01b0388163b15806138295750613827888487876141cd565b155b1561169a5788886040516310b5d43760e21b8152600401610bca929190614db7565b6001600160a01b038116158061387a5750613865826115a8565b6001600160a01b0316816001600160a01b0316145b156112645760405163b20f76e360e01b81526001600160a01b0382166004820152602401610bca565b6001600160a01b039081165f9081526020819052604090206001015416151590565b5f6138d36203f48042615079565b90506040518060600160405280836001600160a01b03168152602001826001600160401b0316815260200184600381111561391057613910614bc6565b90526001600160a01b038086165f9081526005602090815260409182902084518154928601516001600160401b0316600160a01b026001600160e01b0319909316941693909317178083559083015190829060ff60e01b1916600160e01b83600381111561398057613980614bc6565b0217905550905050816001600160a01b03168360038111156139a4576139a4614bc6565b6040516001600160401b03841681526001600160a01b038716907fae947e21a03e67ba532761f913d4d4a76088a5f6eee49a3541fe651d6a65c9399060200161253f565b6001600160a01b038281165f90815260208190526040902080546001600160a01b031916918316919091179055613a1e82614237565b613a28828261267f565b816001600160a01b03167f38a5a6e68f30ed1ab45860a4afb34bcb2fc00f22ca462d249b8a8d40cda6f7a382613a5d85614143565b604080516001600160a01b03909316835260208301919091520160405180910390a25050565b6040805160c0810182525f80825260208201819052918101829052606081018290526080810182905260a0810191909152506001600160a01b0382165f9081526001602090815260408083208484528252808320815160c08101835290546001600160401b0381168252600160401b810465ffffffffffff908116948301859052600160701b82041692820192909252600160a01b820463ffffffff9081166060830152600160c01b8304166080820152600160e01b90910460ff1660a082015291036110d95760405163033a882160e01b81526001600160a01b038416600482015260248101839052604401610bca565b826001600160a01b03167f18ab6b2ae3d64306c00ce663125f2bd680e441a098de1635bd7ad8b0d44965e47f6469642f7075622f456432353531392f766572694b657900000000000000000084604051602001613bd491815260200190565b60405160208183030381529060405284613bed88614143565b604051613bfd94939291906150dd565b60405180910390a2505050565b5f6001600160801b03821115613c3657604051636f3d678160e11b815260048101839052602401610bca565b5090565b5f6001600160e01b03198216632e6266f760e21b1480613c6a57506001600160e01b0319821663bd82fdbb60e01b145b80613c8557506001600160e01b031982166306c5131160e31b145b80613ca057506001600160e01b03198216632abdc71d60e01b145b80613cbb57506001600160e01b0319821663e3c742c160e01b145b80613cd657506001600160e01b0319821663455a8b5d60e11b145b80613cf157506001600160e01b031982166332c7e60960e01b145b80613d0c57506001600160e01b03198216635b7475df60e01b145b80613d2757506001600160e01b0319821663035026af60e01b145b80613d4257506001600160e01b031982166306fdcc0f60e31b145b80613d5d57506001600160e01b031982166319ef729960e11b145b80613d7857506001600160e01b0319821663354140fd60e21b145b80613d9357506001600160e01b0319821663dbdac9c160e01b145b80613dae57506001600160e01b03198216638043d59560e01b145b80613dc957506001600160e01b0319821663ae5e4de560e01b145b80613de457506001600160e01b031982166372b6025760e11b145b80613dff57506001600160e01b03198216636b3e15b560e11b145b806110d957506001600160e01b031982166324510be760e21b1492915050565b6001600160a01b0381165f908152602081905260409020600101805460ff60e81b1916600160e81b179055613e5381614237565b613e5d815f61267f565b806001600160a01b03167f38a5a6e68f30ed1ab45860a4afb34bcb2fc00f22ca462d249b8a8d40cda6f7a35f613e9284614143565b604080516001600160a01b03909316835260208301919091520160405180910390a250565b6001600160a01b038083165f908152602081905260409020600181015490911615613f9257604080516060810182525f80825260208083018290526001600160a01b038716825260069052829020549091820190613f2590600160d01b900465ffffffffffff166001614fc7565b65ffffffffffff9081169091526001600160a01b038086165f90815260066020908152604091829020855181549287015196909301518516600160d01b026001600160d01b0396909516600160a01b026001600160d01b0319909216929093169190911717929092161790555b600181018054600168ff000000000000000160a01b0319166001600160a01b0384811691821790925560405190918516907fd97655fa7aa956dd4e7b50a24c0f5634b337d26ece573a41a31838cf95ff0a5a905f90a3505050565b5f613fff426001600160401b03615108565b82111561402257604051633bb2da8360e21b815260048101839052602401610bca565b6110d9824261501b565b6001600160a01b038481165f81815260076020908152604080832083835281842060010154600160a01b900463ffffffff16845282528083208884528252808320948716835293905291909120805467ffffffffffffffff19166001600160401b0384161790557f5a5084339536bcab65f20799fcc58724588145ca054bd2be626174b27ba156f78484846140c089614143565b604080519485526001600160a01b039390931660208501526001600160401b0391909116838301526060830152519081900360800190a250505050565b5f816001600160401b0316836001600160401b03161061411d5781613453565b5090919050565b5f6001600160401b0382161561411d5761413e83836140fd565b613453565b6001600160a01b03165f90815260208190526040902080544365ffffffffffff908116600160a01b90810265ffffffffffff60a01b198416179093559190041690565b5f808060418490036141ba578435602086013560408701355f1a6141ac89828585614274565b9550955095505050506141c4565b505f915060029050825b93509350939050565b60408051630b135d3f60e11b808252600482018690526024820192909252604481018390525f91908390818660648301375f82606483010152601f820160051c60051b915060205f60648401838b5afa9050825f5114601f3d111681169350505050949350505050565b6001600160a01b0381165f90815260056020526040902080546001600160e81b0319169055614265816138a3565b15611a8257611a82815f613eb7565b5f80807f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08411156142ad57505f91506003905082614332565b604080515f808252602082018084528a905260ff891692820192909252606081018790526080810186905260019060a0016020604051602081039080840390855afa1580156142fe573d5f5f3e3d5ffd5b5050604051601f1901519150506001600160a01b03811661432957505f925060019150829050614332565b92505f91508190505b9450945094915050565b80356001600160a01b0381168114614352575f5ffd5b919050565b5f5f83601f840112614367575f5ffd5b5081356001600160401b0381111561437d575f5ffd5b602083019150836020828501011115610f61575f5ffd5b5f5f5f5f606085870312156143a7575f5ffd5b6143b08561433c565b93506020850135925060408501356001600160401b038111156143d1575f5ffd5b6143dd87828801614357565b95989497509550505050565b5f5f5f5f5f5f60a087890312156143fe575f5ffd5b6144078761433c565b95506144156020880161433c565b9450604087013593506060870135925060808701356001600160401b0381111561443d575f5ffd5b61444989828a01614357565b979a9699509497509295939492505050565b803560ff81168114614352575f5ffd5b80356001600160401b0381168114614352575f5ffd5b5f5f5f5f5f5f5f60e0888a031215614497575f5ffd5b6144a08861433c565b9650602088013595506144b56040890161445b565b94506144c36060890161446b565b9350608088013592506144d860a0890161446b565b96999598509396929591949193505060c09091013590565b5f5f5f60608486031215614502575f5ffd5b61450b8461433c565b9250602084013591506145206040850161446b565b90509250925092565b5f5f5f5f6080858703121561453c575f5ffd5b6145458561433c565b935060208501359250604085013591506145616060860161446b565b905092959194509250565b5f5f6020838503121561457d575f5ffd5b82356001600160401b03811115614592575f5ffd5b8301601f810185136145a2575f5ffd5b80356001600160401b038111156145b7575f5ffd5b8560208260051b84010111156145cb575f5ffd5b6020919091019590945092505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b5f602082016020835280845180835260408501915060408160051b8601019250602086015f5b8281101561467957603f198786030184528151805115158652602081015190506040602087015261466360408701826145db565b955050602093840193919091019060010161462f565b50929695505050505050565b5f5f5f5f5f5f5f60c0888a03121561469b575f5ffd5b6146a48861433c565b9650602088013595506146b96040890161446b565b9450606088013593506080880135925060a08801356001600160401b038111156146e1575f5ffd5b6146ed8a828b01614357565b989b979a50959850939692959293505050565b5f5f60408385031215614711575f5ffd5b61471a8361433c565b9150602083013563ffffffff81168114614732575f5ffd5b809150509250929050565b5f5f5f5f5f60808688031215614751575f5ffd5b61475a8661433c565b9450602086013593506040860135925060608601356001600160401b03811115614782575f5ffd5b61478e88828901614357565b969995985093965092949392505050565b5f5f5f5f5f5f60a087890312156147b4575f5ffd5b6147bd8761433c565b955060208701359450604087013593506060870135925060808701356001600160401b0381111561443d575f5ffd5b5f5f604083850312156147fd575f5ffd5b6148068361433c565b946020939093013593505050565b5f60208284031215614824575f5ffd5b6134538261433c565b5f5f5f6060848603121561483f575f5ffd5b6148488461433c565b9250602084013591506145206040850161433c565b5f5f5f5f5f60808688031215614871575f5ffd5b61487a8661433c565b94506020860135935060408601356001600160401b0381111561489b575f5ffd5b6148a788828901614357565b96999598509660600135949350505050565b60ff60f81b8816815260e060208201525f6148d760e08301896145db565b82810360408401526148e981896145db565b606084018890526001600160a01b038716608085015260a0840186905283810360c0850152845180825260208087019350909101905f5b8181101561493e578351835260209384019390920191600101614920565b50909b9a5050505050505050505050565b5f5f5f5f5f5f5f5f60e0898b031215614966575f5ffd5b61496f8961433c565b9750602089013596506040890135955061498b60608a0161446b565b94506080890135935060a0890135925060c08901356001600160401b038111156149b3575f5ffd5b6149bf8b828c01614357565b999c989b5096995094979396929594505050565b5f5f5f5f5f5f5f60c0888a0312156149e9575f5ffd5b6149f28861433c565b9650602088013595506146b96040890161433c565b5f5f5f5f60808587031215614a1a575f5ffd5b614a238561433c565b935060208501359250614a386040860161433c565b9396929550929360600135925050565b5f5f5f5f60808587031215614a5b575f5ffd5b614a648561433c565b935060208501359250614a796040860161445b565b91506145616060860161446b565b5f5f5f5f5f5f5f5f5f60e08a8c031215614a9f575f5ffd5b614aa88a61433c565b985060208a0135975060408a01356001600160401b03811115614ac9575f5ffd5b614ad58c828d01614357565b90985096505060608a0135945060808a0135935060a08a0135925060c08a01356001600160401b03811115614b08575f5ffd5b614b148c828d01614357565b915080935050809150509295985092959850929598565b5f5f5f5f5f5f5f5f60e0898b031215614b42575f5ffd5b614b4b8961433c565b975060208901359650614b6060408a0161445b565b955061498b60608a0161446b565b5f5f5f838503610140811215614b82575f5ffd5b610120811215614b90575f5ffd5b508392506101208401356001600160401b03811115614bad575f5ffd5b614bb986828701614357565b9497909650939450505050565b634e487b7160e01b5f52602160045260245ffd5b6060810160048510614bfa57634e487b7160e01b5f52602160045260245ffd5b9381526001600160a01b039290921660208301526001600160401b031660409091015290565b5f5f60408385031215614c31575f5ffd5b614c3a8361433c565b9150614c486020840161433c565b90509250929050565b5f5f5f5f5f5f5f5f60e0898b031215614c68575f5ffd5b614c718961433c565b975060208901359650614c8660408a0161433c565b9550606089013594506080890135935060a0890135925060c08901356001600160401b038111156149b3575f5ffd5b5f5f5f5f5f5f5f5f60c0898b031215614ccc575f5ffd5b614cd58961433c565b97506020890135965060408901356001600160401b03811115614cf6575f5ffd5b614d028b828c01614357565b909750955050606089013593506080890135925060a08901356001600160401b038111156149b3575f5ffd5b5f60e0820190506001600160401b0383511682526001600160401b0360208401511660208301526001600160401b03604084015116604083015260ff606084015116606083015263ffffffff608084015116608083015260a0830151614d9c60a084018263ffffffff169052565b5060c0830151610e8060c08401826001600160401b03169052565b6001600160a01b0392831681529116602082015260400190565b9485526001600160a01b0393841660208601529190921660408401526060830191909152608082015260a00190565b634e487b7160e01b5f52604160045260245ffd5b634e487b7160e01b5f52603260045260245ffd5b5f5f8335601e19843603018112614e3d575f5ffd5b8301803591506001600160401b03821115614e56575f5ffd5b602001915036819003821315610f61575f5ffd5b602081525f61345360208301846145db565b634e487b7160e01b5f52601160045260245ffd5b63ffffffff81811683821601908111156110d9576110d9614e7c565b818382375f9101908152919050565b82815261014081016001600160a01b03614ed48461433c565b1660208301525f602084013590508060408401525060ff614ef76040850161445b565b166060830152614f096060840161446b565b6001600160401b038116608084015250608083013560a083810191909152614f3290840161446b565b6001600160401b03811660c08401525060c083013560e083810191909152830135610100808401919091529092013561012090910152919050565b5f60208284031215614f7d575f5ffd5b6134538261445b565b5f60208284031215614f96575f5ffd5b6134538261446b565b5f65ffffffffffff821665ffffffffffff8103614fbe57614fbe614e7c565b60010192915050565b65ffffffffffff81811683821601908111156110d9576110d9614e7c565b80356001600160e01b03198116906004841015610e80576001600160e01b031960049490940360031b84901b1690921692915050565b808201808211156110d9576110d9614e7c565b80820281158282048414176110d9576110d9614e7c565b5f8261505f57634e487b7160e01b5f52601260045260245ffd5b500490565b5f60ff821660ff8103614fbe57614fbe614e7c565b6001600160401b0381811683821601908111156110d9576110d9614e7c565b85815260806020820152836080820152838560a08301375f60a085830101525f60a0601f19601f87011683010190508360408301528260608301529695505050505050565b848152608060208201525f6150f560808301866145db565b6040830194909452506060015292915050565b818103818111156110d9576110d9614e7c56",
}

// IdentityRegistry is an auto generated Go binding around an Ethereum contract.
type IdentityRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *IdentityRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewIdentityRegistry creates a new instance of IdentityRegistry.
func NewIdentityRegistry() *IdentityRegistry {
	parsed, err := IdentityRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &IdentityRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *IdentityRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackBATCHCALLGAS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe96da3ed.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function BATCH_CALL_GAS() view returns(uint256)
func (identityRegistry *IdentityRegistry) PackBATCHCALLGAS() []byte {
	enc, err := identityRegistry.abi.Pack("BATCH_CALL_GAS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBATCHCALLGAS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe96da3ed.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function BATCH_CALL_GAS() view returns(uint256)
func (identityRegistry *IdentityRegistry) TryPackBATCHCALLGAS() ([]byte, error) {
	return identityRegistry.abi.Pack("BATCH_CALL_GAS")
}

// UnpackBATCHCALLGAS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe96da3ed.
//
// Solidity: function BATCH_CALL_GAS() view returns(uint256)
func (identityRegistry *IdentityRegistry) UnpackBATCHCALLGAS(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("BATCH_CALL_GAS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDELAY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x69b41170.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function DELAY() view returns(uint64)
func (identityRegistry *IdentityRegistry) PackDELAY() []byte {
	enc, err := identityRegistry.abi.Pack("DELAY")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDELAY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x69b41170.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function DELAY() view returns(uint64)
func (identityRegistry *IdentityRegistry) TryPackDELAY() ([]byte, error) {
	return identityRegistry.abi.Pack("DELAY")
}

// UnpackDELAY is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x69b41170.
//
// Solidity: function DELAY() view returns(uint64)
func (identityRegistry *IdentityRegistry) UnpackDELAY(data []byte) (uint64, error) {
	out, err := identityRegistry.abi.Unpack("DELAY", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackDEVICE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbfe79a47.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function DEVICE() view returns(uint8)
func (identityRegistry *IdentityRegistry) PackDEVICE() []byte {
	enc, err := identityRegistry.abi.Pack("DEVICE")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDEVICE is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbfe79a47.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function DEVICE() view returns(uint8)
func (identityRegistry *IdentityRegistry) TryPackDEVICE() ([]byte, error) {
	return identityRegistry.abi.Pack("DEVICE")
}

// UnpackDEVICE is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbfe79a47.
//
// Solidity: function DEVICE() view returns(uint8)
func (identityRegistry *IdentityRegistry) UnpackDEVICE(data []byte) (uint8, error) {
	out, err := identityRegistry.abi.Unpack("DEVICE", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackHOSTED is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x99e0a7fe.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function HOSTED() view returns(uint8)
func (identityRegistry *IdentityRegistry) PackHOSTED() []byte {
	enc, err := identityRegistry.abi.Pack("HOSTED")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHOSTED is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x99e0a7fe.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function HOSTED() view returns(uint8)
func (identityRegistry *IdentityRegistry) TryPackHOSTED() ([]byte, error) {
	return identityRegistry.abi.Pack("HOSTED")
}

// UnpackHOSTED is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x99e0a7fe.
//
// Solidity: function HOSTED() view returns(uint8)
func (identityRegistry *IdentityRegistry) UnpackHOSTED(data []byte) (uint8, error) {
	out, err := identityRegistry.abi.Unpack("HOSTED", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackMAXATTRIBUTEBYTES is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5b009fd1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_ATTRIBUTE_BYTES() view returns(uint256)
func (identityRegistry *IdentityRegistry) PackMAXATTRIBUTEBYTES() []byte {
	enc, err := identityRegistry.abi.Pack("MAX_ATTRIBUTE_BYTES")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXATTRIBUTEBYTES is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5b009fd1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_ATTRIBUTE_BYTES() view returns(uint256)
func (identityRegistry *IdentityRegistry) TryPackMAXATTRIBUTEBYTES() ([]byte, error) {
	return identityRegistry.abi.Pack("MAX_ATTRIBUTE_BYTES")
}

// UnpackMAXATTRIBUTEBYTES is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5b009fd1.
//
// Solidity: function MAX_ATTRIBUTE_BYTES() view returns(uint256)
func (identityRegistry *IdentityRegistry) UnpackMAXATTRIBUTEBYTES(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("MAX_ATTRIBUTE_BYTES", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXOWNERCANCELS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaab04dd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_OWNER_CANCELS() view returns(uint8)
func (identityRegistry *IdentityRegistry) PackMAXOWNERCANCELS() []byte {
	enc, err := identityRegistry.abi.Pack("MAX_OWNER_CANCELS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXOWNERCANCELS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaab04dd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_OWNER_CANCELS() view returns(uint8)
func (identityRegistry *IdentityRegistry) TryPackMAXOWNERCANCELS() ([]byte, error) {
	return identityRegistry.abi.Pack("MAX_OWNER_CANCELS")
}

// UnpackMAXOWNERCANCELS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xeaab04dd.
//
// Solidity: function MAX_OWNER_CANCELS() view returns(uint8)
func (identityRegistry *IdentityRegistry) UnpackMAXOWNERCANCELS(data []byte) (uint8, error) {
	out, err := identityRegistry.abi.Unpack("MAX_OWNER_CANCELS", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackAddDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa7068d66.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) returns()
func (identityRegistry *IdentityRegistry) PackAddDelegate(identity common.Address, delegateType [32]byte, delegate common.Address, validity *big.Int) []byte {
	enc, err := identityRegistry.abi.Pack("addDelegate", identity, delegateType, delegate, validity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa7068d66.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) returns()
func (identityRegistry *IdentityRegistry) TryPackAddDelegate(identity common.Address, delegateType [32]byte, delegate common.Address, validity *big.Int) ([]byte, error) {
	return identityRegistry.abi.Pack("addDelegate", identity, delegateType, delegate, validity)
}

// PackAddDelegateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd67c2b6a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addDelegateWithSig(address identity, bytes32 delegateType, address delegate, uint256 validity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackAddDelegateWithSig(identity common.Address, delegateType [32]byte, delegate common.Address, validity *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("addDelegateWithSig", identity, delegateType, delegate, validity, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddDelegateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd67c2b6a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addDelegateWithSig(address identity, bytes32 delegateType, address delegate, uint256 validity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackAddDelegateWithSig(identity common.Address, delegateType [32]byte, delegate common.Address, validity *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("addDelegateWithSig", identity, delegateType, delegate, validity, nonce, deadline, signature)
}

// PackAddKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae2090d4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addKey(address identity, bytes32 key, uint8 purpose, uint64 expiry) returns()
func (identityRegistry *IdentityRegistry) PackAddKey(identity common.Address, key [32]byte, purpose uint8, expiry uint64) []byte {
	enc, err := identityRegistry.abi.Pack("addKey", identity, key, purpose, expiry)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae2090d4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addKey(address identity, bytes32 key, uint8 purpose, uint64 expiry) returns()
func (identityRegistry *IdentityRegistry) TryPackAddKey(identity common.Address, key [32]byte, purpose uint8, expiry uint64) ([]byte, error) {
	return identityRegistry.abi.Pack("addKey", identity, key, purpose, expiry)
}

// PackAddKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9899bdc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addKeyWithSig(address identity, bytes32 key, uint8 purpose, uint64 expiry, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackAddKeyWithSig(identity common.Address, key [32]byte, purpose uint8, expiry uint64, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("addKeyWithSig", identity, key, purpose, expiry, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9899bdc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addKeyWithSig(address identity, bytes32 key, uint8 purpose, uint64 expiry, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackAddKeyWithSig(identity common.Address, key [32]byte, purpose uint8, expiry uint64, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("addKeyWithSig", identity, key, purpose, expiry, nonce, deadline, signature)
}

// PackBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1e897afb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function batch(bytes[] calls) returns((bool,bytes)[] results)
func (identityRegistry *IdentityRegistry) PackBatch(calls [][]byte) []byte {
	enc, err := identityRegistry.abi.Pack("batch", calls)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBatch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1e897afb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function batch(bytes[] calls) returns((bool,bytes)[] results)
func (identityRegistry *IdentityRegistry) TryPackBatch(calls [][]byte) ([]byte, error) {
	return identityRegistry.abi.Pack("batch", calls)
}

// UnpackBatch is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1e897afb.
//
// Solidity: function batch(bytes[] calls) returns((bool,bytes)[] results)
func (identityRegistry *IdentityRegistry) UnpackBatch(data []byte) ([]IIdentityRegistryCallResult, error) {
	out, err := identityRegistry.abi.Unpack("batch", data)
	if err != nil {
		return *new([]IIdentityRegistryCallResult), err
	}
	out0 := *abi.ConvertType(out[0], new([]IIdentityRegistryCallResult)).(*[]IIdentityRegistryCallResult)
	return out0, nil
}

// PackCancelChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70eeb80d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelChange(address identity) returns()
func (identityRegistry *IdentityRegistry) PackCancelChange(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("cancelChange", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70eeb80d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelChange(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackCancelChange(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("cancelChange", identity)
}

// PackCancelChangeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd50503f4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelChangeWithSig(address identity, address signer, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackCancelChangeWithSig(identity common.Address, signer common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("cancelChangeWithSig", identity, signer, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelChangeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd50503f4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelChangeWithSig(address identity, address signer, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackCancelChangeWithSig(identity common.Address, signer common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("cancelChangeWithSig", identity, signer, nonce, deadline, signature)
}

// PackCancelRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc90db447.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelRecovery(address identity) returns()
func (identityRegistry *IdentityRegistry) PackCancelRecovery(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("cancelRecovery", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc90db447.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelRecovery(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackCancelRecovery(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("cancelRecovery", identity)
}

// PackCancelRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8043d595.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cancelRecoveryWithSig(address identity, address signer, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackCancelRecoveryWithSig(identity common.Address, signer common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("cancelRecoveryWithSig", identity, signer, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCancelRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8043d595.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cancelRecoveryWithSig(address identity, address signer, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackCancelRecoveryWithSig(identity common.Address, signer common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("cancelRecoveryWithSig", identity, signer, nonce, deadline, signature)
}

// PackChangeOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf00d4b5d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function changeOwner(address identity, address newOwner) returns()
func (identityRegistry *IdentityRegistry) PackChangeOwner(identity common.Address, newOwner common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("changeOwner", identity, newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackChangeOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf00d4b5d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function changeOwner(address identity, address newOwner) returns()
func (identityRegistry *IdentityRegistry) TryPackChangeOwner(identity common.Address, newOwner common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("changeOwner", identity, newOwner)
}

// PackChangeOwnerWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x035026af.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function changeOwnerWithSig(address identity, address newOwner, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackChangeOwnerWithSig(identity common.Address, newOwner common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("changeOwnerWithSig", identity, newOwner, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackChangeOwnerWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x035026af.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function changeOwnerWithSig(address identity, address newOwner, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackChangeOwnerWithSig(identity common.Address, newOwner common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("changeOwnerWithSig", identity, newOwner, nonce, deadline, signature)
}

// PackChanged is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf96d0f9f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function changed(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) PackChanged(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("changed", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackChanged is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf96d0f9f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function changed(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) TryPackChanged(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("changed", identity)
}

// UnpackChanged is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf96d0f9f.
//
// Solidity: function changed(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) UnpackChanged(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("changed", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCutOff is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98e541ce.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function cutOff(address identity, bytes32 key) view returns(uint256 server, uint64 size, uint64 setAt)
func (identityRegistry *IdentityRegistry) PackCutOff(identity common.Address, key [32]byte) []byte {
	enc, err := identityRegistry.abi.Pack("cutOff", identity, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCutOff is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x98e541ce.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function cutOff(address identity, bytes32 key) view returns(uint256 server, uint64 size, uint64 setAt)
func (identityRegistry *IdentityRegistry) TryPackCutOff(identity common.Address, key [32]byte) ([]byte, error) {
	return identityRegistry.abi.Pack("cutOff", identity, key)
}

// CutOffOutput serves as a container for the return parameters of contract
// method CutOff.
type CutOffOutput struct {
	Server *big.Int
	Size   uint64
	SetAt  uint64
}

// UnpackCutOff is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x98e541ce.
//
// Solidity: function cutOff(address identity, bytes32 key) view returns(uint256 server, uint64 size, uint64 setAt)
func (identityRegistry *IdentityRegistry) UnpackCutOff(data []byte) (CutOffOutput, error) {
	out, err := identityRegistry.abi.Unpack("cutOff", data)
	outstruct := new(CutOffOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Server = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Size = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	outstruct.SetAt = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackDeactivate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ea053eb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deactivate(address identity) returns()
func (identityRegistry *IdentityRegistry) PackDeactivate(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("deactivate", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeactivate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3ea053eb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deactivate(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackDeactivate(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("deactivate", identity)
}

// PackDeactivateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33dee532.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deactivateWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackDeactivateWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("deactivateWithSig", identity, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeactivateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33dee532.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deactivateWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackDeactivateWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("deactivateWithSig", identity, nonce, deadline, signature)
}

// PackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (identityRegistry *IdentityRegistry) PackEip712Domain() []byte {
	enc, err := identityRegistry.abi.Pack("eip712Domain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEip712Domain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84b0196e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (identityRegistry *IdentityRegistry) TryPackEip712Domain() ([]byte, error) {
	return identityRegistry.abi.Pack("eip712Domain")
}

// Eip712DomainOutput serves as a container for the return parameters of contract
// method Eip712Domain.
type Eip712DomainOutput struct {
	Fields            [1]byte
	Name              string
	Version           string
	ChainId           *big.Int
	VerifyingContract common.Address
	Salt              [32]byte
	Extensions        []*big.Int
}

// UnpackEip712Domain is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84b0196e.
//
// Solidity: function eip712Domain() view returns(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)
func (identityRegistry *IdentityRegistry) UnpackEip712Domain(data []byte) (Eip712DomainOutput, error) {
	out, err := identityRegistry.abi.Unpack("eip712Domain", data)
	outstruct := new(Eip712DomainOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Fields = *abi.ConvertType(out[0], new([1]byte)).(*[1]byte)
	outstruct.Name = *abi.ConvertType(out[1], new(string)).(*string)
	outstruct.Version = *abi.ConvertType(out[2], new(string)).(*string)
	outstruct.ChainId = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.VerifyingContract = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
	outstruct.Salt = *abi.ConvertType(out[5], new([32]byte)).(*[32]byte)
	outstruct.Extensions = *abi.ConvertType(out[6], new([]*big.Int)).(*[]*big.Int)
	return *outstruct, nil
}

// PackEnrol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0af36762.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function enrol(address identity, bytes32 key, uint8 purpose, uint64 expiry, bytes32 hostedKey, uint64 hostedExpiry, uint256 server) returns()
func (identityRegistry *IdentityRegistry) PackEnrol(identity common.Address, key [32]byte, purpose uint8, expiry uint64, hostedKey [32]byte, hostedExpiry uint64, server *big.Int) []byte {
	enc, err := identityRegistry.abi.Pack("enrol", identity, key, purpose, expiry, hostedKey, hostedExpiry, server)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEnrol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0af36762.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function enrol(address identity, bytes32 key, uint8 purpose, uint64 expiry, bytes32 hostedKey, uint64 hostedExpiry, uint256 server) returns()
func (identityRegistry *IdentityRegistry) TryPackEnrol(identity common.Address, key [32]byte, purpose uint8, expiry uint64, hostedKey [32]byte, hostedExpiry uint64, server *big.Int) ([]byte, error) {
	return identityRegistry.abi.Pack("enrol", identity, key, purpose, expiry, hostedKey, hostedExpiry, server)
}

// PackEnrolWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbd82fdbb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function enrolWithSig((address,bytes32,uint8,uint64,bytes32,uint64,uint256,uint256,uint256) e, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackEnrolWithSig(e IIdentityRegistryEnrolment, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("enrolWithSig", e, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEnrolWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbd82fdbb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function enrolWithSig((address,bytes32,uint8,uint64,bytes32,uint64,uint256,uint256,uint256) e, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackEnrolWithSig(e IIdentityRegistryEnrolment, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("enrolWithSig", e, signature)
}

// PackEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8b810c36.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function epoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) PackEpoch(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("epoch", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8b810c36.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function epoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) TryPackEpoch(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("epoch", identity)
}

// UnpackEpoch is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8b810c36.
//
// Solidity: function epoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) UnpackEpoch(data []byte) (uint32, error) {
	out, err := identityRegistry.abi.Unpack("epoch", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackEpochAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc9ab08ad.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function epochAt(address identity, uint32 epoch_) view returns(address owner, uint64 since)
func (identityRegistry *IdentityRegistry) PackEpochAt(identity common.Address, epoch uint32) []byte {
	enc, err := identityRegistry.abi.Pack("epochAt", identity, epoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEpochAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc9ab08ad.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function epochAt(address identity, uint32 epoch_) view returns(address owner, uint64 since)
func (identityRegistry *IdentityRegistry) TryPackEpochAt(identity common.Address, epoch uint32) ([]byte, error) {
	return identityRegistry.abi.Pack("epochAt", identity, epoch)
}

// EpochAtOutput serves as a container for the return parameters of contract
// method EpochAt.
type EpochAtOutput struct {
	Owner common.Address
	Since uint64
}

// UnpackEpochAt is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc9ab08ad.
//
// Solidity: function epochAt(address identity, uint32 epoch_) view returns(address owner, uint64 since)
func (identityRegistry *IdentityRegistry) UnpackEpochAt(data []byte) (EpochAtOutput, error) {
	out, err := identityRegistry.abi.Unpack("epochAt", data)
	outstruct := new(EpochAtOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Owner = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Since = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackEpochEndedAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x823f80cb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function epochEndedAt(address identity, uint32 epoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) PackEpochEndedAt(identity common.Address, epoch uint32) []byte {
	enc, err := identityRegistry.abi.Pack("epochEndedAt", identity, epoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEpochEndedAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x823f80cb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function epochEndedAt(address identity, uint32 epoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) TryPackEpochEndedAt(identity common.Address, epoch uint32) ([]byte, error) {
	return identityRegistry.abi.Pack("epochEndedAt", identity, epoch)
}

// UnpackEpochEndedAt is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x823f80cb.
//
// Solidity: function epochEndedAt(address identity, uint32 epoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) UnpackEpochEndedAt(data []byte) (uint64, error) {
	out, err := identityRegistry.abi.Unpack("epochEndedAt", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackFinishChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb5cdb3d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function finishChange(address identity) returns()
func (identityRegistry *IdentityRegistry) PackFinishChange(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("finishChange", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFinishChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb5cdb3d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function finishChange(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackFinishChange(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("finishChange", identity)
}

// PackFinishRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc53d8124.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function finishRecovery(address identity) returns()
func (identityRegistry *IdentityRegistry) PackFinishRecovery(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("finishRecovery", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFinishRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc53d8124.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function finishRecovery(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackFinishRecovery(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("finishRecovery", identity)
}

// PackHomeAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b0a1492.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function homeAt(address identity, uint32 homeEpoch_) view returns(uint256 server, uint64 since)
func (identityRegistry *IdentityRegistry) PackHomeAt(identity common.Address, homeEpoch uint32) []byte {
	enc, err := identityRegistry.abi.Pack("homeAt", identity, homeEpoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHomeAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b0a1492.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function homeAt(address identity, uint32 homeEpoch_) view returns(uint256 server, uint64 since)
func (identityRegistry *IdentityRegistry) TryPackHomeAt(identity common.Address, homeEpoch uint32) ([]byte, error) {
	return identityRegistry.abi.Pack("homeAt", identity, homeEpoch)
}

// HomeAtOutput serves as a container for the return parameters of contract
// method HomeAt.
type HomeAtOutput struct {
	Server *big.Int
	Since  uint64
}

// UnpackHomeAt is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b0a1492.
//
// Solidity: function homeAt(address identity, uint32 homeEpoch_) view returns(uint256 server, uint64 since)
func (identityRegistry *IdentityRegistry) UnpackHomeAt(data []byte) (HomeAtOutput, error) {
	out, err := identityRegistry.abi.Unpack("homeAt", data)
	outstruct := new(HomeAtOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Server = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Since = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackHomeEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67d96be9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function homeEpoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) PackHomeEpoch(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("homeEpoch", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHomeEpoch is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67d96be9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function homeEpoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) TryPackHomeEpoch(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("homeEpoch", identity)
}

// UnpackHomeEpoch is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x67d96be9.
//
// Solidity: function homeEpoch(address identity) view returns(uint32)
func (identityRegistry *IdentityRegistry) UnpackHomeEpoch(data []byte) (uint32, error) {
	out, err := identityRegistry.abi.Unpack("homeEpoch", data)
	if err != nil {
		return *new(uint32), err
	}
	out0 := *abi.ConvertType(out[0], new(uint32)).(*uint32)
	return out0, nil
}

// PackHomeEpochEndedAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x346db262.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function homeEpochEndedAt(address identity, uint32 homeEpoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) PackHomeEpochEndedAt(identity common.Address, homeEpoch uint32) []byte {
	enc, err := identityRegistry.abi.Pack("homeEpochEndedAt", identity, homeEpoch)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHomeEpochEndedAt is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x346db262.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function homeEpochEndedAt(address identity, uint32 homeEpoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) TryPackHomeEpochEndedAt(identity common.Address, homeEpoch uint32) ([]byte, error) {
	return identityRegistry.abi.Pack("homeEpochEndedAt", identity, homeEpoch)
}

// UnpackHomeEpochEndedAt is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x346db262.
//
// Solidity: function homeEpochEndedAt(address identity, uint32 homeEpoch_) view returns(uint64)
func (identityRegistry *IdentityRegistry) UnpackHomeEpochEndedAt(data []byte) (uint64, error) {
	out, err := identityRegistry.abi.Unpack("homeEpochEndedAt", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackHomeOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x57e45c77.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function homeOf(address identity) view returns(uint256 server)
func (identityRegistry *IdentityRegistry) PackHomeOf(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("homeOf", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHomeOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x57e45c77.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function homeOf(address identity) view returns(uint256 server)
func (identityRegistry *IdentityRegistry) TryPackHomeOf(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("homeOf", identity)
}

// UnpackHomeOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x57e45c77.
//
// Solidity: function homeOf(address identity) view returns(uint256 server)
func (identityRegistry *IdentityRegistry) UnpackHomeOf(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("homeOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackIdentityOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8733d4e8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function identityOwner(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) PackIdentityOwner(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("identityOwner", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIdentityOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8733d4e8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function identityOwner(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) TryPackIdentityOwner(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("identityOwner", identity)
}

// UnpackIdentityOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8733d4e8.
//
// Solidity: function identityOwner(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) UnpackIdentityOwner(data []byte) (common.Address, error) {
	out, err := identityRegistry.abi.Unpack("identityOwner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackIsDeactivated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa0d721b6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isDeactivated(address identity) view returns(bool)
func (identityRegistry *IdentityRegistry) PackIsDeactivated(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("isDeactivated", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsDeactivated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa0d721b6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isDeactivated(address identity) view returns(bool)
func (identityRegistry *IdentityRegistry) TryPackIsDeactivated(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("isDeactivated", identity)
}

// UnpackIsDeactivated is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa0d721b6.
//
// Solidity: function isDeactivated(address identity) view returns(bool)
func (identityRegistry *IdentityRegistry) UnpackIsDeactivated(data []byte) (bool, error) {
	out, err := identityRegistry.abi.Unpack("isDeactivated", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackKeyState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb2c36c9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function keyState(address identity, bytes32 key) view returns((uint64,uint64,uint64,uint8,uint32,uint32,uint64))
func (identityRegistry *IdentityRegistry) PackKeyState(identity common.Address, key [32]byte) []byte {
	enc, err := identityRegistry.abi.Pack("keyState", identity, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackKeyState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeb2c36c9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function keyState(address identity, bytes32 key) view returns((uint64,uint64,uint64,uint8,uint32,uint32,uint64))
func (identityRegistry *IdentityRegistry) TryPackKeyState(identity common.Address, key [32]byte) ([]byte, error) {
	return identityRegistry.abi.Pack("keyState", identity, key)
}

// UnpackKeyState is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xeb2c36c9.
//
// Solidity: function keyState(address identity, bytes32 key) view returns((uint64,uint64,uint64,uint8,uint32,uint32,uint64))
func (identityRegistry *IdentityRegistry) UnpackKeyState(data []byte) (IIdentityRegistryKeyState, error) {
	out, err := identityRegistry.abi.Unpack("keyState", data)
	if err != nil {
		return *new(IIdentityRegistryKeyState), err
	}
	out0 := *abi.ConvertType(out[0], new(IIdentityRegistryKeyState)).(*IIdentityRegistryKeyState)
	return out0, nil
}

// PackNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70ae92d2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) PackNonce(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("nonce", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70ae92d2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) TryPackNonce(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("nonce", identity)
}

// UnpackNonce is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x70ae92d2.
//
// Solidity: function nonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) UnpackNonce(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("nonce", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackOwnerCancels is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf04fd1b7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function ownerCancels(address identity) view returns(uint8)
func (identityRegistry *IdentityRegistry) PackOwnerCancels(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("ownerCancels", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwnerCancels is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf04fd1b7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function ownerCancels(address identity) view returns(uint8)
func (identityRegistry *IdentityRegistry) TryPackOwnerCancels(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("ownerCancels", identity)
}

// UnpackOwnerCancels is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf04fd1b7.
//
// Solidity: function ownerCancels(address identity) view returns(uint8)
func (identityRegistry *IdentityRegistry) UnpackOwnerCancels(data []byte) (uint8, error) {
	out, err := identityRegistry.abi.Unpack("ownerCancels", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackPendingChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc1972149.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingChange(address identity) view returns(uint8 kind, address target, uint64 readyAt)
func (identityRegistry *IdentityRegistry) PackPendingChange(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("pendingChange", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc1972149.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingChange(address identity) view returns(uint8 kind, address target, uint64 readyAt)
func (identityRegistry *IdentityRegistry) TryPackPendingChange(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("pendingChange", identity)
}

// PendingChangeOutput serves as a container for the return parameters of contract
// method PendingChange.
type PendingChangeOutput struct {
	Kind    uint8
	Target  common.Address
	ReadyAt uint64
}

// UnpackPendingChange is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc1972149.
//
// Solidity: function pendingChange(address identity) view returns(uint8 kind, address target, uint64 readyAt)
func (identityRegistry *IdentityRegistry) UnpackPendingChange(data []byte) (PendingChangeOutput, error) {
	out, err := identityRegistry.abi.Unpack("pendingChange", data)
	outstruct := new(PendingChangeOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Kind = *abi.ConvertType(out[0], new(uint8)).(*uint8)
	outstruct.Target = *abi.ConvertType(out[1], new(common.Address)).(*common.Address)
	outstruct.ReadyAt = *abi.ConvertType(out[2], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackPendingRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xea969265.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingRecovery(address identity) view returns(address newOwner, uint64 readyAt)
func (identityRegistry *IdentityRegistry) PackPendingRecovery(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("pendingRecovery", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xea969265.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingRecovery(address identity) view returns(address newOwner, uint64 readyAt)
func (identityRegistry *IdentityRegistry) TryPackPendingRecovery(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("pendingRecovery", identity)
}

// PendingRecoveryOutput serves as a container for the return parameters of contract
// method PendingRecovery.
type PendingRecoveryOutput struct {
	NewOwner common.Address
	ReadyAt  uint64
}

// UnpackPendingRecovery is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xea969265.
//
// Solidity: function pendingRecovery(address identity) view returns(address newOwner, uint64 readyAt)
func (identityRegistry *IdentityRegistry) UnpackPendingRecovery(data []byte) (PendingRecoveryOutput, error) {
	out, err := identityRegistry.abi.Unpack("pendingRecovery", data)
	outstruct := new(PendingRecoveryOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.NewOwner = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.ReadyAt = *abi.ConvertType(out[1], new(uint64)).(*uint64)
	return *outstruct, nil
}

// PackRecoveryNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49bcad0a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function recoveryNonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) PackRecoveryNonce(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("recoveryNonce", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRecoveryNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49bcad0a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function recoveryNonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) TryPackRecoveryNonce(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("recoveryNonce", identity)
}

// UnpackRecoveryNonce is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x49bcad0a.
//
// Solidity: function recoveryNonce(address identity) view returns(uint256)
func (identityRegistry *IdentityRegistry) UnpackRecoveryNonce(data []byte) (*big.Int, error) {
	out, err := identityRegistry.abi.Unpack("recoveryNonce", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRecoveryOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80366651.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function recoveryOf(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) PackRecoveryOf(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("recoveryOf", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRecoveryOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80366651.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function recoveryOf(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) TryPackRecoveryOf(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("recoveryOf", identity)
}

// UnpackRecoveryOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x80366651.
//
// Solidity: function recoveryOf(address identity) view returns(address)
func (identityRegistry *IdentityRegistry) UnpackRecoveryOf(data []byte) (common.Address, error) {
	out, err := identityRegistry.abi.Unpack("recoveryOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRenewKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c333517.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function renewKey(address identity, bytes32 key, uint64 expiry) returns()
func (identityRegistry *IdentityRegistry) PackRenewKey(identity common.Address, key [32]byte, expiry uint64) []byte {
	enc, err := identityRegistry.abi.Pack("renewKey", identity, key, expiry)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRenewKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c333517.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function renewKey(address identity, bytes32 key, uint64 expiry) returns()
func (identityRegistry *IdentityRegistry) TryPackRenewKey(identity common.Address, key [32]byte, expiry uint64) ([]byte, error) {
	return identityRegistry.abi.Pack("renewKey", identity, key, expiry)
}

// PackRenewKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2abdc71d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function renewKeyWithSig(address identity, bytes32 key, uint64 expiry, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRenewKeyWithSig(identity common.Address, key [32]byte, expiry uint64, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("renewKeyWithSig", identity, key, expiry, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRenewKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2abdc71d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function renewKeyWithSig(address identity, bytes32 key, uint64 expiry, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRenewKeyWithSig(identity common.Address, key [32]byte, expiry uint64, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("renewKeyWithSig", identity, key, expiry, nonce, deadline, signature)
}

// PackRevokeAllKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8dc0fb30.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeAllKeys(address identity) returns()
func (identityRegistry *IdentityRegistry) PackRevokeAllKeys(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("revokeAllKeys", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeAllKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8dc0fb30.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeAllKeys(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeAllKeys(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeAllKeys", identity)
}

// PackRevokeAllKeysWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32c7e609.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeAllKeysWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRevokeAllKeysWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeAllKeysWithSig", identity, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeAllKeysWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32c7e609.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeAllKeysWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeAllKeysWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeAllKeysWithSig", identity, nonce, deadline, signature)
}

// PackRevokeAttribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x00c023da.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeAttribute(address identity, bytes32 name, bytes value) returns()
func (identityRegistry *IdentityRegistry) PackRevokeAttribute(identity common.Address, name [32]byte, value []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeAttribute", identity, name, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeAttribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x00c023da.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeAttribute(address identity, bytes32 name, bytes value) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeAttribute(identity common.Address, name [32]byte, value []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeAttribute", identity, name, value)
}

// PackRevokeAttributeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe56c04ae.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeAttributeWithSig(address identity, bytes32 name, bytes value, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRevokeAttributeWithSig(identity common.Address, name [32]byte, value []byte, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeAttributeWithSig", identity, name, value, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeAttributeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe56c04ae.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeAttributeWithSig(address identity, bytes32 name, bytes value, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeAttributeWithSig(identity common.Address, name [32]byte, value []byte, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeAttributeWithSig", identity, name, value, nonce, deadline, signature)
}

// PackRevokeDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80b29f7c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeDelegate(address identity, bytes32 delegateType, address delegate) returns()
func (identityRegistry *IdentityRegistry) PackRevokeDelegate(identity common.Address, delegateType [32]byte, delegate common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("revokeDelegate", identity, delegateType, delegate)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80b29f7c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeDelegate(address identity, bytes32 delegateType, address delegate) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeDelegate(identity common.Address, delegateType [32]byte, delegate common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeDelegate", identity, delegateType, delegate)
}

// PackRevokeDelegateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91442f9c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeDelegateWithSig(address identity, bytes32 delegateType, address delegate, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRevokeDelegateWithSig(identity common.Address, delegateType [32]byte, delegate common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeDelegateWithSig", identity, delegateType, delegate, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeDelegateWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x91442f9c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeDelegateWithSig(address identity, bytes32 delegateType, address delegate, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeDelegateWithSig(identity common.Address, delegateType [32]byte, delegate common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeDelegateWithSig", identity, delegateType, delegate, nonce, deadline, signature)
}

// PackRevokeKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3cf26a01.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeKey(address identity, bytes32 key) returns()
func (identityRegistry *IdentityRegistry) PackRevokeKey(identity common.Address, key [32]byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeKey", identity, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3cf26a01.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeKey(address identity, bytes32 key) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeKey(identity common.Address, key [32]byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeKey", identity, key)
}

// PackRevokeKeyFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x10b7c7a4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeKeyFrom(address identity, bytes32 key, uint256 server, uint64 size) returns()
func (identityRegistry *IdentityRegistry) PackRevokeKeyFrom(identity common.Address, key [32]byte, server *big.Int, size uint64) []byte {
	enc, err := identityRegistry.abi.Pack("revokeKeyFrom", identity, key, server, size)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeKeyFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x10b7c7a4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeKeyFrom(address identity, bytes32 key, uint256 server, uint64 size) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeKeyFrom(identity common.Address, key [32]byte, server *big.Int, size uint64) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeKeyFrom", identity, key, server, size)
}

// PackRevokeKeyFromWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ab516ba.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeKeyFromWithSig(address identity, bytes32 key, uint256 server, uint64 size, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRevokeKeyFromWithSig(identity common.Address, key [32]byte, server *big.Int, size uint64, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeKeyFromWithSig", identity, key, server, size, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeKeyFromWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ab516ba.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeKeyFromWithSig(address identity, bytes32 key, uint256 server, uint64 size, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeKeyFromWithSig(identity common.Address, key [32]byte, server *big.Int, size uint64, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeKeyFromWithSig", identity, key, server, size, nonce, deadline, signature)
}

// PackRevokeKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x36289888.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revokeKeyWithSig(address identity, bytes32 key, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackRevokeKeyWithSig(identity common.Address, key [32]byte, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("revokeKeyWithSig", identity, key, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevokeKeyWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x36289888.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revokeKeyWithSig(address identity, bytes32 key, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackRevokeKeyWithSig(identity common.Address, key [32]byte, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("revokeKeyWithSig", identity, key, nonce, deadline, signature)
}

// PackSetAttribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ad4b0a4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setAttribute(address identity, bytes32 name, bytes value, uint256 validity) returns()
func (identityRegistry *IdentityRegistry) PackSetAttribute(identity common.Address, name [32]byte, value []byte, validity *big.Int) []byte {
	enc, err := identityRegistry.abi.Pack("setAttribute", identity, name, value, validity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetAttribute is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7ad4b0a4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setAttribute(address identity, bytes32 name, bytes value, uint256 validity) returns()
func (identityRegistry *IdentityRegistry) TryPackSetAttribute(identity common.Address, name [32]byte, value []byte, validity *big.Int) ([]byte, error) {
	return identityRegistry.abi.Pack("setAttribute", identity, name, value, validity)
}

// PackSetAttributeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae5e4de5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setAttributeWithSig(address identity, bytes32 name, bytes value, uint256 validity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackSetAttributeWithSig(identity common.Address, name [32]byte, value []byte, validity *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("setAttributeWithSig", identity, name, value, validity, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetAttributeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xae5e4de5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setAttributeWithSig(address identity, bytes32 name, bytes value, uint256 validity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackSetAttributeWithSig(identity common.Address, name [32]byte, value []byte, validity *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("setAttributeWithSig", identity, name, value, validity, nonce, deadline, signature)
}

// PackSetHome is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8c3b688d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setHome(address identity, uint256 server) returns()
func (identityRegistry *IdentityRegistry) PackSetHome(identity common.Address, server *big.Int) []byte {
	enc, err := identityRegistry.abi.Pack("setHome", identity, server)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetHome is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8c3b688d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setHome(address identity, uint256 server) returns()
func (identityRegistry *IdentityRegistry) TryPackSetHome(identity common.Address, server *big.Int) ([]byte, error) {
	return identityRegistry.abi.Pack("setHome", identity, server)
}

// PackSetHomeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe3c742c1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setHomeWithSig(address identity, uint256 server, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackSetHomeWithSig(identity common.Address, server *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("setHomeWithSig", identity, server, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetHomeWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe3c742c1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setHomeWithSig(address identity, uint256 server, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackSetHomeWithSig(identity common.Address, server *big.Int, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("setHomeWithSig", identity, server, nonce, deadline, signature)
}

// PackSetRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc8fc373f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setRecovery(address identity, address recovery) returns()
func (identityRegistry *IdentityRegistry) PackSetRecovery(identity common.Address, recovery common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("setRecovery", identity, recovery)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc8fc373f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setRecovery(address identity, address recovery) returns()
func (identityRegistry *IdentityRegistry) TryPackSetRecovery(identity common.Address, recovery common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("setRecovery", identity, recovery)
}

// PackSetRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x37ee6078.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setRecoveryWithSig(address identity, address recovery, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackSetRecoveryWithSig(identity common.Address, recovery common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("setRecoveryWithSig", identity, recovery, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x37ee6078.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setRecoveryWithSig(address identity, address recovery, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackSetRecoveryWithSig(identity common.Address, recovery common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("setRecoveryWithSig", identity, recovery, nonce, deadline, signature)
}

// PackSkipNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe981a69b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function skipNonce(address identity) returns()
func (identityRegistry *IdentityRegistry) PackSkipNonce(identity common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("skipNonce", identity)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSkipNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe981a69b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function skipNonce(address identity) returns()
func (identityRegistry *IdentityRegistry) TryPackSkipNonce(identity common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("skipNonce", identity)
}

// PackSkipNonceWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5b7475df.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function skipNonceWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackSkipNonceWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("skipNonceWithSig", identity, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSkipNonceWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5b7475df.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function skipNonceWithSig(address identity, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackSkipNonceWithSig(identity common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("skipNonceWithSig", identity, nonce, deadline, signature)
}

// PackStartRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc89ec68a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function startRecovery(address identity, address newOwner) returns()
func (identityRegistry *IdentityRegistry) PackStartRecovery(identity common.Address, newOwner common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("startRecovery", identity, newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStartRecovery is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc89ec68a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function startRecovery(address identity, address newOwner) returns()
func (identityRegistry *IdentityRegistry) TryPackStartRecovery(identity common.Address, newOwner common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("startRecovery", identity, newOwner)
}

// PackStartRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbdac9c1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function startRecoveryWithSig(address identity, address newOwner, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) PackStartRecoveryWithSig(identity common.Address, newOwner common.Address, nonce *big.Int, deadline *big.Int, signature []byte) []byte {
	enc, err := identityRegistry.abi.Pack("startRecoveryWithSig", identity, newOwner, nonce, deadline, signature)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStartRecoveryWithSig is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbdac9c1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function startRecoveryWithSig(address identity, address newOwner, uint256 nonce, uint256 deadline, bytes signature) returns()
func (identityRegistry *IdentityRegistry) TryPackStartRecoveryWithSig(identity common.Address, newOwner common.Address, nonce *big.Int, deadline *big.Int, signature []byte) ([]byte, error) {
	return identityRegistry.abi.Pack("startRecoveryWithSig", identity, newOwner, nonce, deadline, signature)
}

// PackValidDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x622b2a3c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function validDelegate(address identity, bytes32 delegateType, address delegate) view returns(bool)
func (identityRegistry *IdentityRegistry) PackValidDelegate(identity common.Address, delegateType [32]byte, delegate common.Address) []byte {
	enc, err := identityRegistry.abi.Pack("validDelegate", identity, delegateType, delegate)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackValidDelegate is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x622b2a3c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function validDelegate(address identity, bytes32 delegateType, address delegate) view returns(bool)
func (identityRegistry *IdentityRegistry) TryPackValidDelegate(identity common.Address, delegateType [32]byte, delegate common.Address) ([]byte, error) {
	return identityRegistry.abi.Pack("validDelegate", identity, delegateType, delegate)
}

// UnpackValidDelegate is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x622b2a3c.
//
// Solidity: function validDelegate(address identity, bytes32 delegateType, address delegate) view returns(bool)
func (identityRegistry *IdentityRegistry) UnpackValidDelegate(data []byte) (bool, error) {
	out, err := identityRegistry.abi.Unpack("validDelegate", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// IdentityRegistryBatchCallFailed represents a BatchCallFailed event raised by the IdentityRegistry contract.
type IdentityRegistryBatchCallFailed struct {
	Index  *big.Int
	Reason []byte
	Raw    *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryBatchCallFailedEventName = "BatchCallFailed"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryBatchCallFailed) ContractEventName() string {
	return IdentityRegistryBatchCallFailedEventName
}

// UnpackBatchCallFailedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event BatchCallFailed(uint256 indexed index, bytes reason)
func (identityRegistry *IdentityRegistry) UnpackBatchCallFailedEvent(log *types.Log) (*IdentityRegistryBatchCallFailed, error) {
	event := "BatchCallFailed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryBatchCallFailed)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryChangeCancelled represents a ChangeCancelled event raised by the IdentityRegistry contract.
type IdentityRegistryChangeCancelled struct {
	Identity common.Address
	Kind     uint8
	By       common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryChangeCancelledEventName = "ChangeCancelled"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryChangeCancelled) ContractEventName() string {
	return IdentityRegistryChangeCancelledEventName
}

// UnpackChangeCancelledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ChangeCancelled(address indexed identity, uint8 indexed kind, address indexed by)
func (identityRegistry *IdentityRegistry) UnpackChangeCancelledEvent(log *types.Log) (*IdentityRegistryChangeCancelled, error) {
	event := "ChangeCancelled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryChangeCancelled)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryChangeStarted represents a ChangeStarted event raised by the IdentityRegistry contract.
type IdentityRegistryChangeStarted struct {
	Identity common.Address
	Kind     uint8
	Target   common.Address
	ReadyAt  uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryChangeStartedEventName = "ChangeStarted"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryChangeStarted) ContractEventName() string {
	return IdentityRegistryChangeStartedEventName
}

// UnpackChangeStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ChangeStarted(address indexed identity, uint8 indexed kind, address indexed target, uint64 readyAt)
func (identityRegistry *IdentityRegistry) UnpackChangeStartedEvent(log *types.Log) (*IdentityRegistryChangeStarted, error) {
	event := "ChangeStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryChangeStarted)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryDIDAttributeChanged represents a DIDAttributeChanged event raised by the IdentityRegistry contract.
type IdentityRegistryDIDAttributeChanged struct {
	Identity       common.Address
	Name           [32]byte
	Value          []byte
	ValidTo        *big.Int
	PreviousChange *big.Int
	Raw            *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryDIDAttributeChangedEventName = "DIDAttributeChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryDIDAttributeChanged) ContractEventName() string {
	return IdentityRegistryDIDAttributeChangedEventName
}

// UnpackDIDAttributeChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DIDAttributeChanged(address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange)
func (identityRegistry *IdentityRegistry) UnpackDIDAttributeChangedEvent(log *types.Log) (*IdentityRegistryDIDAttributeChanged, error) {
	event := "DIDAttributeChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryDIDAttributeChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryDIDDelegateChanged represents a DIDDelegateChanged event raised by the IdentityRegistry contract.
type IdentityRegistryDIDDelegateChanged struct {
	Identity       common.Address
	DelegateType   [32]byte
	Delegate       common.Address
	ValidTo        *big.Int
	PreviousChange *big.Int
	Raw            *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryDIDDelegateChangedEventName = "DIDDelegateChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryDIDDelegateChanged) ContractEventName() string {
	return IdentityRegistryDIDDelegateChangedEventName
}

// UnpackDIDDelegateChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DIDDelegateChanged(address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange)
func (identityRegistry *IdentityRegistry) UnpackDIDDelegateChangedEvent(log *types.Log) (*IdentityRegistryDIDDelegateChanged, error) {
	event := "DIDDelegateChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryDIDDelegateChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryDIDOwnerChanged represents a DIDOwnerChanged event raised by the IdentityRegistry contract.
type IdentityRegistryDIDOwnerChanged struct {
	Identity       common.Address
	Owner          common.Address
	PreviousChange *big.Int
	Raw            *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryDIDOwnerChangedEventName = "DIDOwnerChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryDIDOwnerChanged) ContractEventName() string {
	return IdentityRegistryDIDOwnerChangedEventName
}

// UnpackDIDOwnerChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange)
func (identityRegistry *IdentityRegistry) UnpackDIDOwnerChangedEvent(log *types.Log) (*IdentityRegistryDIDOwnerChanged, error) {
	event := "DIDOwnerChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryDIDOwnerChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryEIP712DomainChanged represents a EIP712DomainChanged event raised by the IdentityRegistry contract.
type IdentityRegistryEIP712DomainChanged struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryEIP712DomainChangedEventName = "EIP712DomainChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryEIP712DomainChanged) ContractEventName() string {
	return IdentityRegistryEIP712DomainChangedEventName
}

// UnpackEIP712DomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EIP712DomainChanged()
func (identityRegistry *IdentityRegistry) UnpackEIP712DomainChangedEvent(log *types.Log) (*IdentityRegistryEIP712DomainChanged, error) {
	event := "EIP712DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryEIP712DomainChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryEpochStarted represents a EpochStarted event raised by the IdentityRegistry contract.
type IdentityRegistryEpochStarted struct {
	Identity common.Address
	Epoch    uint32
	Owner    common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryEpochStartedEventName = "EpochStarted"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryEpochStarted) ContractEventName() string {
	return IdentityRegistryEpochStartedEventName
}

// UnpackEpochStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event EpochStarted(address indexed identity, uint32 indexed epoch, address indexed owner)
func (identityRegistry *IdentityRegistry) UnpackEpochStartedEvent(log *types.Log) (*IdentityRegistryEpochStarted, error) {
	event := "EpochStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryEpochStarted)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryHomeChanged represents a HomeChanged event raised by the IdentityRegistry contract.
type IdentityRegistryHomeChanged struct {
	Identity  common.Address
	Server    *big.Int
	Previous  *big.Int
	HomeEpoch uint32
	Raw       *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryHomeChangedEventName = "HomeChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryHomeChanged) ContractEventName() string {
	return IdentityRegistryHomeChangedEventName
}

// UnpackHomeChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event HomeChanged(address indexed identity, uint256 indexed server, uint256 indexed previous, uint32 homeEpoch)
func (identityRegistry *IdentityRegistry) UnpackHomeChangedEvent(log *types.Log) (*IdentityRegistryHomeChanged, error) {
	event := "HomeChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryHomeChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryKeyAdded represents a KeyAdded event raised by the IdentityRegistry contract.
type IdentityRegistryKeyAdded struct {
	Identity  common.Address
	Key       [32]byte
	Purpose   uint8
	Expiry    uint64
	Epoch     uint32
	HomeEpoch uint32
	Raw       *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryKeyAddedEventName = "KeyAdded"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryKeyAdded) ContractEventName() string {
	return IdentityRegistryKeyAddedEventName
}

// UnpackKeyAddedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyAdded(address indexed identity, bytes32 indexed key, uint8 purpose, uint64 expiry, uint32 epoch, uint32 homeEpoch)
func (identityRegistry *IdentityRegistry) UnpackKeyAddedEvent(log *types.Log) (*IdentityRegistryKeyAdded, error) {
	event := "KeyAdded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryKeyAdded)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryKeyCutOff represents a KeyCutOff event raised by the IdentityRegistry contract.
type IdentityRegistryKeyCutOff struct {
	Identity common.Address
	Key      [32]byte
	Server   *big.Int
	Size     uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryKeyCutOffEventName = "KeyCutOff"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryKeyCutOff) ContractEventName() string {
	return IdentityRegistryKeyCutOffEventName
}

// UnpackKeyCutOffEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyCutOff(address indexed identity, bytes32 indexed key, uint256 indexed server, uint64 size)
func (identityRegistry *IdentityRegistry) UnpackKeyCutOffEvent(log *types.Log) (*IdentityRegistryKeyCutOff, error) {
	event := "KeyCutOff"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryKeyCutOff)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryKeyRenewed represents a KeyRenewed event raised by the IdentityRegistry contract.
type IdentityRegistryKeyRenewed struct {
	Identity common.Address
	Key      [32]byte
	Expiry   uint64
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryKeyRenewedEventName = "KeyRenewed"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryKeyRenewed) ContractEventName() string {
	return IdentityRegistryKeyRenewedEventName
}

// UnpackKeyRenewedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyRenewed(address indexed identity, bytes32 indexed key, uint64 expiry)
func (identityRegistry *IdentityRegistry) UnpackKeyRenewedEvent(log *types.Log) (*IdentityRegistryKeyRenewed, error) {
	event := "KeyRenewed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryKeyRenewed)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryKeyRevoked represents a KeyRevoked event raised by the IdentityRegistry contract.
type IdentityRegistryKeyRevoked struct {
	Identity  common.Address
	Key       [32]byte
	RevokedAt uint64
	Raw       *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryKeyRevokedEventName = "KeyRevoked"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryKeyRevoked) ContractEventName() string {
	return IdentityRegistryKeyRevokedEventName
}

// UnpackKeyRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyRevoked(address indexed identity, bytes32 indexed key, uint64 revokedAt)
func (identityRegistry *IdentityRegistry) UnpackKeyRevokedEvent(log *types.Log) (*IdentityRegistryKeyRevoked, error) {
	event := "KeyRevoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryKeyRevoked)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryRecoveryCancelled represents a RecoveryCancelled event raised by the IdentityRegistry contract.
type IdentityRegistryRecoveryCancelled struct {
	Identity common.Address
	NewOwner common.Address
	By       common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryRecoveryCancelledEventName = "RecoveryCancelled"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryRecoveryCancelled) ContractEventName() string {
	return IdentityRegistryRecoveryCancelledEventName
}

// UnpackRecoveryCancelledEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RecoveryCancelled(address indexed identity, address indexed newOwner, address indexed by)
func (identityRegistry *IdentityRegistry) UnpackRecoveryCancelledEvent(log *types.Log) (*IdentityRegistryRecoveryCancelled, error) {
	event := "RecoveryCancelled"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryRecoveryCancelled)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryRecoveryChanged represents a RecoveryChanged event raised by the IdentityRegistry contract.
type IdentityRegistryRecoveryChanged struct {
	Identity common.Address
	Recovery common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryRecoveryChangedEventName = "RecoveryChanged"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryRecoveryChanged) ContractEventName() string {
	return IdentityRegistryRecoveryChangedEventName
}

// UnpackRecoveryChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RecoveryChanged(address indexed identity, address indexed recovery)
func (identityRegistry *IdentityRegistry) UnpackRecoveryChangedEvent(log *types.Log) (*IdentityRegistryRecoveryChanged, error) {
	event := "RecoveryChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryRecoveryChanged)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryRecoveryFinished represents a RecoveryFinished event raised by the IdentityRegistry contract.
type IdentityRegistryRecoveryFinished struct {
	Identity common.Address
	NewOwner common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryRecoveryFinishedEventName = "RecoveryFinished"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryRecoveryFinished) ContractEventName() string {
	return IdentityRegistryRecoveryFinishedEventName
}

// UnpackRecoveryFinishedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RecoveryFinished(address indexed identity, address indexed newOwner)
func (identityRegistry *IdentityRegistry) UnpackRecoveryFinishedEvent(log *types.Log) (*IdentityRegistryRecoveryFinished, error) {
	event := "RecoveryFinished"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryRecoveryFinished)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// IdentityRegistryRecoveryStarted represents a RecoveryStarted event raised by the IdentityRegistry contract.
type IdentityRegistryRecoveryStarted struct {
	Identity    common.Address
	NewOwner    common.Address
	ReadyAt     uint64
	Cancellable bool
	Raw         *types.Log // Blockchain specific contextual infos
}

const IdentityRegistryRecoveryStartedEventName = "RecoveryStarted"

// ContractEventName returns the user-defined event name.
func (IdentityRegistryRecoveryStarted) ContractEventName() string {
	return IdentityRegistryRecoveryStartedEventName
}

// UnpackRecoveryStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RecoveryStarted(address indexed identity, address indexed newOwner, uint64 readyAt, bool cancellable)
func (identityRegistry *IdentityRegistry) UnpackRecoveryStartedEvent(log *types.Log) (*IdentityRegistryRecoveryStarted, error) {
	event := "RecoveryStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != identityRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(IdentityRegistryRecoveryStarted)
	if len(log.Data) > 0 {
		if err := identityRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range identityRegistry.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (identityRegistry *IdentityRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["AttributeTooLong"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackAttributeTooLongError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["CancelsUsedUp"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackCancelsUsedUpError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["Deactivated"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackDeactivatedError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["DeadlinePassed"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackDeadlinePassedError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["HomeUnchanged"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackHomeUnchangedError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidExpiry"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidExpiryError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidNonce"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidNonceError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidOwner"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidPurpose"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidPurposeError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidRecovery"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidRecoveryError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidServer"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidServerError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidSignature"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["InvalidValidity"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackInvalidValidityError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["KeyAlreadyRevoked"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackKeyAlreadyRevokedError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["KeyEnded"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackKeyEndedError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["KeyKnown"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackKeyKnownError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["KeyUnknown"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackKeyUnknownError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NoHome"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNoHomeError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NotOwner"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNotOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NotOwnerOrRecovery"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNotOwnerOrRecoveryError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NotRecovery"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNotRecoveryError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NotRelayable"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNotRelayableError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["NothingPending"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackNothingPendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["RecoveryPending"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackRecoveryPendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["ReservedAttribute"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackReservedAttributeError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["TooEarly"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackTooEarlyError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["TooLittleGas"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackTooLittleGasError(raw[4:])
	}
	if bytes.Equal(raw[:4], identityRegistry.abi.Errors["ZeroKey"].ID.Bytes()[:4]) {
		return identityRegistry.UnpackZeroKeyError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// IdentityRegistryAttributeTooLong represents a AttributeTooLong error raised by the IdentityRegistry contract.
type IdentityRegistryAttributeTooLong struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AttributeTooLong(uint256 length)
func IdentityRegistryAttributeTooLongErrorID() common.Hash {
	return common.HexToHash("0xf56d6d85301b4d1aaf412a1bed58e75ef1792f31bf9882e7bbb7aad693687064")
}

// UnpackAttributeTooLongError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AttributeTooLong(uint256 length)
func (identityRegistry *IdentityRegistry) UnpackAttributeTooLongError(raw []byte) (*IdentityRegistryAttributeTooLong, error) {
	out := new(IdentityRegistryAttributeTooLong)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "AttributeTooLong", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryCancelsUsedUp represents a CancelsUsedUp error raised by the IdentityRegistry contract.
type IdentityRegistryCancelsUsedUp struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CancelsUsedUp(address identity)
func IdentityRegistryCancelsUsedUpErrorID() common.Hash {
	return common.HexToHash("0xf30c0bc1b22d5eca0c864b45dfb270afb1195aeb6812210cec5cd9f3c823245b")
}

// UnpackCancelsUsedUpError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CancelsUsedUp(address identity)
func (identityRegistry *IdentityRegistry) UnpackCancelsUsedUpError(raw []byte) (*IdentityRegistryCancelsUsedUp, error) {
	out := new(IdentityRegistryCancelsUsedUp)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "CancelsUsedUp", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryDeactivated represents a Deactivated error raised by the IdentityRegistry contract.
type IdentityRegistryDeactivated struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Deactivated(address identity)
func IdentityRegistryDeactivatedErrorID() common.Hash {
	return common.HexToHash("0x749cb6b4c510bc468cf6b9c2086d6f0a54d6b18e25d37bf3200e68eab0880c00")
}

// UnpackDeactivatedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Deactivated(address identity)
func (identityRegistry *IdentityRegistry) UnpackDeactivatedError(raw []byte) (*IdentityRegistryDeactivated, error) {
	out := new(IdentityRegistryDeactivated)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "Deactivated", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryDeadlinePassed represents a DeadlinePassed error raised by the IdentityRegistry contract.
type IdentityRegistryDeadlinePassed struct {
	Deadline *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DeadlinePassed(uint256 deadline)
func IdentityRegistryDeadlinePassedErrorID() common.Hash {
	return common.HexToHash("0xbfb22adfe9d5fa2834e025e2832eac6acdb50f696427fd6da5e7d933cf7e8923")
}

// UnpackDeadlinePassedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DeadlinePassed(uint256 deadline)
func (identityRegistry *IdentityRegistry) UnpackDeadlinePassedError(raw []byte) (*IdentityRegistryDeadlinePassed, error) {
	out := new(IdentityRegistryDeadlinePassed)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "DeadlinePassed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryHomeUnchanged represents a HomeUnchanged error raised by the IdentityRegistry contract.
type IdentityRegistryHomeUnchanged struct {
	Identity common.Address
	Server   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error HomeUnchanged(address identity, uint256 server)
func IdentityRegistryHomeUnchangedErrorID() common.Hash {
	return common.HexToHash("0x377ce0385f4d13b1bbf380e2b0b371608daacb2c02b49a0da1a42a1ccc7790bc")
}

// UnpackHomeUnchangedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error HomeUnchanged(address identity, uint256 server)
func (identityRegistry *IdentityRegistry) UnpackHomeUnchangedError(raw []byte) (*IdentityRegistryHomeUnchanged, error) {
	out := new(IdentityRegistryHomeUnchanged)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "HomeUnchanged", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidExpiry represents a InvalidExpiry error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidExpiry struct {
	Expiry uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidExpiry(uint64 expiry)
func IdentityRegistryInvalidExpiryErrorID() common.Hash {
	return common.HexToHash("0x5e23ca683077152b568d5a6c78751d1308cfbbc7c308cb1322afc05c1541512f")
}

// UnpackInvalidExpiryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidExpiry(uint64 expiry)
func (identityRegistry *IdentityRegistry) UnpackInvalidExpiryError(raw []byte) (*IdentityRegistryInvalidExpiry, error) {
	out := new(IdentityRegistryInvalidExpiry)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidExpiry", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidNonce represents a InvalidNonce error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidNonce struct {
	Identity common.Address
	Expected *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidNonce(address identity, uint256 expected)
func IdentityRegistryInvalidNonceErrorID() common.Hash {
	return common.HexToHash("0xdbc205b1f96e351b8bfb1c022969f32df7ada8ddae59a7d963782e1d1addf6fe")
}

// UnpackInvalidNonceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidNonce(address identity, uint256 expected)
func (identityRegistry *IdentityRegistry) UnpackInvalidNonceError(raw []byte) (*IdentityRegistryInvalidNonce, error) {
	out := new(IdentityRegistryInvalidNonce)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidNonce", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidOwner represents a InvalidOwner error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidOwner struct {
	NewOwner common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidOwner(address newOwner)
func IdentityRegistryInvalidOwnerErrorID() common.Hash {
	return common.HexToHash("0xb20f76e34eda46bc15525c330db503c4a0dcaa50addf47cfc3ad7e1965830ff5")
}

// UnpackInvalidOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidOwner(address newOwner)
func (identityRegistry *IdentityRegistry) UnpackInvalidOwnerError(raw []byte) (*IdentityRegistryInvalidOwner, error) {
	out := new(IdentityRegistryInvalidOwner)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidPurpose represents a InvalidPurpose error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidPurpose struct {
	Purpose uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidPurpose(uint8 purpose)
func IdentityRegistryInvalidPurposeErrorID() common.Hash {
	return common.HexToHash("0x525aca881939380abac6a8448b5c73bf2b87e80f07193c2d0f9fdf35468746a0")
}

// UnpackInvalidPurposeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidPurpose(uint8 purpose)
func (identityRegistry *IdentityRegistry) UnpackInvalidPurposeError(raw []byte) (*IdentityRegistryInvalidPurpose, error) {
	out := new(IdentityRegistryInvalidPurpose)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidPurpose", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidRecovery represents a InvalidRecovery error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidRecovery struct {
	Recovery common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidRecovery(address recovery)
func IdentityRegistryInvalidRecoveryErrorID() common.Hash {
	return common.HexToHash("0x237c788d3d2325086308a30a71f2159dfd6f1aaab98eda422780528ddd92e2c4")
}

// UnpackInvalidRecoveryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidRecovery(address recovery)
func (identityRegistry *IdentityRegistry) UnpackInvalidRecoveryError(raw []byte) (*IdentityRegistryInvalidRecovery, error) {
	out := new(IdentityRegistryInvalidRecovery)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidRecovery", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidServer represents a InvalidServer error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidServer struct {
	Server *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidServer(uint256 server)
func IdentityRegistryInvalidServerErrorID() common.Hash {
	return common.HexToHash("0xde7acf0288c33bfdb3755e6a586d8736222048eeda8454c63c192a3c800216e4")
}

// UnpackInvalidServerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidServer(uint256 server)
func (identityRegistry *IdentityRegistry) UnpackInvalidServerError(raw []byte) (*IdentityRegistryInvalidServer, error) {
	out := new(IdentityRegistryInvalidServer)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidServer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidSignature represents a InvalidSignature error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidSignature struct {
	Identity common.Address
	Signer   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidSignature(address identity, address signer)
func IdentityRegistryInvalidSignatureErrorID() common.Hash {
	return common.HexToHash("0x42d750dc54bbceaa353a28b4229a6ea77f66d73de45149ec99e1f81ce80ca45b")
}

// UnpackInvalidSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidSignature(address identity, address signer)
func (identityRegistry *IdentityRegistry) UnpackInvalidSignatureError(raw []byte) (*IdentityRegistryInvalidSignature, error) {
	out := new(IdentityRegistryInvalidSignature)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryInvalidValidity represents a InvalidValidity error raised by the IdentityRegistry contract.
type IdentityRegistryInvalidValidity struct {
	Validity *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidValidity(uint256 validity)
func IdentityRegistryInvalidValidityErrorID() common.Hash {
	return common.HexToHash("0xeecb6a0cb042f98b3719c833ea2cd4159d9f9cfc950e5507390909d52ec5f910")
}

// UnpackInvalidValidityError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidValidity(uint256 validity)
func (identityRegistry *IdentityRegistry) UnpackInvalidValidityError(raw []byte) (*IdentityRegistryInvalidValidity, error) {
	out := new(IdentityRegistryInvalidValidity)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "InvalidValidity", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryKeyAlreadyRevoked represents a KeyAlreadyRevoked error raised by the IdentityRegistry contract.
type IdentityRegistryKeyAlreadyRevoked struct {
	Identity common.Address
	Key      [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyAlreadyRevoked(address identity, bytes32 key)
func IdentityRegistryKeyAlreadyRevokedErrorID() common.Hash {
	return common.HexToHash("0x89b5b3620a80434257d907473bd0d9c842cb600d25e952d59d781a6197febffe")
}

// UnpackKeyAlreadyRevokedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyAlreadyRevoked(address identity, bytes32 key)
func (identityRegistry *IdentityRegistry) UnpackKeyAlreadyRevokedError(raw []byte) (*IdentityRegistryKeyAlreadyRevoked, error) {
	out := new(IdentityRegistryKeyAlreadyRevoked)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "KeyAlreadyRevoked", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryKeyEnded represents a KeyEnded error raised by the IdentityRegistry contract.
type IdentityRegistryKeyEnded struct {
	Identity common.Address
	Key      [32]byte
	End      uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyEnded(address identity, bytes32 key, uint64 end)
func IdentityRegistryKeyEndedErrorID() common.Hash {
	return common.HexToHash("0xa4ed0fab0f19bad5ede11aa9be68e1c21f83c8425a6aa82f9ef12f32c4698f5f")
}

// UnpackKeyEndedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyEnded(address identity, bytes32 key, uint64 end)
func (identityRegistry *IdentityRegistry) UnpackKeyEndedError(raw []byte) (*IdentityRegistryKeyEnded, error) {
	out := new(IdentityRegistryKeyEnded)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "KeyEnded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryKeyKnown represents a KeyKnown error raised by the IdentityRegistry contract.
type IdentityRegistryKeyKnown struct {
	Identity common.Address
	Key      [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyKnown(address identity, bytes32 key)
func IdentityRegistryKeyKnownErrorID() common.Hash {
	return common.HexToHash("0x131f1e8e9d74622e41e85149ee560983b65d015a263cc921472d379a9237b4c6")
}

// UnpackKeyKnownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyKnown(address identity, bytes32 key)
func (identityRegistry *IdentityRegistry) UnpackKeyKnownError(raw []byte) (*IdentityRegistryKeyKnown, error) {
	out := new(IdentityRegistryKeyKnown)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "KeyKnown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryKeyUnknown represents a KeyUnknown error raised by the IdentityRegistry contract.
type IdentityRegistryKeyUnknown struct {
	Identity common.Address
	Key      [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error KeyUnknown(address identity, bytes32 key)
func IdentityRegistryKeyUnknownErrorID() common.Hash {
	return common.HexToHash("0x033a8821bb317e11b1b572a7180f19ee2646fec14faa2161f011b8f13a1388dc")
}

// UnpackKeyUnknownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error KeyUnknown(address identity, bytes32 key)
func (identityRegistry *IdentityRegistry) UnpackKeyUnknownError(raw []byte) (*IdentityRegistryKeyUnknown, error) {
	out := new(IdentityRegistryKeyUnknown)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "KeyUnknown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNoHome represents a NoHome error raised by the IdentityRegistry contract.
type IdentityRegistryNoHome struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoHome(address identity)
func IdentityRegistryNoHomeErrorID() common.Hash {
	return common.HexToHash("0x471f53de39b6950c2f78fa8451ff971051429906a2f43b0ca1fa6eb1484a3a73")
}

// UnpackNoHomeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoHome(address identity)
func (identityRegistry *IdentityRegistry) UnpackNoHomeError(raw []byte) (*IdentityRegistryNoHome, error) {
	out := new(IdentityRegistryNoHome)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NoHome", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNotOwner represents a NotOwner error raised by the IdentityRegistry contract.
type IdentityRegistryNotOwner struct {
	Identity common.Address
	Caller   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwner(address identity, address caller)
func IdentityRegistryNotOwnerErrorID() common.Hash {
	return common.HexToHash("0x23295f0e104d137d137555eb51dbe25a9e6827007f9feb6ae8bb562312e3e202")
}

// UnpackNotOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwner(address identity, address caller)
func (identityRegistry *IdentityRegistry) UnpackNotOwnerError(raw []byte) (*IdentityRegistryNotOwner, error) {
	out := new(IdentityRegistryNotOwner)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NotOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNotOwnerOrRecovery represents a NotOwnerOrRecovery error raised by the IdentityRegistry contract.
type IdentityRegistryNotOwnerOrRecovery struct {
	Identity common.Address
	Caller   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotOwnerOrRecovery(address identity, address caller)
func IdentityRegistryNotOwnerOrRecoveryErrorID() common.Hash {
	return common.HexToHash("0x48e43f8dde3f3a6dd0cf189090052ee4bdae900c8dce07c5c3838a784752bf48")
}

// UnpackNotOwnerOrRecoveryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotOwnerOrRecovery(address identity, address caller)
func (identityRegistry *IdentityRegistry) UnpackNotOwnerOrRecoveryError(raw []byte) (*IdentityRegistryNotOwnerOrRecovery, error) {
	out := new(IdentityRegistryNotOwnerOrRecovery)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NotOwnerOrRecovery", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNotRecovery represents a NotRecovery error raised by the IdentityRegistry contract.
type IdentityRegistryNotRecovery struct {
	Identity common.Address
	Caller   common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRecovery(address identity, address caller)
func IdentityRegistryNotRecoveryErrorID() common.Hash {
	return common.HexToHash("0x0708cec55b1397790a5283b3086b79496e64fff3218e969845a805d7509d4ee4")
}

// UnpackNotRecoveryError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRecovery(address identity, address caller)
func (identityRegistry *IdentityRegistry) UnpackNotRecoveryError(raw []byte) (*IdentityRegistryNotRecovery, error) {
	out := new(IdentityRegistryNotRecovery)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NotRecovery", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNotRelayable represents a NotRelayable error raised by the IdentityRegistry contract.
type IdentityRegistryNotRelayable struct {
	Selector [4]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotRelayable(bytes4 selector)
func IdentityRegistryNotRelayableErrorID() common.Hash {
	return common.HexToHash("0x52c718bd713d1647a0204abdd8032b151f17fe142295d92d6376ac9ac8fda673")
}

// UnpackNotRelayableError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotRelayable(bytes4 selector)
func (identityRegistry *IdentityRegistry) UnpackNotRelayableError(raw []byte) (*IdentityRegistryNotRelayable, error) {
	out := new(IdentityRegistryNotRelayable)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NotRelayable", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryNothingPending represents a NothingPending error raised by the IdentityRegistry contract.
type IdentityRegistryNothingPending struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingPending(address identity)
func IdentityRegistryNothingPendingErrorID() common.Hash {
	return common.HexToHash("0x6bbc8c548724eb8b3099df4d12b2864b5644d8650467c5d39d284d3031da6fbc")
}

// UnpackNothingPendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingPending(address identity)
func (identityRegistry *IdentityRegistry) UnpackNothingPendingError(raw []byte) (*IdentityRegistryNothingPending, error) {
	out := new(IdentityRegistryNothingPending)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "NothingPending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryRecoveryPending represents a RecoveryPending error raised by the IdentityRegistry contract.
type IdentityRegistryRecoveryPending struct {
	Identity common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RecoveryPending(address identity)
func IdentityRegistryRecoveryPendingErrorID() common.Hash {
	return common.HexToHash("0x51bdf0724ce50376d9e31df73c3136e57fc40926b569a38c827a902725ee2d91")
}

// UnpackRecoveryPendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RecoveryPending(address identity)
func (identityRegistry *IdentityRegistry) UnpackRecoveryPendingError(raw []byte) (*IdentityRegistryRecoveryPending, error) {
	out := new(IdentityRegistryRecoveryPending)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "RecoveryPending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryReservedAttribute represents a ReservedAttribute error raised by the IdentityRegistry contract.
type IdentityRegistryReservedAttribute struct {
	Name [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReservedAttribute(bytes32 name)
func IdentityRegistryReservedAttributeErrorID() common.Hash {
	return common.HexToHash("0x9fb8c9c03e12acd40a628a6cf8dec4148f055b5a24a4a29f27113b63cedd15ff")
}

// UnpackReservedAttributeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReservedAttribute(bytes32 name)
func (identityRegistry *IdentityRegistry) UnpackReservedAttributeError(raw []byte) (*IdentityRegistryReservedAttribute, error) {
	out := new(IdentityRegistryReservedAttribute)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "ReservedAttribute", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryTooEarly represents a TooEarly error raised by the IdentityRegistry contract.
type IdentityRegistryTooEarly struct {
	ReadyAt uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooEarly(uint64 readyAt)
func IdentityRegistryTooEarlyErrorID() common.Hash {
	return common.HexToHash("0xd606d83fc5c7e56637c0959f5077c3a15f782b710d7eab50461ed55fd6deb6ae")
}

// UnpackTooEarlyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooEarly(uint64 readyAt)
func (identityRegistry *IdentityRegistry) UnpackTooEarlyError(raw []byte) (*IdentityRegistryTooEarly, error) {
	out := new(IdentityRegistryTooEarly)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "TooEarly", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryTooLittleGas represents a TooLittleGas error raised by the IdentityRegistry contract.
type IdentityRegistryTooLittleGas struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooLittleGas(uint256 index)
func IdentityRegistryTooLittleGasErrorID() common.Hash {
	return common.HexToHash("0x34edfe31cabbc71f1bbcc422af76d1dd8e9d667fa1e0d070e25c433582ef1999")
}

// UnpackTooLittleGasError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooLittleGas(uint256 index)
func (identityRegistry *IdentityRegistry) UnpackTooLittleGasError(raw []byte) (*IdentityRegistryTooLittleGas, error) {
	out := new(IdentityRegistryTooLittleGas)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "TooLittleGas", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// IdentityRegistryZeroKey represents a ZeroKey error raised by the IdentityRegistry contract.
type IdentityRegistryZeroKey struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroKey()
func IdentityRegistryZeroKeyErrorID() common.Hash {
	return common.HexToHash("0xfbd849c64583c50579479efaac1ef44e6d9d78379a9ea28aa6150a3b683c09f5")
}

// UnpackZeroKeyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroKey()
func (identityRegistry *IdentityRegistry) UnpackZeroKeyError(raw []byte) (*IdentityRegistryZeroKey, error) {
	out := new(IdentityRegistryZeroKey)
	if err := identityRegistry.abi.UnpackIntoInterface(out, "ZeroKey", raw); err != nil {
		return nil, err
	}
	return out, nil
}
