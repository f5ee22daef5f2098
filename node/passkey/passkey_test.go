package passkey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/identity"
	"metanet/node/nonce"
	"metanet/node/passkey"
	"metanet/node/passkey/passkeytest"
)

const (
	home  = "https://example.org"
	alice = identity.DID("did:ethr:0x7a69:0x00000000000000000000000000000000000000aa")
	bob   = identity.DID("did:ethr:0x7a69:0x00000000000000000000000000000000000000bb")
)

var (
	signUp = passkey.Act{Name: "sign up"}
	signIn = passkey.Act{Name: "sign in"}
)

// disk is a KV that can be full.
type disk struct {
	passkey.KV
	full bool
}

var errFull = errors.New("disk full")

func (d *disk) Apply(puts map[string][]byte, deletes [][]byte) error {
	if d.full {
		return errFull
	}
	return d.KV.Apply(puts, deletes)
}

type world struct {
	*passkey.Passkeys
	t     *testing.T
	clock time.Time
	disk  *disk
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), disk: &disk{KV: db.Space("passkey")}}
	w.restart()
	return w
}

func (w *world) restart() {
	var err error
	w.Passkeys, err = passkey.New(passkey.Config{
		KV: w.disk, Origins: []string{home, "http://127.0.0.1:8080", "http://localhost:8080", "http://plain.example"}, Name: "example.org",
		Now: func() time.Time { return w.clock }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) options(o json.RawMessage, err error) json.RawMessage {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// join gives did a passkey on the device.
func (w *world) join(did identity.DID, d *passkeytest.Device) *passkeytest.Passkey {
	w.t.Helper()
	made, err := w.Register(signUp, d.Create(w.options(w.NewOptions(d.Origin, signUp, "alice"))))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.Keep(did, made, ""); err != nil {
		w.t.Fatal(err)
	}
	return d.Passkeys[len(d.Passkeys)-1]
}

func (w *world) proof(d *passkeytest.Device, act passkey.Act, pk *passkeytest.Passkey) json.RawMessage {
	w.t.Helper()
	return d.Get(w.options(w.ProofOptions(home, act)), pk)
}

func TestSignUpAndIn(t *testing.T) {
	w := newWorld(t)
	d := passkeytest.New(t, home)
	pk := w.join(alice, d)
	w.restart() // what was registered outlives the process
	for range 2 {
		if did, err := w.Prove(signIn, w.proof(d, signIn, pk)); did != alice || err != nil {
			t.Fatalf("%s, %v", did, err)
		}
	}
	list, err := w.List(alice)
	if err != nil || len(list) != 1 || list[0].Host != "example.org" || list[0].Name != "Passkey 1" {
		t.Errorf("%+v %v", list, err)
	}
}

// Signing in asks for no account, and the options say that the person must be verified.
func TestOptions(t *testing.T) {
	w := newWorld(t)
	w.join(alice, passkeytest.New(t, home))
	in := w.options(w.ProofOptions(home, signIn))
	if s := string(in); strings.Contains(s, "allowCredentials") || !strings.Contains(s, `"userVerification":"required"`) || !strings.Contains(s, `"rpId":"example.org"`) {
		t.Errorf("sign in: %s", s)
	}
	up := string(w.options(w.NewOptions("http://localhost:8080", signUp, "bob")))
	for _, want := range []string{`"residentKey":"required"`, `"userVerification":"required"`, `"id":"localhost"`, `"attestation":"none"`} {
		if !strings.Contains(up, want) {
			t.Errorf("sign up lacks %s: %s", want, up)
		}
	}
	for _, origin := range []string{"http://127.0.0.1:8080", "http://plain.example", "https://evil.example", "", "null"} {
		if _, err := w.ProofOptions(origin, signIn); !errors.Is(err, passkey.ErrOrigin) {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if got := w.Origins(); len(got) != 2 {
		t.Errorf("origins %v", got)
	}
}

// Each attack is on an answer that would otherwise pass.
func TestRefusedProofs(t *testing.T) {
	change := func(answer json.RawMessage, field string, to any) json.RawMessage {
		var a map[string]any
		if err := json.Unmarshal(answer, &a); err != nil {
			t.Fatal(err)
		}
		a["response"].(map[string]any)[field] = to
		changed, _ := json.Marshal(a)
		return changed
	}
	confirm := passkey.Act{Name: "add", Account: alice}
	for name, attack := range map[string]struct {
		answer func(w *world, d *passkeytest.Device, pk, bobs *passkeytest.Passkey) (passkey.Act, json.RawMessage)
		want   error
	}{
		"a page elsewhere": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.Origin = "https://evil.example"
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrOrigin},
		"another page of ours": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.Origin = "http://localhost:8080"
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrChallenge},
		"inside a page elsewhere": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.CrossOrigin = true
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"another relying party": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.Party = "evil.example"
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"nobody verified": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.Flags = passkeytest.UserPresent
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"nobody there": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			d.Flags = passkeytest.UserVerified
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"another's user handle": {func(w *world, d *passkeytest.Device, pk, bobs *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			pk.User = bobs.User
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"no user handle": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			pk.User = nil
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"another's credential id": {func(w *world, d *passkeytest.Device, pk, bobs *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			pk.ID, pk.User = bobs.ID, bobs.User
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrRefused},
		"another's passkey for one's act": {func(w *world, d *passkeytest.Device, _, bobs *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			return confirm, w.proof(d, confirm, bobs)
		}, passkey.ErrRefused},
		"an answer to a sign-in for more": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			return confirm, w.proof(d, signIn, pk)
		}, passkey.ErrChallenge},
		"for another subject": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			other := confirm
			other.Subject = "0xevil"
			return other, w.proof(d, confirm, pk)
		}, passkey.ErrChallenge},
		"a removed passkey": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			answer := w.proof(d, signIn, pk)
			if err := w.Forget(alice); err != nil {
				t.Fatal(err)
			}
			return signIn, answer
		}, passkey.ErrRefused},
		"a counter that stands still": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			if _, err := w.Prove(signIn, w.proof(d, signIn, pk)); err != nil {
				t.Fatal(err)
			}
			pk.Counter--
			return signIn, w.proof(d, signIn, pk)
		}, passkey.ErrCloned},
		"late": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			answer := w.proof(d, signIn, pk)
			w.clock = w.clock.Add(nonce.TTL)
			return signIn, answer
		}, passkey.ErrExpired},
		"before a restart": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			answer := w.proof(d, signIn, pk)
			w.restart()
			return signIn, answer
		}, passkey.ErrChallenge},
		"twice": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			answer := w.proof(d, signIn, pk)
			if _, err := w.Prove(signIn, answer); err != nil {
				t.Fatal(err)
			}
			return signIn, answer
		}, passkey.ErrChallenge},
		"a changed signature": {func(w *world, d *passkeytest.Device, pk, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			return signIn, change(w.proof(d, signIn, pk), "signature", "MEUCIQ")
		}, passkey.ErrRefused},
		"not an answer": {func(w *world, _ *passkeytest.Device, _, _ *passkeytest.Passkey) (passkey.Act, json.RawMessage) {
			return signIn, json.RawMessage(`{}`)
		}, passkey.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			d := passkeytest.New(t, home)
			pk, bobs := w.join(alice, d), w.join(bob, d)
			act, answer := attack.answer(w, d, pk, bobs)
			if did, err := w.Prove(act, answer); !errors.Is(err, attack.want) || did != "" {
				t.Errorf("%q, %v; want %v", did, err, attack.want)
			}
		})
	}
}

