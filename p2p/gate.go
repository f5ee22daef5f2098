package p2p

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// PeerList names peers by their ids and by the networks that they are in. The zero value is empty.
type PeerList struct {
	ids      map[peer.ID]struct{}
	networks []netip.Prefix
}

// ParsePeerList reads entries that are peer ids, IP addresses or networks such as 203.0.113.0/24.
func ParsePeerList(entries ...string) (PeerList, error) {
	l := PeerList{ids: make(map[peer.ID]struct{})}
	for _, e := range entries {
		if prefix, err := netip.ParsePrefix(e); err == nil {
			l.networks = append(l.networks, prefix.Masked())
		} else if ip, err := netip.ParseAddr(e); err == nil {
			ip = ip.Unmap()
			l.networks = append(l.networks, netip.PrefixFrom(ip, ip.BitLen()))
		} else if id, err := peer.Decode(e); err == nil {
			l.ids[id] = struct{}{}
		} else {
			return PeerList{}, fmt.Errorf("%w: %q is no peer id, IP address or network such as 203.0.113.0/24", ErrConfig, e)
		}
	}
	return l, nil
}

func (l PeerList) empty() bool { return len(l.ids)+len(l.networks) == 0 }

func (l PeerList) hasID(p peer.ID) bool {
	_, ok := l.ids[p]
	return ok
}

func (l PeerList) hasAddr(a multiaddr.Multiaddr) bool {
	ip, ok := addrOf(a)
	for _, n := range l.networks {
		if ok && n.Contains(ip) {
			return true
		}
	}
	return false
}

// gate decides which connections are made and let in: none with peers of other networks, none that the operator
// denies, and none to addresses inside somebody's house that a stranger has announced.
//
// The last is the rule that keeps announcements harmless. Anybody can announce, in the DHT, in the registry or in
// identify, that a peer is at 192.168.1.1 or at 127.0.0.1:8545: every node that believed it would knock at its own
// router or at a service that trusts its machine. So an address that isn't public is dialled only if the operator
// named the peer, if the node's own code asks for it (Connect), if multicast on the local network announced it, or if all that this node itself listens on is named
// and of the same kind (loopback, private): then it is part of a network that lives there, as in a development setup.
type gate struct {
	members *members
	metrics *metrics

	deny, allow PeerList
	home        map[scope]bool       // which scopes are ours
	named       map[peer.ID]struct{} // by the operator

	mu      sync.Mutex
	vouched map[string]struct{} // peer id and address: by Connect's caller, or by multicast
}

// vouchedMax bounds the memory for these; when it is full it begins anew, announcements repeat.
const vouchedMax = 256

func newGate(cfg Config, m *members, counts *metrics) *gate {
	g := &gate{
		members: m, metrics: counts, deny: cfg.Deny, allow: cfg.Allow,
		home: scopesOf(cfg.Listen), named: make(map[peer.ID]struct{}), vouched: make(map[string]struct{}),
	}
	for _, b := range cfg.Bootstrap {
		g.named[b.ID] = struct{}{}
	}
	return g
}

// scope is from where an address can be reached.
type scope int

const (
	public   scope = iota // the Internet
	private               // one network: home, office, data centre, carrier
	loopback              // one machine
	nowhere               // not to be dialled at all: multicast, documentation, reserved
)

// scopesOf are the scopes, beside public, in which addresses are believed by a node that listens so.
func scopesOf(listen []multiaddr.Multiaddr) map[scope]bool {
	home := make(map[scope]bool)
	for _, a := range listen {
		ip, ok := addrOf(a)
		if !ok || ip.IsUnspecified() || scopeOf(ip) == public {
			return nil // it lives on the Internet
		}
		home[scopeOf(ip)] = true
	}
	return home
}

