package store

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The table of the key space that people read names the tags that there are, each
// once, and no other.
func TestKeyTable(t *testing.T) {
	doc, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "\n## The key space\n")
	table, _, _ = strings.Cut(table, "\n## ")
	told := map[Family]bool{}
	tag := func(s string) Family {
		n, err := strconv.ParseUint(s, 0, 8)
		if err != nil {
			t.Fatal(err)
		}
		return Family(n)
	}
	tags := regexp.MustCompile(`(0x[0-9a-f]{2})(?:–(0x[0-9a-f]{2}))?`)
	for _, row := range regexp.MustCompile(`(?m)^\| (0x[^|]*) \|`).FindAllStringSubmatch(table, -1) {
		for _, m := range tags.FindAllStringSubmatch(row[1], -1) {
			first, last := tag(m[1]), tag(m[1])
			if m[2] != "" {
				last = tag(m[2])
			}
			for f := first; f <= last; f++ {
				if told[f] {
					t.Errorf("%#x stands there twice", f)
				}
				told[f] = true
			}
		}
	}
	for _, l := range Layouts() {
		if !told[l.Family] {
			t.Errorf("%#x (%s) is missing", l.Family, l.Name)
		}
		delete(told, l.Family)
	}
	for f := range told {
		t.Errorf("%#x is no family", f)
	}
}
