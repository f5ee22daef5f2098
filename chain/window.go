package chain

// window is how many blocks one eth_getLogs covers. Providers differ in what they
// take, by blocks, by results or by time, and say so only by refusing: it shrinks
// when one does, and grows again halfway towards what was refused.
type window struct {
	blocks uint64
	// good was answered, ceiling is below what was refused since; 0: nothing was.
	good, ceiling uint64
	// calm counts answers since the last refusal.
	calm int
}

const (
	// probeAfter is how many answers there are between two tries beyond a ceiling.
	probeAfter = 200

	// manyLogs is how many logs in one answer are enough: twice as many may be more
	// than a provider gives, or we want to hold.
	manyLogs = 10_000
)

func newWindow(blocks uint64) window { return window{blocks: min(blocks, maxWindow)} }

// refused shrinks the window after a question for asked blocks, and reports whether
// there is a smaller one to ask.
func (w *window) refused(asked uint64) bool {
	if asked <= 1 {
		return false
	}
	w.ceiling, w.calm = asked-1, 0
	if w.good >= asked { // what was good once is no more
		w.good = 0
	}
	w.blocks = max(w.good, asked/2)
	return true
}

// answered grows it after an answer with so many logs.
func (w *window) answered(logs int) {
	if logs > manyLogs {
		w.blocks = max(1, w.blocks/2)
		return
	}
	w.good = w.blocks
	if logs > manyLogs/2 {
		return
	}
	if w.calm++; w.ceiling > 0 && w.calm >= probeAfter {
		w.ceiling, w.calm = min(2*w.ceiling, maxWindow), 0
	}
	limit := uint64(maxWindow)
	if w.ceiling > 0 {
		limit = max(w.blocks, w.blocks+(w.ceiling-min(w.ceiling, w.blocks)+1)/2)
		if limit-w.blocks <= w.blocks/16 {
			return // not worth a refusal
		}
	}
	w.blocks = min(w.blocks+w.blocks/2+1, limit)
}
