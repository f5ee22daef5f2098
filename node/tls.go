package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"metanet/node/cert"
	"metanet/node/edge"
)

// errNoDomain: nobody gives certificates for a name that only this machine knows.
var errNoDomain = errors.New("tls: it needs a domain that others can look up (--domain)")

// openTLS opens the listener with TLS, where one is set, and returns what is answered
// on the one without.
func (n *Node) openTLS(gate *edge.Gate, faces http.Handler, proxies []netip.Prefix) (plain http.Handler, err error) {
	if n.cfg.TLS == "" {
		return faces, nil
	}
	if n.isTestDomain() {
		return nil, errNoDomain
	}
	n.certs, err = cert.New(cert.Config{
		Names: append([]string{n.state.Domain}, n.cfg.TLSNames...), Dir: n.home.path("tls"), Directory: n.cfg.ACME, Email: n.cfg.ACMEEmail,
		Plain: localOr(proxies), Logger: n.log.With("part", "tls"), Registerer: n.registry,
	})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", n.cfg.TLS)
	if err != nil {
		return nil, fmt.Errorf("tls: %w (choose another with --tls)", err)
	}
	n.onClose(func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	n.serveOn(gate.Guard(l), n.certs.Secure(faces))
	server := n.http[len(n.http)-1].server
	server.TLSConfig = n.certs.TLS()
	// Failed handshakes are strangers' to cause.
	server.ErrorLog = slog.NewLogLogger(n.log.With("part", "tls").Handler(), slog.LevelDebug)
	n.log.Info("listening", "part", "tls", "address", l.Addr())
	return n.certs.Plain(faces), nil
}

// keepCertificates runs where TLS is set.
func (n *Node) keepCertificates(ctx context.Context) error {
	if n.certs == nil {
		return nil
	}
	return n.certs.Run(ctx)
}

// localOr tells requests that no line between machines has carried without TLS: this
// machine's own, such as the command line's, and those of proxies that end TLS themselves.
func localOr(proxies []netip.Prefix) func(*http.Request) bool {
	return func(r *http.Request) bool {
		ap, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return false
		}
		ip := ap.Addr().Unmap().WithZone("")
		return ip.IsLoopback() || slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip) })
	}
}
