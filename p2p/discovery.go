package p2p

import (
	"context"
	"fmt"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	manet "github.com/multiformats/go-multiaddr/net"
)

// mdnsDials bounds dials to peers that multicast announced: anybody on the local net can announce any number.
const mdnsDials = 4

func (n *Node) startDiscovery() error {
	if n.cfg.DHT {
		if err := n.startDHT(); err != nil {
			return err
		}
	}
	if n.cfg.MDNS && !n.listensOnLoopbackOnly() {
		if err := n.startMDNS(); err != nil {
			// A machine without multicast is no reason not to run.
			n.log.Warn("mDNS is not available", "err", err)
		}
	}
	return nil
}

// startDHT joins the network's own DHT. Only its routing table is used: refreshing it walks the key space and so
// connects to peers all over the network. Values and provider records are off, since an open store for strangers'
// data is a liability and nothing here needs it.
func (n *Node) startDHT() error {
	d, err := dht.New(n.host,
		dht.ProtocolPrefix(n.cfg.prefix()),
		dht.Mode(dht.ModeAutoServer), // a network on private addresses has no publicly reachable servers
		dht.AddressFilter(n.gate.filter),
		dht.DisableValues(),
		dht.DisableProviders(),
		dht.BootstrapPeers(n.cfg.Bootstrap...),
	)
	if err != nil {
		return fmt.Errorf("p2p: dht: %w", err)
	}
	n.onClose(d.Close)
	if err := d.Bootstrap(n.ctx); err != nil {
		return fmt.Errorf("p2p: dht: %w", err)
	}
	return nil
}

func (n *Node) startMDNS() error {
	finder := &mdnsFinder{node: n, slots: make(chan struct{}, mdnsDials)}
	service := mdns.NewMdnsService(n.host, "_metanet-"+n.cfg.Network+"._udp", finder)
	if err := service.Start(); err != nil {
		return err
	}
	n.onClose(service.Close)
	return nil
}

// mdnsFinder connects to peers that announce themselves on the local net.
type mdnsFinder struct {
	node  *Node
	slots chan struct{}
}

// HandlePeerFound is called for each announcement, again and again; one too many is dropped, it will be repeated.
func (f *mdnsFinder) HandlePeerFound(info peer.AddrInfo) {
	if info.ID == f.node.ID() {
		return
	}
	select {
	case f.slots <- struct{}{}:
	default:
		return
	}
	f.node.gate.heard(info.ID, info.Addrs)
	f.node.spawn(func() {
		defer func() { <-f.slots }()
		ctx, cancel := context.WithTimeout(f.node.ctx, dialTimeout)
		defer cancel()
		if err := f.node.connect(ctx, info); err != nil {
			f.node.log.Debug("peer found by mDNS is unreachable", "peer", info.ID, "err", err)
		}
	})
}

func (n *Node) listensOnLoopbackOnly() bool {
	for _, a := range n.cfg.Listen {
		if !manet.IsIPLoopback(a) {
			return false
		}
	}
	return true
}
