package siwe

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

func account(t testing.TB) (*ecdsa.PrivateKey, identity.Address) {
	t.Helper()
	key, err := crypto.ToECDSA([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return key, identity.Address(crypto.PubkeyToAddress(key.PublicKey))
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// full has every field.
func full(t testing.TB) *Message {
	_, a := account(t)
	return &Message{
		Scheme: "https", Domain: "example.org:8443", Address: a, Statement: "Sign in to this server.",
		URI: "https://example.org:8443", ChainID: 31337, Nonce: "n0nceN0nce", IssuedAt: now,
		ExpirationTime: now.Add(10 * time.Minute), NotBefore: now.Add(-time.Minute), RequestID: "r-1%20@:",
		Resources: []string{"did:ethr:0x7a69:" + a.String(), "urn:x"},
	}
}

func expected(m *Message) Expect {
	return Expect{m.Domain, m.URI, m.ChainID, m.Nonce, now, m.Resources[:1]}
}

func sign(t testing.TB, m *Message) []byte {
	t.Helper()
	key, _ := account(t)
	// geth's own hash of a text, so that ours isn't checked with itself.
	sig, err := crypto.Sign(accounts.TextHash([]byte(m.String())), key)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func TestGoldenText(t *testing.T) {
	m := full(t)
	want := "https://example.org:8443 wants you to sign in with your Ethereum account:\n" + m.Address.Checksum() + `

Sign in to this server.

URI: https://example.org:8443
Version: 1
Chain ID: 31337
Nonce: n0nceN0nce
Issued At: 2026-01-02T03:04:05Z
Expiration Time: 2026-01-02T03:14:05Z
Not Before: 2026-01-02T03:03:05Z
Request ID: r-1%20@:
Resources:
- did:ethr:0x7a69:` + m.Address.String() + "\n- urn:x"
	if m.String() != want {
		t.Errorf("got %s", m)
	}
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	m, err := Parse(full(t).String())
	if err != nil {
		t.Fatal(err)
	}
	sig := sign(t, m)
	for _, v := range []byte{sig[64], sig[64] + 27} {
		sig := append(sig[:64:64], v)
		if _, err := m.Verify(context.Background(), sig, expected(m), nil); err != nil {
			t.Errorf("v = %d: %v", v, err)
		}
	}
}

func TestCheck(t *testing.T) {
	m := full(t)
	for name, c := range map[string]struct {
		change func(*Expect)
		want   error
	}{
		"as it is":             {func(*Expect) {}, nil},
		"domain":               {func(e *Expect) { e.Domain = "example.org" }, ErrDomain},
		"domain unsaid":        {func(e *Expect) { e.Domain = "" }, ErrDomain},
		"domain in other case": {func(e *Expect) { e.Domain = "Example.org:8443" }, ErrDomain},
		"uri":                  {func(e *Expect) { e.URI += "/" }, ErrURI},
		"chain":                {func(e *Expect) { e.ChainID = 1 }, ErrChain},
		"nonce":                {func(e *Expect) { e.Nonce = "othernonce" }, ErrNonce},
		"nonce unsaid":         {func(e *Expect) { e.Nonce = "" }, ErrNonce},
		"last moment":          {func(e *Expect) { e.Now = m.ExpirationTime.Add(-1) }, nil},
		"expired":              {func(e *Expect) { e.Now = m.ExpirationTime }, ErrExpired},
		"first moment":         {func(e *Expect) { e.Now = m.NotBefore }, nil},
		"too early":            {func(e *Expect) { e.Now = m.NotBefore.Add(-1) }, ErrNotYetValid},
		"no resources wanted":  {func(e *Expect) { e.Resources = nil }, nil},
		"missing resource":     {func(e *Expect) { e.Resources = []string{"urn:y"} }, ErrResources},
	} {
		e := expected(m)
		c.change(&e)
		if err := m.Check(e); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestRefusedSignatures(t *testing.T) {
	m := full(t)
	good := sign(t, m)
	change := func(f func(sig []byte)) []byte {
		sig := append([]byte{}, good...)
		f(sig)
		return sig
	}
	for name, sig := range map[string][]byte{
		"none":         nil,
		"64 bytes":     good[:64],
		"66 bytes":     append(change(func([]byte) {}), 0),
		"zero":         make([]byte, 65),
		"r altered":    change(func(s []byte) { s[0] ^= 1 }),
		"s altered":    change(func(s []byte) { s[63] ^= 1 }),
		"other v":      change(func(s []byte) { s[64] ^= 1 }),
		"v = 2":        change(func(s []byte) { s[64] = 2 }),
		"v = 26":       change(func(s []byte) { s[64] = 26 }),
		"v = 29":       change(func(s []byte) { s[64] = 29 }),
		"v = EIP-155":  change(func(s []byte) { s[64] += 37 }),
		"v = 255":      change(func(s []byte) { s[64] = 255 }),
		"high S":       change(flipS),
		"r over order": change(func(s []byte) { copy(s, curveOrder().Bytes()) }),
	} {
		if _, err := m.VerifySignature(context.Background(), sig, nil); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
		w := &wallet{}
		if _, err := m.VerifySignature(context.Background(), sig, w); !errors.Is(err, ErrSignature) || w.asked != 1 {
			t.Errorf("%s: with a contract: got %v, asked %d times", name, err, w.asked)
		}
	}
}

func curveOrder() *big.Int { return crypto.S256().Params().N }

// flipS makes the other signature of the same message by the same key.
func flipS(sig []byte) {
	s := new(big.Int).SetBytes(sig[32:64])
	s.Sub(curveOrder(), s).FillBytes(sig[32:64])
	sig[64] ^= 1
}

// The high-S twin recovers to the same account, so it is the rule that refuses it.
func TestHighSWouldRecover(t *testing.T) {
	m := full(t)
	sig := sign(t, m)
	flipS(sig)
	hash := m.Hash()
	key, err := crypto.SigToPub(hash[:], sig)
	if err != nil || identity.Address(crypto.PubkeyToAddress(*key)) != m.Address {
		t.Errorf("%v", err)
	}
}

func TestSignatureOfAnotherMessage(t *testing.T) {
	a, b := full(t), full(t)
	b.Statement += "!"
	if _, err := b.VerifySignature(context.Background(), sign(t, a), nil); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v", err)
	}
}

// The chain is not asked about what a key has signed, and a chain that is away is
// not taken for a refusal.
func TestContractIsAskedLast(t *testing.T) {
	m := full(t)
	w := &wallet{err: errors.New("no route to host")}
	if _, err := m.VerifySignature(context.Background(), sign(t, m), w); err != nil || w.asked != 0 {
		t.Errorf("got %v, asked %d times", err, w.asked)
	}
	_, err := m.VerifySignature(context.Background(), []byte("short"), w)
	if !errors.Is(err, w.err) || errors.Is(err, ErrSignature) {
		t.Errorf("got %v", err)
	}
}

// What was signed is the text, not what the fields would be written as.
func TestParsedMessageKeepsItsText(t *testing.T) {
	text := strings.Replace(full(t).String(), "03:04:05Z", "03:04:05.120+00:00", 1)
	m, err := Parse(text)
	if err != nil || m.String() != text || m.format() == text {
		t.Errorf("%v: %s", err, m)
	}
	m.Statement = "something else"
	if m.String() != text {
		t.Error("a changed field changed the text")
	}
}

func TestValidateFindsForgery(t *testing.T) {
	for name, forge := range map[string]func(*Message){
		"statement with fields": func(m *Message) {
			m.Statement = "x\n\nURI: https://evil.example\nVersion: 1\nChain ID: 1\nNonce: 12345678\nIssued At: 2026-01-02T03:04:05Z\nResources:"
		},
		"statement non-ascii":    func(m *Message) { m.Statement = "Grüezi" },
		"statement quoted":       func(m *Message) { m.Statement = `"` },
		"resource with a second": func(m *Message) { m.Resources = []string{"urn:x\n- urn:y"} },
		"resource in request id": func(m *Message) { m.RequestID = "1\nResources:"; m.Resources = nil },
		"scheme in domain":       func(m *Message) { m.Scheme = ""; m.Domain = "https://example.org" },
		"no scheme":              func(m *Message) { m.Scheme = "1a" },
		"empty domain":           func(m *Message) { m.Domain = "" },
		"port alone":             func(m *Message) { m.Domain = ":80" },
		"space in domain":        func(m *Message) { m.Domain = "example.org evil" },
		"short nonce":            func(m *Message) { m.Nonce = "1234567" },
		"nonce with a dash":      func(m *Message) { m.Nonce = "12345678-" },
		"no issue time":          func(m *Message) { m.IssuedAt = time.Time{} },
		"year 10000":             func(m *Message) { m.IssuedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"too long":               func(m *Message) { m.Statement = strings.Repeat("x", MaxMessage) },
	} {
		m := full(t)
		forge(m)
		if err := m.Validate(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// alter replaces one piece of the full message.
func alter(t testing.TB, old, new string) string {
	t.Helper()
	text := full(t).String()
	if !strings.Contains(text, old) {
		t.Fatalf("no %q in the message", old)
	}
	return strings.Replace(text, old, new, 1)
}

func TestParseEdges(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		ok       bool
	}{
		"no statement":           {"Sign in to this server.\n", "", true},
		"empty statement":        {"Sign in to this server.", "", true},
		"statement like a field": {"Sign in to this server.", "URI: x", true},
		"four empty lines":       {"Sign in to this server.", "\n", false},
		"no empty line":          {"server.\n\n", "server.\n", false},
		"carriage returns":       {"\nURI", "\r\nURI", false},
		"line at the end":        {"- urn:x", "- urn:x\n", false},
		"empty request id":       {"r-1%20@:", "", true},
		"request id with slash":  {"r-1%20@:", "a/b", false},
		"request id with escape": {"r-1%20@:", "%2", false},
		"empty resources":        {"Resources:\n", "Resources:", false},
		"resource without dash":  {"- urn:x", "urn:x", false},
		"resource is relative":   {"- urn:x", "- x/y", false},
		"two spaces":             {"Nonce: ", "Nonce:  ", false},
		"label in other case":    {"Nonce: ", "nonce: ", false},
		"field twice":            {"Nonce: n0nceN0nce\n", "Nonce: n0nceN0nce\nNonce: n0nceN0nce\n", false},
		"chain with zeros":       {"31337", "0031337", true},
		"chain signed":           {"31337", "+31337", false},
		"chain in hex":           {"31337", "0x7a69", false},
		"chain empty":            {"31337", "", false},
		"chain over 64 bits":     {"31337", "18446744073709551616", false},
		"version 2":              {"Version: 1", "Version: 2", false},
		"version 1.0":            {"Version: 1", "Version: 1.0", false},
		"upper-case address":     {"\n0x", "\n0X", false},
		"time in small letters":  {"2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", true},
		"time with fraction":     {"03:04:05Z", "03:04:05.123456789012Z", true},
		"time with comma":        {"03:04:05Z", "03:04:05,1Z", false},
		"time with bare dot":     {"03:04:05Z", "03:04:05.Z", false},
		"time without zone":      {"03:04:05Z", "03:04:05", false},
		"time with offset":       {"03:04:05Z", "03:04:05-23:59", true},
		"offset of a day":        {"03:04:05Z", "03:04:05+24:00", false},
		"offset of 60 minutes":   {"03:04:05Z", "03:04:05+01:60", false},
		"hour 24":                {"T03:04:05Z", "T24:00:00Z", false},
		"leap second":            {"03:04:05Z", "23:59:60Z", false},
		"leap day":               {"2026-01-02", "2024-02-29", true},
		"no leap day":            {"2026-01-02", "2026-02-29", false},
		"space for T":            {"02T03", "02 03", false},
		"year one":               {"2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z", false},
		"expiry in year one":     {"2026-01-02T03:14:05Z", "0001-01-01T00:00:00Z", false},
	} {
		m, err := Parse(alter(t, c.old, c.new))
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
	if _, err := Parse(alter(t, "Resources:\n- did:ethr:0x7a69:"+full(t).Address.String()+"\n- urn:x", "Resources:")); err != nil {
		t.Errorf("resources without any: %v", err)
	}
	if _, err := Parse(""); !errors.Is(err, ErrMalformed) {
		t.Errorf("empty: %v", err)
	}
}

// RFC 3986's own examples (§1.1.2) and its edges.
func TestURI(t *testing.T) {
	for s, want := range map[string]bool{
		"ftp://ftp.is.co.za/rfc/rfc1808.txt":                         true,
		"http://www.ietf.org/rfc/rfc2396.txt":                        true,
		"ldap://[2001:db8::7]/c=GB?objectClass?one":                  true,
		"mailto:John.Doe@example.com":                                true,
		"news:comp.infosystems.www.servers.unix":                     true,
		"tel:+1-816-555-1212":                                        true,
		"telnet://192.0.2.16:80/":                                    true,
		"urn:oasis:names:specification:docbook:dtd:xml:4.1.2":        true,
		"did:ethr:0x7a69:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": true,
		"file:///etc/hosts":                                          true,
		"x:":                                                         true,
		"x:?q#f":                                                     true,
		"x:/":                                                        true,
		"x:a//b":                                                     true,
		"http://u:p@[::ffff:1.2.3.4]:80/%c3%A4?a/?b#c/?d":            true,
		"http://[v1.a:b]/":                                           true,
		"http://example.org:/":                                       true,
		"http://":                                                    true,
		"":                                                           false,
		"x":                                                          false,
		"1x:y":                                                       false,
		"//example.org/":                                             false,
		"http://a b/":                                                false,
		"http://ex\u00e4mple.org/":                                   false,
		"http://example.org/%":                                       false,
		"http://example.org/%4":                                      false,
		"http://example.org/%zz":                                     false,
		"http://example.org:8o/":                                     false,
		"http://a@b@c/":                                              false,
		"http://[::1":                                                false,
		"http://[::1]x/":                                             false,
		"http://[1.2.3.4]/":                                          false,
		"http://[fe80::1%25eth0]/":                                   false,
		"http://[::1%eth0]/":                                         false,
		"http://[1:2:3:4:5:6:7:8:9]/":                                false,
		"http://[v.a]/":                                              false,
		"http://[v1.]/":                                              false,
		"http://[vz.a]/":                                             false,
		"http://a:b:1/":                                              false,
		"http://example.org/#a#b":                                    false,
		"http://example.org/[x]":                                     false,
		"http://example.org/\"":                                      false,
		"http://example.org/?<":                                      false,
		"http://us[er@host/":                                         false,
	} {
		if isURI(s) != want {
			t.Errorf("%q: got %t", s, !want)
		}
	}
}

func TestMessageFieldsAreCompared(t *testing.T) {
	// A field that equal forgets would let Validate pass over it.
	fields := reflect.TypeFor[Message]().NumField()
	if fields != 13 {
		t.Errorf("Message has %d fields: does equal compare the new one?", fields)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full(f).String())
	f.Add(alter(f, "Sign in to this server.\n", ""))
	f.Add(alter(f, "https://example.org:8443 wants", "u@[::1]:1 wants"))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		if m.String() != text {
			t.Fatalf("%q became %q", text, m)
		}
		// Written anew from its fields, the message says the same.
		again := *m
		again.text = ""
		p, err := Parse(again.String())
		if err != nil || !p.equal(m) {
			t.Fatalf("%q written anew is %q: %v", text, &again, err)
		}
	})
}
