package p2p

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/prometheus/client_golang/prometheus"
)

func TestLoadKeyMakesOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	keys := make([]crypto.PrivKey, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = LoadKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, k := range keys {
		if !k.Equals(keys[0]) {
			t.Error("two keys under one name")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	good, err := crypto.MarshalPrivateKey(testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	secp, _, err := crypto.GenerateSecp256k1Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := crypto.MarshalPrivateKey(secp)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		mode    os.FileMode
	}{
		"others can read": {good, 0o644},
		"empty":           {nil, 0o600},
		"cut":             {good[:len(good)-1], 0o600},
		"another type":    {other, 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, c.content, c.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadKey(path); !errors.Is(err, ErrKeyFile) {
				t.Errorf("got %v, want %v", err, ErrKeyFile)
			}
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	secp, _, err := crypto.GenerateSecp256k1Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no key":            func(c *Config) { c.Key = nil },
		"key of other type": func(c *Config) { c.Key = secp },
		"no network":        func(c *Config) { c.Network = "" },
		"network in hex":    func(c *Config) { c.Network = "0123" },
		"upper case":        func(c *Config) { c.Network = "AAAA" },
		"network with path": func(c *Config) { c.Network = "aa/bb" },
		"network too long":  func(c *Config) { c.Network = strings.Repeat("a", 55) },
		"negative shards":   func(c *Config) { c.Shards = -1 },
		"too many shards":   func(c *Config) { c.Shards = maxShards + 1 },
		"bootstrap nobody":  func(c *Config) { c.Bootstrap = []peer.AddrInfo{{}} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t)
			change(&cfg)
			n, err := New(t.Context(), cfg)
			if !errors.Is(err, ErrConfig) {
				t.Errorf("got %v, want %v", err, ErrConfig)
			}
			if n != nil {
				n.Close()
			}
		})
	}
}

func TestNewFailsOnUsedPort(t *testing.T) {
	a := startNode(t, both)
	for _, addr := range a.Host().Addrs() {
		cfg := testConfig(t)
		cfg.Listen = append(listen("/ip4/127.0.0.1/tcp/0"), addr)
		if n, err := New(t.Context(), cfg); err == nil {
			n.Close()
			t.Errorf("two nodes on %s", addr)
		}
	}
}

func TestParseAddrs(t *testing.T) {
	a, b := startNode(t, both), startNode(t)
	var addrs []string
	for _, m := range append(a.Addrs(), b.Addrs()...) {
		addrs = append(addrs, m.String())
	}
	if len(addrs) != 3 {
		t.Fatalf("listening on %v", addrs)
	}
	infos, err := ParseAddrs(addrs...)
	if err != nil {
		t.Fatal(err)
	}
	if len(infos) != 2 || infos[0].ID != a.ID() || len(infos[0].Addrs) != 2 || infos[1].ID != b.ID() {
		t.Errorf("got %v", infos)
	}
	for _, bad := range []string{"", "localhost:1", "/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1/p2p/x"} {
		if _, err := ParseAddrs(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

func both(c *Config) { c.Listen = listen("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1") }
func quicOnly(c *Config) {
	c.Listen = listen("/ip4/127.0.0.1/udp/0/quic-v1")
}

func TestConnect(t *testing.T) {
	for name, transport := range map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly} {
		t.Run(name, func(t *testing.T) {
			a := startNode(t, transport, func(c *Config) { c.UserAgent = "metanet/test" })
			b := startNode(t, transport)
			connect(t, b, a)
			peers := b.Peers()
			if len(peers) != 1 {
				t.Fatalf("peers: %v", peers)
			}
			p := peers[0]
			if p.ID != a.ID() || !p.Member || p.Inbound || p.Agent != "metanet/test" ||
				!strings.Contains(p.Addr.String(), name) || time.Since(p.Since) > time.Minute {
				t.Errorf("got %+v", p)
			}
			if got := a.Peers(); len(got) != 1 || !got[0].Inbound {
				t.Errorf("the other side sees %+v", got)
			}
		})
	}
}

func TestPeerEvents(t *testing.T) {
	a, b, c := startNode(t), startNode(t), startNode(t)
	connect(t, a, b)
	ctx, cancel := context.WithCancel(t.Context())
	events := a.PeerEvents(ctx)
	if ev := receive(t, "b is told", events); ev != (PeerEvent{b.ID(), true}) {
		t.Errorf("first event %v", ev)
	}
	connect(t, c, a)
	if ev := receive(t, "c is told", events); ev != (PeerEvent{c.ID(), true}) {
		t.Errorf("second event %v", ev)
	}
	c.Close()
	if ev := receive(t, "c's end is told", events); ev != (PeerEvent{c.ID(), false}) {
		t.Errorf("third event %v", ev)
	}
	cancel()
	if ev, ok := <-events; ok {
		t.Errorf("after the end: %v", ev)
	}
	others := a.PeerEvents(t.Context())
	receive(t, "a second watcher begins with b", others)
	a.Close()
	if ev, ok := <-others; ok {
		t.Errorf("after close: %v", ev)
	}
	if _, ok := <-a.PeerEvents(t.Context()); ok {
		t.Error("events from a closed node")
	}
}

// TestPeerWatcherKeepsLatest: a reader that sleeps is told the last state of each peer, once.
func TestPeerWatcherKeepsLatest(t *testing.T) {
	w := &peerWatcher{wake: make(chan struct{}, 1), pending: make(map[peer.ID]PeerEvent)}
	for range 1000 {
		w.push(PeerEvent{"a", true})
		w.push(PeerEvent{"b", true})
		w.push(PeerEvent{"a", false})
	}
	var got []PeerEvent
	for ev, ok := w.pop(); ok; ev, ok = w.pop() {
		got = append(got, ev)
	}
	if len(got) != 2 || got[0] != (PeerEvent{"a", false}) || got[1] != (PeerEvent{"b", true}) {
		t.Errorf("got %v", got)
	}
}

// TestBootstrapPeerIsFoundAgain: the peer isn't there when the node starts, comes, goes, and comes back at the same
// address.
func TestBootstrapPeerIsFoundAgain(t *testing.T) {
	for name, transport := range map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := testKey(t)
			first := startNode(t, transport, func(c *Config) { c.Key = key })
			place := info(first)
			first.Close()

			a := startNode(t, func(c *Config) { c.Bootstrap = []peer.AddrInfo{place} })
			for range 2 {
				b := startNode(t, func(c *Config) { c.Key, c.Listen = key, place.Addrs })
				began := time.Now()
				eventually(t, "found", func() bool { return a.isMember(b.ID()) && b.isMember(a.ID()) })
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("found only after %v", took)
				}
				b.Close()
				eventually(t, "lost", func() bool { return !a.isMember(b.ID()) })
			}
		})
	}
}

