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

// IServerRegistryServer is an auto generated low-level Go binding around an user-defined struct.
type IServerRegistryServer struct {
	Owner        common.Address
	PendingOwner common.Address
	Roles        uint8
	RegisteredAt uint64
	DomainHash   [32]byte
	Domain       string
	PeerId       []byte
	Addrs        []string
}

// ServerRegistryMetaData contains all meta data concerning the ServerRegistry contract.
var ServerRegistryMetaData = bind.MetaData{
	ABI: "[{\"type\":\"function\",\"name\":\"MAX_ADDR\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_ADDRS\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_DOMAIN\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MAX_PEER_ID\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"MODERATOR\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"PUBLISHER\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"acceptOwnership\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"agentRoles\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"count\",\"inputs\":[],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"mayAct\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"role\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"outputs\":[{\"name\":\"\",\"type\":\"bool\",\"internalType\":\"bool\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"ownerOf\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"address\",\"internalType\":\"address\"}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"register\",\"inputs\":[{\"name\":\"domain\",\"type\":\"string\",\"internalType\":\"string\"},{\"name\":\"peerId\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"addrs\",\"type\":\"string[]\",\"internalType\":\"string[]\"},{\"name\":\"roles\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"outputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"server\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"}],\"outputs\":[{\"name\":\"\",\"type\":\"tuple\",\"internalType\":\"structIServerRegistry.Server\",\"components\":[{\"name\":\"owner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"pendingOwner\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"roles\",\"type\":\"uint8\",\"internalType\":\"uint8\"},{\"name\":\"registeredAt\",\"type\":\"uint64\",\"internalType\":\"uint64\"},{\"name\":\"domainHash\",\"type\":\"bytes32\",\"internalType\":\"bytes32\"},{\"name\":\"domain\",\"type\":\"string\",\"internalType\":\"string\"},{\"name\":\"peerId\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"addrs\",\"type\":\"string[]\",\"internalType\":\"string[]\"}]}],\"stateMutability\":\"view\"},{\"type\":\"function\",\"name\":\"setAgent\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"account\",\"type\":\"address\",\"internalType\":\"address\"},{\"name\":\"roles\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"transferOwnership\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"newOwner\",\"type\":\"address\",\"internalType\":\"address\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"updateDomain\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"domain\",\"type\":\"string\",\"internalType\":\"string\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"updatePeer\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"peerId\",\"type\":\"bytes\",\"internalType\":\"bytes\"},{\"name\":\"addrs\",\"type\":\"string[]\",\"internalType\":\"string[]\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"function\",\"name\":\"updateRoles\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"roles\",\"type\":\"uint8\",\"internalType\":\"uint8\"}],\"outputs\":[],\"stateMutability\":\"nonpayable\"},{\"type\":\"event\",\"name\":\"AgentChanged\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"account\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"roles\",\"type\":\"uint8\",\"indexed\":false,\"internalType\":\"uint8\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"DomainChanged\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"domainHash\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"domain\",\"type\":\"string\",\"indexed\":false,\"internalType\":\"string\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"OwnershipOffered\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"pendingOwner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"OwnershipTransferred\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"previousOwner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"PeerChanged\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"peerId\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"},{\"name\":\"addrs\",\"type\":\"string[]\",\"indexed\":false,\"internalType\":\"string[]\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"RolesChanged\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"roles\",\"type\":\"uint8\",\"indexed\":false,\"internalType\":\"uint8\"}],\"anonymous\":false},{\"type\":\"event\",\"name\":\"ServerRegistered\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"indexed\":true,\"internalType\":\"uint256\"},{\"name\":\"owner\",\"type\":\"address\",\"indexed\":true,\"internalType\":\"address\"},{\"name\":\"domainHash\",\"type\":\"bytes32\",\"indexed\":true,\"internalType\":\"bytes32\"},{\"name\":\"domain\",\"type\":\"string\",\"indexed\":false,\"internalType\":\"string\"},{\"name\":\"peerId\",\"type\":\"bytes\",\"indexed\":false,\"internalType\":\"bytes\"},{\"name\":\"addrs\",\"type\":\"string[]\",\"indexed\":false,\"internalType\":\"string[]\"},{\"name\":\"roles\",\"type\":\"uint8\",\"indexed\":false,\"internalType\":\"uint8\"}],\"anonymous\":false},{\"type\":\"error\",\"name\":\"InvalidAddr\",\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidDomain\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidPeerId\",\"inputs\":[{\"name\":\"length\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]},{\"type\":\"error\",\"name\":\"InvalidRoles\",\"inputs\":[{\"name\":\"roles\",\"type\":\"uint8\",\"internalType\":\"uint8\"}]},{\"type\":\"error\",\"name\":\"NotPendingOwner\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"NotServerOwner\",\"inputs\":[{\"name\":\"id\",\"type\":\"uint256\",\"internalType\":\"uint256\"},{\"name\":\"caller\",\"type\":\"address\",\"internalType\":\"address\"}]},{\"type\":\"error\",\"name\":\"TooManyAddrs\",\"inputs\":[{\"name\":\"count\",\"type\":\"uint256\",\"internalType\":\"uint256\"}]}]",
	ID:  "ServerRegistry",
	Bin: "0x6080604052348015600e575f5ffd5b506115058061001c5f395ff3fe608060405234801561000f575f5ffd5b5060043610610111575f3560e01c8063949529831161009e578063be0672de1161006e578063be0672de1461022f578063ce6e0b0b14610242578063dbfbe5da14610255578063e99ceec71461025d578063ec96f16c1461027d575f5ffd5b806394952983146101e857806394fc64221461020b578063952289cf14610213578063aee4b7c714610226575f5ffd5b80633c762166116100e45780633c7621661461017257806343fe5de21461018557806349a25e6d1461018d5780636352211e146101955780637f720c29146101d5575f5ffd5b806306661abd146101155780630c4ea0381461013057806329507f731461014557806334b4e62514610158575b5f5ffd5b61011d5f5481565b6040519081526020015b60405180910390f35b61014361013e366004610de1565b610290565b005b610143610153366004610e43565b610343565b610160600281565b60405160ff9091168152602001610127565b610143610180366004610e7d565b6103e1565b61011d604081565b61011d60fd81565b6101bd6101a3366004610e9e565b5f908152600160205260409020546001600160a01b031690565b6040516001600160a01b039091168152602001610127565b61011d6101e3366004610ef5565b61048f565b6101fb6101f6366004610fa1565b610577565b6040519015158152602001610127565b61011d600881565b610143610221366004610e9e565b6105e5565b61011d61010081565b61016061023d366004610e43565b6106d1565b610143610250366004610fda565b610717565b610160600181565b61027061026b366004610e9e565b6107b8565b60405161012791906110d9565b61014361028b366004610fa1565b610a7f565b5f8381526001602052604090205483906001600160a01b031633146102d6576040516317f0a9e160e01b8152600481018290523360248201526044015b60405180910390fd5b5f8481526001602052604090206102ee908484610b48565b60015f8581526020019081526020015f2060010154847f33b4cf35308f18125ec37aedbc0725ed8bc4acdd6253ab88c929d149831b5a9485856040516103359291906111c5565b60405180910390a350505050565b5f8281526001602052604090205482906001600160a01b03163314610384576040516317f0a9e160e01b8152600481018290523360248201526044016102cd565b5f8381526001602052604080822060020180546001600160a01b0319166001600160a01b03861690811790915590519091339186917fad75d679a0f9e2e36d7296e702c3d4f572d1f592992229e4c4949efb1390bc4391a4505050565b5f8281526001602052604090205482906001600160a01b03163314610422576040516317f0a9e160e01b8152600481018290523360248201526044016102cd565b61042b82610bad565b5f83815260016020908152604091829020805460ff60a01b1916600160a01b60ff871690810291909117909155915191825284917f08269b389e9d9c19a69440caaf5b0080f5c388f7bce00c81fbfdb4385fb34fb8910160405180910390a2505050565b5f61049982610bad565b5f5f81546104a6906111f4565b91829055505f8181526001602052604090208054336affffffffffff00000000ff60a01b19909116600160c81b4265ffffffffffff160260ff60a01b191617600160a01b60ff871602176001600160a01b03191617815590915061050b818a8a610b48565b6105188188888888610bd7565b8060010154336001600160a01b0316837f514e76dcd2a795305ee450e7bf72287c1cfc9fc7d07dfed926aaecabe144c37b8c8c8c8c8c8c8c60405161056397969594939291906112a4565b60405180910390a450979650505050505050565b5f838152600160205260408120546001600160a01b031680158061059c575060ff8316155b156105aa575f9150506105de565b806001600160a01b0316846001600160a01b031614806105da57508260ff16836105d487876106d1565b1660ff16145b9150505b9392505050565b5f81815260016020526040902060028101546001600160a01b0316331461062857604051636f393dbd60e11b8152600481018390523360248201526044016102cd565b80546002820180546001600160a01b0319908116909155811633178083556001600160a01b039091169063ffffffff600160a81b9091041682601561066c836112f7565b91906101000a81548163ffffffff021916908363ffffffff16021790555050336001600160a01b0316816001600160a01b0316847f16b85f49bf01212961345d3016c9a531894accf62eb7680f2045d79185cc0ec060405160405180910390a4505050565b5f9182526002602090815260408084206001835281852054600160a81b900463ffffffff16855282528084206001600160a01b0393909316845291905290205460ff1690565b5f8581526001602052604090205485906001600160a01b03163314610758576040516317f0a9e160e01b8152600481018290523360248201526044016102cd565b5f8681526001602052604090206107729086868686610bd7565b857fb6a1bd8eaff7d230b2c74808e3011f9ad2249cc811623c037835deee88443962868686866040516107a8949392919061131b565b60405180910390a2505050505050565b6108196040518061010001604052805f6001600160a01b031681526020015f6001600160a01b031681526020015f60ff1681526020015f6001600160401b031681526020015f81526020016060815260200160608152602001606081525090565b5f8281526001602081815260409283902083516101008101855281546001600160a01b03808216835260028401541693820193909352600160a01b830460ff1694810194909452600160c81b90910465ffffffffffff16606084015290810154608083015260038101805491929160a0830191906108969061134c565b80601f01602080910402602001604051908101604052809291908181526020018280546108c29061134c565b801561090d5780601f106108e45761010080835404028352916020019161090d565b820191905f5260205f20905b8154815290600101906020018083116108f057829003601f168201915b505050505081526020018260040180546109269061134c565b80601f01602080910402602001604051908101604052809291908181526020018280546109529061134c565b801561099d5780601f106109745761010080835404028352916020019161099d565b820191905f5260205f20905b81548152906001019060200180831161098057829003601f168201915b5050505050815260200182600501805480602002602001604051908101604052809291908181526020015f905b82821015610a72578382905f5260205f200180546109e79061134c565b80601f0160208091040260200160405190810160405280929190818152602001828054610a139061134c565b8015610a5e5780601f10610a3557610100808354040283529160200191610a5e565b820191905f5260205f20905b815481529060010190602001808311610a4157829003601f168201915b5050505050815260200190600101906109ca565b5050509152509392505050565b5f8381526001602052604090205483906001600160a01b03163314610ac0576040516317f0a9e160e01b8152600481018290523360248201526044016102cd565b610ac982610bad565b5f8481526002602090815260408083206001835281842054600160a81b900463ffffffff16845282528083206001600160a01b03871680855290835292819020805460ff191660ff8716908117909155905190815286917f7d0d153be39684dc8a255f0a185a3a7adfa6d920422a3c2a1feb53fc27b6a44a9101610335565b80801580610b56575060fd81115b15610b77576040516318050fbb60e01b8152600481018290526024016102cd565b60038401610b868385836113e6565b508282604051610b979291906114a0565b6040518091039020846001018190555050505050565b60fc811615610bd457604051635669b8eb60e11b815260ff821660048201526024016102cd565b50565b821580610be45750604083115b15610c0557604051631c8a2cc160e11b8152600481018490526024016102cd565b6008811115610c2a57604051636eb64ad560e01b8152600481018290526024016102cd565b5f5b81811015610c9a575f838383818110610c4757610c476114af565b9050602002810190610c5991906114c3565b915050801580610c6a575061010081115b15610c9157604051626d499960e41b815260048101839052602481018290526044016102cd565b50600101610c2c565b5060048501610caa8486836113e6565b50610cb8600586015f610d1a565b5f5b81811015610d125785600501838383818110610cd857610cd86114af565b9050602002810190610cea91906114c3565b82546001810184555f938452602090932090920191610d0991836113e6565b50600101610cba565b505050505050565b5080545f8255905f5260205f2090610d329190610d34565b565b5f5b80821115610d5257610d4a8184015f610d57565b600101610d36565b505050565b508054610d639061134c565b5f825580601f10610d72575050565b601f0160209004905f5260205f2090610d3291905f5b80821115610d52575f81840155600101610d88565b5f5f83601f840112610dad575f5ffd5b5081356001600160401b03811115610dc3575f5ffd5b602083019150836020828501011115610dda575f5ffd5b9250929050565b5f5f5f60408486031215610df3575f5ffd5b8335925060208401356001600160401b03811115610e0f575f5ffd5b610e1b86828701610d9d565b9497909650939450505050565b80356001600160a01b0381168114610e3e575f5ffd5b919050565b5f5f60408385031215610e54575f5ffd5b82359150610e6460208401610e28565b90509250929050565b803560ff81168114610e3e575f5ffd5b5f5f60408385031215610e8e575f5ffd5b82359150610e6460208401610e6d565b5f60208284031215610eae575f5ffd5b5035919050565b5f5f83601f840112610ec5575f5ffd5b5081356001600160401b03811115610edb575f5ffd5b6020830191508360208260051b8501011115610dda575f5ffd5b5f5f5f5f5f5f5f6080888a031215610f0b575f5ffd5b87356001600160401b03811115610f20575f5ffd5b610f2c8a828b01610d9d565b90985096505060208801356001600160401b03811115610f4a575f5ffd5b610f568a828b01610d9d565b90965094505060408801356001600160401b03811115610f74575f5ffd5b610f808a828b01610eb5565b9094509250610f93905060608901610e6d565b905092959891949750929550565b5f5f5f60608486031215610fb3575f5ffd5b83359250610fc360208501610e28565b9150610fd160408501610e6d565b90509250925092565b5f5f5f5f5f60608688031215610fee575f5ffd5b8535945060208601356001600160401b0381111561100a575f5ffd5b61101688828901610d9d565b90955093505060408601356001600160401b03811115611034575f5ffd5b61104088828901610eb5565b969995985093965092949392505050565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050565b5f82825180855260208501945060208160051b830101602085015f5b838110156110cd57601f198584030188526110b7838351611051565b602098890198909350919091019060010161109b565b50909695505050505050565b602081526110f36020820183516001600160a01b03169052565b5f602083015161110e60408401826001600160a01b03169052565b50604083015160ff811660608401525060608301516001600160401b038116608084015250608083015160a083015260a083015161010060c0840152611158610120840182611051565b905060c0840151601f198483030160e08501526111758282611051565b91505060e0840151601f1984830301610100850152611194828261107f565b95945050505050565b81835281816020850137505f828201602090810191909152601f909101601f19169091010190565b602081525f6111d860208301848661119d565b949350505050565b634e487b7160e01b5f52601160045260245ffd5b5f60018201611205576112056111e0565b5060010190565b5f8383855260208501945060208460051b820101835f601e19863603015b8782101561129757848403601f190189528235818112611248575f5ffd5b87016020810190356001600160401b03811115611263575f5ffd5b803603821315611271575f5ffd5b61127c86828461119d565b9550505060208301925060208901985060018201915061122a565b5091979650505050505050565b608081525f6112b760808301898b61119d565b82810360208401526112ca81888a61119d565b905082810360408401526112df81868861120c565b91505060ff8316606083015298975050505050505050565b5f63ffffffff821663ffffffff8103611312576113126111e0565b60010192915050565b604081525f61132e60408301868861119d565b828103602084015261134181858761120c565b979650505050505050565b600181811c9082168061136057607f821691505b60208210810361137e57634e487b7160e01b5f52602260045260245ffd5b50919050565b634e487b7160e01b5f52604160045260245ffd5b601f821115610d525782821115610d5257805f5260205f20601f840160051c60208510156113c357505f5b90810190601f840160051c035f5b81811015610d12575f838201556001016113d1565b6001600160401b038311156113fd576113fd611384565b6114118361140b835461134c565b83611398565b5f601f841160018114611442575f851561142b5750838201355b5f19600387901b1c1916600186901b178355611499565b5f83815260208120601f198716915b828110156114715786850135825560209485019460019092019101611451565b508682101561148d575f1960f88860031b161c19848701351681555b505060018560011b0183555b5050505050565b818382375f9101908152919050565b634e487b7160e01b5f52603260045260245ffd5b5f5f8335601e198436030181126114d8575f5ffd5b8301803591506001600160401b038211156114f1575f5ffd5b602001915036819003821315610dda575f5ffd",
}

