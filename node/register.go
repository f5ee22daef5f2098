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
)

// retryRegister is how long to wait before an account that could not pay, or a
// chain that was away, is looked at again.
const retryRegister = 5 * time.Second

// takePlace gets this server its place on-chain, and tries until it stands there.
// Meanwhile the node serves what needs no server of its own. It fails only if the
// node that was joined has lied.
func (n *Node) takePlace(ctx context.Context) error {
	announce := sync.OnceFunc(func() { close(n.ready) })
	waiting := errors.New("the chain is being followed")
	n.unplaced.Store(&waiting)
	defer time.AfterFunc(chainPatience, announce).Stop()
	for {
		err := n.standOnChain(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			n.unplaced.Store(nil)
			announce()
			return nil
		case errors.Is(err, ErrContradiction):
			return err
		}
		if before := n.unplaced.Swap(&err); (*before).Error() != err.Error() { // not every five seconds
			n.log.Warn("not registered yet", "operator", n.account.Address().Checksum(), "error", err)
		}
		announce()
		if !pause(ctx, retryRegister) {
			return nil
		}
	}
}

// standOnChain checks what --join was told, and registers the server, with coins
// of a faucet if there is one and it needs them.
func (n *Node) standOnChain(ctx context.Context) error {
	if err := n.checkJoined(ctx); err != nil {
		return err
	}
	err := n.register(ctx)
	if !errors.Is(err, chain.ErrUnfunded) {
		return err
	}
	if faucet := n.fund(ctx); faucet != nil {
		return fmt.Errorf("%w (%w)", err, faucet)
	}
	return n.register(ctx)
}

// register makes sure that this server stands on-chain under its domain, peer id
// and addresses, with a policy. It changes only what differs, so it may be called
// any number of times. While the chain is away, what was known of it before holds.
func (n *Node) register(ctx context.Context) error {
	if err := n.anchor.catchUp(ctx); err != nil && !errors.Is(err, chain.ErrUnavailable) {
		return err
	}
	server, err := n.findServer(ctx)
	switch {
	case errors.Is(err, chain.ErrUnknownServer):
		server, err = n.registerServer(ctx)
	case err == nil:
		n.server.Store(&server)
		server, err = n.updateServer(ctx, server)
	}
	if err != nil {
		return err
	}
	n.server.Store(&server)
	return n.publishFirst(ctx, server.ID)
}

// findServer is the server that this home's operator and peer id registered.
func (n *Node) findServer(ctx context.Context) (chain.Server, error) {
	servers, err := n.anchor.follower.Servers(ctx)
	if err != nil {
		return chain.Server{}, err
	}
	peerID := []byte(n.peer.ID())
	for _, s := range slices.Backward(servers) {
		if s.Owner == n.account.Address() && bytes.Equal(s.PeerID, peerID) {
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
	var addrs []string
	for _, a := range n.peer.Addrs() {
		bare, _ := multiaddr.SplitLast(a) // without /p2p/ID, which the registry has
		// What browsers dial has hashes that change every few days; they find them in
		// /.well-known/metanet, and no transaction is paid for them.
		if bare != nil && withoutCertificates(bare).Equal(bare) {
			addrs = append(addrs, bare.String())
		}
	}
	// In an order that is the same at each start: a change costs a transaction.
	slices.Sort(addrs)
	addrs = append([]string{n.webAddr()}, slices.Compact(addrs)...)
	return addrs[:min(len(addrs), maxAddrs)]
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

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
