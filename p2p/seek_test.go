package p2p

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/test"
	"github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// shelf is a BookStore in memory.
type shelf struct {
	mu     sync.Mutex
	values map[string][]byte
	writes int
	err    error
}

func newShelf() *shelf { return &shelf{values: make(map[string][]byte)} }

func (s *shelf) Scan(_ []byte, fn func(key, value []byte) error) error {
	s.mu.Lock()
	all := maps.Clone(s.values)
	s.mu.Unlock()
	for k, v := range all {
		if err := fn([]byte(k), v); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Apply(puts map[string][]byte, deletes [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.writes++
	maps.Copy(s.values, puts)
	for _, k := range deletes {
		delete(s.values, string(k))
	}
	return nil
}

func (s *shelf) has(p peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.values[string(p)]
	return ok
}

func impatient(c *Config) {
	c.timing = defaultTiming
	c.timing.seekEvery = 50 * time.Millisecond
}

// A node finds its peers again after a restart, although nobody names them any more.
func TestAddressBookOutlivesRestart(t *testing.T) {
	kept := newShelf()
	other := startNode(t)
	a := startNode(t, impatient, func(c *Config) { c.Book = kept })
	connect(t, a, other)
	eventually(t, "the peer is written down", func() bool { return kept.has(other.ID()) })
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b := startNode(t, impatient, func(c *Config) { c.Book = kept })
	eventually(t, "the peer is found again", func() bool { return b.isMember(other.ID()) })
}

// Servers that the directory names are found, and preferred; under another peer id than the one that answers there
// is no connection.
func TestDirectory(t *testing.T) {
	server := startNode(t)
	impostor := startNode(t)
	claimed := peer.AddrInfo{ID: test.RandPeerIDFatal(t), Addrs: info(impostor).Addrs}
	a := startNode(t, impatient, func(c *Config) {
		c.Directory = func(context.Context) ([]peer.AddrInfo, error) {
			return []peer.AddrInfo{claimed, info(server)}, nil
		}
	})
	eventually(t, "the server is found", func() bool { return a.isMember(server.ID()) })
	eventually(t, "it is worth more than a stranger", func() bool { return a.gossip.score(server.ID()) >= 10 })
	eventually(t, "the other was tried", func() bool {
		reg := a.metrics.seeks.WithLabelValues("failed")
		return counted(t, reg) > 0
	})
	if a.isMember(impostor.ID()) || a.isMember(claimed.ID) {
		t.Error("connected with a peer of another id than the directory's")
	}
}

func bookPeer(i int) peer.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "peer %d", i))
	return peer.ID(append([]byte{0x12, 0x20}, sum[:]...))
}

func TestBookKeepsToItsLimits(t *testing.T) {
	kept := newShelf()
	b, err := openBook(kept)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	at := func(format string, i int) map[peer.ID][]multiaddr.Multiaddr {
		return map[peer.ID][]multiaddr.Multiaddr{bookPeer(i): listen(fmt.Sprintf(format, i%250))}
	}
	note := func(connected map[peer.ID][]multiaddr.Multiaddr, now time.Time) {
		t.Helper()
		if err := b.note(connected, now); err != nil {
			t.Fatal(err)
		}
	}
	honest := at("/ip4/9.9.9.%d/tcp/1", 0)
	note(honest, now)
	// One network may fill its own share only, however many come after.
	for i := 1; i < 100; i++ {
		note(at("/ip4/8.8.8.%d/tcp/1", i), now.Add(time.Duration(i)*time.Second))
	}
	if n := len(b.peers); n != 1+bookGroup || !kept.has(bookPeer(0)) || !kept.has(bookPeer(99)) || kept.has(bookPeer(1)) {
		t.Errorf("%d peers kept; honest %v", n, kept.has(bookPeer(0)))
	}
	// All together they are bounded; the newest stay.
	for i := 100; i < 100+2*bookMax; i++ {
		m := map[peer.ID][]multiaddr.Multiaddr{bookPeer(i): listen(fmt.Sprintf("/ip4/%d.%d.1.1/tcp/1", 20+i/250, i%250))}
		note(m, now.Add(time.Duration(i)*time.Second))
	}
	if len(b.peers) != bookMax || len(kept.values) != bookMax || kept.has(bookPeer(0)) {
		t.Errorf("%d peers, %d stored", len(b.peers), len(kept.values))
	}
	// A peer that stays writes once an hour, one without addresses never.
	later := now.Add(time.Hour)
	before := kept.writes
	for i := range 59 {
		note(honest, later.Add(time.Duration(i)*time.Minute))
	}
	note(map[peer.ID][]multiaddr.Multiaddr{bookPeer(7): nil}, later)
	if kept.writes != before+1 {
		t.Errorf("%d writes", kept.writes-before)
	}
	// What was not seen for two weeks is forgotten, and a restart reads what is left.
	note(at("/ip4/9.9.9.%d/tcp/1", 5), later.Add(bookForget).Add(time.Hour))
	again, err := openBook(kept)
	if err != nil || len(again.peers) != 1 || len(again.peers[bookPeer(5)].multiaddrs()) != 1 {
		t.Errorf("after restart: %v, %v", again.peers, err)
	}
	// An entry that cannot be read is dropped.
	kept.values["junk"], kept.values[string(bookPeer(6))] = []byte("{}"), []byte("{")
	if again, err = openBook(kept); err != nil || len(again.peers) != 1 || len(kept.values) != 1 {
		t.Errorf("with junk: %v, %v", again.peers, err)
	}
	kept.err = errors.New("full")
	if err := b.note(at("/ip4/9.9.9.%d/tcp/1", 8), later.Add(bookForget)); !errors.Is(err, kept.err) {
		t.Errorf("a failing store: %v", err)
	}
}

// A candidate that cannot be reached is asked ever less often.
func TestSeekBacksOff(t *testing.T) {
	nobody := peer.AddrInfo{ID: test.RandPeerIDFatal(t), Addrs: listen("/ip4/127.0.0.1/tcp/1")}
	var gone atomic.Bool
	n := startNode(t, func(c *Config) {
		c.Directory = func(context.Context) ([]peer.AddrInfo, error) {
			if gone.Load() {
				return nil, nil
			}
			return []peer.AddrInfo{nobody}, nil
		}
	})
	clock := time.Unix(1_700_000_000, 0)
	s, err := newSeeker(n)
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return clock }
	for range 24 * 60 { // a day, a round each minute
		s.round(t.Context())
		clock = clock.Add(time.Minute)
	}
	if tried := counted(t, n.metrics.seeks.WithLabelValues("failed")); tried < 5 || tried > 20 {
		t.Errorf("tried %v times in a day", tried)
	}
	gone.Store(true)
	s.round(t.Context())
	if len(s.tries) != 0 {
		t.Error("attempts at peers that are no candidates are kept")
	}
}

func counted(tb testing.TB, c prometheus.Metric) float64 {
	tb.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		tb.Fatal(err)
	}
	return m.GetCounter().GetValue()
}
