package siwe

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"metanet/identity"
)

func vectors[T any](t *testing.T, name string, count int) map[string]T {
	t.Helper()
	b, err := os.ReadFile("testdata/eip4361/" + name)
	if err != nil {
		t.Fatal(err)
	}
	cases := make(map[string]T)
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != count {
		t.Fatalf("%s has %d cases, want %d", name, len(cases), count)
	}
	return cases
}

// object is a message as the vectors give it, nothing checked.
type object struct {
	Scheme, Domain, Address, Statement string
	URI, Version                       string
	ChainID                            any
	Nonce                              string
	IssuedAt                           string
	ExpirationTime, NotBefore          string
	RequestID                          string
	Resources                          []string

	// of the verification vectors
	Signature, DomainBinding, MatchNonce, Time string
}

// text puts the fields into the form of a message, whatever they hold.
func (o object) text() string {
	var b strings.Builder
	if o.Scheme != "" {
		b.WriteString(o.Scheme + "://")
	}
	b.WriteString(o.Domain + " wants you to sign in with your Ethereum account:\n" + o.Address + "\n\n")
	if o.Statement != "" {
		b.WriteString(o.Statement + "\n")
	}
	chain := ""
	if o.ChainID != nil {
		chain = fmt.Sprint(o.ChainID)
	}
	b.WriteString("\nURI: " + o.URI + "\nVersion: " + o.Version + "\nChain ID: " + chain +
		"\nNonce: " + o.Nonce + "\nIssued At: " + o.IssuedAt)
	for _, f := range [][2]string{{"Expiration Time", o.ExpirationTime}, {"Not Before", o.NotBefore}, {"Request ID", o.RequestID}} {
		if f[1] != "" {
			b.WriteString("\n" + f[0] + ": " + f[1])
		}
	}
	if len(o.Resources) > 0 {
		b.WriteString("\nResources:\n- " + strings.Join(o.Resources, "\n- "))
	}
	return b.String()
}

// message puts the fields into a Message, unparsed; ok is false where its types
// cannot hold them.
func (o object) message() (m Message, ok bool) {
	chain, ok := o.ChainID.(float64)
	a, err := identity.ParseAddress(o.Address)
	if !ok || err != nil || o.Version != "1" {
		return Message{}, false
	}
	m = Message{
		Scheme: o.Scheme, Domain: o.Domain, Address: a, Statement: o.Statement, URI: o.URI,
		ChainID: uint64(chain), Nonce: o.Nonce, RequestID: o.RequestID, Resources: o.Resources,
	}
	for _, f := range []struct {
		text string
		at   *time.Time
	}{{o.IssuedAt, &m.IssuedAt}, {o.ExpirationTime, &m.ExpirationTime}, {o.NotBefore, &m.NotBefore}} {
		if f.text == "" {
			continue
		}
		if *f.at, err = time.Parse(time.RFC3339, f.text); err != nil {
			return Message{}, false
		}
	}
	return m, true
}

// sig decodes the signature as far as it goes: one ("malformed signature") has an
// odd number of digits.
func (o object) sig(t *testing.T) []byte {
	t.Helper()
	sig, err := hex.DecodeString(strings.TrimPrefix(o.Signature, "0x"))
	if err != nil && !errors.Is(err, hex.ErrLength) {
		t.Fatal(err)
	}
	return sig
}

func TestParsingPositive(t *testing.T) {
	for name, c := range vectors[struct {
		Message string
		Fields  object
	}](t, "parsing_positive.json", 19) {
		t.Run(name, func(t *testing.T) {
			m, err := Parse(c.Message)
			if err != nil {
				t.Fatal(err)
			}
			want, ok := c.Fields.message()
			if !ok || !m.equal(&want) {
				t.Errorf("got %+v, want %+v", m, want)
			}
			if m.String() != c.Message || c.Fields.text() != c.Message {
				t.Errorf("written as %q", m)
			}
			if err := want.Validate(); err != nil {
				t.Errorf("made from its fields: %v", err)
			}
		})
	}
}

func TestParsingNegative(t *testing.T) {
	for name, text := range vectors[string](t, "parsing_negative.json", 29) {
		if m, err := Parse(text); !errors.Is(err, ErrMalformed) || m != nil {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
}

// Three of these (missing domain, nonce, issuedAt) are accepted by npm's siwe.
func TestParsingNegativeObjects(t *testing.T) {
	for name, o := range vectors[object](t, "parsing_negative_objects.json", 18) {
		if _, err := Parse(o.text()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: as text: %v", name, err)
		}
		// A missing time is the zero time, which is written, read back, and refused.
		if m, ok := o.message(); ok {
			if err := m.Validate(); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: as fields: %v", name, err)
			}
		}
	}
}

// expect is what a relying party of the vector compares the message with.
func (o object) expect(t *testing.T, m *Message) Expect {
	t.Helper()
	e := Expect{Domain: m.Domain, URI: m.URI, ChainID: m.ChainID, Nonce: m.Nonce, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if o.DomainBinding != "" {
		e.Domain = o.DomainBinding
	}
	if o.MatchNonce != "" {
		e.Nonce = o.MatchNonce
	}
	if o.Time != "" {
		var err error
		if e.Now, err = time.Parse(time.RFC3339, o.Time); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestVerificationPositive(t *testing.T) {
	for name, o := range vectors[object](t, "verification_positive.json", 4) {
		m, err := Parse(o.text())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := m.Verify(context.Background(), o.sig(t), o.expect(t, m), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerificationNegative(t *testing.T) {
	want := map[string]error{
		"expired message":        ErrExpired,
		"domain binding":         ErrDomain,
		"custom time":            ErrExpired,
		"custom nonce":           ErrNonce,
		"malformed signature":    ErrSignature,
		"wrong signature":        ErrSignature,
		"not yet valid":          ErrNotYetValid,
		"invalid issuedAt":       ErrMalformed,
		"invalid notBefore":      ErrMalformed,
		"invalid expirationTime": ErrMalformed,
	}
	for name, o := range vectors[object](t, "verification_negative.json", len(want)) {
		m, err := Parse(o.text())
		if err == nil {
			_, err = m.Verify(context.Background(), o.sig(t), o.expect(t, m), nil)
		}
		if want[name] == nil || !errors.Is(err, want[name]) {
			t.Errorf("%s: got %v, want %v", name, err, want[name])
		}
	}
}

func TestContractWallets(t *testing.T) {
	for name, c := range vectors[struct{ Message, Signature string }](t, "eip1271.json", 2) {
		m, err := Parse(c.Message)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sig := object{Signature: c.Signature}.sig(t)
		if _, err := m.VerifySignature(context.Background(), sig, nil); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: without a chain: %v", name, err)
		}
		w := &wallet{answer: true}
		if _, err := m.VerifySignature(context.Background(), sig, w); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if w.chainID != 1 || w.address != m.Address || w.hash != m.Hash() || string(w.sig) != string(sig) {
			t.Errorf("%s: asked %+v", name, w)
		}
	}
}

// wallet stands for the chain: it notes what it was asked.
type wallet struct {
	answer bool
	err    error

	asked   int
	chainID uint64
	address identity.Address
	hash    [32]byte
	sig     []byte
}

func (w *wallet) VerifyContract(_ context.Context, chainID uint64, a identity.Address, hash [32]byte, sig []byte) (bool, Block, error) {
	w.asked++
	w.chainID, w.address, w.hash, w.sig = chainID, a, hash, sig
	return w.answer, Block{Number: 7, Hash: Hex32{1}}, w.err
}
