package chain

import (
	"context"
	"fmt"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Contracts says which chain a network is on and where its contracts are.
type Contracts struct {
	ChainID uint64
	Genesis common.Hash

	IdentityRegistry common.Address
	ServerRegistry   common.Address
	PolicyRegistry   common.Address
	LogRegistry      common.Address

	// Start is a block before which there are no events of ours; following and
	// auditing begin after it. 0 is always right and slow on an old chain.
	Start uint64
}

// Network is the name under which all this goes into signatures.
func (k Contracts) Network() identity.Network {
	return identity.NewNetwork(k.ChainID, k.Genesis, identity.Address(k.IdentityRegistry))
}

func (k Contracts) addresses() []common.Address {
	return []common.Address{k.IdentityRegistry, k.ServerRegistry, k.PolicyRegistry, k.LogRegistry}
}

// Locate reads the chain's id and genesis, and finds our contracts at the
// addresses that CREATE2 gives them on every chain. It returns ErrNoContracts
// (with the rest filled in) where they have yet to be deployed.
func Locate(ctx context.Context, c *Client) (Contracts, error) {
	at := bindings.DeployedAddresses()
	k := Contracts{
		IdentityRegistry: at.IdentityRegistry, ServerRegistry: at.ServerRegistry,
		PolicyRegistry: at.PolicyRegistry, LogRegistry: at.LogRegistry,
	}
	o, err := c.Origin(ctx)
	k.ChainID, k.Genesis = o.ChainID, o.Genesis
	if err != nil {
		return k, err
	}
	return k, verifyCode(ctx, c)
}

// Origin is the chain that the contracts are on.
func (k Contracts) Origin() Origin { return Origin{k.ChainID, k.Genesis} }

// Verify checks, anew, that the RPC serves the chain k is on, and that our contracts'
// code is there.
func Verify(ctx context.Context, c *Client, k Contracts) error {
	c.recheck()
	o, err := c.Origin(ctx)
	switch {
	case err != nil:
		return err
	case o.ChainID != k.ChainID:
		return fmt.Errorf("%w: its id is %d, ours %d", ErrWrongChain, o.ChainID, k.ChainID)
	case o.Genesis != k.Genesis:
		return fmt.Errorf("%w: its genesis block is %s, ours %s", ErrWrongChain, o.Genesis, k.Genesis)
	}
	return verifyCode(ctx, c)
}

func verifyCode(ctx context.Context, c *Client) error {
	contracts, err := bindings.Deployment()
	if err != nil {
		return fmt.Errorf("chain: %w", err)
	}
	for _, contract := range contracts {
		ok, err := deployed(ctx, c, contract)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: no %s at %s", ErrNoContracts, contract.Name, contract.Address)
		}
	}
	return nil
}

// deployed reports whether the contract stands where it should; other code there
// is an error.
func deployed(ctx context.Context, c *Client, contract bindings.Contract) (bool, error) {
	code, err := c.code(ctx, contract.Address)
	if err != nil || len(code) == 0 {
		return false, err
	}
	if hash := crypto.Keccak256Hash(code); hash != contract.CodeHash {
		return false, fmt.Errorf("%w: other code stands at %s's address %s", ErrNoContracts, contract.Name, contract.Address)
	}
	return true, nil
}
