package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"metanet/content/index"
	"metanet/content/view/search"
	"metanet/node/inbox"
	"metanet/node/personal"
)

// Handler serves the pages; see the package comment.
type Handler struct {
	index      *index.Index
	finder     *search.Search
	inbox      *inbox.Inbox
	personal   *personal.Personal
	identities Identities
	policies   Policies
	server     Server
	viewers    Viewers
	logger     *slog.Logger
	now        func() time.Time

	assets    *assets
	templates templates
}

// New makes the face's handler. It answers GET and HEAD for the paths in
// routes; whoever mounts it gives it what no other face claims.
func New(cfg Config) (http.Handler, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	t, err := loadTemplates(a)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		index: cfg.Index, finder: cfg.Search, inbox: cfg.Inbox, personal: cfg.Personal, identities: cfg.Identities, policies: cfg.Policies,
		server: cfg.Server, viewers: cfg.Viewers, logger: cfg.Logger, now: cfg.Now,
		assets: a, templates: t,
	}
	return withHeaders(h.routes()), nil
}

func (h *Handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+assetPrefix, h.assets)
	mux.Handle("GET /{$}", h.page(h.public))
	mux.Handle("GET /following", h.page(h.following))
	mux.Handle("GET /notifications", h.page(h.notifications))
	mux.Handle("GET /search", h.page(h.search))
	mux.Handle("GET /tag/{tag}", h.page(h.tag))
	mux.Handle("GET /profile/{actor}", h.page(h.profile))
	mux.Handle("GET /post/{actor}/{rkey}", h.page(h.post))
	mux.Handle("GET /policy", h.page(h.policy))
	mux.Handle("GET /policy/{version}", h.page(h.policy))
	mux.HandleFunc("GET /viewer", h.viewer)
	mux.Handle("GET /settings", h.page(h.settings))
	mux.Handle("GET /about", h.page(h.about))
	mux.Handle("GET /{at}", h.page(h.atHandle))
	mux.Handle("GET /", h.page(func(http.ResponseWriter, *http.Request) error { return ErrNotFound }))
	return mux
}

// atHandle is /@alice.example.org, the address that people pass on.
func (h *Handler) atHandle(w http.ResponseWriter, r *http.Request) error {
	handle, ok := strings.CutPrefix(r.PathValue("at"), "@")
	if !ok {
		return ErrNotFound
	}
	return h.showProfile(w, r, handle)
}

// page runs a handler that may fail and turns its error into a page.
func (h *Handler) page(serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := serve(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		h.fail(w, r, err)
	})
}

type errorPage struct {
	page
	Heading, Words string
}

// fail is the one place where errors become words for people.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := errorPage{page: h.frame(r, "", "Something went wrong")}
	status := http.StatusInternalServerError
	switch {
	case notFound(err):
		status = http.StatusNotFound
		p.Title, p.Heading = "Not here", "Nothing here"
		p.Words = "This server doesn’t have what you asked for. It may never have arrived here, or its author deleted it."
	case errors.Is(err, errBadCursor):
		status = http.StatusBadRequest
		p.Heading, p.Words = "That page is gone", "The list has changed since. Start again from the top."
	case errors.Is(err, errSignedOut):
		status = http.StatusUnauthorized
		p.Heading, p.Words = "Your sign-in has ended", "Sign in again to go on."
	default:
		h.logger.Error("serve page", "path", r.URL.Path, "err", err)
		p.Heading, p.Words = "Something went wrong", "This server could not make the page. Try again in a moment."
	}
	h.render(w, status, "error", p)
}

func (h *Handler) frame(r *http.Request, name, title string) page {
	about := h.server.About(r.Context())
	return page{Page: name, Title: title, Site: site{
		Domain: about.Domain, Network: about.Network,
		ServerID: about.ID, PolicyVersion: about.PolicyVersion,
	}}
}
