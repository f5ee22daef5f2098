package sim

import (
	"context"
	"math/rand/v2"
	"time"
)

// fault is something that goes wrong for a while. run does it, waits until it is
// over, puts it right and answers how much it hurt: packets, nodes, keys.
type fault struct {
	kind  string
	after time.Duration // the one before it
	lasts time.Duration
	run   func(ctx context.Context) int
}

const longest = 40 * time.Second

// faults are those of the plan, in the order in which they come.
func (w *world) faults() (all []fault) {
	r := rand.New(rand.NewPCG(w.plan.Seed, 2))
	kinds := []func(*rand.Rand) fault{w.crash, w.partition, w.loss, w.revocation}
	for _, s := range w.latecomers() {
		all = append(all, w.join(s))
	}
	for range w.plan.Faults {
		for _, k := range kinds {
			all = append(all, k(r))
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	mean := w.plan.Span / time.Duration(len(all)+1)
	for i := range all {
		all[i].after = mean/2 + time.Duration(r.Int64N(int64(mean)))
	}
	return all
}

// latecomers are nodes that nobody has seen before, with empty stores.
func (w *world) latecomers() []*site { return w.sites[len(w.sites)-w.plan.Late:] }

// join brings a latecomer up.
func (w *world) join(s *site) fault {
	return fault{kind: "join", run: func(ctx context.Context) int {
		if err := s.start(ctx); err != nil {
			w.fail(err)
		}
		return 1
	}}
}

// crash takes a node down and brings it up again.
func (w *world) crash(r *rand.Rand) fault {
	s, lasts := w.sites[r.IntN(len(w.sites)-w.plan.Late)], between(r, 5*time.Second, longest)
	return fault{kind: "crash", lasts: lasts, run: func(ctx context.Context) int {
		if s.running() == nil {
			return 0 // another crash's
		}
		s.kill()
		time.Sleep(lasts)
		if err := s.start(ctx); err != nil {
			w.fail(err)
		}
		return 1
	}}
}

// partition leaves two sides that don't hear each other.
func (w *world) partition(r *rand.Rand) fault {
	side, lasts := make(map[string]int), between(r, 10*time.Second, 30*time.Second)
	for n := range w.plan.Nodes {
		ip, _ := address(n + 1)
		side[ip.String()] = r.IntN(2)
	}
	return fault{kind: "partition", lasts: lasts, run: func(context.Context) int {
		before := w.net.cut.Load()
		w.net.divide(side)
		time.Sleep(lasts)
		w.net.divide(nil)
		return int(w.net.cut.Load() - before)
	}}
}

// loss is packets lost everywhere.
func (w *world) loss(r *rand.Rand) fault {
	part, lasts := 0.02+0.13*r.Float64(), between(r, 10*time.Second, 30*time.Second)
	return fault{kind: "loss", lasts: lasts, run: func(context.Context) int {
		before := w.net.lost.Load()
		w.net.lose(part)
		time.Sleep(lasts)
		w.net.lose(0)
		return int(w.net.lost.Load() - before)
	}}
}

// revocation ends somebody's key: all that they wrote is hidden, everywhere.
func (w *world) revocation(r *rand.Rand) fault {
	p := w.people[r.IntN(len(w.people))]
	return fault{kind: "revocation", run: func(ctx context.Context) int {
		w.mu.Lock()
		p.revoked = true
		w.mu.Unlock()
		w.chain.revoke(p.did)
		w.shown(ctx, p)
		return 1
	}}
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}
