package p2p

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// turnstile admits peers to something that is served to a few at a time, each not too
// often.
type turnstile struct {
	max, maxPeer int // at once, over all peers and for one
	rate         rate.Limit
	burst        int
	serving      sync.WaitGroup

	mu       sync.Mutex
	draining bool // nobody is admitted any more; serving.Add happens under mu
	total    int
	byPeer   map[peer.ID]int
	limiters map[peer.ID]*rate.Limiter
}

func newTurnstile(max, maxPeer int, every rate.Limit, burst int) turnstile {
	return turnstile{max: max, maxPeer: maxPeer, rate: every, burst: burst, byPeer: make(map[peer.ID]int), limiters: make(map[peer.ID]*rate.Limiter)}
}

// enter admits p, who must end, or says why not. mu is held.
func (g *turnstile) enter(p peer.ID) *pullRefusal {
	switch {
	case g.draining || g.total >= g.max || g.byPeer[p] >= g.maxPeer:
		return &pullRefusal{reason: refusedBusy, wait: busyWait}
	case !g.limiter(p).Allow():
		return &pullRefusal{reason: refusedBusy, wait: time.Second}
	}
	g.serving.Add(1)
	g.total++
	g.byPeer[p]++
	return nil
}

func (g *turnstile) end(p peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.byPeer[p]--; g.byPeer[p] == 0 {
		delete(g.byPeer, p)
	}
	g.serving.Done()
}

// limiter is p's; it outlives the connection, so that reconnecting doesn't help. mu is held.
func (g *turnstile) limiter(p peer.ID) *rate.Limiter {
	if l, ok := g.limiters[p]; ok {
		return l
	}
	if len(g.limiters) >= limitersMax {
		for q, l := range g.limiters {
			if l.Tokens() >= float64(g.burst) { // as good as new
				delete(g.limiters, q)
			}
		}
	}
	l := rate.NewLimiter(g.rate, g.burst)
	if len(g.limiters) < limitersMax {
		g.limiters[p] = l
	}
	return l
}

// refuseNew lets nobody in any more.
func (g *turnstile) refuseNew() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
}
