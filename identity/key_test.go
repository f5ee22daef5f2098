package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"metanet/identity"
)

// Two keys in both forms: of RFC 8032 §7.1 TEST 1, and did:key's own example
// (w3c-ccg/did-method-key, test-vectors/ed25519-x25519.json), whose seed is zero.
var didKeys = map[string]string{
	"z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
}

func TestKeyForms(t *testing.T) {
	for text, raw := range didKeys {
		k, err := identity.ParseKeyString(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !bytes.Equal(k[:], unhex(t, raw)) || k.String() != text {
			t.Errorf("%s: %x, %s", text, k[:], k)
		}
		if m := k.Multikey(); len(m) != 34 || m[0] != 0xed || m[1] != 0x01 || !bytes.Equal(m[2:], k[:]) {
			t.Errorf("%s: multikey %x", text, m)
		}
		if again, err := identity.ParseMultikey(k.Multikey()); err != nil || again != k {
			t.Errorf("%s: multikey does not come back: %v", text, err)
		}
	}
}

// Ed25519 keys of real signers are never refused, and their text has one length.
func TestHonestKeys(t *testing.T) {
	for range 200 {
		pub, _, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		k, err := identity.ParseKey(pub)
		if err != nil {
			t.Fatalf("%x: %v", pub, err)
		}
		if again, err := identity.ParseKeyString(k.String()); err != nil || again != k {
			t.Fatalf("%s: %v", k, err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	raw := unhex(t, "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
	cases := map[string][]byte{
		"nil":              nil,
		"31 bytes":         raw[:31],
		"33 bytes":         append(bytes.Clone(raw), 0),
		"not on the curve": unhex(t, "0200000000000000000000000000000000000000000000000000000000000000"),
	}
	for i := range 8 {
		cases["small order "+string(rune('0'+i))] = torsion(i).encode()
	}
	for _, odd := range oddEncodings() {
		cases["odd "+string(odd[:1])+string(odd[31:])] = odd
	}
	if len(cases) < 4+8+40 {
		t.Fatalf("%d cases", len(cases))
	}
	for name, b := range cases {
		if k, err := identity.ParseKey(b); !errors.Is(err, identity.ErrInvalidKey) || k != (identity.Key{}) {
			t.Errorf("%s: got %x, %v", name, k, err)
		}
	}
}

// A point with a torsion component is a key: [8] in the equation sees to it.
func TestParseKeyAcceptsMixedOrder(t *testing.T) {
	for i := range 8 {
		if _, err := identity.ParseKey(slowBase().add(torsion(i)).encode()); err != nil {
			t.Errorf("torsion %d: %v", i, err)
		}
	}
}

func TestParseMultikeyRefuses(t *testing.T) {
	raw := unhex(t, "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
	for name, b := range map[string][]byte{
		"nil":           nil,
		"no prefix":     raw,
		"prefix alone":  {0xed, 0x01},
		"other codec":   append([]byte{0xe7, 0x01}, raw...),
		"long varint":   append([]byte{0xed, 0x81, 0x00}, raw...),
		"trailing byte": append(append([]byte{0xed, 0x01}, raw...), 0),
		"small order":   append([]byte{0xed, 0x01}, torsion(3).encode()...),
	} {
		if _, err := identity.ParseMultikey(b); !errors.Is(err, identity.ErrInvalidKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseKeyStringRefuses(t *testing.T) {
	const good = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	for name, s := range map[string]string{
		"empty":        "",
		"did:key":      "did:key:" + good,
		"no multibase": good[1:],
		"other base":   "f" + good[1:],
		"short":        good[:47],
		"long":         good + "1",
		"not base58":   good[:47] + "0",
		"non-ascii":    good[:46] + "é",
		"leading ones": "z1" + good[2:],
		"too large":    "z" + strings.Repeat("z", 47),
		"K-256":        "zQ3shaTh3deVkniqT1r413817rJ3JDvTG61bzGX13dSwCkvGC",
		"enormous":     "z" + strings.Repeat("1", 1<<20),
	} {
		if _, err := identity.ParseKeyString(s); !errors.Is(err, identity.ErrInvalidKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	var k identity.Key
	if err := json.Unmarshal([]byte(`"did:key:`+good+`"`), &k); err == nil {
		t.Error("accepted in JSON")
	}
}

func FuzzParseKeyString(f *testing.F) {
	for s := range didKeys {
		f.Add(s)
	}
	f.Add("z6Mk")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := identity.ParseKeyString(s)
		if err != nil {
			return
		}
		if k.String() != s {
			t.Fatalf("%q became %q", s, k)
		}
		if !slowKey(k[:]) {
			t.Fatalf("%q: the slow implementation refuses it", s)
		}
	})
}
