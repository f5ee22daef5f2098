package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/multiformats/go-multiaddr"

	"metanet/chain"
	"metanet/content/policy"
)

// retryRegister is how long to wait before an account that could not pay, or a
// chain that was away, is looked at again.
const retryRegister = 5 * time.Second

// register makes sure that this server stands on-chain under its domain, peer id
// and addresses, with a policy. It changes only what differs, so it may be called
// any number of times.
func (n *Node) register(ctx context.Context) error {
	if err := n.anchor.catchUp(ctx, n.log); err != nil {
		return err
	}
	server, err := n.findServer(ctx)
	switch {
	case errors.Is(err, chain.ErrUnknownServer):
		if server, err = n.registerServer(ctx); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if server, err = n.updateServer(ctx, server); err != nil {
			return err
		}
	}
	n.server.Store(&server)
	versions, err := n.anchor.follower.Policies(ctx, server.ID)
	if err != nil || len(versions) > 0 {
		return err
	}
	_, err = n.publishPolicy(ctx, policy.Default())
	return err
}

// findServer is the server that this home's operator and peer id registered.
func (n *Node) findServer(ctx context.Context) (chain.Server, error) {
	servers, err := n.anchor.follower.Servers(ctx)
	if err != nil {
		return chain.Server{}, err
	}
	peerID := []byte(n.peer.ID())
	for _, s := range slices.Backward(servers) {
		if s.Owner == n.ring.Operator().Address() && bytes.Equal(s.PeerID, peerID) {
			return s, nil
		}
	}
	return chain.Server{}, chain.ErrUnknownServer
}

func (n *Node) registerServer(ctx context.Context) (chain.Server, error) {
	id, receipt, err := n.anchor.registrar.RegisterServer(ctx, chain.Registration{
		Domain: n.state.Domain, PeerID: []byte(n.peer.ID()), Addrs: n.publicAddrs(), Roles: chain.RolePublisher | chain.RoleModerator,
	})
	if err != nil {
		return chain.Server{}, fmt.Errorf("register the server: %w", err)
	}
	if err := n.anchor.follower.WaitFor(ctx, receipt.Block); err != nil {
		return chain.Server{}, err
	}
	return n.anchor.follower.Server(ctx, id)
}

// updateServer brings domain and addresses on-chain up to date.
func (n *Node) updateServer(ctx context.Context, s chain.Server) (chain.Server, error) {
	var block uint64
	if s.Domain != n.state.Domain {
		r, err := n.anchor.registrar.UpdateDomain(ctx, s.ID, n.state.Domain, s.ChangedBlock)
		if err != nil {
			return s, fmt.Errorf("update the server's domain: %w", err)
		}
		block = r.Block
	}
	if addrs := n.publicAddrs(); !slices.Equal(s.Addrs, addrs) {
		r, err := n.anchor.registrar.UpdatePeer(ctx, s.ID, s.PeerID, addrs, s.ChangedBlock)
		if err != nil {
			return s, fmt.Errorf("update the server's addresses: %w", err)
		}
		block = r.Block
	}
	if block == 0 {
		return s, nil
	}
	if err := n.anchor.follower.WaitFor(ctx, block); err != nil {
		return s, err
	}
	return n.anchor.follower.Server(ctx, s.ID)
}

// maxAddrs is what ServerRegistry takes.
const maxAddrs = 8

// publicAddrs are the addresses that the registry names: where the web answers, as
// a multiaddr that ends in /http or /https, and where peers dial.
func (n *Node) publicAddrs() []string {
	addrs := []string{n.webAddr()}
	for _, a := range n.peer.Addrs() {
		bare, _ := multiaddr.SplitLast(a) // without /p2p/ID, which the registry has
		if bare != nil && len(addrs) < maxAddrs {
			addrs = append(addrs, bare.String())
		}
	}
	return addrs
}

// webAddr is the domain's HTTPS where there is a real domain (TLS is a reverse
// proxy's), else the address that is listened on.
func (n *Node) webAddr() string {
	if !n.isTestDomain() {
		return "/dns/" + n.state.Domain + "/tcp/443/https"
	}
	host, port := n.localAddr()
	ip := net.ParseIP(host)
	if ip == nil {
		return "/dns/" + host + "/tcp/" + port + "/http"
	}
	family := "ip4"
	if ip.To4() == nil {
		family = "ip6"
	}
	return fmt.Sprintf("/%s/%s/tcp/%s/http", family, ip, port)
}

// isTestDomain reports whether the server has no domain that others can look up
// (RFC 6761 keeps .test for that).
func (n *Node) isTestDomain() bool { return strings.HasSuffix(n.state.Domain, ".test") }

// takePlace checks what --join was told, gets the operator account funded where
// that costs nothing, and registers the server; it tries again until it stands
// on-chain. Meanwhile the node serves what needs no server of its own.
func (n *Node) takePlace(ctx context.Context) error {
	if err := n.checkJoined(ctx); err != nil {
		return err
	}
	announce := sync.OnceFunc(func() { close(n.ready) })
	defer announce()
	for {
		err := errors.Join(n.askFaucet(ctx), n.register(ctx))
		if err == nil || ctx.Err() != nil {
			return nil
		}
		n.log.Warn("not registered yet", "operator", n.ring.Operator().Address().Checksum(), "error", err)
		announce()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retryRegister):
		}
	}
}

// publishPolicy stores the document's canonical bytes and fixes their digest
// on-chain, in that order: nobody is ever promised a text that isn't there.
func (n *Node) publishPolicy(ctx context.Context, d *policy.Document) (chain.PolicyVersion, error) {
	server := n.server.Load()
	if server == nil {
		return chain.PolicyVersion{}, errors.New("this server is not registered on-chain yet")
	}
	canonical, err := d.Canonical()
	if err != nil {
		return chain.PolicyVersion{}, err
	}
	digest := policy.Digest(canonical)
	if err := n.policies.Put(digest[:], canonical); err != nil {
		return chain.PolicyVersion{}, err
	}
	versions, err := n.anchor.follower.Policies(ctx, server.ID)
	if err != nil {
		return chain.PolicyVersion{}, err
	}
	next := uint64(len(versions)) + 1
	v, err := n.anchor.registrar.PublishPolicy(ctx, server.ID, next, digest, policy.CID(digest).Bytes(), 0)
	if err != nil {
		return v, err
	}
	return v, n.anchor.follower.WaitFor(ctx, v.Block)
}
