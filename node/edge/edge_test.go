package edge

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// fake is a connection from an address; only closing it means anything.
type fake struct {
	net.Conn
	from   string
	closed int
}

func (f *fake) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.from)) }
func (f *fake) Close() error         { f.closed++; return nil }

// queue is a listener whose connections are given.
type queue struct {
	net.Listener
	waiting []*fake
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.waiting) == 0 {
		return nil, io.EOF
	}
	c := q.waiting[0]
	q.waiting = q.waiting[1:]
	return c, nil
}

func gate(t *testing.T) *Gate {
	t.Helper()
	g, err := New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// take accepts all that wait, and returns those that were let in.
func take(t *testing.T, l net.Listener) (in []net.Conn) {
	t.Helper()
	for {
		c, err := l.Accept()
		if errors.Is(err, io.EOF) {
			return in
		}
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, c)
	}
}

func times(n int, from ...string) (all []*fake) {
	for i := range n {
		all = append(all, &fake{from: from[i%len(from)]})
	}
	return all
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		from []string
		want int
	}{
		"one address":              {[]string{"203.0.113.7:1"}, PerAddress},
		"mapped is the same":       {[]string{"203.0.113.7:1", "[::ffff:203.0.113.7]:2"}, PerAddress},
		"one /64":                  {[]string{"[2001:db8::1]:1", "[2001:db8::ffff:2]:1"}, PerAddress},
		"two addresses":            {[]string{"203.0.113.7:1", "203.0.113.8:1"}, 2 * PerAddress},
		"two networks":             {[]string{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1"}, 2 * PerAddress},
		"loopback, up to all":      {[]string{"127.0.0.1:1", "[::1]:1"}, Connections},
		"trusted proxy, up to all": {[]string{"10.1.2.3:1"}, Connections},
	} {
		t.Run(name, func(t *testing.T) {
			q := &queue{waiting: times(Connections+1, c.from...)}
			offered := q.waiting
			l := gate(t).Guard(q)
			in := take(t, l)
			if len(in) != c.want {
				t.Fatalf("%d let in, want %d", len(in), c.want)
			}
			closed := 0
			for _, f := range offered {
				closed += f.closed
			}
			if closed != len(offered)-c.want {
				t.Errorf("%d closed of %d", closed, len(offered)-c.want)
			}
			// Whoever leaves, even twice, makes room for one.
			in[0].Close()
			in[0].Close()
			q.waiting = times(3, c.from[0])
			if again := take(t, l); len(again) != 1 {
				t.Errorf("%d let in after one left", len(again))
			}
			for _, c := range in[1:] {
				c.Close()
			}
		})
	}
}

func TestForgetsWhoLeft(t *testing.T) {
	q := &queue{waiting: times(200, "203.0.113.7:1", "203.0.113.8:1", "127.0.0.1:1")}
	g := gate(t)
	for _, c := range take(t, g.Guard(q)) {
		c.Close()
	}
	if len(g.by) != 0 || g.open != 0 {
		t.Errorf("%v, %d open", g.by, g.open)
	}
}

// TestListenersShare: who has all its places at one listener has none at another.
func TestListenersShare(t *testing.T) {
	g := gate(t)
	if in := take(t, g.Guard(&queue{waiting: times(PerAddress, "203.0.113.7:1")})); len(in) != PerAddress {
		t.Fatalf("%d let in", len(in))
	}
	if in := take(t, g.Guard(&queue{waiting: times(2, "203.0.113.7:2", "203.0.113.8:1")})); len(in) != 1 {
		t.Errorf("%d let in at the other listener, want the other address only", len(in))
	}
}
