package native_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"metanet/identity"
	"metanet/node/native"
	"metanet/node/native/facetest"
)

// What was submitted is asked after by the identity that submitted it.
func TestOperationOutcome(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	w.outcomes = map[string]native.Receipt{
		"waiting": {},
		"done":    {Done: true, Tx: [32]byte{1}, Block: 7},
		"refused": {Done: true, Refused: "KeyEnded(…)"},
	}
	for id, want := range map[string]string{
		"waiting": `{"operation":"waiting","status":"queued"}`,
		"done":    `{"operation":"done","status":"confirmed","tx":"0x01` + strings.Repeat("00", 31) + `","block":7}`,
		"refused": `{"operation":"refused","status":"refused","message":"KeyEnded(…)"}`,
	} {
		if r := w.Get("/xrpc/net.metanet.identity.operation?operation="+id, alice.Access); r.Status != 200 || strings.TrimSpace(string(r.Body)) != want {
			t.Errorf("%s: %d %s", id, r.Status, r.Body)
		}
	}
	if r := w.Get("/xrpc/net.metanet.identity.operation?operation=other", alice.Access); r.Status != 404 || r.Code() != "OperationNotFound" {
		t.Errorf("unknown: %d %s", r.Status, r.Body)
	}
	if r := w.Get("/xrpc/net.metanet.identity.operation?operation=done", ""); r.Status != 401 {
		t.Errorf("nobody: %d %s", r.Status, r.Body)
	}
}

func TestOperations(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	d := newDevice(t)
	var out struct {
		Operation, Deadline string
		TypedData           m
	}
	w.Into(w.Post("net.metanet.identity.prepare", alice.Access, m{"operation": "enrol", "key": d.Public().String(), "purpose": "device", "hosted": true, "expiresAt": time.Now().Add(time.Hour)}), &out)
	op := w.prepared[0]
	if op.DID != alice.DID || op.Key != d.Public() || op.Purpose != identity.PurposeDevice || op.HostedKey != alice.Hosted || op.Server != facetest.ServerID || op.ExpiresAt.IsZero() || out.TypedData["primaryType"] != "AddKey" {
		t.Errorf("%+v %+v", op, out)
	}
	var done struct {
		Tx, Status string
		Block      int
	}
	w.Into(w.Post("net.metanet.identity.submit", alice.Access, m{"typedData": out.TypedData, "signature": "0x01"}), &done)
	if done.Status != "confirmed" || done.Block != 12 || len(done.Tx) != 66 || w.submitted[0] != alice.DID {
		t.Errorf("%+v", done)
	}
	for code, in := range map[string]m{
		"no operation": {}, "bad key": {"operation": "addKey", "key": "z6Mkx"}, "bad purpose": {"operation": "addKey", "purpose": "x"},
		"expired": {"operation": "addKey", "expiresAt": time.Now().Add(-time.Hour)}, "unknown field": {"operation": "addKey", "owner": "0x"},
	} {
		if r := w.Post("net.metanet.identity.prepare", alice.Access, in); r.Status != 400 || r.Code() != "InvalidRequest" {
			t.Errorf("%s: %d %s", code, r.Status, r.Body)
		}
	}
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("%w: KeyEnded()", native.ErrReverted), 400, "Reverted"},
		{native.ErrSigner, 400, "InvalidSignature"},
		{native.ErrChain, 503, "ChainUnavailable"},
		{native.ErrQuota, 429, "QuotaExceeded"},
		{native.ErrOperation, 400, "InvalidRequest"},
		{errors.New("secret detail"), 500, "InternalServerError"},
	} {
		w.relayErr = tt.err
		r := w.Post("net.metanet.identity.submit", alice.Access, m{"typedData": m{}, "signature": "0x01"})
		if r.Status != tt.status || r.Code() != tt.code || strings.Contains(string(r.Body), "secret") {
			t.Errorf("%v: %d %s", tt.err, r.Status, r.Body)
		}
		if tt.code == "Reverted" && !strings.Contains(string(r.Body), "KeyEnded()") {
			t.Errorf("no reason: %s", r.Body)
		}
	}
	w.relayErr = nil
	for _, operation := range []string{"enrol", "addKey", "revokeKey"} {
		r := w.Post("net.metanet.identity.prepare", alice.Access, m{"operation": operation, "hosted": true})
		if r.Status != 400 || !strings.Contains(string(r.Body), "key is missing") {
			t.Errorf("%s without a key: %d %s", operation, r.Status, r.Body)
		}
	}
	for _, nsid := range []string{"net.metanet.identity.prepare", "net.metanet.identity.submit"} {
		if r := w.Post(nsid, "", m{}); r.Status != 401 {
			t.Errorf("%s by nobody: %d", nsid, r.Status)
		}
	}
}

func TestIdentity(t *testing.T) {
	w := newWorld(t)
	alice, stranger := w.NewPerson("alice"), w.NewWallet()
	var id struct {
		DID, Owner, Status, AtName, Handle string
		Home                               *struct {
			Server int
			Domain string
		}
		Keys []struct{ Key, Purpose, Status, AddedAt, EndedAt string }
		AsOf struct{ Block int }
	}
	w.Into(w.Get("/xrpc/net.metanet.identity.get?did=alice.example.org", ""), &id)
	if id.DID != string(alice.DID) || id.Owner != alice.Address.Checksum() || id.Status != "active" || id.Home.Domain != facetest.Domain || id.Handle != "alice.example.org" ||
		len(id.Keys) != 1 || id.Keys[0].Purpose != "hosted" || id.Keys[0].Status != "live" || id.AsOf.Block != 9 {
		t.Errorf("%+v", id)
	}
	w.Chain.End(alice.DID, alice.Hosted)
	w.Into(w.Get("/xrpc/net.metanet.identity.get?did="+string(alice.DID), ""), &id)
	if id.Keys[0].Status != "ended" || id.Keys[0].EndedAt == "" {
		t.Errorf("%+v", id)
	}
	w.Into(w.Get("/xrpc/net.metanet.identity.get?did="+string(stranger.DID), ""), &id)
	if id.Owner != stranger.Address.Checksum() || id.Status != "unknown" {
		t.Errorf("%+v", id)
	}
	for did, code := range map[string]string{
		"": "InvalidRequest", "nobody.example.org": "IdentityNotFound", "did:ethr:0x1:" + alice.Address.String(): "WrongChain", "%00": "IdentityNotFound", "did:plc:ewvi7nxzyoun6zhxrhs64oiz": "IdentityNotFound",
	} {
		if r := w.Get("/xrpc/net.metanet.identity.get?did="+did, ""); r.Code() != code {
			t.Errorf("%q: %d %s, want %s", did, r.Status, r.Body, code)
		}
	}
}
