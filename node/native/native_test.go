package native_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/coder/websocket"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
	"metanet/identity/plc"
	"metanet/node/native"
	"metanet/node/native/facetest"
)

type m = map[string]any

// world is a node with the native face on it; what stands behind Relay,
// Policies and Operator is the test's.
type world struct {
	*facetest.World
	t               testing.TB
	prepared        []native.Operation
	submitted       []identity.DID
	moved           []string
	pendingChange   *native.PendingChange
	pendingRecovery *native.PendingRecovery
	relayErr        error
	history         native.History
	texts           map[[32]byte][]byte
	policy          []byte
	ended           bool
	fundErr         error
	outcomes        map[string]native.Receipt
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: facetest.New(t), t: t, texts: map[[32]byte][]byte{}}
	native.New(native.Config{
		Sessions: w.Sessions, Names: w.Index, Identities: w, Relay: w, Rescue: w, Moves: mover{w}, Carrier: w.Carrier(), States: states{w.DB}, Door: w.Door, Hosted: w.Hosted, Clock: w.Clock, Feed: w.DB,
		Policies: w, Operator: w, Faucet: w,
		About:   func(context.Context) (native.About, error) { return native.About{Version: 1, Network: w.Network}, nil },
		Network: w.Network, ChainID: facetest.ChainID, Server: func() uint64 { return facetest.ServerID },
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}).Register(w.XRPC)
	return w
}

func (w *world) Identity(_ context.Context, did identity.DID) (native.Identity, error) {
	owner, err := w.Chain.OwnerOf(context.Background(), did)
	id := native.Identity{Owner: owner, Keys: w.Chain.Keys(did), Deactivated: owner.IsZero(), AsOf: native.Block{Number: 9, Time: time.Unix(1_700_000_000, 0)}}
	if len(id.Keys) > 0 {
		id.Changed = 1
	}
	id.PendingChange, id.PendingRecovery = w.pendingChange, w.pendingRecovery
	if s := w.Chain.Home(did); s != 0 {
		id.Home = native.Home{Server: s, Domain: facetest.Domain}
	}
	return id, err
}

func (w *world) Prepare(_ context.Context, op native.Operation) (json.RawMessage, time.Time, error) {
	w.prepared = append(w.prepared, op)
	return json.RawMessage(`{"primaryType":"AddKey"}`), time.Unix(1_700_000_000, 0), w.relayErr
}

func (w *world) Submit(_ context.Context, did identity.DID, _ json.RawMessage, _ []byte) (native.Receipt, error) {
	w.submitted = append(w.submitted, did)
	return native.Receipt{Operation: "op", Done: true, Tx: [32]byte{0xab}, Block: 12}, w.relayErr
}

func (w *world) Outcome(_ context.Context, _ identity.DID, operation string) (native.Receipt, error) {
	r, known := w.outcomes[operation]
	if !known {
		return r, native.ErrUnknownOperation
	}
	r.Operation = operation
	return r, nil
}

func (w *world) Policies(_ context.Context, server uint64) (native.History, error) {
	h := w.history
	h.Server = server
	return h, nil
}

func (w *world) Document(_ context.Context, digest [32]byte) ([]byte, bool, error) {
	b, found := w.texts[digest]
	return b, found, nil
}

func (w *world) Status(context.Context) (any, error) { return m{"ok": true}, nil }
func (w *world) Shutdown()                           { w.ended = true }
func (w *world) PublishPolicy(_ context.Context, yaml io.Reader) (b any, err error) {
	w.policy, err = io.ReadAll(yaml)
	return m{"version": 2}, err
}

func (w *world) Fund(context.Context, identity.Address) ([32]byte, error) {
	return [32]byte{0xcd}, w.fundErr
}

// device is a key that the server never sees.
type device struct{ key ed25519.PrivateKey }

func newDevice(t testing.TB) device {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return device{key}
}

func (d device) Public() identity.Key {
	return identity.Key(d.key.Public().(ed25519.PublicKey))
}
func (d device) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(d.key, msg), nil }

