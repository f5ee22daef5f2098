package node

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"metanet/content/blob"
	"metanet/identity"
	"metanet/node/atproto"
	"metanet/node/edge"
	"metanet/node/gateway"
	"metanet/node/native"
	"metanet/node/web"
	"metanet/node/xrpc"
)

const (
	// A client has so long for its request's head; bodies are bounded by size and
	// by each route.
	headPatience = 10 * time.Second
	idlePatience = 2 * time.Minute
	maxHeader    = 32 << 10
	// drainPatience is how long Run waits for answers under way when it ends.
	drainPatience = 5 * time.Second
)

// openHTTP joins the faces into one handler: XRPC and its fixed paths, health,
// metrics, and the web page for everything else.
func (n *Node) openHTTP(context.Context) (err error) {
	if n.control, err = n.home.saveControl("http://" + net.JoinHostPort(n.localAddr())); err != nil {
		return err
	}
	proxies, err := parseProxies(n.cfg.TrustedProxies)
	if err != nil {
		return err
	}
	n.api, err = xrpc.New(xrpc.Options{
		Logger: n.log.With("part", "xrpc"), Registerer: n.registry, Auth: native.Authenticator(n.sessions),
		OperatorToken: n.control.Token, TrustedProxies: proxies, Now: time.Now,
	})
	if err != nil {
		return err
	}
	n.nativeFace().Register(n.api)
	n.atprotoFace().Register(n.api)
	blocks, err := gateway.New(gateway.Config{Blocks: servedBlocks{n.blobs.Blockstore(), n.policies}, DAGs: n.blobs, Registerer: n.registry})
	if err != nil {
		return err
	}
	blocks.Register(n.api)
	pages, err := n.webFace()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", n.answerLive)
	mux.HandleFunc("GET /readyz", n.answerReady)
	xrpc.Raw(n.api, http.MethodGet, xrpc.Route{Path: "/metrics", Access: xrpc.Operator}, n.answerMetrics)
	for _, path := range []string{"/metrics", "/xrpc/", "/ipfs/", "/.well-known/", "/1.0/"} {
		mux.Handle(path, n.api)
	}
	mux.Handle("/", pages)
	n.registerMetrics()
	gate, err := edge.New(proxies, n.registry)
	if err != nil {
		return err
	}
	plain, err := n.openTLS(gate, mux, proxies)
	if err != nil {
		return err
	}
	n.serveOn(gate.Guard(n.listener), plain)
	return n.listenForMetrics()
}

// serveOn has Run answer by h what comes to l.
func (n *Node) serveOn(l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: headPatience, IdleTimeout: idlePatience, MaxHeaderBytes: maxHeader}
	s.RegisterOnShutdown(n.api.Close)
	n.http = append(n.http, front{s, l})
}

// front is one listener and what answers there.
type front struct {
	server   *http.Server
	listener net.Listener
}

func (n *Node) nativeFace() *native.Face {
	f := facts{n}
	cfg := native.Config{
		Sessions: n.sessions, Names: n.index, Identities: f, Handles: f, Relay: relay{n}, Rescue: rescue{n}, Moves: moves{n}, Carrier: n.carrier, States: states{n.store},
		Quotas: n.quotas, Door: n.door, Hosted: n.hosted, Clock: n.clock, Passkeys: n.passkeys, Custody: n.custody,
		Feed: n.store, Policies: f, Operator: operator{n}, Blocker: blocker{n}, Leaver: n, About: n.about,
		Network: n.anchor.contracts.Network(), ChainID: n.anchor.contracts.ChainID, Server: n.serverID,
		Budgets: native.DefaultBudgets(time.Now), Now: time.Now, Logger: n.log.With("part", "native"),
	}
	if resolver := n.ensResolver(); resolver != nil {
		cfg.PrimaryNames = primaryNames{resolver}
	}
	if n.anchor.dev != nil {
		cfg.Faucet = &faucet{chain: n.anchor.dev, given: make(map[identity.Address]int)}
	}
	return native.New(cfg)
}

