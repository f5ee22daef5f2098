package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/multiformats/go-multiaddr"

	"metanet/chain"
	"metanet/node/client"
	"metanet/node/native"
)

// joinPatience is how long a node that is to be joined may take to answer.
const joinPatience = 15 * time.Second

// join learns from a running node which network to share. It remembers the
// answer, so that later starts need neither the flag nor that node.
func (n *Node) join(ctx context.Context) error {
	if n.cfg.Join == "" || n.cfg.Join == n.state.Join {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, joinPatience)
	defer cancel()
	about, err := readAbout(ctx, n.cfg.Join)
	if err != nil {
		return fmt.Errorf("join %s: %w", n.cfg.Join, err)
	}
	if n.state.Network != "" && n.state.Network != about.Network.String() {
		return fmt.Errorf("join %s: it belongs to network %s, this home to %s; use another --home", n.cfg.Join, about.Network, n.state.Network)
	}
	if n.cfg.Chain == "" {
		if about.Chain.RPC == "" {
			return fmt.Errorf("join %s: its chain is %d, and it offers no RPC of its own: name one with --chain URL", n.cfg.Join, about.Chain.ID)
		}
		n.state.Chain = about.Chain.RPC
	}
	for _, addr := range about.Peer.Addresses {
		if _, err := multiaddr.NewMultiaddr(addr); err != nil {
			return fmt.Errorf("join %s: peer address %.100q: %w", n.cfg.Join, addr, err)
		}
	}
	n.state.Peers, n.state.Join = about.Peer.Addresses, n.cfg.Join
	n.joined = about
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
// that has been followed: the network is recomputed from the chain's own answers.
func (n *Node) checkJoined(ctx context.Context) error {
	about := n.joined
	if about == nil {
		return nil
	}
	if network := n.anchor.contracts.Network(); network != about.Network {
		return fmt.Errorf("join %s: it says network %s, the chain says %s", n.state.Join, about.Network, network)
	}
	if err := n.anchor.catchUp(ctx, n.log); err != nil {
		return err
	}
	if about.Server.ID == 0 {
		return nil // not registered yet, so it promises nothing
	}
	server, err := n.anchor.follower.Server(ctx, about.Server.ID)
	if errors.Is(err, chain.ErrUnknownServer) {
		return fmt.Errorf("join %s: it says that it is server %d, which the chain doesn't know", n.state.Join, about.Server.ID)
	}
	if err != nil {
		return err
	}
	if server.Domain != about.Server.Domain || server.Owner.Checksum() != about.Server.Owner {
		return fmt.Errorf("join %s: it says that server %d is %s of %s; the chain says %s of %s", n.state.Join,
			server.ID, about.Server.Domain, about.Server.Owner, server.Domain, server.Owner.Checksum())
	}
	versions, err := n.anchor.follower.Policies(ctx, server.ID)
	if err != nil {
		return err
	}
	if uint64(len(versions)) < about.Policy.Count {
		return fmt.Errorf("join %s: it shows %d policy versions, the chain has %d", n.state.Join, about.Policy.Count, len(versions))
	}
	if about.Policy.Count > 0 && versions[about.Policy.Count-1].Head.Hex() != about.Policy.Head {
		return fmt.Errorf("join %s: its policy history is not the one on-chain", n.state.Join)
	}
	return nil
}

// askFaucet has the joined node's faucet fund this operator, on a development chain.
func (n *Node) askFaucet(ctx context.Context) error {
	if n.anchor.dev != nil || n.state.Join == "" {
		return nil
	}
	balance, err := n.anchor.sender.Balance(ctx)
	if err != nil || balance.Sign() > 0 {
		return err
	}
	c, err := client.New(n.state.Join)
	if err != nil {
		return err
	}
	var done struct {
		Tx string `json:"tx"`
	}
	in := map[string]any{"address": n.ring.Operator().Address()}
	err = c.Procedure(ctx, "net.metanet.dev.fund", in, &done)
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.Status == 501 {
		return nil // a real chain: somebody has to send coins
	}
	if err != nil {
		return fmt.Errorf("faucet of %s: %w", n.state.Join, err)
	}
	return nil
}
