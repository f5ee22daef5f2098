//go:build unix

package pull

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/bench/town"
	"metanet/node/ingest"
	"metanet/p2p"
)

// benchAuthors write the records of the benchmarks, as those of the straight line.
const benchAuthors = 100

type authors struct{}

func (authors) signer(n int) signer {
	seed := [32]byte{byte(n), 7}
	return signer{ed25519.NewKeyFromSeed(seed[:])}
}

func (authors) did(n int) identity.DID { return identity.NewDID(31337, identity.Address{1, byte(n)}) }

// Key is ingest.Keys'.
func (a authors) Key(_ context.Context, did identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	return identity.KeyRecord{Key: key, Purpose: identity.PurposeDevice, AddedAt: 1}, true, nil
}

// posts puts n records of some 300 bytes into db.
func (a authors) posts(b *testing.B, db *store.DB, n int) {
	b.Helper()
	now := time.Now().UnixMicro()
	var batch []store.Admission
	for i := range n {
		value, err := drisl.Marshal(map[string]any{
			"$type": "app.bsky.feed.post", "createdAt": "2026-01-02T03:04:05.000Z", "langs": []string{"en"},
			"net.metanet.salt": record.NewSalt(), "text": fmt.Sprintf("The %d-th thing that somebody had to say about it", i),
		})
		if err != nil {
			b.Fatal(err)
		}
		rev := syntax.NewTID(now-int64(n-i), 0)
		r, err := record.Sign(identity.Network{1}, a.did(i%benchAuthors), record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rev)}, rev, value, a.signer(i%benchAuthors))
		if err != nil {
			b.Fatal(err)
		}
		batch = append(batch, store.Admission{Bundle: r, Standing: identity.Provisional, Received: time.Now()})
		if len(batch) == 1024 || i == n-1 {
			if _, err := db.Commit(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
}

func benchStore(b *testing.B) *store.DB {
	b.Helper()
	db, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	index.New(db)
	b.Cleanup(func() { db.Close() })
	return db
}

func benchDoor(b *testing.B, db *store.DB) *ingest.Door {
	b.Helper()
	schemas, err := record.NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	d := ingest.New(ingest.Config{
		Network: identity.Network{1}, ChainID: 31337, Params: identity.DefaultParams(), Keys: authors{},
		Store: db, Schemas: schemas, Now: time.Now, Logger: quiet,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return d
}

func benchPeer(b *testing.B) *p2p.Node {
	b.Helper()
	key, err := p2p.LoadKey(filepath.Join(b.TempDir(), "key"))
	if err != nil {
		b.Fatal(err)
	}
	n, err := p2p.New(b.Context(), p2p.Config{Key: key, Network: "aaaa", Listen: []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/127.0.0.1/tcp/0")}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	return n
}

// BenchmarkCatchUp is a new node that fetches all records of one (some) peers over
// real connections, verifies them and commits them durably: the whole way, with both
// sides on this machine's cores.
func BenchmarkCatchUp(b *testing.B) {
	for _, sources := range []int{1, 3} {
		b.Run(fmt.Sprint("sources-", sources), func(b *testing.B) {
			theirs, ours := benchStore(b), benchStore(b)
			authors{}.posts(b, theirs, b.N)
			here := benchPeer(b)
			c, err := NewComparison(here, benchDoor(b, ours), ours, time.Now, quiet, nil)
			if err != nil {
				b.Fatal(err)
			}
			var peers []peer.ID
			for range sources {
				there := benchPeer(b)
				there.ServeAnswers(Answers{theirs}.Answer)
				if err := here.Host().Connect(b.Context(), peer.AddrInfo{ID: there.ID(), Addrs: there.Host().Addrs()}); err != nil {
					b.Fatal(err)
				}
				peers = append(peers, there.ID())
			}
			runtime.GC()
			before := processorTime(b)
			b.ResetTimer()
			errs := make(chan error, sources)
			for _, p := range peers {
				go func() {
					_, _, err := c.Run(b.Context(), p)
					errs <- err
				}()
			}
			for range peers {
				if err := <-errs; err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			x, err := headOf(theirs)
			y, err2 := headOf(ours)
			if err != nil || err2 != nil || !slices.Equal(x.shards[:], y.shards[:]) {
				b.Fatal("they differ", err, err2)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/rec")
		})
	}
}

// processorTime is what this process has had of all cores.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIdle is a comparison with a peer that has the same. METANET_BENCH_STORE names
// a store to take (`make bench-large` makes one); otherwise a small one is made.
func BenchmarkIdle(b *testing.B) {
	db := benchStore(b)
	if dir := os.Getenv("METANET_BENCH_STORE"); dir != "" {
		var err error
		if db, err = store.Open(dir, store.Options{}); err != nil {
			b.Fatal(err)
		}
		index.New(db)
		b.Cleanup(func() { db.Close() })
	} else {
		inhabit(b, townRecords, db)
	}
	ours, wire := comparing(b, db, db)
	b.ResetTimer()
	for range b.N {
		if _, _, err := ours.Run(b.Context(), other); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(wire.bytes)/float64(b.N), "bytes")
	b.ReportMetric(float64(db.LastSeq()), "changes")
}

// BenchmarkDifference is a comparison with a peer that has some records more, the
// newest.
func BenchmarkDifference(b *testing.B) {
	for _, many := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			theirs, ours := benchStore(b), benchStore(b)
			inhabit(b, townRecords, theirs)
			inhabit(b, townRecords-many, ours)
			b.ResetTimer()
			c, wire := comparing(b, theirs, ours)
			if _, _, err := c.Run(b.Context(), other); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(wire.bytes)/float64(many), "bytes/rec")
			b.ReportMetric(float64(wire.asked), "questions")
		})
	}
}

const townRecords = 50_000

// inhabit fills a store with so many records of one town.
func inhabit(b *testing.B, n int, db *store.DB) {
	b.Helper()
	t, err := town.New(b.Context(), town.Plan{Records: townRecords, People: 1000, Span: 365 * 24 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < n; {
		var batch []store.Admission
		for ; i < n && len(batch) < 4096; i++ {
			r, err := t.Record(i)
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, store.Admission{Bundle: r, Standing: identity.Provisional, Received: t.Time(i)})
		}
		if _, err := db.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// comparing is ours, which asks theirs without a network between.
func comparing(b *testing.B, theirs, ours *store.DB) (*Comparison, *direct) {
	b.Helper()
	wire := &direct{answers: func(q []byte, send func([]byte) error) error {
		return Answers{theirs}.Answer(b.Context(), "", q, send)
	}}
	c, err := NewComparison(wire, &storing{db: ours}, ours, time.Now, quiet, nil)
	if err != nil {
		b.Fatal(err)
	}
	return c, wire
}
