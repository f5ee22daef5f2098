//go:build unix

package p2p

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// cpu is the processor time that this process has used; on a shared machine it tells more than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report adds how many things a second, and the processor time of each.
func report(b *testing.B, n int, began time.Duration, unit string) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), unit+"/s")
	b.ReportMetric(float64((cpu()-began).Microseconds())/float64(n), "cpu-us/"+unit)
}

var transports = map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly}

// BenchmarkGossip publishes 400-byte messages from one node to another, with at most window of them under way.
func BenchmarkGossip(b *testing.B) {
	const window = 512
	for name, transport := range transports {
		b.Run(name, func(b *testing.B) {
			from, to := startNode(b, transport), startNode(b, transport)
			slots := make(chan struct{}, window)
			if err := to.Subscribe(func(context.Context, peer.ID, int, []byte) Verdict {
				<-slots
				return Accept
			}); err != nil {
				b.Fatal(err)
			}
			connect(b, from, to)
			follows(b, from, to)
			var seq uint64
			began := cpu()
			for b.Loop() {
				seq++
				data := make([]byte, 400)
				binary.BigEndian.PutUint64(data, seq)
				select {
				case slots <- struct{}{}:
				case <-time.After(patience):
					b.Fatal("a message was lost")
				}
				if err := from.Publish(b.Context(), 0, data); err != nil {
					b.Fatal(err)
				}
			}
			eventually(b, "all arrive", func() bool { return len(slots) == 0 })
			report(b, b.N, began, "msg")
		})
	}
}

// BenchmarkGossipBurst publishes as fast as it goes and reports what is lost.
func BenchmarkGossipBurst(b *testing.B) {
	const burst = 50_000
	for name, transport := range transports {
		b.Run(name, func(b *testing.B) {
			from, to := startNode(b, transport), startNode(b, transport)
			var got atomic.Int64
			if err := to.Subscribe(func(context.Context, peer.ID, int, []byte) Verdict {
				got.Add(1)
				return Accept
			}); err != nil {
				b.Fatal(err)
			}
			connect(b, from, to)
			follows(b, from, to)
			var seq uint64
			for b.Loop() {
				for range burst {
					seq++
					data := make([]byte, 400)
					binary.BigEndian.PutUint64(data, seq)
					if err := from.Publish(b.Context(), 0, data); err != nil {
						b.Fatal(err)
					}
				}
				for last := int64(-1); got.Load() != last; time.Sleep(100 * time.Millisecond) {
					last = got.Load()
				}
			}
			b.ReportMetric(float64(int64(seq)-got.Load())/float64(b.N), "lost/burst")
		})
	}
}

// BenchmarkPull moves frames of 400 bytes.
func BenchmarkPull(b *testing.B) {
	for name, transport := range transports {
		b.Run(name, func(b *testing.B) {
			client, server := serving(b, sendFunc(func(send func(Frame) error) error {
				data := make([]byte, 400)
				for i := range b.N {
					if err := send(Frame{Seq: uint64(i + 1), Payload: data}); err != nil {
						return err
					}
				}
				return nil
			}), transport)
			b.ResetTimer()
			began := cpu()
			res, err := client.Pull(b.Context(), server.ID(), PullRequest{}, func(Frame) error { return nil })
			if err != nil || res.Frames != b.N {
				b.Fatalf("%d frames, %v", res.Frames, err)
			}
			report(b, b.N, began, "frame")
		})
	}
}

// BenchmarkFetch gets 1,000 blocks of 300 bytes at a time.
func BenchmarkFetch(b *testing.B) {
	for name, transport := range transports {
		b.Run(name, func(b *testing.B) {
			round, began := 0, cpu()
			from, to := startNode(b, transport, withBlocks), startNode(b, transport, withBlocks)
			connect(b, from, to)
			for b.Loop() {
				b.StopTimer()
				round++
				cids := put(b, 1000, 300+round, from) // Bitswap is slow to send again what it has just sent
				b.StartTimer()
				if err := to.Fetch(b.Context(), cids, nil, basket{}.take); err != nil {
					b.Fatal(err)
				}
			}
			report(b, 1000*b.N, began, "block")
		})
	}
}
