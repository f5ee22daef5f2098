package web

import "net/http"

type settingsPage struct{ page }

// settings is GET /settings. It is the same for everybody: what is somebody's own
// comes over XRPC with their token, so that no page with it can be cached.
func (h *Handler) settings(w http.ResponseWriter, r *http.Request) error {
	p := settingsPage{h.frame(r, "settings", "Settings")}
	h.render(w, http.StatusOK, "settings", p)
	return nil
}
