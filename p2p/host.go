package p2p

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
	webtransport "github.com/libp2p/go-libp2p/p2p/transport/webtransport"
	"github.com/multiformats/go-multiaddr"
)

// drainTimeout is how long Close waits for handlers and pulls in progress before it cuts them off.
const drainTimeout = 5 * time.Second

// dialTimeout is how long a connection may take to be made, identify included.
const dialTimeout = 15 * time.Second

// Node is one peer: a libp2p host and the protocols on it. Make it with New, end it with Close.
type Node struct {
	cfg     Config
	log     *slog.Logger
	host    host.Host
	metrics *metrics

	members *members
	gate    *gate
	seeker  *seeker
	gossip  *gossip
	pulls   *pullServer
	asks    *askServer
	blocks  *blockExchange // nil without Config.Blockstore

	// ctx ends when Close has drained; background work and handlers run under it.
	ctx    context.Context
	cancel context.CancelFunc

	workMu  sync.Mutex
	stopped bool           // no more work begins; guarded by workMu
	work    sync.WaitGroup // bootstrap loops, discovery, event loop; begun by spawn

	closers   []func() error // services beside the above, closed in reverse order; written only by New
	closing   chan struct{}  // closed when Close begins
	closeOnce sync.Once
	closeErr  error
}

// New starts a node. It runs until Close; ctx bounds only the start. Peers of Config.Bootstrap are dialled in the
// background, so that New succeeds while the rest of the network is down.
func New(ctx context.Context, cfg Config) (_ *Node, err error) {
	if cfg, err = cfg.prepare(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, log: cfg.Logger, closing: make(chan struct{})}
	n.ctx, n.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			n.Close()
		}
	}()
	if n.metrics, err = newMetrics(cfg.Registerer); err != nil {
		return nil, err
	}
	n.members = newMembers(string(cfg.prefix()), n.log)
	n.gate = newGate(cfg, n.members, n.metrics)
	if n.host, err = n.newHost(); err != nil {
		return nil, err
	}
	// The protocols are in place before the host listens, so that the first peer's identify already sees them
	// and takes this node for a member.
	n.pulls = newPullServer(n)
	n.asks = newAskServer(n)
	if n.seeker, err = newSeeker(n); err != nil {
		return nil, err
	}
	if n.gossip, err = newGossip(n); err != nil {
		return nil, err
	}
	if cfg.Blockstore != nil {
		n.blocks = newBlockExchange(n)
	}
	if err = n.metrics.watch(n); err != nil {
		return nil, err
	}
	if err = n.startMembers(); err != nil {
		return nil, err
	}
	if err = n.listen(); err != nil {
		return nil, err
	}
	n.startBootstrap()
	n.spawn(func() { n.seeker.run(n.ctx) })
	if err = n.startDiscovery(); err != nil {
		return nil, err
	}
	return n, nil
}

func (n *Node) newHost() (host.Host, error) {
	rm, err := newResourceManager(n.pullProtocol(), n.askProtocol(), n.cfg.Registerer)
	if err != nil {
		return nil, err
	}
	cm, err := newConnManager()
	if err != nil {
		return nil, errors.Join(err, rm.Close())
	}
	opts := []libp2p.Option{
		libp2p.Identity(n.cfg.Key),
		libp2p.UserAgent(n.cfg.UserAgent),
		libp2p.NoListenAddrs, // until the protocols are in place
		libp2p.NoTransports,
		libp2p.Security(libp2ptls.ID, libp2ptls.New),
		libp2p.Security(noise.ID, noise.New),
		libp2p.ResourceManager(rm),
		libp2p.ConnectionManager(cm),
		libp2p.ConnectionGater(n.gate),
		libp2p.WithDialTimeout(dialTimeout),
	}
	if n.cfg.Transports == nil {
		opts = append(opts, localTransports()...)
	}
	opts = append(append(opts, n.cfg.Transports...), n.natOptions()...)
	if n.cfg.Registerer != nil {
		opts = append(opts, libp2p.PrometheusRegisterer(n.cfg.Registerer))
	} else {
		opts = append(opts, libp2p.DisableMetrics())
	}
	h, err := libp2p.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("p2p: host: %w", err)
	}
	return h, nil
}

// localTransports are those of this machine.
func localTransports() []libp2p.Option {
	return []libp2p.Option{
		libp2p.Transport(quic.NewTransport),
		// Sharing a port (SO_REUSEPORT) would let a second node listen on the first one's and take half of its
		// connections, without an error. What it is good for, TCP hole punching, QUIC does better.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		// For browsers, which speak neither: WebTransport on a QUIC listener's port, WebSocket behind TLS of a
		// reverse proxy.
		libp2p.Transport(webtransport.New),
		libp2p.Transport(websocket.New),
	}
}