func (n *Node) atprotoFace() *atproto.Face {
	return atproto.New(atproto.Config{
		Sessions: n.sessions, Hosted: n.hosted, Door: n.door, Index: n.index, Blobs: n.blobs, Schemas: n.schemas, Clock: n.clock, Leaver: n, Inbox: n.views.inbox, Search: n.views.search, Personal: n.views.personal, Lists: n.views.lists,
		Network: n.anchor.contracts.Network(), ChainID: n.anchor.contracts.ChainID, Chain: documents{n}, Domain: n.state.Domain, Origin: n.origins()[0], MaxBlob: blob.DefaultMax,
		Budgets: atproto.DefaultBudgets(time.Now), Now: time.Now, Logger: n.log.With("part", "atproto"),
	})
}

func (n *Node) webFace() (http.Handler, error) {
	return web.New(web.Config{
		Index: n.index, Search: n.views.search, Inbox: n.views.inbox, Personal: n.views.personal, Identities: pages{n}, Policies: pages{n}, Server: pages{n}, Viewers: pages{n},
		Logger: n.log.With("part", "web"), Now: time.Now,
	})
}

// serverID is this server's number on-chain, 0 until it has one.
func (n *Node) serverID() uint64 {
	if s := n.server.Load(); s != nil {
		return s.ID
	}
	return 0
}

// serveHTTP answers until ctx ends, then lets what is under way finish.
func (n *Node) serveHTTP(ctx context.Context) error {
	failed := make(chan error, len(n.http))
	for _, f := range n.http {
		go func() { failed <- f.serve() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainPatience)
	defer cancel()
	var errs []error
	for _, f := range n.http {
		err := f.server.Shutdown(drain)
		if errors.Is(err, context.DeadlineExceeded) {
			err = f.server.Close()
		}
		errs = append(errs, err)
	}
	n.api.Close() // streams, for which Shutdown doesn't wait
	return errors.Join(errs...)
}

func (f front) serve() error {
	if f.server.TLSConfig != nil {
		return f.server.ServeTLS(f.listener, "", "")
	}
	return f.server.Serve(f.listener)
}

// about is /.well-known/metanet.
func (n *Node) about(ctx context.Context) (native.About, error) {
	k := n.anchor.contracts
	a := native.About{
		Version: aboutVersion, Network: k.Network(),
		Chain: native.AboutChain{ID: k.ChainID, Genesis: k.Genesis.Hex(), Finality: string(n.anchor.follower.Finality()), Contracts: native.AboutContracts{
			IdentityRegistry: k.IdentityRegistry.Hex(), ServerRegistry: k.ServerRegistry.Hex(),
			PolicyRegistry: k.PolicyRegistry.Hex(), LogRegistry: k.LogRegistry.Hex(),
		}},
		Peer: native.AboutPeer{ID: n.peer.ID().String()},
	}
	if n.anchor.rpcs.loopback() {
		a.Chain.RPC = n.anchor.rpcs[0]
	}
	for _, addr := range n.peer.Addrs() {
		a.Peer.Addresses = append(a.Peer.Addresses, addr.String())
	}
	server := n.server.Load()
	if server == nil {
		return a, nil
	}
	a.Server = native.AboutServer{ID: server.ID, Owner: server.Owner.Checksum(), Domain: server.Domain}
	versions, err := n.anchor.follower.Policies(ctx, server.ID)
	if err != nil || len(versions) == 0 {
		return a, err
	}
	last := nativeVersion(versions[len(versions)-1])
	a.Policy = native.AboutPolicy{Count: last.Version, Head: versions[len(versions)-1].Head.Hex(), Latest: &native.AboutPolicyEntry{
		Version: last.Version, Digest: "0x" + hexOf(last.Digest), CID: last.CID.String(),
	}}
	return a, nil
}

func isLoopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
