package session

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ethereum/go-ethereum/crypto"

	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/identity/plc"
	"metanet/identity/siwe"
	"metanet/node/nonce"
)

const testChain = 0x7a69

var ctx = context.Background()

// fakeChain is the owners and keys that the chain shows. The rest under test is real.
type fakeChain struct {
	mu     sync.Mutex
	owners map[identity.DID]identity.Address
	keys   map[identity.Key]identity.KeyRecord
}

func (c *fakeChain) OwnerOf(_ context.Context, did identity.DID) (identity.Address, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if owner, ok := c.owners[did]; ok {
		return owner, nil
	}
	return did.Address(), nil
}

func (c *fakeChain) Key(_ context.Context, _ identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	rec, found := c.keys[key]
	return rec, found, nil
}

// published is the bindings that peers' records have told.
type published map[identity.DID]Binding

func (p published) Binding(_ context.Context, did identity.DID) (Binding, bool, error) {
	b, found := p[did]
	return b, found, nil
}

type world struct {
	*Sessions
	t         *testing.T
	clock     time.Time
	chain     *fakeChain
	published published
	space     *store.Space
	ring      *keyring.Ring
	created   []Account
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ring, err := keyring.Open(t.TempDir(), db.Space("keyring"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), space: db.Space("session"), ring: ring,
		chain:     &fakeChain{owners: map[identity.DID]identity.Address{}, keys: map[identity.Key]identity.KeyRecord{}},
		published: published{},
	}
	w.Sessions, err = New(Config{
		KV: w.space, Owners: w.chain, Directory: w.published, Ring: ring, ChainID: testChain,
		Origins: []string{"https://example.org", "http://127.0.0.1:8080"}, Domain: "example.org", Service: "https://example.org",
		OnAccount: func(_ context.Context, a Account) error { w.created = append(w.created, a); return nil },
		Now:       func() time.Time { return w.clock }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

type wallet struct {
	key     *ecdsa.PrivateKey
	address identity.Address
	did     identity.DID
}

func newWallet(t *testing.T) wallet {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	a := identity.Address(crypto.PubkeyToAddress(key.PublicKey))
	return wallet{key, a, identity.NewDID(testChain, a)}
}

// sign is personal_sign, as a wallet answers it.
func (w wallet) sign(t *testing.T, message string) []byte {
	t.Helper()
	m, err := siwe.Parse(message)
	if err != nil {
		t.Fatal(err)
	}
	hash := m.Hash()
	sig, err := crypto.Sign(hash[:], w.key)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return sig
}

func (w *world) challenge(u wallet) Challenge {
	w.t.Helper()
	ch, err := w.Challenge(ctx, ChallengeRequest{Address: u.address})
	if err != nil {
		w.t.Fatal(err)
	}
	return ch
}

func (w *world) signIn(u wallet, handle string) (Grant, error) {
	w.t.Helper()
	ch := w.challenge(u)
	return w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: u.sign(w.t, ch.Message), Handle: handle})
}

func (w *world) mustSignIn(u wallet, handle string) Grant {
	w.t.Helper()
	g, err := w.signIn(u, handle)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func TestFirstSignIn(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	recovery, err := atcrypto.GeneratePrivateKeyK256()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := recovery.PublicKey()
	ch, err := w.Challenge(ctx, ChallengeRequest{Address: alice.address, Handle: "alice", Origin: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	if !ch.HandleRequired || ch.DID != alice.did || !strings.HasPrefix(ch.Message, "127.0.0.1:8080 wants you to sign in") ||
		!strings.Contains(ch.Message, "\n- "+string(alice.did)) || !strings.Contains(ch.Message, "\nNonce: "+ch.Nonce) {
		t.Fatalf("challenge %+v", ch)
	}
	g, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "Alice", RotationKey: public.DIDKey()})
	if err != nil {
		t.Fatal(err)
	}
	if g.Account.DID != alice.did || g.Account.Handle != "alice.example.org" {
		t.Errorf("account %+v", g.Account)
	}
	name, handle, err := plc.Verify(g.Account.Binding, alice.did)
	if err != nil || name != g.Account.Name || handle != "alice.example.org" {
		t.Errorf("binding: %s %s %v", name, handle, err)
	}
	op, err := plc.ParseValue(g.Account.Binding)
	if err != nil || len(op.RotationKeys) != 2 || op.RotationKeys[0] != public.DIDKey() || op.RotationKeys[1] != w.ring.Rotation().DIDKey() {
		t.Errorf("rotation keys: the user's first, the server's last: %+v %v", op, err)
	}
	if owner, ok, err := w.HandleOwner(ctx, "ALICE.example.org"); owner != alice.did || !ok || err != nil {
		t.Errorf("handle owner %v %v %v", owner, ok, err)
	}
	tok, err := w.Authenticate(ctx, g.Access)
	if err != nil || tok.Account.Name != name {
		t.Errorf("token: %+v %v", tok, err)
	}
	if len(w.created) != 1 || w.created[0].DID != alice.did {
		t.Errorf("announced %+v", w.created)
	}

	again := w.mustSignIn(alice, "")
	if again.Account.Name != name || again.Account.Created != g.Account.Created || len(w.created) != 1 {
		t.Errorf("the second sign-in is another account: %+v", again.Account)
	}
	if ch := w.challenge(alice); ch.HandleRequired {
		t.Error("a known identity is asked for a handle")
	}
}

// TestRefusedSignIn alters one thing at a time. None of it may change anything:
// afterwards the honest answer to the same challenge still succeeds, unless the
// case is about the nonce being spent.
func TestRefusedSignIn(t *testing.T) {
	alice, mallory := newWallet(t), newWallet(t)
	edit := func(old, new string) func(*world, *SignInRequest) {
		return func(w *world, r *SignInRequest) {
			if !strings.Contains(r.Message, old) {
				w.t.Fatalf("nothing to alter: no %q in %q", old, r.Message)
			}
			r.Message = strings.Replace(r.Message, old, new, 1)
			r.Signature = alice.sign(w.t, r.Message)
		}
	}
	tests := []struct {
		name  string
		alter func(*world, *SignInRequest)
		want  error
	}{
		{"altered after signing", func(w *world, r *SignInRequest) {
			r.Message = strings.Replace(r.Message, "This costs nothing", "This costs everything", 1)
		}, ErrInvalidSignature},
		{"signed by another", func(w *world, r *SignInRequest) { r.Signature = mallory.sign(w.t, r.Message) }, ErrInvalidSignature},
		{"no signature", func(w *world, r *SignInRequest) { r.Signature = nil }, ErrInvalidSignature},
		{"short signature", func(w *world, r *SignInRequest) { r.Signature = r.Signature[:64] }, ErrInvalidSignature},
		{"flipped bit", func(w *world, r *SignInRequest) { r.Signature[40] ^= 1 }, ErrInvalidSignature},
		{"not a message", func(w *world, r *SignInRequest) { r.Message = "hello" }, ErrInvalidMessage},
		{"another domain", edit("example.org wants", "evil.example wants"), ErrWrongDomain},
		{"another URI", edit("URI: https://example.org", "URI: https://evil.example"), ErrWrongDomain},
		{"another path", edit("URI: https://example.org", "URI: https://example.org/evil"), ErrWrongDomain},
		{"domain of another of our origins", edit("example.org wants", "127.0.0.1:8080 wants"), ErrWrongDomain},
		{"origin that the nonce isn't for", func(w *world, r *SignInRequest) {
			r.Message = strings.Replace(r.Message, "example.org wants", "127.0.0.1:8080 wants", 1)
			r.Message = strings.Replace(r.Message, "URI: https://example.org", "URI: http://127.0.0.1:8080", 1)
			r.Signature = alice.sign(w.t, r.Message)
		}, ErrNonceUsed},
		{"another chain", edit("Chain ID: 31337", "Chain ID: 1"), ErrWrongChain},
		{"identity on another chain", edit("did:ethr:0x7a69:", "did:ethr:0x1:"), ErrWrongChain},
		{"no identity", edit("- did:ethr:", "- did:example:"), ErrInvalidMessage},
		{"identity misspelt", edit("- did:ethr:0x7a69:0x", "- did:ethr:0x7a69:0X"), ErrInvalidMessage},
		{"two identities", func(w *world, r *SignInRequest) {
			r.Message += "\n- " + string(mallory.did)
			r.Signature = alice.sign(w.t, r.Message)
		}, ErrInvalidMessage},
		{"somebody else's identity", edit(string(alice.did), string(mallory.did)), ErrNonceUsed},
		{"nonce of our own making", func(w *world, r *SignInRequest) {
			edit(nonceOf(r.Message), strings.Repeat("a", len(nonceOf(r.Message))))(w, r)
		}, ErrNonceUsed},
		{"nonce in capitals", func(w *world, r *SignInRequest) {
			edit(nonceOf(r.Message), strings.ToUpper(nonceOf(r.Message)))(w, r)
		}, ErrNonceUsed},
		{"nonce given to another wallet", func(w *world, r *SignInRequest) {
			edit(nonceOf(r.Message), w.challenge(mallory).Nonce)(w, r)
		}, ErrNonceUsed},
		{"expired", func(w *world, r *SignInRequest) { w.clock = w.clock.Add(nonce.TTL) }, ErrExpired},
		{"expiry put off", func(w *world, r *SignInRequest) {
			edit("Expiration Time: 2026-03-01T12:10", "Expiration Time: 2026-03-01T12:50")(w, r)
		}, ErrInvalidMessage},
		{"expiry put off, later", func(w *world, r *SignInRequest) {
			edit("Expiration Time: 2026-03-01T12:10", "Expiration Time: 2026-03-01T12:15")(w, r)
			w.clock = w.clock.Add(11 * time.Minute)
		}, ErrExpired},
		{"no expiry", func(w *world, r *SignInRequest) {
			line := "\nExpiration Time: " + between(r.Message, "Expiration Time: ", "\n")
			edit(line, "")(w, r)
		}, ErrInvalidMessage},
		{"issued in the future", edit("Issued At: 2026-03-01T12:00", "Issued At: 2026-03-01T12:05"), ErrExpired},
		{"not before", edit("\nResources:", "\nNot Before: 2026-03-01T12:05:00Z\nResources:"), ErrExpired},
		{"owned by another wallet now", func(w *world, r *SignInRequest) { w.chain.owners[alice.did] = mallory.address }, ErrInvalidSignature},
		{"deactivated", func(w *world, r *SignInRequest) { w.chain.owners[alice.did] = identity.Address{} }, ErrInvalidSignature},
		{"no handle", func(w *world, r *SignInRequest) { r.Handle = "" }, ErrHandleRequired},
		{"handle of two labels", func(w *world, r *SignInRequest) { r.Handle = "a.b" }, ErrInvalidHandle},
		{"handle elsewhere", func(w *world, r *SignInRequest) { r.Handle = "alice.example.com" }, ErrInvalidHandle},
		{"reserved handle", func(w *world, r *SignInRequest) { r.Handle = "admin" }, ErrInvalidHandle},
		{"taken handle", func(w *world, r *SignInRequest) { w.mustSignIn(mallory, "alice") }, ErrHandleTaken},
		{"rotation key of nonsense", func(w *world, r *SignInRequest) { r.RotationKey = "did:key:zzz" }, ErrInvalidKey},
		{"rotation key of the server", func(w *world, r *SignInRequest) { r.RotationKey = w.ring.Rotation().DIDKey() }, ErrInvalidKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			start := w.clock
			ch := w.challenge(alice)
			honest := SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "alice"}
			altered := honest
			altered.Signature = bytes.Clone(honest.Signature)
			tt.alter(w, &altered)
			before := w.dump()
			if _, err := w.SignIn(ctx, altered); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if after := w.dump(); after != before {
				t.Errorf("something changed:\n%s\n%s", before, after)
			}
			delete(w.chain.owners, alice.did)
			w.clock = start
			if tt.want == ErrHandleTaken {
				honest.Handle = "alice2"
			}
			if _, err := w.SignIn(ctx, honest); err != nil {
				t.Errorf("the honest answer afterwards: %v", err)
			}
		})
	}
}

