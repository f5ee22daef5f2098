package xrpc

import "net/http"

// allowCORS lets any page read what a public API answers. "*" excludes
// credentials by definition (Fetch standard, "CORS protocol and credentials"),
// and there are none: tokens travel in a header that the page itself must know.
func allowCORS(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Content-Length, Content-Type, ETag, Retry-After, X-Request-Id")
}

// preflight answers OPTIONS without running anything.
func preflight(w http.ResponseWriter, method string) {
	h := w.Header()
	allowCORS(h)
	h.Set("Access-Control-Allow-Methods", method)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Atproto-Accept-Labelers, Atproto-Proxy, X-Bsky-Topics")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
