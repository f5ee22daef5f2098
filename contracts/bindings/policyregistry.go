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

// PolicyRegistryMetaData contains all meta data concerning the PolicyRegistry contract.
var PolicyRegistryMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"servers_\",\"type\":\"address\",\"internalType\":\"contractIServerRegistry\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"MAX_CID\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"head\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"publish\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"cid\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"effectiveAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"outputs\":[{\"name\":\"version\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"servers\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"contractIServerRegistry\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"versionCount\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint64\",\"internalType\":\"uint64\"}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"PolicyPublished\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"version\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"digest\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"cid\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"},{\"name\":\"effectiveAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"publishedAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"head\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"EffectiveInPast\",\"inputs\":[{\"name\":\"effectiveAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"InvalidCid\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"NotPublisher\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"ZeroDigest\",\"inputs\":[]}]",
	ID:  "PolicyRegistry",
	Bin: "0x60a0604052348015600e575f5ffd5b506040516105a03803806105a0833981016040819052602b91603b565b6001600160a01b03166080526066565b5f60208284031215604a575f5ffd5b81516001600160a01b0381168114605f575f5ffd5b9392505050565b60805161051c6100845f395f818160db015261015c015261051c5ff3fe608060405234801561000f575f5ffd5b5060043610610055575f3560e01c806303190e6d146100595780630826e37b146100a157806309891061146100ce57806313212327146100d6578063cccbc91c14610115575b5f5ffd5b6100846100673660046103aa565b5f908152602081905260409020600101546001600160401b031690565b6040516001600160401b0390911681526020015b60405180910390f35b6100c06100af3660046103aa565b5f9081526020819052604090205490565b604051908152602001610098565b6100c0604081565b6100fd7f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b039091168152602001610098565b6100846101233660046103c1565b5f426001600160401b0383168203610139578092505b604051639495298360e01b815260048101889052336024820152600160448201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690639495298390606401602060405180830381865afa1580156101a9573d5f5f3e3d5ffd5b505050506040513d601f19601f820116820180604052508101906101cd919061045f565b6101f8576040516348cf553160e01b8152600481018890523360248201526044015b60405180910390fd5b5f8690036102195760405163506f3a1b60e01b815260040160405180910390fd5b8315806102265750604084115b156102475760405163825065bd60e01b8152600481018590526024016101ef565b806001600160401b0316836001600160401b031610156102855760405163fc55243b60e01b81526001600160401b03841660048201526024016101ef565b5f878152602081905260408120600181018054919290916102ae906001600160401b0316610485565b91906101000a8154816001600160401b0302191690836001600160401b03160217905592505f815f015489858a8a8a6040516102eb9291906104bb565b6040805191829003822060208301969096528101939093526001600160401b039182166060840152608083015260a082019290925281871660c082015290841660e08201526101000160408051601f1981840301815290829052805160209091012080845591506001600160401b038516908a907f0b5ce6e9738af57352a32b91d5f44730b6dacf8ef99754d89392e734fec2b90890610396908c908c908c908c908b908a906104ca565b60405180910390a350505095945050505050565b5f602082840312156103ba575f5ffd5b5035919050565b5f5f5f5f5f608086880312156103d5575f5ffd5b853594506020860135935060408601356001600160401b038111156103f8575f5ffd5b8601601f81018813610408575f5ffd5b80356001600160401b0381111561041d575f5ffd5b88602082840101111561042e575f5ffd5b6020919091019350915060608601356001600160401b0381168114610451575f5ffd5b809150509295509295909350565b5f6020828403121561046f575f5ffd5b8151801515811461047e575f5ffd5b9392505050565b5f6001600160401b0382166001600160401b0381036104b257634e487b7160e01b5f52601160045260245ffd5b60010192915050565b818382375f9101908152919050565b86815260a060208201528460a0820152848660c08301375f60c08683018101919091526001600160401b0394851660408301529290931660608401526080830152601f909201601f191601019291505056",
}

// PolicyRegistry is an auto generated Go binding around an Ethereum contract.
type PolicyRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *PolicyRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewPolicyRegistry creates a new instance of PolicyRegistry.
func NewPolicyRegistry() *PolicyRegistry {
	parsed, err := PolicyRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &PolicyRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *PolicyRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address servers_) returns()
