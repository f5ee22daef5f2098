package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"metanet/chain"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/client"
)

const (
	handleCursor  = "handles"
	handlePage    = 256
	handleRetry   = time.Minute
	handleTimeout = 10 * time.Second
	// maxHandleTries ends the asking after about a day; the handle stays shown as
	// unproved.
	maxHandleTries = 1440
)

// proveHandles proves handles both ways. One way is the AT name's genesis
// operation, verified at the door. The other is the answer of the server that the
// chain names as the identity's home, for handles under that server's domain.
// What has to be asked is kept in the space "handles" (DID to number of tries),
// so that a restart goes on asking.
func (n *Node) proveHandles(ctx context.Context) error {
	news, stop := n.store.Watch()
	defer stop()
	retry := time.NewTicker(handleRetry)
	defer retry.Stop()
	homes := n.homeClient()
	defer homes.CloseIdleConnections()
	err := n.noteNames(ctx)
	n.wakeProver() // for what was left undone
	for {
		if err != nil && ctx.Err() == nil {
			n.log.Error("handles are not proved", "error", err)
		}
		select {
		case <-news:
			err = n.noteNames(ctx)
		case <-n.proving:
			err = n.proveDue(ctx, homes, false)
		case <-retry.C:
			err = n.proveDue(ctx, homes, true)
		case <-ctx.Done():
			return nil
		}
	}
}

// proveSoon has an identity's handle proved, as if for the first time.
func (n *Node) proveSoon(did identity.DID) error {
	if err := n.store.Space("handles").Put([]byte(did), encodeTries(0)); err != nil {
		return err
	}
	n.wakeProver()
	return nil
}

func (n *Node) wakeProver() {
	select {
	case n.proving <- struct{}{}:
	default:
	}
}

// noteNames reads from the feed whose names have changed.
func (n *Node) noteNames(ctx context.Context) error {
	for {
		after, err := n.store.Cursor(handleCursor)
		if err != nil {
			return err
		}
		entries, err := n.store.Feed(after, handlePage)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if e.Bundle.Path == record.ATNamePath {
				if err := n.proveSoon(e.Bundle.DID); err != nil {
					return err
				}
			}
		}
		if err := n.store.SetCursor(ctx, handleCursor, entries[len(entries)-1].Seq); err != nil {
			return err
		}
	}
}

