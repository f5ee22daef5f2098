package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"metanet/chain"
	"metanet/node/client"
	"metanet/node/native"
	"metanet/p2p"
)

const (
	// joinPatience is how long a node that is to be joined may take to answer. It
	// may be starting beside this one.
	joinPatience = 10 * time.Second
	joinRetry    = 500 * time.Millisecond
)

// ErrContradiction: the node that was joined says something else than the chain.
var ErrContradiction = errors.New("the chain contradicts it")

// join learns from a running node which network to share. It remembers the
// answer, so that later starts need neither the flag nor that node.
func (n *Node) join(ctx context.Context) error {
	if n.cfg.Join == "" || n.cfg.Join == n.state.Join {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, joinPatience)
	defer cancel()
	about, err := readAbout(ctx, n.cfg.Join)
	for errors.Is(err, client.ErrUnreachable) && pause(ctx, joinRetry) {
		about, err = readAbout(ctx, n.cfg.Join)
	}
	if err != nil {
		return fmt.Errorf("join %s: %w", n.cfg.Join, err)
	}
	if n.state.Network != "" && n.state.Network != about.Network.String() {
		return fmt.Errorf("join %s: it belongs to network %s, this home to %s; use another --home", n.cfg.Join, about.Network, n.state.Network)
	}
	if len(n.cfg.Chain) == 0 && !n.ownsChain() {
		if about.Chain.RPC == "" {
			return fmt.Errorf("join %s: its chain is %d, and it offers no RPC of its own: name one with --chain URL", n.cfg.Join, about.Chain.ID)
		}
		if err := checkURL(about.Chain.RPC, "http", "https", "ws", "wss"); err != nil {
			return fmt.Errorf("join %s: its chain's RPC: %w", n.cfg.Join, err)
		}
		n.state.Chain = chains{about.Chain.RPC}
	}
	if f, err := chain.ParseFinality(about.Chain.Finality); err == nil && n.state.Finality == "" {
		n.state.Finality = f // the network's, if this home has none yet
	}
	if err := checkPeer(about.Peer); err != nil {
		return fmt.Errorf("join %s: %w", n.cfg.Join, err)
	}
	n.state.Peers, n.state.Join = about.Peer.Addresses, n.cfg.Join
	n.joined = about
	return nil
}

// ownsChain reports whether this home has the network's chain within itself: what
// another node offers as its RPC is then this node's own.
func (n *Node) ownsChain() bool { return n.state.Chain.dev() && n.state.Network != "" }

// checkPeer wants the addresses of one peer, the one that it says it is.
func checkPeer(p native.AboutPeer) error {
	infos, err := p2p.ParseAddrs(p.Addresses...)
	if err != nil {
		return fmt.Errorf("its addresses: %.300v", err)
	}
	for _, info := range infos {
		if info.ID.String() != p.ID {
			return fmt.Errorf("it says that it is peer %.100q, and gives addresses of %s", p.ID, info.ID)
		}
	}
	return nil
}

func readAbout(ctx context.Context, url string) (*native.About, error) {
	c, err := client.New(url)
	if err != nil {
		return nil, err
	}
	var about native.About
	if err := c.WellKnown(ctx, &about); err != nil {
		return nil, err
	}
	if about.Version != aboutVersion {
		return nil, fmt.Errorf("it speaks version %d of the protocol, this node %d", about.Version, aboutVersion)
	}
	return &about, nil
}

// checkJoined holds what the other node said against what the chain says, once
// that has been followed. A node that lies is an ErrContradiction. (Its network
// was checked before anything was kept.)
func (n *Node) checkJoined(ctx context.Context) error {
	about := n.joined
	if about == nil || about.Server.ID == 0 { // 0: not registered yet, so it promises nothing
		return nil
	}
	if err := n.anchor.catchUp(ctx); err != nil {
		return err
	}
	lie := func(format string, args ...any) error {
		return fmt.Errorf("join %s: %w: "+format, append([]any{n.state.Join, ErrContradiction}, args...)...)
	}
	server, err := n.anchor.follower.Server(ctx, about.Server.ID)
	if errors.Is(err, chain.ErrUnknownServer) {
		return lie("it says that it is server %d, which isn't there", about.Server.ID)
	}
	if err != nil {
		return err
	}
	if server.Domain != about.Server.Domain || server.Owner.Checksum() != about.Server.Owner {
		return lie("it says that server %d is %.300q of %.100q, which is %q of %s",
			server.ID, about.Server.Domain, about.Server.Owner, server.Domain, server.Owner.Checksum())
	}
	versions, err := n.anchor.follower.Policies(ctx, server.ID)
	if err != nil {
		return err
	}
	switch count := about.Policy.Count; {
	case uint64(len(versions)) < count:
		return lie("it shows %d policy versions of %d", count, len(versions))
	case count > 0 && versions[count-1].Head.Hex() != about.Policy.Head:
		return lie("its policy history is another")
	}
	return nil
}

// fund gets coins for the operator account where they cost nothing: from the
// embedded chain's faucet, or that of the node that was joined.
func (n *Node) fund(ctx context.Context) error {
	operator := n.account.Address()
	if n.anchor.dev != nil {
		_, err := n.anchor.dev.Fund(ctx, common.Address(operator), operatorFunds)
		return err
	}
	if n.state.Join == "" {
		return errNoFaucet
	}
	c, err := client.New(n.state.Join)
	if err != nil {
		return err
	}
	err = c.Procedure(ctx, "net.metanet.dev.fund", map[string]any{"address": operator}, nil)
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.Status == http.StatusNotImplemented {
		return errNoFaucet
	}
	if err != nil {
		return fmt.Errorf("faucet of %s: %w", n.state.Join, err)
	}
	return nil
}

// errNoFaucet: a real chain, where somebody has to send coins.
var errNoFaucet = errors.New("there is no faucet")
