package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFaultTable reads the fault table of docs/operating.md: every row names tests
// that hold it, and every test that is named exists.
func TestFaultTable(t *testing.T) {
	text, err := os.ReadFile("docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, faults, found := strings.Cut(string(text), "\n## Faults\n")
	if !found {
		t.Fatal("docs/operating.md has no section Faults")
	}
	faults, _, _ = strings.Cut(faults, "\n## ")
	rows := 0
	for line := range strings.Lines(faults) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 4 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[0]) == "fault" {
			continue
		}
		rows++
		named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(named) == 0 {
			t.Errorf("no test holds: %s", cells[0])
		}
		for _, n := range named {
			if why := missingTest(t, n[1]); why != "" {
				t.Errorf("%s: %s: %s", strings.TrimSpace(cells[0]), n[1], why)
			}
		}
	}
	if rows < 25 {
		t.Errorf("only %d rows were read", rows)
	}
}

// missingTest says what is missing of a test, which is named as
// suite/<of the conformance suite>, <folder>/<TestName>[/<subtest>], or
// <folder>/<file>.test.mjs/<name>.
func missingTest(t *testing.T, name string) string {
	if part, ok := strings.CutPrefix(name, "suite/"); ok {
		return unlessIn(t, "chain/chaintest/conformance/suite_test.go", `{"`+part+`", `)
	}
	if file, title, ok := strings.Cut(name, ".test.mjs/"); ok {
		return unlessIn(t, file+".test.mjs", title)
	}
	at := strings.Index(name, "/Test")
	if at < 0 {
		return "not the name of a test"
	}
	folder, test := name[:at], name[at+1:]
	test, sub, _ := strings.Cut(test, "/")
	if why := unlessIn(t, path.Join(folder, "*_test.go"), "func "+test+"(t *testing.T)"); why != "" || sub == "" {
		return why
	}
	return unlessIn(t, path.Join(folder, "*_test.go"), `t.Run("`+sub+`"`)
}

// unlessIn says that text is in none of the files, if it isn't.
func unlessIn(t *testing.T, pattern, text string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), text) {
			return ""
		}
	}
	return text + " is not in " + pattern
}