// Ranges that netip's predicates don't know (IANA special-purpose registries). Those that carry an IPv4 address
// within an IPv6 one are never dialled: which machine they reach depends on gateways.
var (
	privateRanges = prefixes("100.64.0.0/10", "fec0::/10")
	nowhereRanges = prefixes("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16")
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func scopeOf(ip netip.Addr) scope {
	ip = ip.Unmap()
	in := func(ranges []netip.Prefix) bool {
		for _, r := range ranges {
			if r.Contains(ip) {
				return true
			}
		}
		return false
	}
	switch {
	case ip.IsLoopback():
		return loopback
	case ip.IsPrivate(), ip.IsLinkLocalUnicast(), in(privateRanges):
		return private
	case !ip.IsGlobalUnicast(), in(nowhereRanges):
		return nowhere
	}
	return public
}

// addrOf is the IP address of a, without IPv6 zone; names are resolved before a gater is asked.
func addrOf(a multiaddr.Multiaddr) (netip.Addr, bool) {
	ip, err := manet.ToIP(a)
	if err != nil {
		return netip.Addr{}, false
	}
	addr, ok := netip.AddrFromSlice(ip)
	return addr.Unmap(), ok
}

// believes reports whether an address may be dialled because somebody announced it.
func (g *gate) believes(a multiaddr.Multiaddr) bool {
	ip, ok := addrOf(a)
	if !ok {
		return isRelayed(a)
	}
	s := scopeOf(ip)
	return s == public || g.home[s]
}

// filter leaves the addresses that are worth remembering because somebody announced them; names are resolved, and
// looked at again, when they are dialled.
func (g *gate) filter(addrs []multiaddr.Multiaddr) []multiaddr.Multiaddr {
	return multiaddr.FilterAddrs(addrs, func(a multiaddr.Multiaddr) bool {
		return g.believes(a) || strings.HasPrefix(a.String(), "/dns")
	})
}

// isRelayed: the relay is dialled by itself, and asked about then.
func isRelayed(a multiaddr.Multiaddr) bool {
	_, err := a.ValueForProtocol(multiaddr.P_CIRCUIT)
	return err == nil
}

// heard remembers addresses that multicast announced for p. Multicast comes from this very network, which is no
// reason to knock at this machine's own services.
func (g *gate) heard(p peer.ID, addrs []multiaddr.Multiaddr) {
	g.vouch(p, multiaddr.FilterAddrs(addrs, func(a multiaddr.Multiaddr) bool {
		ip, ok := addrOf(a)
		return ok && scopeOf(ip) == private
	}))
}

// vouch lets p be dialled at addrs, wherever they are.
func (g *gate) vouch(p peer.ID, addrs []multiaddr.Multiaddr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range addrs {
		if len(g.vouched) >= vouchedMax {
			clear(g.vouched)
		}
		bare, _ := peer.SplitAddr(a) // as it will be dialled
		g.vouched[vouchedKey(p, bare)] = struct{}{}
	}
}

func (g *gate) isVouched(p peer.ID, a multiaddr.Multiaddr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.vouched[vouchedKey(p, a)]
	return ok
}

func vouchedKey(p peer.ID, a multiaddr.Multiaddr) string { return string(p) + string(a.Bytes()) }

// unwelcome is the operator's word on a peer at an address; deny wins over allow.
func (g *gate) unwelcome(p peer.ID, a multiaddr.Multiaddr) bool {
	if g.deny.hasID(p) || g.deny.hasAddr(a) {
		return true
	}
	_, named := g.named[p]
	return !g.allow.empty() && !named && !g.allow.hasID(p) && !g.allow.hasAddr(a)
}

func (g *gate) refuse(reason string) bool {
	g.metrics.gated.WithLabelValues(reason).Inc()
	return false
}

// The methods below make a gate a connection gater (core/connmgr.ConnectionGater).

// InterceptPeerDial refuses peers in quarantine and denied ones.
func (g *gate) InterceptPeerDial(p peer.ID) bool {
	switch {
	case g.members.isForeign(p):
		return g.refuse("foreign")
	case g.deny.hasID(p):
		return g.refuse("denied")
	}
	return true
}

// InterceptAddrDial refuses addresses that are nobody's business; names are resolved by now.
func (g *gate) InterceptAddrDial(p peer.ID, a multiaddr.Multiaddr) bool {
	if g.unwelcome(p, a) {
		return g.refuse("denied")
	}
	if _, ok := g.named[p]; ok || g.believes(a) || g.isVouched(p, a) {
		return true
	}
	return g.refuse("private_address")
}

// InterceptAccept refuses denied addresses; the resource manager counts the others.
func (g *gate) InterceptAccept(c network.ConnMultiaddrs) bool {
	if g.deny.hasAddr(c.RemoteMultiaddr()) {
		return g.refuse("denied")
	}
	return true
}

// InterceptSecured refuses peers in quarantine and unwelcome ones once the handshake has shown who they are.
func (g *gate) InterceptSecured(_ network.Direction, p peer.ID, c network.ConnMultiaddrs) bool {
	switch {
	case g.members.isForeign(p):
		return g.refuse("foreign")
	case g.unwelcome(p, c.RemoteMultiaddr()):
		return g.refuse("denied")
	}
	return true
}

// InterceptUpgraded allows every connection that came so far.
func (g *gate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