// TestKilledBootstrapPeerIsFoundAgain: a peer in a process of its own is killed, which says no goodbye, and started again.
func TestKilledBootstrapPeerIsFoundAgain(t *testing.T) {
	for name, transport := range map[string]string{"tcp": "/ip4/127.0.0.1/tcp/0", "quic": "/ip4/127.0.0.1/udp/0/quic-v1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := filepath.Join(t.TempDir(), "key")
			child, place := startChild(t, key, transport)
			a := startNode(t, func(c *Config) { c.Bootstrap = []peer.AddrInfo{place} })
			events := a.PeerEvents(t.Context())
			if ev := receive(t, "found", events); !ev.Connected {
				t.Fatal("lost before it was killed")
			}
			child.Process.Kill()
			child.Wait()
			startChild(t, key, place.Addrs[0].String())
			began := time.Now()
			for _, want := range []bool{false, true} {
				if ev := receive(t, "event", events); ev.Connected != want {
					t.Errorf("connected %v, want %v", ev.Connected, want)
				}
			}
			t.Logf("found again after %v", time.Since(began))
		})
	}
}

// startChild runs a node in another process until the test ends.
func startChild(t *testing.T, key, addr string) (*exec.Cmd, peer.AddrInfo) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "P2P_TEST_KEY="+key, "P2P_TEST_LISTEN="+addr)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // its end tells the child to end
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("child doesn't start: %v", err)
	}
	place, err := peer.AddrInfoFromString(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return cmd, *place
}