// ServerRegistry is an auto generated Go binding around an Ethereum contract.
type ServerRegistry struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ServerRegistry) GetABI() abi.ABI {
	return c.abi
}

// NewServerRegistry creates a new instance of ServerRegistry.
func NewServerRegistry() *ServerRegistry {
	parsed, err := ServerRegistryMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ServerRegistry{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ServerRegistry) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackMAXADDR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaee4b7c7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_ADDR() view returns(uint256)
func (serverRegistry *ServerRegistry) PackMAXADDR() []byte {
	enc, err := serverRegistry.abi.Pack("MAX_ADDR")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXADDR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaee4b7c7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_ADDR() view returns(uint256)
func (serverRegistry *ServerRegistry) TryPackMAXADDR() ([]byte, error) {
	return serverRegistry.abi.Pack("MAX_ADDR")
}

// UnpackMAXADDR is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xaee4b7c7.
//
// Solidity: function MAX_ADDR() view returns(uint256)
func (serverRegistry *ServerRegistry) UnpackMAXADDR(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("MAX_ADDR", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXADDRS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94fc6422.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_ADDRS() view returns(uint256)
func (serverRegistry *ServerRegistry) PackMAXADDRS() []byte {
	enc, err := serverRegistry.abi.Pack("MAX_ADDRS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXADDRS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94fc6422.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_ADDRS() view returns(uint256)
func (serverRegistry *ServerRegistry) TryPackMAXADDRS() ([]byte, error) {
	return serverRegistry.abi.Pack("MAX_ADDRS")
}

// UnpackMAXADDRS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x94fc6422.
//
// Solidity: function MAX_ADDRS() view returns(uint256)
func (serverRegistry *ServerRegistry) UnpackMAXADDRS(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("MAX_ADDRS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXDOMAIN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49a25e6d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_DOMAIN() view returns(uint256)
func (serverRegistry *ServerRegistry) PackMAXDOMAIN() []byte {
	enc, err := serverRegistry.abi.Pack("MAX_DOMAIN")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXDOMAIN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x49a25e6d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_DOMAIN() view returns(uint256)
func (serverRegistry *ServerRegistry) TryPackMAXDOMAIN() ([]byte, error) {
	return serverRegistry.abi.Pack("MAX_DOMAIN")
}

// UnpackMAXDOMAIN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x49a25e6d.
//
// Solidity: function MAX_DOMAIN() view returns(uint256)
func (serverRegistry *ServerRegistry) UnpackMAXDOMAIN(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("MAX_DOMAIN", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMAXPEERID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x43fe5de2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MAX_PEER_ID() view returns(uint256)
func (serverRegistry *ServerRegistry) PackMAXPEERID() []byte {
	enc, err := serverRegistry.abi.Pack("MAX_PEER_ID")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMAXPEERID is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x43fe5de2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MAX_PEER_ID() view returns(uint256)
func (serverRegistry *ServerRegistry) TryPackMAXPEERID() ([]byte, error) {
	return serverRegistry.abi.Pack("MAX_PEER_ID")
}

// UnpackMAXPEERID is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x43fe5de2.
//
// Solidity: function MAX_PEER_ID() view returns(uint256)
func (serverRegistry *ServerRegistry) UnpackMAXPEERID(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("MAX_PEER_ID", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMODERATOR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x34b4e625.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function MODERATOR() view returns(uint8)
func (serverRegistry *ServerRegistry) PackMODERATOR() []byte {
	enc, err := serverRegistry.abi.Pack("MODERATOR")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMODERATOR is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x34b4e625.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function MODERATOR() view returns(uint8)
func (serverRegistry *ServerRegistry) TryPackMODERATOR() ([]byte, error) {
	return serverRegistry.abi.Pack("MODERATOR")
}

// UnpackMODERATOR is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x34b4e625.
//
// Solidity: function MODERATOR() view returns(uint8)
func (serverRegistry *ServerRegistry) UnpackMODERATOR(data []byte) (uint8, error) {
	out, err := serverRegistry.abi.Unpack("MODERATOR", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackPUBLISHER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbfbe5da.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function PUBLISHER() view returns(uint8)
func (serverRegistry *ServerRegistry) PackPUBLISHER() []byte {
	enc, err := serverRegistry.abi.Pack("PUBLISHER")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPUBLISHER is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdbfbe5da.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function PUBLISHER() view returns(uint8)
func (serverRegistry *ServerRegistry) TryPackPUBLISHER() ([]byte, error) {
	return serverRegistry.abi.Pack("PUBLISHER")
}

// UnpackPUBLISHER is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdbfbe5da.
//
// Solidity: function PUBLISHER() view returns(uint8)
func (serverRegistry *ServerRegistry) UnpackPUBLISHER(data []byte) (uint8, error) {
	out, err := serverRegistry.abi.Unpack("PUBLISHER", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x952289cf.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwnership(uint256 id) returns()
func (serverRegistry *ServerRegistry) PackAcceptOwnership(id *big.Int) []byte {
	enc, err := serverRegistry.abi.Pack("acceptOwnership", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x952289cf.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwnership(uint256 id) returns()
func (serverRegistry *ServerRegistry) TryPackAcceptOwnership(id *big.Int) ([]byte, error) {
	return serverRegistry.abi.Pack("acceptOwnership", id)
}

// PackAgentRoles is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbe0672de.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function agentRoles(uint256 id, address account) view returns(uint8)
func (serverRegistry *ServerRegistry) PackAgentRoles(id *big.Int, account common.Address) []byte {
	enc, err := serverRegistry.abi.Pack("agentRoles", id, account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAgentRoles is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbe0672de.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function agentRoles(uint256 id, address account) view returns(uint8)
func (serverRegistry *ServerRegistry) TryPackAgentRoles(id *big.Int, account common.Address) ([]byte, error) {
	return serverRegistry.abi.Pack("agentRoles", id, account)
}

// UnpackAgentRoles is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbe0672de.
//
// Solidity: function agentRoles(uint256 id, address account) view returns(uint8)
func (serverRegistry *ServerRegistry) UnpackAgentRoles(data []byte) (uint8, error) {
	out, err := serverRegistry.abi.Unpack("agentRoles", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function count() view returns(uint256)
func (serverRegistry *ServerRegistry) PackCount() []byte {
	enc, err := serverRegistry.abi.Pack("count")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function count() view returns(uint256)
func (serverRegistry *ServerRegistry) TryPackCount() ([]byte, error) {
	return serverRegistry.abi.Pack("count")
}

// UnpackCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06661abd.
//
// Solidity: function count() view returns(uint256)
func (serverRegistry *ServerRegistry) UnpackCount(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("count", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMayAct is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94952983.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function mayAct(uint256 id, address account, uint8 role) view returns(bool)
func (serverRegistry *ServerRegistry) PackMayAct(id *big.Int, account common.Address, role uint8) []byte {
	enc, err := serverRegistry.abi.Pack("mayAct", id, account, role)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMayAct is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94952983.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function mayAct(uint256 id, address account, uint8 role) view returns(bool)
func (serverRegistry *ServerRegistry) TryPackMayAct(id *big.Int, account common.Address, role uint8) ([]byte, error) {
	return serverRegistry.abi.Pack("mayAct", id, account, role)
}

// UnpackMayAct is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x94952983.
//
// Solidity: function mayAct(uint256 id, address account, uint8 role) view returns(bool)
func (serverRegistry *ServerRegistry) UnpackMayAct(data []byte) (bool, error) {
	out, err := serverRegistry.abi.Unpack("mayAct", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6352211e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function ownerOf(uint256 id) view returns(address)
func (serverRegistry *ServerRegistry) PackOwnerOf(id *big.Int) []byte {
	enc, err := serverRegistry.abi.Pack("ownerOf", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwnerOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6352211e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function ownerOf(uint256 id) view returns(address)
func (serverRegistry *ServerRegistry) TryPackOwnerOf(id *big.Int) ([]byte, error) {
	return serverRegistry.abi.Pack("ownerOf", id)
}

// UnpackOwnerOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6352211e.
//
// Solidity: function ownerOf(uint256 id) view returns(address)
func (serverRegistry *ServerRegistry) UnpackOwnerOf(data []byte) (common.Address, error) {
	out, err := serverRegistry.abi.Unpack("ownerOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7f720c29.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function register(string domain, bytes peerId, string[] addrs, uint8 roles) returns(uint256 id)
func (serverRegistry *ServerRegistry) PackRegister(domain string, peerId []byte, addrs []string, roles uint8) []byte {
	enc, err := serverRegistry.abi.Pack("register", domain, peerId, addrs, roles)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRegister is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7f720c29.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function register(string domain, bytes peerId, string[] addrs, uint8 roles) returns(uint256 id)
func (serverRegistry *ServerRegistry) TryPackRegister(domain string, peerId []byte, addrs []string, roles uint8) ([]byte, error) {
	return serverRegistry.abi.Pack("register", domain, peerId, addrs, roles)
}

// UnpackRegister is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7f720c29.
//
// Solidity: function register(string domain, bytes peerId, string[] addrs, uint8 roles) returns(uint256 id)
func (serverRegistry *ServerRegistry) UnpackRegister(data []byte) (*big.Int, error) {
	out, err := serverRegistry.abi.Unpack("register", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe99ceec7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function server(uint256 id) view returns((address,address,uint8,uint64,bytes32,string,bytes,string[]))
func (serverRegistry *ServerRegistry) PackServer(id *big.Int) []byte {
	enc, err := serverRegistry.abi.Pack("server", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe99ceec7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function server(uint256 id) view returns((address,address,uint8,uint64,bytes32,string,bytes,string[]))
func (serverRegistry *ServerRegistry) TryPackServer(id *big.Int) ([]byte, error) {
	return serverRegistry.abi.Pack("server", id)
}

// UnpackServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe99ceec7.
//
// Solidity: function server(uint256 id) view returns((address,address,uint8,uint64,bytes32,string,bytes,string[]))
func (serverRegistry *ServerRegistry) UnpackServer(data []byte) (IServerRegistryServer, error) {
	out, err := serverRegistry.abi.Unpack("server", data)
	if err != nil {
		return *new(IServerRegistryServer), err
	}
	out0 := *abi.ConvertType(out[0], new(IServerRegistryServer)).(*IServerRegistryServer)
	return out0, nil
}

// PackSetAgent is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec96f16c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setAgent(uint256 id, address account, uint8 roles) returns()
func (serverRegistry *ServerRegistry) PackSetAgent(id *big.Int, account common.Address, roles uint8) []byte {
	enc, err := serverRegistry.abi.Pack("setAgent", id, account, roles)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetAgent is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec96f16c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setAgent(uint256 id, address account, uint8 roles) returns()
func (serverRegistry *ServerRegistry) TryPackSetAgent(id *big.Int, account common.Address, roles uint8) ([]byte, error) {
	return serverRegistry.abi.Pack("setAgent", id, account, roles)
}

// PackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x29507f73.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwnership(uint256 id, address newOwner) returns()
func (serverRegistry *ServerRegistry) PackTransferOwnership(id *big.Int, newOwner common.Address) []byte {
	enc, err := serverRegistry.abi.Pack("transferOwnership", id, newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x29507f73.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwnership(uint256 id, address newOwner) returns()
func (serverRegistry *ServerRegistry) TryPackTransferOwnership(id *big.Int, newOwner common.Address) ([]byte, error) {
	return serverRegistry.abi.Pack("transferOwnership", id, newOwner)
}

// PackUpdateDomain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c4ea038.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function updateDomain(uint256 id, string domain) returns()
func (serverRegistry *ServerRegistry) PackUpdateDomain(id *big.Int, domain string) []byte {
	enc, err := serverRegistry.abi.Pack("updateDomain", id, domain)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackUpdateDomain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0c4ea038.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function updateDomain(uint256 id, string domain) returns()
func (serverRegistry *ServerRegistry) TryPackUpdateDomain(id *big.Int, domain string) ([]byte, error) {
	return serverRegistry.abi.Pack("updateDomain", id, domain)
}

// PackUpdatePeer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce6e0b0b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function updatePeer(uint256 id, bytes peerId, string[] addrs) returns()
func (serverRegistry *ServerRegistry) PackUpdatePeer(id *big.Int, peerId []byte, addrs []string) []byte {
	enc, err := serverRegistry.abi.Pack("updatePeer", id, peerId, addrs)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackUpdatePeer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce6e0b0b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function updatePeer(uint256 id, bytes peerId, string[] addrs) returns()
func (serverRegistry *ServerRegistry) TryPackUpdatePeer(id *big.Int, peerId []byte, addrs []string) ([]byte, error) {
	return serverRegistry.abi.Pack("updatePeer", id, peerId, addrs)
}

// PackUpdateRoles is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3c762166.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function updateRoles(uint256 id, uint8 roles) returns()
func (serverRegistry *ServerRegistry) PackUpdateRoles(id *big.Int, roles uint8) []byte {
	enc, err := serverRegistry.abi.Pack("updateRoles", id, roles)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackUpdateRoles is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3c762166.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function updateRoles(uint256 id, uint8 roles) returns()
func (serverRegistry *ServerRegistry) TryPackUpdateRoles(id *big.Int, roles uint8) ([]byte, error) {
	return serverRegistry.abi.Pack("updateRoles", id, roles)
}

// ServerRegistryAgentChanged represents a AgentChanged event raised by the ServerRegistry contract.
type ServerRegistryAgentChanged struct {
	Id      *big.Int
	Account common.Address
	Roles   uint8
	Raw     *types.Log // Blockchain specific contextual infos
}

const ServerRegistryAgentChangedEventName = "AgentChanged"

// ContractEventName returns the user-defined event name.
func (ServerRegistryAgentChanged) ContractEventName() string {
	return ServerRegistryAgentChangedEventName
}

// UnpackAgentChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event AgentChanged(uint256 indexed id, address indexed account, uint8 roles)
func (serverRegistry *ServerRegistry) UnpackAgentChangedEvent(log *types.Log) (*ServerRegistryAgentChanged, error) {
	event := "AgentChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryAgentChanged)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryDomainChanged represents a DomainChanged event raised by the ServerRegistry contract.
type ServerRegistryDomainChanged struct {
	Id         *big.Int
	DomainHash [32]byte
	Domain     string
	Raw        *types.Log // Blockchain specific contextual infos
}

const ServerRegistryDomainChangedEventName = "DomainChanged"

// ContractEventName returns the user-defined event name.
func (ServerRegistryDomainChanged) ContractEventName() string {
	return ServerRegistryDomainChangedEventName
}

// UnpackDomainChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DomainChanged(uint256 indexed id, bytes32 indexed domainHash, string domain)
func (serverRegistry *ServerRegistry) UnpackDomainChangedEvent(log *types.Log) (*ServerRegistryDomainChanged, error) {
	event := "DomainChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryDomainChanged)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryOwnershipOffered represents a OwnershipOffered event raised by the ServerRegistry contract.
type ServerRegistryOwnershipOffered struct {
	Id           *big.Int
	Owner        common.Address
	PendingOwner common.Address
	Raw          *types.Log // Blockchain specific contextual infos
}

const ServerRegistryOwnershipOfferedEventName = "OwnershipOffered"

// ContractEventName returns the user-defined event name.
func (ServerRegistryOwnershipOffered) ContractEventName() string {
	return ServerRegistryOwnershipOfferedEventName
}

// UnpackOwnershipOfferedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipOffered(uint256 indexed id, address indexed owner, address indexed pendingOwner)
func (serverRegistry *ServerRegistry) UnpackOwnershipOfferedEvent(log *types.Log) (*ServerRegistryOwnershipOffered, error) {
	event := "OwnershipOffered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryOwnershipOffered)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryOwnershipTransferred represents a OwnershipTransferred event raised by the ServerRegistry contract.
type ServerRegistryOwnershipTransferred struct {
	Id            *big.Int
	PreviousOwner common.Address
	Owner         common.Address
	Raw           *types.Log // Blockchain specific contextual infos
}

const ServerRegistryOwnershipTransferredEventName = "OwnershipTransferred"

// ContractEventName returns the user-defined event name.
func (ServerRegistryOwnershipTransferred) ContractEventName() string {
	return ServerRegistryOwnershipTransferredEventName
}

// UnpackOwnershipTransferredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipTransferred(uint256 indexed id, address indexed previousOwner, address indexed owner)
func (serverRegistry *ServerRegistry) UnpackOwnershipTransferredEvent(log *types.Log) (*ServerRegistryOwnershipTransferred, error) {
	event := "OwnershipTransferred"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryOwnershipTransferred)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryPeerChanged represents a PeerChanged event raised by the ServerRegistry contract.
type ServerRegistryPeerChanged struct {
	Id     *big.Int
	PeerId []byte
	Addrs  []string
	Raw    *types.Log // Blockchain specific contextual infos
}

const ServerRegistryPeerChangedEventName = "PeerChanged"

// ContractEventName returns the user-defined event name.
func (ServerRegistryPeerChanged) ContractEventName() string {
	return ServerRegistryPeerChangedEventName
}

// UnpackPeerChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event PeerChanged(uint256 indexed id, bytes peerId, string[] addrs)
func (serverRegistry *ServerRegistry) UnpackPeerChangedEvent(log *types.Log) (*ServerRegistryPeerChanged, error) {
	event := "PeerChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryPeerChanged)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryRolesChanged represents a RolesChanged event raised by the ServerRegistry contract.
type ServerRegistryRolesChanged struct {
	Id    *big.Int
	Roles uint8
	Raw   *types.Log // Blockchain specific contextual infos
}

const ServerRegistryRolesChangedEventName = "RolesChanged"

// ContractEventName returns the user-defined event name.
func (ServerRegistryRolesChanged) ContractEventName() string {
	return ServerRegistryRolesChangedEventName
}

// UnpackRolesChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RolesChanged(uint256 indexed id, uint8 roles)
func (serverRegistry *ServerRegistry) UnpackRolesChangedEvent(log *types.Log) (*ServerRegistryRolesChanged, error) {
	event := "RolesChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryRolesChanged)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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

// ServerRegistryServerRegistered represents a ServerRegistered event raised by the ServerRegistry contract.
type ServerRegistryServerRegistered struct {
	Id         *big.Int
	Owner      common.Address
	DomainHash [32]byte
	Domain     string
	PeerId     []byte
	Addrs      []string
	Roles      uint8
	Raw        *types.Log // Blockchain specific contextual infos
}

const ServerRegistryServerRegisteredEventName = "ServerRegistered"

// ContractEventName returns the user-defined event name.
func (ServerRegistryServerRegistered) ContractEventName() string {
	return ServerRegistryServerRegisteredEventName
}

// UnpackServerRegisteredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerRegistered(uint256 indexed id, address indexed owner, bytes32 indexed domainHash, string domain, bytes peerId, string[] addrs, uint8 roles)
func (serverRegistry *ServerRegistry) UnpackServerRegisteredEvent(log *types.Log) (*ServerRegistryServerRegistered, error) {
	event := "ServerRegistered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != serverRegistry.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServerRegistryServerRegistered)
	if len(log.Data) > 0 {
		if err := serverRegistry.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range serverRegistry.abi.Events[event].Inputs {
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
func (serverRegistry *ServerRegistry) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["InvalidAddr"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackInvalidAddrError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["InvalidDomain"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackInvalidDomainError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["InvalidPeerId"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackInvalidPeerIdError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["InvalidRoles"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackInvalidRolesError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["NotPendingOwner"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackNotPendingOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["NotServerOwner"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackNotServerOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], serverRegistry.abi.Errors["TooManyAddrs"].ID.Bytes()[:4]) {
		return serverRegistry.UnpackTooManyAddrsError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ServerRegistryInvalidAddr represents a InvalidAddr error raised by the ServerRegistry contract.
type ServerRegistryInvalidAddr struct {
	Index  *big.Int
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidAddr(uint256 index, uint256 length)
func ServerRegistryInvalidAddrErrorID() common.Hash {
	return common.HexToHash("0x06d49990d918668f67bdcef1af06b3c861a189e4a3a98ab6ff67638d8308ce15")
}

// UnpackInvalidAddrError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidAddr(uint256 index, uint256 length)
func (serverRegistry *ServerRegistry) UnpackInvalidAddrError(raw []byte) (*ServerRegistryInvalidAddr, error) {
	out := new(ServerRegistryInvalidAddr)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "InvalidAddr", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryInvalidDomain represents a InvalidDomain error raised by the ServerRegistry contract.
type ServerRegistryInvalidDomain struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidDomain(uint256 length)
func ServerRegistryInvalidDomainErrorID() common.Hash {
	return common.HexToHash("0x18050fbb24fc581a3c3e678c297d6cab17c62629abc6209f479b1bf443db931e")
}

// UnpackInvalidDomainError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidDomain(uint256 length)
func (serverRegistry *ServerRegistry) UnpackInvalidDomainError(raw []byte) (*ServerRegistryInvalidDomain, error) {
	out := new(ServerRegistryInvalidDomain)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "InvalidDomain", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryInvalidPeerId represents a InvalidPeerId error raised by the ServerRegistry contract.
type ServerRegistryInvalidPeerId struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidPeerId(uint256 length)
func ServerRegistryInvalidPeerIdErrorID() common.Hash {
	return common.HexToHash("0x391459829c4614f32ea637ffd2880e1d614c6b383491ce7875d870b770a117d3")
}

// UnpackInvalidPeerIdError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidPeerId(uint256 length)
func (serverRegistry *ServerRegistry) UnpackInvalidPeerIdError(raw []byte) (*ServerRegistryInvalidPeerId, error) {
	out := new(ServerRegistryInvalidPeerId)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "InvalidPeerId", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryInvalidRoles represents a InvalidRoles error raised by the ServerRegistry contract.
type ServerRegistryInvalidRoles struct {
	Roles uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InvalidRoles(uint8 roles)
func ServerRegistryInvalidRolesErrorID() common.Hash {
	return common.HexToHash("0xacd371d67d5baad469a134ea131894f5543b1fceba0b5906e6e0cfca5472ada2")
}

// UnpackInvalidRolesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InvalidRoles(uint8 roles)
func (serverRegistry *ServerRegistry) UnpackInvalidRolesError(raw []byte) (*ServerRegistryInvalidRoles, error) {
	out := new(ServerRegistryInvalidRoles)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "InvalidRoles", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryNotPendingOwner represents a NotPendingOwner error raised by the ServerRegistry contract.
type ServerRegistryNotPendingOwner struct {
	Id     *big.Int
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotPendingOwner(uint256 id, address caller)
func ServerRegistryNotPendingOwnerErrorID() common.Hash {
	return common.HexToHash("0xde727b7a0f0e0027b5148965e49b1fc681f06a3e3fb3c6ff1027b4e4efcde64f")
}

// UnpackNotPendingOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotPendingOwner(uint256 id, address caller)
func (serverRegistry *ServerRegistry) UnpackNotPendingOwnerError(raw []byte) (*ServerRegistryNotPendingOwner, error) {
	out := new(ServerRegistryNotPendingOwner)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "NotPendingOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryNotServerOwner represents a NotServerOwner error raised by the ServerRegistry contract.
type ServerRegistryNotServerOwner struct {
	Id     *big.Int
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotServerOwner(uint256 id, address caller)
func ServerRegistryNotServerOwnerErrorID() common.Hash {
	return common.HexToHash("0x17f0a9e15ca331475fb2c24ba267eec18da6f29425c52f8ed5d38e4a5f2e8fe4")
}

// UnpackNotServerOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotServerOwner(uint256 id, address caller)
func (serverRegistry *ServerRegistry) UnpackNotServerOwnerError(raw []byte) (*ServerRegistryNotServerOwner, error) {
	out := new(ServerRegistryNotServerOwner)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "NotServerOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ServerRegistryTooManyAddrs represents a TooManyAddrs error raised by the ServerRegistry contract.
type ServerRegistryTooManyAddrs struct {
	Count *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooManyAddrs(uint256 count)
func ServerRegistryTooManyAddrsErrorID() common.Hash {
	return common.HexToHash("0x6eb64ad59907827a0143b312ab47e6731ccc0e01f8edda23ad9c51d5d72f9a9c")
}

// UnpackTooManyAddrsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooManyAddrs(uint256 count)
func (serverRegistry *ServerRegistry) UnpackTooManyAddrsError(raw []byte) (*ServerRegistryTooManyAddrs, error) {
	out := new(ServerRegistryTooManyAddrs)
	if err := serverRegistry.abi.UnpackIntoInterface(out, "TooManyAddrs", raw); err != nil {
		return nil, err
	}
	return out, nil
}