func nonceOf(message string) string { return between(message, "Nonce: ", "\n") }

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

// dump is everything that is kept, as text.
func (w *world) dump() string {
	var sb strings.Builder
	if err := w.space.Scan(nil, func(k, v []byte) error {
		sb.Write(k)
		sb.WriteByte('=')
		sb.Write(v)
		sb.WriteByte('\n')
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return sb.String()
}

func TestReplay(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	ch := w.challenge(alice)
	r := SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "alice"}
	if _, err := w.SignIn(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(ctx, r); !errors.Is(err, ErrNonceUsed) {
		t.Errorf("replayed at once: %v", err)
	}
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(ctx, r); !errors.Is(err, ErrNonceUsed) {
		t.Errorf("replayed after a sweep: %v", err)
	}
	w.clock = w.clock.Add(nonce.TTL)
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(ctx, r); !errors.Is(err, ErrExpired) {
		t.Errorf("replayed when the nonce is forgotten: %v", err)
	}
	// A restart forgets what was used, and its new key refuses all that was given out.
	other := newWorld(t)
	if _, err := other.SignIn(ctx, r); !errors.Is(err, ErrNonceUsed) {
		t.Errorf("replayed after a restart: %v", err)
	}
}

func TestReplayRace(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	ch := w.challenge(alice)
	r := SignInRequest{Message: ch.Message, Signature: alice.sign(t, ch.Message), Handle: "alice"}
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.SignIn(ctx, r) })
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		switch {
		case err == nil:
			good++
		case !errors.Is(err, ErrNonceUsed):
			t.Error(err)
		}
	}
	if good != 1 {
		t.Errorf("one nonce gave %d sign-ins", good)
	}
}

