package chain

import (
	"context"
	"sync"
	"time"
)

// watchEvery is how often Watch looks at all endpoints.
const watchEvery = 30 * time.Second

// EndpointStatus tells how one RPC fares.
type EndpointStatus struct {
	Name   string // the URL without its secrets
	State  EndpointState
	Active bool      // answered last
	Head   Block     // as it last said
	Err    error     // the last fault, nil once it is well again
	Since  time.Time // of the fault

	Calls         uint64
	Failures      uint64 // calls that failed, pauses that it wanted, other chains that it served
	Disagreements uint64 // how often it contradicted a quorum or itself
	Disagreed     error  // when it last did, about what
}

// EndpointState is what an endpoint's standing comes to.
type EndpointState string

const (
	EndpointUntried EndpointState = "untried"
	EndpointWell    EndpointState = "well"
	EndpointResting EndpointState = "resting"     // after a fault
	EndpointLimited EndpointState = "limited"     // it wants to be asked less
	EndpointWrong   EndpointState = "wrong chain" // it is not asked
	EndpointDoubted EndpointState = "doubted"     // it contradicted others, which are asked first
	EndpointBehind  EndpointState = "behind"      // others are asked first
)

// Endpoints tells how each RPC fares, in the order in which they were given.
func (c *Client) Endpoints() []EndpointStatus {
	c.mu.Lock()
	active := c.active
	c.mu.Unlock()
	now := c.now()
	all := make([]EndpointStatus, len(c.endpoints))
	for i, e := range c.endpoints {
		all[i] = e.status(now)
		all[i].Active = e == active
	}
	return all
}

func (e *endpoint) status(now time.Time) EndpointStatus {
	h := e.health(now)
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Err = h.err
	switch {
	case e.state.wrong:
		s.State = EndpointWrong
	case h.limited:
		s.State = EndpointLimited
	case h.err != nil:
		s.State = EndpointResting
	case !h.doubted.IsZero():
		s.State = EndpointDoubted
	case h.behind:
		s.State = EndpointBehind
	case e.checked:
		s.State = EndpointWell
	default:
		s.State = EndpointUntried
	}
	return s
}

// Quorum is how many endpoints must agree.
func (c *Client) Quorum() int { return c.quorum }

// Watch looks at every endpoint from time to time until ctx ends, so that a
// substitute that would fail is known before it is needed, and one that lags is
// asked after the others. A client of one endpoint needs no watching.
func (c *Client) Watch(ctx context.Context) error {
	if len(c.endpoints) == 1 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		c.Survey(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Survey asks every endpoint for its head, but those that rest. What it finds,
// Endpoints tells.
func (c *Client) Survey(ctx context.Context) {
	var all sync.WaitGroup
	now := c.now()
	for _, e := range c.endpoints {
		if !e.health(now).until.IsZero() {
			continue
		}
		all.Go(func() {
			var h *header
			_ = c.ask(ctx, e, "eth_getBlockByNumber", func(ctx context.Context, e *endpoint) error { // its books are kept
				return e.call(ctx, &h, "eth_getBlockByNumber", tagLatest, false)
			})
			if h != nil {
				e.sawHead(h.block())
			}
		})
	}
	all.Wait()
	c.compareHeads()
}

// compareHeads finds those that are far behind. It goes by the blocks' own times:
// chains differ in how fast they make blocks.
func (c *Client) compareHeads() {
	var newest uint64
	for _, e := range c.endpoints {
		e.mu.Lock()
		if e.checked {
			newest = max(newest, e.stats.Head.Time)
		}
		e.mu.Unlock()
	}
	for _, e := range c.endpoints {
		e.mu.Lock()
		e.state.behind = e.checked && e.stats.Head.Time+uint64(farBehind/time.Second) < newest
		e.mu.Unlock()
	}
}
