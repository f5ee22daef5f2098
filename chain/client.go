package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// DialConfig says which RPCs a Client asks.
type DialConfig struct {
	// URLs of http(s):// and ws(s):// endpoints of one chain. The first that works
	// is asked, the others stand in for it.
	URLs []string

	// Quorum is how many endpoints must agree on the headers, logs and code that a
	// Client reads. With 0 and 1 the endpoint that is asked is believed.
	Quorum int

	// Origin is the chain that every endpoint must serve. Zero: the one that the
	// first endpoint to answer serves, or that a quorum agrees on.
	Origin Origin

	// Logger; nil discards.
	Logger *slog.Logger

	// Now is the clock of backoff and Status; nil means time.Now.
	Now func() time.Time
}

// Origin tells one chain from all others.
type Origin struct {
	ChainID uint64
	Genesis common.Hash
}

func (o Origin) known() bool { return o.Genesis != common.Hash{} }

// Client asks one chain's JSON-RPC endpoints. It is safe for concurrent use.
//
// Nothing is sent before the first question, and no endpoint's answer is used
// before it has shown that it serves the chain. Questions go to the first endpoint
// that is well; one that fails rests, longer each time, and is asked again once
// its rest is over. Where several must agree (vote.go), as many are asked.
type Client struct {
	endpoints []*endpoint
	quorum    int
	log       *slog.Logger
	now       func() time.Time

	mu     sync.Mutex // guards what follows
	origin Origin     // zero until known
	active *endpoint  // the one that answered last
}

// Dial prepares a client. It connects to nothing yet, so it fails only on a
// configuration that cannot work.
func Dial(config DialConfig) (*Client, error) {
	if len(config.URLs) == 0 {
		return nil, errors.New("chain: dial: no URL")
	}
	if config.Quorum > len(config.URLs) {
		return nil, fmt.Errorf("chain: dial: a quorum of %d needs as many RPCs, there are %d", config.Quorum, len(config.URLs))
	}
	c := &Client{quorum: max(config.Quorum, 1), log: config.Logger, now: config.Now, origin: config.Origin}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	for i, raw := range config.URLs {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) {
			return nil, fmt.Errorf("chain: dial: RPC %d is not an http, https, ws or wss URL", i+1)
		}
		if slices.ContainsFunc(config.URLs[:i], func(before string) bool { return SameURL(before, raw) }) {
			return nil, fmt.Errorf("chain: dial: RPC %s is given twice", RedactURL(raw))
		}
		c.endpoints = append(c.endpoints, newEndpoint(u, c.nameOf(raw), c.log, c.now))
	}
	return c, nil
}

// SameURL tells whether two URLs name one RPC: one given twice would be a quorum with
// itself. Spelling doesn't count (RFC 3986, section 6.2.2 and 6.2.3), nor which name
// of this machine it is. HTTP and WebSocket at one host and port are one server's,
// whatever their paths.
func SameURL(a, b string) bool {
	if a == b {
		return true
	}
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	if err != nil || authority(x) != authority(y) {
		return false
	}
	return isWebSocket(x) != isWebSocket(y) || target(x) == target(y)
}

func isWebSocket(u *url.URL) bool { return strings.HasPrefix(strings.ToLower(u.Scheme), "ws") }

// authority is host and port, the port always said.
func authority(u *url.URL) string {
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[strings.ToLower(u.Scheme)]
	}
	if ip := net.ParseIP(host); host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback() {
		host = "localhost"
	} else if ip != nil {
		host = ip.String()
	}
	return net.JoinHostPort(host, port)
}

// target is what is asked of an authority. TLS or none is part of it, user and
// query, too: providers tell chains and customers apart by them.
func target(u *url.URL) string {
	return strings.ToLower(u.Scheme) + " " + u.User.String() + " " + strings.TrimRight(u.EscapedPath(), "/") + " " + u.RawQuery
}

// nameOf is how an endpoint is told from the others without its secrets.
func (c *Client) nameOf(raw string) string {
	name, same := RedactURL(raw), 1
	for _, e := range c.endpoints {
		if before, _, _ := strings.Cut(e.name, " #"); before == name {
			same++
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s #%d", name, same)
	}
	return name
}

// RedactURL hides what may be a provider's key: everything behind the host.
func RedactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return "(no URL)"
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return u.Scheme + "://" + u.Host + "/…"
	}
	return s
}

// Close ends the client's connections.
func (c *Client) Close() {
	for _, e := range c.endpoints {
		e.close()
	}
}

// call makes one request. An error is ctx's, wraps ErrUnavailable, or is the
// server's considered answer (rpc.Error, or an HTTP refusal).
func (c *Client) call(ctx context.Context, result any, method string, args ...any) error {
	return c.do(ctx, method, func(ctx context.Context, e *endpoint) error {
		return e.call(ctx, result, method, args...)
	})
}

