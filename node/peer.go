package node

import (
	"context"
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"metanet/chain"
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
		Key: key, Network: n.state.Network, Listen: listen, Bootstrap: bootstrap, Deny: deny, Allow: allow, Book: n.store.Space("peers"), Directory: n.directory, MDNS: n.cfg.MDNS, MapPorts: n.cfg.MapPorts, DHT: true,
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
		n.state.P2P = append(n.state.P2P, withoutCertificates(a).String())
	}
}

// directory is what ServerRegistry says of where servers are: with nothing but a
// chain, a node finds the network. Anybody can register anything; the wire holds
// each peer to the id that stands there.
func (n *Node) directory(ctx context.Context) ([]peer.AddrInfo, error) {
	servers, err := n.anchor.follower.Servers(ctx)
	if err != nil {
		return nil, err
	}
	var infos []peer.AddrInfo
	for _, s := range servers {
		if info, ok := peerOf(s); ok {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// peerOf reads a registered peer id and its addresses, without those where the web
// answers. ok is false if none is left.
func peerOf(s chain.Server) (info peer.AddrInfo, ok bool) {
	id, err := peer.IDFromBytes(s.PeerID)
	if err != nil {
		return info, false
	}
	info.ID = id
	for _, text := range s.Addrs {
		a, err := multiaddr.NewMultiaddr(text)
		if err != nil {
			continue
		}
		_, last := multiaddr.SplitLast(a)
		if code := last.Protocol().Code; code != multiaddr.P_HTTP && code != multiaddr.P_HTTPS {
			info.Addrs = append(info.Addrs, a)
		}
	}
	return info, len(info.Addrs) > 0
}

// withoutCertificates leaves out the hashes of WebTransport's certificates, which
// change every few days: they are no part of where a node listens.
func withoutCertificates(a multiaddr.Multiaddr) multiaddr.Multiaddr {
	before, _ := multiaddr.SplitFunc(a, func(c multiaddr.Component) bool { return c.Protocol().Code == multiaddr.P_CERTHASH })
	return before
}
