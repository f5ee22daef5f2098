//go:build unix

package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/content/store/engine/disk"
	"metanet/identity"
)

// BenchmarkStraightLine is what the machine gives for the least that any node
// must do with a record: decode, hash, verify, drop duplicates and commit it durably
// with six index keys of about 60 bytes, on all cores. No merging, no schema, no
// history of keys. The door is held against row batch-1024 of the same run.
func BenchmarkStraightLine(b *testing.B) {
	for _, row := range []struct {
		name string
		way  *straight
	}{
		{"naive", &straight{batch: 1, workers: 64, verify: verifyStandard, known: knownByGet}},
		{"batch-1024-standard", &straight{batch: 1024, verify: verifyStandard, known: knownByGet}},
		{"batch-256", &straight{batch: 256, verify: verifyBatch, known: knownByGet}},
		{"batch-1024", &straight{batch: 1024, verify: verifyBatch, known: knownByGet}},
		{"batch-1024-drisl", &straight{batch: 1024, verify: verifyBatch, known: knownByGet, general: true}},
		{"batch-1024-memory", &straight{batch: 1024, verify: verifyBatch, known: new(memorySet).has}},
		{"tables", &straight{batch: 20_000, verify: verifyBatch, known: knownByGet, tables: true}},
		{"tables-no-get", &straight{batch: 20_000, verify: verifyBatch, known: knownNever, tables: true}},
	} {
		b.Run(row.name, func(b *testing.B) { row.way.run(b) })
	}
}

// straight is one way to go the straight line.
type straight struct {
	batch   int // records in one durable write
	workers int // 0: one a core
	verify  func([]*record.Bundle, identity.Network) bool
	known   func(*pebble.DB, [32]byte) bool
	general bool // read by the general codec besides
	tables  bool // written as sorted tables, past the log

	table atomic.Int64
}

func (s *straight) run(b *testing.B) {
	encoded, network := straightRecords(b, b.N)
	db := s.open(b)
	dir, before := b.TempDir(), processTime(b)
	b.ResetTimer()
	var wg sync.WaitGroup
	batches := make(chan [][]byte)
	for range max(s.workers, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for part := range batches {
				if err := s.write(db, dir, s.entries(b, db, network, part)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for part := range slices.Chunk(encoded, s.batch) {
		batches <- part
	}
	close(batches)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
	b.ReportMetric(float64((processTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/rec")
}

// open makes an empty store, tuned as ours.
func (s *straight) open(b *testing.B) *pebble.DB {
	b.Helper()
	o := &pebble.Options{
		MemTableSize: disk.DefaultBufferSize, MemTableStopWritesThreshold: 4, L0CompactionThreshold: 4, L0StopWritesThreshold: 24,
		FormatMajorVersion: pebble.FormatNewest, CacheSize: disk.DefaultCacheSize, Logger: quiet{},
	}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(b.TempDir(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

// processTime is what this process has had of all cores.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type straightEntry struct{ key, value []byte }

// entries is what a batch has to write, in order.
func (s *straight) entries(b *testing.B, db *pebble.DB, network identity.Network, encoded [][]byte) (entries []straightEntry) {
	bundles := make([]*record.Bundle, 0, len(encoded))
	for _, raw := range encoded {
		r, err := record.Decode(raw) // hashes the value, too
		if err != nil {
			b.Error(err)
			return nil
		}
		if s.general {
			var envelope, value any
			if err := errors.Join(drisl.Unmarshal(r.EnvelopeBytes(), &envelope), drisl.Unmarshal(r.Value, &value)); err != nil {
				b.Error(err)
			}
		}
		id := sha256.Sum256(r.EnvelopeBytes())
		if s.known(db, id) {
			continue
		}
		bundles = append(bundles, r)
		entries = append(entries, straightEntry{id[:], raw})
		for i := range 6 {
			key := append([]byte{byte(i)}, r.DID...)
			entries = append(entries, straightEntry{append(key, id[:8]...), nil})
		}
	}
	if !s.verify(bundles, network) {
		b.Error("a signature doesn't verify")
	}
	slices.SortFunc(entries, func(x, y straightEntry) int { return slices.Compare(x.key, y.key) })
	return entries
}

func verifyBatch(bundles []*record.Bundle, network identity.Network) bool {
	signatures := identity.NewBatch(len(bundles))
	for _, r := range bundles {
		signatures.Add(r.Key, r.SigningBytes(network), r.Sig[:])
	}
	return !slices.Contains(signatures.Verify(), false)
}

func verifyStandard(bundles []*record.Bundle, network identity.Network) bool {
	for _, r := range bundles {
		if !ed25519.Verify(r.Key[:], r.SigningBytes(network), r.Sig[:]) {
			return false
		}
	}
	return true
}

func knownByGet(db *pebble.DB, id [32]byte) bool {
	_, closer, err := db.Get(id[:])
	return err == nil && closer.Close() == nil
}

func knownNever(*pebble.DB, [32]byte) bool { return false }

// memorySet knows all that was written since the process began.
type memorySet struct {
	mu  sync.Mutex
	all map[[32]byte]struct{}
}

func (m *memorySet) has(_ *pebble.DB, id [32]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = make(map[[32]byte]struct{})
	}
	_, ok := m.all[id]
	m.all[id] = struct{}{}
	return ok
}

func (s *straight) write(db *pebble.DB, dir string, entries []straightEntry) error {
	if s.tables {
		return s.ingest(db, filepath.Join(dir, fmt.Sprint(s.table.Add(1))), entries)
	}
	batch := db.NewBatch()
	for _, e := range entries {
		if err := batch.Set(e.key, e.value, nil); err != nil {
			return err
		}
	}
	return batch.Commit(pebble.Sync)
}

func (s *straight) ingest(db *pebble.DB, file string, entries []straightEntry) error {
	f, err := vfs.Default.Create(file, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), sstable.WriterOptions{TableFormat: db.TableFormat()})
	for _, e := range entries {
		if err := w.Set(e.key, e.value); err != nil {
			return errors.Join(err, w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return db.Ingest(context.Background(), []string{file})
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