// do asks one endpoint after the other until one has answered, be it with a no.
func (c *Client) do(ctx context.Context, method string, ask func(context.Context, *endpoint) error) error {
	order, err := c.order()
	var faults []error
	for _, e := range order {
		err := c.ask(ctx, e, method, ask)
		if !anotherMayKnow(ctx, err) {
			return err
		}
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		return err
	}
	return combine(faults)
}

// ask puts one question to one endpoint, and keeps the books on it.
func (c *Client) ask(ctx context.Context, e *endpoint, method string, ask func(context.Context, *endpoint) error) error {
	if err := c.check(ctx, e); err != nil {
		return err
	}
	if err := e.judge(ctx, method, ask(ctx, e)); err != nil {
		return err
	}
	c.mu.Lock()
	before := c.active
	c.active = e
	c.mu.Unlock()
	if before != nil && before != e && c.quorum == 1 {
		c.log.Info("asking another RPC", "rpc", e.name, "before", before.name)
	}
	return nil
}

// order is in which endpoints are asked: those that are well as configured, then
// those that rest after a fault, soonest recovered first, for want of a better.
// Those that asked for a pause or serve another chain are left alone; if there are
// no others, the error says so.
func (c *Client) order() ([]*endpoint, error) {
	now := c.now()
	type ranked struct {
		*endpoint
		health
	}
	var order []ranked
	wrong := 0
	var why []error
	for _, e := range c.endpoints {
		switch h := e.health(now); {
		case h.wrong:
			wrong++
			why = append(why, h.err)
		case h.limited:
			why = append(why, h.err)
		default:
			order = append(order, ranked{e, h})
		}
	}
	if wrong == len(c.endpoints) {
		return nil, combine(why)
	}
	if len(order) == 0 {
		return nil, combine(why)
	}
	slices.SortStableFunc(order, func(a, b ranked) int { return a.health.compare(b.health) })
	endpoints := make([]*endpoint, len(order))
	for i, r := range order {
		endpoints[i] = r.endpoint
	}
	return endpoints, nil
}

// distrust makes the endpoint that answered last rest: it has contradicted itself,
// which another may not.
func (c *Client) distrust(err error) {
	c.mu.Lock()
	e := c.active
	c.mu.Unlock()
	if e != nil && len(c.endpoints) > 1 {
		e.disagreed(err)
	}
}

// recheck has every endpoint show anew which chain it serves.
func (c *Client) recheck() {
	for _, e := range c.endpoints {
		e.recheck()
	}
}

// check connects to an endpoint if need be, and sees that it serves the chain.
func (c *Client) check(ctx context.Context, e *endpoint) error {
	return e.once(ctx, func() error {
		o, err := e.origin(ctx)
		if err = e.judge(ctx, "eth_chainId", err); err != nil {
			return err
		}
		want, err := c.settleOrigin(ctx, e, o)
		if err != nil {
			return err
		}
		return e.admit(o, want)
	})
}

// settleOrigin is which chain to be on: the one that was said, else the one that
// the first endpoint to answer serves, or with a quorum, that the quorum serves.
func (c *Client) settleOrigin(ctx context.Context, e *endpoint, said Origin) (Origin, error) {
	c.mu.Lock()
	origin := c.origin
	c.mu.Unlock()
	if origin.known() {
		return origin, nil
	}
	if c.quorum > 1 {
		var err error
		if said, err = c.majority(ctx, e, said); err != nil {
			return Origin{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.origin.known() {
		c.origin = said
	}
	return c.origin, nil
}

// majority is the chain that as many endpoints as the quorum needs serve.
func (c *Client) majority(ctx context.Context, e *endpoint, said Origin) (Origin, error) {
	votes := map[Origin]int{said: 1}
	var faults []error
	for _, other := range c.endpoints {
		if other == e || votes[said] >= c.quorum {
			continue
		}
		o, err := other.origin(ctx)
		if err != nil {
			faults = append(faults, other.fault(ctx, "eth_chainId", err))
			continue
		}
		votes[o]++
	}
	for o, n := range votes {
		if n >= c.quorum {
			return o, nil
		}
	}
	return Origin{}, fmt.Errorf("%w: %d must agree on which chain this is: %w", ErrNoQuorum, c.quorum, combine(append(faults, errDiffer)))
}

var errDiffer = errors.New("those that answered differ, or are too few")

// Origin is the chain that the endpoints serve.
func (c *Client) Origin(ctx context.Context) (Origin, error) {
	err := c.do(ctx, "eth_chainId", func(context.Context, *endpoint) error { return nil })
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.origin, err
}
