package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/node/client"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// proxied sends requests as a proxy that was asked by somebody would.
type proxied string

func (p proxied) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", string(p))
	return http.DefaultTransport.RoundTrip(r)
}

func (r *running) client(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(r.control.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// guest is a writer who does everything over HTTP, as any program would.
type guest struct {
	*writer
	http *client.Client
}

func newGuest(t *testing.T, home *running, from proxied) *guest {
	t.Helper()
	g := &guest{newIdentity(t, home), home.client(t)}
	if from != "" {
		g.http.HTTP.Transport = from
	}
	return g
}

func (g *guest) signIn(handle string) error {
	g.t.Helper()
	var ch struct{ Message string }
	if err := g.http.Procedure(g.t.Context(), "net.metanet.auth.challenge", map[string]any{"address": g.wallet.Address()}, &ch); err != nil {
		return err
	}
	sig, err := g.wallet.SignHash([32]byte(accounts.TextHash([]byte(ch.Message))))
	if err != nil {
		g.t.Fatal(err)
	}
	sig[64] += 27
	var grant struct{ AccessToken string }
	in := map[string]any{"message": ch.Message, "signature": hexutil.Encode(sig), "handle": handle}
	if err := g.http.Procedure(g.t.Context(), "net.metanet.auth.signIn", in, &grant); err != nil {
		return err
	}
	g.http = g.http.With(grant.AccessToken)
	return nil
}

// order has this server relay what the wallet signs.
func (g *guest) order(what map[string]any) error {
	g.t.Helper()
	var made struct{ TypedData json.RawMessage }
	if err := g.http.Procedure(g.t.Context(), "net.metanet.identity.prepare", what, &made); err != nil {
		g.t.Fatal(err)
	}
	var typed apitypes.TypedData
	if err := json.Unmarshal(made.TypedData, &typed); err != nil {
		g.t.Fatal(err)
	}
	sig, err := g.wallet.SignTypedData(typed)
	if err != nil {
		g.t.Fatal(err)
	}
	in := map[string]any{"typedData": made.TypedData, "signature": hexutil.Encode(sig)}
	return g.http.Procedure(g.t.Context(), "net.metanet.identity.submit", in, nil)
}

func (g *guest) post(text string) error {
	g.t.Helper()
	return g.http.Post(g.t.Context(), "net.metanet.repo.put", "application/cbor", g.note(text, nil).Bytes(), nil)
}

func (g *guest) upload(size int) error {
	g.t.Helper()
	return g.http.Post(g.t.Context(), "com.atproto.repo.uploadBlob", "application/octet-stream", bytes.Repeat([]byte{7}, size), nil)
}

func wantCode(t *testing.T, what string, err error, status int, code string) {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) || e.Status != status || e.Code != code {
		t.Errorf("%s: %v, want %d %s", what, err, status, code)
	}
}

func wantDone(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestQuotasOverHTTP: each quota is refused by its own code where people meet it, and
// they are told what they have used.
func TestQuotasOverHTTP(t *testing.T) {
	r := &running{t: t, cfg: Config{Home: t.TempDir()}}
	cfg := Config{
		Home: r.cfg.Home, Logger: quiet, HTTP: "127.0.0.1:0", RPC: "127.0.0.1:0", P2P: []string{"/ip4/127.0.0.1/tcp/0"},
		Quotas: []string{"records=1", "record-bytes=1KiB", "blob-bytes=1KiB", "operations=1", "rescues=0", "invitations=1", "accounts=1"},
	}
	r.start(cfg)

	alice := newGuest(t, r, "")
	wantDone(t, "sign-in", alice.signIn("alice"))
	enrol := map[string]any{"operation": "enrol", "key": alice.Public(), "purpose": "device"}
	wantDone(t, "the first operation", alice.order(enrol))
	second := map[string]any{"operation": "setRecovery", "address": newIdentity(t, r).wallet.Address()}
	wantCode(t, "the second operation", alice.order(second), 429, "OperationsQuotaExceeded")

	wantCode(t, "a large record", alice.post(strings.Repeat("🙂", 280)), 507, "RecordBytesQuotaExceeded")
	wantDone(t, "the first record", alice.post("one"))
	wantCode(t, "the second record", alice.post("two"), 429, "RecordsQuotaExceeded")

	wantCode(t, "a large blob", alice.upload(1025), 507, "BlobBytesQuotaExceeded")
	wantDone(t, "a blob", alice.upload(1000))
	wantDone(t, "the same blob", alice.upload(1000))
	wantCode(t, "another blob", alice.upload(25), 507, "BlobBytesQuotaExceeded")

	invite := func() error {
		return alice.http.Procedure(t.Context(), "net.metanet.account.invite", map[string]any{"note": "a friend"}, nil)
	}
	wantCode(t, "an invitation where none is needed", invite(), 403, "InvitationsNotTaken")
	if err := r.sessions.Registration().SetMode(t.Context(), session.ModeInvitation); err != nil {
		t.Fatal(err)
	}
	wantDone(t, "an invitation", invite())
	wantCode(t, "the second invitation", invite(), 429, "InvitationsQuotaExceeded")
	if err := r.sessions.Registration().SetMode(t.Context(), session.ModeOpen); err != nil {
		t.Fatal(err)
	}

	var usage struct {
		Quotas []struct {
			Name        string
			Used, Limit uint64
		}
	}
	wantDone(t, "usage", alice.http.Query(t.Context(), "net.metanet.account.usage", nil, &usage))
	want := map[string][2]uint64{"records": {1, 1}, "blob-bytes": {1000, 1024}, "operations": {1, 1}, "rescues": {0, 0}, "invitations": {1, 1}}
	for _, q := range usage.Quotas {
		if w, ours := want[q.Name]; ours && w != [2]uint64{q.Used, q.Limit} {
			t.Errorf("%s: %d of %d, want %v", q.Name, q.Used, q.Limit, w)
		}
		if q.Name == "record-bytes" && (q.Used == 0 || q.Used > 1024) {
			t.Errorf("record-bytes: %d", q.Used)
		}
		delete(want, q.Name)
	}
	if len(want) > 0 {
		t.Errorf("%v are not told", want)
	}
	wantCode(t, "usage of nobody's", r.client(t).Query(t.Context(), "net.metanet.account.usage", nil, nil), 401, xrpc.CodeAuthRequired)

	// What a client says of its address is not believed: all of these come from loopback.
	const claimed = "198.51.100.7"
	for _, name := range []string{"bob", "carol"} {
		wantDone(t, name, newGuest(t, r, claimed).signIn(name))
	}

	// A proxy that was named is. What was written before it came from the client itself.
	r.down()
	cfg.TrustedProxies = []string{"127.0.0.1"}
	r.start(cfg)
	wantDone(t, "the first from an address", newGuest(t, r, claimed).signIn("dave"))
	wantCode(t, "the second", newGuest(t, r, claimed).signIn("erin"), 429, "AccountsQuotaExceeded")
	wantCode(t, "one who claims another", newGuest(t, r, "203.0.113.9, "+claimed).signIn("erin"), 429, "AccountsQuotaExceeded")
	wantDone(t, "the first from elsewhere", newGuest(t, r, claimed+", 203.0.113.9").signIn("erin"))
	wantDone(t, "who has an account", alice.again(r).signIn(""))
}

// again is the same person after a restart, who signs in anew.
func (g *guest) again(home *running) *guest {
	g.writer.home = home
	return &guest{g.writer, home.client(g.t)}
}

// TestRescuesOverHTTP: whoever recovers an identity uses a quota of its own.
func TestRescuesOverHTTP(t *testing.T) {
	r := &running{t: t, cfg: Config{Home: t.TempDir()}}
	r.start(Config{
		Home: r.cfg.Home, Logger: quiet, HTTP: "127.0.0.1:0", RPC: "127.0.0.1:0", P2P: []string{"/ip4/127.0.0.1/tcp/0"},
		Quotas: []string{"rescues=1"},
	})
	alice, friend := newGuest(t, r, ""), newIdentity(t, r)
	wantDone(t, "sign-in", alice.signIn("alice"))
	wantDone(t, "the recovery address", alice.order(map[string]any{"operation": "setRecovery", "address": friend.wallet.Address()}))
	rescue := func(operation string) error {
		var made struct{ TypedData json.RawMessage }
		in := map[string]any{"did": alice.did, "operation": operation, "address": friend.wallet.Address()}
		wantDone(t, operation, r.client(t).Procedure(t.Context(), "net.metanet.recovery.prepare", in, &made))
		var typed apitypes.TypedData
		wantDone(t, operation, json.Unmarshal(made.TypedData, &typed))
		sig, err := friend.wallet.SignTypedData(typed)
		wantDone(t, operation, err)
		return r.client(t).Procedure(t.Context(), "net.metanet.recovery.submit", map[string]any{"typedData": made.TypedData, "signature": hexutil.Encode(sig)}, nil)
	}
	wantDone(t, "the first", rescue("startRecovery"))
	eventually(t, "the takeover is known", func() bool {
		id, err := r.anchor.follower.Identity(t.Context(), alice.did)
		return err == nil && id.PendingRecovery != nil
	})
	wantCode(t, "the second", rescue("cancelRecovery"), 429, "RescuesQuotaExceeded")
}
