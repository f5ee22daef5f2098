package native_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/node/custody"
	"metanet/node/ingest"
	"metanet/node/native"
	"metanet/node/native/facetest"
	"metanet/node/passkey"
	"metanet/node/passkey/passkeytest"
	"metanet/node/resign"
)

// people is a world whose people may come with passkeys. Custody, passkeys,
// sessions, records and their door are real; its relay does at once what the
// contract would.
type people struct {
	*world
	Passkeys *passkey.Passkeys
	Custody  *custody.Custody
	prepared []custody.Enrolment
}

func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{world: &world{World: facetest.New(t), t: t, texts: map[[32]byte][]byte{}}}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	p.Passkeys, err = passkey.New(passkey.Config{
		KV: p.DB.Space("passkey"), Origins: []string{facetest.Origin}, Name: facetest.Domain, Now: time.Now, Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Custody = custody.New(custody.Config{
		KV: p.DB.Space("custody"), Ring: p.Ring, Chain: p, Relay: p, Endorser: p, Settle: p.Door.Recount,
		ChainID: facetest.ChainID, Now: time.Now, Logger: quiet,
	})
	native.New(native.Config{
		Sessions: p.Sessions, Names: p.Index, Identities: p.world, Relay: p.world, Door: p.Door, Hosted: p.Hosted, Clock: p.Clock, Feed: p.DB,
		Policies: p.world, Operator: p.world, Passkeys: p.Passkeys, Custody: p.Custody,
		About:   func(context.Context) (native.About, error) { return native.About{Version: 1, Network: p.Network}, nil },
		Network: p.Network, ChainID: facetest.ChainID, Server: func() uint64 { return facetest.ServerID },
		Now: time.Now, Logger: quiet,
	}).Register(p.XRPC)
	return p
}

func (p *people) OwnerOf(ctx context.Context, did identity.DID) (identity.Address, error) {
	return p.Chain.OwnerOf(ctx, did)
}
func (p *people) Final(context.Context, identity.DID) (bool, error) { return true, nil }

func (p *people) Keys(_ context.Context, did identity.DID) ([]identity.KeyRecord, error) {
	return p.Chain.Keys(did), nil
}

func (p *people) Enrol(_ context.Context, o *keyring.OwnerKey, hosted identity.Key, _ time.Time) error {
	p.Chain.SetHome(o.DID(), facetest.ServerID)
	p.Chain.Authorise(o.DID(), hosted, identity.PurposeHosted)
	return nil
}
func (p *people) Renew(context.Context, *keyring.OwnerKey, identity.Key, time.Time) error { return nil }

func (p *people) ChangeOwner(_ context.Context, o *keyring.OwnerKey, to identity.Address) error {
	p.Chain.SetOwner(o.DID(), to)
	for _, k := range p.Chain.Keys(o.DID()) {
		p.Chain.End(o.DID(), k.Key)
	}
	return nil
}

func (p *people) PrepareEnrolment(_ context.Context, e custody.Enrolment) (json.RawMessage, time.Time, error) {
	p.prepared = append(p.prepared, e)
	data, err := json.Marshal(m{"enrolment": len(p.prepared) - 1})
	return data, time.Now().Add(time.Hour), err
}

func (p *people) enrolment(typed json.RawMessage) custody.Enrolment {
	var n struct{ Enrolment int }
	if err := json.Unmarshal(typed, &n); err != nil {
		p.t.Fatal(err)
	}
	return p.prepared[n.Enrolment]
}

func (p *people) CheckEnrolment(_ context.Context, who identity.Address, typed json.RawMessage, sig []byte) (custody.Enrolment, error) {
	if identity.Address(sig) != who {
		return custody.Enrolment{}, native.ErrSigner
	}
	return p.enrolment(typed), nil
}

func (p *people) Submit(_ context.Context, did identity.DID, typed json.RawMessage, _ []byte) error {
	e := p.enrolment(typed)
	p.Chain.Authorise(did, e.Device, identity.PurposeDevice)
	p.Chain.Authorise(did, e.Hosted, identity.PurposeHosted)
	return nil
}

func (p *people) Endorse(ctx context.Context, did identity.DID, former []identity.Key) (int, error) {
	signer, err := p.Hosted.Signer(ctx, did)
	if err != nil {
		return 0, err
	}
	job := resign.Job{DID: did, Signer: signer, AddedAt: time.Now().Add(-time.Hour)}
	for _, key := range former {
		job.Stands = append(job.Stands, resign.Stand{Key: key, Before: time.Now()})
	}
	r := resign.Resigner{Store: p.DB, Door: p.Door, Network: p.Network, Skew: identity.DefaultParams().Skew}
	done, err := r.Run(ctx, job, nil)
	return done.Signed, err
}

func (p *people) options(token string, in m) json.RawMessage {
	p.t.Helper()
	var out struct{ PublicKey json.RawMessage }
	p.Into(p.PostFrom(facetest.Origin, "net.metanet.passkey.options", token, in), &out)
	return out.PublicKey
}

func (p *people) signUp(d *passkeytest.Device, handle string) grant {
	p.t.Helper()
	var g grant
	credential := d.Create(p.options("", m{"for": "sign up", "handle": handle}))
	p.Into(p.Post("net.metanet.passkey.signUp", "", m{"credential": credential, "handle": handle, "name": "laptop"}), &g)
	return g
}

// write signs a post with the hosted key, as the AT face does.
func (p *people) write(did identity.DID, text string) record.Path {
	p.t.Helper()
	signer, err := p.Hosted.Signer(p.t.Context(), did)
	if err != nil {
		p.t.Fatal(err)
	}
	rev := p.Clock.Next()
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rev)}
	b, err := record.Sign(p.Network, did, path, rev, p.postValue(text), signer)
	if err != nil {
		p.t.Fatal(err)
	}
	results, err := p.Door.Submit(p.t.Context(), []ingest.Candidate{{Origin: ingest.Local, Bundle: b}})
	if err != nil || results[0].Err != nil {
		p.t.Fatal(err, results)
	}
	return path
}

