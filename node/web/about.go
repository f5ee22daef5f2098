package web

import "net/http"

type aboutPage struct {
	page
	About
	Audit, Join string // commands, ready to be run
}

// about is GET /about: what this server is and how to check it.
func (h *Handler) about(w http.ResponseWriter, r *http.Request) error {
	a := h.server.About(r.Context())
	p := aboutPage{page: h.frame(r, "about", "About"), About: a}
	p.Description = "What this server is, and how anybody can check it."
	p.Audit = "metanet audit " + a.URL
	p.Join = "metanet up --join " + a.URL
	h.render(w, http.StatusOK, "about", p)
	return nil
}
