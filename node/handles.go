package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
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

// resolveHandles proves handles both ways. One way is the AT name's genesis
// operation, verified at the door. The other is the answer of the server that the
// chain names as the identity's home, for handles under that server's domain.
// What has to be asked is kept in the space "handles" (DID to number of tries),
// so that a restart goes on asking.
func (n *Node) resolveHandles(ctx context.Context) error {
	news, stop := n.store.Watch()
	defer stop()
	retry := time.NewTicker(handleRetry)
	defer retry.Stop()
	for {
		err := n.noteHandles(ctx)
		if err == nil {
			err = n.askHandles(ctx, false)
		}
		if err != nil && ctx.Err() == nil {
			n.log.Error("handles are not resolved", "error", err)
		}
		select {
		case <-news:
		case <-retry.C:
			if err := n.askHandles(ctx, true); err != nil && ctx.Err() == nil {
				n.log.Error("handles are not resolved", "error", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// noteHandles reads from the feed whose names have changed.
func (n *Node) noteHandles(ctx context.Context) error {
	pending := n.store.Space("handles")
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
				if err := pending.Put([]byte(e.Bundle.DID), []byte{0, 0}); err != nil {
					return err
				}
			}
		}
		if err := n.store.SetCursor(ctx, handleCursor, entries[len(entries)-1].Seq); err != nil {
			return err
		}
	}
}

// askHandles asks about those who are new, or about all that wait.
func (n *Node) askHandles(ctx context.Context, all bool) error {
	pending := n.store.Space("handles")
	tries := make(map[identity.DID]int)
	err := pending.Scan(nil, func(key, value []byte) error {
		if t := int(value[0])<<8 | int(value[1]); t == 0 || all {
			tries[identity.DID(key)] = t
		}
		return nil
	})
	if err != nil {
		return err
	}
	for did, t := range tries {
		err := n.resolveHandle(ctx, did)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil || t >= maxHandleTries:
			err = pending.Delete([]byte(did))
		default:
			n.log.Debug("handle not proved", "did", did, "error", err)
			err = pending.Put([]byte(did), []byte{byte((t + 1) >> 8), byte(t + 1)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resolveHandle proves one identity's handle, or says why it is not proved.
func (n *Node) resolveHandle(ctx context.Context, did identity.DID) error {
	a, err := n.index.Actor(ctx, string(did))
	if errors.Is(err, index.ErrNotFound) || err == nil && a.Handle == "" {
		return nil // nothing claimed
	}
	if err != nil {
		return err
	}
	id, err := n.anchor.follower.Identity(ctx, did)
	if err != nil {
		return err
	}
	home, err := n.anchor.follower.Server(ctx, id.Home)
	if errors.Is(err, chain.ErrUnknownServer) {
		return n.unproved(ctx, a, fmt.Errorf("%s has no home", did))
	}
	if err != nil {
		return err
	}
	if home.ID == n.serverID() {
		return n.resolveOwn(ctx, a)
	}
	if !strings.HasSuffix(string(a.Handle), "."+home.Domain) {
		return n.unproved(ctx, a, fmt.Errorf("handle %s is not under its home server's domain %s", a.Handle, home.Domain))
	}
	owner, err := n.askHome(ctx, home, a.Handle)
	if err != nil {
		return err // what was proved before stands until the server answers
	}
	if owner != string(a.Name) {
		return n.unproved(ctx, a, fmt.Errorf("%s says that %s is %s, not %s", home.Domain, a.Handle, owner, a.Name))
	}
	return n.index.SetHandle(ctx, did, a.Handle, true)
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
func (n *Node) askHome(ctx context.Context, home chain.Server, handle syntax.Handle) (string, error) {
	base, err := httpAddr(home)
	if err != nil {
		return "", err
	}
	c, err := client.New(base)
	if err != nil {
		return "", err
	}
	c.HTTP.Timeout = handleTimeout
	c.HTTP.Transport = &http.Transport{DialContext: (&net.Dialer{Control: n.mayDial}).DialContext}
	var out struct {
		DID string `json:"did"`
	}
	err = c.Query(ctx, "com.atproto.identity.resolveHandle", url.Values{"handle": {string(handle)}}, &out)
	return out.DID, err
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
// node's own network (SSRF): only public addresses are dialled, except on a
// development chain, where all nodes are on this machine.
func (n *Node) mayDial(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip := net.ParseIP(host)
	if ip != nil && ip.IsLoopback() && isLoopbackURL(n.anchor.url) {
		return nil
	}
	if ip == nil || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return fmt.Errorf("address %s is not public", host)
	}
	return nil
}
