// Package cert gets and keeps the certificates of this server's own names from an
// authority that speaks ACME (RFC 8555), proving the names by TLS-ALPN-01 (RFC 8737)
// or HTTP-01 on listeners that others open. It knows nothing of what is served.
//
// Strangers' handshakes start no order: the names are fixed, and only Run asks the
// authority, so that nobody can use up what it grants in a week.
package cert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ErrNone: there is no certificate yet for the name that a client asked for, or
// it is none of the server's.
var ErrNone = errors.New("cert: no certificate for this name")

const (
	// checkEvery is how often Run looks for a certificate that was renewed. Renewing
	// begins when a third of its life is left, at most 30 days.
	checkEvery = time.Hour
	// retryFirst and retryMost pace orders that failed. Let's Encrypt lets five
	// validations of one name fail in an hour.
	retryFirst, retryMost = 2 * time.Minute, time.Hour
	// hstsAge is for how long browsers come by HTTPS only once they did.
	hstsAge = "max-age=31536000"
)

// Config says for whom, and from where.
type Config struct {
	// Names are what the certificates are for. The first is the one to which plain
	// requests for other names are sent.
	Names []string
	// Dir keeps the account's key and the certificates with theirs, readable to the
	// owner only.
	Dir string
	// Directory is the authority's ACME directory; empty: Let's Encrypt's.
	Directory string
	// Email is where the authority writes about certificates; may be empty.
	Email string
	// Client asks the authority; nil: http.DefaultClient.
	Client *http.Client
	// Plain says which requests without TLS are answered all the same; nil: none.
	Plain func(*http.Request) bool

	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Keeper has the certificates. Run gets and renews them.
type Keeper struct {
	cfg     Config
	manager autocert.Manager
	held    map[string]*atomic.Pointer[tls.Certificate] // by name; the map never changes
	failed  prometheus.Counter
}

// New looks at nothing yet; Run does.
func New(cfg Config) (*Keeper, error) {
	if len(cfg.Names) == 0 {
		return nil, errors.New("cert: no names")
	}
	held := make(map[string]*atomic.Pointer[tls.Certificate], len(cfg.Names))
	var names []string
	for _, name := range cfg.Names {
		if name = canonical(name); held[name] == nil {
			held[name], names = new(atomic.Pointer[tls.Certificate]), append(names, name)
		}
	}
	cfg.Names = names
	k := &Keeper{cfg: cfg, held: held, manager: autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(cfg.Dir), HostPolicy: autocert.HostWhitelist(cfg.Names...), Email: cfg.Email,
		Client: &acme.Client{DirectoryURL: cfg.Directory, HTTPClient: cfg.Client, UserAgent: "metanet"},
	}}
	if cfg.Directory == "" {
		k.manager.Client.DirectoryURL = autocert.DefaultACMEDirectory
	}
	return k, k.register(cfg.Registerer)
}

func (k *Keeper) register(reg prometheus.Registerer) error {
	k.failed = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "metanet_tls_orders_failed_total", Help: "Certificates that the authority did not give.",
	})
	if err := reg.Register(k.failed); err != nil {
		return err
	}
	for name, held := range k.held {
		err := reg.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "metanet_tls_certificate_expiry_seconds", Help: "When the certificate ends, in Unix time; 0 without one.",
			ConstLabels: prometheus.Labels{"name": name},
		}, func() float64 {
			if c := held.Load(); c != nil {
				return float64(c.Leaf.NotAfter.Unix())
			}
			return 0
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

// Run gets the certificates and looks for renewed ones until ctx ends. A failure is
// logged and tried again, ever more slowly.
func (k *Keeper) Run(ctx context.Context) error {
	retry := retryFirst
	for {
		wait := checkEvery
		if err := k.Obtain(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			k.failed.Inc()
			k.cfg.Logger.Warn("no certificate; trying again", "error", err, "in", retry)
			wait, retry = retry, min(2*retry, retryMost)
		} else {
			retry = retryFirst
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// Obtain gets what is missing and takes up what was renewed.
func (k *Keeper) Obtain(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { // which takes minutes at most, and no context
		var errs []error
		for _, name := range k.cfg.Names {
			errs = append(errs, k.obtain(name))
		}
		done <- errors.Join(errs...)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// obtain asks the manager as a client of today would: for an ECDSA certificate.
func (k *Keeper) obtain(name string) error {
	c, err := k.manager.GetCertificate(&tls.ClientHelloInfo{
		ServerName: name, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
		SupportedCurves: []tls.CurveID{tls.CurveP256}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	})
	if err != nil {
		return fmt.Errorf("cert: %s: %w", name, err)
	}
	if before := k.held[name].Swap(c); before == nil || !before.Leaf.Equal(c.Leaf) {
		k.cfg.Logger.Info("certificate", "name", name, "until", c.Leaf.NotAfter, "issuer", c.Leaf.Issuer.CommonName)
	}
	return nil
}

// TLS is for a listener of HTTP/2 and HTTP/1.1.
func (k *Keeper) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: k.certificate,
		NextProtos: []string{"h2", "http/1.1", acme.ALPNProto},
	}
}

// certificate answers the authority's challenges (RFC 8737, §3: the only protocol
// offered is acme-tls/1) from the orders under way, and others with what there is.
func (k *Keeper) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acme.ALPNProto {
		return k.manager.GetCertificate(hello)
	}
	if held := k.held[canonical(hello.ServerName)]; held != nil {
		if c := held.Load(); c != nil {
			return c, nil
		}
	}
	return nil, ErrNone
}
