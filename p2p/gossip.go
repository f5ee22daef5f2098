package p2p

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// MaxMessage is the most bytes that one gossip message carries; larger ones are rejected.
	MaxMessage = 1 << 20

	// rpcOverhead is what the envelope around a message (topic, protobuf framing) may add to MaxMessage.
	rpcOverhead = 4 << 10

	// gossipQueue is the number of messages that wait for a slow peer, and for validation. With the library's
	// default of 32 a burst of 2,000 messages lost 1,831 of them; with 4,096 none.
	gossipQueue = 4096

	// validationsMax and validationsTopic bound the handlers that run at once, over all shards and in one. They
	// are many because a handler mostly waits until the batch that its message has joined is verified and stored.
	validationsMax, validationsTopic = 8192, 4096

	// validationBytes bounds the data that these handlers hold together. Beyond it messages are dropped
	// before they are looked at; gossip offers them again, and catch-up finds them in any case.
	validationBytes = 64 << 20

	// subscriptionsMax is how many topics a peer may announce in one RPC; the network has at most maxShards.
	subscriptionsMax = 2 * maxShards
)

// Verdict is what a Handler decides about a message. It decides what happens to it and to the peer it came from.
type Verdict int

const (
	// Ignore drops the message and blames nobody. For what is nothing new, or cannot be judged yet or here:
	// everything that depends on the chain or on this node's state.
	Ignore Verdict = iota
	// Accept forwards the message. For what is good, wholly or in part.
	Accept
	// Reject drops the message and costs the forwarding peer score, until we no longer listen to it. Only for
	// faults that show in the bytes alone, which every honest peer sees before it forwards.
	Reject
)

// String names the verdict as metrics do.
func (v Verdict) String() string {
	switch v {
	case Accept:
		return "accept"
	case Reject:
		return "reject"
	default:
		return "ignore"
	}
}

// Handler judges and takes in one message from a peer, before it is forwarded. It is called once for each message,
// up to thousands of times at once, and may keep data but not change it. from is the peer that forwarded the message,
// not its author. ctx ends when the node closes; then the verdict no longer matters. A handler should return within
// seconds: while it runs, the message is held in memory and takes one of a bounded number of places.
type Handler func(ctx context.Context, from peer.ID, shard int, data []byte) Verdict

// gossip is GossipSub on the network's shards.
type gossip struct {
	node *Node
	ps   *pubsub.PubSub

	topics []*pubsub.Topic // by shard; joined for publishing, subscribed to by Subscribe
	scores atomic.Pointer[map[peer.ID]float64]

	pace *pacer

	bytes    atomic.Int64 // held by running handlers
	handlers sync.WaitGroup

	mu         sync.Mutex
	draining   bool         // no handler starts any more; handlers.Add happens under mu
	subscribed map[int]bool // shards with a handler
}

func newGossip(n *Node) (*gossip, error) {
	g := &gossip{node: n, pace: newPacer(), subscribed: make(map[int]bool)}
	names := make([]string, n.cfg.Shards)
	for i := range names {
		names[i] = fmt.Sprintf("%s/records/%d", n.cfg.prefix(), i)
	}
	var err error
	g.ps, err = pubsub.NewGossipSub(n.ctx, n.host, g.options(names)...)
	if err != nil {
		return nil, fmt.Errorf("p2p: gossip: %w", err)
	}
	for _, name := range names {
		t, err := g.ps.Join(name)
		if err != nil {
			return nil, fmt.Errorf("p2p: join %s: %w", name, err)
		}
		g.topics = append(g.topics, t)
	}
	return g, nil
}

func (g *gossip) options(topics []string) []pubsub.Option {
	silent := slog.New(slog.NewTextHandler(io.Discard, nil))
	return []pubsub.Option{
		// Records carry their authors' signatures; a second one by the forwarding host costs a factor of six
		// in throughput and proves nothing that anybody needs.
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithMaxMessageSize(MaxMessage + rpcOverhead),
		pubsub.WithPeerOutboundQueueSize(gossipQueue),
		pubsub.WithValidateQueueSize(gossipQueue),
		pubsub.WithValidateThrottle(validationsMax),
		// Our own messages go to every peer of the topic, not only the mesh: one hop less, and no mesh of
		// hostile peers can keep them in.
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerScore(scoreParams(topics, g.node.seeker.isServer), scoreThresholds),
		pubsub.WithPeerScoreInspect(g.keepScores, scoreDecay),
		// A pruned peer is told of others; their private addresses are nobody's business and not dialled.
		pubsub.WithPeerExchange(true),
		pubsub.OnlyPublicAddrsOnPeerExchange(),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(
			pubsub.NewAllowlistSubscriptionFilter(topics...), subscriptionsMax)),
		pubsub.WithAppSpecificRpcInspector(g.shed),
		pubsub.WithRawTracer(&gossipTracer{metrics: g.node.metrics, pace: g.pace}),
		pubsub.WithLogger(g.node.log),
		pubsub.WithRPCLogger(silent), // strangers' malformed input: they are cut off, which is enough
	}
}