// listen fails on the first address that cannot be had; the host, given all at once, would be content with one.
func (n *Node) listen() error {
	for _, a := range n.cfg.Listen {
		if err := n.host.Network().Listen(a); err != nil {
			return fmt.Errorf("p2p: listen on %s: %w", a, err)
		}
	}
	return nil
}

// ID is the node's peer id.
func (n *Node) ID() peer.ID { return n.host.ID() }

// Host is the libp2p host beneath, for what this package doesn't wrap. Close it only through the node.
func (n *Node) Host() host.Host { return n.host }

// Addrs are the addresses that peers can dial, each ending in /p2p/<peer id>. Unspecified listeners (0.0.0.0) are
// shown as the addresses of the machine's interfaces.
func (n *Node) Addrs() []multiaddr.Multiaddr {
	addrs, err := peer.AddrInfoToP2pAddrs(&peer.AddrInfo{ID: n.host.ID(), Addrs: n.host.Addrs()})
	if err != nil {
		return nil // cannot be: the host's own id encodes
	}
	return addrs
}

// Connect dials a peer and waits until it has said which protocols it speaks. A peer of another network is
// disconnected and ErrForeign returned. The caller vouches for the addresses: private ones are dialled, too.
func (n *Node) Connect(ctx context.Context, info peer.AddrInfo) error {
	n.gate.vouch(info.ID, info.Addrs)
	return n.connect(ctx, info)
}

// connect is Connect for addresses that somebody announced.
func (n *Node) connect(ctx context.Context, info peer.AddrInfo) error {
	if n.isClosing() {
		return ErrClosed
	}
	if n.members.isForeign(info.ID) {
		return fmt.Errorf("%w: %s", ErrForeign, info.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err := n.host.Connect(network.WithForceDirectDial(ctx, "p2p.Connect"), info)
	if err != nil && slices.ContainsFunc(append(n.host.Peerstore().Addrs(info.ID), info.Addrs...), isRelayed) {
		err = n.viaRelay(ctx, info)
	}
	if err != nil {
		return fmt.Errorf("p2p: connect: %w", err)
	}
	// Connect has waited for identify, whose result is in the peerstore; it doesn't say whether identify failed.
	if n.host.Network().Connectedness(info.ID) != network.Connected {
		return fmt.Errorf("p2p: connect: %s closed the connection at once", info.ID)
	}
	protocols, err := n.host.Peerstore().GetProtocols(info.ID)
	if err != nil {
		return fmt.Errorf("p2p: connect: protocols of %s: %w", info.ID, err)
	}
	if n.members.classify(protocols) == foreign {
		n.banishForeign(info.ID)
		return fmt.Errorf("%w: %s", ErrForeign, info.ID)
	}
	return nil
}

// Close stops the node: it takes no more work, lets handlers and pulls in progress finish (for at most a few
// seconds, then ends their contexts) and returns when none of the functions handed in runs any more.
func (n *Node) Close() error {
	n.closeOnce.Do(func() { n.closeErr = n.close() })
	return n.closeErr
}

func (n *Node) close() error {
	close(n.closing)
	n.drain(drainTimeout)
	n.cancel()
	var errs []error
	if n.blocks != nil {
		errs = append(errs, n.blocks.close())
	}
	for _, c := range slices.Backward(n.closers) {
		errs = append(errs, c())
	}
	if n.host != nil {
		errs = append(errs, n.host.Close())
	}
	if n.members != nil {
		n.members.close()
	}
	n.workMu.Lock()
	n.stopped = true
	n.workMu.Unlock()
	n.work.Wait()
	n.waitHandlers()
	if n.metrics != nil {
		n.metrics.unregister()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("p2p: close: %w", err)
	}
	return nil
}

// drain lets no handler and no pull begin any more and waits for those that run, up to the limit.
func (n *Node) drain(limit time.Duration) {
	if n.pulls != nil {
		n.pulls.refuseNew()
		n.asks.refuseNew()
	}
	if n.gossip != nil {
		n.gossip.refuseNew()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.waitHandlers()
	}()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

func (n *Node) waitHandlers() {
	if n.pulls != nil {
		n.pulls.serving.Wait()
		n.asks.serving.Wait()
	}
	if n.gossip != nil {
		n.gossip.handlers.Wait()
	}
}

// spawn runs f, which must return when n.ctx ends, on a goroutine that Close waits for.
func (n *Node) spawn(f func()) {
	n.workMu.Lock()
	defer n.workMu.Unlock()
	if !n.stopped {
		n.work.Go(f)
	}
}

func (n *Node) onClose(f func() error) { n.closers = append(n.closers, f) }

func (n *Node) isClosing() bool {
	select {
	case <-n.closing:
		return true
	default:
		return false
	}
}
