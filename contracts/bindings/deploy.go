package bindings

import (
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// The deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy): sent a salt and init code, it
// deploys by CREATE2. It stands at one address on nearly every chain; where it doesn't, anybody can put it there by
// sending FactoryTransaction once FactoryDeployer holds FactoryCost. A chain of one's own has FactoryCode in its genesis.
const (
	FactoryAddress = "0x4e59b44847b379578588920cA78FbF26c0B4956C"

	// FactoryDeployer is the account that FactoryTransaction comes from; nobody has its key.
	FactoryDeployer = "0x3fAB184622Dc19b6109349B94811493BF2a45362"

	// FactoryCost is what FactoryTransaction can cost, in wei: 100,000 gas at 100 gwei.
	FactoryCost = 100_000 * 100_000_000_000

	// FactoryTransaction is signed without a chain id, so that it is valid on every chain that still admits that.
	FactoryTransaction = "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe" +
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b80" +
		"82525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a0222222222222222222222222" +
		"2222222222222222222222222222222222222222"

	// FactoryCode is the proxy's runtime code.
	FactoryCode = "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0" +
		"3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)

// Contract is one of ours, ready to be deployed.
type Contract struct {
	Name     string
	InitCode []byte         // constructor arguments included
	Address  common.Address // where CREATE2 through the proxy puts it
	CodeHash common.Hash    // keccak256 of its runtime code, the same on every chain
}

// DeployData is what to send to FactoryAddress to deploy the contract. Sent a second time, the transaction fails and
// changes nothing: look for code at Address first.
func (c Contract) DeployData() []byte {
	salt := Salt()
	return append(salt[:], c.InitCode...)
}

// Addresses says where the four contracts are.
type Addresses struct {
	IdentityRegistry common.Address
	ServerRegistry   common.Address
	PolicyRegistry   common.Address
	LogRegistry      common.Address
}

// Salt is the CREATE2 salt of all our contracts.
func Salt() common.Hash { return crypto.Keccak256Hash([]byte("metanet/1")) }

// DeployedAddresses are the addresses on every chain on which the contracts were deployed as Deployment says.
func DeployedAddresses() Addresses {
	return Addresses{
		IdentityRegistry: common.HexToAddress(identityRegistryAddress),
		ServerRegistry:   common.HexToAddress(serverRegistryAddress),
		PolicyRegistry:   common.HexToAddress(policyRegistryAddress),
		LogRegistry:      common.HexToAddress(logRegistryAddress),
	}
}

// Place is where a contract stands and what must stand there.
type Place struct {
	Address  common.Address
	CodeHash common.Hash // keccak256 of the runtime code
}

// Places says for each contract what an account proof of it must show, without the work of Deployment.
type Places struct{ IdentityRegistry, ServerRegistry, PolicyRegistry, LogRegistry Place }

// DeployedPlaces are the four contracts as they stand on every chain.
func DeployedPlaces() Places {
	place := func(address, code string) Place { return Place{common.HexToAddress(address), common.HexToHash(code)} }
	return Places{
		IdentityRegistry: place(identityRegistryAddress, identityRegistryCodeHash),
		ServerRegistry:   place(serverRegistryAddress, serverRegistryCodeHash),
		PolicyRegistry:   place(policyRegistryAddress, policyRegistryCodeHash),
		LogRegistry:      place(logRegistryAddress, logRegistryCodeHash),
	}
}

// Deployment lists the contracts in the order in which they are to be deployed. Addresses are computed here and now from
// the committed code; an error means that the generated files don't belong together.
func Deployment() ([]Contract, error) {
	servers := DeployedAddresses().ServerRegistry
	parts := []struct {
		name, address, codeHash string
		meta                    *bind.MetaData
		args                    []any
	}{
		{"IdentityRegistry", identityRegistryAddress, identityRegistryCodeHash, &IdentityRegistryMetaData, nil},
		{"ServerRegistry", serverRegistryAddress, serverRegistryCodeHash, &ServerRegistryMetaData, nil},
		{"PolicyRegistry", policyRegistryAddress, policyRegistryCodeHash, &PolicyRegistryMetaData, []any{servers}},
		{"LogRegistry", logRegistryAddress, logRegistryCodeHash, &LogRegistryMetaData, []any{servers}},
	}
	contracts := make([]Contract, 0, len(parts))
	for _, p := range parts {
		code, err := initCode(p.meta, p.args)
		if err != nil {
			return nil, fmt.Errorf("bindings: %s: %w", p.name, err)
		}
		c := Contract{Name: p.name, InitCode: code, Address: Create2Address(Salt(), code), CodeHash: common.HexToHash(p.codeHash)}
		if c.Address != common.HexToAddress(p.address) {
			return nil, fmt.Errorf("bindings: %s: code gives address %s, recorded is %s", p.name, c.Address, p.address)
		}
		contracts = append(contracts, c)
	}
	return contracts, nil
}

// Create2Address is where the proxy puts a contract with this init code.
func Create2Address(salt common.Hash, initCode []byte) common.Address {
	return crypto.CreateAddress2(common.HexToAddress(FactoryAddress), salt, crypto.Keccak256(initCode))
}

// FactoryFunds is FactoryCost as the amount to send to FactoryDeployer.
func FactoryFunds() *big.Int { return big.NewInt(FactoryCost) }

// FactoryRuntime is FactoryCode as bytes, for a genesis allocation.
func FactoryRuntime() []byte { return hexutil.MustDecode(FactoryCode) }

func initCode(meta *bind.MetaData, args []any) ([]byte, error) {
	parsed, err := meta.ParseABI()
	if err != nil {
		return nil, fmt.Errorf("abi: %w", err)
	}
	code, err := hex.DecodeString(trimHex(meta.Bin))
	if err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	packed, err := packConstructor(parsed, args)
	if err != nil {
		return nil, fmt.Errorf("constructor arguments: %w", err)
	}
	return append(code, packed...), nil
}

func packConstructor(parsed *abi.ABI, args []any) ([]byte, error) { return parsed.Pack("", args...) }

func trimHex(s string) string {
	if len(s) >= 2 && s[:2] == "0x" {
		return s[2:]
	}
	return s
}