// proveDue tries those who are new, or all that wait.
func (n *Node) proveDue(ctx context.Context, homes *http.Client, all bool) error {
	pending := n.store.Space("handles")
	due := make(map[identity.DID]uint16)
	err := pending.Scan(nil, func(key, value []byte) error {
		tries, err := decodeTries(value)
		if tries == 0 || all {
			due[identity.DID(key)] = tries
		}
		return err
	})
	if err != nil {
		return err
	}
	p := prover{Node: n, homes: homes, silent: make(map[uint64]error)}
	for did, tries := range due {
		err := p.prove(ctx, did)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil || tries >= maxHandleTries:
			err = pending.Delete([]byte(did))
		default:
			n.log.Debug("handle not proved", "did", did, "error", err)
			err = pending.Put([]byte(did), encodeTries(tries+1))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func encodeTries(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

func decodeTries(value []byte) (uint16, error) {
	if len(value) != 2 {
		return 0, fmt.Errorf("node: handle tries of %d bytes", len(value))
	}
	return binary.BigEndian.Uint16(value), nil
}

// prover is one round of proving. A home that didn't answer is not asked again in
// it: a server that swallows requests must not hold up all others' people.
type prover struct {
	*Node
	homes  *http.Client
	silent map[uint64]error // by server
}

// prove proves one identity's handle, or says why it is not proved.
func (p prover) prove(ctx context.Context, did identity.DID) error {
	a, err := p.index.Actor(ctx, string(did))
	if errors.Is(err, index.ErrNotFound) || err == nil && a.Handle == "" {
		return nil // nothing claimed
	}
	if err != nil {
		return err
	}
	id, err := p.anchor.follower.Identity(ctx, did)
	if err != nil {
		return err
	}
	home, err := p.anchor.follower.Server(ctx, id.Home)
	if errors.Is(err, chain.ErrUnknownServer) {
		return p.unproved(ctx, a, fmt.Errorf("%s has no home", did))
	}
	if err != nil {
		return err
	}
	if home.ID == p.serverID() {
		return p.resolveOwn(ctx, a)
	}
	if _, domain, _ := strings.Cut(string(a.Handle), "."); domain != home.Domain {
		return p.unproved(ctx, a, fmt.Errorf("handle %s is not under its home server's domain %s", a.Handle, home.Domain))
	}
	servers, err := p.anchor.follower.Servers(ctx)
	if err != nil {
		return err
	}
	if holder := domainHolder(servers, home.Domain, p.server.Load()); holder != home.ID {
		return p.unproved(ctx, a, fmt.Errorf("the domain %s is server %d's, not server %d's", home.Domain, holder, home.ID))
	}
	owner, err := p.askHome(ctx, home, a.Handle)
	if err != nil {
		return err // what was proved before stands until the server answers
	}
	if owner != string(a.Name) {
		return p.unproved(ctx, a, fmt.Errorf("%s says that %s is %s, not %s", home.Domain, a.Handle, owner, a.Name))
	}
	return p.index.SetHandle(ctx, did, a.Handle, true)
}

// domainHolder is the server that may prove handles under a domain. Anybody can
// register any name on-chain, so the first who did holds it, and nobody else ever
// holds a server's own (own may be nil): a second registration must not take
// people's names away.
func domainHolder(servers []chain.Server, domain string, own *chain.Server) uint64 {
	if own != nil && own.Domain == domain {
		return own.ID
	}
	for _, s := range servers { // by number
		if s.Domain == domain {
			return s.ID
		}
	}
	return 0
}

// unproved takes back what was proved once, and passes on why.
func (n *Node) unproved(ctx context.Context, a *index.Actor, why error) error {
	if !a.HandleOK {
		return why
	}
	return errors.Join(why, n.index.SetHandle(ctx, a.DID, a.Handle, false))
}

// resolveOwn proves a handle that this server gave out itself.
func (n *Node) resolveOwn(ctx context.Context, a *index.Actor) error {
	owner, found, err := n.sessions.HandleOwner(ctx, a.Handle)
	switch {
	case err != nil:
		return err
	case !found || owner != a.DID:
		return n.unproved(ctx, a, fmt.Errorf("this server never gave %s the handle %s", a.DID, a.Handle))
	}
	return n.index.SetHandle(ctx, a.DID, a.Handle, true)
}

// askHome has the home server resolve a handle of its own.
func (p prover) askHome(ctx context.Context, home chain.Server, handle syntax.Handle) (string, error) {
	if err := p.silent[home.ID]; err != nil {
		return "", err
	}
	base, err := httpAddr(home)
	if err != nil {
		return "", err
	}
	c, err := client.New(base)
	if err != nil {
		return "", err
	}
	c.HTTP = p.homes
	var out struct {
		DID string `json:"did"`
	}
	err = c.Query(ctx, "com.atproto.identity.resolveHandle", url.Values{"handle": {string(handle)}}, &out)
	if errors.Is(err, client.ErrUnreachable) {
		p.silent[home.ID] = err
	}
	return out.DID, err
}

// homeClient asks other servers, at addresses that they wrote on-chain: directly,
// without following redirects.
func (n *Node) homeClient() *http.Client {
	return &http.Client{
		Timeout:       handleTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Control: n.mayDial}).DialContext,
			IdleConnTimeout: handleRetry, MaxIdleConnsPerHost: 1, MaxResponseHeaderBytes: maxHeader,
		},
	}
}

// httpAddr is where a server answers: the multiaddr that ends in /http or /https.
func httpAddr(s chain.Server) (string, error) {
	for _, text := range s.Addrs {
		scheme := "http"
		bare, ok := strings.CutSuffix(text, "/http")
		if !ok {
			scheme = "https"
			bare, ok = strings.CutSuffix(text, "/https")
		}
		if !ok {
			continue
		}
		m, err := multiaddr.NewMultiaddr(bare)
		if err != nil {
			continue
		}
		if _, host, err := manet.DialArgs(m); err == nil {
			return scheme + "://" + host, nil
		}
	}
	return "", fmt.Errorf("server %d names no HTTP address", s.ID)
}

// mayDial keeps what strangers wrote on-chain from sending requests into this
// node's own network (SSRF): only public addresses are dialled. Where all nodes
// are on one machine (the chain on loopback, and no domain of our own), so are
// their addresses; a public server with a chain node of its own beside it stays
// closed.
func (n *Node) mayDial(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap()
	if ip.IsLoopback() && n.isTestDomain() && isLoopbackURL(n.anchor.url) || isPublic(ip) {
		return nil
	}
	return fmt.Errorf("address %s is not public", ip)
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
