package p2p

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

const (
	// seekMembers is with how many members a node is content: GossipSub's largest mesh.
	seekMembers = 12

	// seekOwn is how many of them it must have dialled itself. Whoever surrounds a node by dialling it from many
	// hosts doesn't keep it from looking for others.
	seekOwn = 6

	// seekDials is how many are dialled in one round, together.
	seekDials = 6

	// A candidate that could not be reached is left alone for retryMin, doubled up to retryMax.
	retryMin, retryMax = time.Minute, 6 * time.Hour
)

// seeker looks for members while there are too few: in the address book, and among the servers that the directory
// names. Where those are doesn't matter to it, nor who says so: a connection is one only with the peer whose id was
// named, and the gate holds addresses that are nobody's business.
type seeker struct {
	node  *Node
	book  *book
	now   func() time.Time
	tries map[peer.ID]attempt // candidates that failed

	known   atomic.Int64 // peers in the book
	servers atomic.Pointer[map[peer.ID]struct{}]
}

type attempt struct {
	wait time.Duration
	next time.Time
}

func newSeeker(n *Node) (*seeker, error) {
	b, err := openBook(n.cfg.Book)
	if err != nil {
		return nil, err
	}
	s := &seeker{node: n, book: b, now: time.Now, tries: make(map[peer.ID]attempt)}
	s.known.Store(int64(len(b.peers)))
	return s, nil
}

// run makes a round now and then, until ctx ends.
func (s *seeker) run(ctx context.Context) {
	every := s.node.cfg.timing.seekEvery
	for ctx.Err() == nil {
		s.round(ctx)
		sleep(ctx, every/2+rand.N(every))
	}
	s.note() // so that the next start finds those of the last minutes
}

// round remembers who is there and dials candidates while there are too few.
func (s *seeker) round(ctx context.Context) {
	s.note()
	candidates := s.candidates(ctx)
	if s.node.members.count() >= seekMembers && s.own() >= seekOwn {
		return
	}
	rand.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	var due []peer.AddrInfo
	for _, c := range candidates {
		if len(due) < seekDials && s.node.host.Network().Connectedness(c.ID) != network.Connected && !s.now().Before(s.tries[c.ID].next) {
			due = append(due, c)
		}
	}
	s.dial(ctx, due)
}

func (s *seeker) dial(ctx context.Context, due []peer.AddrInfo) {
	errs := make([]error, len(due))
	var dials sync.WaitGroup
	for i, c := range due {
		dials.Go(func() { errs[i] = s.node.connect(ctx, c) })
	}
	dials.Wait()
	for i, c := range due {
		if errs[i] == nil {
			delete(s.tries, c.ID)
			s.node.metrics.seeks.WithLabelValues("ok").Inc()
			continue
		}
		wait := min(max(2*s.tries[c.ID].wait, retryMin), retryMax)
		s.tries[c.ID] = attempt{wait, s.now().Add(wait/2 + rand.N(wait))}
		s.node.metrics.seeks.WithLabelValues("failed").Inc()
		s.node.log.Debug("candidate unreachable", "peer", c.ID, "retry", wait, "err", errs[i])
	}
}

// candidates are all that may be dialled, by the book and by the directory.
func (s *seeker) candidates(ctx context.Context) (infos []peer.AddrInfo) {
	seen := map[peer.ID]struct{}{s.node.ID(): {}}
	add := func(p peer.ID, addrs []multiaddr.Multiaddr) {
		if _, dup := seen[p]; !dup && len(addrs) > 0 {
			seen[p] = struct{}{}
			infos = append(infos, peer.AddrInfo{ID: p, Addrs: addrs})
		}
	}
	servers := s.directory(ctx)
	for _, info := range servers {
		add(info.ID, append(s.node.gate.filter(info.Addrs), s.book.peers[info.ID].multiaddrs()...))
	}
	for p, e := range s.book.peers {
		add(p, s.node.gate.filter(e.multiaddrs()))
	}
	for p := range s.tries { // what is no candidate any more is forgotten
		if _, ok := seen[p]; !ok {
			delete(s.tries, p)
		}
	}
	return infos
}

// directory asks for the servers, and remembers who they are: they are worth more to us than strangers (score.go).
func (s *seeker) directory(ctx context.Context) []peer.AddrInfo {
	if s.node.cfg.Directory == nil {
		return nil
	}
	servers, err := s.node.cfg.Directory(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.node.log.Debug("the directory cannot be read", "err", err)
		}
		return nil
	}
	ids := make(map[peer.ID]struct{}, len(servers))
	for _, info := range servers {
		ids[info.ID] = struct{}{}
		if s.node.host.Network().Connectedness(info.ID) == network.Connected {
			s.node.host.ConnManager().TagPeer(info.ID, serverTag, 50)
		}
	}
	s.servers.Store(&ids)
	return servers
}

// serverTag makes the connection manager keep servers that the directory names rather than others.
const serverTag = "metanet-server"

// isServer reports whether the directory names p.
func (s *seeker) isServer(p peer.ID) bool {
	ids := s.servers.Load()
	if ids == nil {
		return false
	}
	_, ok := (*ids)[p]
	return ok
}

// own counts the members that we have dialled.
func (s *seeker) own() (count int) {
	for _, p := range s.node.members.sorted() {
		if s.dialled(p) != nil {
			count++
		}
	}
	return count
}

// dialled is the connection to p that we made, or nil.
func (s *seeker) dialled(p peer.ID) network.Conn {
	for _, c := range s.node.host.Network().ConnsToPeer(p) {
		if c.Stat().Direction == network.DirOutbound {
			return c
		}
	}
	return nil
}

// note writes down the members that have been here for a while, or that we have reached ourselves.
func (s *seeker) note() {
	now := s.now()
	connected := make(map[peer.ID][]multiaddr.Multiaddr)
	for _, p := range s.node.members.sorted() {
		if _, named := s.node.gate.named[p]; named {
			continue // kept by whoever named it
		}
		addrs := s.node.host.Peerstore().Addrs(p)
		since, ok := s.node.members.since(p)
		if c := s.dialled(p); c != nil {
			addrs = append(addrs, c.RemoteMultiaddr())
		} else if !ok || now.Sub(since) < bookAfter {
			continue
		}
		connected[p] = s.node.gate.filter(addrs)
	}
	if err := s.book.note(connected, now); err != nil {
		s.node.log.Warn("peers are not remembered", "err", err)
	}
	s.known.Store(int64(len(s.book.peers)))
}
