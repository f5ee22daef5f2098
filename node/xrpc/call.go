package xrpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
)

// Call is one request on its way through: what the mechanics learnt about it
// before the handler runs. It belongs to the handler's goroutine.
type Call struct {
	Request   *http.Request
	Writer    http.ResponseWriter // for headers; the body is the return value's unless the route is Raw
	ID        string              // the request id, as sent in X-Request-Id
	Client    netip.Addr          // who called, as far as trusted proxies tell
	Principal Principal           // zero unless a good token was sent
	Bearer    string              // the token as sent, for handlers that check their own kind
}

type requestIDKey struct{}

// RequestID is the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func newRequestID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// clientAddr is the caller's address: the peer's, or, while the peer is a
// trusted proxy, the hop before it in X-Forwarded-For, read from the right. A
// header from anybody else is a claim and is ignored.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := ap.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && containsAddr(trusted, addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr
}

func containsAddr(ps []netip.Prefix, a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
