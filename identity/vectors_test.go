package identity_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// The names of AT that this project reads are indigo's types; whatever version is
// built in holds to the published syntax, and each has one spelling.
func TestSyntaxVectors(t *testing.T) {
	for name, parse := range map[string]func(string) (fmt.Stringer, error){
		"did":          func(s string) (fmt.Stringer, error) { v, err := syntax.ParseDID(s); return v, err },
		"handle":       func(s string) (fmt.Stringer, error) { v, err := syntax.ParseHandle(s); return v, err },
		"nsid":         func(s string) (fmt.Stringer, error) { v, err := syntax.ParseNSID(s); return v, err },
		"recordkey":    func(s string) (fmt.Stringer, error) { v, err := syntax.ParseRecordKey(s); return v, err },
		"tid":          func(s string) (fmt.Stringer, error) { v, err := syntax.ParseTID(s); return v, err },
		"aturi":        func(s string) (fmt.Stringer, error) { v, err := syntax.ParseATURI(s); return v, err },
		"atidentifier": func(s string) (fmt.Stringer, error) { v, err := syntax.ParseAtIdentifier(s); return v, err },
	} {
		for _, valid := range []bool{true, false} {
			kind := map[bool]string{true: "valid", false: "invalid"}[valid]
			for _, line := range lines(t, filepath.Join("testdata/syntax", name+"_syntax_"+kind+".txt")) {
				v, err := parse(line)
				if (err == nil) != valid {
					t.Errorf("%s %q: %v, want %s", name, line, err, kind)
				}
				if err == nil && v.String() != line {
					t.Errorf("%s %q is written as %q", name, line, v)
				}
			}
		}
	}
}

// lines are a vector file's lines, without its comments.
func lines(t *testing.T, path string) (out []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	if len(out) < 3 {
		t.Fatalf("%s: only %d vectors", path, len(out))
	}
	return out
}

// Of the published did:keys, Ed25519 sign records, K-256 and P-256 rotate AT names;
// all others are refused by both.
func TestDIDKeyVectors(t *testing.T) {
	for file, kind := range map[string]string{
		"ed25519-x25519.json": "record", "secp256k1.json": "rotation", "x25519.json": "", "rsa.json": "", "bls12381.json": "", "nist-curves.json": "nist",
	} {
		for _, did := range publishedKeys(t, file) {
			text := strings.TrimPrefix(did, "did:key:")
			key, err := identity.ParseKeyString(text)
			if (err == nil) != (kind == "record") || err == nil && key.String() != text {
				t.Errorf("%s: %s as a record's key: %v", file, did, err)
			}
			rotates := kind == "rotation" || kind == "nist" && strings.HasPrefix(text, "zDn") // P-256; P-384 and P-521 are not AT's
			public, err := atcrypto.ParsePublicDIDKey(did)
			if (err == nil) != rotates || err == nil && public.DIDKey() != did {
				t.Errorf("%s: %s as a rotation key: %v", file, did, err)
			}
		}
	}
	for _, file := range []string{"w3c_didkey_K256.json", "w3c_didkey_P256.json"} {
		var cases []struct {
			DID string `json:"publicDidKey"`
		}
		readKeys(t, file, &cases)
		for _, c := range cases {
			if public, err := atcrypto.ParsePublicDIDKey(c.DID); err != nil || public.DIDKey() != c.DID {
				t.Errorf("%s: %s: %v", file, c.DID, err)
			}
		}
		if len(cases) == 0 {
			t.Errorf("%s: no cases", file)
		}
	}
}

func readKeys(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/did-key", file))
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// publishedKeys finds the did:keys of a file, whose shapes differ.
func publishedKeys(t *testing.T, file string) (dids []string) {
	t.Helper()
	var top map[string]json.RawMessage
	readKeys(t, file, &top)
	if inner, ok := top["didDocument"]; ok {
		top = nil
		if err := json.Unmarshal(inner, &top); err != nil {
			t.Fatal(err)
		}
	}
	for did := range top {
		if strings.HasPrefix(did, "did:key:") {
			dids = append(dids, did)
		}
	}
	if len(dids) == 0 {
		t.Fatalf("%s: no did:key", file)
	}
	return dids
}

// Whatever parses is written as it was read.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"did:ethr:0x1:" + lower, "did:plc:ewvi7nxzyoun6zhxrhs64oiz", lower, checksummed[4], "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := identity.ParseDID(s); err == nil && (v.String() != s || v != identity.NewDID(v.ChainID(), v.Address())) {
			t.Errorf("DID %q is written as %q", s, v)
		}
		if v, err := identity.ParseATName(s); err == nil && v.String() != s {
			t.Errorf("AT name %q is written as %q", s, v)
		}
		if v, err := identity.ParseAddress(s); err == nil && v.String() != s && v.Checksum() != s {
			t.Errorf("address %q is written as %q", s, v)
		}
		if v, err := identity.ParseKeyString(s); err == nil && v.String() != s {
			t.Errorf("key %q is written as %q", s, v)
		}
		if v, err := identity.ParseNetwork(s); err == nil && v.String() != s {
			t.Errorf("network %q is written as %q", s, v)
		}
	})
}
