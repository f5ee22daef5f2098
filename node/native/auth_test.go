package native_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
	"metanet/identity/plc"
	"metanet/node/native/facetest"
)

type grant struct {
	AccessToken, RefreshToken, DID, AtName, Handle, HostedKey string
	AccessExpiresAt, RefreshExpiresAt                         time.Time
	AtOperation                                               struct {
		Path  string
		Value json.RawMessage
	}
	Enrolled bool
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	alice := w.NewWallet()
	var ch struct {
		Message, Nonce, DID string
		ExpiresAt           time.Time
		HandleRequired      bool
	}
	w.Into(w.Post("net.metanet.auth.challenge", "", m{"address": alice.Address.Checksum(), "handle": "alice"}), &ch)
	if !ch.HandleRequired || ch.DID != string(alice.DID) || time.Until(ch.ExpiresAt) > 10*time.Minute {
		t.Errorf("%+v", ch)
	}
	sig := "0x" + hex.EncodeToString(alice.Sign(t, ch.Message))
	var g grant
	r := w.Post("net.metanet.auth.signIn", "", m{"message": ch.Message, "signature": sig, "handle": "alice"})
	w.Into(r, &g)
	if g.DID != string(alice.DID) || g.Handle != "alice.example.org" || g.Enrolled || g.AtOperation.Path != "net.metanet.identity.at/self" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v", g)
	}
	value, err := record.JSONToValue(g.AtOperation.Value)
	if err != nil {
		t.Fatal(err)
	}
	if name, _, err := plc.Verify(value, alice.DID); err != nil || string(name) != g.AtName {
		t.Errorf("the binding as sent proves %q: %v", name, err)
	}
	if _, err := identity.ParseKeyString(g.HostedKey); err != nil {
		t.Error(err)
	}
	if r := w.Post("net.metanet.auth.signIn", "", m{"message": ch.Message, "signature": sig}); r.Status != 400 || r.Code() != "NonceUsed" {
		t.Errorf("replayed: %d %s", r.Status, r.Body)
	}

	var g2 grant
	w.Into(w.Post("net.metanet.auth.refresh", g.RefreshToken, m{}), &g2)
	if g2.AccessToken == g.AccessToken || g2.AtName != g.AtName || g2.HostedKey != g.HostedKey {
		t.Errorf("%+v", g2)
	}
	if r := w.Post("net.metanet.auth.refresh", g.AccessToken, m{}); r.Status != 401 || r.Code() != "InvalidToken" {
		t.Errorf("access as refresh: %d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.auth.refresh", "", m{}); r.Status != 401 {
		t.Errorf("no token: %d %s", r.Status, r.Body)
	}
	key, err := identity.ParseKeyString(g.HostedKey)
	if err != nil {
		t.Fatal(err)
	}
	w.Chain.Authorise(alice.DID, key, identity.PurposeHosted)
	w.Chain.SetHome(alice.DID, facetest.ServerID)
	var g3 grant
	w.Into(w.Post("net.metanet.auth.refresh", g2.RefreshToken, m{}), &g3)
	if !g3.Enrolled {
		t.Error("enrolled, and not told")
	}
	if r := w.Post("net.metanet.auth.signOut", g3.AccessToken, m{}); r.Status != 200 {
		t.Errorf("sign out: %d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.auth.signOut", g3.AccessToken, m{}); r.Status != 401 {
		t.Errorf("signed out twice: %d %s", r.Status, r.Body)
	}
}

func TestRefusedSignIn(t *testing.T) {
	w := newWorld(t)
	alice, mallory := w.NewWallet(), w.NewWallet()
	taken := w.NewPerson("taken")
	_ = taken
	challenge := func() string {
		var ch struct{ Message string }
		w.Into(w.Post("net.metanet.auth.challenge", "", m{"address": alice.Address.String()}), &ch)
		return ch.Message
	}
	sign := func(message string) string { return "0x" + hex.EncodeToString(alice.Sign(t, message)) }
	edit := func(old, new string) m {
		message := strings.Replace(challenge(), old, new, 1)
		return m{"message": message, "signature": sign(message), "handle": "alice"}
	}
	honest := func(more m) m {
		message := challenge()
		in := m{"message": message, "signature": sign(message), "handle": "alice"}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	tests := []struct {
		name   string
		in     m
		status int
		code   string
	}{
		{"not a message", m{"message": "x", "signature": "0x00"}, 400, "InvalidMessage"},
		{"altered", honest(m{"message": strings.Replace(challenge(), "nothing", "something", 1)}), 401, "InvalidSignature"},
		{"signed by another", honest(m{"signature": "0x" + hex.EncodeToString(mallory.Sign(t, challenge()))}), 401, "InvalidSignature"},
		{"no hex", honest(m{"signature": "0xzz"}), 400, "InvalidSignature"},
		{"no signature", honest(m{"signature": ""}), 400, "InvalidSignature"},
		{"endless signature", honest(m{"signature": "0x" + strings.Repeat("00", 17<<10)}), 400, "InvalidSignature"},
		{"domain", edit("example.org wants", "evil.example wants"), 400, "WrongDomain"},
		{"chain", edit("Chain ID: 31337", "Chain ID: 1"), 400, "WrongChain"},
		{"nonce", edit("Nonce: ", "Nonce: a"), 400, "NonceUsed"},
		{"expired", edit("Expiration Time: 20", "Expiration Time: 19"), 400, "Expired"},
		{"no handle", honest(m{"handle": ""}), 400, "HandleRequired"},
		{"taken handle", honest(m{"handle": "taken"}), 409, "HandleTaken"},
		{"reserved handle", honest(m{"handle": "admin"}), 400, "InvalidHandle"},
		{"rotation key", honest(m{"rotationKey": "did:key:z"}), 400, "InvalidRotationKey"},
		{"unknown field", honest(m{"admin": true}), 400, "InvalidRequest"},
		{"oversize", honest(m{"handle": strings.Repeat("a", 65<<10)}), 413, "PayloadTooLarge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r := w.Post("net.metanet.auth.signIn", "", tt.in); r.Status != tt.status || r.Code() != tt.code {
				t.Errorf("got %d %s, want %d %s", r.Status, r.Body, tt.status, tt.code)
			}
		})
	}
	if _, err := w.Sessions.Account(context.Background(), alice.DID); err == nil {
		t.Error("an account was made")
	}
	for name, tt := range map[string]struct {
		in   m
		code string
	}{
		"no address":       {m{}, "InvalidRequest"},
		"wrong checksum":   {m{"address": strings.ToUpper(alice.Address.String())}, "InvalidRequest"},
		"other chain":      {m{"address": alice.Address.String(), "did": "did:ethr:0x1:" + alice.Address.String()}, "WrongChain"},
		"bad did":          {m{"address": alice.Address.String(), "did": "did:web:x"}, "InvalidRequest"},
		"handle taken":     {m{"address": alice.Address.String(), "handle": "taken"}, "HandleTaken"},
		"handle not given": {m{"address": alice.Address.String(), "handle": "a.b.c"}, "InvalidHandle"},
	} {
		if r := w.Post("net.metanet.auth.challenge", "", tt.in); r.Status < 400 || r.Status >= 500 || r.Code() != tt.code {
			t.Errorf("challenge with %s: %d %s, want %s", name, r.Status, r.Body, tt.code)
		}
	}
}