func TestRefusedRegistrations(t *testing.T) {
	w := newWorld(t)
	d := passkeytest.New(t, home)
	register := func(d *passkeytest.Device, given, taken passkey.Act) error {
		_, err := w.Register(taken, d.Create(w.options(w.NewOptions(home, given, "x"))))
		return err
	}
	evil := passkeytest.New(t, "https://evil.example")
	silent := passkeytest.New(t, home)
	silent.Flags = passkeytest.UserPresent
	foreign := passkeytest.New(t, home)
	foreign.Party = "evil.example"
	add := passkey.Act{Name: "add", Account: alice}
	for name, c := range map[string]struct{ got, want error }{
		"a page elsewhere":        {register(evil, signUp, signUp), passkey.ErrOrigin},
		"nobody verified":         {register(silent, signUp, signUp), passkey.ErrRefused},
		"another party":           {register(foreign, signUp, signUp), passkey.ErrRefused},
		"a sign-up for an adding": {register(d, signUp, add), passkey.ErrChallenge},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	answer := d.Create(w.options(w.NewOptions(home, signUp, "x")))
	first, err := w.Register(signUp, answer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Register(signUp, answer); !errors.Is(err, passkey.ErrChallenge) {
		t.Errorf("replayed: %v", err)
	}
	// One credential id belongs to one account, whoever brings it again.
	if err := w.Keep(alice, first, "x"); err != nil {
		t.Fatal(err)
	}
	if err := w.Keep(bob, first, "x"); !errors.Is(err, passkey.ErrKnown) {
		t.Errorf("the same credential for another account: %v", err)
	}
	if _, err := w.Register(signUp, w.proof(d, signIn, d.Passkeys[len(d.Passkeys)-1])); err == nil {
		t.Error("an assertion registers")
	}
}

func TestSeveral(t *testing.T) {
	w := newWorld(t)
	d := passkeytest.New(t, home)
	first := w.join(alice, d)
	add := passkey.Act{Name: "add", Account: alice}
	options := w.options(w.NewOptions(home, add, "alice"))
	if !bytes.Contains(options, []byte("excludeCredentials")) {
		t.Errorf("a device may make a second one: %s", options)
	}
	made, err := w.Register(add, d.Create(options))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Keep(alice, made, "  key\u202e ring\n"); err != nil {
		t.Fatal(err)
	}
	second := d.Passkeys[1]
	if !bytes.Equal(first.User, second.User) {
		t.Error("one account has two user handles")
	}
	list, _ := w.List(alice)
	if len(list) != 2 || !slices.ContainsFunc(list, func(k passkey.Passkey) bool { return k.Name == "key ring" }) {
		t.Fatalf("%+v", list)
	}
	if err := w.Remove(bob, list[0].ID, true); !errors.Is(err, passkey.ErrNotFound) {
		t.Errorf("somebody else removed it: %v", err)
	}
	if err := w.Remove(alice, list[0].ID, false); err != nil {
		t.Fatal(err)
	}
	left, _ := w.List(alice)
	if len(left) != 1 || left[0].ID == list[0].ID {
		t.Fatalf("left %+v", left)
	}
	if err := w.Remove(alice, left[0].ID, false); !errors.Is(err, passkey.ErrLast) {
		t.Errorf("the last: %v", err)
	}
	if err := w.Remove(alice, left[0].ID, true); err != nil {
		t.Error(err)
	}
}

func TestFullDiskSpendsNoChallenge(t *testing.T) {
	w := newWorld(t)
	d := passkeytest.New(t, home)
	pk := w.join(alice, d)
	answer := w.proof(d, signIn, pk)
	w.disk.full = true
	if _, err := w.Prove(signIn, answer); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	w.disk.full = false
	if did, err := w.Prove(signIn, answer); did != alice || err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	w := newWorld(t)
	d := passkeytest.New(t, home)
	w.join(alice, d)
	old, err := w.NewCodes(alice)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := w.NewCodes(alice)
	if err != nil || len(codes) != 10 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	err = w.disk.Scan(nil, func(key, value []byte) error {
		for _, c := range codes {
			if plain := strings.ReplaceAll(c, "-", ""); strings.Contains(strings.ToLower(string(value)), plain) {
				t.Errorf("a code lies in the store under %q", key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	recover := passkey.Act{Name: "recover"}
	made := func() passkey.Made {
		m, err := w.Register(recover, d.Create(w.options(w.NewOptions(home, recover, "alice"))))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for what, try := range map[string]struct {
		did  identity.DID
		code string
	}{"replaced": {alice, old[0]}, "another's": {bob, codes[0]}, "empty": {alice, ""}} {
		if err := w.Recover(try.did, try.code, made(), ""); !errors.Is(err, passkey.ErrCode) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.Recover(alice, " "+strings.ToUpper(codes[3]), made(), "new phone"); err != nil {
		t.Fatal(err)
	}
	if err := w.Recover(alice, codes[3], made(), ""); !errors.Is(err, passkey.ErrCode) {
		t.Errorf("a second time: %v", err)
	}
	if n, _ := w.CodesLeft(alice); n != 9 {
		t.Errorf("%d left", n)
	}
	if did, err := w.Prove(signIn, w.proof(d, signIn, d.Passkeys[len(d.Passkeys)-3])); err == nil {
		t.Errorf("a passkey without a code signs in as %s", did)
	}
	if list, _ := w.List(alice); len(list) != 2 {
		t.Errorf("%+v", list)
	}
}

func FuzzAnswers(f *testing.F) {
	p, err := passkey.New(passkey.Config{Origins: []string{home}, Name: "x", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	d := passkeytest.New(f, "https://evil.example")
	options, _ := p.NewOptions(home, signUp, "x")
	f.Add([]byte(d.Create(options)))
	f.Add([]byte(d.Get(options, d.Passkeys[0])))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := p.Register(signUp, answer); err == nil {
			t.Error("registered")
		}
		if _, err := p.Prove(signIn, answer); err == nil {
			t.Error("proved")
		}
	})
}
