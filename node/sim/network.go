package sim

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/marcopolo/simnet"
	"github.com/multiformats/go-multiaddr"
	quicgo "github.com/quic-go/quic-go"
	"go.uber.org/fx"
)

// bandwidth is that of a home's line, each way.
const bandwidth = 20 * simnet.Mibps

// network is the lines between nodes. Each has an IPv4 address and one UDP port.
type network struct {
	net *simnet.Simnet

	mu     sync.Mutex
	r      *rand.Rand
	delays map[[2]byte]time.Duration // between groups of nodes
	side   map[string]int            // by IP, while there is a partition
	loss   float64

	lost, cut atomic.Int64 // packets
	sent      atomic.Int64 // bytes
}

func newNetwork(seed uint64) *network {
	n := &network{r: rand.New(rand.NewPCG(seed, 1)), delays: make(map[[2]byte]time.Duration), net: &simnet.Simnet{Logger: slog.New(slog.DiscardHandler)}}
	n.net.LatencyFunc = n.latency
	n.net.Start()
	return n
}

// address is where the i-th node listens.
func address(i int) (ip net.IP, listen multiaddr.Multiaddr) {
	ip = net.IPv4(10, byte(i>>16), byte(i>>8), byte(i))
	return ip, multiaddr.StringCast(fmt.Sprintf("/ip4/%s/udp/4001/quic-v1", ip))
}

// latency is fixed between two sixteenths of the nodes: 5 to 120 ms.
func (n *network) latency(p *simnet.Packet) time.Duration {
	from, to := p.From.(*net.UDPAddr).IP.To4(), p.To.(*net.UDPAddr).IP.To4()
	between := [2]byte{from[3] % 16, to[3] % 16}
	if between[0] > between[1] {
		between[0], between[1] = between[1], between[0]
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	d, ok := n.delays[between]
	if !ok {
		d = 5*time.Millisecond + time.Duration(n.r.Int64N(int64(115*time.Millisecond)))
		n.delays[between] = d
	}
	return d
}

// divide cuts all lines between nodes of different sides.
func (n *network) divide(side map[string]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.side = side
}

func (n *network) lose(part float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.loss = part
}

// drops decides about one packet.
func (n *network) drops(from, to net.IP) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.side != nil && n.side[from.String()] != n.side[to.String()]:
		n.cut.Add(1)
		return true
	case n.loss > 0 && n.r.Float64() < n.loss:
		n.lost.Add(1)
		return true
	}
	return false
}

// line is a node's end of the network.
type line struct {
	*simnet.SimConn
	net *network
	ip  net.IP
}

func (l line) WriteTo(p []byte, to net.Addr) (int, error) {
	l.net.sent.Add(int64(len(p)))
	if l.net.drops(l.ip, to.(*net.UDPAddr).IP) {
		return len(p), nil
	}
	return l.SimConn.WriteTo(p, to)
}

// transports has libp2p speak QUIC over the simulated network.
func (n *network) transports(ip net.IP) []libp2p.Option {
	each := simnet.LinkSettings{BitsPerSecond: bandwidth}
	settings := simnet.NodeBiDiLinkSettings{Downlink: each, Uplink: each}
	listen := func(_ string, at *net.UDPAddr) (net.PacketConn, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		return line{n.net.NewEndpoint(&net.UDPAddr{IP: ip, Port: at.Port}, settings), n, ip}, nil
	}
	route := func() (quicreuse.SourceIPSelector, error) { return source{ip}, nil }
	manager := func(l fx.Lifecycle, reset quicgo.StatelessResetKey, token quicgo.TokenGeneratorKey, opts ...quicreuse.Option) (*quicreuse.ConnManager, error) {
		m, err := quicreuse.NewConnManager(reset, token, opts...)
		if err == nil {
			l.Append(fx.StopHook(m.Close)) // who brings one closes it
		}
		return m, err
	}
	return []libp2p.Option{
		libp2p.Transport(quic.NewTransport),
		libp2p.QUICReuse(manager, quicreuse.OverrideListenUDP(listen), quicreuse.OverrideSourceIPSelector(route)),
		libp2p.DisableIdentifyAddressDiscovery(), // waits for the machine's own network
	}
}

type source struct{ ip net.IP }

func (s source) PreferredSourceIPForDestination(*net.UDPAddr) (net.IP, error) { return s.ip, nil }