// TestMain runs a node instead of the tests when startChild says so.
func TestMain(m *testing.M) {
	if path := os.Getenv("P2P_TEST_KEY"); path != "" {
		runChild(path, os.Getenv("P2P_TEST_LISTEN"))
		return
	}
	os.Exit(m.Run())
}

func runChild(path, addr string) {
	key, err := LoadKey(path)
	if err != nil {
		log.Fatal(err)
	}
	n, err := New(context.Background(), Config{Key: key, Network: testNetwork, Listen: listen(addr), Shards: 4})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Addrs()[0])
	io.Copy(io.Discard, os.Stdin)
}

// TestSilentBootstrapPeerIsDialledAgain: the connection stands, but nobody answers pings.
func TestSilentBootstrapPeerIsDialledAgain(t *testing.T) {
	t.Parallel()
	b := startNode(t)
	pinged := make(chan struct{}, 100)
	b.Host().SetStreamHandler(ping.ID, func(s network.Stream) { pinged <- struct{}{} })
	a := startNode(t, func(c *Config) {
		c.Bootstrap = []peer.AddrInfo{info(b)}
		c.timing = defaultTiming
		c.timing.pingEvery, c.timing.pingTimeout = 10*time.Millisecond, 50*time.Millisecond
	})
	events := a.PeerEvents(t.Context())
	for _, want := range []bool{true, false, true} {
		if ev := receive(t, "event", events); ev.Connected != want {
			t.Errorf("connected %v, want %v", ev.Connected, want)
		}
	}
	if len(pinged) < defaultTiming.pingFailures {
		t.Errorf("given up after %d pings", len(pinged))
	}
}

// TestOtherNetwork: both sides notice, part, and don't dial again; a handler sees nothing of the other network.
func TestOtherNetwork(t *testing.T) {
	t.Parallel()
	a := startNode(t)
	if err := a.Subscribe(func(context.Context, peer.ID, int, []byte) Verdict {
		t.Error("message from another network")
		return Accept
	}); err != nil {
		t.Fatal(err)
	}
	other := startNode(t, func(c *Config) {
		c.Network = strings.Repeat("b", 52)
		c.Bootstrap = []peer.AddrInfo{info(a)}
	})
	eventually(t, "both notice", func() bool {
		return a.members.isForeign(other.ID()) && other.members.isForeign(a.ID())
	})
	for i := range 4 {
		if err := other.Publish(t.Context(), i, []byte("hello")); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "parted", func() bool { return len(a.Peers()) == 0 && len(other.Peers()) == 0 })
	for _, n := range []*Node{a, other} {
		if n.members.count() != 0 {
			t.Error("counted as a member")
		}
	}
	if err := a.Connect(t.Context(), info(other)); !errors.Is(err, ErrForeign) {
		t.Errorf("connect: %v, want %v", err, ErrForeign)
	}
	if _, err := a.Pull(t.Context(), other.ID(), PullRequest{}, nil); err == nil {
		t.Error("pulled from another network")
	}
	// Inbound, too, while the quarantine lasts.
	other.members.mu.Lock()
	clear(other.members.foreign)
	other.members.mu.Unlock()
	err := other.Connect(t.Context(), info(a))
	eventually(t, "kept out", func() bool { return len(a.Peers()) == 0 })
	if err == nil {
		eventually(t, "dropped", func() bool { return len(other.Peers()) == 0 })
	}
}

func TestQuarantineEnds(t *testing.T) {
	m := newMembers("/metanet/1/aa", slog.New(slog.DiscardHandler))
	now := time.Now()
	m.now = func() time.Time { return now }
	if !m.quarantine("p") || m.quarantine("p") {
		t.Error("the first time is not told from the second")
	}
	now = now.Add(foreignQuarantine - time.Second)
	if !m.isForeign("p") {
		t.Error("ended early")
	}
	now = now.Add(2 * time.Second)
	if m.isForeign("p") {
		t.Error("never ends")
	}
	for i := range 2 * foreignMax {
		now = now.Add(time.Millisecond)
		m.quarantine(peer.ID(rune(i)))
	}
	if len(m.foreign) > foreignMax {
		t.Errorf("%d peers in quarantine", len(m.foreign))
	}
	if !m.isForeign(peer.ID(rune(2*foreignMax - 1))) {
		t.Error("the newest was forgotten")
	}
}

