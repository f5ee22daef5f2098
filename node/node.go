// Package node is the whole: it reads the configuration, opens every part, joins
// them and runs them as one process. Parts know nothing of each other; who needs
// what is decided here, and in the small files beside this one that answer one
// part's questions from another (facts, relay, wire).
//
// Nothing here is protocol. What a record is and when it counts lives in content
// and identity, what enters in node/ingest.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"metanet/chain"
	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/node/block"
	"metanet/node/carry"
	"metanet/node/cert"
	"metanet/node/custody"
	"metanet/node/handle"
	"metanet/node/ingest"
	"metanet/node/journal"
	"metanet/node/move"
	"metanet/node/native"
	"metanet/node/outbox"
	"metanet/node/passkey"
	"metanet/node/pull"
	"metanet/node/quota"
	"metanet/node/session"
	"metanet/node/wire"
	"metanet/node/xrpc"
	"metanet/p2p"
)

// aboutVersion is the version of /.well-known/metanet.
const aboutVersion = 1

// Node is one node, from Open to Close.
type Node struct {
	cfg      Config
	log      *slog.Logger
	started  time.Time
	home     *home
	state    networkState
	joined   *native.About // what --join answered, until it was checked
	control  Control
	registry *prometheus.Registry
	listener net.Listener

	store    *store.DB
	index    *index.Index
	blobs    *blob.Store
	quotas   *quota.Ledger
	schemas  *record.Catalog
	policies *store.Space // canonical policy texts by digest
	blocks   *block.List
	journal  *journal.Journal
	ring     *keyring.Ring
	account  chain.Signer // that owns the server and pays
	anchor   *anchor
	peer     *p2p.Node
	server   atomic.Pointer[chain.Server] // nil until registered on-chain
	door     *ingest.Door
	outbox   *outbox.Outbox
	records  *pull.Records
	fetcher  *pull.Blobs
	holes    *pull.Holes
	sessions *session.Sessions
	passkeys *passkey.Passkeys
	custody  *custody.Custody
	hosted   *session.Hosted
	prover   *handle.Prover
	handles  *handle.Keeper
	mover    *move.Mover
	carrier  *carry.Carrier
	views    views
	clock    *syntax.TIDClock
	api      *xrpc.Server
	http     []front      // what Run serves
	certs    *cert.Keeper // nil without TLS of our own

	ready    chan struct{}         // closed when the first registration was tried, or takes long
	unplaced atomic.Pointer[error] // why the server doesn't stand on-chain yet; nil when it does

	metrics *http.Server          // nil unless it has a listener of its own
	stalled atomic.Pointer[stall] // a part that waits for the disk

	publishing sync.Mutex // one policy version at a time
	blocking   sync.Mutex // one block at a time
	settling   sync.Mutex // one caller acts on an identity's new epoch

	stop     context.CancelFunc // ends Run
	closers  []func() error     // in the order of opening
	closing  sync.Once
	closeErr error
}