// messageID is the first 20 bytes of sha-256(topic ‖ 0x00 ‖ data). The topic is part of it because one message may be
// published to several shards, and gossip drops an id that it has seen, whatever the topic.
func messageID(m *pb.Message) string {
	h := sha256.New()
	io.WriteString(h, m.GetTopic())
	h.Write([]byte{0})
	h.Write(m.GetData())
	return string(h.Sum(nil)[:20])
}

// Publish sends data to all peers that follow the shard. It returns when the message is queued for them, and waits a
// moment (paceWait) when their queues are long. With no peer connected the message goes nowhere; catch-up is what
// brings it to those who come later, as to those who lost it. The handler isn't called for own messages.
func (n *Node) Publish(ctx context.Context, shard int, data []byte) error {
	if n.isClosing() {
		return ErrClosed
	}
	if shard < 0 || shard >= len(n.gossip.topics) {
		return fmt.Errorf("%w: %d of %d", ErrShard, shard, len(n.gossip.topics))
	}
	if len(data) > MaxMessage {
		return fmt.Errorf("%w: message of %d bytes, limit %d", ErrTooLarge, len(data), MaxMessage)
	}
	if err := n.gossip.pace.wait(ctx); err != nil {
		return fmt.Errorf("p2p: publish: %w", err)
	}
	if err := n.gossip.topics[shard].Publish(ctx, data); err != nil {
		return fmt.Errorf("p2p: publish: %w", err)
	}
	n.metrics.published.Inc()
	return nil
}

// Subscribe follows the given shards, or all if none is named, with one handler each.
func (n *Node) Subscribe(handler Handler, shards ...int) error {
	if n.isClosing() {
		return ErrClosed
	}
	if len(shards) == 0 {
		for i := range n.gossip.topics {
			shards = append(shards, i)
		}
	}
	g := n.gossip
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, s := range shards {
		if s < 0 || s >= len(g.topics) {
			return fmt.Errorf("%w: %d of %d", ErrShard, s, len(g.topics))
		}
		if g.subscribed[s] || slices.Contains(shards[:i], s) {
			return fmt.Errorf("%w: %d", ErrSubscribed, s)
		}
	}
	for _, s := range shards {
		if err := g.subscribe(s, handler); err != nil {
			return err
		}
		g.subscribed[s] = true
	}
	return nil
}

// subscribe makes handler the topic's validator and joins the mesh. Relaying, unlike a subscription, hands messages
// only to the validator: there is no second queue behind it that could overflow.
func (g *gossip) subscribe(shard int, handler Handler) error {
	topic := g.topics[shard]
	validate := func(ctx context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
		return g.validate(ctx, from, shard, m.Data, handler)
	}
	err := g.ps.RegisterTopicValidator(topic.String(), validate, pubsub.WithValidatorConcurrency(validationsTopic))
	if err != nil {
		return fmt.Errorf("p2p: subscribe to shard %d: %w", shard, err)
	}
	if _, err := topic.Relay(); err != nil {
		return fmt.Errorf("p2p: subscribe to shard %d: %w", shard, err)
	}
	return nil
}

// validate maps the handler's verdicts to GossipSub's.
func (g *gossip) validate(ctx context.Context, from peer.ID, shard int, data []byte, h Handler) pubsub.ValidationResult {
	// Accept: our own messages come through here when they are published; the node has judged them before.
	if from == g.node.host.ID() {
		return pubsub.ValidationAccept
	}
	// Reject: a size over the limit shows in the bytes alone.
	if len(data) > MaxMessage {
		return pubsub.ValidationReject
	}
	// Ignore: closing, which is no fault of the peer.
	if !g.begin() {
		return pubsub.ValidationIgnore
	}
	defer g.handlers.Done()
	size := int64(len(data))
	defer g.bytes.Add(-size)
	// Ignore: no memory left, which is no fault of the peer either.
	if g.bytes.Add(size) > validationBytes {
		g.node.metrics.dropped.WithLabelValues("overload").Inc()
		return pubsub.ValidationIgnore
	}
	verdict := h(ctx, from, shard, data)
	g.node.metrics.received.WithLabelValues(verdict.String()).Inc()
	g.node.metrics.receivedBytes.Add(float64(size))
	switch verdict {
	case Accept:
		return pubsub.ValidationAccept
	case Reject:
		return pubsub.ValidationReject
	default:
		return pubsub.ValidationIgnore
	}
}

// begin counts a handler in, unless the node is closing.
func (g *gossip) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining {
		return false
	}
	g.handlers.Add(1)
	return true
}

// shed drops the messages of an RPC, before they are parsed further or marked as seen, while handlers hold all the
// memory they may. Control messages and subscriptions pass: they keep the meshes alive.
func (g *gossip) shed(_ peer.ID, rpc *pubsub.RPC) error {
	if len(rpc.GetPublish()) > 0 && g.bytes.Load() >= validationBytes {
		g.node.metrics.dropped.WithLabelValues("overload").Add(float64(len(rpc.GetPublish())))
		rpc.Publish = nil
	}
	return nil
}

func (g *gossip) keepScores(scores map[peer.ID]float64) { g.scores.Store(&scores) }

func (g *gossip) score(p peer.ID) float64 {
	if scores := g.scores.Load(); scores != nil {
		return (*scores)[p]
	}
	return 0
}

// refuseNew lets no handler start any more.
func (g *gossip) refuseNew() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
}
