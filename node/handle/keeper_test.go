package handle

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/miekg/dns"

	"metanet/content/index"
	"metanet/content/store"
	"metanet/identity"
)

// people is an index of claims in a map; verdicts are written back to it.
type people map[identity.DID]*index.Actor

func (p people) Actor(_ context.Context, id string) (*index.Actor, error) {
	a, ok := p[identity.DID(id)]
	if !ok {
		return nil, index.ErrNotFound
	}
	return a, nil
}

func (p people) SetHandle(_ context.Context, did identity.DID, h syntax.Handle, state index.HandleState) error {
	p[did].Handle, p[did].HandleState = h, state
	return nil
}

// keeping is a keeper with a clock, a name server and a web of the test's own.
type keeping struct {
	*Keeper
	t      *testing.T
	now    time.Time
	people people
	txt    atomic.Pointer[func(dns.ResponseWriter, *dns.Msg)] // what _atproto.alice.com answers
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	k := &keeping{t: t, now: time.Unix(1e9, 0).UTC(), people: people{ethr: {DID: ethr, Name: alice, Claimed: "alice.com"}}}
	db, err := store.Open(t.TempDir(), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	web := webOf(t, map[string]http.HandlerFunc{"alice.com": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }})
	names := nameServer(t, map[string]func(dns.ResponseWriter, *dns.Msg){
		"_atproto.alice.com": func(w dns.ResponseWriter, q *dns.Msg) { (*k.txt.Load())(w, q) },
	})
	k.Keeper = NewKeeper(Config{
		Prover: &Prover{
			Names: &Resolver{DNS: names, HTTP: web}, Servers: registry{}, Local: book{"alice.own.org": ethr}, Domain: "own.org",
		},
		Index: k.people, Feed: db, Space: db.Space("handles"), Now: func() time.Time { return k.now }, Logger: slog.New(slog.DiscardHandler),
	})
	return k
}

// at moves the clock, has what is due asked for, and wants a state.
func (k *keeping) at(later time.Duration, answer func(dns.ResponseWriter, *dns.Msg), want index.HandleState) Status {
	k.t.Helper()
	k.now = k.now.Add(later)
	k.txt.Store(&answer)
	if err := k.checkDue(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	s, _, err := k.Status(k.t.Context(), ethr)
	if err != nil || s.State != want || k.people[ethr].HandleState != want {
		k.t.Fatalf("after %v: %+v (shown %v), %v; want %v", later, s, k.people[ethr].HandleState, err, want)
	}
	return s
}

func TestKeeper(t *testing.T) {
	k := newKeeping(t)
	yes, no, silent := txt("did="+alice), rcode(dns.RcodeNameError), rcode(dns.RcodeServerFailure)
	if err := k.Soon(ethr); err != nil {
		t.Fatal(err)
	}
	k.at(0, no, index.HandleUnproven)
	k.at(50*time.Second, yes, index.HandleUnproven) // not due yet
	s := k.at(10*time.Second, no, index.HandleUnproven)
	if wait := s.Next.Sub(k.now); wait < 108*time.Second || wait > 2*time.Minute {
		t.Errorf("the second try is %v away, want about two minutes", wait)
	}
	s = k.at(2*time.Minute, yes, index.HandleValid)
	if wait := s.Next.Sub(k.now); wait < recheck*9/10 || wait > recheck {
		t.Errorf("the next look is %v away, want about a day", wait)
	}
	k.at(recheck, silent, index.HandleValid)    // nobody answers: what was proved stands
	k.at(recheck, silent, index.HandleValid)    // still
	k.at(recheck, silent, index.HandleUnproven) // for three days, no longer
	k.at(recheck, yes, index.HandleValid)
	k.at(recheck, txt("did="+bob), index.HandleConflicting) // a definite answer counts at once
	s = k.at(recheck, yes, index.HandleValid)
	var states []index.HandleState
	for _, e := range s.History {
		states = append(states, e.State)
		if e.Handle != "alice.com" || e.Until.Before(e.Since) {
			t.Errorf("%+v", e)
		}
	}
	want := []index.HandleState{index.HandleUnproven, index.HandleValid, index.HandleUnproven, index.HandleValid, index.HandleConflicting, index.HandleValid}
	if !slices.Equal(states, want) {
		t.Errorf("history %v, want %v", states, want)
	}
}

// However often somebody rewrites their claim, others are not asked in a hurry;
// their own server's book may be.
func TestSoon(t *testing.T) {
	k := newKeeping(t)
	again := func(claimed syntax.Handle) {
		k.people[ethr].Claimed = claimed
		if err := k.Soon(ethr); err != nil {
			t.Fatal(err)
		}
	}
	yes := txt("did=" + alice)
	again("alice.com")
	k.at(0, yes, index.HandleValid)
	again("alice.com")
	first := k.at(time.Second, rcode(dns.RcodeNameError), index.HandleValid)
	if first.Next.Sub(first.Checked) != minGap {
		t.Errorf("asked again after %v", first.Next.Sub(first.Checked))
	}
	k.at(minGap, rcode(dns.RcodeNameError), index.HandleUnproven)
	again("alice.own.org")
	s := k.at(0, yes, index.HandleValid)
	if s.Handle != "alice.own.org" || s.By != ByServer {
		t.Errorf("%+v", s)
	}
}

// Who withdraws a binding loses what others vouch for, not what we gave.
func TestWithdrawn(t *testing.T) {
	k := newKeeping(t)
	yes := txt("did=" + alice)
	for handle, want := range map[syntax.Handle]index.HandleState{"alice.com": index.HandleUnproven, "alice.own.org": index.HandleValid} {
		k.people[ethr].Claimed = handle
		if err := k.Soon(ethr); err != nil {
			t.Fatal(err)
		}
		k.at(minGap, yes, index.HandleValid)
		k.people[ethr].Claimed, k.people[ethr].Name = "", ""
		if err := k.Soon(ethr); err != nil {
			t.Fatal(err)
		}
		if err := k.checkDue(t.Context()); err != nil || k.people[ethr].HandleState != want {
			t.Errorf("%s: %v, %v", handle, k.people[ethr].HandleState, err)
		}
		k.people[ethr].Name = alice
	}
}

// New claims go before the crowd of those that are looked at again.
func TestNewGoFirst(t *testing.T) {
	k := newKeeping(t)
	for i := range 20 {
		did := identity.NewDID(2, identity.Address{byte(i)})
		if _, err := k.queue.change(did, func(s *Status) { s.Next = k.now.Add(-time.Hour) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Soon(ethr); err != nil {
		t.Fatal(err)
	}
	dids, err := k.queue.due(k.now, 5)
	if err != nil || len(dids) != 5 || dids[0] != ethr {
		t.Errorf("%v, %v", dids, err)
	}
	if err := k.queue.forget(ethr); err != nil {
		t.Fatal(err)
	}
	if dids, err = k.queue.due(k.now, 100); err != nil || len(dids) != 20 || slices.Contains(dids, ethr) {
		t.Errorf("%v, %v", dids, err)
	}
}
