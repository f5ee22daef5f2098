package search

import (
	"strings"
	"time"

	"metanet/content/store"
	"metanet/content/view/search/language"
	"metanet/identity"
)

// Query is what somebody looks for among posts. All that is set must hold.
type Query struct {
	// Text is words, all of which must be there, in any form of the languages in
	// Langs. "Quoted words" must stand side by side, and -words must not be there.
	Text     string
	Langs    []string // whose forms count as one word; BCP 47 tags
	Tags     []string // hashtags
	Mentions []string // names of people, as values spell them
	Author   identity.DID
	Lang     string // that the post says it is in
	Domain   string // that the post links to
	Media    Media
	Since    time.Time // inclusive
	Until    time.Time // exclusive
}

// Media is what a post shows.
type Media string

const (
	AnyMedia Media = mediaAny
	Images   Media = mediaImage
	Videos   Media = mediaVideo
)

// Bounds of a query: each clause costs a seek for each post that is looked at.
const (
	maxClauses  = 24
	maxLanguage = 4
)

// plan is a query as lists of postings.
type plan struct {
	all     []clause // each must have it
	none    []clause
	phrases []string // folded
}

// clause is a union of lists: a post is in it if it is in one of them.
type clause []store.Key

func (q *Query) plan() (plan, error) {
	p := plan{}
	langs := codes(first(q.Langs, maxLanguage))
	for rest := q.Text; ; {
		token, quoted, after := nextToken(rest)
		if token == "" && after == "" {
			break
		}
		rest = after
		bare := strings.TrimPrefix(token, "-")
		switch {
		case quoted:
			p.phrases = append(p.phrases, phrase(token))
			p.all = append(p.all, wordClauses(token, nil)...)
		case bare != token && bare != "":
			p.none = append(p.none, wordClauses(bare, langs)...)
		case strings.HasPrefix(token, "#") && Tag(token) != "":
			p.all = append(p.all, clause{termKey(kindTag, Tag(token))})
		default:
			p.all = append(p.all, wordClauses(token, langs)...)
		}
	}
	p.filter(q)
	if len(p.all) == 0 {
		return p, ErrEmptyQuery
	}
	if len(p.all)+len(p.none) > maxClauses {
		return p, ErrLongQuery
	}
	return p, nil
}

func (p *plan) filter(q *Query) {
	must := func(k kind, term string) {
		if term != "" {
			p.all = append(p.all, clause{termKey(k, term)})
		}
	}
	for _, tag := range q.Tags {
		must(kindTag, Tag(tag))
	}
	for _, name := range q.Mentions {
		must(kindMention, name)
	}
	must(kindLang, language.Code(q.Lang))
	must(kindDomain, Host(q.Domain))
	switch {
	case q.Media != "" && q.Author != "":
		must(kindMedia, string(q.Media)+" "+string(q.Author))
	case q.Media != "":
		must(kindMedia, string(q.Media))
	default:
		must(kindAuthor, string(q.Author))
	}
}

// nextToken takes a word or a quoted phrase off a text.
func nextToken(s string) (token string, quoted bool, rest string) {
	s = strings.TrimLeft(s, " \t\r\n")
	if inside, ok := strings.CutPrefix(s, `"`); ok {
		token, rest, _ = strings.Cut(inside, `"`)
		return token, true, rest
	}
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return s[:i], false, s[i:]
	}
	return s, false, ""
}

func wordClauses(text string, langs []string) (clauses []clause) {
	for _, word := range language.Asked(text) {
		c := clause{termKey(kindWord, word)}
		for _, lang := range langs {
			if stem, ok := language.Stem(lang, word); ok {
				c = append(c, termKey(kindStem, lang+":"+stem))
			}
		}
		clauses = append(clauses, c)
	}
	return clauses
}

// phrase is text as phrases are compared: words with one space between them.
func phrase(text string) string {
	return " " + strings.Join(strings.Fields(language.Fold(strings.Join(language.Words(text), " "))), " ") + " "
}
