package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

const (
	// proxyPoll is how often Deploy looks whether the proxy has appeared.
	proxyPoll = 500 * time.Millisecond
	// transferGas is what sending coins to an account takes.
	transferGas = 21_000
)

// proxyPrice is what the proxy's transaction pays per gas; it was signed once, for
// all chains.
var proxyPrice = big.NewInt(100_000_000_000)

// DeployPlan is what Deploy would do, and what it costs at most.
type DeployPlan struct {
	Contracts Contracts
	From      identity.Address
	Proxy     bool // the deployment proxy is there already
	Steps     []DeployStep
	Price     *big.Int // most per gas, wei
	Cost      *big.Int // most in all, wei
	Balance   *big.Int // of From, wei
}

// DeployStep is one contract.
type DeployStep struct {
	Name    string
	Address common.Address
	There   bool // already, with the right code
	Gas     uint64
}

// Missing counts the contracts that are to be deployed.
func (p *DeployPlan) Missing() (n int) {
	for _, s := range p.Steps {
		if !s.There {
			n++
		}
	}
	return n
}

// PlanDeploy looks what is missing on the chain. Code at one of the addresses that
// isn't ours is ErrNoContracts; a balance that doesn't suffice is ErrUnfunded, beside
// the plan.
func PlanDeploy(ctx context.Context, c *Client, s *Sender) (*DeployPlan, error) {
	k, err := Locate(ctx, c)
	if err != nil && !errors.Is(err, ErrNoContracts) {
		return nil, err
	}
	contracts, err := bindings.Deployment()
	if err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	p := &DeployPlan{Contracts: k, From: s.Address(), Cost: new(big.Int)}
	gas := uint64(0)
	for _, contract := range contracts {
		step := DeployStep{Name: contract.Name, Address: contract.Address}
		if step.There, err = deployed(ctx, c, contract); err != nil {
			return nil, err
		}
		if !step.There {
			if step.Gas, err = creationGas(ctx, c, p.From, contract.InitCode); err != nil {
				return nil, err
			}
			gas += step.Gas
		}
		p.Steps = append(p.Steps, step)
	}
	code, err := c.code(ctx, common.HexToAddress(bindings.FactoryAddress))
	if err != nil {
		return nil, err
	}
	p.Proxy = len(code) > 0
	if !p.Proxy && gas > 0 {
		missing, err := proxyFunds(ctx, c)
		if err != nil {
			return nil, err
		}
		p.Cost.Add(p.Cost, missing)
		gas += transferGas
	}
	f, err := s.suggest(ctx)
	if err != nil {
		return nil, err
	}
	p.Price = f.top()
	p.Cost.Add(p.Cost, new(big.Int).Mul(p.Price, bigOf(gas)))
	if p.Balance, err = s.Balance(ctx); err != nil {
		return nil, err
	}
	if p.Balance.Cmp(p.Cost) < 0 {
		return p, fmt.Errorf("%w: %s has %s wei, may need %s", ErrUnfunded, p.From.Checksum(), p.Balance, p.Cost)
	}
	return p, nil
}

// creationGas is what a contract takes: as a creation by an account, and a fifth
// more for the way through the proxy and what changes meanwhile.
func creationGas(ctx context.Context, c *Client, from identity.Address, code []byte) (uint64, error) {
	who := common.Address(from)
	var gas hexutil.Uint64
	err := decodeRevert(c.call(ctx, &gas, "eth_estimateGas", callArgs{From: &who, Data: code}, "latest"))
	return uint64(gas) + uint64(gas)/5, err
}

// Deploy is DeployTelling without telling.
func Deploy(ctx context.Context, c *Client, s *Sender) (Contracts, error) {
	return DeployTelling(ctx, c, s, func(string) {})
}