func TestOwnerOfAnotherIdentity(t *testing.T) {
	w, alice, newWal := newWorld(t), newWallet(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	w.chain.owners[alice.did] = newWal.address
	ch, err := w.Challenge(ctx, ChallengeRequest{Address: newWal.address, DID: alice.did})
	if err != nil || ch.HandleRequired {
		t.Fatalf("%+v %v", ch, err)
	}
	g, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: newWal.sign(t, ch.Message)})
	if err != nil || g.Account.DID != alice.did || g.Account.Handle != "alice.example.org" {
		t.Errorf("the new wallet of a recovered identity: %+v %v", g, err)
	}
}

func TestSomebodyElsesIdentity(t *testing.T) {
	w, alice, mallory := newWorld(t), newWallet(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	ch, err := w.Challenge(ctx, ChallengeRequest{Address: mallory.address, DID: alice.did})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: mallory.sign(t, ch.Message)}); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("a wallet signed in as somebody else: %v", err)
	}
}

// contract says yes to one signature that no key made.
type contract struct {
	address identity.Address
	err     error
}

func (c contract) VerifyContract(_ context.Context, _ uint64, a identity.Address, _ [32]byte, sig []byte) (bool, siwe.Block, error) {
	return a == c.address && string(sig) == "by contract", siwe.Block{Number: 7, Hash: siwe.Hex32{1}}, c.err
}

