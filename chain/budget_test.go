package chain_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"metanet/chain"
)

// What a day may cost is counted by what transactions did cost, over restarts, and
// is there again the next day.
func TestDailyBudget(t *testing.T) {
	s := newSending(t)
	had, err := s.sender.Balance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.send(t, "first.example"); err != nil {
		t.Fatal(err)
	}
	spent := func() *big.Int {
		st, err := s.sender.Status()
		if err != nil {
			t.Fatal(err)
		}
		return st.Spent
	}
	one := spent()
	if balance, err := s.sender.Balance(t.Context()); err != nil || new(big.Int).Add(balance, one).Cmp(had) != 0 {
		t.Errorf("counted %s, the account has %s (%v)", one, balance, err)
	}
	s.budget = new(big.Int).Add(one, big.NewInt(1000)) // no second one
	s.restart()
	if spent().Cmp(one) != 0 {
		t.Errorf("after a restart %s, was %s", spent(), one)
	}
	if _, err := s.send(t, "second.example"); !errors.Is(err, chain.ErrBudget) {
		t.Errorf("over the budget: %v", err)
	}
	// What is stored waits, and says so.
	c := s.register("second.example")
	if err := s.sender.Enqueue(t.Context(), chain.Request{Key: "second.example", Call: c}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.sender.Wait(ctx, "second.example"); !errors.Is(err, chain.ErrBudget) {
		t.Errorf("stored: %v", err)
	}
	if st, err := s.sender.Status(); err != nil || st.Open != 1 || !errors.Is(st.Err, chain.ErrBudget) {
		t.Errorf("status %+v, %v", st, err)
	}
	s.clock.Add(int64(24 * time.Hour))
	if spent().Sign() != 0 {
		t.Errorf("the next day begins with %s", spent())
	}
	s.budget.Mul(s.budget, big.NewInt(4)) // fees are reserved at twice the base fee
	s.restart()
	if _, err := s.send(t, "second.example"); err != nil {
		t.Errorf("the next day: %v", err)
	}
	before := spent()
	s.clock.Add(-int64(48 * time.Hour))
	if spent().Cmp(before) != 0 {
		t.Error("a clock that goes back opens the budget again")
	}
}

// A flood of what others asked for leaves a quarter for the account's own.
func TestRelayedOperationsLeaveSomeOfTheBudget(t *testing.T) {
	s := newSending(t)
	if _, err := s.send(t, "price.example"); err != nil {
		t.Fatal(err)
	}
	st, err := s.sender.Status()
	if err != nil {
		t.Fatal(err)
	}
	s.budget = new(big.Int).Mul(st.Spent, big.NewInt(6))
	s.restart()
	refused := false
	for i, p := range s.people(t, 60, 1) {
		if _, err := s.ops().Relay(t.Context(), p.typed, p.sig); errors.Is(err, chain.ErrBudget) {
			refused = true
			break
		} else if err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
	}
	if !refused {
		t.Fatal("the budget has no end")
	}
	if st, _ := s.sender.Status(); new(big.Int).Mul(st.Spent, big.NewInt(4)).Cmp(new(big.Int).Mul(s.budget, big.NewInt(3))) > 0 {
		t.Errorf("others spent %s of %s", st.Spent, s.budget)
	}
	s.budget.Mul(st.Spent, big.NewInt(8)) // for the reservation's sake
	if _, err := s.send(t, "own.example"); err != nil {
		t.Errorf("the account's own: %v", err)
	}
}

// Finished entries are forgotten after a while, unfinished ones never.
func TestFinishedEntriesAreForgotten(t *testing.T) {
	s := newSending(t)
	for i := range 4 { // the later ones confirm the first
		if _, err := s.send(t, fmt.Sprintf("old%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	entries := func() (tx, ended int) {
		for k := range s.queue.Dump() {
			switch k[0] {
			case 0x30:
				tx++
			case 0x33:
				ended++
			}
		}
		return tx, ended
	}
	if tx, ended := entries(); tx != 4 || ended == 0 {
		t.Fatalf("%d entries, %d finished", tx, ended)
	}
	stop := run(t, s.sender.Run)
	s.clock.Add(int64(chain.DefaultRemember + 2*time.Hour))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if tx, _ := entries(); tx < 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was forgotten")
		}
	}
	stop()
	// Its key is free: a server registers only after it has looked on the chain.
	if _, err := s.send(t, "old0.example"); err != nil {
		t.Error(err)
	}
	if n := s.effects(t, "old0.example"); n != 2 {
		t.Errorf("took effect %d times", n)
	}
}
