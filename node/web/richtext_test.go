package web

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func at(start, end int, f feature) facet {
	var x facet
	x.Index.ByteStart, x.Index.ByteEnd = start, end
	x.Features = []feature{f}
	return x
}

func link(uri string) feature {
	return feature{Type: "app.bsky.richtext.facet#link", URI: uri}
}

const someone = "did:plc:z72i7hdynmk6r22z27h6tvur"

func TestRichText(t *testing.T) {
	mention := feature{Type: "app.bsky.richtext.facet#mention", DID: someone}
	for _, c := range []struct {
		name, text, want string
		facets           []facet
	}{
		{"plain", "hello", "hello", nil},
		{"link", "see here now", "see [here|https://a.example/] now", []facet{at(4, 8, link("https://a.example/"))}},
		{"mention", "hi @bob", "hi [@bob|/profile/" + someone + "]", []facet{at(3, 7, mention)}},
		{"bytes, not characters", "héé link", "héé [link|http://a.example]", []facet{at(6, 10, link("http://a.example"))}},
		{"out of order", "a b", "[a|http://a.example] [b|http://b.example]", []facet{at(2, 3, link("http://b.example")), at(0, 1, link("http://a.example"))}},
		{"overlapping", "abcd", "[ab|http://a.example]cd", []facet{at(0, 2, link("http://a.example")), at(1, 3, link("http://b.example"))}},
		{"within a character", "é", "é", []facet{at(0, 1, link("http://a.example"))}},
		{"beyond the end", "abc", "abc", []facet{at(1, 4, link("http://a.example"))}},
		{"backwards", "abc", "abc", []facet{at(2, 1, link("http://a.example"))}},
		{"negative", "abc", "abc", []facet{at(-2, 1, link("http://a.example"))}},
		{"script", "abc", "abc", []facet{at(0, 3, link("javascript:alert(1)"))}},
		{"script with tabs", "abc", "abc", []facet{at(0, 3, link("java\tscript:alert(1)"))}},
		{"data", "abc", "abc", []facet{at(0, 3, link("data:text/html,x"))}},
		{"this origin", "abc", "abc", []facet{at(0, 3, link("//evil.example"))}},
		{"password", "abc", "abc", []facet{at(0, 3, link("https://bank.example@evil.example/"))}},
		{"odd mention", "abc", "abc", []facet{at(0, 3, feature{Type: "app.bsky.richtext.facet#mention", DID: "../admin"})}},
		{"unknown feature", "abc", "abc", []facet{at(0, 3, feature{Type: "com.example.blink"})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := spell(richText(c.text, len(c.text), c.facets)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// spell writes segments as text and [text|href].
func spell(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Href == "" {
			b.WriteString(s.Text)
		} else {
			b.WriteString("[" + s.Text + "|" + s.Href + "]")
		}
	}
	return b.String()
}

func TestFullTextIsLinkedBeyondTheShortOne(t *testing.T) {
	short, full := "see it…", "see it at https://a.example/x, or not"
	shared := sharedPrefix(short, full)
	if shared != len("see it") {
		t.Fatalf("%d bytes shared", shared)
	}
	got := spell(richText(full, shared, []facet{at(0, 3, link("http://b.example")), at(4, 9, link("http://c.example"))}))
	if want := "[see|http://b.example] it at [https://a.example/x|https://a.example/x], or not"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzRichText: whatever the ranges, no byte of the text is lost or doubled, no
// character cut, and no link leads anywhere but to the web or a profile.
func FuzzRichText(f *testing.F) {
	f.Add("see héé", 0, 3, 4, 8, "https://a.example/")
	f.Add("é", -1, 1, 0, 99, "javascript:alert(1)")
	f.Add("https://x.example https://", 3, 9, 5, 6, "HTTP://A.example")
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int, uri string) {
		if !utf8.ValidString(text) {
			return // not a text in the AT data model
		}
		for _, shared := range []int{0, len(text)} {
			var whole strings.Builder
			for _, s := range richText(text, shared, []facet{at(a, b, link(uri)), at(c, d, link(uri))}) {
				whole.WriteString(s.Text)
				if !utf8.ValidString(s.Text) {
					t.Errorf("cut a character: %q", s.Text)
				}
				if s.Href != "" && !strings.HasPrefix(s.Href, "http://") && !strings.HasPrefix(s.Href, "https://") {
					t.Errorf("link to %q", s.Href)
				}
			}
			if whole.String() != text {
				t.Errorf("%q became %q", text, whole.String())
			}
		}
	})
}
