package p2p

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
)

type gossiped struct {
	from  peer.ID
	shard int
	data  string
}

// inbox is a handler that keeps what it is given and judges it by its text.
type inbox struct {
	mu      sync.Mutex
	got     []gossiped
	verdict func(data []byte) Verdict // nil: Accept
}

func (b *inbox) handle(_ context.Context, from peer.ID, shard int, data []byte) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, gossiped{from, shard, string(data)})
	if b.verdict != nil {
		return b.verdict(data)
	}
	return Accept
}

func (b *inbox) all() []gossiped {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]gossiped(nil), b.got...)
}

func (b *inbox) has(data string) bool {
	for _, g := range b.all() {
		if g.data == data {
			return true
		}
	}
	return false
}

func subscribe(tb testing.TB, n *Node, verdict func([]byte) Verdict) *inbox {
	tb.Helper()
	b := &inbox{verdict: verdict}
	if err := n.Subscribe(b.handle); err != nil {
		tb.Fatal(err)
	}
	return b
}

// follows waits until n knows that each of the others follows all shards.
func follows(tb testing.TB, n *Node, others ...*Node) {
	tb.Helper()
	eventually(tb, "subscriptions are known", func() bool {
		for _, topic := range n.gossip.topics {
			known := make(map[peer.ID]bool)
			for _, p := range topic.ListPeers() {
				known[p] = true
			}
			for _, o := range others {
				if !known[o.ID()] {
					return false
				}
			}
		}
		return true
	})
}

func publish(tb testing.TB, n *Node, shard int, data string) {
	tb.Helper()
	if err := n.Publish(tb.Context(), shard, []byte(data)); err != nil {
		tb.Fatal(err)
	}
}

func TestGossip(t *testing.T) {
	a, b := startNode(t), startNode(t)
	mine, theirs := subscribe(t, a, nil), subscribe(t, b, nil)
	connect(t, a, b)
	follows(t, a, b)
	publish(t, a, 3, "hello")
	eventually(t, "it arrives", func() bool { return len(theirs.all()) == 1 })
	if got := theirs.all()[0]; got != (gossiped{a.ID(), 3, "hello"}) {
		t.Errorf("got %v", got)
	}
	// One message may concern several shards.
	publish(t, a, 1, "hello")
	eventually(t, "the same in another shard arrives", func() bool { return len(theirs.all()) == 2 })
	if got := theirs.all()[1]; got.shard != 1 {
		t.Errorf("got %v", got)
	}
	// The same again in one shard is nothing new; the next message shows that it didn't come.
	publish(t, a, 1, "hello")
	publish(t, a, 1, "end")
	eventually(t, "the end arrives", func() bool { return theirs.has("end") })
	if got := theirs.all(); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	if got := mine.all(); len(got) != 0 {
		t.Errorf("own messages came back: %v", got)
	}
}

