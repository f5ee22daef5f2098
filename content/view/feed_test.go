package view_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/viewtest"
)

// TestSequenceWithoutGaps: while many write at once, every sequence number is given
// to one change, and whoever reads the feed in pieces, each from where the last one
// ended, meets all of them, rising by one.
func TestSequenceWithoutGaps(t *testing.T) {
	const writers, each = 4, 40
	w := viewtest.New(t)
	var bundles [writers][]store.Admission
	for n := range writers {
		for i := range each {
			bundles[n] = append(bundles[n], w.Signed(n+1, 0, "app.bsky.feed.post", fmt.Sprint("k", i), map[string]any{"text": "a"}))
		}
	}
	f := view.Follow(w.DB, letters(1))
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			for _, a := range bundles[n] {
				if _, err := w.DB.Commit(ctx, []store.Admission{a}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := uint64(0)
	read := func() {
		page, err := w.DB.Feed(seen, 7)
		w.Must(err)
		for _, s := range page {
			if s.Seq != seen+1 {
				t.Fatalf("after %d comes %d", seen, s.Seq)
			}
			seen = s.Seq
		}
		_, err = f.Step(ctx)
		w.Must(err)
	}
	for range 20 {
		read()
	}
	wg.Wait()
	for seen < w.DB.LastSeq() {
		read()
	}
	if seen != writers*each {
		t.Errorf("%d changes, want %d", seen, writers*each)
	}
	w.Settle(f)
	if got, want := own(w.Entries(f)), naive(w, letters(1)); len(want) != writers*each || !maps.Equal(got, want) {
		t.Errorf("%d entries, want %d", len(got), len(want))
	}
}

// TestRebuild: asked for, a view is made anew, and says how far it has come.
func TestRebuild(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, letters(1))
	for i := range 300 {
		w.Post(1, fmt.Sprint("k", i), "ab", nil)
	}
	w.Settle(f)
	want := w.Entries(f)
	var last view.State
	told := 0
	w.Must(f.Rebuild(ctx, func(s view.State) { last, told = s, told+1 }))
	if told < 2 || last.Behind != 0 || !maps.Equal(w.Entries(f), want) {
		t.Errorf("told %d times, %d behind", told, last.Behind)
	}
}
