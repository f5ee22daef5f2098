package ingest

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"metanet/identity"
)

const (
	// sourceLimit is how many calls of one source (peer, client address, account)
	// are inside the door at a time; the others wait, which is how backpressure
	// reaches it.
	sourceLimit = 16
	// bytesLimit bounds the bundles inside the door, of all sources together.
	bytesLimit = 64 << 20
)

// gate lets calls in. A source that floods fills its own places; before the
// bound in bytes, where sources meet, no more of it waits than of any other.
type gate struct {
	bytes   *semaphore.Weighted
	mu      sync.Mutex
	sources map[string]*places // those that have calls inside or waiting
}

type places struct {
	free  *semaphore.Weighted
	users int // guarded by gate.mu
}

func newGate() *gate {
	return &gate{bytes: semaphore.NewWeighted(bytesLimit), sources: make(map[string]*places)}
}

// enter waits for a place. leave must be called once, unless there is an error.
func (g *gate) enter(ctx context.Context, source string, bytes int) (leave func(), err error) {
	p := g.join(source)
	if err := p.free.Acquire(ctx, 1); err != nil {
		g.part(source, p)
		return nil, err
	}
	weight := min(int64(bytes), bytesLimit)
	if err := g.bytes.Acquire(ctx, weight); err != nil {
		p.free.Release(1)
		g.part(source, p)
		return nil, err
	}
	return func() {
		g.bytes.Release(weight)
		p.free.Release(1)
		g.part(source, p)
	}, nil
}

func (g *gate) join(source string) *places {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.sources[source]
	if p == nil {
		p = &places{free: semaphore.NewWeighted(sourceLimit)}
		g.sources[source] = p
	}
	p.users++
	return p
}

func (g *gate) part(source string, p *places) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(g.sources, source)
	}
}

// turns is what waits for the writer. Sources take turns, and within a source the
// authors whose records come alone in their call, so that neither a loud peer nor
// a loud author behind a peer holds up the others by more than one call.
type turns struct {
	mu    sync.Mutex
	all   group
	ready chan struct{} // holds something while all may not be empty
}

func newTurns() *turns { return &turns{ready: make(chan struct{}, 1)} }

func (t *turns) add(r *request) {
	t.mu.Lock()
	t.all.add(r, r.source, string(r.author()))
	t.mu.Unlock()
	t.wake()
}

func (t *turns) wake() {
	select {
	case t.ready <- struct{}{}:
	default:
	}
}

// take is whose turn it is, nil if nothing waits.
func (t *turns) take() *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all.empty() {
		return nil
	}
	return t.all.take()
}

// group is one level of turns: its members take turns, and what lies in a group
// without members leaves it in the order in which it came.
type group struct {
	name    string
	members []*group
	waiting []*request
}

func (g *group) empty() bool { return len(g.members) == 0 && len(g.waiting) == 0 }

func (g *group) add(r *request, path ...string) {
	if len(path) == 0 {
		g.waiting = append(g.waiting, r)
		return
	}
	i := slices.IndexFunc(g.members, func(m *group) bool { return m.name == path[0] })
	if i < 0 {
		i = len(g.members)
		g.members = append(g.members, &group{name: path[0]})
	}
	g.members[i].add(r, path[1:]...)
}

func (g *group) take() (r *request) {
	if len(g.members) == 0 {
		r, g.waiting = g.waiting[0], g.waiting[1:]
		return r
	}
	next := g.members[0]
	g.members = g.members[1:]
	r = next.take()
	if !next.empty() {
		g.members = append(g.members, next)
	}
	return r
}

// author is whose records these are, "" if they are several people's.
func (r *request) author() (did identity.DID) {
	for _, c := range r.checked {
		if did != "" && c.Bundle.DID != did {
			return ""
		}
		did = c.Bundle.DID
	}
	return did
}