// DeployTelling puts those of our contracts on the chain that are not there yet,
// through the deterministic deployment proxy, so that they have the same addresses on
// every chain. The proxy is put there first if need be. All missing contracts go
// out at once. It may be called any number of times, by anybody, and tells what it
// does.
func DeployTelling(ctx context.Context, c *Client, s *Sender, tell func(string)) (Contracts, error) {
	k, err := Locate(ctx, c)
	if !errors.Is(err, ErrNoContracts) {
		return k, err
	}
	contracts, err := bindings.Deployment()
	if err != nil {
		return k, fmt.Errorf("chain: %w", err)
	}
	if err := placeProxy(ctx, c, s, tell); err != nil {
		return k, err
	}
	var receipts []Receipt
	for attempt := 0; ; attempt++ {
		missing, err := missingContracts(ctx, c, contracts)
		if err != nil {
			return k, err
		}
		for _, m := range missing {
			tell("sending " + strings.TrimPrefix(m.Key, "deploy/"))
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
	for _, r := range receipts {
		tell(fmt.Sprintf("in block %d by transaction %s, %d gas", r.Block, r.Tx, r.GasUsed))
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
// money first. It is offered before that, since some chains take no transactions
// without a chain id, and the money would lie there for good.
func placeProxy(ctx context.Context, c *Client, s *Sender, tell func(string)) error {
	proxy := common.HexToAddress(bindings.FactoryAddress)
	if code, err := c.code(ctx, proxy); err != nil || len(code) > 0 {
		return err
	}
	if head, err := c.latest(ctx); err != nil {
		return err
	} else if head.BaseFee != nil && head.BaseFee.ToInt().Cmp(proxyPrice) > 0 {
		return fmt.Errorf("%w: the deployment proxy's transaction offers 100 gwei per gas for good, the chain asks %s wei now; try when it is less", ErrFeeTooHigh, head.BaseFee.ToInt())
	}
	tell("the deterministic deployment proxy is missing, putting it there")
	offered, err := offerProxy(ctx, c)
	if err != nil {
		return err
	}
	if !offered {
		missing, err := proxyFunds(ctx, c)
		if err != nil {
			return err
		}
		if missing.Sign() > 0 {
			tell(fmt.Sprintf("funding its account %s with %s wei", bindings.FactoryDeployer, missing))
			fund := Request{Key: "deploy/proxy-funds", Call: Call{To: common.HexToAddress(bindings.FactoryDeployer), Value: missing}}
			if _, err := s.SendAll(ctx, fund); err != nil {
				return fmt.Errorf("chain: fund the deployment proxy: %w", err)
			}
		}
		if offered, err = offerProxy(ctx, c); err != nil {
			return err
		}
		if !offered {
			return fmt.Errorf("%w: the account of the deployment proxy's transaction", ErrUnfunded)
		}
	}
	return awaitCode(ctx, c, proxy)
}

// proxyFunds is what the proxy's account lacks.
func proxyFunds(ctx context.Context, c *Client) (*big.Int, error) {
	have, err := c.balance(ctx, common.HexToAddress(bindings.FactoryDeployer))
	if err != nil {
		return nil, err
	}
	missing := new(big.Int).Sub(bindings.FactoryFunds(), have)
	if missing.Sign() < 0 {
		missing.SetInt64(0)
	}
	return missing, nil
}

// offerProxy sends the proxy's transaction. taken is false while its account has
// too little.
func offerProxy(ctx context.Context, c *Client) (taken bool, err error) {
	var hash common.Hash
	err = c.call(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(common.FromHex(bindings.FactoryTransaction)))
	if err == nil || alreadyKnown(err) {
		return true, nil
	}
	said := strings.ToLower(err.Error())
	switch {
	case strings.Contains(said, "insufficient funds"):
		return false, nil
	case strings.Contains(said, "replay-protected"), strings.Contains(said, "eip-155"), strings.Contains(said, "eip155"), strings.Contains(said, "unprotected"):
		return false, fmt.Errorf("%w (%w)", ErrUnprotected, err)
	}
	return false, fmt.Errorf("chain: the deployment proxy is missing and the chain refuses its transaction: %w", err)
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

// AwaitIdle waits until the chain has taken all that the account had on its way:
// what an interrupted deployment has sent is not sent again.
func (s *Sender) AwaitIdle(ctx context.Context, tell func(string)) error {
	account, told := common.Address(s.Address()), uint64(0)
	for {
		mined, err := s.client.nonce(ctx, account, "latest")
		if err != nil {
			return err
		}
		pending, err := s.client.nonce(ctx, account, "pending")
		if err != nil || pending <= mined {
			return err
		}
		if n := pending - mined; n != told {
			tell(fmt.Sprintf("waiting for %d transactions of %s that are on their way", n, s.Address().Checksum()))
			told = n
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.config.Poll):
		}
	}
}

// FindStart is the last block before the first of our contracts appeared, found by
// asking for code at earlier blocks. An RPC that keeps no state so old answers
// nothing: found is false, and 0 is to be used.
func FindStart(ctx context.Context, c *Client, k Contracts) (start uint64, found bool, err error) {
	head, err := c.Head(ctx)
	if err != nil {
		return 0, false, err
	}
	first := head.Number + 1
	for _, a := range k.addresses() {
		low, high := uint64(0), first // not there in low (nothing is in block 0 of ours), there in high or later
		for low+1 < high {
			middle := low + (high-low)/2
			var code hexutil.Bytes
			err := c.call(ctx, &code, "eth_getCode", a, hexutil.EncodeUint64(middle))
			if answered(err) {
				return 0, false, nil
			}
			if err != nil {
				return 0, false, err
			}
			if len(code) > 0 {
				high = middle
			} else {
				low = middle
			}
		}
		first = high
	}
	return first - 1, true, nil
}
