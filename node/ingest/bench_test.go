//go:build unix

package ingest

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// bundles makes n posts of about 300 bytes by 100 authors, encoded.
func bundles(b *testing.B, n int, now time.Time) (encoded [][]byte, keys keysFunc) {
	b.Helper()
	type signer struct {
		did  identity.DID
		priv seedSigner
	}
	signers := make([]signer, 100)
	chain := make(map[identity.DID]identity.KeyRecord)
	for i := range signers {
		s := signer{identity.NewDID(testChain, identity.Address{1, byte(i)}), newSeedSigner(byte(i))}
		signers[i] = s
		chain[s.did] = identity.KeyRecord{Key: s.priv.Public(), Purpose: identity.PurposeDevice, AddedAt: uint64(now.Add(-time.Hour).Unix())}
	}
	for i := range n {
		value, err := drisl.Marshal(map[string]any{
			"$type": "app.bsky.feed.post", "createdAt": "2026-01-02T03:04:05.000Z", "langs": []string{"en"},
			"net.metanet.salt": record.NewSalt(), "text": fmt.Sprintf("The %d-th thing that somebody had to say about it", i),
		})
		if err != nil {
			b.Fatal(err)
		}
		s := signers[i%len(signers)]
		path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(syntax.NewTID(now.UnixMicro()+int64(i), 1))}
		bundle, err := record.Sign(testNetwork, s.did, path, syntax.NewTID(now.UnixMicro()+int64(i), 0), value, s.priv)
		if err != nil {
			b.Fatal(err)
		}
		encoded = append(encoded, bundle.Bytes())
	}
	return encoded, func(did identity.DID) (identity.KeyRecord, bool) { k, ok := chain[did]; return k, ok }
}

type keysFunc func(identity.DID) (identity.KeyRecord, bool)

func (f keysFunc) Key(_ context.Context, did identity.DID, _ identity.Key) (identity.KeyRecord, bool, error) {
	k, ok := f(did)
	return k, ok, nil
}

type seedSigner struct{ ed25519.PrivateKey }

func newSeedSigner(n byte) seedSigner {
	seed := [32]byte{n, 7}
	return seedSigner{ed25519.NewKeyFromSeed(seed[:])}
}

func (s seedSigner) Public() identity.Key {
	k, err := identity.ParseKey(s.PrivateKey.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return k
}

func (s seedSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

func openDoor(b *testing.B, keys Keys) *Door {
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
	d := New(Config{
		Network: testNetwork, ChainID: testChain, Params: identity.DefaultParams(), Keys: keys,
		Store: db, Schemas: schemas, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		db.Close()
	})
	return d
}

// BenchmarkDoor is the whole way of LIMITS' straight line (decode, hash, verify,
// commit durably), with schema check, key history and index besides: records a
// second in batches of 1,024 from as many sources as there are cores, as the
// straight line has workers. cpu-µs is what a record costs of all cores, which a
// busy machine disturbs less than time.
func BenchmarkDoor(b *testing.B) {
	encoded, keys := bundles(b, b.N, time.Now())
	d := openDoor(b, keys)
	measure(b, func() { pour(b, d, encoded, Admitted) })
}

// BenchmarkResend is what comes again: each of the records stored lately, exactly
// recognised. Mixed has one new one to nine of those.
func BenchmarkResend(b *testing.B) {
	const known = 100_000
	b.Run("known", func(b *testing.B) {
		encoded, keys := bundles(b, known, time.Now())
		d := openDoor(b, keys)
		pour(b, d, encoded, Admitted)
		again := make([][]byte, 0, b.N)
		for len(again) < b.N {
			again = append(again, encoded[:min(known, b.N-len(again))]...)
		}
		measure(b, func() { pour(b, d, again, Duplicate) })
	})
	b.Run("mixed", func(b *testing.B) {
		encoded, keys := bundles(b, known+b.N/10, time.Now())
		d := openDoor(b, keys)
		pour(b, d, encoded[:known], Admitted)
		mixed := make([][]byte, 0, b.N)
		for i := range b.N {
			if i%10 == 0 && known+i/10 < len(encoded) {
				mixed = append(mixed, encoded[known+i/10])
			} else {
				mixed = append(mixed, encoded[i%known])
			}
		}
		measure(b, func() { pour(b, d, mixed, 0) })
	})
}

// pour sends records from one source a core; want is what becomes of each, 0 any
// but refusal.
func pour(b *testing.B, d *Door, encoded [][]byte, want Status) {
	const batch = 1024
	parts := make(chan [][]byte)
	var sources sync.WaitGroup
	for i := range runtime.GOMAXPROCS(0) {
		sources.Go(func() {
			for part := range parts {
				candidates := make([]Candidate, len(part))
				for j, raw := range part {
					candidates[j] = Candidate{Origin: Sync, From: fmt.Sprint("source ", i), Raw: raw}
				}
				results, err := d.Submit(context.Background(), candidates)
				if err != nil {
					b.Error(err)
				}
				for _, r := range results {
					if r.Status != want && want != 0 || r.Status == Refused {
						b.Error(r)
					}
				}
			}
		})
	}
	for part := range slices.Chunk(encoded, batch) {
		parts <- part
	}
	close(parts)
	sources.Wait()
}

func measure(b *testing.B, work func()) {
	runtime.GC()
	before := processTime(b)
	b.ResetTimer()
	work()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
	b.ReportMetric(float64((processTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/rec")
}

// processTime is what this process has had of all cores.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDoorOne is one record at a time: the latency from put to durable.
func BenchmarkDoorOne(b *testing.B) {
	encoded, keys := bundles(b, b.N, time.Now())
	d := openDoor(b, keys)
	b.ResetTimer()
	for _, raw := range encoded {
		c, err := Decode(Local, "bench", raw, false)
		if err != nil {
			b.Fatal(err)
		}
		if results, err := d.Submit(context.Background(), c); err != nil || results[0].Status != Admitted {
			b.Fatal(results, err)
		}
	}
}
