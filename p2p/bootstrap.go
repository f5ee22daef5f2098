package p2p

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
)

// timing is how a node stays connected with its bootstrap peers. libp2p's own dial backoff grows to minutes and is passed
// by (network.WithForceDirectDial in Connect): an operator named these peers and waits for them, and there are few.
type timing struct {
	redialMin   time.Duration // wait after the first failure or a lost connection
	redialMax   time.Duration // doubled up to this, for as long as the node runs
	stableAfter time.Duration // a connection that lasted this long lets the next wait start at redialMin again

	// A connected bootstrap peer is pinged; after pingFailures times without an answer its connection is closed
	// and dialled anew. Without it a peer that was killed behind QUIC is noticed only by the next keep-alive, up to
	// 15 s later, or by the idle timeout of 30 s.
	pingEvery    time.Duration
	pingTimeout  time.Duration
	pingFailures int

	seekEvery time.Duration // between looks for members, where there are too few
}

var defaultTiming = timing{
	redialMin:    250 * time.Millisecond,
	redialMax:    4 * time.Second,
	stableAfter:  10 * time.Second,
	pingEvery:    2 * time.Second,
	pingTimeout:  4 * time.Second,
	pingFailures: 2,
	seekEvery:    15 * time.Second,
}

// bootstrapTag protects the connection from the connection manager.
const bootstrapTag = "metanet-bootstrap"

func (n *Node) startBootstrap() {
	for _, info := range n.cfg.Bootstrap {
		if info.ID == n.host.ID() {
			continue // a list shared by all nodes names this one too
		}
		n.host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.PermanentAddrTTL)
		n.host.ConnManager().Protect(info.ID, bootstrapTag)
		n.spawn(func() { n.keepConnected(n.ctx, info) })
	}
}

// keepConnected dials info until ctx ends: with backoff while it cannot be reached, at once when it was and is lost.
func (n *Node) keepConnected(ctx context.Context, info peer.AddrInfo) {
	t := n.cfg.timing
	wait := t.redialMin
	for ctx.Err() == nil {
		err := n.Connect(ctx, info)
		switch {
		case err == nil:
			began := time.Now()
			n.watchAlive(ctx, info.ID)
			// A peer that drops us right away (full, or it refuses us) isn't dialled in a tight loop.
			if time.Since(began) > t.stableAfter {
				wait = t.redialMin
			}
		case errors.Is(err, ErrForeign):
			sleep(ctx, foreignQuarantine)
			continue
		default:
			n.metrics.dialFailures.Inc()
			n.log.Debug("bootstrap peer unreachable", "peer", info.ID, "retry", wait, "err", err)
		}
		// Jitter, so that nodes which lost the same peer don't come back in step.
		sleep(ctx, wait/2+rand.N(wait))
		wait = min(2*wait, t.redialMax)
	}
}

// watchAlive returns when the peer is no longer connected, or was found dead and its connections were closed.
func (n *Node) watchAlive(ctx context.Context, p peer.ID) {
	lost := make(chan struct{}, 1)
	notifiee := &network.NotifyBundle{DisconnectedF: func(_ network.Network, c network.Conn) {
		if c.RemotePeer() == p {
			select {
			case lost <- struct{}{}:
			default:
			}
		}
	}}
	n.host.Network().Notify(notifiee)
	defer n.host.Network().StopNotify(notifiee)

	failures := 0
	for n.host.Network().Connectedness(p) == network.Connected {
		select {
		case <-lost:
			continue
		case <-time.After(n.cfg.timing.pingEvery):
		case <-ctx.Done():
			return
		}
		if n.answersPing(ctx, p) {
			failures = 0
		} else if failures++; failures == n.cfg.timing.pingFailures {
			n.log.Info("bootstrap peer is silent, reconnecting", "peer", p)
			n.host.Network().ClosePeer(p)
		}
	}
}

// answersPing reports false only when p had its time and was silent: a peer that doesn't speak the protocol lives,
// and a connection that broke shows as disconnected.
func (n *Node) answersPing(ctx context.Context, p peer.ID) bool {
	ctx, cancel := context.WithTimeout(network.WithNoDial(ctx, "ping"), n.cfg.timing.pingTimeout)
	defer cancel()
	select {
	case <-ping.Ping(ctx, n.host, p):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
