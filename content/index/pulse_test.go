package index

import (
	"fmt"
	"sync"
	"testing"
)

// TestPulses: who was remembered as silent is read at once when they write, when a
// name is proved that was followed before, and when all pulses were forgotten;
// whatever others read meanwhile.
func TestPulses(t *testing.T) {
	db, x := open(t)
	x.scan = scanEffort{least: 1} // always merge
	reader, silent, unproved := newPerson(t, 1), newPerson(t, 2), newPerson(t, 3)
	commit(t, db, reader.bind, silent.bind, unproved.put(t, posts, "early", 1, map[string]any{"text": "x"}),
		reader.put(t, follows, "a", 2, map[string]any{"subject": string(silent.name)}),
		reader.put(t, follows, "b", 3, map[string]any{"subject": string(unproved.name)}))
	// Others keep the merge from ending early.
	stranger := newPerson(t, 4)
	for i := range 3 {
		commit(t, db, stranger.put(t, posts, fmt.Sprint(i), 5+i, map[string]any{"text": "x"}))
	}

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := x.Timeline(ctx, reader.did, "", 100); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)

	count := func() int {
		t.Helper()
		page, err := x.Timeline(ctx, reader.did, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	if n := count(); n != 0 {
		t.Fatal(n, "posts of nobody")
	}
	for i := range 30 {
		switch i {
		case 10:
			x.pulses.watch(make([]authorID, watchedAuthors)) // too many: all is forgotten
		case 20:
			commit(t, db, unproved.bind)
		}
		commit(t, db, silent.put(t, posts, fmt.Sprint("k", i), 100-i, map[string]any{"text": "x"})) // each older than the last
		want := i + 1
		if i >= 20 {
			want++
		}
		if n := count(); n != want {
			t.Fatalf("%d posts, want %d", n, want)
		}
	}
}

// TestSilentIsNotSought: of thousands followed, only those whose turn comes are read.
func TestSilentIsNotSought(t *testing.T) {
	db, x := open(t)
	x.scan = scanEffort{least: 1}
	reader := newPerson(t, 1)
	commit(t, db, reader.bind)
	for n := range 100 {
		p := newPerson(t, n+2)
		commit(t, db, p.bind, reader.put(t, follows, fmt.Sprint("f", n), n, map[string]any{"subject": string(p.name)}))
		if n < 50 {
			commit(t, db, p.put(t, posts, "k", 1000+n, map[string]any{"text": "x"}))
		}
	}
	page, err := x.Timeline(ctx, reader.did, "", 10)
	if err != nil || len(page.Items) != 10 {
		t.Fatal(len(page.Items), err)
	}
	c, ok := x.circles.get(reader.did)
	if !ok || !x.watches(c) || len(c.authors) != 101 {
		t.Fatal("the circle is not remembered with its authors")
	}
	after, _, err := decodePosition(cursorTimeline, page.Cursor)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.since(feedTime(after.at)); n != 10 {
		t.Errorf("%d authors to be sought for the second page, want 10", n)
	}
}
