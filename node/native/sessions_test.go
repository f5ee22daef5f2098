package native_test

import (
	"strings"
	"testing"
	"time"
)

func TestSessions(t *testing.T) {
	w := newWorld(t)
	alice := w.NewWallet()
	here, there := w.SignIn(alice, "alice"), w.SignIn(alice, "")
	bob := w.SignIn(w.NewWallet(), "bob")
	type open struct {
		Sessions []struct {
			ID, Method, Agent, Network string
			Current                    bool
			LastUsedAt                 time.Time
		}
	}
	list := func() (o open) {
		r := w.Get("/xrpc/net.metanet.auth.listSessions", here.Access)
		w.Into(r, &o)
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Error("a list of sign-ins may be cached")
		}
		return o
	}
	if o := list(); len(o.Sessions) != 2 || !o.Sessions[0].Current || o.Sessions[1].Current || o.Sessions[0].Method != "wallet" {
		t.Fatalf("%+v", o)
	}
	var refreshed grant
	w.Into(w.Post("net.metanet.auth.refresh", here.Refresh, m{}), &refreshed)
	here.Access = refreshed.AccessToken
	if o := list(); !strings.HasPrefix(o.Sessions[0].Agent, "Go-http-client") || o.Sessions[0].Network != "127.0.0.0/24" {
		t.Errorf("the program that refreshed: %+v", o)
	}
	for _, in := range []m{{}, {"id": "x", "others": true}} {
		if r := w.Post("net.metanet.auth.revokeSession", here.Access, in); r.Status != 400 {
			t.Errorf("%v: %d", in, r.Status)
		}
	}
	bobs, err := w.Sessions.Authenticate(t.Context(), bob.Access)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.Post("net.metanet.auth.revokeSession", here.Access, m{"id": bobs.Family}); r.Status != 200 {
		t.Errorf("an id that isn't one's own is told from one that doesn't exist: %d", r.Status)
	}
	if r := w.Post("net.metanet.auth.revokeSession", here.Access, m{"others": true}); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	for token, want := range map[string]int{there.Access: 401, here.Access: 200, bob.Access: 200} {
		if r := w.Get("/xrpc/net.metanet.auth.listSessions", token); r.Status != want {
			t.Errorf("want %d, got %d", want, r.Status)
		}
	}
	if r := w.Get("/xrpc/net.metanet.auth.listSessions", ""); r.Status != 401 {
		t.Errorf("without a token: %d", r.Status)
	}
}
