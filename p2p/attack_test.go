package p2p

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"google.golang.org/protobuf/proto"
)

// The attacks of this file are on one node, with an honest peer beside it. Each test holds what must be true on any
// machine; what it measures of the honest peer's messages is logged, and in docs/performance.md.

// The victim's handler judges as a node does: a signature, then whether it is new.
type judge struct {
	key ed25519.PublicKey

	mu       sync.Mutex
	seen     map[[32]byte]time.Time
	rejected map[peer.ID]int
	old      int
}

func newJudge(key ed25519.PublicKey) *judge {
	return &judge{key: key, seen: make(map[[32]byte]time.Time), rejected: make(map[peer.ID]int)}
}

// A test's message: 64 bytes of signature, 8 that only make it another message, then what is signed.
func (j *judge) handle(_ context.Context, from peer.ID, _ int, data []byte) Verdict {
	sound := len(data) > 72 && ed25519.Verify(j.key, data[72:], data[:64])
	j.mu.Lock()
	defer j.mu.Unlock()
	if !sound {
		j.rejected[from]++
		return Reject
	}
	id := sha256.Sum256(data[72:])
	if _, dup := j.seen[id]; dup {
		j.old++
		return Ignore
	}
	j.seen[id] = time.Now()
	return Accept
}

func (j *judge) arrived(body []byte) (time.Time, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, ok := j.seen[sha256.Sum256(body)]
	return at, ok
}

func (j *judge) rejections(p peer.ID) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rejected[p]
}

func (j *judge) replays() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.old
}

// arena is a victim, an honest peer and attackers that all gossip with the victim.
type arena struct {
	*testing.T
	victim, honest *Node
	attackers      []*Node
	judge          *judge
	key            ed25519.PrivateKey
	sent           map[string]time.Time
}

func newArena(t *testing.T, attackers int) *arena {
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &arena{T: t, victim: startNode(t), honest: startNode(t), judge: newJudge(public), key: secret, sent: make(map[string]time.Time)}
	if err := a.victim.Subscribe(a.judge.handle); err != nil {
		t.Fatal(err)
	}
	for range attackers {
		a.attackers = append(a.attackers, startNode(t))
	}
	for _, n := range append(a.attackers, a.honest) {
		subscribe(t, n, func([]byte) Verdict { return Ignore })
		connect(t, n, a.victim)
	}
	for _, n := range append(a.attackers, a.honest) {
		follows(t, n, a.victim)
	}
	return a
}

func (a *arena) signed(body string, salt uint64) []byte {
	return append(binary.BigEndian.AppendUint64(ed25519.Sign(a.key, []byte(body)), salt), body...)
}

// speak has the honest peer publish messages, one each few milliseconds, and returns when they have gone out.
func (a *arena) speak(name string, count int) (bodies []string) {
	for i := range count {
		body := fmt.Sprintf("%s %d", name, i)
		a.sent[body] = time.Now()
		if err := a.honest.Publish(a.Context(), i%4, a.signed(body, 0)); err != nil {
			a.Fatal(err)
		}
		bodies = append(bodies, body)
		time.Sleep(5 * time.Millisecond)
	}
	return bodies
}

// report tells how the honest peer's messages fared: those that never came, and how long the others took. It waits
// until the last one that will come has come.
func (a *arena) report(what string, bodies []string) (lost int) {
	var delays []time.Duration
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		delays = delays[:0]
		for _, b := range bodies {
			if at, ok := a.judge.arrived([]byte(b)); ok {
				delays = append(delays, at.Sub(a.sent[b]))
			}
		}
		if len(delays) == len(bodies) || time.Now().After(end) {
			break
		}
	}
	lost = len(bodies) - len(delays)
	if len(delays) == 0 {
		a.Logf("%s: all %d lost", what, lost)
		return lost
	}
	slices.Sort(delays)
	a.Logf("%s: %d of %d lost; delay median %v, 99%% %v", what, lost, len(bodies),
		delays[len(delays)/2].Round(10*time.Microsecond), delays[len(delays)*99/100].Round(10*time.Microsecond))
	return lost
}

// mustPass publishes until something of the honest peer arrives.
func (a *arena) mustPass(name string) {
	a.Helper()
	i := 0
	eventually(a, "the honest peer is heard", func() bool {
		i++
		body := fmt.Sprintf("%s, attempt %d", name, i)
		if err := a.honest.Publish(a.Context(), i%4, a.signed(body, 0)); err != nil {
			a.Fatal(err)
		}
		for wait := time.Now().Add(time.Second); time.Now().Before(wait); time.Sleep(5 * time.Millisecond) {
			if _, ok := a.judge.arrived([]byte(body)); ok {
				return true
			}
		}
		return false
	})
}

