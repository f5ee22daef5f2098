package p2p

import (
	"errors"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// Which addresses are dialled on whose word, for each way to listen.
func TestGateAddresses(t *testing.T) {
	const operator, near, stranger = peer.ID("operator's"), peer.ID("near"), peer.ID("stranger")
	internet := []string{"/ip4/0.0.0.0/tcp/4001"}
	machine := []string{"/ip4/127.0.0.1/tcp/4001"}
	office := []string{"/ip4/10.1.2.3/tcp/4001", "/ip4/127.0.0.1/tcp/4001"}
	mixed := []string{"/ip4/127.0.0.1/tcp/4001/ws", "/ip4/0.0.0.0/udp/4001/quic-v1"}
	for _, c := range []struct {
		listen []string
		peer   peer.ID
		addr   string
		want   bool
	}{
		{internet, stranger, "/ip4/8.8.8.8/tcp/4001", true},
		{internet, stranger, "/ip6/2606:4700::1/udp/4001/quic-v1", true},
		{internet, stranger, "/ip4/127.0.0.1/tcp/8545", false},
		{internet, stranger, "/ip6/::1/tcp/8545", false},
		{internet, stranger, "/ip6/::ffff:127.0.0.1/tcp/8545", false},
		{internet, stranger, "/ip6/::ffff:10.0.0.1/tcp/80", false},
		{internet, stranger, "/ip6/64:ff9b::a00:1/tcp/80", false},
		{internet, stranger, "/ip6/2002:a00:1::1/tcp/80", false},
		{internet, stranger, "/ip4/192.168.1.1/tcp/80", false},
		{internet, stranger, "/ip4/169.254.169.254/tcp/80", false},
		{internet, stranger, "/ip4/100.64.0.1/tcp/80", false},
		{internet, stranger, "/ip4/0.0.0.0/tcp/80", false},
		{internet, stranger, "/ip4/224.0.0.1/udp/4001/quic-v1", false},
		{internet, stranger, "/ip4/255.255.255.255/udp/4001/quic-v1", false},
		{internet, stranger, "/ip6/fe80::1/tcp/80", false},
		{internet, stranger, "/ip6/fd00::1/tcp/80", false},
		{internet, stranger, "/dns4/unresolved.example/tcp/80", false},
		{internet, operator, "/ip4/192.168.1.1/tcp/4001", true},
		{internet, near, "/ip4/192.168.1.7/tcp/4001", true},
		{internet, near, "/ip4/192.168.1.8/tcp/4001", false}, // not what was heard
		{internet, near, "/ip4/127.0.0.1/tcp/4001", false},   // heard, and still not ours to knock at
		{machine, stranger, "/ip4/127.0.0.1/tcp/4001", true},
		{machine, stranger, "/ip4/10.0.0.1/tcp/4001", false},
		{office, stranger, "/ip4/10.0.0.1/tcp/4001", true},
		{mixed, stranger, "/ip4/127.0.0.1/tcp/4001", false},
		{nil, stranger, "/ip4/127.0.0.1/tcp/4001", false},
		{nil, stranger, "/ip4/8.8.8.8/tcp/4001", true},
	} {
		counts, _ := newMetrics(nil)
		cfg := testConfig(t)
		cfg.Listen, cfg.Bootstrap = listen(c.listen...), []peer.AddrInfo{{ID: operator}}
		g := newGate(cfg, newMembers(string(cfg.prefix()), cfg.Logger), counts)
		g.heard(near, listen("/ip4/192.168.1.7/tcp/4001", "/ip4/127.0.0.1/tcp/4001"))
		if got := g.InterceptAddrDial(c.peer, multiaddr.StringCast(c.addr)); got != c.want {
			t.Errorf("listening on %v, %s at %s: %v, want %v", c.listen, c.peer, c.addr, got, c.want)
		}
	}
}

func TestGateForgetsWhatItHeard(t *testing.T) {
	counts, _ := newMetrics(nil)
	cfg := testConfig(t)
	g := newGate(cfg, newMembers(string(cfg.prefix()), cfg.Logger), counts)
	a := listen("/ip4/192.168.1.7/tcp/4001")
	for i := range 10 * vouchedMax {
		g.heard(peer.ID(rune(i)), a)
	}
	if len(g.vouched) > vouchedMax {
		t.Errorf("%d addresses kept", len(g.vouched))
	}
}

func TestParsePeerList(t *testing.T) {
	id := startNode(t).ID()
	l, err := ParsePeerList(id.String(), "203.0.113.0/24", "::ffff:198.51.100.7", "2001:db8::/32")
	if err != nil || !l.hasID(id) || l.hasID("other") {
		t.Fatalf("%+v, %v", l, err)
	}
	for addr, want := range map[string]bool{
		"/ip4/203.0.113.200/tcp/1": true, "/ip4/198.51.100.7/udp/1/quic-v1": true, "/ip6/2001:db8::9/tcp/1": true,
		"/ip6/::ffff:203.0.113.9/tcp/1": true, "/ip4/198.51.100.8/tcp/1": false, "/dns4/example.org/tcp/1": false,
	} {
		if got := l.hasAddr(multiaddr.StringCast(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	for _, bad := range []string{"", "example.org", "203.0.113.0/33", "12D3KooW"} {
		if _, err := ParsePeerList(bad); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The operator's lists hold in both directions, for ids and for addresses.
func TestDenyAndAllow(t *testing.T) {
	b := startNode(t)
	list := func(entries ...string) PeerList {
		l, err := ParsePeerList(entries...)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for name, c := range map[string]struct {
		change func(*Config)
		want   bool
	}{
		"no list":           {func(*Config) {}, true},
		"denied id":         {func(c *Config) { c.Deny = list(b.ID().String()) }, false},
		"denied address":    {func(c *Config) { c.Deny = list("127.0.0.0/8") }, false},
		"another denied":    {func(c *Config) { c.Deny = list("203.0.113.1") }, true},
		"allowed id":        {func(c *Config) { c.Allow = list(b.ID().String()) }, true},
		"allowed address":   {func(c *Config) { c.Allow = list("127.0.0.1") }, true},
		"another allowed":   {func(c *Config) { c.Allow = list("203.0.113.1") }, false},
		"denied of allowed": {func(c *Config) { c.Allow, c.Deny = list("127.0.0.1"), list(b.ID().String()) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := startNode(t, c.change)
			if err := a.Connect(t.Context(), info(b)); (err == nil) != c.want {
				t.Errorf("dialled: %v", err)
			}
			if c.want {
				return
			}
			if err := b.Connect(t.Context(), info(a)); err == nil {
				t.Error("let in")
			}
		})
	}
}

// A node that lives nowhere dials what its own code names, and nothing else in the house.
func TestConnectVouches(t *testing.T) {
	b := startNode(t)
	a := startNode(t, func(c *Config) { c.Listen = nil })
	if err := a.connect(t.Context(), info(b)); err == nil {
		t.Error("dialled an announced loopback address")
	}
	if err := a.Connect(t.Context(), peer.AddrInfo{ID: b.ID(), Addrs: b.Addrs()}); err != nil { // with /p2p/ID
		t.Error(err)
	}
}

// Each transport carries the protocols.
func TestTransports(t *testing.T) {
	for _, addr := range []string{
		"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/udp/0/quic-v1/webtransport", "/ip4/127.0.0.1/tcp/0/ws",
	} {
		t.Run(addr, func(t *testing.T) {
			a := startNode(t)
			b := startNode(t, func(c *Config) { c.Listen = listen(addr) })
			connect(t, a, b)
		})
	}
}
