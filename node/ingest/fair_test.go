package ingest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
	"metanet/identity"
)

func TestSourcesTakeTurns(t *testing.T) {
	q := newTurns()
	put := func(source string, dids ...identity.DID) {
		r := &request{source: source}
		for _, did := range dids {
			r.checked = append(r.checked, &checked{Candidate: Candidate{Bundle: &record.Bundle{Envelope: record.Envelope{DID: did}}}})
		}
		q.add(r)
	}
	for range 100 { // a loud peer: one loud author, and a mixed message
		put("loud", "shouter")
	}
	put("loud", "a", "b")
	put("loud", "quiet author")
	put("quiet", "somebody")
	var got []string
	for r := q.take(); r != nil; r = q.take() {
		got = append(got, r.source+" "+string(r.author()))
	}
	if len(got) != 103 {
		t.Fatal(len(got))
	}
	if want := []string{"loud shouter", "quiet somebody", "loud ", "loud quiet author"}; !slices.Equal(got[:4], want) {
		t.Fatalf("%q, want %q", got[:4], want)
	}
}

// TestFloodKeepsToItsPlaces: while a source has taken all it may, others come in
// and go, and those of the flood that wait can give up.
func TestFloodKeepsToItsPlaces(t *testing.T) {
	g := newGate()
	var leave []func()
	for range sourceLimit {
		out, err := g.enter(context.Background(), "flood", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	refused := make(chan error, 1)
	go func() {
		_, err := g.enter(ctx, "flood", 1)
		refused <- err
	}()
	patience, done := context.WithTimeout(context.Background(), 30*time.Second)
	defer done()
	for i := range 100 {
		out, err := g.enter(patience, fmt.Sprint("quiet ", i), 1)
		if err != nil {
			t.Fatal(err)
		}
		out()
	}
	cancel()
	if err := <-refused; err == nil {
		t.Fatal("one more of the flood came in")
	}
	for _, out := range leave {
		out()
	}
	if len(g.sources) != 0 {
		t.Fatal("sources that have gone are kept", len(g.sources))
	}
	if out, err := g.enter(patience, "large", 2*bytesLimit); err != nil { // not for ever
		t.Fatal(err)
	} else {
		out()
	}
}

// TestQuietAuthorBesideAFlood: one person's post comes through while a source
// never stops sending, and every candidate is answered to the source it came from.
func TestQuietAuthorBesideAFlood(t *testing.T) {
	w := newWorld(t)
	loud, quiet := w.author(1).onChain(nil), w.author(2).onChain(nil)
	var flood []Candidate
	var want []cid.Cid
	for i := range 256 {
		b := loud.post(fmt.Sprint(i), w.clock())
		want = append(want, b.ID)
		flood = append(flood, Candidate{Origin: Gossip, From: "loud", Raw: b.Bytes()})
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	for range 2 * sourceLimit {
		go func() {
			defer func() { ended <- struct{}{} }()
			for ctx.Err() == nil {
				results, err := w.door.Submit(ctx, flood)
				for i := range results {
					if results[i].ID != want[i] {
						t.Errorf("result %d is another record's", i)
					}
				}
				if err == nil && len(results) != len(flood) {
					t.Error(len(results))
				}
			}
		}()
	}
	post := quiet.post("hello", w.clock())
	patience, done := context.WithTimeout(context.Background(), time.Minute)
	defer done()
	results, err := w.door.Submit(patience, []Candidate{{Origin: Local, From: "quiet", Bundle: post}})
	if err != nil || results[0].Status != Admitted || results[0].ID != post.ID {
		t.Error(results, err)
	}
	stop()
	for range 2 * sourceLimit {
		<-ended
	}
}
