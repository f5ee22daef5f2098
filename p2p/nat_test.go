package p2p

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/config"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// A node that cannot be reached is called at a member that can. The call is a limited connection, on which nothing of
// ours runs: it doesn't make the caller a member.
func TestRelay(t *testing.T) {
	relay := startNode(t, func(c *Config) { c.reachability = network.ReachabilityPublic })
	hidden := startNode(t, impatient, func(c *Config) { c.reachability = network.ReachabilityPrivate })
	caller := startNode(t, func(c *Config) { c.reachability = network.ReachabilityPrivate })
	connect(t, hidden, relay)

	var at []multiaddr.Multiaddr
	for _, a := range relay.Addrs() {
		at = append(at, a.Encapsulate(multiaddr.StringCast("/p2p-circuit")))
	}
	eventually(t, "the hidden node is called", func() bool {
		ctx, cancel := context.WithTimeout(network.WithAllowLimitedConn(t.Context(), "test"), 5*time.Second)
		defer cancel()
		return caller.Host().Connect(ctx, peer.AddrInfo{ID: hidden.ID(), Addrs: at}) == nil
	})
	conns := caller.Host().Network().ConnsToPeer(hidden.ID())
	if len(conns) == 0 {
		t.Fatal("the call has ended already")
	}
	for _, c := range conns {
		if !c.Stat().Limited {
			return // a hole was punched, which loopback may allow
		}
	}
	if hidden.isMember(caller.ID()) || caller.isMember(hidden.ID()) {
		t.Error("a limited connection makes a member")
	}
}

// A node on loopback or in a private network relays for nobody, and probes nobody's addresses.
func TestNoRelayAtHome(t *testing.T) {
	n := startNode(t)
	for _, p := range n.Host().Mux().Protocols() {
		switch p {
		case "/libp2p/circuit/relay/0.2.0/hop", "/libp2p/autonat/1.0.0", "/libp2p/autonat/2/dial-request":
			t.Errorf("speaks %s", p)
		}
	}
}

// The router is asked for ports only by a node that is told to, and that listens where the router could send anybody.
func TestMapPorts(t *testing.T) {
	for _, c := range []struct {
		listen string
		told   bool
		want   bool
	}{
		{"/ip4/0.0.0.0/udp/4001/quic-v1", true, true},
		{"/ip4/0.0.0.0/udp/4001/quic-v1", false, false},
		{"/ip4/127.0.0.1/tcp/4001", true, false},
		{"/ip4/192.168.1.7/tcp/4001", true, false},
	} {
		cfg := Config{Listen: listen(c.listen), MapPorts: c.told, timing: defaultTiming}
		n := &Node{cfg: cfg, gate: newGate(cfg, nil, nil)}
		var host config.Config
		if err := host.Apply(n.natOptions()...); err != nil {
			t.Fatal(err)
		}
		if got := host.NATManager != nil; got != c.want {
			t.Errorf("%s, told %v: asked %v", c.listen, c.told, got)
		}
	}
}
