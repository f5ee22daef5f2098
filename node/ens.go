package node

import (
	"context"
	"errors"
	"fmt"

	"metanet/chain/ens"
	"metanet/identity"
	"metanet/node/native"
)

const ensOff = "off"

// ensResolver reads primary names; nil where the chain has no ENS, or the operator
// wants none.
func (n *Node) ensResolver() *ens.Resolver {
	registry, known := ens.Registry(n.anchor.contracts.ChainID)
	switch n.cfg.ENS {
	case "":
	case ensOff:
		known = false
	default:
		var err error
		registry, err = identity.ParseAddress(n.cfg.ENS)
		known = err == nil // Config.check has parsed it
	}
	if !known {
		return nil
	}
	return &ens.Resolver{Chain: n.anchor.client, Registry: registry}
}

// primaryNames answers native's question of wallets' names.
type primaryNames struct{ resolver *ens.Resolver }

// PrimaryName implements native.PrimaryNames.
func (p primaryNames) PrimaryName(ctx context.Context, a identity.Address) (string, error) {
	name, err := p.resolver.Primary(ctx, a)
	for _, answer := range []error{ens.ErrNoName, ens.ErrMismatch, ens.ErrInvalidName, ens.ErrOffchain, ens.ErrResolver} {
		if errors.Is(err, answer) {
			return "", fmt.Errorf("%w: %w", native.ErrNoPrimaryName, err)
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", native.ErrChain, err)
	}
	return string(name), nil
}
