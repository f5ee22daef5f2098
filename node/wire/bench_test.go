package wire

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/p2p"
)

// window is how many messages may be under way.
const perMessage, window = 16, 256

// always is a chain on which everybody's key lives.
type always struct{}

func (always) Key(_ context.Context, _ identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	return identity.KeyRecord{Key: key, Purpose: identity.PurposeDevice, AddedAt: 1, AddedBlock: 1}, true, nil
}

// BenchmarkGossip is records of some hundred authors from one node's publishing, sixteen a message,
// until they are verified and durable at another (door), and until they were only
// heard there (heard), both in one process.
func BenchmarkGossip(b *testing.B) {
	b.Run("heard", func(b *testing.B) {
		gossip(b, func(b *testing.B, to *p2p.Node) func() int {
			var heard atomic.Int64
			if err := to.Subscribe(func(context.Context, peer.ID, int, []byte) p2p.Verdict {
				heard.Add(perMessage)
				return p2p.Accept
			}); err != nil {
				b.Fatal(err)
			}
			return func() int { return int(heard.Load()) }
		})
	})
	b.Run("door", func(b *testing.B) {
		gossip(b, func(b *testing.B, to *p2p.Node) func() int {
			db, door := openDoor(b)
			if err := Join(to, db, door, slog.New(slog.DiscardHandler)); err != nil {
				b.Fatal(err)
			}
			return func() int { return int(db.LastSeq()) }
		})
	})
}

func gossip(b *testing.B, join func(*testing.B, *p2p.Node) (arrived func() int)) {
	from, to := startPeer(b), startPeer(b)
	arrived := join(b, to)
	if err := from.Connect(b.Context(), peer.AddrInfo{ID: to.ID(), Addrs: to.Host().Addrs()}); err != nil {
		b.Fatal(err)
	}
	const warm = 100
	n := (b.N + perMessage - 1) / perMessage
	all := messages(b, warm+n)
	for i := 0; arrived() == 0; i++ { // until the other is known to listen
		if err := from.Publish(b.Context(), 0, all[i]); err != nil || i == warm-1 {
			b.Fatal("nothing arrives", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	before := arrived()
	b.ResetTimer()
	for i, m := range all[warm:] {
		for i*perMessage-(arrived()-before) > window*perMessage {
			time.Sleep(100 * time.Microsecond)
		}
		if err := from.Publish(b.Context(), 0, m); err != nil {
			b.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); arrived()-before < n*perMessage; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d records arrived", arrived()-before, n*perMessage)
		}
	}
	b.ReportMetric(float64(n*perMessage)/b.Elapsed().Seconds(), "rec/s")
}

var (
	network = identity.Network{1}
	authors = 100
)

// messages are posts, each of another author than the one before.
func messages(b *testing.B, n int) [][]byte {
	all := make([][]byte, n)
	at := time.Now().UnixMicro()
	for i := range all {
		bundles := make([][]byte, perMessage)
		for k := range bundles {
			at++
			who := byte(i*perMessage+k) % byte(authors)
			value, err := drisl.Marshal(map[string]any{
				"$type": "app.bsky.feed.post", "createdAt": "2026-01-01T00:00:00Z", "text": fmt.Sprint("what somebody had to say, number ", at), "net.metanet.salt": make([]byte, record.SaltSize),
			})
			if err != nil {
				b.Fatal(err)
			}
			path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(syntax.NewTID(at, 0))}
			r, err := record.Sign(network, identity.NewDID(1, identity.Address{who}), path, syntax.NewTID(at-60e6, 0), value, testSigner{ed25519.NewKeyFromSeed(append(make([]byte, 31), who))})
			if err != nil {
				b.Fatal(err)
			}
			bundles[k] = r.Bytes()
		}
		all[i] = record.EncodeMessage(bundles)
	}
	return all
}

func startPeer(b *testing.B) *p2p.Node {
	b.Helper()
	key, _, err := crypto.GenerateEd25519Key(nil)
	if err != nil {
		b.Fatal(err)
	}
	n, err := p2p.New(b.Context(), p2p.Config{Key: key, Network: network.String(), Shards: 1, Listen: []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/127.0.0.1/tcp/0")}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	return n
}

func openDoor(b *testing.B) (*store.DB, *ingest.Door) {
	b.Helper()
	db, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	index.New(db)
	schemas, err := record.NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	door := ingest.New(ingest.Config{
		Network: network, ChainID: 1, Params: identity.DefaultParams(), Keys: always{},
		Store: db, Schemas: schemas, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- door.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		db.Close()
	})
	return db, door
}
