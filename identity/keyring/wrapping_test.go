package keyring

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/accounts/keystore"
)

func TestMain(m *testing.M) {
	cost.memory, cost.passes = 64, 1
	kdf.n, kdf.p = keystore.LightScryptN, keystore.LightScryptP
	os.Exit(m.Run())
}

// passphrase puts a text into a file and reads it from there.
func passphrase(t testing.TB, text string) *Passphrase {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := ReadPassphrase(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kept is a home with two hosted keys, an AT key and an owner key in it.
type kept struct {
	dir   string
	store *memory
	a, b  identity.Key
	at    string
	owner identity.DID
}

func newKept(t *testing.T, wrapping *Passphrase) *kept {
	t.Helper()
	k := &kept{dir: t.TempDir(), store: newMemory()}
	r, err := OpenWith(k.dir, k.store, Options{Wrapping: wrapping})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	a, err1 := r.NewHosted(ctx, alice)
	b, err2 := r.NewHosted(ctx, bob)
	at, err3 := r.ATKey(ctx, alice)
	owner, err4 := r.NewOwner(ctx, 0x7a69)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	k.a, k.b, k.at, k.owner = a.Public(), b.Public(), at.DIDKey(), owner.DID()
	return k
}

// opens reports whether all keys are there under that passphrase or file.
func (k *kept) opens(wrapping *Passphrase) error {
	r, err := OpenWith(k.dir, k.store, Options{Wrapping: wrapping})
	if err != nil {
		return err
	}
	ctx := context.Background()
	_, err1 := r.Hosted(ctx, alice, k.a)
	_, err2 := r.Hosted(ctx, bob, k.b)
	at, err3 := r.ATKey(ctx, alice)
	_, err4 := r.Owner(ctx, k.owner)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	if at.DIDKey() != k.at {
		return errors.New("another AT key")
	}
	return nil
}

func (k *kept) has(name string) bool {
	_, err := os.Stat(filepath.Join(k.dir, name))
	return err == nil
}

func TestRotateWrapping(t *testing.T) {
	one, two := passphrase(t, "one"), passphrase(t, "two")
	for name, c := range map[string]struct{ from, to *Passphrase }{
		"file to file":             {nil, nil},
		"file to passphrase":       {nil, one},
		"passphrase to passphrase": {one, two},
		"passphrase to file":       {one, nil},
	} {
		k := newKept(t, c.from)
		before := fmt.Sprint(k.store.m)
		file, _ := os.ReadFile(filepath.Join(k.dir, wrappingFile))
		if err := RotateWrapping(k.dir, k.store, c.from, c.to); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := k.opens(c.to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for key, sealed := range k.store.m {
			if strings.Contains(before, fmt.Sprint(sealed)) {
				t.Errorf("%s: entry %.1q was left as it was", name, key)
			}
		}
		if k.has(nextFile) || k.has(wrappingFile) != (c.to == nil) {
			t.Errorf("%s: key files are left behind", name)
		}
		if now, _ := os.ReadFile(filepath.Join(k.dir, wrappingFile)); len(file) > 0 && bytes.Equal(now, file) {
			t.Errorf("%s: the file's key is the same", name)
		}
	}
}

// killed is a store under which the process dies: before its n-th write or right
// after it.
type killed struct {
	*memory
	after bool
}

var errKilled = errors.New("killed")

func (k killed) Apply(puts map[string][]byte, deletes [][]byte) error {
	if k.after {
		if err := k.memory.Apply(puts, deletes); err != nil {
			return err
		}
	}
	panic(errKilled)
}

// dies runs f, which must be killed.
func dies(t *testing.T, f func() error) {
	t.Helper()
	defer func() {
		if r := recover(); r != errKilled {
			t.Errorf("was not killed: %v", r)
		}
	}()
	t.Errorf("lived on: %v", f())
}

// Killed at any step, the store is under the old key or the new one, and can be
// rotated again.
func TestRotationKilledAtEachStep(t *testing.T) {
	one, two := passphrase(t, "one"), passphrase(t, "two")
	for name, c := range map[string]struct{ from, to *Passphrase }{
		"file to file": {nil, nil}, "file to passphrase": {nil, one}, "passphrase to passphrase": {one, two}, "passphrase to file": {one, nil},
	} {
		for _, after := range []bool{false, true} {
			k := newKept(t, c.from)
			dies(t, func() error { return RotateWrapping(k.dir, killed{k.store, after}, c.from, c.to) })
			now := c.from
			if after {
				now = c.to
			}
			if err := k.opens(now); err != nil {
				t.Errorf("%s, after %v: %v", name, after, err)
			}
			if k.has(nextFile) || k.has(wrappingFile) != (now == nil) {
				t.Errorf("%s, after %v: key files are left behind", name, after)
			}
			if err := RotateWrapping(k.dir, k.store, now, c.to); err != nil {
				t.Errorf("%s, after %v: again: %v", name, after, err)
			}
			if err := k.opens(c.to); err != nil {
				t.Errorf("%s, after %v: again: %v", name, after, err)
			}
		}
	}
}

// Nothing is left behind under a key that goes: an entry that does not open, or of
// another version's kind, stops the rotation before it has changed anything.
func TestRotationLeavesNothingBehind(t *testing.T) {
	for name, spoil := range map[string]func(*kept){
		"damaged":      func(k *kept) { k.store.m[string(atName(alice))][30] ^= 1 },
		"unknown kind": func(k *kept) { k.store.m["Xnews"] = []byte{1} },
	} {
		k := newKept(t, nil)
		spoil(k)
		before := fmt.Sprint(k.store.m)
		if err := RotateWrapping(k.dir, k.store, nil, passphrase(t, "one")); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if fmt.Sprint(k.store.m) != before || !k.has(wrappingFile) {
			t.Errorf("%s: something was changed", name)
		}
	}
}

// A home of before there were passphrases moves under the one that it is given.
func TestOldHomeMovesUnderAPassphrase(t *testing.T) {
	one := passphrase(t, "one")
	k := newKept(t, nil)
	if err := k.opens(one); err != nil {
		t.Fatal(err)
	}
	if k.has(wrappingFile) {
		t.Error("the plain key is still there")
	}
	if err := k.opens(one); err != nil {
		t.Error(err)
	}
	if err := k.opens(nil); !errors.Is(err, ErrPassphrase) || !strings.Contains(err.Error(), WrappingCredential) {
		t.Errorf("without it: %v", err)
	}
	for _, after := range []bool{false, true} { // killed while it moves
		k := newKept(t, nil)
		dies(t, func() error {
			_, err := OpenWith(k.dir, killed{k.store, after}, Options{Wrapping: one})
			return err
		})
		if err := k.opens(one); err != nil {
			t.Errorf("killed, after %v: %v", after, err)
		}
		if k.has(wrappingFile) {
			t.Errorf("killed, after %v: the plain key is still there", after)
		}
	}
}

func TestWrongPassphrase(t *testing.T) {
	k := newKept(t, passphrase(t, "open sesame"))
	err := k.opens(passphrase(t, "open barley"))
	if !errors.Is(err, ErrPassphrase) || !strings.Contains(err.Error(), "do not open") {
		t.Errorf("wrong: %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "barley") {
		t.Errorf("shown: %v", err)
	}
	for name, damage := range map[string][]byte{
		"cut": {1, 2}, "version": append([]byte{9}, make([]byte, 25)...), "zero": append([]byte{1}, make([]byte, 25)...),
		"a terabyte": append([]byte{1, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 1}, make([]byte, 16)...),
	} {
		k.store.m[string(deriveKey)] = damage
		if err := k.opens(passphrase(t, "open sesame")); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadPassphrase(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for text, want := range map[string]string{"a b\n": "a b", "x\r\n": "x", " y ": " y ", "two\nlines\n": "two\nlines"} {
		if p, err := ReadPassphrase(write("good", text, 0o600)); err != nil || p.text() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "\n", strings.Repeat("x", maxPassphrase+1)} {
		if _, err := ReadPassphrase(write("bad", text, 0o600)); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%.9q: %v", text, err)
		}
	}
	if _, err := ReadPassphrase(write("shared", "x", 0o644)); !errors.Is(err, ErrExposed) {
		t.Errorf("others can read it: %v", err)
	}
	if _, err := ReadPassphrase(dir); !errors.Is(err, ErrPassphrase) {
		t.Errorf("a directory: %v", err)
	}
	t.Setenv(CredentialsEnv, dir)
	if p, err := FindPassphrase("", OperatorCredential); p != nil || err != nil {
		t.Errorf("no credential: %v, %v", p, err)
	}
	write(OperatorCredential, "from systemd", 0o440)
	if p, err := FindPassphrase("", OperatorCredential); err != nil || p.text() != "from systemd" {
		t.Errorf("credential: %v", err)
	}
	if p, err := FindPassphrase(filepath.Join(dir, "good"), OperatorCredential); err != nil || p.text() == "from systemd" {
		t.Errorf("a file comes first: %v", err)
	}
}

// The vectors of the Web3 Secret Storage Definition.
func TestKeystoreVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/web3-secret-storage-v3.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors map[string]struct {
		JSON     json.RawMessage
		Password string
		Priv     string
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) != 2 {
		t.Fatal(len(vectors), err)
	}
	for name, v := range vectors {
		path := filepath.Join(t.TempDir(), "keystore.json")
		if err := os.WriteFile(path, v.JSON, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := OpenKeystore(path, passphrase(t, v.Password))
		if err != nil || o.Address().String() != "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b" {
			t.Errorf("%s: %v, %v", name, o, err)
		}
		if _, err := OpenKeystore(path, passphrase(t, "another")); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: wrong passphrase: %v", name, err)
		}
		if _, err := OpenKeystore(path, nil); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: no passphrase: %v", name, err)
		}
	}
	for _, bad := range []string{"", "{}", "null", `{"version":3,"crypto":{}}`, strings.Repeat(" ", maxKeystore+1)} {
		path := filepath.Join(t.TempDir(), "bad.json")
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeystore(path, passphrase(t, "x")); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestEncryptOperator(t *testing.T) {
	dir, s, p := t.TempDir(), newMemory(), passphrase(t, "sesame")
	address := open(t, dir, s).Operator().Address()
	plain, err := os.ReadFile(filepath.Join(dir, operatorFile))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is so already
		if o, err := EncryptOperator(dir, p); err != nil || o.Address() != address {
			t.Fatal(o, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, operatorFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the plain key is still there: %v", err)
	}
	if _, err := OpenWith(dir, s, Options{}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("without the passphrase: %v", err)
	}
	// As after a crash before the plain file was removed.
	if err := os.WriteFile(filepath.Join(dir, operatorFile), plain, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := OpenWith(dir, s, Options{Operator: p})
	if err != nil || r.Operator().Address() != address {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, operatorFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the plain key is still there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, operatorFile), []byte(strings.Repeat("11", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenWith(dir, s, Options{Operator: p}); !errors.Is(err, ErrMalformed) {
		t.Errorf("another plain key beside it: %v", err)
	}
}

func TestNoOperator(t *testing.T) {
	dir := t.TempDir()
	r, err := OpenWith(dir, newMemory(), Options{NoOperator: true})
	if err != nil || r.Operator() != nil || !strings.Contains(r.String(), "elsewhere") {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(dir, operatorFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a key was made that nobody uses")
	}
}

// Passphrases, and what holds them, show where they are from and nothing more.
func TestPassphrasesAreNotShown(t *testing.T) {
	p := passphrase(t, "open-sesame")
	var out bytes.Buffer
	text, js := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{p, *p, Options{Wrapping: p, Operator: p}, &Options{Wrapping: p}, struct{ p *Passphrase }{p}, struct{ P Passphrase }{*p}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		text.Info("x", "v", v)
		js.Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	for _, form := range []string{"open-sesame", fmt.Sprintf("%x", "open-sesame"), strings.Trim(fmt.Sprint([]byte("open-sesame")), "[]")} {
		if strings.Contains(out.String(), form) {
			t.Errorf("shown as %s", form)
		}
	}
}
