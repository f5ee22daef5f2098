package p2p

import (
	"context"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// paceFull is the number of messages waiting for a peer from which Publish counts it as full: half of what
	// would be dropped, the other half is for what we forward.
	paceFull = gossipQueue / 2

	// paceWait is the longest that one Publish waits for the peers. Hostile peers that read slowly can therefore
	// not hold the node below ten messages a second, and nobody waits for a peer that has died.
	paceWait = 100 * time.Millisecond
)

// pacer slows publishing down to what most peers can take. GossipSub drops what exceeds a peer's queue, and a burst of
// own records (an import, an outbox after a long pause) would lose most of itself there.
type pacer struct {
	mu    sync.Mutex
	peers map[peer.ID]int // messages in the outbound queue
	full  int             // peers with at least paceFull
	room  chan struct{}   // closed, and made anew, when a peer is full no more
}

func newPacer() *pacer { return &pacer{peers: make(map[peer.ID]int), room: make(chan struct{})} }

func (c *pacer) add(p peer.ID) {
	c.remove(p) // a stream that replaces another begins with an empty queue
	c.mu.Lock()
	defer c.mu.Unlock()
	c.peers[p] = 0
}

func (c *pacer) remove(p peer.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.peers[p] >= paceFull {
		c.drained()
	}
	delete(c.peers, p)
}

func (c *pacer) queued(p peer.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.peers[p]; ok {
		c.peers[p] = n + 1
		if n+1 == paceFull {
			c.full++
		}
	}
}

func (c *pacer) sent(p peer.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A message may be sent before it was said to be queued; and the first of a stream never is.
	if n, ok := c.peers[p]; ok {
		c.peers[p] = n - 1
		if n == paceFull {
			c.drained()
		}
	}
}

// drained counts a full peer out and wakes those who wait; c.mu is held.
func (c *pacer) drained() {
	c.full--
	close(c.room)
	c.room = make(chan struct{})
}

// wait returns when at least half of the peers have room, or after paceWait.
func (c *pacer) wait(ctx context.Context) error {
	var timeout <-chan time.Time
	for {
		c.mu.Lock()
		crowded, room := 2*c.full > len(c.peers), c.room
		c.mu.Unlock()
		if !crowded {
			return nil
		}
		if timeout == nil {
			timeout = time.After(paceWait)
		}
		select {
		case <-room:
		case <-timeout:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