// Open brings up everything that can fail, in the order in which one part needs
// another, and leaves the node ready for Run. On an error nothing stays open.
func Open(ctx context.Context, cfg Config) (_ *Node, err error) {
	if cfg.now == nil {
		cfg.now = time.Now
	}
	n := &Node{
		cfg: cfg, log: slog.New(newDiskLog(cfg.Logger.Handler())), started: time.Now(), registry: prometheus.NewRegistry(), clock: syntax.NewTIDClock(0),
		ready: make(chan struct{}),
	}
	n.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	for _, step := range []func(context.Context) error{
		n.openHome, n.join, n.listen, n.openStore, n.openViews, n.openQuotas, n.openAnchor, n.openPeer, n.openDoor, n.openHandles, n.openSessions, n.openPeople, n.openMover, n.openCarrier, n.openHTTP,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Node) onClose(f func() error) { n.closers = append(n.closers, f) }

// openHome takes the home directory and settles what was said now, what the home
// remembers, and the defaults, in that order.
func (n *Node) openHome(context.Context) (err error) {
	if err := n.cfg.check(); err != nil {
		return err
	}
	if n.cfg.Home, err = filepath.Abs(n.cfg.Home); err != nil {
		return err
	}
	if n.home, err = openHome(n.cfg.Home); err != nil {
		return err
	}
	n.onClose(n.home.close)
	if err := n.home.dropStage(); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	remembered, err := n.home.loadNetwork()
	n.state = n.cfg.settle(remembered)
	return err
}

func (n *Node) listen(context.Context) (err error) {
	if n.listener, err = net.Listen("tcp", n.state.HTTP); err != nil {
		return fmt.Errorf("http: %w (choose another with --http)", err)
	}
	n.state.HTTP = n.listener.Addr().String()
	n.onClose(func() error {
		if err := n.listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (n *Node) openStore(ctx context.Context) (err error) {
	if n.store, err = store.Open(n.home.path("store"), store.Options{Logger: n.log.With("part", "store")}); err != nil {
		return err
	}
	n.onClose(n.store.Close)
	n.index = index.New(n.store)
	if err := n.index.Ensure(ctx, n.log); err != nil {
		return err
	}
	n.blobs = blob.New(n.store, n.blobOptions())
	if err := n.blobs.Ensure(ctx); err != nil {
		return err
	}
	n.policies = n.store.Space("policies")
	if n.journal, err = journal.Open(n.store.Space("journal"), time.Now); err != nil {
		return err
	}
	if n.blocks, err = block.Open(n.store.Space("blocks"), time.Now); err != nil {
		return err
	}
	if err = n.openKeys(ctx); err != nil {
		return err
	}
	n.schemas, err = record.NewCatalog()
	return err
}

func (n *Node) openAnchor(ctx context.Context) (err error) {
	if n.anchor, err = openAnchor(ctx, n); err != nil {
		return err
	}
	n.onClose(n.anchor.close)
	k := n.anchor.contracts
	n.state.Network, n.state.Contracts = k.Network().String(), &k
	return nil
}

func (n *Node) openDoor(context.Context) error {
	n.door = ingest.New(ingest.Config{
		Network: n.anchor.contracts.Network(), ChainID: n.anchor.contracts.ChainID, Params: identity.DefaultParams(),
		Keys: n.anchor.follower, Store: n.store, Schemas: n.schemas, Now: n.cfg.now,
		Blocks: blocker{n}, Blobs: n.blobs, Quotas: n.quotas, Deactivated: n.deactivated,
		Logger: n.log.With("part", "ingest"), Registerer: n.registry,
	})
	n.outbox = &outbox.Outbox{Store: n.store, Names: n.index, Publisher: n.peer, Shards: p2p.DefaultShards, Logger: n.log.With("part", "outbox")}
	compare, err := pull.NewComparison(n.peer, n.door, n.store, n.cfg.now, n.log.With("part", "pull"), n.registry)
	if err != nil {
		return err
	}
	n.records = &pull.Records{Compare: compare, Wire: n.peer, Door: n.door, Cursors: n.store.Space("pull"), Logger: n.log.With("part", "pull")}
	n.fetcher = &pull.Blobs{Wire: n.peer, Store: n.blobs, News: n.store, Logger: n.log.With("part", "pull")}
	n.openHoles()
	return nil
}

func (n *Node) openSessions(ctx context.Context) (err error) {
	n.hosted = session.NewHosted(n.ring, n.anchor.follower, time.Now)
	n.sessions, err = session.New(session.Config{
		KV: n.store.Space("session"), Owners: n.anchor, Directory: session.Indexed{Index: n.index}, Ring: n.ring,
		Contracts: chain.NewWallets(n.anchor.client, n.anchor.contracts.ChainID), ChainID: n.anchor.contracts.ChainID,
		Origins: n.origins(), Domain: n.state.Domain, Service: n.origins()[0], Handles: n,
		OnAccount: func(ctx context.Context, a session.Account) error {
			return n.index.SetHandle(ctx, a.DID, a.Handle, index.HandleValid)
		},
		Barred: blocker{n}.Barred, Quota: n.mayJoin, Decided: n.ruled, Now: time.Now, Logger: n.log.With("part", "session"),
	})
	n.prover.Local = n.sessions
	if err != nil || n.cfg.Registration == "" {
		return err
	}
	return n.sessions.Registration().SetMode(ctx, session.Mode(n.cfg.Registration))
}

// origins are the addresses under which people reach this server's pages. The
// domain comes first where it is one that browsers can look up.
func (n *Node) origins() []string {
	host, port := n.localAddr()
	local := []string{"http://" + net.JoinHostPort(host, port), "http://localhost:" + port}
	public := "https://" + n.state.Domain
	if n.isTestDomain() {
		return append(local, public)
	}
	return append([]string{public}, local...)
}

// localAddr is where this machine reaches the HTTP listener.
func (n *Node) localAddr() (host, port string) {
	host, port, err := net.SplitHostPort(n.state.HTTP)
	if err != nil {
		panic("node: the listener's own address: " + err.Error())
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return host, port
}

// Run serves until ctx ends, the operator asks to stop, or a part fails for good;
// then it returns with nothing of it running any more. HTTP ends first: the parts
// that its last answers need live until those are given.
func (n *Node) Run(ctx context.Context) error {
	ctx, n.stop = context.WithCancel(ctx)
	defer n.stop()
	g, ctx := errgroup.WithContext(ctx)
	inner, stopInner := context.WithCancel(context.WithoutCancel(ctx))
	part := func(ctx context.Context, name string, run func(context.Context) error) {
		g.Go(func() error {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	for name, run := range map[string]func(context.Context) error{
		"chain follower":    n.patient("chain follower", n.anchor.follower.Run),
		"chain sender":      n.patient("chain sender", n.anchor.sender.Run),
		"chain endpoints":   n.anchor.client.Watch,
		"door":              n.door.Run,
		"recount":           n.followKeys,
		"ticker":            n.tick,
		"outbox":            n.outbox.Run,
		"blocks":            n.resumeBlocks,
		"catch-up":          n.catchUp,
		"blobs":             n.fetcher.Run,
		"conversations":     n.holes.Run,
		"handles":           n.handles.Run,
		"custody":           n.custody.Run,
		"registration":      n.takePlace,
		"development chain": n.anchor.watch,
		"gossip":            n.listenToPeers,
		"moves":             n.mover.Run,
		"imports":           n.carrier.Run,
		"views":             n.patient("views", n.followViews),
		"certificates":      n.keepCertificates,
	} {
		part(inner, name, run)
	}
	part(ctx, "http", func(ctx context.Context) error {
		defer stopInner()
		return n.serveHTTP(ctx)
	})
	return g.Wait()
}

// listenToPeers takes part in the network. Peers are served until Close.
func (n *Node) listenToPeers(context.Context) error {
	return wire.Join(n.peer, n.store, n.door, n.log)
}

// catchUp reads what peers have. It begins when the chain is known up to its
// head: what is signed with keys that this node hasn't heard of yet only waits,
// in a pool too small for all that a network has, while the cursor moves on.
func (n *Node) catchUp(ctx context.Context) error {
	for n.anchor.catchUp(ctx) != nil {
		select {
		case <-time.After(retryChain):
		case <-ctx.Done():
			return nil
		}
	}
	return n.records.Run(ctx)
}

// Ready is closed when the node serves and has taken its place on-chain, or has
// found that it cannot yet (Summary tells why).
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Close ends what Open began, in reverse order. It is for after Run.
func (n *Node) Close() error {
	n.closing.Do(func() {
		var errs []error
		for i := len(n.closers) - 1; i >= 0; i-- {
			errs = append(errs, n.closers[i]())
		}
		n.closeErr = errors.Join(errs...)
	})
	return n.closeErr
}

// Summary is what a person who starts a node needs to see.
type Summary struct {
	Web       string
	Peer      []string
	Chain     string
	Network   string
	Server    string
	Policy    string
	Home      string
	Notices   []string
	StartedIn time.Duration
}

// Summary describes the node as it is now.
func (n *Node) Summary(ctx context.Context) Summary {
	s := Summary{
		Web: n.origins()[0], Chain: n.anchor.describe(), Network: n.state.Network,
		Home: n.home.dir, StartedIn: time.Since(n.started),
		Server: "not registered yet", Policy: "none yet",
	}
	for _, a := range n.peer.Addrs() {
		s.Peer = append(s.Peer, a.String())
	}
	if server := n.server.Load(); server != nil {
		s.Server = strconv.FormatUint(server.ID, 10) + " (" + server.Domain + ")"
		if versions, err := n.anchor.follower.Policies(ctx, server.ID); err == nil && len(versions) > 0 {
			s.Policy = fmt.Sprintf("version %d", versions[len(versions)-1].Version)
		}
	}
	if why := n.unplaced.Load(); why != nil {
		s.Notices = append(s.Notices, n.notice(*why))
	}
	return s
}

// notice says what keeps the server from its place on-chain, and what helps.
func (n *Node) notice(why error) string {
	state := "until then this node only reads"
	if n.serverID() != 0 {
		state = "until then what stands there of this server is old"
	}
	if errors.Is(why, chain.ErrUnfunded) {
		return fmt.Sprintf("fund the operator account %s on chain %d; %s", n.account.Address().Checksum(), n.anchor.contracts.ChainID, state)
	}
	return fmt.Sprintf("this server is not registered on-chain yet and tries again; %s: %v", state, why)
}