func (w *world) postValue(text string) []byte {
	w.t.Helper()
	v, err := record.EncodeValue(m{"$type": "app.bsky.feed.post", "text": text, "createdAt": time.Now().UTC().Format(syntax.AtprotoDatetimeLayout)})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) bundle(did identity.DID, d device, rev syntax.TID, value []byte) *record.Bundle {
	w.t.Helper()
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(w.Clock.Next())}
	b, err := record.Sign(w.Network, did, path, rev, value, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

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
		"no address":       {m{}, "InvalidMessage"},
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

const (
	one  = "application/cbor"
	many = "application/vnd.metanet.bundles+cbor"
)

type putAnswer struct {
	Results []struct{ ID, CID, URI, Status, Error, Message, Remark string }
}

func (w *world) put(media string, body []byte) facetest.Reply {
	w.t.Helper()
	return w.Do("POST", "/xrpc/net.metanet.repo.put", "", media, body)
}

func TestPut(t *testing.T) {
	w := newWorld(t)
	alice, d := w.NewPerson("alice"), newDevice(t)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	b := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue("from my device"))
	var out putAnswer
	w.Into(w.put(one, b.Bytes()), &out)
	r := out.Results[0]
	if r.Status != "admitted" || r.ID != b.ID.String() || r.CID != b.CID.String() || r.URI != "at://"+string(alice.Account.Name)+"/"+b.Path.String() {
		t.Errorf("%+v", r)
	}
	w.Into(w.put(one, b.Bytes()), &out)
	if out.Results[0].Status != "duplicate" {
		t.Errorf("again: %+v", out.Results[0])
	}
	old, err := record.Sign(w.Network, alice.DID, b.Path, syntax.NewTIDFromInteger(b.Rev.Integer()-1<<10), b.Value, d)
	if err != nil {
		t.Fatal(err)
	}
	w.Into(w.put(one, old.Bytes()), &out)
	if out.Results[0].Status != "superseded" {
		t.Errorf("an older one: %+v", out.Results[0])
	}
	flipped := bytes.Clone(b.Bytes())
	flipped[len(flipped)-1] ^= 1
	c := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue("second"))
	message := record.EncodeMessage([][]byte{flipped, c.Bytes()})
	w.Into(w.put(many, message), &out)
	if len(out.Results) != 2 || out.Results[0].Status != "refused" || out.Results[0].Error == "" || out.Results[1].Status != "admitted" {
		t.Errorf("one bad bundle spoils a good one: %+v", out.Results)
	}
	// An identity whose home this is needs no account.
	homely, d2 := w.NewWallet(), newDevice(t)
	w.Chain.SetHome(homely.DID, facetest.ServerID)
	w.Chain.Authorise(homely.DID, d2.Public(), identity.PurposeDevice)
	w.Into(w.put(one, w.bundle(homely.DID, d2, w.Clock.Next(), w.postValue("x")).Bytes()), &out)
	if out.Results[0].Status != "admitted" || !strings.HasPrefix(out.Results[0].URI, "at://"+string(homely.DID)) {
		t.Errorf("%+v", out.Results[0])
	}
}