func (policyRegistry *PolicyRegistry) PackConstructor(servers_ common.Address) []byte {
	enc, err := policyRegistry.abi.Pack("", servers_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackMAXCID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x09891061.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_CID() view returns(uint256)
func (policyRegistry *PolicyRegistry) PackMAXCID() []byte {
	enc, err := policyRegistry.abi.Pack("MAX_CID")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXCID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x09891061.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_CID() view returns(uint256)
func (policyRegistry *PolicyRegistry) TryPackMAXCID() ([]byte, error) {
	return policyRegistry.abi.Pack("MAX_CID")
}

// UnpackMAXCID is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x09891061.
//
// Solidity: function MAX_CID() view returns(uint256)
func (policyRegistry *PolicyRegistry) UnpackMAXCID(data []byte) (*big.Int, error) {
	out, err := policyRegistry.abi.Unpack("MAX_CID", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0826e37b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function head(uint256 server) view returns(bytes32)
func (policyRegistry *PolicyRegistry) PackHead(server *big.Int) []byte {
	enc, err := policyRegistry.abi.Pack("head", server)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHead is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0826e37b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function head(uint256 server) view returns(bytes32)
func (policyRegistry *PolicyRegistry) TryPackHead(server *big.Int) ([]byte, error) {
	return policyRegistry.abi.Pack("head", server)
}

// UnpackHead is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0826e37b.
//
// Solidity: function head(uint256 server) view returns(bytes32)
func (policyRegistry *PolicyRegistry) UnpackHead(data []byte) ([32]byte, error) {
	out, err := policyRegistry.abi.Unpack("head", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackPublish is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcccbc91c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function publish(uint256 server, bytes32 digest, bytes cid, uint64 effectiveAt) returns(uint64 version)
func (policyRegistry *PolicyRegistry) PackPublish(server *big.Int, digest [32]byte, cid []byte, effectiveAt uint64) []byte {
	enc, err := policyRegistry.abi.Pack("publish", server, digest, cid, effectiveAt)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPublish is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xcccbc91c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function publish(uint256 server, bytes32 digest, bytes cid, uint64 effectiveAt) returns(uint64 version)
func (policyRegistry *PolicyRegistry) TryPackPublish(server *big.Int, digest [32]byte, cid []byte, effectiveAt uint64) ([]byte, error) {
	return policyRegistry.abi.Pack("publish", server, digest, cid, effectiveAt)
}

// UnpackPublish is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xcccbc91c.
//
// Solidity: function publish(uint256 server, bytes32 digest, bytes cid, uint64 effectiveAt) returns(uint64 version)
func (policyRegistry *PolicyRegistry) UnpackPublish(data []byte) (uint64, error) {
	out, err := policyRegistry.abi.Unpack("publish", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13212327.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function servers() view returns(address)
func (policyRegistry *PolicyRegistry) PackServers() []byte {
	enc, err := policyRegistry.abi.Pack("servers")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13212327.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function servers() view returns(address)
func (policyRegistry *PolicyRegistry) TryPackServers() ([]byte, error) {
	return policyRegistry.abi.Pack("servers")
}

// UnpackServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x13212327.
//
// Solidity: function servers() view returns(address)
func (policyRegistry *PolicyRegistry) UnpackServers(data []byte) (common.Address, error) {
	out, err := policyRegistry.abi.Unpack("servers", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackVersionCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x03190e6d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function versionCount(uint256 server) view returns(uint64)
func (policyRegistry *PolicyRegistry) PackVersionCount(server *big.Int) []byte {
	enc, err := policyRegistry.abi.Pack("versionCount", server)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVersionCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x03190e6d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function versionCount(uint256 server) view returns(uint64)
func (policyRegistry *PolicyRegistry) TryPackVersionCount(server *big.Int) ([]byte, error) {
	return policyRegistry.abi.Pack("versionCount", server)
}

// UnpackVersionCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x03190e6d.
//
// Solidity: function versionCount(uint256 server) view returns(uint64)
func (policyRegistry *PolicyRegistry) UnpackVersionCount(data []byte) (uint64, error) {
	out, err := policyRegistry.abi.Unpack("versionCount", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PolicyRegistryPolicyPublished represents a PolicyPublished event raised by the PolicyRegistry contract.
type PolicyRegistryPolicyPublished struct {
	Server      *big.Int
	Version     uint64
	Digest      [32]byte
	Cid         []byte
	EffectiveAt uint64
	PublishedAt uint64
	Head        [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const PolicyRegistryPolicyPublishedEventName = "PolicyPublished"

// ContractEventName returns the user-defined event name.
func (PolicyRegistryPolicyPublished) ContractEventName() string {
	return PolicyRegistryPolicyPublishedEventName
}

// UnpackPolicyPublishedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event PolicyPublished(uint256 indexed server, uint64 indexed version, bytes32 digest, bytes cid, uint64 effectiveAt, uint64 publishedAt, bytes32 head)
func (policyRegistry *PolicyRegistry) UnpackPolicyPublishedEvent(log *types.Log) (*PolicyRegistryPolicyPublished, error) {
	event := "PolicyPublished"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != policyRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PolicyRegistryPolicyPublished)
	if len(log.Data) > 0 {
		if err := policyRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range policyRegistry.abi.Events[event].Inputs {
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
func (policyRegistry *PolicyRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], policyRegistry.abi.Errors["EffectiveInPast"].ID.Bytes()[:4]) {
		return policyRegistry.UnpackEffectiveInPastError(raw[4:])
	}
	if bytes.Equal(raw[:4], policyRegistry.abi.Errors["InvalidCid"].ID.Bytes()[:4]) {
		return policyRegistry.UnpackInvalidCidError(raw[4:])
	}
	if bytes.Equal(raw[:4], policyRegistry.abi.Errors["NotPublisher"].ID.Bytes()[:4]) {
		return policyRegistry.UnpackNotPublisherError(raw[4:])
	}
	if bytes.Equal(raw[:4], policyRegistry.abi.Errors["ZeroDigest"].ID.Bytes()[:4]) {
		return policyRegistry.UnpackZeroDigestError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// PolicyRegistryEffectiveInPast represents a EffectiveInPast error raised by the PolicyRegistry contract.
type PolicyRegistryEffectiveInPast struct {
	EffectiveAt uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error EffectiveInPast(uint64 effectiveAt)
func PolicyRegistryEffectiveInPastErrorID() common.Hash {
	return common.HexToHash("0xfc55243bf81fb279a34e2ae75378cf9a686821ce8290d2c1a47588138f631829")
}

// UnpackEffectiveInPastError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error EffectiveInPast(uint64 effectiveAt)
func (policyRegistry *PolicyRegistry) UnpackEffectiveInPastError(raw []byte) (*PolicyRegistryEffectiveInPast, error) {
	out := new(PolicyRegistryEffectiveInPast)
	if err := policyRegistry.abi.UnpackIntoInterface(out, "EffectiveInPast", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PolicyRegistryInvalidCid represents a InvalidCid error raised by the PolicyRegistry contract.
type PolicyRegistryInvalidCid struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidCid(uint256 length)
func PolicyRegistryInvalidCidErrorID() common.Hash {
	return common.HexToHash("0x825065bd46b416d51c31e17644b18de3a5a206c282af4f4bb658576865b0794c")
}

// UnpackInvalidCidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidCid(uint256 length)
func (policyRegistry *PolicyRegistry) UnpackInvalidCidError(raw []byte) (*PolicyRegistryInvalidCid, error) {
	out := new(PolicyRegistryInvalidCid)
	if err := policyRegistry.abi.UnpackIntoInterface(out, "InvalidCid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PolicyRegistryNotPublisher represents a NotPublisher error raised by the PolicyRegistry contract.
type PolicyRegistryNotPublisher struct {
	Server *big.Int
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotPublisher(uint256 server, address caller)
func PolicyRegistryNotPublisherErrorID() common.Hash {
	return common.HexToHash("0x48cf553133522d3f5f6a609eb9f390793caea27bf4569487549e147937114975")
}

// UnpackNotPublisherError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotPublisher(uint256 server, address caller)
func (policyRegistry *PolicyRegistry) UnpackNotPublisherError(raw []byte) (*PolicyRegistryNotPublisher, error) {
	out := new(PolicyRegistryNotPublisher)
	if err := policyRegistry.abi.UnpackIntoInterface(out, "NotPublisher", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PolicyRegistryZeroDigest represents a ZeroDigest error raised by the PolicyRegistry contract.
type PolicyRegistryZeroDigest struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroDigest()
func PolicyRegistryZeroDigestErrorID() common.Hash {
	return common.HexToHash("0x506f3a1b346eda52e581752dd72ca5fc50463f2e4eb5db65f0e0390bcb3ada11")
}

// UnpackZeroDigestError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroDigest()
func (policyRegistry *PolicyRegistry) UnpackZeroDigestError(raw []byte) (*PolicyRegistryZeroDigest, error) {
	out := new(PolicyRegistryZeroDigest)
	if err := policyRegistry.abi.UnpackIntoInterface(out, "ZeroDigest", raw); err != nil {
		return nil, err
	}
	return out, nil
}