func TestGossipLargest(t *testing.T) {
	a, b := startNode(t), startNode(t)
	theirs := subscribe(t, b, nil)
	connect(t, a, b)
	follows(t, a, b)
	largest := string(bytes.Repeat([]byte("x"), MaxMessage))
	publish(t, a, 0, largest)
	eventually(t, "it arrives", func() bool { return theirs.has(largest) })
	if err := a.Publish(t.Context(), 0, []byte(largest+"x")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestGossipRefuses(t *testing.T) {
	n := startNode(t)
	for _, shard := range []int{-1, 4} {
		if err := n.Publish(t.Context(), shard, nil); !errors.Is(err, ErrShard) {
			t.Errorf("publish to shard %d: %v", shard, err)
		}
		if err := n.Subscribe(nil, shard); !errors.Is(err, ErrShard) {
			t.Errorf("subscribe to shard %d: %v", shard, err)
		}
	}
	if err := n.Subscribe((&inbox{}).handle, 1, 1); !errors.Is(err, ErrSubscribed) {
		t.Errorf("one shard twice: %v", err)
	}
	if err := n.Subscribe((&inbox{}).handle, 1); err != nil {
		t.Error(err)
	}
	if err := n.Subscribe((&inbox{}).handle); !errors.Is(err, ErrSubscribed) {
		t.Errorf("all shards after one: %v", err)
	}
}

// TestGossipBurst: what LIMITS found to be lost with the library's queues.
func TestGossipBurst(t *testing.T) {
	const burst = 2000
	for name, transport := range map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly} {
		t.Run(name, func(t *testing.T) {
			a, b := startNode(t, transport), startNode(t, transport)
			var got atomic.Int64
			if err := b.Subscribe(func(context.Context, peer.ID, int, []byte) Verdict {
				got.Add(1)
				return Accept
			}); err != nil {
				t.Fatal(err)
			}
			connect(t, a, b)
			follows(t, a, b)
			for i := range burst {
				data := make([]byte, 400)
				binary.BigEndian.PutUint64(data, uint64(i))
				if err := a.Publish(t.Context(), 0, data); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "all arrive", func() bool { return got.Load() == burst })
		})
	}
}

// chain connects a – b – c, where what a publishes reaches c only through b.
func chain(t *testing.T, verdict func([]byte) Verdict) (a, b, c *Node, atC *inbox) {
	a, b, c = startNode(t), startNode(t), startNode(t)
	subscribe(t, b, verdict)
	atC = subscribe(t, c, nil)
	connect(t, a, b)
	connect(t, c, b)
	follows(t, a, b)
	follows(t, b, c)
	follows(t, c, b)
	// Forwarding needs a mesh, which b and c make at their next heartbeat.
	i := 0
	eventually(t, "the way to c is open", func() bool {
		publish(t, a, i%4, fmt.Sprint("new way ", i))
		i++
		time.Sleep(20 * time.Millisecond)
		return shards(atC.all()) == 4
	})
	return a, b, c, atC
}

// shards counts the shards in which something came.
func shards(got []gossiped) int {
	seen := make(map[int]bool)
	for _, g := range got {
		seen[g.shard] = true
	}
	return len(seen)
}

func TestGossipVerdicts(t *testing.T) {
	t.Parallel()
	byText := func(data []byte) Verdict {
		switch {
		case bytes.HasPrefix(data, []byte("new")):
			return Accept
		case bytes.HasPrefix(data, []byte("old")):
			return Ignore
		default:
			return Reject
		}
	}
	a, b, _, atC := chain(t, byText)
	scoreOf := func(p peer.ID) float64 { return b.gossip.score(p) }

	// What b ignores doesn't reach c, and costs a nothing. What b accepts does: sent after, it shows that the
	// way is open and that the other had its time.
	for i := range 20 {
		publish(t, a, 0, fmt.Sprint("old ", i))
	}
	publish(t, a, 0, "new 1")
	eventually(t, "accepted message is forwarded", func() bool { return atC.has("new 1") })
	eventually(t, "a has earned something", func() bool { return scoreOf(a.ID()) > 0 })

	// A rejection costs 10 points and is not forwarded.
	publish(t, a, 1, "bad 1")
	eventually(t, "a has lost score", func() bool { return scoreOf(a.ID()) < -5 })
	if s := scoreOf(a.ID()); s < -11 {
		t.Errorf("one rejection cost %v", s)
	}
	publish(t, a, 0, "new 2")
	eventually(t, "a is still heard", func() bool { return atC.has("new 2") })

	// Enough of them and a is heard no more.
	for i := range 10 {
		publish(t, a, 1, fmt.Sprint("bad ", 2+i))
	}
	eventually(t, "a is graylisted", func() bool { return scoreOf(a.ID()) < scoreThresholds.GraylistThreshold })
	publish(t, a, 0, "new 3")
	publish(t, b, 0, "new from b")
	eventually(t, "b is heard", func() bool { return atC.has("new from b") })
	for _, g := range atC.all() {
		if !bytes.HasPrefix([]byte(g.data), []byte("new")) || g.data == "new 3" {
			t.Errorf("c was sent %q", g.data)
		}
		if g.from != b.ID() {
			t.Errorf("c was sent %q by %v", g.data, g.from)
		}
	}
}

// TestRejectionsCostAlike: a fault weighs the same whatever the number of shards, and thresholds are where the comments
// say, spread over topics or not.
func TestRejectionsCostAlike(t *testing.T) {
	for _, shards := range []int{1, 16, maxShards} {
		p := topicScoreParams(shards)
		cost := func(n float64) float64 { return p.TopicWeight * p.InvalidMessageDeliveriesWeight * n * n }
		for n, threshold := range map[float64]float64{
			4: scoreThresholds.GossipThreshold, 5: scoreThresholds.PublishThreshold, 8: scoreThresholds.GraylistThreshold,
		} {
			if cost(n) > threshold || cost(n-1) <= threshold {
				t.Errorf("%d shards: %v rejections cost %v, threshold %v", shards, n, cost(n), threshold)
			}
		}
		earn := float64(shards) * p.TopicWeight *
			(p.TimeInMeshWeight*p.TimeInMeshCap + p.FirstMessageDeliveriesWeight*p.FirstMessageDeliveriesCap)
		if earn > 40.001 || earn < 39.999 {
			t.Errorf("%d shards: a peer can earn %v", shards, earn)
		}
	}
}

// TestGossipSheds: while handlers hold all the memory they may, messages are dropped, and afterwards no longer.
func TestGossipSheds(t *testing.T) {
	reg := prometheus.NewRegistry()
	a, b := startNode(t), startNode(t, func(c *Config) { c.Registerer = reg })
	release := make(chan struct{})
	defer sync.OnceFunc(func() { close(release) })()
	theirs := subscribe(t, b, nil)
	connect(t, a, b)
	follows(t, a, b)
	b.gossip.bytes.Add(validationBytes)
	publish(t, a, 0, "too much")
	eventually(t, "dropped", func() bool { return gather(t, reg)["metanet_p2p_gossip_dropped_total"] == 1 })
	b.gossip.bytes.Add(-validationBytes)
	publish(t, a, 0, "fits")
	eventually(t, "it arrives", func() bool { return theirs.has("fits") })
	if theirs.has("too much") {
		t.Error("handled beyond the limit")
	}
	eventually(t, "all is given back", func() bool { return b.gossip.bytes.Load() == 0 })
}

// TestCloseDrains: Close returns after the handlers in progress, and none begins later.
func TestCloseDrains(t *testing.T) {
	a, b := startNode(t), startNode(t)
	entered, release := make(chan struct{}, 10), make(chan struct{})
	var left atomic.Bool
	if err := b.Subscribe(func(ctx context.Context, _ peer.ID, _ int, _ []byte) Verdict {
		entered <- struct{}{}
		<-release
		if ctx.Err() != nil {
			t.Error("context ended while draining")
		}
		left.Store(true)
		return Accept
	}); err != nil {
		t.Fatal(err)
	}
	connect(t, a, b)
	follows(t, a, b)
	publish(t, a, 0, "slow")
	receive(t, "handler runs", entered)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		b.Close()
		if !left.Load() {
			t.Error("closed before the handler was done")
		}
	}()
	eventually(t, "closing", b.isClosing)
	publish(t, a, 0, "late")
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	receive(t, "closed", closed)
	if len(entered) > 0 {
		t.Error("a handler began after Close")
	}
}