func TestRefusedPut(t *testing.T) {
	w := newWorld(t)
	alice, stranger := w.NewPerson("alice"), w.NewWallet()
	d, unknown, ended := newDevice(t), newDevice(t), newDevice(t)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	w.Chain.Authorise(stranger.DID, d.Public(), identity.PurposeDevice)
	w.Chain.Authorise(alice.DID, ended.Public(), identity.PurposeDevice)
	w.Chain.End(alice.DID, ended.Public())
	good := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue("x")).Bytes()
	oddValue, err := record.EncodeValue(m{"$type": "app.bsky.feed.post", "text": 1})
	if err != nil {
		t.Fatal(err)
	}
	other := identity.NewNetwork(1, [32]byte{9}, identity.Address{9})
	elsewhere, err := record.Sign(other, alice.DID, record.Path{Collection: "app.bsky.feed.post", Key: "3jzfcijpj2z2a"}, w.Clock.Next(), w.postValue("x"), d)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		media  string
		body   []byte
		status int
		code   string
	}{
		{"unknown key", one, w.bundle(alice.DID, unknown, w.Clock.Next(), w.postValue("x")).Bytes(), 400, "UnknownKey"},
		{"ended key", one, w.bundle(alice.DID, ended, w.Clock.Next(), w.postValue("x")).Bytes(), 400, "ExpiredKey"},
		{"future", one, w.bundle(alice.DID, d, syntax.NewTIDFromTime(time.Now().Add(11*time.Minute), 1), w.postValue("x")).Bytes(), 400, "FutureRev"},
		{"before the key", one, w.bundle(alice.DID, d, syntax.NewTIDFromTime(time.Now().Add(-2*time.Hour), 1), w.postValue("x")).Bytes(), 400, "EarlyRev"},
		{"against the schema", one, w.bundle(alice.DID, d, w.Clock.Next(), oddValue).Bytes(), 400, "InvalidRecord"},
		{"another network", one, elsewhere.Bytes(), 400, "InvalidSignature"},
		{"not hosted", one, w.bundle(stranger.DID, d, w.Clock.Next(), w.postValue("x")).Bytes(), 403, "NotHosted"},
		{"another chain", one, w.bundle("did:ethr:0x1:0x00000000000000000000000000000000000000aa", d, w.Clock.Next(), w.postValue("x")).Bytes(), 403, "NotHosted"},
		{"empty", one, nil, 400, "InvalidRecord"},
		{"not CBOR", one, []byte("hello"), 400, "InvalidRecord"},
		{"trailing", one, append(bytes.Clone(good), 0), 400, "InvalidRecord"},
		{"bundle too large", one, make([]byte, record.MaxBundle+1), 413, "TooLarge"},
		{"message too large", many, make([]byte, record.MaxMessage+1), 413, "PayloadTooLarge"},
		{"message broken", many, good[1:], 400, "InvalidRecord"},
		{"message of none", many, []byte{0x80}, 400, "InvalidRecord"},
		{"JSON", "application/json", []byte("{}"), 415, "UnsupportedMediaType"},
		{"form", "application/x-www-form-urlencoded", good, 415, "UnsupportedMediaType"},
	}
	before := w.DB.LastSeq()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r := w.put(tt.media, tt.body); r.Status != tt.status || r.Code() != tt.code {
				t.Errorf("got %d %s, want %d %s", r.Status, r.Body, tt.status, tt.code)
			}
		})
	}
	for i := range good { // a flipped bit anywhere
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		if r := w.put(one, b); r.Status < 400 || r.Status >= 500 {
			t.Fatalf("bit flipped in byte %d: %d %s", i, r.Status, r.Body)
		}
	}
	if after := w.DB.LastSeq(); after != before {
		t.Errorf("something was written: %d, before %d", after, before)
	}
	if records, bytes := w.DB.WaitingCount(); records != 0 || bytes != 0 {
		t.Errorf("a local writer's record waits: %d", records)
	}
	if r := w.put(one, good); r.Status != 200 {
		t.Errorf("the good one: %d %s", r.Status, r.Body)
	}
}

type frame struct {
	Seq     uint64   `json:"seq"`
	Store   string   `json:"store"`
	Bundle  []byte   `json:"bundle"`
	Flags   []string `json:"flags"`
	Error   string   `json:"error"`
	Message string   `json:"message"`
	LastSeq uint64   `json:"lastSeq"`
}

func (w *world) subscribe(query string) func() (frame, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/xrpc/net.metanet.sync.subscribe?"+query, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.CloseNow() })
	c.SetReadLimit(1 << 20)
	return func() (f frame, err error) {
		_, b, err := c.Read(ctx)
		if err == nil {
			err = drisl.Unmarshal(b, &f)
		}
		return f, err
	}
}

