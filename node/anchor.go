package node

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"metanet/chain"
	"metanet/chain/devchain"
	"metanet/identity"
)

// anchor is the node's side of the chain: the embedded chain if there is one,
// and what follows and sends.
type anchor struct {
	dev       *devchain.Chain // nil: somebody else's chain
	rpcs      chains          // URLs, the first asked first
	client    *chain.Client
	contracts chain.Contracts
	follower  *chain.Follower
	sender    *chain.Sender
	registrar *chain.Registrar
	ops       *chain.Operations
}

const (
	// devPoll suits a chain on the same machine; a public one is asked as often as
	// it makes blocks.
	devPoll = 200 * time.Millisecond
	// chainPatience is how long a start waits for the chain's answers before it
	// goes on without.
	chainPatience = 30 * time.Second
	// retryChain is how soon a chain that was away is looked at again.
	retryChain = time.Second
)

// operatorFunds is what an operator account on a development chain is given: worth
// nothing, enough for millions of transactions.
var operatorFunds = new(big.Int).Mul(big.NewInt(1000), big.NewInt(1e18))

// openAnchor starts or dials the chain that state names, and checks that it is
// this home's.
func openAnchor(ctx context.Context, n *Node) (_ *anchor, err error) {
	a := &anchor{}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	poll := chain.DefaultPoll
	if n.state.Chain.dev() {
		if err := a.startDev(ctx, n); err != nil {
			return nil, err
		}
	} else {
		a.rpcs = n.state.Chain
	}
	if a.rpcs.loopback() {
		poll = devPoll
	}
	dial := chain.DialConfig{URLs: a.rpcs, Quorum: n.state.Quorum, Logger: n.log.With("part", "chain")}
	if known := n.state.Contracts; known != nil {
		dial.Origin = known.Origin()
	}
	if err := a.rpcs.check(n.state.Quorum); err != nil {
		return nil, err
	}
	if a.client, err = chain.Dial(dial); err != nil {
		return nil, err
	}
	find := a.locate
	if a.dev != nil {
		find = a.deployDev
	}
	a.contracts, err = find(ctx, n)
	switch {
	case errors.Is(err, chain.ErrWrongChain) && n.state.Network != "":
		return nil, fmt.Errorf("this home belongs to network %s: %w", n.state.Network, err)
	case err != nil:
		return nil, err
	}
	if err := n.checkNetwork(a.contracts.Network()); err != nil {
		return nil, err
	}
	space := n.store.Space("chain")
	if known := n.state.Contracts; known != nil {
		a.contracts.Start = known.Start // where their events begin, which the chain cannot tell
	} else if err := a.readAddresses(n.cfg.Contracts); err != nil {
		return nil, err
	}
	if err := a.settleFinality(ctx, n); err != nil {
		return nil, err
	}
	a.follower, err = chain.NewFollower(a.client, a.contracts, space, chain.FollowerConfig{
		Poll: poll, Finality: n.state.Finality, Logger: n.log.With("part", "chain"),
	})
	if err != nil {
		return nil, err
	}
	limits, err := n.cfg.senderConfig(a.dev != nil)
	if err != nil {
		return nil, err
	}
	limits.Poll, limits.Logger = poll, n.log.With("part", "chain")
	a.sender = chain.NewSender(a.client, a.contracts, space, n.account, limits)
	a.registrar = chain.NewRegistrar(a.sender, a.contracts)
	a.ops = chain.NewOperations(a.client, a.contracts, a.sender, time.Now)
	a.ops.Follow(a.follower)
	return a, nil
}

func (a *anchor) startDev(ctx context.Context, n *Node) (err error) {
	a.dev, err = devchain.Start(ctx, devchain.Config{
		Dir: n.home.path("chain"), RPC: n.state.RPC, Logger: n.log.With("part", "devchain"),
	})
	if err != nil {
		return err
	}
	a.rpcs, n.state.RPC = chains{a.dev.URL()}, a.dev.Addr()
	return nil
}

