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

// ILogRegistryHead is an auto generated low-level Go binding around an user-defined struct.
type ILogRegistryHead struct {
	Head       [32]byte
	Root       [32]byte
	Size       uint64
	Index      uint64
	AnchoredAt uint64
}

// LogRegistryMetaData contains all meta data concerning the LogRegistry contract.
var LogRegistryMetaData = bind.MetaData{
	ABI: "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"servers_\",\"type\":\"address\",\"internalType\":\"contractIServerRegistry\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"anchor\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"root\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"latest\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structILogRegistry.Head\",\"components\":[{\"name\":\"head\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"root\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"index\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"anchoredAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"servers\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"contractIServerRegistry\"}],\"stateMutability\":\"view\"},{\"type\":\"event\",\"name\":\"Anchored\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"size\",\"type\":\"uint64\",\"indexed\":true,\"internalType\":\"uint64\"},{\"name\":\"root\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"},{\"name\":\"index\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"anchoredAt\",\"type\":\"uint64\",\"indexed\":false,\"internalType\":\"uint64\"},{\"name\":\"head\",\"type\":\"bytes32\",\"indexed\":false,\"internalType\":\"bytes32\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"NotGrown\",\"inputs\":[{\"name\":\"size\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"latest\",\"type\":\"uint64\",\"internalType\":\"uint64\"}]},{\"type\":\"error\",\"name\":\"NotPublisher\",\"inputs\":[{\"name\":\"server\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"ZeroRoot\",\"inputs\":[]}]",
	ID:  "LogRegistry",
	Bin: "0x60a0604052348015600e575f5ffd5b506040516105d63803806105d6833981016040819052602b91603b565b6001600160a01b03166080526066565b5f60208284031215604a575f5ffd5b81516001600160a01b0381168114605f575f5ffd5b9392505050565b6080516105516100855f395f818161014201526101b401526105515ff3fe608060405234801561000f575f5ffd5b506004361061003e575f3560e01c806207f4a014610042578063132123271461013d5780633cb3c6e31461017c575b5f5ffd5b6100d86100503660046104a3565b6040805160a0810182525f80825260208201819052918101829052606081018290526080810191909152505f9081526020818152604091829020825160a08101845281548152600182015492810192909252600201546001600160401b0380821693830193909352600160401b810483166060830152600160801b9004909116608082015290565b60405161013491905f60a08201905082518252602083015160208301526001600160401b0360408401511660408301526001600160401b0360608401511660608301526001600160401b03608084015116608083015292915050565b60405180910390f35b6101647f000000000000000000000000000000000000000000000000000000000000000081565b6040516001600160a01b039091168152602001610134565b61018f61018a3660046104ba565b610191565b005b604051639495298360e01b815260048101849052336024820152600160448201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690639495298390606401602060405180830381865afa158015610201573d5f5f3e3d5ffd5b505050506040513d601f19601f8201168201806040525081019061022591906104fa565b610250576040516348cf553160e01b8152600481018490523360248201526044015b60405180910390fd5b5f83815260208190526040902060028101546001600160401b03908116908416116102a7576002810154604051630d4b6c7160e41b81526001600160401b0380861660048301529091166024820152604401610247565b5f8290036102c85760405163b263ae7360e01b815260040160405180910390fd5b60028101545f906102ea90600160401b90046001600160401b03166001610520565b825460408051602081019290925281018790526001600160401b038083166060830152808716608083015260a082018690524290811660c08301529192505f9060e0016040516020818303038152906040528051906020012090506040518060a00160405280828152602001868152602001876001600160401b03168152602001846001600160401b03168152602001836001600160401b03168152505f5f8981526020019081526020015f205f820151815f0155602082015181600101556040820151816002015f6101000a8154816001600160401b0302191690836001600160401b0316021790555060608201518160020160086101000a8154816001600160401b0302191690836001600160401b0316021790555060808201518160020160106101000a8154816001600160401b0302191690836001600160401b03160217905550905050856001600160401b0316877fb2c0008d8b0e16732a74f213a5549076978693c77c38f95c9be7c8540a3cabd08786868660405161049294939291909384526001600160401b03928316602085015291166040830152606082015260800190565b60405180910390a350505050505050565b5f602082840312156104b3575f5ffd5b5035919050565b5f5f5f606084860312156104cc575f5ffd5b8335925060208401356001600160401b03811681146104e9575f5ffd5b929592945050506040919091013590565b5f6020828403121561050a575f5ffd5b81518015158114610519575f5ffd5b9392505050565b6001600160401b03818116838216019081111561054b57634e487b7160e01b5f52601160045260245ffd5b9291505056",
}

// LogRegistry is an auto generated Go binding around an Ethereum contract.
type LogRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *LogRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewLogRegistry creates a new instance of LogRegistry.
func NewLogRegistry() *LogRegistry {
	parsed, err := LogRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &LogRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *LogRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address servers_) returns()
