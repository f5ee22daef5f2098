package p2p

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/autorelay"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	relay "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
)

// Limits of what a node that can be reached does for those that cannot. A relayed connection is for meeting: both sides
// use it to open a direct one (hole punching, DCUtR), and gossip, catch-up and Bitswap do not run on it.
const (
	relayReservations = 64               // peers that wait for calls through us
	relayCircuits     = 4                // calls of one peer at once
	relayTime         = time.Minute      // of one call
	relayBytes        = 64 << 10         // of one call, each way
	relayBuffer       = 2048             // of one call, each way
	relayPerAddress   = 4                // reservations of one IP address
	relayTTL          = 30 * time.Minute // of a reservation

	// probesAll and probesPeer bound, a minute, the dials by which we tell others whether they can be reached.
	probesAll, probesPeer = 30, 3

	relaysWanted = 2 // relays that a node which cannot be reached keeps
)

// natOptions are how a node on the Internet finds out whether it can be reached (AutoNAT v1 and v2), helps others to, and
// is reached through members if it cannot be. A node that lives on loopback or in a private network needs none of it,
// and helps nobody there: what it would dial for them are its neighbours.
func (n *Node) natOptions() []libp2p.Option {
	if n.gate.home != nil && n.cfg.reachability == network.ReachabilityUnknown {
		return []libp2p.Option{libp2p.DisableRelay()}
	}
	opts := []libp2p.Option{
		libp2p.EnableNATService(),
		libp2p.AutoNATServiceRateLimit(probesAll, probesPeer, time.Minute),
		libp2p.EnableAutoNATv2(),
		libp2p.EnableRelay(),
		libp2p.EnableHolePunching(),
		libp2p.EnableRelayService(relay.WithResources(relayResources())),
		libp2p.EnableAutoRelayWithPeerSource(n.relayCandidates, autorelay.WithNumRelays(relaysWanted),
			autorelay.WithMinInterval(n.cfg.timing.seekEvery), autorelay.WithBootDelay(n.cfg.timing.seekEvery)),
	}
	if n.cfg.MapPorts {
		opts = append(opts, libp2p.NATPortMap())
	}
	switch n.cfg.reachability {
	case network.ReachabilityPublic:
		opts = append(opts, libp2p.ForceReachabilityPublic())
	case network.ReachabilityPrivate:
		opts = append(opts, libp2p.ForceReachabilityPrivate())
	}
	return opts
}

func relayResources() relay.Resources {
	r := relay.DefaultResources()
	r.Limit = &relay.RelayLimit{Duration: relayTime, Data: relayBytes}
	r.ReservationTTL, r.MaxReservations, r.MaxCircuits, r.BufferSize = relayTTL, relayReservations, relayCircuits, relayBuffer
	r.MaxReservationsPerIP = relayPerAddress
	return r
}

// relayCandidates are connected members, longest connected first; those that are no relays say so when they are asked.
func (n *Node) relayCandidates(_ context.Context, want int) <-chan peer.AddrInfo {
	ids := n.members.sorted()
	ids = ids[:min(len(ids), want)]
	out := make(chan peer.AddrInfo, len(ids))
	for _, p := range ids {
		out <- n.host.Peerstore().PeerInfo(p)
	}
	close(out)
	return out
}

// viaRelay meets p at a relay that it has named as its address, and waits until hole punching has made a direct
// connection: nothing of ours runs on the relayed one.
func (n *Node) viaRelay(ctx context.Context, info peer.AddrInfo) error {
	sub, err := n.host.EventBus().Subscribe(new(event.EvtPeerConnectednessChanged), eventbus.Name("metanet-relayed"))
	if err != nil {
		return err
	}
	defer sub.Close()
	if err := n.host.Connect(network.WithAllowLimitedConn(ctx, "hole punching"), info); err != nil {
		return err
	}
	for n.host.Network().Connectedness(info.ID) != network.Connected {
		select {
		case <-sub.Out():
		case <-ctx.Done():
			return fmt.Errorf("%s is reached through a relay only: %w", info.ID, ctx.Err())
		}
	}
	return nil
}
