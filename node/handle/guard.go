package handle

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// timeout is for one request, redirects and body included.
const timeout = 10 * time.Second

// Guard keeps what strangers have claimed from sending requests into this node's
// own network (SSRF).
type Guard struct {
	// Loopback lets requests go to this machine: where all nodes are on one, for
	// development.
	Loopback bool
	// Resolver looks up host names; nil is the system's.
	Resolver *net.Resolver
	// MaxBody is as much of an answer as is ever read, in bytes; 0: what answers
	// about handles need.
	MaxBody int64
}

// Client is an HTTP client that dials what the guard allows and follows
// redirects within the same scheme and host only.
func (g Guard) Client() *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: stayThere,
		Transport: bounded{cmp.Or(g.MaxBody, maxBody), &http.Transport{
			DialContext:     (&net.Dialer{Control: g.mayDial, Resolver: g.Resolver}).DialContext,
			IdleConnTimeout: time.Minute, MaxIdleConns: 64, MaxIdleConnsPerHost: 1,
			MaxResponseHeaderBytes: 32 << 10, TLSHandshakeTimeout: timeout, DisableCompression: true,
		}},
	}
}

// maxBody is enough for what servers say of themselves at /.well-known/metanet,
// which is a few thousand bytes.
const maxBody = 64 << 10

// bounded cuts answers off.
type bounded struct {
	limit int64
	*http.Transport
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.Transport.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, b.limit), resp.Body}
	}
	return resp, err
}

// maxRedirects is AT's "reasonable number" (specs/handle, "HTTPS well-known
// Method").
const maxRedirects = 3

// stayThere follows what a web server does with its own paths. Another host has
// no say about the handle: the answer is then the redirect itself.
func stayThere(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// mayDial sees every address after names were resolved, so that a name which
// resolves to another address the second time (DNS rebinding) gains nothing.
func (g Guard) mayDial(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap()
	if g.Loopback && ip.IsLoopback() || isPublic(ip) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrAddress, ip)
}

// notPublic are networks that netip takes for ordinary: shared and reserved ones
// (RFC 6890, in 100.64/10 some clouds keep their metadata), and those whose
// addresses hold an IPv4 address that a gateway may pass on.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/32"), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("::/96"),
}

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// unanswered sorts what a request failed with: a host name that doesn't exist is
// an answer, everything else is none.
func unanswered(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return fmt.Errorf("%w: no host of that name", ErrNotFound)
	}
	if errors.Is(err, ErrAddress) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, plainly(err))
}
