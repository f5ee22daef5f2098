package record

import (
	"os"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

func TestSyntaxVectors(t *testing.T) {
	for name, valid := range map[string]func(string) bool{"nsid": validNSID, "recordkey": validRecordKey, "tid": validTID} {
		for _, kind := range []string{"valid", "invalid"} {
			b, err := os.ReadFile("testdata/syntax/" + name + "_syntax_" + kind + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for line := range strings.Lines(string(b)) {
				line = strings.TrimRight(line, "\n")
				if line == "" || line[0] == '#' {
					continue
				}
				seen++
				if valid(line) != (kind == "valid") {
					t.Errorf("%s %q should be %s", name, line, kind)
				}
			}
			if seen < 3 {
				t.Errorf("%s %s: only %d vectors", name, kind, seen)
			}
		}
	}
}

// FuzzSyntax holds the unrolled syntaxes against indigo's.
func FuzzSyntax(f *testing.F) {
	for _, s := range []string{testPath, "a.b.c/d", "com.example.fooBar/self", "3jzfcijpj2z2a", "a-.b.c/.", "1a.b.c/x", "a.b.c1/x", "a.b.1c/x", "a.b.c-d/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := syntax.ParseNSID(s); validNSID(s) != (err == nil) {
			t.Errorf("NSID %q: %v", s, err)
		}
		if _, err := syntax.ParseRecordKey(s); validRecordKey(s) != (err == nil) {
			t.Errorf("record key %q: %v", s, err)
		}
		if _, err := syntax.ParseTID(s); validTID(s) != (err == nil) {
			t.Errorf("TID %q: %v", s, err)
		}
		collection, key, err := syntax.ParseRepoPath(s)
		p, ours := ParsePath(s)
		if (ours == nil) != (err == nil) || p.Collection != collection || p.Key != key {
			t.Errorf("path %q: %v %v, want %v %v", s, p, ours, collection, err)
		}
		if ours == nil && p.String() != s {
			t.Errorf("path %q is written as %q", s, p)
		}
	})
}
