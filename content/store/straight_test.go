package store

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
)

// BenchmarkStraightLine is what the machine gives for the least that any node
// must do with a record: decode, hash, verify in batches, drop duplicates by Get,
// and commit it durably with six index keys of about 60 bytes, on all cores. No
// merging, no schema, no history of keys. The door is held against it in the same
// run.
func BenchmarkStraightLine(b *testing.B) {
	const batch = 1024
	encoded, network := straightRecords(b, b.N)
	o := &pebble.Options{
		MemTableSize: memTable, MemTableStopWritesThreshold: maxMemTables, L0CompactionThreshold: 4, L0StopWritesThreshold: 24,
		FormatMajorVersion: pebble.FormatNewest, CacheSize: DefaultCacheSize, Logger: quiet{},
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	db, err := pebble.Open(b.TempDir(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	b.ResetTimer()
	var wg sync.WaitGroup
	batches := make(chan [][]byte)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for part := range batches {
				straightBatch(b, db, network, part)
			}
		})
	}
	for part := range slices.Chunk(encoded, batch) {
		batches <- part
	}
	close(batches)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
}

func straightBatch(b testing.TB, db *pebble.DB, network identity.Network, encoded [][]byte) {
	type entry struct{ key, value []byte }
	signatures := identity.NewBatch(len(encoded))
	var entries []entry
	for _, raw := range encoded {
		r, err := record.Decode(raw) // hashes the value, too
		if err != nil {
			b.Error(err)
			return
		}
		id := sha256.Sum256(r.EnvelopeBytes())
		if _, closer, err := db.Get(id[:]); err == nil {
			closer.Close()
			continue
		}
		signatures.Add(r.Key, r.SigningBytes(network), r.Sig[:])
		entries = append(entries, entry{id[:], raw})
		for i := range 6 {
			key := append([]byte{byte(i)}, r.DID...)
			entries = append(entries, entry{append(key, id[:8]...), nil})
		}
	}
	if slices.Contains(signatures.Verify(), false) {
		b.Error("a signature doesn't verify")
	}
	slices.SortFunc(entries, func(x, y entry) int { return slices.Compare(x.key, y.key) })
	batch := db.NewBatch()
	for _, e := range entries {
		if err := batch.Set(e.key, e.value, nil); err != nil {
			b.Error(err)
		}
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		b.Error(err)
	}
}

// quiet keeps the engine's log out of the figures.
type quiet struct{}

func (quiet) Infof(string, ...any)           {}
func (quiet) Errorf(string, ...any)          {}
func (quiet) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

type straightSigner struct{ ed25519.PrivateKey }

func (s straightSigner) Public() identity.Key {
	key, err := identity.ParseKey(s.PrivateKey.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return key
}

func (s straightSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

// straightRecords makes the same kind of posts as the door's benchmark.
func straightRecords(b *testing.B, n int) (encoded [][]byte, network identity.Network) {
	b.Helper()
	now := time.Now().UnixMicro()
	signers := make([]straightSigner, 100)
	for i := range signers {
		seed := [32]byte{byte(i), 7}
		signers[i] = straightSigner{ed25519.NewKeyFromSeed(seed[:])}
	}
	for i := range n {
		value, err := drisl.Marshal(map[string]any{
			"$type": "app.bsky.feed.post", "createdAt": "2026-01-02T03:04:05.000Z", "langs": []string{"en"},
			"net.metanet.salt": record.NewSalt(), "text": fmt.Sprintf("The %d-th thing that somebody had to say about it", i),
		})
		if err != nil {
			b.Fatal(err)
		}
		did := identity.NewDID(31337, identity.Address{1, byte(i % len(signers))})
		path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(syntax.NewTID(now+int64(i), 1))}
		r, err := record.Sign(network, did, path, syntax.NewTID(now+int64(i), 0), value, signers[i%len(signers)])
		if err != nil {
			b.Fatal(err)
		}
		encoded = append(encoded, r.Bytes())
	}
	return encoded, network
}
