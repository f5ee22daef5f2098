package session

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity/plc"
)

// elsewhere is what host names that are not ours say.
type elsewhere map[syntax.Handle]syntax.DID

func (e elsewhere) ResolveHandle(_ context.Context, h syntax.Handle) (syntax.DID, error) {
	did, ok := e[h]
	if !ok {
		return "", errors.New("nobody says whose it is")
	}
	return did, nil
}

func TestChooseHandle(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	a, b := w.mustSignIn(alice, "alice").Account, w.mustSignIn(bob, "bob").Account
	w.cfg.Handles = elsewhere{"alice.com": syntax.DID(a.Name), "bob.com": syntax.DID(b.Name)}

	for text, want := range map[string]error{
		"bob": ErrHandleTaken, "BOB.example.org": ErrHandleTaken, "admin": ErrInvalidHandle, "al": ErrInvalidHandle,
		"a.b.example.org": ErrInvalidHandle, "nobody.com": ErrHandleNotProved, "bob.com": ErrHandleNotProved, "not_a.name": ErrInvalidHandle,
	} {
		if _, err := w.ChooseHandle(ctx, alice.did, text); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	for _, c := range []struct {
		text string
		want syntax.Handle
	}{{"@Liddell", "liddell.example.org"}, {"Alice.COM", "alice.com"}, {"liddell.example.org", "liddell.example.org"}} {
		got, err := w.ChooseHandle(ctx, alice.did, c.text)
		if err != nil || got.Handle != c.want || got.Name != a.Name {
			t.Fatalf("%s: %+v, %v", c.text, got, err)
		}
		if name, handle, err := plc.Verify(got.Binding, alice.did); name != a.Name || handle != c.want || err != nil {
			t.Errorf("%s: its binding says %s, %s, %v", c.text, name, handle, err)
		}
		if again := w.mustSignIn(alice, "").Account; again.Handle != c.want {
			t.Errorf("signed in as %s, want %s", again.Handle, c.want)
		}
	}
	if _, owned, err := w.HandleOwner(ctx, "alice.example.org"); owned || err != nil {
		t.Errorf("a handle that was given up still resolves: %v", err)
	}
	if owner, owned, err := w.HandleOwner(ctx, "liddell.example.org"); owner != alice.did || !owned || err != nil {
		t.Errorf("the handle of today: %s, %v, %v", owner, owned, err)
	}
}

// A handle that was given up rests for 30 days, then it is anybody's.
func TestHandleRests(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	w.mustSignIn(bob, "bob")
	choose := func(u wallet, text string, want error) {
		t.Helper()
		if _, err := w.ChooseHandle(ctx, u.did, text); !errors.Is(err, want) {
			t.Fatalf("%s: %v, want %v", text, err, want)
		}
	}
	choose(alice, "liddell", nil)
	choose(bob, "alice", ErrHandleTaken)
	w.clock = w.clock.Add(handleRest - time.Second)
	choose(bob, "alice", ErrHandleTaken)
	w.clock = w.clock.Add(time.Second)
	choose(bob, "alice", nil)
	choose(alice, "alice", ErrHandleTaken)
	choose(alice, "carol", nil) // lets go of what bob has now, without taking it from him
	if owner, owned, _ := w.HandleOwner(ctx, "alice.example.org"); owner != bob.did || !owned {
		t.Errorf("alice.example.org is %s's, %v", owner, owned)
	}
}

// Nobody keeps more than five names from others.
func TestHandleChanges(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	w.mustSignIn(alice, "name0")
	names := []string{"name1", "name2", "name3", "name4", "name5"}
	for _, name := range names {
		if _, err := w.ChooseHandle(ctx, alice.did, name); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if _, err := w.ChooseHandle(ctx, alice.did, "name6"); !errors.Is(err, ErrHandleChanges) {
		t.Errorf("a sixth change: %v", err)
	}
	if _, err := w.ChooseHandle(ctx, alice.did, "name0"); err != nil {
		t.Errorf("back to one's own: %v", err)
	}
	w.clock = w.clock.Add(handleRest)
	if _, err := w.ChooseHandle(ctx, alice.did, "name6"); err != nil {
		t.Errorf("after the rest: %v", err)
	}
}

// What no live key stands behind names those who have no account here, and
// changes nobody's name who has one.
func TestHiddenBinding(t *testing.T) {
	home, here, alice := newWorld(t), newWorld(t), newWallet(t)
	a := home.mustSignIn(alice, "alice").Account
	here.published[alice.did] = Binding{Name: a.Name, Handle: a.Handle, Value: a.Binding, Hidden: true}
	if got := here.mustSignIn(alice, "").Account; got.Name != a.Name {
		t.Errorf("a second AT name was made: %s", got.Name)
	}
	stolen := newWorld(t).mustSignIn(alice, "thief").Account
	home.published[alice.did] = Binding{Name: stolen.Name, Handle: stolen.Handle, Value: stolen.Binding, Hidden: true}
	if got := home.mustSignIn(alice, "").Account; got.Name != a.Name {
		t.Errorf("a hidden record changed the name to %s", got.Name)
	}
}
