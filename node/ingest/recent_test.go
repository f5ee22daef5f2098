package ingest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"metanet/content/record"
	"metanet/identity"
)

// resend brings a bundle's bytes again, as the mesh does.
func (w *world) resend(o Origin, b *record.Bundle) Result {
	w.t.Helper()
	cs, err := Decode(o, "peer", b.Bytes(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	results, err := w.door.Submit(context.Background(), cs)
	if err != nil {
		w.t.Fatal(err)
	}
	return results[0]
}

func (w *world) knows(b *record.Bundle) bool {
	c := checked{Candidate: Candidate{Bundle: b}}
	return w.door.known(&c)
}

func TestResentIsKnownByItsBytes(t *testing.T) {
	w := newWorld(t)
	alice := w.author(1).onChain(nil)
	b := alice.post("once", w.clock())
	if w.knows(b) {
		t.Fatal("known before it was stored")
	}
	first := w.resend(Gossip, b)
	if first.Status != Admitted || !w.knows(b) {
		t.Fatal(first, w.knows(b))
	}
	again := w.resend(Gossip, b)
	if again.Status != Duplicate || again.ID != b.ID || again.Seq != first.Seq {
		t.Fatal(again)
	}
	// A single bit makes it another record, whose fault is named as ever.
	forged := append([]byte(nil), b.Bytes()...)
	forged[len(forged)-1] ^= 1
	cs, _ := Decode(Gossip, "peer", forged, false)
	results, err := w.door.Submit(context.Background(), cs)
	if err != nil || results[0].Status != Refused || !results[0].Faulty {
		t.Fatal(results, err)
	}
}

// TestRecentIsNeverStale: whatever makes the door judge somebody anew is seen at
// once, and a refusal, or what is kept hidden, is not remembered.
func TestRecentIsNeverStale(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.author(1).onChain(nil), w.author(2).onChain(nil)
	b, other := alice.post("before", w.clock()), bob.post("other", w.clock())
	w.resend(Gossip, b)
	w.resend(Gossip, other)
	ended := uint64(w.clock().Unix())
	alice.onChain(func(k *identity.KeyRecord) { k.EndedAt = ended })
	if err := w.door.Recount(context.Background(), alice.did); err != nil {
		t.Fatal(err)
	}
	if w.knows(b) || !w.knows(other) {
		t.Fatal("the wrong author was forgotten")
	}
	if r := w.resend(Local, b); r.Status != Refused || !errors.Is(r.Err, ErrEndedKey) {
		t.Fatal(r)
	}
	if r := w.resend(Gossip, b); r.Status != Duplicate || w.knows(b) {
		t.Fatal(r, "what is hidden was remembered")
	}
}

func TestRecentKeepsToItsSize(t *testing.T) {
	w := newWorld(t)
	alice := w.author(1).onChain(nil)
	table := newRecent(2 * recentWays)
	var all []checked
	for i := range 20 * recentWays {
		c := checked{Candidate: Candidate{Bundle: alice.post(fmt.Sprint(i), w.clock())}}
		w.door.known(&c)
		table.add(&c, uint64(i))
		all = append(all, c)
	}
	found := 0
	for i := range all {
		if id, seq, ok := table.find(&all[i].digest); ok {
			found++
			if seq != uint64(i) || !id.Equals(all[i].Bundle.ID) {
				t.Fatal("another record's entry")
			}
		}
	}
	if found == 0 || found > 2*recentWays {
		t.Fatal(found)
	}
	if _, _, ok := table.find(&all[len(all)-1].digest); !ok {
		t.Fatal("the latest is forgotten")
	}
}
