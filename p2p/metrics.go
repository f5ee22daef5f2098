package p2p

import (
	"fmt"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the node's own collectors; libp2p's (libp2p_*) tell of connections, streams and memory.
type metrics struct {
	reg        prometheus.Registerer // nil: counted, not exported
	registered []prometheus.Collector

	foreign       prometheus.Counter
	dialFailures  prometheus.Counter
	gated         *prometheus.CounterVec // reason
	seeks         *prometheus.CounterVec // result
	published     prometheus.Counter
	received      *prometheus.CounterVec // verdict
	receivedBytes prometheus.Counter
	dropped       *prometheus.CounterVec // reason
	duplicates    prometheus.Counter
	pullsServed   *prometheus.CounterVec // result
	pullsMade     *prometheus.CounterVec // result
	framesSent    prometheus.Counter
	framesTaken   prometheus.Counter
	blocksFetched prometheus.Counter
	blocksMissing prometheus.Counter
}

const metricsPrefix = "metanet_p2p_"

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		reg:           reg,
		foreign:       counter("foreign_peers_total", "Peers found to belong to another network."),
		dialFailures:  counter("bootstrap_dial_failures_total", "Failed dials of bootstrap peers."),
		gated:         counterVec("connections_gated_total", "Connections not made or not let in, by reason.", "reason"),
		seeks:         counterVec("seek_dials_total", "Dials of peers from the address book and the registry, by result.", "result"),
		published:     counter("gossip_published_total", "Own gossip messages."),
		received:      counterVec("gossip_received_total", "Gossip messages judged, by verdict.", "verdict"),
		receivedBytes: counter("gossip_received_bytes_total", "Bytes of gossip messages judged."),
		dropped:       counterVec("gossip_dropped_total", "Gossip messages dropped unjudged or unsent, by reason.", "reason"),
		duplicates:    counter("gossip_duplicates_total", "Gossip messages that had come before."),
		pullsServed:   counterVec("pulls_served_total", "Catch-up requests answered, by result.", "result"),
		pullsMade:     counterVec("pulls_made_total", "Catch-up requests made, by result.", "result"),
		framesSent:    counter("pull_frames_sent_total", "Catch-up frames sent."),
		framesTaken:   counter("pull_frames_received_total", "Catch-up frames received."),
		blocksFetched: counter("blocks_fetched_total", "Blocks received by Bitswap."),
		blocksMissing: counter("blocks_missing_total", "Blocks wanted and not received."),
	}
	return m, m.register(m.foreign, m.dialFailures, m.gated, m.seeks, m.published, m.received, m.receivedBytes, m.dropped, m.duplicates,
		m.pullsServed, m.pullsMade, m.framesSent, m.framesTaken, m.blocksFetched, m.blocksMissing)
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: metricsPrefix + name, Help: help})
}

func counterVec(name, help, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: metricsPrefix + name, Help: help}, []string{label})
}

// watch exports figures that are read from the node when they are asked for.
func (m *metrics) watch(n *Node) error {
	gauges := []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: metricsPrefix + "members", Help: "Connected peers that belong to the network.",
		}, func() float64 { return float64(n.members.count()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: metricsPrefix + "peers", Help: "Connected peers.",
		}, func() float64 { return float64(len(n.host.Network().Peers())) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: metricsPrefix + "known_peers", Help: "Peers in the address book.",
		}, func() float64 { return float64(n.seeker.known.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: metricsPrefix + "gossip_handling_bytes", Help: "Gossip data held by running handlers.",
		}, func() float64 { return float64(n.gossip.bytes.Load()) }),
	}
	return m.register(gauges...)
}

func (m *metrics) register(cs ...prometheus.Collector) error {
	if m.reg == nil {
		return nil
	}
	for _, c := range cs {
		if err := m.reg.Register(c); err != nil {
			return fmt.Errorf("p2p: metrics: %w", err)
		}
		m.registered = append(m.registered, c)
	}
	return nil
}

// unregister makes room for a node that is started again in the same process.
func (m *metrics) unregister() {
	for _, c := range m.registered {
		m.reg.Unregister(c)
	}
}

// gossipTracer counts what GossipSub does outside handlers, and tells the pacer of outbound queues. It is called on the router's hot paths.
type gossipTracer struct {
	metrics *metrics
	pace    *pacer
}

var _ pubsub.RawTracer = (*gossipTracer)(nil)

// RejectMessage counts messages that never reached the handler; verdicts are counted where they are given.
func (t *gossipTracer) RejectMessage(_ *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectValidationFailed, pubsub.RejectValidationIgnored:
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		t.metrics.dropped.WithLabelValues("overload").Inc()
	default:
		t.metrics.dropped.WithLabelValues("malformed").Inc()
	}
}

// DuplicateMessage counts what the mesh sends more than once.
func (t *gossipTracer) DuplicateMessage(*pubsub.Message) { t.metrics.duplicates.Inc() }

// DropRPC counts messages that a peer was too slow to take.
func (t *gossipTracer) DropRPC(rpc *pubsub.RPC, _ peer.ID) {
	t.metrics.dropped.WithLabelValues("slow_peer").Add(float64(len(rpc.GetPublish())))
}

// OnNewOutboundStream begins a peer's queue.
func (t *gossipTracer) OnNewOutboundStream(p peer.ID, _ protocol.ID) { t.pace.add(p) }

// OnClosedOutboundStream ends a peer's queue.
func (t *gossipTracer) OnClosedOutboundStream(p peer.ID) { t.pace.remove(p) }

// SendRPC says that a message was put in p's queue.
func (t *gossipTracer) SendRPC(_ *pubsub.RPC, p peer.ID) { t.pace.queued(p) }

// SendRPCCompleted says that a message of p's queue was written.
func (t *gossipTracer) SendRPCCompleted(_ *pubsub.RPC, p peer.ID, _ time.Duration) { t.pace.sent(p) }

// The rest of RawTracer is of no interest.

func (t *gossipTracer) ThrottlePeer(peer.ID)                 {}
func (t *gossipTracer) Join(string)                          {}
func (t *gossipTracer) Leave(string)                         {}
func (t *gossipTracer) Graft(peer.ID, string)                {}
func (t *gossipTracer) Prune(peer.ID, string)                {}
func (t *gossipTracer) ValidateMessage(*pubsub.Message)      {}
func (t *gossipTracer) DeliverMessage(*pubsub.Message)       {}
func (t *gossipTracer) RecvRPC(*pubsub.RPC)                  {}
func (t *gossipTracer) UndeliverableMessage(*pubsub.Message) {}
