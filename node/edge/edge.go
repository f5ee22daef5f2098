// Package edge bounds the connections that HTTP listeners let in, of all clients
// together and of each address, so that nobody keeps others out by holding
// connections open. It knows nothing of HTTP: what a connection may ask, and how
// slowly, is for the server behind it.
package edge

import (
	"net"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// The limits, over all listeners together.
const (
	// Connections is how many there are at most: some 20 KiB each. Beyond it new ones
	// are closed; waiting in the kernel's queue instead would hide that from clients,
	// and let those who hold the places keep them.
	Connections = 4096
	// PerAddress is how many one IPv4 address or IPv6 /64 has at most: a browser
	// opens six, an office behind one address some dozens. Loopback and trusted
	// proxies, which carry many people, are bounded by Connections only.
	PerAddress = 128
)

// Gate counts connections. It lets in what is within the limits and closes the rest at once.
type Gate struct {
	trusted []netip.Prefix
	refused *prometheus.CounterVec // reason

	mu   sync.Mutex
	open int
	by   map[netip.Prefix]int
}

// New is a gate at which nobody waits. Addresses in trusted are not counted one by one.
func New(trusted []netip.Prefix, reg prometheus.Registerer) (*Gate, error) {
	e := &Gate{trusted: trusted, by: make(map[netip.Prefix]int)}
	e.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "metanet_http_connections_refused_total", Help: "HTTP connections closed at once, by the limit that they were over.",
	}, []string{"limit"})
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "metanet_http_connections", Help: "HTTP connections."}, func() float64 {
		e.mu.Lock()
		defer e.mu.Unlock()
		return float64(e.open)
	})
	if err := reg.Register(e.refused); err != nil {
		return nil, err
	}
	return e, reg.Register(open)
}

// Guard puts the gate before l.
func (e *Gate) Guard(l net.Listener) net.Listener { return guarded{l, e} }

type guarded struct {
	net.Listener
	gate *Gate
}

// Accept returns the next connection within the limits.
func (g guarded) Accept() (net.Conn, error) {
	e := g.gate
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, counted := e.source(c.RemoteAddr())
		if limit := e.enter(from, counted); limit != "" {
			e.refused.WithLabelValues(limit).Inc()
			c.Close()
			continue
		}
		return &conn{Conn: c, leave: sync.OnceFunc(func() { e.leave(from, counted) })}, nil
	}
}

// source is the network to which a connection is counted; counted is false for those that are not.
func (e *Gate) source(a net.Addr) (from netip.Prefix, counted bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return from, false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.IsLoopback() {
		return from, false
	}
	for _, t := range e.trusted {
		if t.Contains(ip) {
			return from, false
		}
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	from, err := ip.Prefix(bits)
	return from, err == nil
}

// enter counts a connection in, or says which limit it is over.
func (e *Gate) enter(from netip.Prefix, counted bool) (limit string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.open >= Connections:
		return "all"
	case counted && e.by[from] >= PerAddress:
		return "address"
	}
	e.open++
	if counted {
		e.by[from]++
	}
	return ""
}

func (e *Gate) leave(from netip.Prefix, counted bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open--
	if !counted {
		return
	}
	if e.by[from]--; e.by[from] == 0 {
		delete(e.by, from)
	}
}

// conn counts itself out when it is closed.
type conn struct {
	net.Conn
	leave func()
}

func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}