// Twenty peers flood a node with messages whose signatures are wrong. Each is soon dropped unread, and the honest
// peer is heard all the time.
func TestInvalidFlood(t *testing.T) {
	const flooders, each = 20, 500
	a := newArena(t, flooders)
	a.report("before the flood", a.speak("before", 100))

	var flood sync.WaitGroup
	for i, n := range a.attackers {
		flood.Go(func() {
			for k := range each {
				junk := fmt.Appendf(make([]byte, 72), "junk %d of %d", k, i)
				if err := n.Publish(t.Context(), k%4, junk); err != nil {
					t.Error(err)
				}
			}
		})
	}
	a.report("while 20 peers flood", a.speak("during", 100))
	flood.Wait()

	for _, n := range a.attackers {
		eventually(t, "a flooder is dropped unread", func() bool {
			return a.victim.gossip.score(n.ID()) < scoreThresholds.GraylistThreshold
		})
	}
	read := make(map[peer.ID]int)
	for _, n := range a.attackers {
		read[n.ID()] = a.judge.rejections(n.ID())
		if err := n.Publish(t.Context(), 0, fmt.Appendf(make([]byte, 72), "more junk of %s", n.ID())); err != nil {
			t.Fatal(err)
		}
	}
	a.report("after it", a.speak("after", 100))
	a.mustPass("afterwards")
	total := 0
	for _, n := range a.attackers {
		total += read[n.ID()]
		// What was being handled when the score was looked at may still have counted; what was sent later may not.
		if got := a.judge.rejections(n.ID()); got > each {
			t.Errorf("%s was read %d times, of %d before it was dropped", n.ID(), got, each)
		}
	}
	t.Logf("read %d of %d invalid messages", total, flooders*each)
	if s := a.victim.gossip.score(a.honest.ID()); s < 0 {
		t.Errorf("the honest peer's score is %v", s)
	}
}

