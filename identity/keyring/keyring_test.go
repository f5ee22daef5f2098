package keyring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
	"metanet/identity/plc"
)

const (
	alice = identity.DID("did:ethr:0x7a69:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
	bob   = identity.DID("did:ethr:0x7a69:0x27b1fdb04752bbc536007a920d24acb045561c26")
)

// memory is a Store. err, if set, is what every call answers.
type memory struct {
	mu  sync.Mutex
	m   map[string][]byte
	err error
}

func newMemory() *memory { return &memory{m: make(map[string][]byte)} }

func (s *memory) Get(key []byte) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.m[string(key)]
	return v, ok, s.err
}

func (s *memory) Scan(prefix []byte, fn func(key, value []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(s.m)) {
		if !strings.HasPrefix(k, string(prefix)) {
			continue
		}
		if err := fn([]byte(k), s.m[k]); err != nil {
			return err
		}
	}
	return s.err
}

func (s *memory) Apply(puts map[string][]byte, deletes [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	maps.Copy(s.m, puts)
	for _, k := range deletes {
		delete(s.m, string(k))
	}
	return nil
}

func open(t testing.TB, dir string, s Store) *Ring {
	t.Helper()
	r, err := Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOpenMakesAndFindsKeys(t *testing.T) {
	dir, s := filepath.Join(t.TempDir(), "home", "keys"), newMemory()
	a := open(t, dir, s)
	b := open(t, dir, s)
	if a.Operator().Address() != b.Operator().Address() || a.Rotation().DIDKey() != b.Rotation().DIDKey() {
		t.Errorf("%s became %s", a, b)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 3 {
		t.Fatalf("files %v, %v", names, err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != 0o600 || info.Size() != 65 {
			t.Errorf("%s: %v %d, %v", name, info.Mode(), info.Size(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
	if c := open(t, t.TempDir(), newMemory()); c.Operator().Address() == a.Operator().Address() {
		t.Error("two homes have one operator")
	}
}

func TestOpenManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	addresses := make([]identity.Address, 8)
	var wg sync.WaitGroup
	for i := range addresses {
		wg.Go(func() {
			r, err := Open(dir, newMemory())
			if err != nil {
				t.Error(err)
				return
			}
			addresses[i] = r.Operator().Address()
		})
	}
	wg.Wait()
	for _, a := range addresses {
		if a != addresses[0] || a.IsZero() {
			t.Fatalf("different keys won: %v", addresses)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOpenRefusesExposedKeys(t *testing.T) {
	for _, name := range []string{operatorFile, rotationFile, wrappingFile} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o644} {
			dir, s := t.TempDir(), newMemory()
			open(t, dir, s)
			if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir, s); !errors.Is(err, ErrExposed) {
				t.Errorf("%s %o: got %v", name, mode, err)
			}
		}
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, newMemory()); !errors.Is(err, ErrExposed) {
		t.Errorf("directory: got %v", err)
	}
}

func TestOpenRefusesMalformedFiles(t *testing.T) {
	good := strings.Repeat("ab", 32)
	for name, text := range map[string]string{
		"empty":      "",
		"short":      good[:62],
		"long":       good + "ab",
		"not hex":    good[:63] + "g",
		"two lines":  good + "\n\n",
		"zero":       strings.Repeat("00", 32),
		"over order": strings.Repeat("ff", 32),
		"huge":       strings.Repeat(good, 1000),
	} {
		for _, file := range []string{operatorFile, rotationFile, wrappingFile} {
			if file == wrappingFile && (name == "zero" || name == "over order") {
				continue // any 32 bytes are a wrapping key
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, newMemory())
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s, %s: got %v", file, name, err)
			} else if len(text) > 2 && strings.Contains(err.Error(), text[:min(len(text), 16)]) {
				t.Errorf("%s, %s: the error repeats the file: %v", file, name, err)
			}
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, rotationFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, newMemory()); !errors.Is(err, ErrMalformed) {
		t.Errorf("directory for a file: got %v", err)
	}
}

func TestLineEndsOfEditors(t *testing.T) {
	for _, end := range []string{"", "\n", "\r\n"} {
		if s, err := parseSecret("f", strings.Repeat("ab", 32)+end); err != nil || s[0] != 0xab {
			t.Errorf("%q: %v", end, err)
		}
	}
}

// A lost or changed wrapping key shows at once, and nothing is put in its place.
func TestOpenRefusesAnotherWrappingKey(t *testing.T) {
	dir, s := t.TempDir(), newMemory()
	open(t, dir, s)
	path := filepath.Join(dir, wrappingFile)
	if err := os.WriteFile(path, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, s); !errors.Is(err, ErrWrappingKey) {
		t.Errorf("changed: got %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, s); !errors.Is(err, ErrWrappingKey) {
		t.Errorf("lost: got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new wrapping key was made: %v", err)
	}
}

func TestHosted(t *testing.T) {
	ctx, dir, s := context.Background(), t.TempDir(), newMemory()
	k, err := open(t, dir, s).NewHosted(ctx, alice)
	if err != nil {
		t.Fatal(err)
	}
	again, err := open(t, dir, s).Hosted(ctx, alice, k.Public())
	if err != nil {
		t.Fatal(err)
	}
	msg := []byte("a record")
	sig, err := again.Sign(msg)
	if err != nil || !k.Public().Verify(msg, sig) {
		t.Errorf("signed by another key: %v", err)
	}
}

func TestHostedKeysOfOneIdentity(t *testing.T) {
	ctx, r := context.Background(), open(t, t.TempDir(), newMemory())
	a, err1 := r.NewHosted(ctx, alice)
	b, err2 := r.NewHosted(ctx, alice)
	c, err3 := r.NewHosted(ctx, bob)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	want := []identity.Key{a.Public(), b.Public()}
	slices.SortFunc(want, func(x, y identity.Key) int { return bytes.Compare(x[:], y[:]) })
	if got, err := r.HostedKeys(ctx, alice); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if _, err := r.Hosted(ctx, alice, c.Public()); !errors.Is(err, ErrNoKey) {
		t.Errorf("bob's key for alice: %v", err)
	}
	if err := r.Forget(ctx, alice, a.Public()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Hosted(ctx, alice, a.Public()); !errors.Is(err, ErrNoKey) {
		t.Errorf("forgotten: %v", err)
	}
	if _, err := r.Hosted(ctx, alice, b.Public()); err != nil {
		t.Errorf("the other one: %v", err)
	}
	if err := r.Forget(ctx, alice, a.Public()); err != nil {
		t.Errorf("forgotten twice: %v", err)
	}
}

// Somebody who can write the store moves entries about.
func TestMovedEntriesDoNotOpen(t *testing.T) {
	ctx, s := context.Background(), newMemory()
	r := open(t, t.TempDir(), s)
	a, err1 := r.NewHosted(ctx, alice)
	b, err2 := r.NewHosted(ctx, alice)
	_, err3 := r.ATKey(ctx, alice)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	move := func(from, to []byte) { s.m[string(to)] = bytes.Clone(s.m[string(from)]) }
	hosted := func(did identity.DID, k identity.Key) error { _, err := r.Hosted(ctx, did, k); return err }
	at := func(did identity.DID) error { _, err := r.ATKey(ctx, did); return err }

	move(hostedName(alice, a.Public()), hostedName(bob, a.Public()))
	if err := hosted(bob, a.Public()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("to another identity: %v", err)
	}
	move(atName(alice), atName(bob))
	if err := at(bob); !errors.Is(err, ErrCorrupt) {
		t.Errorf("AT key to another identity: %v", err)
	}
	move(hostedName(alice, a.Public()), atName(alice))
	if err := at(alice); !errors.Is(err, ErrCorrupt) {
		t.Errorf("to another purpose: %v", err)
	}
	move(hostedName(alice, a.Public()), hostedName(alice, b.Public()))
	if err := hosted(alice, b.Public()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("to another key: %v", err)
	}
}

func TestDamagedEntriesDoNotOpen(t *testing.T) {
	ctx, s := context.Background(), newMemory()
	r := open(t, t.TempDir(), s)
	k, err := r.NewHosted(ctx, alice)
	if err != nil {
		t.Fatal(err)
	}
	name := string(hostedName(alice, k.Public()))
	good := s.m[name]
	for i := range good {
		s.m[name] = bytes.Clone(good)
		s.m[name][i] ^= 1
		if _, err := r.Hosted(ctx, alice, k.Public()); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for n := range good {
		s.m[name] = good[:n]
		if _, err := r.Hosted(ctx, alice, k.Public()); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut to %d: %v", n, err)
		}
	}
	s.m[string(hostedPrefix(alice))+"x"] = good
	if _, err := r.HostedKeys(ctx, alice); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a name that is no key: %v", err)
	}
}

// The sealed form is what other versions of the node must read.
func TestSealedForm(t *testing.T) {
	wrapping := secret(bytes.Repeat([]byte{1}, 32))
	sealer, err := newSealer(&wrapping)
	if err != nil {
		t.Fatal(err)
	}
	golden, _ := hex.DecodeString("01b761f1c40124bc2dd4014fb5cf69e570f9b4d3cdf7cd576b965f76123469e5ed0c9ec2a86f1a632aa97b8cb1a11dcb9d31e7d7c0fda1c8ad8a30e3e8abf23289ddf1b2a02699ec50")
	plain, err := sealer.open(purposeHosted, alice, golden)
	if err != nil || *plain != secret(bytes.Repeat([]byte{3}, 32)) {
		s := secret(bytes.Repeat([]byte{3}, 32))
		t.Errorf("%v; sealed today: %x", err, sealer.seal(purposeHosted, alice, &s))
	}
}

func TestATKey(t *testing.T) {
	ctx, dir, s := context.Background(), t.TempDir(), newMemory()
	r := open(t, dir, s)
	keys := make([]*ATKey, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = r.ATKey(ctx, alice); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	again, err := open(t, dir, s).ATKey(ctx, alice)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if !k.Equal(again) {
			t.Fatalf("%s and %s for one identity", k, again)
		}
	}
	other, err := r.ATKey(ctx, bob)
	if err != nil || other.Equal(again) || other.Equal(r.Rotation()) {
		t.Errorf("identities share a key: %v", err)
	}
	public, err := atcrypto.ParsePublicDIDKey(again.DIDKey())
	if err != nil {
		t.Fatal(err)
	}
	sig, err := again.HashAndSign([]byte("a commit"))
	if err != nil || public.HashAndVerify([]byte("a commit"), sig) != nil {
		t.Errorf("signature: %v", err)
	}
}

func TestRotationKeySignsGenesis(t *testing.T) {
	ctx, r := context.Background(), open(t, t.TempDir(), newMemory())
	at, err := r.ATKey(ctx, alice)
	if err != nil {
		t.Fatal(err)
	}
	op, err := plc.New([]string{r.Rotation().DIDKey()}, at.DIDKey(), "alice.example.org", alice, "https://example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Sign(r.Rotation()); err != nil || op.Name() == "" {
		t.Errorf("%q, %v", op.Name(), err)
	}
}

func TestOperatorSigns(t *testing.T) {
	o := open(t, t.TempDir(), newMemory()).Operator()
	hash := sha256.Sum256([]byte("a transaction"))
	sig, err := o.SignHash(hash)
	if err != nil || len(sig) != 65 || sig[64] > 1 {
		t.Fatalf("%x, %v", sig, err)
	}
	key, err := crypto.SigToPub(hash[:], sig)
	if err != nil || identity.Address(crypto.PubkeyToAddress(*key)) != o.Address() {
		t.Errorf("signed by another account: %v", err)
	}
}

func TestRefusedIdentitiesAndContexts(t *testing.T) {
	ctx, s := context.Background(), newMemory()
	r := open(t, t.TempDir(), s)
	for _, did := range []identity.DID{"", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", alice + "\x00x"} {
		if _, err := r.NewHosted(ctx, did); !errors.Is(err, identity.ErrInvalidDID) {
			t.Errorf("NewHosted(%q): %v", did, err)
		}
		if _, err := r.ATKey(ctx, did); !errors.Is(err, identity.ErrInvalidDID) {
			t.Errorf("ATKey(%q): %v", did, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	for name, call := range calls(r) {
		if err := call(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	if len(s.m) != 1 {
		t.Errorf("something was kept: %v", slices.Sorted(maps.Keys(s.m)))
	}
}

func calls(r *Ring) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"NewHosted":  func(ctx context.Context) error { _, err := r.NewHosted(ctx, alice); return err },
		"Hosted":     func(ctx context.Context) error { _, err := r.Hosted(ctx, alice, identity.Key{}); return err },
		"HostedKeys": func(ctx context.Context) error { _, err := r.HostedKeys(ctx, alice); return err },
		"Forget":     func(ctx context.Context) error { return r.Forget(ctx, alice, identity.Key{}) },
		"ATKey":      func(ctx context.Context) error { _, err := r.ATKey(ctx, alice); return err },
	}
}

// A store that fails is not a store without the key.
func TestFailingStore(t *testing.T) {
	s := newMemory()
	r := open(t, t.TempDir(), s)
	s.err = errors.New("disk full")
	for name, call := range calls(r) {
		if err := call(context.Background()); !errors.Is(err, s.err) || errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(t.TempDir(), s); !errors.Is(err, s.err) {
		t.Errorf("Open: %v", err)
	}
}

// Whatever way a key is printed, logged or encoded, no private half comes out.
func TestNothingIsShown(t *testing.T) {
	ctx, dir, s := context.Background(), t.TempDir(), newMemory()
	r := open(t, dir, s)
	hosted, err1 := r.NewHosted(ctx, alice)
	at, err2 := r.ATKey(ctx, alice)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	secrets := fileSecrets(t, dir)
	for _, sealed := range []struct {
		p    purpose
		name []byte
	}{{purposeHosted, hostedName(alice, hosted.Public())}, {purposeAT, atName(alice)}} {
		plain, err := r.sealer.open(sealed.p, alice, s.m[string(sealed.name)])
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, plain)
	}
	if len(secrets) != 5 {
		t.Fatalf("%d secrets", len(secrets))
	}

	var out bytes.Buffer
	text, js := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{
		*secrets[0], secrets[0], []*secret{secrets[0]}, map[string]secret{"k": *secrets[0]},
		r, hosted, *hosted, at, *at, r.Operator(), *r.Operator(), r.Rotation(), r.sealer, &r.sealer,
		[]any{r, *hosted}, map[string]any{"k": at}, struct{ K *HostedKey }{hosted}, struct{ K Operator }{*r.Operator()},
		struct{ k HostedKey }{*hosted}, struct{ k *ATKey }{at},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%y"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		text.Info("key", "value", v)
		js.Info("key", "value", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	for i, s := range secrets {
		for _, form := range forms(s) {
			if bytes.Contains(out.Bytes(), []byte(form)) {
				t.Errorf("secret %d is shown as %.12s…", i, form)
			}
		}
	}
	if !strings.Contains(out.String(), hosted.Public().String()) || !strings.Contains(out.String(), at.DIDKey()) {
		t.Error("the public halves are not shown either")
	}
}

func fileSecrets(t *testing.T, dir string) (secrets []*secret) {
	t.Helper()
	for _, name := range []string{operatorFile, rotationFile, wrappingFile} {
		s, err := load(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, s)
	}
	return secrets
}

// forms are the ways in which eight bytes of a secret would appear.
func forms(s *secret) []string {
	part := s[8:17]
	h := hex.EncodeToString(part)
	return []string{
		string(part), h, strings.ToUpper(h),
		strings.Trim(fmt.Sprint(part), "[]"),
		strings.ReplaceAll(strings.Trim(fmt.Sprint(part), "[]"), " ", ","),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", part), "[]byte{"), "}"),
		base64.StdEncoding.EncodeToString(s[9:18]), // on a boundary of three bytes
	}
}
