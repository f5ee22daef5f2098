//go:build unix

package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	p2pnetwork "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/identity"
)

// BenchmarkStraightStream is the straight line behind a wire: one host reads all
// records from a store and writes them into one stream, each behind its length; another
// takes the straight line with them. Nothing is compared or asked for. A node that
// catches up (node/pull, BenchmarkCatchUp) is held against it.
func BenchmarkStraightStream(b *testing.B) {
	encoded, id := straightRecords(b, b.N)
	way := &straight{batch: 1024, verify: verifyBatch, known: knownByGet}
	from, to := way.open(b), way.open(b)
	for i, raw := range encoded {
		if err := from.Set(binary.BigEndian.AppendUint64(nil, uint64(i)), raw, pebble.NoSync); err != nil {
			b.Fatal(err)
		}
	}
	source, sink := streamHost(b), streamHost(b)
	source.SetStreamHandler("/straight", func(s p2pnetwork.Stream) {
		if err := errors.Join(sendAll(from, s), s.Close()); err != nil {
			b.Error(err)
		}
	})
	if err := sink.Connect(b.Context(), peer.AddrInfo{ID: source.ID(), Addrs: source.Addrs()}); err != nil {
		b.Fatal(err)
	}
	encoded = nil
	runtime.GC()
	before := processTime(b)
	b.ResetTimer()
	s, err := sink.NewStream(b.Context(), source.ID(), "/straight")
	if err != nil {
		b.Fatal(err)
	}
	if err := s.CloseWrite(); err != nil { // which is what asks
		b.Fatal(err)
	}
	way.take(b, to, id, s)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rec/s")
	b.ReportMetric(float64((processTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/rec")
}

// take goes the straight line with all that comes, on as many workers as there are cores.
func (s *straight) take(b *testing.B, db *pebble.DB, id identity.Network, from io.Reader) {
	var wg sync.WaitGroup
	batches := make(chan [][]byte)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for part := range batches {
				if err := s.write(db, "", s.entries(b, db, id, part)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	n, r := 0, bufio.NewReaderSize(from, 128<<10)
	var part [][]byte
	for {
		raw, err := readFramed(r)
		if err == nil {
			part, n = append(part, raw), n+1
		}
		if len(part) == s.batch || err != nil && len(part) > 0 {
			batches <- part
			part = nil
		}
		if err != nil {
			break
		}
	}
	close(batches)
	wg.Wait()
	if n != b.N {
		b.Fatalf("%d of %d records came", n, b.N)
	}
}

func readFramed(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	raw := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(r, raw)
	return raw, err
}

func sendAll(db *pebble.DB, to io.Writer) error {
	w := bufio.NewWriterSize(to, 128<<10)
	it, err := db.NewIter(nil)
	if err != nil {
		return err
	}
	var head [4]byte
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err == nil {
			binary.BigEndian.PutUint32(head[:], uint32(len(value)))
			_, err = w.Write(head[:])
		}
		if err == nil {
			_, err = w.Write(value)
		}
	}
	return errors.Join(err, it.Close(), w.Flush())
}

func streamHost(b *testing.B) host.Host {
	b.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { h.Close() })
	return h
}
