package p2p

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// patience is how long a test waits for what must happen. It is long because a loaded machine is slow, and costs
// nothing when all is well.
const patience = 20 * time.Second

const testNetwork = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func testKey(tb testing.TB) crypto.PrivKey {
	tb.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func testConfig(tb testing.TB) Config {
	return Config{Key: testKey(tb), Network: testNetwork, Listen: listen("/ip4/127.0.0.1/tcp/0"), Shards: 4}
}

func listen(addrs ...string) []multiaddr.Multiaddr {
	var as []multiaddr.Multiaddr
	for _, a := range addrs {
		as = append(as, multiaddr.StringCast(a))
	}
	return as
}

// startNode runs a node until the test ends; change alters its configuration before.
func startNode(tb testing.TB, change ...func(*Config)) *Node {
	tb.Helper()
	cfg := testConfig(tb)
	for _, f := range change {
		f(&cfg)
	}
	n, err := New(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := n.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return n
}

func info(n *Node) peer.AddrInfo {
	return peer.AddrInfo{ID: n.ID(), Addrs: n.Host().Addrs()}
}

// connect connects a with b and waits until both know the other as a member.
func connect(tb testing.TB, a, b *Node) {
	tb.Helper()
	if err := a.Connect(tb.Context(), info(b)); err != nil {
		tb.Fatal(err)
	}
	eventually(tb, "both are members", func() bool { return a.isMember(b.ID()) && b.isMember(a.ID()) })
}

func (n *Node) isMember(p peer.ID) bool {
	_, ok := n.members.since(p)
	return ok
}

func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Fatalf("never: %s", what)
		}
	}
}

func receive[T any](tb testing.TB, what string, c <-chan T) T {
	tb.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		tb.Fatalf("never: %s", what)
		panic("unreachable")
	}
}
