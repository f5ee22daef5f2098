package chain

import "testing"

// Against a provider that takes at most limit blocks, the window stays near the
// limit and few questions are refused.
func TestWindowSettles(t *testing.T) {
	for _, limit := range []uint64{1, 7, 999, 5000, maxWindow} {
		w := newWindow(DefaultWindow)
		blocks, refusals := uint64(0), 0
		const asked = 2000
		for range asked {
			if w.blocks > limit {
				refusals++
				if !w.refused(w.blocks) {
					t.Fatalf("limit %d: gave up at %d", limit, w.blocks)
				}
				continue
			}
			blocks += w.blocks
			w.answered(0)
		}
		if w.blocks == 0 || w.blocks > maxWindow {
			t.Errorf("limit %d: window %d", limit, w.blocks)
		}
		if blocks < asked*limit/2 || refusals > asked/20 {
			t.Errorf("limit %d: %d blocks, %d refusals in %d questions", limit, blocks, refusals, asked)
		}
	}
}

func TestWindowBoundsLogs(t *testing.T) {
	w := newWindow(1000)
	const perBlock = 100
	for range 100 {
		w.answered(int(w.blocks) * perBlock)
	}
	if logs := w.blocks * perBlock; logs > 2*manyLogs || logs < manyLogs/4 {
		t.Errorf("%d logs in a window", logs)
	}
	w = newWindow(1)
	if w.refused(1) {
		t.Error("there is nothing smaller than one block")
	}
	w.answered(10 * manyLogs)
	if w.blocks != 1 {
		t.Error(w.blocks)
	}
}
