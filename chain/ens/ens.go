package ens

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"metanet/chain"
	"metanet/identity"
)

// registries are where ENS is known to live, by chain id
// (docs.ens.domains/learn/deployments).
var registries = map[uint64]identity.Address{
	1:        mainRegistry, // Ethereum
	11155111: mainRegistry, // Sepolia
	17000:    mainRegistry, // Holesky
}

var mainRegistry = identity.Address(common.HexToAddress("0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"))

// Registry is where a chain is known to have ENS; false where it isn't.
func Registry(chainID uint64) (identity.Address, bool) {
	a, ok := registries[chainID]
	return a, ok
}

// Caller calls a contract's view function at the latest block. *chain.Client is one;
// what a contract refuses is a *chain.RevertError.
type Caller interface {
	Call(ctx context.Context, to identity.Address, data []byte) ([]byte, error)
}

// Resolver reads names of one registry.
type Resolver struct {
	Chain    Caller
	Registry identity.Address
}

// The functions that are called: EIP-137, ENSIP-3, EIP-165, ENSIP-10.
var functions = mustABI(`[
	{"type":"function","name":"resolver","stateMutability":"view","inputs":[{"name":"node","type":"bytes32"}],"outputs":[{"type":"address"}]},
	{"type":"function","name":"addr","stateMutability":"view","inputs":[{"name":"node","type":"bytes32"}],"outputs":[{"type":"address"}]},
	{"type":"function","name":"name","stateMutability":"view","inputs":[{"name":"node","type":"bytes32"}],"outputs":[{"type":"string"}]},
	{"type":"function","name":"supportsInterface","stateMutability":"view","inputs":[{"name":"id","type":"bytes4"}],"outputs":[{"type":"bool"}]},
	{"type":"function","name":"resolve","stateMutability":"view","inputs":[{"name":"name","type":"bytes"},{"name":"data","type":"bytes"}],"outputs":[{"type":"bytes"}]}
]`)

func mustABI(text string) abi.ABI {
	a, err := abi.JSON(strings.NewReader(text))
	if err != nil {
		panic("ens: " + err.Error())
	}
	return a
}

var (
	extendedResolver = [4]byte{0x90, 0x61, 0xb9, 0x23} // ENSIP-10
	offchainLookup   = []byte{0x55, 0x6f, 0x18, 0x30}  // EIP-3668
)

// Primary is the name of an address, checked both ways (ENSIP-3: "clients must
// perform a forward resolution").
func (r *Resolver) Primary(ctx context.Context, a identity.Address) (Name, error) {
	reverse := Name(hex.EncodeToString(a[:]) + ".addr.reverse")
	resolver, err := r.resolverOf(ctx, reverse)
	if err != nil {
		return "", err
	}
	text, err := ask[string](ctx, r, resolver, "name", reverse.node())
	if err != nil {
		return "", err
	}
	if text == "" {
		return "", ErrNoName
	}
	name, err := Parse(text) // ENSIP-15: a primary name that isn't normalized is none
	if err != nil {
		return "", err
	}
	forward, err := r.Address(ctx, name)
	if err != nil {
		return "", err
	}
	if forward != a {
		return "", fmt.Errorf("%w: %s is %s", ErrMismatch, name, forward.Checksum())
	}
	return name, nil
}

// Address is whom a name names. Its resolver is its own, or the nearest above
// that answers for names below it (ENSIP-10).
func (r *Resolver) Address(ctx context.Context, name Name) (identity.Address, error) {
	for at := name; at != ""; at = at.parent() {
		resolver, err := r.resolverOf(ctx, at)
		if errors.Is(err, ErrNoName) {
			continue
		}
		if err != nil {
			return identity.Address{}, err
		}
		extended, err := ask[bool](ctx, r, resolver, "supportsInterface", extendedResolver)
		if errors.Is(err, ErrResolver) {
			extended, err = false, nil // older than EIP-165
		}
		switch {
		case err != nil:
			return identity.Address{}, err
		case extended:
			return r.extended(ctx, resolver, name)
		case at == name:
			return r.known(ask[common.Address](ctx, r, resolver, "addr", name.node()))
		}
		return identity.Address{}, ErrNoName // a resolver above that knows only itself
	}
	return identity.Address{}, ErrNoName
}

// extended has a resolver answer addr(node) for a name at or below its own.
func (r *Resolver) extended(ctx context.Context, resolver identity.Address, name Name) (identity.Address, error) {
	question, err := functions.Pack("addr", name.node())
	if err != nil {
		return identity.Address{}, fmt.Errorf("ens: %w", err)
	}
	answer, err := ask[[]byte](ctx, r, resolver, "resolve", name.wire(), question)
	if err != nil {
		return identity.Address{}, err
	}
	return r.known(unpack[common.Address]("addr", answer))
}

func (r *Resolver) known(a common.Address, err error) (identity.Address, error) {
	if err == nil && a == (common.Address{}) {
		err = ErrNoName
	}
	return identity.Address(a), err
}

func (r *Resolver) resolverOf(ctx context.Context, name Name) (identity.Address, error) {
	return r.known(ask[common.Address](ctx, r, r.Registry, "resolver", name.node()))
}

// ask calls a function with one result.
func ask[T any](ctx context.Context, r *Resolver, to identity.Address, function string, args ...any) (answer T, err error) {
	data, err := functions.Pack(function, args...)
	if err != nil {
		return answer, fmt.Errorf("ens: %w", err)
	}
	out, err := r.Chain.Call(ctx, to, data)
	var revert *chain.RevertError
	switch {
	case errors.As(err, &revert) && bytes.HasPrefix(revert.Data, offchainLookup):
		return answer, ErrOffchain
	case errors.As(err, &revert):
		return answer, fmt.Errorf("%w: it refused %s", ErrResolver, function)
	case err != nil:
		return answer, err
	}
	return unpack[T](function, out)
}

func unpack[T any](function string, out []byte) (answer T, err error) {
	values, err := functions.Methods[function].Outputs.Unpack(out)
	if err != nil || len(values) != 1 {
		return answer, fmt.Errorf("%w: %d bytes for %s", ErrResolver, len(out), function)
	}
	answer, ok := values[0].(T)
	if !ok {
		return answer, fmt.Errorf("%w: another type for %s", ErrResolver, function)
	}
	return answer, nil
}
