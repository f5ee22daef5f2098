package cert

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Plain is for the listener without TLS: it answers the authority's challenges
// (RFC 8555, §8.3), hands requests that may come without TLS to next, and sends all
// others to HTTPS. Nothing but reading is sent on: what a form or token carries has
// been seen by whoever listens, and its sender should notice.
func (k *Keeper) Plain(next http.Handler) http.Handler {
	return k.manager.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case k.cfg.Plain != nil && k.cfg.Plain(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			to := url.URL{Scheme: "https", Host: k.name(r.Host), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
		default:
			http.Error(w, "use https", http.StatusForbidden)
		}
	}))
}

// Secure is for the listener with TLS: it tells browsers to stay there (RFC 6797, §7.1).
// Names below are left out: they may be served elsewhere.
func (k *Keeper) Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", hstsAge)
		next.ServeHTTP(w, r)
	})
}

// name is that of ours which a request was for, else the first: nobody is sent
// elsewhere, whatever the Host says.
func (k *Keeper) name(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host = canonical(host); k.held[host] != nil {
		return host
	}
	return k.cfg.Names[0]
}

// canonical is a name as Config has it: clients may write it in capitals, or with the root's dot.
func canonical(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }
