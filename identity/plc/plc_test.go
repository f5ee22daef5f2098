package plc

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/identity"
)

var update = flag.Bool("update", false, "rewrite testdata/record.hex")

const (
	alice  = identity.DID("did:ethr:0x7a69:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
	mallet = identity.DID("did:ethr:0x7a69:0x27b1fdb04752bbc536007a920d24acb045561c26")
	handle = syntax.Handle("alice.example.org")
	pds    = "https://example.org"
)

// key makes a K-256 key from one repeated byte.
func key(t testing.TB, b byte) *atcrypto.PrivateKeyK256 {
	t.Helper()
	k, err := atcrypto.ParsePrivateBytesK256(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func didKey(t testing.TB, k atcrypto.PrivateKey) string {
	t.Helper()
	pub, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return pub.DIDKey()
}

func p256(t testing.TB, b byte) *atcrypto.PrivateKeyP256 {
	t.Helper()
	k, err := atcrypto.ParsePrivateBytesP256(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// signed is alice's operation: her own P-256 key first, the server's K-256 last.
func signed(t testing.TB) *Operation {
	t.Helper()
	op, err := New([]string{didKey(t, p256(t, 1)), didKey(t, key(t, 2))}, didKey(t, key(t, 3)), handle, alice, pds)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Sign(key(t, 2)); err != nil {
		t.Fatal(err)
	}
	return op
}

var when = time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)

func value(t testing.TB, op *Operation) []byte {
	t.Helper()
	b, err := Value(op, when)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBinding(t *testing.T) {
	op := signed(t)
	name, h, err := Verify(value(t, op), alice)
	if err != nil || name != op.Name() || h != handle {
		t.Fatalf("got %s, %s, %v; want %s, %s", name, h, err, op.Name(), handle)
	}
	if _, err := identity.ParseATName(name.String()); err != nil {
		t.Error(err)
	}
	if op.Handle() != handle || op.DID() != alice {
		t.Errorf("lists %s, %s", op.Handle(), op.DID())
	}
}

// The user's own key, a P-256 key that is listed first, signs as well.
func TestSignedByTheUser(t *testing.T) {
	op := signed(t)
	if err := op.Sign(p256(t, 1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Verify(value(t, op), alice); err != nil {
		t.Error(err)
	}
}

func TestSignByStranger(t *testing.T) {
	op := signed(t)
	before := *op
	if err := op.Sign(key(t, 9)); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("got %v", err)
	}
	if op.Sig != before.Sig {
		t.Error("a failed signing changed the operation")
	}
	// The key of AT commits is no rotation key.
	if err := op.Sign(key(t, 3)); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("got %v", err)
	}
}

// A thief puts alice's operation into an identity of his own.
func TestStolenOperation(t *testing.T) {
	_, _, err := Verify(value(t, signed(t)), mallet)
	if !errors.Is(err, ErrWrongIdentity) {
		t.Errorf("got %v", err)
	}
}

// He replaces her did:ethr by his: the signature no longer holds.
func TestAlteredOperation(t *testing.T) {
	op := signed(t)
	op.AlsoKnownAs[1] = mallet.String()
	if _, err := Value(op, when); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("Value: %v", err)
	}
	if _, _, err := Verify(record(t, op), mallet); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("Verify: %v", err)
	}
}

// record encodes a record without any of Value's checks.
func record(t testing.TB, operation any) []byte {
	t.Helper()
	b, err := drisl.Marshal(map[string]any{"$type": Collection, "operation": operation, "createdAt": "2026-01-02T03:04:05.006Z"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHighSIsRefused(t *testing.T) {
	op := signed(t)
	sig, err := op.signature()
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	s := new(big.Int).SetBytes(sig[32:])
	order.Sub(order, s).FillBytes(sig[32:])
	twin := *op
	twin.Sig = encodeSig(sig)
	if err := twin.checkSignature(); !errors.Is(err, ErrInvalidSignature) {
		t.Errorf("got %v", err)
	}
}

func encodeSig(sig []byte) string { // RFC 4648 §5 without padding
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var text []byte
	n := new(big.Int).Lsh(new(big.Int).SetBytes(sig), 4) // 512 bits + 4 = 86 × 6
	for range 86 {
		var digit big.Int
		n.DivMod(n, big.NewInt(64), &digit)
		text = append([]byte{digits[digit.Int64()]}, text...)
	}
	return string(text)
}

// Each case spoils one thing of a sound operation and signs it again.
func TestRefusedOperations(t *testing.T) {
	prev := "bafyreigp6shzy6dlcxuowwoxz7u5nemdrkad2my5zwzpwilcnhih7bw6zm"
	long := "https://" + strings.Repeat("a", maxEndpoint) + ".example"
	for name, spoil := range map[string]func(*Operation){
		"another type":         func(op *Operation) { op.Type = "plc_tombstone" },
		"not a genesis":        func(op *Operation) { op.Prev = &prev },
		"duplicate key":        func(op *Operation) { op.RotationKeys[0] = op.RotationKeys[1] },
		"six keys":             func(op *Operation) { op.RotationKeys = append(op.RotationKeys, make([]string, 4)...) },
		"not a key":            func(op *Operation) { op.RotationKeys[0] = "did:key:zQ3shaTh3deVkniqT1r413817rJ3" },
		"Ed25519 rotation key": func(op *Operation) { op.RotationKeys[0] = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp" },
		"no atproto key":       func(op *Operation) { op.VerificationMethods = map[string]string{"other": op.RotationKeys[0]} },
		"method not a did:key": func(op *Operation) { op.VerificationMethods["x"] = "did:web:example.org" },
		"methods absent":       func(op *Operation) { op.VerificationMethods = nil },
		"no handle":            func(op *Operation) { op.AlsoKnownAs = op.AlsoKnownAs[1:] },
		"bad handle":           func(op *Operation) { op.AlsoKnownAs[0] = "at://alice" },
		"upper-case handle":    func(op *Operation) { op.AlsoKnownAs[0] = "at://Alice.example.org" },
		"two handles":          func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, "at://bob.example.org") },
		"no did:ethr":          func(op *Operation) { op.AlsoKnownAs = op.AlsoKnownAs[:1] },
		"two did:ethr":         func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, mallet.String()) },
		"a name twice":         func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, "https://x.example", "https://x.example") },
		"method id too long":   func(op *Operation) { op.VerificationMethods[strings.Repeat("x", maxID+1)] = op.RotationKeys[0] },
		"no method id":         func(op *Operation) { op.VerificationMethods[""] = op.RotationKeys[0] },
		"method of Ed25519": func(op *Operation) {
			op.VerificationMethods["x"] = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
		},
		"too many methods": func(op *Operation) {
			for _, n := range manyNames() {
				op.VerificationMethods["m"+n[19:]] = op.RotationKeys[0]
			}
		},
		"too many services": func(op *Operation) {
			for _, n := range manyNames() {
				op.Services["s"+n[19:]] = Service{pdsType, pds}
			}
		},
		"too large": func(op *Operation) {
			for i, n := range manyNames()[:7] {
				op.Services["s"+n[19:]] = Service{strings.Repeat("t", maxType), long[:maxEndpoint]}
				op.AlsoKnownAs = append(op.AlsoKnownAs, long[:maxName-i])
			}
		},
		"same did:ethr twice":   func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, alice.String()) },
		"did:ethr not in form":  func(op *Operation) { op.AlsoKnownAs[1] = strings.Replace(alice.String(), "0x7a69", "0x07a69", 1) },
		"too many names":        func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, manyNames()...) },
		"name not plain ASCII":  func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, "https://exämple.org") },
		"name too long":         func(op *Operation) { op.AlsoKnownAs = append(op.AlsoKnownAs, long[:maxName+1]) },
		"no service":            func(op *Operation) { op.Services = map[string]Service{} },
		"service of other type": func(op *Operation) { op.Services[pdsService] = Service{"Other", pds} },
		"endpoint not http":     func(op *Operation) { op.Services[pdsService] = Service{pdsType, "ftp://example.org"} },
		"endpoint without host": func(op *Operation) { op.Services[pdsService] = Service{pdsType, "https:///x"} },
		"endpoint too long":     func(op *Operation) { op.Services[pdsService] = Service{pdsType, long} },
		"service name too long": func(op *Operation) { op.Services[strings.Repeat("x", maxID+1)] = Service{pdsType, pds} },
	} {
		t.Run(name, func(t *testing.T) {
			op := signed(t)
			spoil(op)
			if err := op.Sign(key(t, 2)); err != nil && !errors.Is(err, ErrInvalidOperation) {
				t.Fatal(err)
			}
			if _, _, err := Verify(record(t, op), alice); !errors.Is(err, ErrInvalidOperation) {
				t.Errorf("Verify: %v", err)
			}
			if _, err := Value(op, when); !errors.Is(err, ErrInvalidOperation) {
				t.Errorf("Value: %v", err)
			}
		})
	}
}

