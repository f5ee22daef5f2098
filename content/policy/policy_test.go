package policy

import (
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestDefaultRoundTrip(t *testing.T) {
	canonical, err := Default().Canonical()
	if err != nil {
		t.Fatal(err)
	}
	d, err := ParseCanonical(canonical)
	if err != nil {
		t.Fatal(err)
	}
	if changes := Diff(Default(), d); len(changes) != 0 {
		t.Errorf("canonical form says something else: %v", changes)
	}
}

// The digest of a fixed document: what stands on-chain must not change with a
// library or a field's order.
func TestGoldenDigest(t *testing.T) {
	data, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/small.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != strings.TrimSpace(string(want)) {
		t.Errorf("canonical form\n got %s\nwant %s", got, want)
	}
	digest := Digest(got)
	if got := hex.EncodeToString(digest[:]); got != "54f37eb7695003050aafb430e8e3d077f137c2bf443277ab5dcdc8183c1af9b6" {
		t.Errorf("digest %s", got)
	}
	if got := CID(digest).String(); got != "bafkreicu6n7lo2kqamcqvl5ugduohudx6e34fp2egj32wxonzamdygxzwy" {
		t.Errorf("cid %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, names string }{
		"misspelt field":     {"appeals:", "apeals:", "apeals"},
		"misspelt rule text": {"text: Don't", "txt: Don't", "txt"},
		"wrong format":       {"policy: 1", "policy: 2", "policy"},
		"no language":        {"language: en", "language: ''", "language"},
		"twice the same id":  {"id: second", "id: first", "twice"},
		"id with spaces":     {"id: second", "id: a second", "id"},
		"unknown rule":       {"rules: [first]", "rules: [frist]", "frist"},
		"unknown severity":   {"severity: alert", "severity: loud", "severity"},
		"no answer time":     {"days: 7", "days: 0", "days"},
		"duplicate field":    {"title: Small", "title: Small\ntitle: Twice", "title"},
		"second document":    {"days: 7", "days: 7\n---\npolicy: 1", "document"},
		"not yaml":           {"policy: 1", "policy: [", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(string(good), c.old, c.new, 1)
			if bad == string(good) {
				t.Fatal("the case changes nothing")
			}
			_, err := Parse([]byte(bad))
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %v, want ErrInvalid naming %q", err, c.names)
			}
		})
	}
}

func TestParseCanonicalRefusesOtherLayouts(t *testing.T) {
	canonical, err := Default().Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"space":          strings.Replace(string(canonical), ":", ": ", 1),
		"trailing":       string(canonical) + "\n",
		"unknown field":  strings.Replace(string(canonical), `{"appeals"`, `{"a":1,"appeals"`, 1),
		"escaped letter": strings.Replace(string(canonical), "House", `\u0048ouse`, 1),
	} {
		if _, err := ParseCanonical([]byte(bad)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
}

func TestDiff(t *testing.T) {
	a, b := Default(), Default()
	b.Title = "New rules"
	b.Rules[1].Text = "Be kind."
	b.Rules = append(b.Rules[:3], b.Rules[4])
	b.Labels = b.Labels[:2]
	got := make(map[string]bool)
	for _, c := range Diff(a, b) {
		got[c.Place+"/"+c.Field] = true
	}
	for _, want := range []string{
		"title/", "rule no-harassment/text", "rule honest-identity/title", "rule honest-identity/text",
		"label impersonation/title", "label impersonation/text", "label impersonation/severity", "label impersonation/rules",
	} {
		if !got[want] {
			t.Errorf("%s not told", want)
		}
		delete(got, want)
	}
	if len(got) != 0 {
		t.Errorf("told but not changed: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(defaultYAML)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			return
		}
		canonical, err := d.Canonical()
		if err != nil {
			return
		}
		if _, err := ParseCanonical(canonical); err != nil {
			t.Errorf("published form is not read back: %v\n%s", err, canonical)
		}
	})
}
