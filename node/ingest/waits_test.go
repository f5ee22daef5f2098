package ingest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// One peer that sends records of people who don't exist fills its own share of the
// pool only; another's early record waits all the same, and comes out again.
func TestSourceFillsItsShareOfThePool(t *testing.T) {
	w := newWorld(t)
	submit := func(from string, c Candidate) Result {
		t.Helper()
		c.From = from
		results, err := w.door.Submit(context.Background(), []Candidate{c})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	a := w.author(1)
	for w.door.waits.allow("flooder", w.now) { // all but the last of its share
	}
	if r := submit("flooder", Candidate{Origin: Gossip, Bundle: a.post("one too many", w.now)}); r.Status != Refused || !errors.Is(r.Err, ErrWaitingFull) || r.Faulty {
		t.Errorf("over its share: %+v", r)
	}
	if r := submit("honest", Candidate{Origin: Gossip, Bundle: a.post("early", w.now)}); r.Status != Waiting {
		t.Errorf("of another: %+v", r)
	}
	for range 3 { // nobody else pays for what waits already
		if err := w.door.Recount(context.Background(), a.did); err != nil {
			t.Fatal(err)
		}
	}
	a.onChain(nil)
	if err := w.door.Recount(context.Background(), a.did); err != nil || a.visible() != "early" {
		t.Errorf("visible %q, %v", a.visible(), err)
	}
	w.now = w.now.Add(2 * time.Second)
	if !w.door.waits.allow("flooder", w.now) {
		t.Error("its share never comes back")
	}
}

func TestWaitsAreBounded(t *testing.T) {
	w, now := newWaits(), time.Unix(1_700_000_000, 0)
	for i := range 3 * waitSources {
		w.allow(fmt.Sprint("peer ", i), now)
	}
	if len(w.sources) > waitSources {
		t.Errorf("%d sources", len(w.sources))
	}
	w.allow("later", now.Add(time.Hour)) // all have their burst again
	if len(w.sources) != 1 {
		t.Errorf("%d sources after an hour", len(w.sources))
	}
}