// Twenty peers send what is old again and again, each time as another message. Nobody is to blame for what others
// have seen already, so nothing is rejected; and the new gets through beside it.
func TestReplayFlood(t *testing.T) {
	a := newArena(t, 20)
	old := a.speak("old", 50)
	a.report("before the replays", old)
	var flood sync.WaitGroup
	for i, n := range a.attackers {
		flood.Go(func() {
			for k := range 200 {
				if err := n.Publish(t.Context(), k%4, a.signed(old[k%len(old)], uint64(1+i*1000+k))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	a.report("while 20 peers replay", a.speak("new", 100))
	flood.Wait()
	eventually(t, "replays are seen for what they are", func() bool { return a.judge.replays() > 0 })
	a.mustPass("afterwards")
	t.Logf("%d replays were judged", a.judge.replays())
	for _, n := range a.attackers {
		if s := a.victim.gossip.score(n.ID()); s < 0 {
			t.Errorf("a peer that sent nothing wrong has %v points", s)
		}
	}
}

// rawGossip speaks GossipSub's frames by hand.
type rawGossip struct {
	t  *testing.T
	to network.Stream

	mu     sync.Mutex
	asked  int // message ids asked of us
	copies map[string]int
}

// dialRaw connects a host of the test's own, which follows all topics.
func dialRaw(t *testing.T, victim *Node) (*rawGossip, peer.ID) {
	t.Helper()
	h := plainHost(t)
	r := &rawGossip{t: t, copies: make(map[string]int)}
	h.SetStreamHandler("/meshsub/1.1.0", r.read)
	if err := h.Connect(t.Context(), info(victim)); err != nil {
		t.Fatal(err)
	}
	s, err := h.NewStream(t.Context(), victim.ID(), "/meshsub/1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	r.to = s
	var subs []*pb.RPC_SubOpts
	for _, topic := range victim.gossip.topics {
		subs = append(subs, &pb.RPC_SubOpts{Subscribe: proto.Bool(true), Topicid: proto.String(topic.String())})
	}
	r.send(&pb.RPC{Subscriptions: subs})
	eventually(t, "it is known as a follower", func() bool {
		return slices.Contains(victim.gossip.topics[0].ListPeers(), h.ID())
	})
	return r, h.ID()
}

func (r *rawGossip) send(rpc *pb.RPC) {
	body, err := proto.Marshal(rpc)
	if err != nil {
		r.t.Fatal(err)
	}
	// A victim that hangs up or reads no more is what may happen.
	r.to.SetWriteDeadline(time.Now().Add(time.Second))
	r.to.Write(append(binary.AppendUvarint(nil, uint64(len(body))), body...))
}

func (r *rawGossip) read(s network.Stream) {
	in := &byteReader{s}
	for {
		size, err := binary.ReadUvarint(in)
		if err != nil || size > 4<<20 {
			return
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(s, body); err != nil {
			return
		}
		var rpc pb.RPC
		if proto.Unmarshal(body, &rpc) != nil {
			return
		}
		r.mu.Lock()
		for _, m := range rpc.GetPublish() {
			r.copies[string(m.GetData())]++
		}
		for _, w := range rpc.GetControl().GetIwant() {
			r.asked += len(w.GetMessageIDs())
		}
		r.mu.Unlock()
	}
}

func (r *rawGossip) counts(data []byte) (copies, asked int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.copies[string(data)], r.asked
}

type byteReader struct{ io.Reader }

func (b *byteReader) ReadByte() (byte, error) {
	var one [1]byte
	_, err := io.ReadFull(b.Reader, one[:])
	return one[0], err
}

// A peer offers messages that it doesn't have: the node asks for a bounded number of them, and then no longer
// listens to it.
func TestFalseOffers(t *testing.T) {
	a := newArena(t, 0)
	r, id := dialRaw(t, a.victim)
	topic := a.victim.gossip.topics[0].String()
	rounds, began := 0, time.Now()
	eventually(t, "the liar is found out", func() bool {
		rounds++
		for range 20 {
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = rand.Text()[:20]
			}
			r.send(&pb.RPC{Control: &pb.ControlMessage{Ihave: []*pb.ControlIHave{{TopicID: &topic, MessageIDs: ids}}}})
		}
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if a.victim.gossip.score(id) < scoreThresholds.GossipThreshold {
				return true
			}
		}
		return false
	})
	_, asked := r.counts(nil)
	t.Logf("of %d false offers %d were asked for, in %d rounds", rounds*20*1000, asked, rounds)
	heartbeats := int(time.Since(began)/time.Second) + 2 // one a second
	if limit := heartbeats * 5000; asked > limit {       // GossipSub's bound for one peer and heartbeat
		t.Errorf("%d offers were taken, more than %d", asked, limit)
	}
	a.mustPass("afterwards")
	a.report("beside it", a.speak("beside", 100))
}

// A peer asks for the same large message a thousand times: it gets the few copies that GossipSub allows.
func TestGreedyRequests(t *testing.T) {
	a := newArena(t, 0)
	r, _ := dialRaw(t, a.victim)
	large := a.signed(string(bytes.Repeat([]byte("large "), 10_000)), 0)
	if err := a.honest.Publish(t.Context(), 0, large); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the victim has it", func() bool { _, ok := a.judge.arrived(large[72:]); return ok })
	topic := a.victim.gossip.topics[0].String()
	want := &pb.RPC{Control: &pb.ControlMessage{Iwant: []*pb.ControlIWant{{
		MessageIDs: []string{messageID(&pb.Message{Topic: &topic, Data: large})},
	}}}}
	eventually(t, "the peer gets what it asks for", func() bool {
		r.send(want)
		copies, _ := r.counts(large)
		return copies > 0
	})
	for range 1000 {
		r.send(want)
	}
	a.mustPass("after the requests") // which the victim has read by now, or soon
	copies, _ := r.counts(large)
	t.Logf("asked 1,000 times, got %d copies of %d bytes", copies, len(large))
	if copies > 8 { // three retransmissions, and the mesh's own
		t.Errorf("got %d copies", copies)
	}
}

// Peers open as many streams as they can and send a byte on each. What they hold is bounded, and the node serves
// others beside them.
func TestSlowLoris(t *testing.T) {
	a := newArena(t, 0)
	a.victim.ServePull(&changes{id: storeA, newest: 500})
	began, want := time.Now(), 0
	if _, err := a.honest.Pull(t.Context(), a.victim.ID(), PullRequest{}, func(Frame) error { want++; return nil }); err != nil {
		t.Fatal(err)
	}
	alone := time.Since(began)

	held := 0
	for range 8 {
		h := plainHost(t)
		if err := h.Connect(t.Context(), info(a.victim)); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			protocol := a.victim.pullProtocol()
			if i%2 == 1 {
				protocol = bitswapProtocol
			}
			s, err := h.NewStream(ctx, a.victim.ID(), protocol)
			cancel()
			if err != nil {
				continue
			}
			if _, err := s.Write([]byte{1}); err == nil {
				held++
			}
		}
	}
	began = time.Now()
	var got int
	eventually(t, "the honest peer is served", func() bool {
		got = 0
		_, err := a.honest.Pull(t.Context(), a.victim.ID(), PullRequest{}, func(Frame) error { got++; return nil })
		if err != nil && !errors.Is(err, ErrBusy) {
			t.Log(err)
		}
		return err == nil
	})
	t.Logf("%d streams held open; a pull of %d frames took %v alone, %v beside them", held, got, alone.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if got != want || want == 0 {
		t.Errorf("%d frames of %d", got, want)
	}
	a.report("beside them", a.speak("beside", 100))
	a.mustPass("afterwards")
}