func (p *people) seen(did identity.DID, path record.Path) bool {
	p.t.Helper()
	_, err := p.Index.Record(p.t.Context(), did, path)
	return err == nil
}

func TestPasskeySignUpAndIn(t *testing.T) {
	p := newPeople(t)
	d := passkeytest.New(t, facetest.Origin)
	g := p.signUp(d, "alice")
	if g.Handle != "alice.example.org" || !g.Enrolled || !strings.HasPrefix(g.AtName, "did:plc:") {
		t.Fatalf("%+v", g)
	}
	p.write(identity.DID(g.DID), "at once")

	again := d.Get(p.options("", m{"for": "sign in"}), d.Passkeys[0])
	var g2 grant
	p.Into(p.Post("net.metanet.passkey.signIn", "", m{"credential": again}), &g2)
	if g2.DID != g.DID || g2.AccessToken == g.AccessToken {
		t.Errorf("%+v", g2)
	}
	if r := p.Post("net.metanet.passkey.signIn", "", m{"credential": again}); r.Status != 400 || r.Code() != "NonceUsed" {
		t.Errorf("replayed: %d %s", r.Status, r.Body)
	}
	var list struct {
		Passkeys []struct{ ID, Name string }
		Custody  bool
	}
	p.Into(p.Get("/xrpc/net.metanet.passkey.list", g2.AccessToken), &list)
	if len(list.Passkeys) != 1 || list.Passkeys[0].Name != "laptop" || !list.Custody {
		t.Errorf("%+v", list)
	}
}

// A sign-up that fails leaves nothing that somebody could sign in with, pay for or
// be kept from by.
func TestFailedSignUpLeavesNothing(t *testing.T) {
	p := newPeople(t)
	d := passkeytest.New(t, facetest.Origin)
	p.signUp(d, "alice")
	if r := p.PostFrom(facetest.Origin, "net.metanet.passkey.options", "", m{"for": "sign up", "handle": "alice"}); r.Code() != "HandleTaken" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	credential := d.Create(p.options("", m{"for": "sign up", "handle": "bob"}))
	bad := m{"credential": credential, "handle": "bob", "rotationKey": "did:key:zzz"}
	if r := p.Post("net.metanet.passkey.signUp", "", bad); r.Code() != "InvalidRotationKey" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	in := d.Get(p.options("", m{"for": "sign in"}), d.Passkeys[1])
	if r := p.Post("net.metanet.passkey.signIn", "", m{"credential": in}); r.Code() != "PasskeyRefused" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	owners := 0
	if err := p.DB.Space("keyring").Scan([]byte{'O'}, func(_, _ []byte) error { owners++; return nil }); err != nil || owners != 1 {
		t.Errorf("%d owner keys, %v", owners, err)
	}
}

