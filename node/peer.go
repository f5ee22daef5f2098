package node

import (
	"context"
	"fmt"
	"strings"

	"github.com/multiformats/go-multiaddr"

	"metanet/p2p"
)

// userAgent is what the node calls itself to peers.
const userAgent = "metanet"

func (n *Node) openPeer(ctx context.Context) error {
	key, err := p2p.LoadKey(n.home.path("keys/peer.key"))
	if err != nil {
		return err
	}
	bootstrap, err := p2p.ParseAddrs(append(append([]string{}, n.cfg.Peers...), n.state.Peers...)...)
	if err != nil {
		return err
	}
	var listen []multiaddr.Multiaddr
	for _, addr := range n.state.P2P {
		a, err := multiaddr.NewMultiaddr(addr)
		if err != nil {
			return fmt.Errorf("p2p: %q: %w", addr, err)
		}
		listen = append(listen, a)
	}
	deny, err := p2p.ParsePeerList(n.cfg.PeerDeny...)
	if err != nil {
		return err
	}
	allow, err := p2p.ParsePeerList(n.cfg.PeerAllow...)
	if err != nil {
		return err
	}
	n.peer, err = p2p.New(ctx, p2p.Config{
		Key: key, Network: n.state.Network, Listen: listen, Bootstrap: bootstrap, Deny: deny, Allow: allow, MDNS: n.cfg.MDNS, DHT: true,
		Blockstore: n.blobs.Blockstore(), UserAgent: userAgent, Logger: n.log.With("part", "p2p"), Registerer: n.registry,
	})
	if err != nil {
		return fmt.Errorf("%w (choose other addresses with --p2p)", err)
	}
	n.onClose(n.peer.Close)
	if n.state.Domain == "" {
		id := n.peer.ID().String()
		n.state.Domain = "m" + strings.ToLower(id[len(id)-8:]) + ".test"
	}
	n.rememberAddrs()
	return n.home.saveNetwork(n.state)
}

// rememberAddrs keeps the ports that were found free, so that peers find the node
// again after a restart.
func (n *Node) rememberAddrs() {
	free := false
	for _, addr := range n.state.P2P {
		free = free || strings.Contains(addr+"/", "/0/")
	}
	if !free {
		return
	}
	n.state.P2P = nil
	for _, a := range n.peer.Host().Network().ListenAddresses() {
		n.state.P2P = append(n.state.P2P, a.String())
	}
}