func (c contract) VerifyContractAt(ctx context.Context, chainID uint64, a identity.Address, hash [32]byte, sig []byte, block [32]byte) (bool, error) {
	ok, at, err := c.VerifyContract(ctx, chainID, a, hash, sig)
	return ok && at.Hash == block, err
}

func TestContractWallet(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	w.cfg.Contracts = contract{address: alice.address}
	ch := w.challenge(alice)
	if _, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: []byte("by nobody"), Handle: "alice"}); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("refused by the contract: %v", err)
	}
	g, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: []byte("by contract"), Handle: "alice"})
	if err != nil {
		t.Fatalf("a signature that is not of 65 bytes: %v", err)
	}

	// What the contract said, and when, is kept with the sign-in, and can be asked
	// again as of that block.
	token, err := w.Authenticate(ctx, g.Access)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Refresh(ctx, g.Refresh, Client{}); err != nil {
		t.Fatal(err)
	}
	open, err := w.List(ctx, alice.did)
	if err != nil || len(open) != 1 || open[0].Evidence == nil {
		t.Fatal(open, err)
	}
	e := *open[0].Evidence
	if open[0].ID != token.Family || e.Message != ch.Message || string(e.Signature) != "by contract" || e.By != siwe.ByERC1271 || *e.At != (siwe.Block{Number: 7, Hash: siwe.Hex32{1}}) {
		t.Errorf("kept is %+v", e)
	}
	if m, err := e.Verify(ctx, contract{address: alice.address}); err != nil || m.Address != alice.address {
		t.Errorf("the same again: %v", err)
	}
	if _, err := e.Verify(ctx, contract{}); !errors.Is(err, siwe.ErrSignature) {
		t.Errorf("of a contract that says no: %v", err)
	}
	w.cfg.Contracts = contract{err: errors.New("the RPC is down")}
	ch = w.challenge(alice)
	if _, err := w.SignIn(ctx, SignInRequest{Message: ch.Message, Signature: []byte("by contract")}); !errors.Is(err, ErrChain) {
		t.Errorf("a contract that cannot be asked is not a wrong signature: %v", err)
	}
}

