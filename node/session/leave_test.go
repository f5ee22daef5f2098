package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"metanet/identity"
)

func TestLeave(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	w.mustSignIn(bob, "bob")
	if _, err := w.Leave(ctx, alice.did); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Leave(ctx, alice.did); !errors.Is(err, ErrNoAccount) {
		t.Errorf("twice: %v", err)
	}
	if _, err := w.Authenticate(ctx, g.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("still signed in: %v", err)
	}
	if strings.Count(w.dump(), string(alice.did)) != 2 { // the handle and when it is free
		t.Errorf("something is kept:\n%s", w.dump())
	}
	if _, found, err := w.HandleOwner(ctx, "alice.example.org"); found || err != nil {
		t.Errorf("the handle resolves: %v %v", found, err)
	}
	carol := newWallet(t)
	want(t, w.ask(carol, "alice", "", ""), ErrHandleTaken)
	w.clock = w.clock.Add(handleRest + time.Hour)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	want(t, w.ask(carol, "alice", "", ""), nil)
	if strings.Contains(w.dump(), string(alice.did)) {
		t.Errorf("something is kept for ever:\n%s", w.dump())
	}
}

// Whoever comes back in time has their handle, for good.
func TestComeBack(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	before := w.mustSignIn(alice, "alice").Account
	if _, err := w.Leave(ctx, alice.did); err != nil {
		t.Fatal(err)
	}
	if after := w.mustSignIn(alice, "alice").Account; after.Name == before.Name {
		t.Error("the old AT name is back")
	}
	w.clock = w.clock.Add(handleRest + time.Hour)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if did, found, _ := w.HandleOwner(ctx, "alice.example.org"); !found || did != alice.did {
		t.Error("the handle was given away after all")
	}
}

func TestFreshSignIn(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	tok, err := w.Authenticate(ctx, g.Access)
	if err != nil {
		t.Fatal(err)
	}
	want(t, w.Fresh(ctx, alice.did, tok.Family), nil)
	w.clock = w.clock.Add(FreshFor + time.Second)
	if g, err = w.Refresh(ctx, g.Refresh, Client{}); err != nil {
		t.Fatal(err)
	}
	want(t, w.Fresh(ctx, alice.did, tok.Family), ErrNotFresh) // refreshing proves nothing
	want(t, w.Fresh(ctx, alice.did, "another"), ErrInvalidToken)
}

func TestDeletionToken(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	token, _, err := w.DeletionToken(ctx, alice.did)
	if err != nil {
		t.Fatal(err)
	}
	want(t, w.UseDeletionToken(ctx, bob.did, token), ErrInvalidToken)
	want(t, w.UseDeletionToken(ctx, alice.did, ""), ErrInvalidToken)
	want(t, w.UseDeletionToken(ctx, alice.did, nonceOf(w.challenge(alice).Message)), ErrInvalidToken) // a sign-in's
	want(t, w.UseDeletionToken(ctx, alice.did, token), nil)
	want(t, w.UseDeletionToken(ctx, alice.did, token), ErrInvalidToken)
	token, _, _ = w.DeletionToken(ctx, alice.did)
	w.chain.owners[alice.did] = identity.Address{9} // sold meanwhile
	want(t, w.UseDeletionToken(ctx, alice.did, token), ErrInvalidToken)
}

func TestBarred(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	w.cfg.Barred = func(context.Context, identity.DID) error { return ErrBarred }
	if _, err := w.signIn(alice, ""); !errors.Is(err, ErrBarred) {
		t.Errorf("%v", err)
	}
}