func (logRegistry *LogRegistry) PackConstructor(servers_ common.Address) []byte {
	enc, err := logRegistry.abi.Pack("", servers_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3cb3c6e3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function anchor(uint256 server, uint64 size, bytes32 root) returns()
func (logRegistry *LogRegistry) PackAnchor(server *big.Int, size uint64, root [32]byte) []byte {
	enc, err := logRegistry.abi.Pack("anchor", server, size, root)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnchor is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3cb3c6e3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function anchor(uint256 server, uint64 size, bytes32 root) returns()
func (logRegistry *LogRegistry) TryPackAnchor(server *big.Int, size uint64, root [32]byte) ([]byte, error) {
	return logRegistry.abi.Pack("anchor", server, size, root)
}

// PackLatest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0007f4a0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function latest(uint256 server) view returns((bytes32,bytes32,uint64,uint64,uint64))
func (logRegistry *LogRegistry) PackLatest(server *big.Int) []byte {
	enc, err := logRegistry.abi.Pack("latest", server)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLatest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0007f4a0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function latest(uint256 server) view returns((bytes32,bytes32,uint64,uint64,uint64))
func (logRegistry *LogRegistry) TryPackLatest(server *big.Int) ([]byte, error) {
	return logRegistry.abi.Pack("latest", server)
}

// UnpackLatest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0007f4a0.
//
// Solidity: function latest(uint256 server) view returns((bytes32,bytes32,uint64,uint64,uint64))
func (logRegistry *LogRegistry) UnpackLatest(data []byte) (ILogRegistryHead, error) {
	out, err := logRegistry.abi.Unpack("latest", data)
	if err != nil {
		return *new(ILogRegistryHead), err
	}
	out0 := *abi.ConvertType(out[0], new(ILogRegistryHead)).(*ILogRegistryHead)
	return out0, nil
}

// PackServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13212327.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function servers() view returns(address)
func (logRegistry *LogRegistry) PackServers() []byte {
	enc, err := logRegistry.abi.Pack("servers")
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
func (logRegistry *LogRegistry) TryPackServers() ([]byte, error) {
	return logRegistry.abi.Pack("servers")
}

// UnpackServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x13212327.
//
// Solidity: function servers() view returns(address)
func (logRegistry *LogRegistry) UnpackServers(data []byte) (common.Address, error) {
	out, err := logRegistry.abi.Unpack("servers", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// LogRegistryAnchored represents a Anchored event raised by the LogRegistry contract.
type LogRegistryAnchored struct {
	Server     *big.Int
	Size       uint64
	Root       [32]byte
	Index      uint64
	AnchoredAt uint64
	Head       [32]byte
	Raw        *types.Log // Blockchain specific contextual infos
}

const LogRegistryAnchoredEventName = "Anchored"

// ContractEventName returns the user-defined event name.
func (LogRegistryAnchored) ContractEventName() string {
	return LogRegistryAnchoredEventName
}

// UnpackAnchoredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Anchored(uint256 indexed server, uint64 indexed size, bytes32 root, uint64 index, uint64 anchoredAt, bytes32 head)
func (logRegistry *LogRegistry) UnpackAnchoredEvent(log *types.Log) (*LogRegistryAnchored, error) {
	event := "Anchored"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != logRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(LogRegistryAnchored)
	if len(log.Data) > 0 {
		if err := logRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range logRegistry.abi.Events[event].Inputs {
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
func (logRegistry *LogRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], logRegistry.abi.Errors["NotGrown"].ID.Bytes()[:4]) {
		return logRegistry.UnpackNotGrownError(raw[4:])
	}
	if bytes.Equal(raw[:4], logRegistry.abi.Errors["NotPublisher"].ID.Bytes()[:4]) {
		return logRegistry.UnpackNotPublisherError(raw[4:])
	}
	if bytes.Equal(raw[:4], logRegistry.abi.Errors["ZeroRoot"].ID.Bytes()[:4]) {
		return logRegistry.UnpackZeroRootError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// LogRegistryNotGrown represents a NotGrown error raised by the LogRegistry contract.
type LogRegistryNotGrown struct {
	Size   uint64
	Latest uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotGrown(uint64 size, uint64 latest)
func LogRegistryNotGrownErrorID() common.Hash {
	return common.HexToHash("0xd4b6c7100c1c7d663728f9da3307cd1ba2faa3e9d229f6b156f3db93c1bc1c4e")
}

// UnpackNotGrownError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotGrown(uint64 size, uint64 latest)
func (logRegistry *LogRegistry) UnpackNotGrownError(raw []byte) (*LogRegistryNotGrown, error) {
	out := new(LogRegistryNotGrown)
	if err := logRegistry.abi.UnpackIntoInterface(out, "NotGrown", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LogRegistryNotPublisher represents a NotPublisher error raised by the LogRegistry contract.
type LogRegistryNotPublisher struct {
	Server *big.Int
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotPublisher(uint256 server, address caller)
func LogRegistryNotPublisherErrorID() common.Hash {
	return common.HexToHash("0x48cf553133522d3f5f6a609eb9f390793caea27bf4569487549e147937114975")
}

// UnpackNotPublisherError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotPublisher(uint256 server, address caller)
func (logRegistry *LogRegistry) UnpackNotPublisherError(raw []byte) (*LogRegistryNotPublisher, error) {
	out := new(LogRegistryNotPublisher)
	if err := logRegistry.abi.UnpackIntoInterface(out, "NotPublisher", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// LogRegistryZeroRoot represents a ZeroRoot error raised by the LogRegistry contract.
type LogRegistryZeroRoot struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroRoot()
func LogRegistryZeroRootErrorID() common.Hash {
	return common.HexToHash("0xb263ae738e814ca9af6ee56bb85daa47624e790421913c947dcba2aac07cfdbd")
}

// UnpackZeroRootError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroRoot()
func (logRegistry *LogRegistry) UnpackZeroRootError(raw []byte) (*LogRegistryZeroRoot, error) {
	out := new(LogRegistryZeroRoot)
	if err := logRegistry.abi.UnpackIntoInterface(out, "ZeroRoot", raw); err != nil {
		return nil, err
	}
	return out, nil
}
