package record

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestSplitText(t *testing.T) {
	const family = "👨‍👩‍👧‍👧" // one grapheme, 25 bytes
	for _, c := range []struct{ name, whole, text string }{
		{"empty", "", ""},
		{"short", "Hello, world.", "Hello, world."},
		{"exactly 300", strings.Repeat("e", 300), strings.Repeat("e", 300)},
		{"300 with marks", strings.Repeat("e\u0301", 300), strings.Repeat("e\u0301", 300)},
		{"100 families", strings.Repeat(family, 100), strings.Repeat(family, 100)},
		{"one word of 301", strings.Repeat("e", 301), strings.Repeat("e", 299) + "…"},
		{"120 families by bytes alone", strings.Repeat(family, 121), strings.Repeat(family, (3000-3)/25) + "…"},
		{"words", strings.Repeat("word ", 61), strings.Repeat("word ", 59) + "word…"},
		{"a long word last", strings.Repeat("a ", 140) + strings.Repeat("b", 40), strings.Repeat("a ", 139) + "a…"},
		{"a very long word", "a " + strings.Repeat("b", 400), "a " + strings.Repeat("b", 297) + "…"},
	} {
		text, full, err := SplitText(c.whole)
		if err != nil || text != c.text {
			t.Errorf("%s: %q, %v, want %q", c.name, text, err, c.text)
		}
		if fits := text == c.whole; fits != (full == "") || !fits && full != c.whole {
			t.Errorf("%s: full text %q", c.name, full)
		}
	}
	if _, _, err := SplitText(strings.Repeat("x", MaxFullText+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too long: %v", err)
	}
}

// FuzzSplitText: the text always fits the post's schema, and begins the whole.
func FuzzSplitText(f *testing.F) {
	f.Add(strings.Repeat("wörd ", 100))
	f.Add(strings.Repeat("👨‍👩‍👧‍👧", 200))
	f.Add(strings.Repeat("\r\n", 400))
	f.Add("e" + strings.Repeat("\u0301", 2000))
	f.Add(strings.Repeat(" ", 500))
	f.Fuzz(func(t *testing.T, whole string) {
		if !utf8.ValidString(whole) {
			return
		}
		text, full, err := SplitText(whole)
		if err != nil {
			return
		}
		if len(text) > MaxText || uniseg.GraphemeClusterCount(text) > MaxGraphemes || !utf8.ValidString(text) {
			t.Errorf("%q does not fit", text)
		}
		if full == "" && text != whole || full != "" && (full != whole || !strings.HasPrefix(whole, strings.TrimSuffix(text, "…"))) {
			t.Errorf("%q became %q and %q", whole, text, full)
		}
	})
}
