package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"metanet/content/index"
	"metanet/content/view"
	"metanet/content/view/search"
)

type searchPage struct {
	page
	Query  string
	People []person
	Feed   feed
}

// peopleFound bounds how many people a search shows above the posts.
const peopleFound = 10

// search is GET /search?q=…: people and posts that have the words.
func (h *Handler) search(w http.ResponseWriter, r *http.Request) error {
	p := searchPage{page: h.frame(r, "search", "Search"), Query: strings.TrimSpace(r.FormValue("q"))}
	if p.Query != "" {
		p.Title = p.Query + " · Search"
		if r.FormValue("cursor") == "" {
			people, err := h.people(r.Context(), p.Query)
			if err != nil {
				return err
			}
			p.People = people
		}
		var err error
		if p.Feed, err = h.found(r, search.Query{Text: p.Query, Langs: languages(r)}, "/search", "Nothing here has these words. Try fewer, or other ones."); err != nil {
			return err
		}
	}
	h.render(w, http.StatusOK, "search", p)
	return nil
}

type tagPage struct {
	page
	Tag  string
	Feed feed
}

// tag is GET /tag/{tag}: the posts with a hashtag.
func (h *Handler) tag(w http.ResponseWriter, r *http.Request) error {
	tag := strings.TrimLeft(r.PathValue("tag"), "#")
	if search.Tag(tag) == "" {
		return ErrNotFound
	}
	p := tagPage{page: h.frame(r, "tag", "#"+tag), Tag: tag}
	p.Description = "Posts about #" + tag + " at " + p.Site.Domain + "."
	var err error
	if p.Feed, err = h.found(r, search.Query{Tags: []string{tag}}, tagLink(tag), "Nobody here has used this hashtag yet."); err != nil {
		return err
	}
	h.render(w, http.StatusOK, "tag", p)
	return nil
}

func tagLink(tag string) string { return "/tag/" + url.PathEscape(tag) }

// found presents the posts that a query finds, at the given address.
func (h *Handler) found(r *http.Request, q search.Query, address, empty string) (feed, error) {
	hits, next, err := h.finder.Posts(r.Context(), q, r.FormValue("cursor"), pageSize)
	switch {
	case errors.Is(err, view.ErrInvalidCursor):
		return feed{}, errBadCursor
	case errors.Is(err, search.ErrEmptyQuery):
		return feed{Empty: empty}, nil
	case errors.Is(err, search.ErrLongQuery):
		return feed{Empty: "That is too much to look for at once. Try fewer words."}, nil
	case err != nil:
		return feed{}, err
	}
	posts, err := search.Read(r.Context(), h.index, hits)
	if err != nil {
		return feed{}, err
	}
	page := index.Page{Items: make([]index.FeedItem, len(posts))}
	for i, post := range posts {
		page.Items[i].Post = post
	}
	f, err := h.feed(r, page, address, empty)
	if next != "" {
		more := url.Values{"cursor": {next}}
		if q.Text != "" {
			more.Set("q", q.Text)
		}
		f.Next = address + "?" + more.Encode()
	}
	return f, err
}

// people presents the most followed of those whose names have the words.
func (h *Handler) people(ctx context.Context, text string) ([]person, error) {
	found, err := h.finder.People(ctx, text)
	if errors.Is(err, search.ErrEmptyQuery) || errors.Is(err, search.ErrLongQuery) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ranked, err := h.index.Ranked(ctx, found)
	if err != nil {
		return nil, err
	}
	shown := h.presenter()
	var people []person
	for _, a := range ranked[:min(len(ranked), peopleFound)] {
		people = append(people, shown.person(a))
	}
	return people, nil
}

// maxLanguages bounds how many of a reader's languages a search tries.
const maxLanguages = 4

// languages is which languages the reader's browser says they read, in order
// (RFC 9110, 12.5.4; weights come in falling order in practice).
func languages(r *http.Request) (tags []string) {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if tag != "" && tag != "*" && len(tags) < maxLanguages {
			tags = append(tags, tag)
		}
	}
	return tags
}
