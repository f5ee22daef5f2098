package atproto

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// leavers is a Leaver that only notes who leaves.
type leavers struct{ people []identity.DID }

func (g *leavers) Leave(_ context.Context, did identity.DID, b *record.Bundle) error {
	if b != nil {
		return context.Canceled // AT's way has the hosted key sign
	}
	g.people = append(g.people, did)
	return nil
}

// TestDeleteAccount: an account ends by a token that only its own sign-in gets, that is
// good for that account, and once.
func TestDeleteAccount(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	w.post(alice, "x", nil) // so that AT names are known
	w.post(bob, "x", nil)
	if r := w.Post("com.atproto.server.requestAccountDelete", "", nil); r.Status != 401 {
		t.Errorf("a token for nobody: %d %s", r.Status, r.Body)
	}
	token := func() string {
		t.Helper()
		var out struct {
			Token     string
			ExpiresAt time.Time
		}
		w.Into(w.Post("com.atproto.server.requestAccountDelete", alice.Access, nil), &out)
		if left := time.Until(out.ExpiresAt); out.Token == "" || left <= 0 || left > 10*time.Minute {
			t.Fatalf("%q, good for %s", out.Token, left)
		}
		return out.Token
	}
	first := token()
	for _, c := range []struct {
		name   string
		in     m
		status int
		code   string
	}{
		{"no token", m{"did": string(alice.DID), "password": "x"}, 400, "InvalidToken"},
		{"made up", m{"did": string(alice.DID), "password": "x", "token": "made-up"}, 400, "InvalidToken"},
		{"an access token", m{"did": string(alice.DID), "password": "x", "token": alice.Access}, 400, "InvalidToken"},
		{"somebody else's account", m{"did": string(bob.DID), "password": "x", "token": first}, 400, "InvalidToken"},
		{"nobody's", m{"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "password": "x", "token": first}, 400, ""},
	} {
		r := w.Post("com.atproto.server.deleteAccount", "", c.in)
		var e struct{ Error string }
		if err := json.Unmarshal(r.Body, &e); err != nil || r.Status != c.status || c.code != "" && e.Error != c.code {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Body)
		}
	}
	if len(w.gone.people) > 0 {
		t.Fatalf("%s left without wanting to", w.gone.people)
	}
	in := m{"did": string(alice.Account.Name), "password": "", "token": token()}
	if r := w.Post("com.atproto.server.deleteAccount", "", in); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := w.Post("com.atproto.server.deleteAccount", "", in); r.Status != 400 {
		t.Errorf("twice: %d %s", r.Status, r.Body)
	}
	if !slices.Equal(w.gone.people, []identity.DID{alice.DID}) {
		t.Errorf("%s left", w.gone.people)
	}
}