func TestSubscribe(t *testing.T) {
	w := newWorld(t)
	alice, d := w.NewPerson("alice"), newDevice(t)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	put := func(text string) *record.Bundle {
		b := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue(text))
		if r := w.put(one, b.Bytes()); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		return b
	}
	var all []*record.Bundle
	for i := range 3 {
		all = append(all, put(fmt.Sprint(i)))
	}
	next, live := w.subscribe("cursor=0"), w.subscribe("")
	var last frame
	expect := func(next func() (frame, error), want *record.Bundle) {
		t.Helper()
		f, err := next()
		if err != nil || !bytes.Equal(f.Bundle, want.Bytes()) || f.Seq < last.Seq || f.Flags == nil {
			t.Fatalf("%+v %v", f, err)
		}
		last = f
	}
	for _, b := range all {
		expect(next, b)
	}
	b := put("while you listen")
	expect(next, b)
	expect(live, b)
	resumed := w.subscribe(url.Values{"cursor": {fmt.Sprint(last.Seq - 1)}, "store": {last.Store}}.Encode())
	expect(resumed, b)

	for query, code := range map[string]string{
		fmt.Sprintf("cursor=%d", last.Seq+1):        "FutureCursor",
		"cursor=0&store=00000000000000000000000000": "FutureCursor",
		"cursor=-1": "InvalidCursor",
		"cursor=x":  "InvalidCursor",
	} {
		refused := w.subscribe(query)
		f, err := refused()
		if err != nil || f.Error != code || f.LastSeq != last.Seq || f.Store != last.Store {
			t.Errorf("%s: %+v %v", query, f, err)
		}
		if _, err := refused(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("%s: goes on with %v", query, err)
		}
	}
}

