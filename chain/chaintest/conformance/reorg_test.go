package conformance

import (
	"fmt"
	"sync/atomic"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
)

// branches: the chain goes back to a mark and grows another way.
func branches(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	kept := e.settled(t)
	back := s.Mark(t)
	e.addKey(t, w, key(2))
	e.do(t, w, chain.Operation{Op: chain.OpRevokeKey, Identity: e.did(w), Key: key(1)})
	lost := e.settled(t)
	back()
	s.Grow(t, 3)
	if head := e.settled(t); head.Number <= kept.Number || head.Hash == lost.Hash {
		t.Errorf("head %+v, was %+v: there is no other branch", head, lost)
	}
	e.equalToFresh(t)
	// The account's other nonces are free again: a sender that knows of the lost
	// branch goes on, too.
	other := chaintest.NewWallet()
	e.addKey(t, other, key(3))
	if !e.knows(t, w, key(1)) || !e.knows(t, other, key(3)) {
		t.Error("keys below the fork, or above it, are unknown")
	}
	e.equalToFresh(t)
}

// reorgs replaces blocks that were followed, all at once, while the follower runs.
func reorgs(t *testing.T, s *site) {
	for _, depth := range []int{1, 10, 100} {
		t.Run(fmt.Sprint(depth), func(t *testing.T) { reorg(t, s, depth, true) })
	}
}

func reorgWhileDown(t *testing.T, s *site) { reorg(t, s, 10, false) }

func reorg(t *testing.T, s *site, depth int, running bool) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	s.Grow(t, 1)
	kept := height(t, s)
	e.addKey(t, w, key(2))
	s.Grow(t, depth-int(height(t, s)-kept))
	before := e.settled(t)
	if !running {
		e.stop()
	}
	s.Reorg(t, depth)
	if !running {
		e.follow(t)
	}
	undone := e.undone(t)
	after := e.settled(t)
	if running && !undone.Load() && after.Hash == before.Hash {
		t.Error("nothing was reorganised")
	}
	if after.Number <= before.Number || !e.knows(t, w, key(1)) {
		t.Errorf("from %+v to %+v; the key below the fork is known: %v", before, after, e.knows(t, w, key(1)))
	}
	e.equalToFresh(t)
}

// undone tells whether something was rolled back.
func (e *env) undone(t *testing.T) *atomic.Bool {
	var undone atomic.Bool
	t.Cleanup(e.follower.Subscribe(func(c chain.Changes) {
		if c.Undone {
			undone.Store(true)
		}
	}))
	return &undone
}

// beyondKept: deeper than what can be rolled back, the view is built anew.
func beyondKept(t *testing.T, s *site) {
	e := newEnvWith(t, s, chain.FollowerConfig{Keep: 8, Finality: chain.FinalLatest}) // what is not final is kept
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	s.Grow(t, 1)
	kept := height(t, s)
	e.addKey(t, w, key(2))
	s.Grow(t, 30-int(height(t, s)-kept))
	e.settled(t)
	var all atomic.Bool
	defer e.follower.Subscribe(func(c chain.Changes) {
		if c.All {
			all.Store(true)
		}
	})()
	s.Reorg(t, 30)
	e.settled(t)
	e.until(t, "subscribers are told to look at everything again", all.Load)
	if !e.knows(t, w, key(1)) {
		t.Error("the key below the fork is unknown")
	}
	e.equalToFresh(t)
}

// finality: each rule says how far the chain is final, never beyond the head, and
// what it says does not go back while the chain grows.
func finality(t *testing.T, s *site) {
	for _, rule := range []chain.Finality{chain.FinalLatest, chain.FinalSafe, chain.FinalFinalized, "5"} {
		t.Run(string(rule), func(t *testing.T) {
			e := newEnvWith(t, s, chain.FollowerConfig{Finality: rule})
			e.addKey(t, chaintest.NewWallet(), key(1))
			s.Grow(t, 7)
			first := e.settled(t)
			before := e.follower.Final()
			s.Grow(t, 7)
			head := e.settled(t)
			e.until(t, "it is not behind", func() bool { return rule != "5" || e.follower.Final().Number == head.Number-5 })
			if after := e.follower.Final(); after.Number < before.Number || after.Number > head.Number || before.Number > first.Number {
				t.Errorf("final was %+v at %+v, is %+v at %+v", before, first, after, head)
			}
			e.equalToFresh(t)
		})
	}
}

// droppedIsSentAgain: a reorganisation drops a transaction whose receipt was
// seen; the sender brings it back, once.
func droppedIsSentAgain(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.settled(t)
	back := s.Mark(t)
	if _, err := e.send(t, "dropped.example", patience); err != nil {
		t.Fatal(err)
	}
	back()
	s.Grow(t, 4)
	stop := run(t, e.sender.Run)
	e.until(t, "it is on the chain again", func() bool {
		s.Grow(t, 1)
		e.settled(t)
		return e.registered(t, "dropped.example")
	})
	stop()
	e.once(t, "dropped.example")
	e.equalToFresh(t)
}

func (e *env) registered(t *testing.T, name string) bool {
	t.Helper()
	servers, err := e.follower.Servers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range servers {
		if s.Domain == name {
			return true
		}
	}
	return false
}

// rpcBehind: an RPC that shows a shorter chain of the same blocks lags. Nothing
// is undone.
func rpcBehind(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	s.Grow(t, 1)
	at := e.settled(t)
	undone := e.undone(t)
	e.proxy.OnAnswer(hideAbove(t, s, at.Number-1))
	before := e.proxy.Calls("eth_getBlockByNumber")
	e.until(t, "the follower has looked", func() bool { return e.proxy.Calls("eth_getBlockByNumber") > before+5 })
	if e.follower.Head() != at || !e.knows(t, w, key(1)) || undone.Load() {
		t.Errorf("at %+v, was at %+v; undone: %v", e.follower.Head(), at, undone.Load())
	}
	if st := e.follower.Status(); st.Err != nil || st.Behind != 0 {
		t.Errorf("status %+v", st)
	}
	e.proxy.OnAnswer(nil)
	s.Grow(t, 1)
	e.equalToFresh(t)
}
