package search

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/record/dagcbor"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/search/language"
	"metanet/identity/plc"
)

// kind is what a term says of the record that has it.
type kind byte

const (
	kindWord    kind = 1 // a folded word of a post's text
	kindStem    kind = 2 // language, colon, stem of such a word
	kindTag     kind = 3 // a folded hashtag
	kindMention kind = 4 // the name of somebody mentioned
	kindAuthor  kind = 5 // the did:ethr of a post's author
	kindLang    kind = 6 // a language that a post says it is in
	kindDomain  kind = 7 // a host that a post links to
	kindMedia   kind = 8 // mediaImage or mediaVideo
	kindPerson  kind = 9 // a folded word of somebody's name or handle
)

// What a post can show.
const (
	mediaAny   = "any"
	mediaImage = "image"
	mediaVideo = "video"
)

// Bounds of what one record gives; the rest of it is not found by its words.
const (
	maxWords    = 1000
	maxLangs    = 3
	maxTags     = 50
	maxMentions = 50
	maxDomains  = 20
)

const (
	collectionPost    = "app.bsky.feed.post"
	collectionProfile = "app.bsky.actor.profile"
)

// View is the rules.
func View() view.View {
	return view.View{Name: "search", Version: 1, Families: []store.Family{store.FamilyTerm, store.FamilyFound}, Derive: derive}
}

func derive(v *store.Visible) []view.Entry {
	t := termer{v: v}
	switch path := v.Bundle.Path; {
	case path.Collection == collectionPost:
		t.post()
	case path.Collection == collectionProfile:
		t.person(string(dagcbor.Node(v.Bundle.Value).Get("displayName").Text()))
	case path == record.ATNamePath:
		_, handle, err := plc.Verify(v.Bundle.Value, v.Bundle.DID)
		if err == nil { // what proves nothing means nothing
			t.person(string(handle))
		}
	}
	if len(t.entries) > 0 {
		value := store.NewKey(0)[:0].DID(v.Bundle.DID).Path(v.Bundle.Path)
		t.entries = append(t.entries, view.Entry{Key: foundKey(v.Seq), Value: value})
	}
	return t.entries
}

func foundKey(seq uint64) store.Key { return store.NewKey(store.FamilyFound).Uint(seq) }

// termKey begins the keys of all records that have a term. Terms come from strangers:
// NUL, which ends a text in a key, goes.
func termKey(k kind, term string) store.Key {
	return store.NewKey(store.FamilyTerm).Byte(byte(k)).Text(strings.ReplaceAll(term, "\x00", ""))
}

// termer gathers the terms of one record.
type termer struct {
	v       *store.Visible
	entries []view.Entry
}

func (t *termer) add(k kind, term string) {
	if term == "" {
		return
	}
	key := termKey(k, term).Newest(index.TimeOf(t.v)).Uint(t.v.Seq)
	t.entries = append(t.entries, view.Entry{Key: key})
}

func (t *termer) post() {
	value, refs := dagcbor.Node(t.v.Bundle.Value), &t.v.Refs
	langs := codes(refs.Langs)
	t.words(refs.Text, langs)
	for _, lang := range langs {
		t.add(kindLang, lang)
	}
	for _, tag := range first(refs.Tags, maxTags) {
		t.add(kindTag, Tag(tag))
	}
	for _, name := range first(refs.Mentions, maxMentions) {
		t.add(kindMention, string(name))
	}
	t.add(kindAuthor, string(t.v.Bundle.DID))
	t.embed(value.Get("embed"), langs)
	for _, host := range first(hosts(value), maxDomains) {
		t.add(kindDomain, host)
	}
}

func codes(tags []string) (codes []string) {
	for _, tag := range first(tags, maxLangs) {
		if code := language.Code(tag); code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func first[T any](list []T, n int) []T { return list[:min(len(list), n)] }

func (t *termer) words(text string, langs []string) {
	seen := make(map[string]bool)
	for _, word := range language.Words(text) {
		if seen[word] {
			continue
		}
		if len(seen) == maxWords {
			return
		}
		seen[word] = true
		t.add(kindWord, word)
		for _, lang := range langs {
			if stem, ok := language.Stem(lang, word); ok {
				t.add(kindStem, lang+":"+stem)
			}
		}
	}
}

func (t *termer) person(name string) {
	for _, word := range language.Words(name) {
		t.add(kindPerson, word)
	}
	t.add(kindPerson, language.Fold(name))
}

// embed: what is shown, and what its descriptions say.
func (t *termer) embed(e dagcbor.Node, langs []string) {
	switch string(e.Get("$type").Text()) {
	case "app.bsky.embed.recordWithMedia":
		t.embed(e.Get("media"), langs)
	case "app.bsky.embed.images":
		t.shown(mediaImage, e.Get("images"), langs)
	case "app.bsky.embed.gallery":
		t.shown(mediaImage, e.Get("items"), langs)
	case "app.bsky.embed.video":
		t.media(mediaVideo)
		t.words(string(e.Get("alt").Text()), langs)
	}
}

func (t *termer) shown(media string, items dagcbor.Node, langs []string) {
	t.media(media)
	for item := range items.Items() {
		t.words(string(item.Get("alt").Text()), langs)
	}
}

// media says what a post shows, and whose it is: so an author's are one list.
func (t *termer) media(media string) {
	for _, m := range []string{media, mediaAny} {
		t.add(kindMedia, m)
		t.add(kindMedia, m+" "+string(t.v.Bundle.DID))
	}
}

// hosts is where a post links to.
func hosts(value dagcbor.Node) (hosts []string) {
	add := func(link dagcbor.Node) {
		if host := Host(string(link.Text())); host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	for facet := range value.Get("facets").Items() {
		for feature := range facet.Get("features").Items() {
			if string(feature.Get("$type").Text()) == "app.bsky.richtext.facet#link" {
				add(feature.Get("uri"))
			}
		}
	}
	add(value.At("embed", "external", "uri"))
	add(value.At("embed", "media", "external", "uri"))
	return hosts
}

// Host is the host of a web address, or a bare host, as it is looked for; "" if it
// is neither.
func Host(address string) string {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(host, "www.")
}

// Tag is a hashtag as it is looked for, with or without '#'.
func Tag(tag string) string {
	return language.Fold(strings.TrimLeft(strings.TrimSpace(tag), "#＃"))
}
