package chain

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// addressesFile is what Deploy's caller writes down for nodes and auditors: which
// chain, where the contracts are, and after which block their events begin. All but
// the last they could find out themselves.
type addressesFile struct {
	ChainID   uint64                    `json:"chainId"`
	Genesis   common.Hash               `json:"genesis"`
	Network   string                    `json:"network"`
	Start     uint64                    `json:"start"`
	Contracts map[string]common.Address `json:"contracts"`
}

// AddressesFile is k as a file.
func (k Contracts) AddressesFile() ([]byte, error) {
	b, err := json.MarshalIndent(addressesFile{
		ChainID: k.ChainID, Genesis: k.Genesis, Network: k.Network().String(), Start: k.Start,
		Contracts: map[string]common.Address{
			"IdentityRegistry": k.IdentityRegistry, "ServerRegistry": k.ServerRegistry,
			"PolicyRegistry": k.PolicyRegistry, "LogRegistry": k.LogRegistry,
		},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("chain: addresses: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseAddressesFile reads what AddressesFile wrote. Whether it is true of a chain
// Verify tells.
func ParseAddressesFile(text []byte) (Contracts, error) {
	var f addressesFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Contracts{}, fmt.Errorf("chain: addresses: %w", err)
	}
	k := Contracts{
		ChainID: f.ChainID, Genesis: f.Genesis, Start: f.Start,
		IdentityRegistry: f.Contracts["IdentityRegistry"], ServerRegistry: f.Contracts["ServerRegistry"],
		PolicyRegistry: f.Contracts["PolicyRegistry"], LogRegistry: f.Contracts["LogRegistry"],
	}
	if len(f.Contracts) != 4 || f.Network != k.Network().String() {
		return Contracts{}, fmt.Errorf("chain: addresses: the network's name is not that of what the file says")
	}
	return k, nil
}
