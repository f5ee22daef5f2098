package session

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func (w *world) signInFrom(u wallet, handle string, from Client) Grant {
	w.t.Helper()
	ch := w.challenge(u)
	g, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: u.sign(w.t, ch.Message), Handle: handle, From: from})
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *world) list(u wallet) []Open {
	w.t.Helper()
	open, err := w.List(ctx, u.did)
	if err != nil {
		w.t.Fatal(err)
	}
	return open
}

func TestListSignIns(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	began := w.clock
	laptop := w.signInFrom(alice, "alice", Client{Agent: "Laptop/1\u202e\n", Address: netip.MustParseAddr("192.0.2.77")})
	w.clock = w.clock.Add(time.Hour)
	phone := w.signInFrom(alice, "", Client{Agent: strings.Repeat("é", 200), Address: netip.MustParseAddr("2001:db8:1:2::3")})
	w.signInFrom(bob, "bob", Client{})

	open := w.list(alice)
	if len(open) != 2 {
		t.Fatalf("%d sign-ins", len(open))
	}
	if o := open[1]; o.Agent != "Laptop/1" || o.Network != "192.0.2.0/24" || o.Method != ByWallet || !o.Created.Equal(began) || !o.Used.Equal(began) {
		t.Errorf("laptop: %+v", o)
	}
	if o := open[0]; o.Agent != strings.Repeat("é", 100) || o.Network != "2001:db8:1::/48" {
		t.Errorf("phone: %+v", o)
	}

	w.clock = w.clock.Add(30 * time.Minute)
	if _, err := w.Authenticate(ctx, laptop.Access); err != nil {
		t.Fatal(err)
	}
	if o := w.list(alice)[0]; o.Agent != "Laptop/1" || !o.Used.Equal(w.clock) {
		t.Errorf("the one used last comes first: %+v", o)
	}
	w.clock = w.clock.Add(3 * time.Hour)
	if _, err := w.Refresh(ctx, phone.Refresh, Client{Agent: "Phone/2", Address: netip.MustParseAddr("::ffff:198.51.100.9")}); err != nil {
		t.Fatal(err)
	}
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if o := w.list(alice)[0]; o.Agent != "Phone/2" || o.Network != "198.51.100.0/24" || !o.Used.Equal(w.clock) {
		t.Errorf("after a refresh: %+v", o)
	}
	w.clock = w.clock.Add(RefreshTTL)
	if open := w.list(alice); len(open) != 0 {
		t.Errorf("lapsed sign-ins are listed: %+v", open)
	}
}

func TestRevokeSignIns(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	first, second, third := w.mustSignIn(alice, "alice"), w.mustSignIn(alice, ""), w.mustSignIn(alice, "")
	bobs := w.mustSignIn(bob, "bob")
	id := func(g Grant) string {
		tok, err := w.Authenticate(ctx, g.Access)
		if err != nil {
			t.Fatal(err)
		}
		return tok.Family
	}
	good := func(g Grant) bool {
		_, err := w.Authenticate(ctx, g.Access)
		if err != nil && !errors.Is(err, ErrInvalidToken) {
			t.Fatal(err)
		}
		return err == nil
	}
	// Somebody else's sign-in isn't found among one's own.
	if err := w.SignOut(ctx, alice.did, id(bobs)); err != nil || !good(bobs) {
		t.Fatalf("alice ended bob's sign-in (%v)", err)
	}
	if err := w.SignOut(ctx, alice.did, id(second)); err != nil || good(second) || !good(first) || !good(third) {
		t.Fatalf("ending one: %v", err)
	}
	if err := w.SignOutOthers(ctx, alice.did, id(third)); err != nil || good(first) || !good(third) || !good(bobs) {
		t.Fatalf("ending the others: %v", err)
	}
	if open := w.list(alice); len(open) != 1 || open[0].ID != id(third) {
		t.Errorf("left: %+v", open)
	}
}

// fullKV refuses to write while full.
type fullKV struct {
	KV
	full bool
}

var errFull = errors.New("disk full")

func (k *fullKV) Apply(puts map[string][]byte, deletes [][]byte) error {
	if k.full {
		return errFull
	}
	return k.KV.Apply(puts, deletes)
}

// A full disk costs the person nothing: the message that the wallet has signed
// signs in as soon as there is room, once.
func TestFullDiskSpendsNoNonce(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	disk := &fullKV{KV: w.space, full: true}
	w.kv = disk
	ch := w.challenge(alice)
	r := SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "alice"}
	if _, err := w.SignIn(ctx, r); !errors.Is(err, errFull) {
		t.Fatalf("on a full disk: %v", err)
	}
	disk.full = false
	if _, err := w.SignIn(ctx, r); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if _, err := w.SignIn(ctx, r); !errors.Is(err, ErrNonceUsed) {
		t.Errorf("a second time: %v", err)
	}
}

// What the disk holds of a token must not be enough to use it.
func TestTokensAreHashedAtRest(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	n := 0
	err := w.space.Scan(nil, func(key, value []byte) error {
		n++
		for _, secret := range []string{g.Access, g.Refresh} {
			_, text, _ := strings.Cut(secret, "_")
			if strings.Contains(string(key), text) || strings.Contains(string(value), text) {
				t.Errorf("a token lies in the store under %q", key)
			}
		}
		return nil
	})
	if err != nil || n < 4 {
		t.Fatalf("%d entries, %v", n, err)
	}
}
