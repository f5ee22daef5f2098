package p2p

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
)

// foreignQuarantine is how long a peer of another network is neither dialled nor let in. It is long enough that
// two networks that share an address book don't busy each other, short enough that a host which changes networks
// is found soon.
const foreignQuarantine = 10 * time.Minute

// foreignGrace is how long the connection to a peer of another network stays open, for it to see the same.
const foreignGrace = time.Second

// foreignMax bounds the memory for quarantined peers; peer ids cost an attacker nothing.
const foreignMax = 1024

// memberTag makes the connection manager prefer members to strangers.
const memberTag = "metanet-member"

// kind says where a peer belongs, judged by the protocols that it announces.
type kind int

const (
	stranger kind = iota // no MetaNet protocol: kubo, a gossip-only client
	member               // speaks a protocol of our network
	foreign              // speaks MetaNet protocols, none of our network
)

// members knows which connected peers belong to the network and tells watchers.
type members struct {
	prefix string // "/metanet/1/<network>/"
	log    *slog.Logger
	now    func() time.Time // replaced in tests

	mu        sync.Mutex
	connected map[peer.ID]time.Time // members, since when
	foreign   map[peer.ID]time.Time // quarantined until
	watchers  map[*peerWatcher]struct{}
	closed    bool
}

func newMembers(prefix string, log *slog.Logger) *members {
	return &members{
		prefix:    prefix + "/",
		log:       log,
		now:       time.Now,
		connected: make(map[peer.ID]time.Time),
		foreign:   make(map[peer.ID]time.Time),
		watchers:  make(map[*peerWatcher]struct{}),
	}
}

func (m *members) classify(protocols []protocol.ID) kind {
	k := stranger
	for _, p := range protocols {
		switch {
		case strings.HasPrefix(string(p), m.prefix):
			return member
		case strings.HasPrefix(string(p), "/metanet/"):
			k = foreign
		}
	}
	return k
}

// startMembers follows identify and connection events until the node closes.
func (n *Node) startMembers() error {
	sub, err := n.host.EventBus().Subscribe([]any{
		new(event.EvtPeerIdentificationCompleted),
		new(event.EvtPeerProtocolsUpdated),
		new(event.EvtPeerConnectednessChanged),
	}, eventbus.Name("metanet-members"), eventbus.BufSize(256))
	if err != nil {
		return err
	}
	n.spawn(func() {
		defer sub.Close()
		for {
			select {
			case ev := <-sub.Out():
				n.onPeerEvent(ev)
			case <-n.ctx.Done():
				return
			}
		}
	})
	return nil
}

func (n *Node) onPeerEvent(ev any) {
	switch ev := ev.(type) {
	case event.EvtPeerIdentificationCompleted:
		n.identified(ev.Peer, ev.Protocols)
	case event.EvtPeerProtocolsUpdated:
		if protocols, err := n.host.Peerstore().GetProtocols(ev.Peer); err == nil {
			n.identified(ev.Peer, protocols)
		}
	case event.EvtPeerConnectednessChanged:
		if ev.Connectedness == network.NotConnected && n.host.Network().Connectedness(ev.Peer) != network.Connected {
			n.members.remove(ev.Peer)
		}
	}
}

func (n *Node) identified(p peer.ID, protocols []protocol.ID) {
	switch n.members.classify(protocols) {
	case member:
		n.host.ConnManager().TagPeer(p, memberTag, 20)
		// A peer that has left meanwhile has its event still to come, or has had it: never add those.
		if n.host.Network().Connectedness(p) == network.Connected {
			n.members.add(p)
		}
	case foreign:
		n.banishForeign(p)
	}
}

// banishForeign starts the quarantine of a peer of another network and soon closes all connections to it: not at once,
// so that the peer has identified us too, and its own quarantine keeps it from dialling us again and again.
func (n *Node) banishForeign(p peer.ID) {
	if !n.members.quarantine(p) {
		return
	}
	n.log.Warn("peer belongs to another network", "peer", p)
	n.metrics.foreign.Inc()
	n.spawn(func() {
		sleep(n.ctx, foreignGrace)
		n.host.Network().ClosePeer(p)
	})
}

func (m *members) add(p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.connected[p]; ok {
		return
	}
	m.connected[p] = m.now()
	m.log.Info("peer connected", "peer", p)
	m.tell(PeerEvent{Peer: p, Connected: true})
}

func (m *members) remove(p peer.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.connected[p]; !ok {
		return
	}
	delete(m.connected, p)
	m.log.Info("peer disconnected", "peer", p)
	m.tell(PeerEvent{Peer: p, Connected: false})
}

func (m *members) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.connected)
}

// since returns when p became a connected member.
func (m *members) since(p peer.ID) (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.connected[p]
	return t, ok
}

// quarantine reports whether p was not already in quarantine.
func (m *members) quarantine(p peer.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	until, known := m.foreign[p]
	if known && now.Before(until) {
		return false
	}
	if !known && len(m.foreign) >= foreignMax {
		m.forgetForeign(now)
	}
	m.foreign[p] = now.Add(foreignQuarantine)
	return true
}

// forgetForeign makes room: all that are over, else the one that ends first.
func (m *members) forgetForeign(now time.Time) {
	var first peer.ID
	for p, until := range m.foreign {
		if now.After(until) {
			delete(m.foreign, p)
		} else if first == "" || until.Before(m.foreign[first]) {
			first = p
		}
	}
	if len(m.foreign) >= foreignMax {
		delete(m.foreign, first)
	}
}

func (m *members) isForeign(p peer.ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, ok := m.foreign[p]
	if ok && m.now().After(until) {
		delete(m.foreign, p)
		return false
	}
	return ok
}

// sorted returns the connected members, longest connected first.
func (m *members) sorted() []peer.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := make([]peer.ID, 0, len(m.connected))
	for p := range m.connected {
		ids = append(ids, p)
	}
	slices.SortFunc(ids, func(a, b peer.ID) int {
		if c := m.connected[a].Compare(m.connected[b]); c != 0 {
			return c
		}
		return strings.Compare(string(a), string(b))
	})
	return ids
}