func TestPasskeysOfAnAccount(t *testing.T) {
	p := newPeople(t)
	d, thief := passkeytest.New(t, facetest.Origin), passkeytest.New(t, facetest.Origin)
	g := p.signUp(d, "alice")
	p.signUp(thief, "mallory")
	token := g.AccessToken
	// With the token alone, or another account's passkey, nothing is added, removed or shown.
	made := thief.Create(p.options(token, m{"for": "new"}))
	own := d.Passkeys[0]
	for what, proof := range map[string]json.RawMessage{
		"none":               nil,
		"the thief's own":    thief.Get(p.options(token, m{"for": "add"}), thief.Passkeys[0]),
		"a sign-in's answer": d.Get(p.options("", m{"for": "sign in"}), own),
		"another act's":      d.Get(p.options(token, m{"for": "codes"}), own),
	} {
		if r := p.Post("net.metanet.passkey.add", token, m{"credential": made, "proof": proof}); r.Status < 400 || r.Status >= 500 {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
	if list, _ := p.Passkeys.List(identity.DID(g.DID)); len(list) != 1 {
		t.Fatalf("%+v", list)
	}

	proof := d.Get(p.options(token, m{"for": "add"}), own)
	second := d.Create(p.options(token, m{"for": "new"}))
	if r := p.Post("net.metanet.passkey.add", token, m{"credential": second, "proof": proof, "name": "key ring"}); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	list, _ := p.Passkeys.List(identity.DID(g.DID))
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	other := d.Get(p.options(token, m{"for": "remove", "subject": list[1].ID}), own)
	if r := p.Post("net.metanet.passkey.remove", token, m{"id": list[0].ID, "proof": other}); r.Status < 400 {
		t.Error("agreed to remove one, and another was removed")
	}
	agreed := d.Get(p.options(token, m{"for": "remove", "subject": list[0].ID}), own)
	if r := p.Post("net.metanet.passkey.remove", token, m{"id": list[0].ID, "proof": agreed}); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	last := d.Get(p.options(token, m{"for": "remove", "subject": list[1].ID}), d.Passkeys[1])
	if r := p.Post("net.metanet.passkey.remove", token, m{"id": list[1].ID, "proof": last}); r.Code() != "LastPasskey" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestRecoverWithCode(t *testing.T) {
	p := newPeople(t)
	d := passkeytest.New(t, facetest.Origin)
	g := p.signUp(d, "alice")
	var out struct{ Codes []string }
	p.Into(p.Post("net.metanet.passkey.newCodes", g.AccessToken, m{"proof": d.Get(p.options(g.AccessToken, m{"for": "codes"}), d.Passkeys[0])}), &out)
	phone := passkeytest.New(t, facetest.Origin)
	try := func(handle, code string) facetest.Reply {
		credential := phone.Create(p.options("", m{"for": "recover", "handle": handle}))
		return p.Post("net.metanet.passkey.recover", "", m{"credential": credential, "handle": handle, "code": code})
	}
	wrong, nobody := try("alice.example.org", "aaaa-aaaa-aaaa-aaaa"), try("nobody.example.org", out.Codes[0])
	if wrong.Code() != "InvalidCode" || wrong.Status != nobody.Status || string(wrong.Body) != string(nobody.Body) {
		t.Errorf("told apart: %s, %s", wrong.Body, nobody.Body)
	}
	var back grant
	p.Into(try("alice.example.org", out.Codes[0]), &back)
	if back.DID != g.DID {
		t.Errorf("%+v", back)
	}
	if r := try("alice.example.org", out.Codes[0]); r.Code() != "InvalidCode" {
		t.Errorf("a second time: %d %s", r.Status, r.Body)
	}
}

// takeOver has a wallet take g's account over, with whatever proof the test has.
func (p *people) takeOver(g grant, u facetest.Wallet, proof json.RawMessage) facetest.Reply {
	p.t.Helper()
	var prepared struct {
		Message   string
		TypedData json.RawMessage
	}
	r := p.PostFrom(facetest.Origin, "net.metanet.identity.prepareTakeOver", g.AccessToken, m{"address": u.Address.Checksum(), "key": newDevice(p.t).Public().String()})
	p.Into(r, &prepared)
	return p.Post("net.metanet.identity.takeOver", g.AccessToken, m{
		"address": u.Address.Checksum(), "message": prepared.Message, "signature": "0x" + hex.EncodeToString(u.Sign(p.t, prepared.Message)),
		"typedData": prepared.TypedData, "enrolmentSignature": "0x" + hex.EncodeToString(u.Address[:]), "proof": proof,
	})
}

func TestTakeOver(t *testing.T) {
	p := newPeople(t)
	d := passkeytest.New(t, facetest.Origin)
	g := p.signUp(d, "alice")
	did, u := identity.DID(g.DID), p.NewWallet()
	var posts []record.Path
	for range 300 { // more than one page
		posts = append(posts, p.write(did, "mine"))
	}
	agree := func(w facetest.Wallet) json.RawMessage {
		return d.Get(p.options(g.AccessToken, m{"for": "take over", "subject": w.Address.String()}), d.Passkeys[0])
	}
	// A thief with the token alone has no passkey; one who has the person confirm
	// something else, or another wallet, gets nothing for it.
	thief := p.NewWallet()
	for what, proof := range map[string]json.RawMessage{
		"nothing":        nil,
		"a sign-in":      d.Get(p.options("", m{"for": "sign in"}), d.Passkeys[0]),
		"another wallet": agree(u),
	} {
		if r := p.takeOver(g, thief, proof); r.Status < 400 || r.Status >= 500 {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
	if owner, _ := p.OwnerOf(t.Context(), did); owner != did.Address() {
		t.Fatal("taken over")
	}

	var out struct {
		Status string
		Grant  grant
	}
	p.Into(p.takeOver(g, u, agree(u)), &out)
	if out.Status != "done" || out.Grant.DID != g.DID || out.Grant.AtName != g.AtName || out.Grant.Handle != g.Handle || !out.Grant.Enrolled {
		t.Fatalf("%+v", out)
	}
	if owner, _ := p.OwnerOf(t.Context(), did); owner != u.Address {
		t.Errorf("owner %s", owner)
	}
	if lost := slices.IndexFunc(posts, func(path record.Path) bool { return !p.seen(did, path) }); lost >= 0 {
		t.Errorf("post %d is lost", lost)
	}
	if r := p.Get("/xrpc/net.metanet.passkey.list", g.AccessToken); r.Status != 401 {
		t.Errorf("a sign-in under the former owner goes on: %d", r.Status)
	}
	// Both ways in lead to the same account from now on.
	in := d.Get(p.options("", m{"for": "sign in"}), d.Passkeys[0])
	var g2 grant
	p.Into(p.Post("net.metanet.passkey.signIn", "", m{"credential": in}), &g2)
	if g2.DID != g.DID {
		t.Errorf("%+v", g2)
	}
	var found grant // whoever found the device signs in with it, too
	p.Into(p.Post("net.metanet.passkey.signIn", "", m{"credential": d.Get(p.options("", m{"for": "sign in"}), d.Passkeys[0])}), &found)
	p.loseAll(g2, thief, u)
	if r := p.Get("/xrpc/net.metanet.passkey.list", found.AccessToken); r.Status != 401 {
		t.Errorf("a sign-in by a passkey that was removed goes on: %d", r.Status)
	}
	if r := p.Get("/xrpc/net.metanet.passkey.list", g2.AccessToken); r.Status != 200 {
		t.Errorf("the sign-in that gave the order ended: %d", r.Status)
	}
	if r := p.PostFrom(facetest.Origin, "net.metanet.identity.prepareTakeOver", g2.AccessToken, m{"address": thief.Address.Checksum(), "key": newDevice(t).Public().String()}); r.Code() != "NotInCustody" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// loseAll has a wallet remove g's passkeys: its owner's alone can.
func (p *people) loseAll(g grant, thief, owner facetest.Wallet) {
	p.t.Helper()
	order := func(prepare string, w facetest.Wallet) facetest.Reply {
		var made struct{ Message string }
		p.Into(p.PostFrom(facetest.Origin, prepare, g.AccessToken, m{"address": w.Address.Checksum()}), &made)
		return p.Post("net.metanet.passkey.removeAll", g.AccessToken, m{"message": made.Message, "signature": "0x" + hex.EncodeToString(w.Sign(p.t, made.Message))})
	}
	if r := order("net.metanet.passkey.prepareRemoval", thief); r.Code() != "InvalidSignature" {
		p.t.Errorf("another wallet: %d %s", r.Status, r.Body)
	}
	if r := order("net.metanet.auth.challenge", thief); r.Status < 400 || r.Status >= 500 {
		p.t.Errorf("a sign-in's message: %d %s", r.Status, r.Body)
	}
	if list, _ := p.Passkeys.List(identity.DID(g.DID)); len(list) == 0 {
		p.t.Fatal("removed by a thief")
	}
	if r := order("net.metanet.passkey.prepareRemoval", owner); r.Status != 200 {
		p.t.Errorf("the owner: %d %s", r.Status, r.Body)
	}
	if list, _ := p.Passkeys.List(identity.DID(g.DID)); len(list) != 0 {
		p.t.Errorf("%d passkeys are left", len(list))
	}
}

func TestOptionsNeedASignIn(t *testing.T) {
	p := newPeople(t)
	for _, act := range []string{"new", "add", "remove", "codes", "take over"} {
		if r := p.PostFrom(facetest.Origin, "net.metanet.passkey.options", "", m{"for": act}); r.Status != 401 {
			t.Errorf("%s: %d %s", act, r.Status, r.Body)
		}
	}
	if r := p.PostFrom("https://evil.example", "net.metanet.passkey.options", "", m{"for": "sign in"}); r.Code() != "WrongOrigin" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