func TestPolicies(t *testing.T) {
	w := newWorld(t)
	text := []byte(`{"rules":[{"id":"1"}]}`)
	w.texts[[32]byte{1}] = text
	w.history = native.History{Domain: facetest.Domain, Head: [32]byte{7}, Versions: []native.PolicyVersion{
		{Version: 1, Digest: [32]byte{1}}, {Version: 2, Digest: [32]byte{2}}, {Version: 3, Digest: [32]byte{1}},
	}}
	var list struct {
		Server, Count int
		Head          string
		Versions      []struct {
			Version   int
			Available bool
		}
	}
	w.Into(w.Get("/xrpc/net.metanet.policy.list", ""), &list)
	if list.Server != facetest.ServerID || list.Count != 3 || !list.Versions[0].Available || list.Versions[1].Available || len(list.Head) != 66 {
		t.Errorf("%+v", list)
	}
	var got struct {
		Version   int
		Canonical string
		Document  m
	}
	for query, want := range map[string]int{"": 3, "version=1": 1, "digest=0x01" + strings.Repeat("00", 31): 3, "version=1&digest=0x01" + strings.Repeat("00", 31): 1} {
		w.Into(w.Get("/xrpc/net.metanet.policy.get?"+query, ""), &got)
		if got.Version != want || got.Canonical != string(text) || got.Document["rules"] == nil {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for query, status := range map[string]int{"version=2": 404, "version=9": 404, "digest=0x01": 400, "digest=0x" + strings.Repeat("09", 32): 404, "version=-1": 400} {
		if r := w.Get("/xrpc/net.metanet.policy.get?"+query, ""); r.Status != status {
			t.Errorf("%s: %d %s", query, r.Status, r.Body)
		}
	}
}

func TestOperator(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	for _, token := range []string{"", "x", alice.Access} {
		for _, call := range []func() facetest.Reply{
			func() facetest.Reply { return w.Get("/xrpc/net.metanet.admin.status", token) },
			func() facetest.Reply { return w.Post("net.metanet.admin.shutdown", token, m{}) },
			func() facetest.Reply {
				return w.Do("POST", "/xrpc/net.metanet.admin.publishPolicy", token, "application/yaml", []byte("x"))
			},
			func() facetest.Reply {
				return w.Do("POST", "/xrpc/net.metanet.admin.importRecords", token, one, []byte("x"))
			},
		} {
			if r := call(); r.Status != 401 {
				t.Errorf("with token %.8q: %d %s", token, r.Status, r.Body)
			}
		}
	}
	if w.ended || w.policy != nil {
		t.Error("done all the same")
	}
	if r := w.Get("/xrpc/net.metanet.admin.status", facetest.OperatorToken); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Do("POST", "/xrpc/net.metanet.admin.publishPolicy", facetest.OperatorToken, "application/yaml", []byte("rules: []")); r.Status != 200 || string(w.policy) != "rules: []" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.admin.shutdown", facetest.OperatorToken, m{}); r.Status != 200 || !w.ended {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	value, odd := w.postValue("old"), []byte{0xa1, 0x65, '$', 't', 'y', 'p', 'e', 0x72}
	odd = append(odd, "app.bsky.feed.post"...)
	send := func(as string, records ...any) facetest.Reply {
		b, err := drisl.Marshal(m{"as": as, "records": records})
		if err != nil {
			t.Fatal(err)
		}
		return w.Do("POST", "/xrpc/net.metanet.admin.importRecords", facetest.OperatorToken, one, b)
	}
	var out putAnswer
	w.Into(send("alice.example.org",
		[]any{"app.bsky.feed.post/3jzfcijpj2z2a", value},
		[]any{"app.bsky.feed.post/3jzfcijpj2z2b", odd}, // against today's lexicon: kept, with a flag
		[]any{"app.bsky.feed.post", value},
		[]any{"app.bsky.feed.like/3jzfcijpj2z2a", value},
	), &out)
	if len(out.Results) != 4 || out.Results[0].Status != "admitted" || out.Results[1].Status != "admitted" || out.Results[2].Status != "refused" || out.Results[3].Status != "refused" ||
		out.Results[0].CID != record.Sum(value).String() || out.Results[2].Message == "" || out.Results[0].Remark != "" || out.Results[1].Remark == "" ||
		!strings.HasPrefix(out.Results[0].URI, "at://"+string(alice.Account.Name)+"/") {
		t.Errorf("%+v", out.Results)
	}
	s, err := w.Index.Record(context.Background(), alice.DID, record.Path{Collection: "app.bsky.feed.post", Key: "3jzfcijpj2z2a"})
	if err != nil || !bytes.Equal(s.Bundle.Value, value) {
		t.Errorf("other bytes are kept: %v", err)
	}
	if r := send("nobody.example.org"); r.Code() != "IdentityNotFound" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	w.Chain.End(alice.DID, alice.Hosted)
	if r := send("alice.example.org", []any{"app.bsky.feed.post/3jzfcijpj2z2c", value}); r.Code() != "HostedKeyNotAuthorised" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Do("POST", "/xrpc/net.metanet.admin.importRecords", facetest.OperatorToken, one, []byte("nonsense")); r.Status != 400 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestFundAndAbout(t *testing.T) {
	w := newWorld(t)
	if r := w.Post("net.metanet.dev.fund", "", m{"address": w.NewWallet().Address.String()}); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	w.fundErr = native.ErrQuota
	if r := w.Post("net.metanet.dev.fund", "", m{"address": w.NewWallet().Address.String()}); r.Status != 429 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.dev.fund", "", m{}); r.Status != 400 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	var about native.About
	w.Into(w.Get("/.well-known/metanet", ""), &about)
	if about.Network != w.Network {
		t.Errorf("%+v", about)
	}
}

// Whatever is sent to repo.put, the answer is never the node's own fault.
func FuzzPut(f *testing.F) {
	w := newWorld(f)
	alice, d := w.NewPerson("alice"), newDevice(f)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	good := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue("x")).Bytes()
	f.Add(good, false)
	f.Add(record.EncodeMessage([][]byte{good, good}), true)
	f.Add([]byte{0x80}, true)
	f.Fuzz(func(t *testing.T, b []byte, list bool) {
		media := one
		if list {
			media = many
		}
		r, err := http.Post(w.HTTP.URL+"/xrpc/net.metanet.repo.put", media, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode >= 500 {
			t.Fatalf("%d", r.StatusCode)
		}
	})
}

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
