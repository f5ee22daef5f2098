package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"metanet/content/view/search"
	"metanet/identity"
)

// segment is a run of text, linked or not. Templates escape both parts.
type segment struct {
	Text     string
	Href     string // empty: plain text
	External bool   // leads off this server
}

// facet is app.bsky.richtext.facet: a range of UTF-8 bytes and what it means.
type facet struct {
	Index struct {
		ByteStart int `json:"byteStart"`
		ByteEnd   int `json:"byteEnd"`
	} `json:"index"`
	Features []feature `json:"features"`
}

type feature struct {
	Type string `json:"$type"`
	URI  string `json:"uri"`
	DID  string `json:"did"`
	Tag  string `json:"tag"`
}

// richText cuts text at its facets. Facets are strangers' claims: ranges that
// overlap, leave the text or cut a character are passed over, and so are links
// that aren't http(s). shared is how many bytes of text the facets' author saw;
// in what follows (net.metanet.fullText) plain web addresses become links.
func richText(text string, shared int, facets []facet) []segment {
	facets = slices.Clone(facets)
	slices.SortStableFunc(facets, func(a, b facet) int { return a.Index.ByteStart - b.Index.ByteStart })
	var out []segment
	at := 0
	for _, f := range facets {
		start, end := f.Index.ByteStart, f.Index.ByteEnd
		if start < at || end <= start || end > shared || !whole(text, start) || !whole(text, end) {
			continue
		}
		s, ok := linked(text[start:end], f.Features)
		if !ok {
			continue
		}
		out = appendPlain(out, text[at:start])
		out = append(out, s)
		at = end
	}
	if at < shared {
		out = appendPlain(out, text[at:shared])
	}
	return append(out, autolink(text[max(at, shared):])...)
}

// whole says that a cut at byte i splits no character.
func whole(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

func appendPlain(out []segment, text string) []segment {
	if text == "" {
		return out
	}
	return append(out, segment{Text: text})
}

func linked(text string, features []feature) (segment, bool) {
	for _, f := range features {
		switch f.Type {
		case "app.bsky.richtext.facet#link":
			if href, ok := webLink(f.URI); ok {
				return segment{Text: text, Href: href, External: true}, true
			}
		case "app.bsky.richtext.facet#mention":
			if name, err := identity.ParseATName(f.DID); err == nil {
				return segment{Text: text, Href: profileLink(string(name))}, true
			}
		case "app.bsky.richtext.facet#tag":
			if search.Tag(f.Tag) != "" {
				return segment{Text: text, Href: tagLink(f.Tag)}, true
			}
		}
	}
	return segment{}, false
}

// webLink lets through absolute http(s) addresses only: no javascript:, no
// data:, nothing relative that would act on this origin.
func webLink(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return "", false
	}
	return u.String(), true
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

func autolink(text string) []segment {
	var out []segment
	at := 0
	for _, m := range webAddress.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[m[0]:m[1]], ".,;:!?'…)")
		href, ok := webLink(found)
		if !ok {
			continue
		}
		out = appendPlain(out, text[at:m[0]])
		out = append(out, segment{Text: found, Href: href, External: true})
		at = m[0] + len(found)
	}
	return appendPlain(out, text[at:])
}

// sharedPrefix is how many bytes the shortened and the full text have in common:
// only there do the facets' byte ranges mean the same in both.
func sharedPrefix(short, full string) int {
	n := 0
	for n < len(short) && n < len(full) && short[n] == full[n] {
		n++
	}
	for n > 0 && !whole(full, n) {
		n--
	}
	return n
}
