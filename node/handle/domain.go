package handle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"metanet/identity"
	"metanet/node/client"
)

// Server is one that has registered a domain on-chain.
type Server struct {
	ID     uint64
	Domain string
	Addrs  []string // multiaddrs, as it has registered them
}

// Domains asks servers about the handles under their domains. Anybody can
// register any name on-chain, so the domain itself says which server it is: its
// https://<domain>/.well-known/metanet names the network and the server's number.
type Domains struct {
	HTTP    *http.Client // Guard.Client's
	Network identity.Network
	// Development asks servers whose domain nobody can look up (.test) at the
	// address that they registered. Elsewhere they prove nothing.
	Development bool
	Now         func() time.Time

	answers *lru.Cache[string, answer] // by domain
}

// answer is what a domain said, for a while.
type answer struct {
	server uint64
	err    error
	until  time.Time
}

const (
	rememberedDomains = 4096
	confirmedFor      = time.Hour
	refusedFor        = 5 * time.Minute
)

// NewDomains returns domains that remember what they were answered.
func NewDomains(d Domains) *Domains {
	answers, err := lru.New[string, answer](rememberedDomains)
	if err != nil {
		panic("handle: " + err.Error()) // only of a size below one
	}
	d.answers = answers
	return &d
}

// Resolve has the server that a domain belongs to say whose the handle is.
// servers are those that have registered the domain.
func (d *Domains) Resolve(ctx context.Context, servers []Server, h syntax.Handle) (syntax.DID, error) {
	base, err := d.base(ctx, servers)
	if err != nil {
		return "", err
	}
	var out struct {
		DID string `json:"did"`
	}
	c := client.Client{Base: base, HTTP: d.HTTP}
	err = c.Query(ctx, "com.atproto.identity.resolveHandle", url.Values{"handle": {string(h)}}, &out)
	if err != nil {
		return "", fmt.Errorf("%w (asked %s)", judge(err), base)
	}
	did, err := syntax.ParseDID(out.DID)
	if err != nil {
		return "", fmt.Errorf("%w: %s answers no DID", ErrUnavailable, base)
	}
	return did, nil
}

// base is the URL under which a domain's server is believed.
func (d *Domains) base(ctx context.Context, servers []Server) (string, error) {
	domain := servers[0].Domain
	if isReserved(domain) {
		if !d.Development {
			return "", fmt.Errorf("%w: %s", ErrReserved, domain)
		}
		return registeredURL(servers[0])
	}
	id, err := d.Confirm(ctx, domain)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(servers, func(s Server) bool { return s.ID == id }) {
		return "", fmt.Errorf("%w: https://%s says that it is server %d, which registered another domain", ErrNotFound, domain, id)
	}
	return "https://" + domain, nil
}

// Confirm asks a domain, over HTTPS, which server of this network it is.
func (d *Domains) Confirm(ctx context.Context, domain string) (server uint64, err error) {
	if a, ok := d.answers.Get(domain); ok && d.Now().Before(a.until) {
		return a.server, a.err
	}
	a := answer{until: d.Now().Add(confirmedFor)}
	if a.server, a.err = d.ask(ctx, domain); a.err != nil {
		a.until = d.Now().Add(refusedFor)
	}
	if ctx.Err() == nil {
		d.answers.Add(domain, a)
	}
	return a.server, a.err
}

func (d *Domains) ask(ctx context.Context, domain string) (uint64, error) {
	var about struct {
		Network string `json:"network"`
		Server  struct {
			ID uint64 `json:"id"`
		} `json:"server"`
	}
	c := client.Client{Base: "https://" + domain, HTTP: d.HTTP}
	if err := c.WellKnown(ctx, &about); err != nil {
		return 0, fmt.Errorf("%w (asked https://%s which server it is)", judge(err), domain)
	}
	if about.Network != d.Network.String() || about.Server.ID == 0 {
		return 0, fmt.Errorf("%w: https://%s is no server of this network", ErrNotFound, domain)
	}
	return about.Server.ID, nil
}

// judge sorts what a server answered: a refusal is an answer.
func judge(err error) error {
	var refusal *client.Error
	if !errors.As(err, &refusal) {
		return unanswered(err)
	}
	if refusal.Status < 500 && refusal.Status != http.StatusTooManyRequests {
		return fmt.Errorf("%w: %s", ErrNotFound, clip(refusal.Error()))
	}
	return fmt.Errorf("%w: status %d", ErrUnavailable, refusal.Status)
}

// URL is where a server that registered these addresses says that it answers.
func URL(id uint64, addrs []string) (string, error) {
	return registeredURL(Server{ID: id, Addrs: addrs})
}

// registeredURL is where a server says that it answers: the multiaddr that ends
// in /http or /https.
func registeredURL(s Server) (string, error) {
	for _, text := range s.Addrs {
		if base, ok := httpURL(text); ok {
			return base, nil
		}
	}
	return "", fmt.Errorf("%w: server %d names no HTTP address", ErrUnavailable, s.ID)
}

func httpURL(text string) (string, bool) {
	for _, scheme := range []string{"http", "https"} {
		suffix := "/" + scheme
		if len(text) <= len(suffix) || text[len(text)-len(suffix):] != suffix {
			continue
		}
		m, err := multiaddr.NewMultiaddr(text[:len(text)-len(suffix)])
		if err != nil {
			return "", false
		}
		_, host, err := manet.DialArgs(m)
		return scheme + "://" + host, err == nil
	}
	return "", false
}

// clip shortens a stranger's text for an error.
func clip(s string) string { return s[:min(len(s), 64)] }
