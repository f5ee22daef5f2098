package proof

import (
	"math/big"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// Fact is something that one of the contracts' storage says: which words to
// read, and what they mean.
type Fact[T any] struct {
	contract bindings.Place
	read     func(words) (T, error)
}

// Code is the fact that a contract of ours stands at its place.
func Code(contract bindings.Place) Fact[struct{}] {
	return Fact[struct{}]{contract, func(w words) (struct{}, error) {
		_, err := w()
		return struct{}{}, err
	}}
}

// ServerState is what ServerRegistry holds of a server.
type ServerState struct {
	Owner        identity.Address `json:"owner"`
	Roles        uint8            `json:"roles"`
	RegisteredAt uint64           `json:"registeredAt"` // 0: there is no such server
	DomainHash   common.Hash      `json:"domainHash"`   // keccak256 of the domain
}

// Server is what ServerRegistry holds of a server.
func Server(id uint64) Fact[ServerState] {
	return Fact[ServerState]{bindings.DeployedPlaces().ServerRegistry, func(w words) (s ServerState, err error) {
		slots := bindings.ServerSlots(number(id))
		got, err := w(slots[:]...)
		if err != nil {
			return s, err
		}
		b := bindings.DecodeServer(got[0])
		return ServerState{identity.Address(b.Owner), b.Roles, b.RegisteredAt, got[1]}, nil
	}}
}

// PolicyState is what PolicyRegistry holds of a server's policies.
type PolicyState struct {
	Head  common.Hash `json:"head"` // of the hash chain over all versions
	Count uint64      `json:"count"`
}

// Policies is what PolicyRegistry holds of a server's policies.
func Policies(server uint64) Fact[PolicyState] {
	return Fact[PolicyState]{bindings.DeployedPlaces().PolicyRegistry, func(w words) (s PolicyState, err error) {
		slots := bindings.PolicySlots(number(server))
		got, err := w(slots[:]...)
		if err != nil {
			return s, err
		}
		return PolicyState{got[0], got[1].Big().Uint64()}, nil // counts by one: never beyond 64 bits
	}}
}

// LogState is what LogRegistry holds of a server's log.
type LogState struct {
	Head       common.Hash `json:"head"` // of the hash chain over all anchors
	Root       common.Hash `json:"root"`
	Size       uint64      `json:"size"`
	Index      uint64      `json:"index"` // how often it was anchored
	AnchoredAt uint64      `json:"anchoredAt"`
}

// Log is what LogRegistry holds of a server's log.
func Log(server uint64) Fact[LogState] {
	return Fact[LogState]{bindings.DeployedPlaces().LogRegistry, func(w words) (s LogState, err error) {
		slots := bindings.LogSlots(number(server))
		got, err := w(slots[:]...)
		if err != nil {
			return s, err
		}
		p := bindings.DecodeLogPosition(got[2])
		return LogState{got[0], got[1], p.Size, p.Index, p.AnchoredAt}, nil
	}}
}

func number(id uint64) *big.Int { return new(big.Int).SetUint64(id) }
