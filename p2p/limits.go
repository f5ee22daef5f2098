package p2p

import (
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/prometheus/client_golang/prometheus"
)

// Limits of the host. They fit a home machine and hold whatever strangers do; nothing here scales with the machine,
// so that a test and a large server behave alike. Connections from one IP address (8, loopback excepted) and their
// rate (16 at once, then one in 5 s) are libp2p's defaults.
const (
	// connsLow and connsHigh: above high, the connection manager closes the least useful connections until low
	// remain. GossipSub needs 6–12 mesh peers for each shard and some choice; a few hundred is ample.
	connsLow, connsHigh = 160, 256

	// connsGrace is how long a new connection is safe from that, enough for identify and the first graft.
	connsGrace = 30 * time.Second

	// connsMax is the hard limit that the connection manager's lazier one stays under; a third of it is kept for
	// our own dials, so that a flood of inbound connections cannot eclipse the node.
	connsMax, connsMaxInbound = 384, 256

	// memoryMax bounds what libp2p's muxers, QUIC and our pulls reserve, over all peers and for one.
	memoryMax, memoryMaxPeer = 512 << 20, 64 << 20

	// connsMaxPeer: two honest nodes may dial each other at once over both transports.
	connsMaxPeer = 4

	// streamsMax bounds streams over all peers; streamsMaxPeer those with one: two of gossip, bitswap's, the
	// pulls, identify, ping and DHT requests in flight.
	streamsMax, streamsMaxPeer = 16384, 256
)

// newResourceManager enforces the limits above and those of our own stream protocols, the pull and the ask.
func newResourceManager(pull, ask protocol.ID, reg prometheus.Registerer) (network.ResourceManager, error) {
	defaults := rcmgr.DefaultLimits // a copy: the maps in it are made by the next line
	libp2p.SetDefaultServiceLimits(&defaults)
	limits := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: connsMax, ConnsInbound: connsMaxInbound, ConnsOutbound: connsMax, FD: connsMax,
			Streams: streamsMax, StreamsInbound: streamsMax, StreamsOutbound: streamsMax, Memory: memoryMax,
		},
		// Transient: connections still shaking hands and streams still choosing a protocol.
		Transient: rcmgr.ResourceLimits{
			Conns: 128, ConnsInbound: 64, ConnsOutbound: 128, FD: 128,
			Streams: 1024, StreamsInbound: 512, StreamsOutbound: 1024, Memory: 64 << 20,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Conns: connsMaxPeer * 2, ConnsInbound: connsMaxPeer, ConnsOutbound: connsMaxPeer, FD: connsMaxPeer,
			Streams: 2 * streamsMaxPeer, StreamsInbound: streamsMaxPeer, StreamsOutbound: streamsMaxPeer,
			Memory: memoryMaxPeer,
		},
		// Both servers count their own streams and answer "busy"; these limits stand behind them, for peers
		// that open streams and never send a request.
		Protocol:     map[protocol.ID]rcmgr.ResourceLimits{pull: streamLimits(pullsMax), ask: streamLimits(asksMax)},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{pull: streamLimits(pullsMaxPeer), ask: streamLimits(asksMaxPeer)},
	}.Build(defaults.Scale(memoryMax, connsMax))

	var opts []rcmgr.Option
	if reg != nil {
		rcmgr.MustRegisterWith(reg)
		reporter, err := rcmgr.NewStatsTraceReporter()
		if err != nil {
			return nil, fmt.Errorf("p2p: resource metrics: %w", err)
		}
		opts = append(opts, rcmgr.WithTraceReporter(reporter))
	}
	rm, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits), opts...)
	if err != nil {
		return nil, fmt.Errorf("p2p: resource manager: %w", err)
	}
	return rm, nil
}

// streamLimits are those of a protocol that serves so many at once: as many again may be on their way in or out, twice,
// before the resource manager resets what the server would only refuse. A stream that we opened buffers a payload, one
// that we serve much less.
func streamLimits(served int) rcmgr.ResourceLimits {
	return rcmgr.ResourceLimits{
		Streams: rcmgr.LimitVal(8 * served), StreamsInbound: rcmgr.LimitVal(4 * served), StreamsOutbound: rcmgr.LimitVal(4 * served),
		Memory: rcmgr.LimitVal64(4 * served * MaxPayload),
	}
}

func newConnManager() (*connmgr.BasicConnMgr, error) {
	cm, err := connmgr.NewConnManager(connsLow, connsHigh, connmgr.WithGracePeriod(connsGrace))
	if err != nil {
		return nil, fmt.Errorf("p2p: connection manager: %w", err)
	}
	return cm, nil
}
