package p2p

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// PeerInfo describes a connected peer.
type PeerInfo struct {
	ID      peer.ID
	Addr    multiaddr.Multiaddr // remote address of the oldest connection
	Inbound bool                // they dialled us
	Since   time.Time           // when that connection was made
	Agent   string              // what it calls itself; not to be trusted
	Member  bool                // belongs to our network (see the package comment)
	Server  bool                // named by the directory
	Score   float64             // GossipSub's, at most a second old
}

// Peers describes all connected peers: members first, longest connected first.
func (n *Node) Peers() []PeerInfo {
	var infos []PeerInfo
	seen := make(map[peer.ID]bool)
	for _, p := range n.members.sorted() {
		seen[p] = true
		if info, ok := n.peerInfo(p); ok {
			info.Member = true
			infos = append(infos, info)
		}
	}
	for _, p := range n.host.Network().Peers() {
		if info, ok := n.peerInfo(p); ok && !seen[p] {
			infos = append(infos, info)
		}
	}
	return infos
}

func (n *Node) peerInfo(p peer.ID) (PeerInfo, bool) {
	conns := n.host.Network().ConnsToPeer(p)
	if len(conns) == 0 {
		return PeerInfo{}, false
	}
	info := PeerInfo{
		ID:      p,
		Addr:    conns[0].RemoteMultiaddr(),
		Inbound: conns[0].Stat().Direction == network.DirInbound,
		Since:   conns[0].Stat().Opened,
		Score:   n.gossip.score(p),
		Server:  n.seeker.isServer(p),
	}
	if agent, err := n.host.Peerstore().Get(p, "AgentVersion"); err == nil {
		info.Agent, _ = agent.(string)
	}
	return info, true
}

// Usage is how much of its limits the host has taken (limits.go).
type Usage struct {
	Connections, ConnectionsMax int
	Inbound, InboundMax         int
	Streams, StreamsMax         int
	Memory, MemoryMax           int64 // bytes that muxers, QUIC and our streams have reserved
	Known, KnownMax             int   // peers in the address book
}

// Usage reads the counters of the moment.
func (n *Node) Usage() (Usage, error) {
	u := Usage{
		ConnectionsMax: connsMax, InboundMax: connsMaxInbound, StreamsMax: streamsMax, MemoryMax: memoryMax,
		Known: int(n.seeker.known.Load()), KnownMax: bookMax,
	}
	err := n.host.Network().ResourceManager().ViewSystem(func(s network.ResourceScope) error {
		stat := s.Stat()
		u.Connections, u.Inbound = stat.NumConnsInbound+stat.NumConnsOutbound, stat.NumConnsInbound
		u.Streams, u.Memory = stat.NumStreamsInbound+stat.NumStreamsOutbound, stat.Memory
		return nil
	})
	if err != nil {
		return u, fmt.Errorf("p2p: usage: %w", err)
	}
	return u, nil
}

// PeerEvent says that a member of the network is now connected or no longer is.
type PeerEvent struct {
	Peer      peer.ID
	Connected bool
}

// PeerEvents tells of members as they come and go, beginning with those connected already, until ctx ends or the
// node closes; then the channel is closed. A slow reader doesn't hold up the node: it is told only the latest state
// of each peer, and each event that it reads differs from the last that it read about that peer, except that a peer
// that left and came back while it didn't look is told again as connected (there may be something to catch up).
//
// A member that has just come is grafted into the meshes at GossipSub's next heartbeat, up to a second later, and what
// others publish until then may pass this node by. So catch up at the event, and once more a few seconds later.
func (n *Node) PeerEvents(ctx context.Context) <-chan PeerEvent {
	w := &peerWatcher{wake: make(chan struct{}, 1), pending: make(map[peer.ID]PeerEvent)}
	out := make(chan PeerEvent)
	if !n.members.watch(w) {
		close(out)
		return out
	}
	go func() {
		defer close(out)
		defer n.members.unwatch(w)
		w.run(ctx, n.ctx, out)
	}()
	return out
}

// peerWatcher queues at most one event for each peer, in order of their first occurrence.
type peerWatcher struct {
	wake chan struct{} // has a token when the queue may not be empty

	mu      sync.Mutex
	order   []peer.ID
	pending map[peer.ID]PeerEvent
}

func (w *peerWatcher) push(ev PeerEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.pending[ev.Peer]; !ok {
		w.order = append(w.order, ev.Peer)
	}
	w.pending[ev.Peer] = ev
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *peerWatcher) pop() (PeerEvent, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.order) == 0 {
		return PeerEvent{}, false
	}
	ev := w.pending[w.order[0]]
	delete(w.pending, ev.Peer)
	w.order = w.order[1:]
	return ev, true
}

func (w *peerWatcher) run(ctx, node context.Context, out chan<- PeerEvent) {
	for {
		ev, ok := w.pop()
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-ctx.Done():
				return
			case <-node.Done():
				return
			}
		}
		select {
		case out <- ev:
		case <-ctx.Done():
			return
		case <-node.Done():
			return
		}
	}
}

// watch adds w, beginning with the members of the moment; it reports false when the node is closed.
func (m *members) watch(w *peerWatcher) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	for p := range m.connected {
		w.push(PeerEvent{Peer: p, Connected: true})
	}
	m.watchers[w] = struct{}{}
	return true
}

func (m *members) unwatch(w *peerWatcher) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.watchers, w)
}

// tell passes ev to all watchers; m.mu is held.
func (m *members) tell(ev PeerEvent) {
	for w := range m.watchers {
		w.push(ev)
	}
}

func (m *members) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}
