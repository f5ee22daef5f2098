package mastodon

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// span is a part of a text that means something: exactly one of uri and tag is set.
type span struct {
	start, end int // in bytes
	uri, tag   string
}

// Text is a post's HTML as plain text, with its links and hashtags.
type Text struct {
	Plain string
	spans []span
}

// ReadHTML reads what Mastodon writes: paragraphs, line breaks, quotes, lists and
// links, whose text it shortens with invisible parts. Other elements are their
// text; script and style are nothing.
func ReadHTML(source string, mentions []Mention) Text {
	w := &writer{mentions: map[string]string{}}
	for _, m := range mentions {
		w.mentions[m.Href] = m.Name
	}
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err == nil { // a strings.Reader gives no other
		for _, n := range nodes {
			w.node(n, 0)
		}
	}
	return w.text()
}

// maxNesting bounds the elements within each other; Mastodon nests a handful.
const maxNesting = 100

// writer collects plain text. Breaks are kept back until text follows.
type writer struct {
	out      strings.Builder
	breaks   int // line ends that stand before the next text
	spans    []span
	mentions map[string]string // by address
}

func (w *writer) write(s string) {
	if s == "" {
		return
	}
	if w.out.Len() > 0 {
		w.out.WriteString(strings.Repeat("\n", w.breaks))
	}
	w.breaks = 0
	w.out.WriteString(s)
}

func (w *writer) node(n *html.Node, level int) {
	if level > maxNesting {
		return
	}
	if n.Type == html.TextNode {
		w.write(strings.ReplaceAll(n.Data, "\n", " "))
		return
	}
	block := 0
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Object:
		return
	case atom.Br:
		w.breaks++
		return
	case atom.A:
		w.link(n, level)
		return
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		block = 2
	case atom.Li, atom.Div:
		block = 1
	}
	w.breaks = max(w.breaks, block)
	if n.DataAtom == atom.Li {
		w.write("– ")
	}
	w.children(n, level)
	w.breaks = max(w.breaks, block)
}

func (w *writer) children(n *html.Node, level int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, level+1)
	}
}

// link writes a link: of a person their whole address, of a hashtag the tag, of
// anything else its text, which holds the whole address, too.
func (w *writer) link(n *html.Node, level int) {
	href, before := attribute(n, "href"), w.out.Len()
	name, mention := w.mentions[href]
	if mention && strings.HasPrefix(name, "@") {
		w.write(name)
	} else {
		w.children(n, level)
	}
	start, written := before, w.out.String()
	for start < len(written) && written[start] == '\n' {
		start++
	}
	s := span{start: start, end: len(written)}
	shown := written[start:]
	switch tag, isTag := strings.CutPrefix(shown, "#"); {
	case shown == "":
		return
	case isTag && !mention && len(tag) <= maxTag && tag != "" && !strings.ContainsAny(tag, " #"):
		s.tag = tag
	default:
		if s.uri = webURL(href); s.uri == "" {
			return
		}
	}
	w.spans = append(w.spans, s)
}

// maxTag is app.bsky.richtext.facet#tag's, in bytes; its 64 graphemes are no less.
const maxTag = 64

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (w *writer) text() Text {
	plain := strings.ToValidUTF8(w.out.String(), string(utf8.RuneError))
	plain = strings.ReplaceAll(plain, "\x00", "")
	if len(plain) != w.out.Len() { // places have moved; the words are what counts
		w.spans = nil
	}
	return Text{plain, w.spans}
}

// prefixed is t behind more text.
func (t Text) prefixed(before string) Text {
	moved := make([]span, len(t.spans))
	for i, s := range t.spans {
		s.start, s.end = s.start+len(before), s.end+len(before)
		moved[i] = s
	}
	return Text{before + t.Plain, moved}
}

// facets are those that lie in the first n bytes.
func (t Text) facets(n int) []any {
	var facets []any
	for _, s := range t.spans {
		if s.end > n {
			continue
		}
		feature := map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": s.uri}
		if s.tag != "" {
			feature = map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": s.tag}
		}
		facets = append(facets, map[string]any{
			"$type": "app.bsky.richtext.facet", "features": []any{feature},
			"index": map[string]any{"$type": "app.bsky.richtext.facet#byteSlice", "byteStart": s.start, "byteEnd": s.end},
		})
	}
	return facets
}