func manyNames() []string {
	names := make([]string, maxEntries)
	for i := range names {
		names[i] = "https://example.org/" + strings.Repeat("x", i)
	}
	return names
}

// operationMap is a sound operation as a map, to be bent into other shapes.
func operationMap(t testing.TB) map[string]any {
	t.Helper()
	b, err := signed(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := drisl.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRefusedShapes(t *testing.T) {
	for name, bend := range map[string]func(map[string]any){
		"unknown field":             func(m map[string]any) { m["extra"] = "x" },
		"field in other case":       func(m map[string]any) { m["Type"] = m["type"]; delete(m, "type") },
		"missing prev":              func(m map[string]any) { delete(m, "prev") },
		"missing services":          func(m map[string]any) { delete(m, "services") },
		"null rotation keys":        func(m map[string]any) { m["rotationKeys"] = nil },
		"null name":                 func(m map[string]any) { m["alsoKnownAs"] = append(m["alsoKnownAs"].([]any), nil) },
		"missing sig":               func(m map[string]any) { delete(m, "sig") },
		"empty sig":                 func(m map[string]any) { m["sig"] = "" },
		"null sig":                  func(m map[string]any) { m["sig"] = nil },
		"sig as bytes":              func(m map[string]any) { m["sig"] = make([]byte, 64) },
		"unknown field of service":  func(m map[string]any) { m["services"].(map[string]any)[pdsService].(map[string]any)["extra"] = "x" },
		"rotation keys as a string": func(m map[string]any) { m["rotationKeys"] = "did:key:z" },
	} {
		m := operationMap(t)
		bend(m)
		_, _, err := Verify(record(t, m), alice)
		if !errors.Is(err, ErrInvalidOperation) && !errors.Is(err, ErrInvalidSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Verify(record(t, operationMap(t)), alice); err != nil {
		t.Errorf("the map as it was: %v", err)
	}
}

func TestRefusedValues(t *testing.T) {
	good := value(t, signed(t))
	var m map[string]any
	if err := drisl.Unmarshal(good, &m); err != nil {
		t.Fatal(err)
	}
	encode := func(key string, v any) []byte {
		c := map[string]any{}
		for k, v := range m {
			c[k] = v
		}
		c[key] = v
		b, err := drisl.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"empty":             {},
		"not a map":         {0x80},
		"null":              {0xf6},
		"cut":               good[:len(good)-1],
		"trailing byte":     append(bytes.Clone(good), 0),
		"other type":        encode("$type", "app.bsky.feed.post"),
		"type not a text":   encode("$type", 1),
		"created at noon":   encode("createdAt", "noon"),
		"no operation":      encode("operation", nil),
		"operation a bytes": encode("operation", []byte("x")),
		"too large":         encode("x", make([]byte, MaxValue)),
		"handle no text":    encode("handle", 1),
		"handle null":       encode("handle", nil),
		"handle of one":     encode("handle", "alice"),
		"handle in capital": encode("handle", "Alice.example.org"),
	} {
		if _, _, err := Verify(b, alice); !errors.Is(err, ErrInvalidOperation) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Verify(encode("net.metanet.salt", make([]byte, 16)), alice); err != nil {
		t.Errorf("a field beside the operation: %v", err)
	}
}

// The handle changes and the name doesn't.
func TestWithHandle(t *testing.T) {
	first := value(t, signed(t))
	name, genesis, err := Verify(first, alice)
	if err != nil {
		t.Fatal(err)
	}
	second, err := WithHandle(first, "Carol.Example.COM")
	if err != nil {
		t.Fatal(err)
	}
	if n, h, err := Verify(second, alice); n != name || h != "carol.example.com" || err != nil {
		t.Errorf("%s, %s, %v", n, h, err)
	}
	if back, err := WithHandle(second, genesis); err != nil || !bytes.Equal(back, first) {
		t.Errorf("the first handle again is another value: %x, %v", back, err)
	}
	if _, err := WithHandle(first, "nonsense"); !errors.Is(err, ErrInvalidOperation) {
		t.Errorf("no handle: %v", err)
	}
}

// A flipped bit anywhere is noticed, or changes nothing that is bound.
func TestFlippedBits(t *testing.T) {
	good := value(t, signed(t))
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if _, _, err := Verify(bad, alice); err == nil && !inCreatedAt(good, i) {
				t.Errorf("byte %d, bit %d: accepted", i, bit)
			}
		}
	}
}

// createdAt stands outside the operation; the envelope's signature covers it.
func inCreatedAt(value []byte, i int) bool {
	at := bytes.Index(value, []byte("2026-01-02T"))
	return i >= at && i < at+len("2026-01-02T03:04:05.006Z")
}

func TestNewRefuses(t *testing.T) {
	server := []string{didKey(t, key(t, 2))}
	for name, make := range map[string]func() (*Operation, error){
		"no keys":   func() (*Operation, error) { return New(nil, server[0], handle, alice, pds) },
		"handle":    func() (*Operation, error) { return New(server, server[0], "alice", alice, pds) },
		"did":       func() (*Operation, error) { return New(server, server[0], handle, "did:ethr:0x1", pds) },
		"did:plc":   func() (*Operation, error) { return New(server, server[0], handle, "did:plc:x", pds) },
		"endpoint":  func() (*Operation, error) { return New(server, server[0], handle, alice, "example.org") },
		"at key":    func() (*Operation, error) { return New(server, "", handle, alice, pds) },
		"two users": func() (*Operation, error) { return New(append(server, server...), server[0], handle, alice, pds) },
	} {
		if op, err := make(); !errors.Is(err, ErrInvalidOperation) || op != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnsignedHasNoName(t *testing.T) {
	op, err := New([]string{didKey(t, key(t, 2))}, didKey(t, key(t, 3)), "Alice.Example.org", alice, pds)
	if err != nil {
		t.Fatal(err)
	}
	if op.Name() != "" {
		t.Errorf("named %s", op.Name())
	}
	if op.Handle() != handle {
		t.Errorf("handle %s is not in lower case", op.Handle())
	}
}

// What a PLC directory would be sent has prev and no field that it doesn't know.
func TestJSONForm(t *testing.T) {
	b, err := json.Marshal(signed(t))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"type", "rotationKeys", "verificationMethods", "alsoKnownAs", "services", "prev", "sig"} {
		if _, ok := m[field]; !ok {
			t.Errorf("%s is missing", field)
		}
		delete(m, field)
	}
	if len(m) != 0 {
		t.Errorf("unknown to a directory: %v", m)
	}
}

// The bytes of the record are part of the protocol. The signature in the golden
// file was made once; signing is randomised, so it is read and not made again.
func TestGoldenRecord(t *testing.T) {
	const path = "testdata/record.hex"
	if *update {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(value(t, signed(t)))+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	name, h, err := Verify(golden, alice)
	if err != nil || h != handle || name != "did:plc:bwl3pmsass7b2yjnr3lfzq7q" {
		t.Errorf("got %s, %s, %v", name, h, err)
	}
	op, err := ParseValue(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(value(t, op), golden) {
		t.Error("encoded again, the record differs")
	}
	want := signed(t)
	want.Sig = op.Sig
	if want.Name() != op.Name() {
		t.Errorf("the operation differs from what New makes: %+v", op)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(value(f, signed(f)))
	f.Add(record(f, nil))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, b []byte) {
		name, h, err := Verify(b, alice)
		if (err == nil) != (name != "" && h != "") {
			t.Fatalf("%q, %q with %v", name, h, err)
		}
		if err != nil {
			return
		}
		op, err := ParseValue(b)
		if err != nil || op.Name() != name {
			t.Fatalf("verified, yet %v", err)
		}
		if _, err := identity.ParseATName(name.String()); err != nil {
			t.Fatal(err)
		}
	})
}
