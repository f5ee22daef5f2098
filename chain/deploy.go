package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// proxyPoll is how often Deploy looks whether the proxy has appeared.
const proxyPoll = 500 * time.Millisecond

// Deploy puts those of our contracts on the chain that are not there yet, through
// the deterministic deployment proxy, so that they have the same addresses on
// every chain. The proxy is put there first if need be. All missing contracts go
// out at once. It may be called any number of times, by anybody.
func Deploy(ctx context.Context, c *Client, s *Sender) (Contracts, error) {
	k, err := Locate(ctx, c)
	if !errors.Is(err, ErrNoContracts) {
		return k, err
	}
	contracts, err := bindings.Deployment()
	if err != nil {
		return k, fmt.Errorf("chain: %w", err)
	}
	if err := placeProxy(ctx, c, s); err != nil {
		return k, err
	}
	var receipts []Receipt
	for attempt := 0; ; attempt++ {
		missing, err := missingContracts(ctx, c, contracts)
		if err != nil {
			return k, err
		}
		// Somebody else may deploy the same at the same time, so that our
		// simulation or transaction fails; what counts is what is there then.
		receipts, err = s.SendAll(ctx, missing...)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrReverted) || attempt == 2 {
			return k, err
		}
	}
	if len(receipts) == len(contracts) {
		k.Start = receipts[0].Block - 1
	}
	return k, verifyCode(ctx, c)
}

func missingContracts(ctx context.Context, c *Client, contracts []bindings.Contract) (missing []Request, err error) {
	for _, contract := range contracts {
		there, err := deployed(ctx, c, contract)
		if err != nil {
			return nil, err
		}
		if !there {
			call := Call{To: common.HexToAddress(bindings.FactoryAddress), Data: contract.DeployData()}
			missing = append(missing, Request{Key: "deploy/" + contract.Name, Call: call})
		}
	}
	return missing, nil
}

// placeProxy puts the proxy on a chain that lacks it: its deployment is a
// transaction signed once for all chains, by an account that must be given the
// money first.
func placeProxy(ctx context.Context, c *Client, s *Sender) error {
	proxy := common.HexToAddress(bindings.FactoryAddress)
	if code, err := c.code(ctx, proxy); err != nil || len(code) > 0 {
		return err
	}
	deployer := common.HexToAddress(bindings.FactoryDeployer)
	have, err := c.balance(ctx, deployer)
	if err != nil {
		return err
	}
	if have.Cmp(bindings.FactoryFunds()) < 0 {
		fund := Request{Key: "deploy/proxy-funds", Call: Call{To: deployer, Value: bindings.FactoryFunds()}}
		if _, err := s.SendAll(ctx, fund); err != nil {
			return fmt.Errorf("chain: fund the deployment proxy: %w", err)
		}
	}
	var hash common.Hash
	err = c.call(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(common.FromHex(bindings.FactoryTransaction)))
	if err != nil && !alreadyKnown(err) {
		return fmt.Errorf("chain: the deployment proxy is missing and the chain refuses its transaction: %w", err)
	}
	return awaitCode(ctx, c, proxy)
}

func awaitCode(ctx context.Context, c *Client, a common.Address) error {
	tick := time.NewTicker(proxyPoll)
	defer tick.Stop()
	for {
		code, err := c.code(ctx, a)
		if err == nil && len(code) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("chain: waiting for the deployment proxy: %w", ctx.Err()), err)
		case <-tick.C:
		}
	}
}