func TestKnownFromElsewhere(t *testing.T) {
	home, here, alice := newWorld(t), newWorld(t), newWallet(t)
	a := home.mustSignIn(alice, "alice").Account
	here.published[alice.did] = Binding{Name: a.Name, Handle: a.Handle, Value: a.Binding}
	here.cfg.Domain = "example.com"
	g := here.mustSignIn(alice, "")
	if g.Account.Name != a.Name || g.Account.Handle != a.Handle || !bytes.Equal(g.Account.Binding, a.Binding) {
		t.Errorf("a second AT name was made: %+v", g.Account)
	}
	if _, taken, _ := here.HandleOwner(ctx, a.Handle); taken {
		t.Error("a handle of another domain was given out")
	}
}

func TestLearntLater(t *testing.T) {
	home, here, alice := newWorld(t), newWorld(t), newWallet(t)
	a := home.mustSignIn(alice, "alice").Account
	if g := here.mustSignIn(alice, "other"); g.Account.Name == a.Name {
		t.Fatal("two operations have one name")
	}
	here.published[alice.did] = Binding{Name: a.Name, Handle: a.Handle, Value: a.Binding}
	if g := here.mustSignIn(alice, ""); g.Account.Name != a.Name {
		t.Errorf("the published name doesn't count: %+v", g.Account)
	}
}

