package ingest

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one source may put into the waiting pool: identities cost nothing, so that
// the pool's bound per identity alone would let one peer fill it with records of
// people who don't exist, and push out those that wait for a key that is on its way.
const (
	waitBurst = 2048 // of the pool's 65,536
	waitRate  = 1    // a second, after the burst
	// waitSources bounds the memory for sources; beyond it the rest share one place.
	waitSources = 1024

	// poolSource is the source of what comes out of the pool and may go back.
	poolSource = "waiting"
)

// waits counts what each source lets wait.
type waits struct {
	mu      sync.Mutex
	sources map[string]*rate.Limiter
	others  *rate.Limiter
}

func newWaits() *waits {
	return &waits{sources: make(map[string]*rate.Limiter), others: rate.NewLimiter(waitRate, waitBurst)}
}

// allow reports whether one more record of source may wait.
func (w *waits) allow(source string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, ok := w.sources[source]
	if !ok {
		l = w.join(source, now)
	}
	return l.AllowN(now, 1)
}

// join makes a place for a new source; those that have their whole burst again give theirs up.
func (w *waits) join(source string, now time.Time) *rate.Limiter {
	if len(w.sources) >= waitSources {
		for s, l := range w.sources {
			if l.TokensAt(now) >= waitBurst {
				delete(w.sources, s)
			}
		}
	}
	if len(w.sources) >= waitSources {
		return w.others
	}
	l := rate.NewLimiter(waitRate, waitBurst)
	w.sources[source] = l
	return l
}
