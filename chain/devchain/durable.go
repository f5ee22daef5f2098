package devchain

import (
	"net"
	"sync"
)

// gate separates "canonical" from "durable". The sealer holds it closed from
// before a block becomes visible until its sync has returned; whoever speaks to
// the outside passes it first. So nothing that leaves this process can depend on
// a block that kill -9 would undo.
type gate struct {
	mu  sync.RWMutex
	err error // set once when a sync failed: nothing leaves any more
}

// commit runs f (make a block visible, then durable) with the gate closed.
// After an error it stays shut for good: the block is visible but not durable.
func (g *gate) commit(f func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = f()
	}
	return g.err
}

// pass waits until every block visible at the time of the call is durable.
func (g *gate) pass() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.err
}

// durableListener hands out connections whose writes pass the gate. What is
// written was computed before the write, hence from blocks that were visible
// then: HTTP answers, WebSocket answers and subscriptions alike.
type durableListener struct {
	net.Listener
	gate *gate
}

func (l durableListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return durableConn{c, l.gate}, nil
}

type durableConn struct {
	net.Conn
	gate *gate
}

func (c durableConn) Write(b []byte) (int, error) {
	if err := c.gate.pass(); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