func TestTokens(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	if dump := w.dump(); strings.Contains(dump, g.Access) || strings.Contains(dump, g.Refresh) || strings.Contains(dump, g.Refresh[len(refreshPrefix):]) {
		t.Error("a token is kept in the clear")
	}
	if _, err := w.Authenticate(ctx, g.Refresh); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("a refresh token as access: %v", err)
	}
	if _, err := w.Refresh(ctx, g.Access, Client{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("an access token as refresh: %v", err)
	}
	swapped := accessPrefix + g.Refresh[len(refreshPrefix):]
	for _, tok := range []string{"", "x", swapped, g.Access + "x", g.Access[:len(g.Access)-1], accessPrefix + strings.Repeat("A", 43), strings.Repeat("A", 1<<16)} {
		if _, err := w.Authenticate(ctx, tok); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("%.60q: %v", tok, err)
		}
	}
	w.clock = w.clock.Add(AccessTTL)
	if _, err := w.Authenticate(ctx, g.Access); !errors.Is(err, ErrExpiredToken) {
		t.Errorf("after two hours: %v", err)
	}
	g2, err := w.Refresh(ctx, g.Refresh, Client{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(ctx, g2.Access); err != nil || g2.Refresh == g.Refresh || g2.Access == g.Access {
		t.Errorf("after a refresh: %v", err)
	}
	w.clock = w.clock.Add(RefreshTTL)
	if _, err := w.Refresh(ctx, g2.Refresh, Client{}); !errors.Is(err, ErrExpiredToken) {
		t.Errorf("after thirty days: %v", err)
	}
	if err := w.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if dump := w.dump(); strings.Contains(dump, `"family"`) || strings.Contains(dump, `"owner"`) {
		t.Errorf("lapsed tokens are kept:\n%s", dump)
	}
}

func TestStolenRefreshToken(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	other := w.mustSignIn(alice, "") // another device
	g2, err := w.Refresh(ctx, g.Refresh, Client{})
	if err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(reuseGrace - time.Second)
	if _, err := w.Refresh(ctx, g.Refresh, Client{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("a second tab: %v", err)
	}
	if _, err := w.Authenticate(ctx, g2.Access); err != nil {
		t.Errorf("a second tab signed the first out: %v", err)
	}
	w.clock = w.clock.Add(time.Minute)
	if _, err := w.Refresh(ctx, g.Refresh, Client{}); !errors.Is(err, ErrTokenReused) {
		t.Errorf("a thief: %v", err)
	}
	if _, err := w.Authenticate(ctx, g2.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("the sign-in goes on: %v", err)
	}
	if _, err := w.Refresh(ctx, g2.Refresh, Client{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("the youngest refresh token goes on: %v", err)
	}
	if _, err := w.Authenticate(ctx, other.Access); err != nil {
		t.Errorf("another device's sign-in ended, too: %v", err)
	}
}

func TestSignOut(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	a, b := w.mustSignIn(alice, "alice"), w.mustSignIn(alice, "")
	tok, err := w.Authenticate(ctx, a.Access)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SignOut(ctx, alice.did, tok.Family); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(ctx, a.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("signed out: %v", err)
	}
	if _, err := w.Refresh(ctx, a.Refresh, Client{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("signed out, refresh: %v", err)
	}
	if _, err := w.Authenticate(ctx, b.Access); err != nil {
		t.Errorf("the other sign-in: %v", err)
	}
	if err := w.EndAll(ctx, alice.did); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(ctx, b.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("all ended: %v", err)
	}
}

func TestEndAllIsOneIdentitys(t *testing.T) {
	w, alice, bob := newWorld(t), newWallet(t), newWallet(t)
	w.mustSignIn(alice, "alice")
	b := w.mustSignIn(bob, "bob")
	if err := w.EndAll(ctx, alice.did); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(ctx, b.Access); err != nil {
		t.Errorf("bob, too: %v", err)
	}
}

// The event that tells of a new owner may be lost in a crash. Tokens end all the same.
func TestOwnerChangeEndsTokens(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	g := w.mustSignIn(alice, "alice")
	w.chain.owners[alice.did] = newWallet(t).address
	if _, err := w.Authenticate(ctx, g.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("access: %v", err)
	}
	if _, err := w.Refresh(ctx, g.Refresh, Client{}); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("refresh: %v", err)
	}
}

func TestSignInsAreBounded(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	first := w.mustSignIn(alice, "alice")
	for range maxFamilies - 1 {
		w.clock = w.clock.Add(time.Second)
		w.mustSignIn(alice, "")
	}
	if _, err := w.Authenticate(ctx, first.Access); err != nil {
		t.Fatal(err)
	}
	last := w.mustSignIn(alice, "")
	if _, err := w.Authenticate(ctx, first.Access); !errors.Is(err, ErrInvalidToken) {
		t.Errorf("the oldest sign-in should have given way: %v", err)
	}
	if _, err := w.Authenticate(ctx, last.Access); err != nil {
		t.Error(err)
	}
}

func TestHandles(t *testing.T) {
	for text, want := range map[string]syntax.Handle{
		"alice": "alice.example.org", "@Alice": "alice.example.org", "alice.example.org": "alice.example.org",
		"a-b-c": "a-b-c.example.org", "007": "007.example.org", strings.Repeat("a", 20): syntax.Handle(strings.Repeat("a", 20)) + ".example.org",
		"al": "", strings.Repeat("a", 21): "", "-alice": "", "alice-": "", "al--ice": "", "xn--alice": "", "al_ice": "", "älice": "",
		"al ice": "", "alice.bob": "", "alice\n": "alice.example.org", "": "", "root": "", "admin": "", "www": "", "alice.example.org.": "", ".example.org": "",
	} {
		got, err := parseHandle(text, "example.org")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, err, want)
		}
	}
}

func TestHostedKeys(t *testing.T) {
	w, alice := newWorld(t), newWallet(t)
	h := NewHosted(w.ring, w.chain, w.now)
	if _, err := h.Signer(ctx, alice.did); !errors.Is(err, ErrHostedKey) {
		t.Errorf("before any key: %v", err)
	}
	first, authorised, err := h.Key(ctx, alice.did)
	if err != nil || authorised {
		t.Fatal(authorised, err)
	}
	if again, _, _ := h.Key(ctx, alice.did); again != first {
		t.Error("each question makes a key")
	}
	if _, err := h.Signer(ctx, alice.did); !errors.Is(err, ErrHostedKey) {
		t.Errorf("before the wallet's word: %v", err)
	}
	now := uint64(w.clock.Unix())
	w.chain.keys[first] = identity.KeyRecord{Key: first, Purpose: identity.PurposeHosted, AddedAt: now - 100}
	signer, err := h.Signer(ctx, alice.did)
	if err != nil || signer.Public() != first {
		t.Fatal(err)
	}
	if sig, err := signer.Sign([]byte("x")); err != nil || !first.Verify([]byte("x"), sig) {
		t.Errorf("%v", err)
	}
	w.chain.keys[first] = identity.KeyRecord{Key: first, Purpose: identity.PurposeHosted, AddedAt: now - 100, EndedAt: now}
	if _, err := h.Signer(ctx, alice.did); !errors.Is(err, ErrHostedKey) {
		t.Errorf("after its end: %v", err)
	}
	second, authorised, err := h.Key(ctx, alice.did)
	if err != nil || authorised || second == first {
		t.Errorf("an ended key is offered again: %v", err)
	}
}

func TestBadConfiguration(t *testing.T) {
	for _, origins := range [][]string{nil, {"example.org"}, {"https://example.org/"}, {"ftp://example.org"}} {
		if _, err := New(Config{Origins: origins}); err == nil {
			t.Errorf("%q passes", origins)
		}
	}
}

func FuzzHandle(f *testing.F) {
	for _, s := range []string{"alice", "a-b", "@A.example.org", "xn--a", "..", "a\x00b", strings.Repeat("a", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHandle(s, "example.org")
		if err != nil {
			return
		}
		if _, err := syntax.ParseHandle(string(h)); err != nil || strings.Count(string(h), ".") != 2 || !strings.HasSuffix(string(h), ".example.org") {
			t.Fatalf("%q became %q", s, h)
		}
	})
}
