package handle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Method is how a handle was resolved.
type Method string

const (
	ByServer    Method = "server"     // the server that gave it out says so
	ByDNS       Method = "dns"        // a TXT record of _atproto.<handle>
	ByWellKnown Method = "well-known" // https://<handle>/.well-known/atproto-did
)

// maxAnswer bounds the body of a well-known file, in bytes: a DID has at most
// 2,048 (atproto.com/specs/did).
const maxAnswer = 2048 + 64

// Resolver asks a handle's own host name whose it is.
type Resolver struct {
	DNS  *net.Resolver
	HTTP *http.Client // Guard.Client's
}

// Resolve asks DNS, then the well-known file. What DNS says stands ("the DNS TXT
// result should be preferred", atproto.com/specs/handle).
func (r *Resolver) Resolve(ctx context.Context, h syntax.Handle) (syntax.DID, Method, error) {
	h = h.Normalize()
	if isReserved(string(h)) {
		return "", "", ErrReserved
	}
	ctx, cancel := context.WithTimeout(ctx, 2*timeout)
	defer cancel()
	did, dns := r.byDNS(ctx, h)
	if dns == nil || errors.Is(dns, ErrConflict) {
		return did, ByDNS, dns
	}
	did, web := r.byWellKnown(ctx, h)
	switch {
	case web == nil:
		return did, ByWellKnown, nil
	case errors.Is(dns, ErrNotFound) && errors.Is(web, ErrNotFound):
		return "", "", fmt.Errorf("%w: neither in DNS nor at https://%s", ErrNotFound, h)
	case errors.Is(web, ErrNotFound):
		return "", "", dns
	}
	return "", "", web
}

func (r *Resolver) byWellKnown(ctx context.Context, h syntax.Handle) (syntax.DID, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+string(h)+"/.well-known/atproto-did", nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	resp, err := r.HTTP.Do(req)
	if err != nil {
		return "", unanswered(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		return "", fmt.Errorf("%w: status %d", ErrUnavailable, resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%w: status %d", ErrNotFound, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	did, err := syntax.ParseDID(strings.TrimSpace(string(body)))
	if err != nil || len(body) > maxAnswer {
		// Many web servers answer 200 and a page for whatever is asked.
		return "", fmt.Errorf("%w: the well-known file holds no DID", ErrNotFound)
	}
	return did, nil
}

// isReserved reports whether a name ends in a domain that nobody can look up
// (RFC 6761; atproto.com/specs/handle, "Additional Non-Syntax Restrictions", which
// leaves .test to development).
func isReserved(name string) bool {
	return !syntax.Handle(name).AllowedTLD() || strings.HasSuffix(name, ".test")
}