// deployDev funds the operator and puts the contracts on a fresh chain; on a
// chain that has them it changes nothing.
func (a *anchor) deployDev(ctx context.Context, n *Node) (chain.Contracts, error) {
	k, err := chain.Locate(ctx, a.client)
	if !errors.Is(err, chain.ErrNoContracts) {
		return k, err
	}
	if _, err := a.dev.Fund(ctx, common.Address(n.account.Address()), operatorFunds); err != nil {
		return k, err
	}
	sender := chain.NewSender(a.client, k, n.store.Space("chain"), n.account, chain.SenderConfig{
		Poll: devPoll, Logger: n.log.With("part", "chain"),
	})
	return chain.Deploy(ctx, a.client, sender)
}

// readAddresses takes from an addresses file where the contracts' events begin, if it
// is about the contracts that were found.
func (a *anchor) readAddresses(name string) error {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("contracts: %w", err)
	}
	k, err := chain.ParseAddressesFile(text)
	if err != nil {
		return fmt.Errorf("contracts: %s: %w", name, err)
	}
	a.contracts.Start = k.Start
	if k != a.contracts {
		return fmt.Errorf("contracts: %s: %w: it is about chain %d, network %s", name, chain.ErrWrongChain, k.ChainID, k.Network())
	}
	return nil
}

// locate finds the contracts on somebody else's chain. A home that knows its
// network starts without the chain's help: it serves what it has, and follows
// when the RPC is back.
func (a *anchor) locate(ctx context.Context, n *Node) (chain.Contracts, error) {
	ctx, cancel := context.WithTimeout(ctx, chainPatience)
	defer cancel()
	k, err := chain.Locate(ctx, a.client)
	away := errors.Is(err, chain.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil:
		return k, nil
	case away && n.state.Contracts != nil:
		n.log.Warn("the chain is not reachable; serving what is here", "error", err)
		return *n.state.Contracts, nil
	}
	return k, fmt.Errorf("chain %s: %w", a.client.Endpoints()[0].Name, err)
}

// settleFinality is the network's finality where nobody has said one. A chain that
// is away leaves it to the follower, until the next start.
func (a *anchor) settleFinality(ctx context.Context, n *Node) (err error) {
	if n.state.Finality != "" {
		return nil
	}
	if a.dev != nil {
		n.state.Finality = chain.FinalLatest
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, chainPatience)
	defer cancel()
	n.state.Finality, err = chain.DetectFinality(ctx, a.client)
	if errors.Is(err, chain.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// checkNetwork holds the network that the chain shows against the one that this
// home belongs to, and the one that is to be joined.
func (n *Node) checkNetwork(network identity.Network) error {
	if known := n.state.Network; known != "" && known != network.String() {
		return fmt.Errorf("%w: this home belongs to network %s, the chain is of %s", chain.ErrWrongChain, known, network)
	}
	if n.joined != nil && n.joined.Network != network {
		return fmt.Errorf("join %s: it says network %s, the chain says %s", n.state.Join, n.joined.Network, network)
	}
	return nil
}

// catchUp follows the chain to the head that it has now.
func (a *anchor) catchUp(ctx context.Context) error {
	head, err := a.client.Head(ctx)
	if err != nil {
		return err
	}
	return a.follower.WaitFor(ctx, head.Number)
}

// watch returns when the embedded chain, if there is one, can go on no longer.
func (a *anchor) watch(ctx context.Context) error {
	if a.dev == nil {
		return nil
	}
	select {
	case err := <-a.dev.Failed():
		return err
	case <-ctx.Done():
		return nil
	}
}

func (a *anchor) close() error {
	if a.client != nil {
		a.client.Close()
	}
	if a.dev != nil {
		return a.dev.Close()
	}
	return nil
}

// describe is the chain as the banner shows it.
func (a *anchor) describe() string {
	kind := "chain"
	if a.dev != nil {
		kind = "development chain"
	}
	s := fmt.Sprintf("%s %d at %s", kind, a.contracts.ChainID, a.client.Endpoints()[0].Name)
	if more := len(a.rpcs) - 1; more > 0 {
		s += fmt.Sprintf(" and %d more, of which %d must agree", more, a.client.Quorum())
	}
	return s
}

func isLoopbackURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isLoopbackHost(u.Hostname())
}

// OwnerOf is who owns an identity on-chain, as sessions ask for it.
func (a *anchor) OwnerOf(ctx context.Context, did identity.DID) (identity.Address, error) {
	id, err := a.follower.Identity(ctx, did)
	return id.Owner, err
}