func TestClassify(t *testing.T) {
	m := newMembers("/metanet/1/aa", slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		protocols []protocol.ID
		want      kind
	}{
		{nil, stranger},
		{[]protocol.ID{"/meshsub/1.2.0", "/ipfs/bitswap/1.2.0"}, stranger},
		{[]protocol.ID{"/meshsub/1.2.0", "/metanet/1/aa/pull/1"}, member},
		{[]protocol.ID{"/metanet/1/bb/pull/1", "/metanet/1/aa/pull/2"}, member},
		{[]protocol.ID{"/meshsub/1.2.0", "/metanet/1/aab/pull/1"}, foreign},
		{[]protocol.ID{"/metanet/2/aa/pull/1"}, foreign},
	} {
		if got := m.classify(c.protocols); got != c.want {
			t.Errorf("%v: %v, want %v", c.protocols, got, c.want)
		}
	}
}

// TestStrangerStays: a host without MetaNet protocols may be connected but is no member.
func TestStrangerStays(t *testing.T) {
	a := startNode(t)
	h := plainHost(t)
	if err := h.Connect(t.Context(), info(a)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "stranger is listed", func() bool {
		ps := a.Peers()
		return len(ps) == 1 && !ps[0].Member
	})
}

func plainHost(tb testing.TB) interface {
	Connect(context.Context, peer.AddrInfo) error
	SetStreamHandler(protocol.ID, network.StreamHandler)
	NewStream(context.Context, peer.ID, ...protocol.ID) (network.Stream, error)
	ID() peer.ID
} {
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay(), libp2p.DisableMetrics())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.Close() })
	return h
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	a := startNode(t, func(c *Config) { c.Registerer = reg })
	b := startNode(t)
	connect(t, a, b)
	if got := gather(t, reg)["metanet_p2p_members"]; got != 1 {
		t.Errorf("members: %v", got)
	}
	cfg := testConfig(t)
	cfg.Registerer = reg
	if n, err := New(t.Context(), cfg); err == nil {
		n.Close()
		t.Error("two nodes on one registry")
	}
	a.Close()
	if _, ok := gather(t, reg)["metanet_p2p_members"]; ok {
		t.Error("metrics outlive the node")
	}
	startNode(t, func(c *Config) { c.Registerer = reg })
}

// gather sums each metric over its labels.
func gather(tb testing.TB, reg *prometheus.Registry) map[string]float64 {
	families, err := reg.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	sums := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			sums[f.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return sums
}

func TestClosedNode(t *testing.T) {
	n := startNode(t)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	_, pull := n.Pull(t.Context(), "p", PullRequest{}, nil)
	for name, err := range map[string]error{
		"connect":   n.Connect(t.Context(), peer.AddrInfo{ID: "p"}),
		"publish":   n.Publish(t.Context(), 0, nil),
		"subscribe": n.Subscribe(nil),
		"pull":      pull,
		"fetch":     n.Fetch(t.Context(), nil, nil, nil),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

// TestCloseLeavesNothing: goroutines of a closed node end, so that a process may start and stop many.
func TestCloseLeavesNothing(t *testing.T) {
	run := func() {
		a := startNode(t, both, withBlocks, func(c *Config) { c.DHT = true })
		b := startNode(t, both, withBlocks)
		subscribe(t, a, nil)
		connect(t, a, b)
		a.PeerEvents(t.Context())
		a.Close()
		b.Close()
	}
	run() // what the libraries start once stays
	before := runtime.NumGoroutine()
	for range 3 {
		run()
	}
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before+2 })
}

func TestDHTFindsPeers(t *testing.T) {
	t.Parallel()
	withDHT := func(boot ...*Node) func(*Config) {
		return func(c *Config) {
			c.DHT = true
			for _, b := range boot {
				c.Bootstrap = append(c.Bootstrap, info(b))
			}
		}
	}
	a := startNode(t, withDHT())
	b := startNode(t, withDHT(a))
	eventually(t, "b knows a", func() bool { return b.isMember(a.ID()) })
	c := startNode(t, withDHT(a))
	eventually(t, "c finds b, whom nobody named", func() bool { return c.isMember(b.ID()) })
}
