package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"metanet/content/index"
	"metanet/identity"
)

// pageSize is how many posts one page of a feed shows.
const pageSize = 30

type timelinePage struct {
	page
	Heading  string
	Source   bool // the page may be asked again for news
	Composer composer
	Feed     feed
}

// newPost is the form above a feed.
var newPost = composer{
	ID: "new-post", Label: "New post", Placeholder: "What would you like to say?", Action: "Post", Rows: 2,
}

// public is GET /: everybody's posts.
func (h *Handler) public(w http.ResponseWriter, r *http.Request) error {
	found, err := h.index.Public(r.Context(), r.FormValue("cursor"), pageSize)
	if err != nil {
		return feedError(err)
	}
	p := timelinePage{page: h.frame(r, "timeline", "Everyone"), Heading: "What people are saying", Source: true, Composer: newPost}
	p.Description = "Posts at " + p.Site.Domain + ", each signed by its author."
	if p.Feed, err = h.feed(r, found, "/", "Nobody has written anything yet. Somebody has to be the first."); err != nil {
		return err
	}
	h.render(w, http.StatusOK, "timeline", p)
	return nil
}

// following is GET /following: the viewer's own timeline. A browser's first
// request carries no token, so it gets an empty frame whose script asks again.
func (h *Handler) following(w http.ResponseWriter, r *http.Request) error {
	p := timelinePage{page: h.frame(r, "following", "Following"), Heading: "People you follow", Source: true, Composer: newPost}
	viewer, err := h.viewerOf(r)
	switch {
	case errors.Is(err, errNoViewer):
		p.Feed.Empty = "Sign in to see what the people you follow write."
	case err != nil:
		return err
	default:
		found, err := h.index.Timeline(r.Context(), viewer, r.FormValue("cursor"), pageSize)
		if err != nil {
			return feedError(err)
		}
		if p.Feed, err = h.feed(r, found, "/following", "Nothing here yet. Follow people, and what they write appears here."); err != nil {
			return err
		}
	}
	h.render(w, http.StatusOK, "timeline", p)
	return nil
}

// feed presents a page of posts at the given address.
func (h *Handler) feed(r *http.Request, found index.Page, address, empty string) (feed, error) {
	items, err := h.presenter().posts(r.Context(), found)
	f := feed{Items: items, Empty: empty}
	if found.Cursor != "" {
		f.Next = address + "?" + url.Values{"cursor": {found.Cursor}}.Encode()
	}
	return f, err
}

func feedError(err error) error {
	if errors.Is(err, index.ErrInvalidCursor) {
		return errBadCursor
	}
	return fmt.Errorf("web: read feed: %w", err)
}

var (
	// errNoViewer: the request names nobody.
	errNoViewer = errors.New("web: no viewer")
	// errSignedOut: the request's token is not good (any more).
	errSignedOut = errors.New("web: signed out")
)

// viewerOf is who asks, by the token that the page's script sends.
func (h *Handler) viewerOf(r *http.Request) (identity.DID, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", errNoViewer
	}
	did, err := h.viewers.Viewer(r.Context(), token)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errSignedOut, err)
	}
	return did, nil
}
