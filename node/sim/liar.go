package sim

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/p2p"
)

const liesEvery = 2 * time.Second

// liar is a peer that takes part and tells lies: bytes that are nothing, records
// with wrong signatures, what is old, feeds and answers that are made up.
type liar struct {
	peer *p2p.Node
	r    *rand.Rand
	end  context.CancelFunc
	work sync.WaitGroup
	told int
	once sync.Once

	mu    sync.Mutex
	heard [][]byte // messages
	asked atomic.Int64
}

func (w *world) newLiar(ctx context.Context, n int) (*liar, error) {
	s, err := w.newSite(n)
	if err != nil {
		return nil, err
	}
	if err := s.db.Close(); err != nil { // it keeps nothing
		return nil, err
	}
	l := &liar{r: rand.New(rand.NewPCG(w.plan.Seed, uint64(n)+10_000))}
	if l.peer, err = p2p.New(ctx, s.config(slog.New(slog.DiscardHandler))); err != nil {
		return nil, err
	}
	l.peer.ServePull(l)
	l.peer.ServeAnswers(l.answer)
	ctx, l.end = context.WithCancel(context.WithoutCancel(ctx))
	l.work.Go(func() { l.lie(ctx) })
	return l, l.peer.Subscribe(l.hear)
}

func (l *liar) hear(_ context.Context, _ peer.ID, _ int, data []byte) p2p.Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.heard) < 1000 {
		l.heard = append(l.heard, bytes.Clone(data))
	}
	return p2p.Ignore // and swallows it
}

func (l *liar) lie(ctx context.Context) {
	for {
		select {
		case <-time.After(liesEvery):
		case <-ctx.Done():
			return
		}
		if shard, m := l.message(); l.peer.Publish(ctx, shard, m) == nil {
			l.told++
		}
	}
}

// message is a lie: noise, a message as it was, or one with a bit turned.
func (l *liar) message() (shard int, m []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	shard = l.r.IntN(shards)
	if len(l.heard) == 0 || l.r.IntN(3) == 0 {
		return shard, record.EncodeMessage([][]byte{[]byte("nothing that anybody signed")})
	}
	m = bytes.Clone(l.heard[l.r.IntN(len(l.heard))])
	if l.r.IntN(2) == 0 {
		m[l.r.IntN(len(m))] ^= 1 << l.r.IntN(8)
	}
	return shard, m
}

// Head promises a feed.
func (l *liar) Head(context.Context) (p2p.PullHead, error) {
	return p2p.PullHead{Store: p2p.StoreID{1}, Newest: 1_000_000}, nil
}

// Changes sends noise, and says that it was much.
func (l *liar) Changes(_ context.Context, _ peer.ID, after uint64, limit int, send func(p2p.Frame) error) (uint64, error) {
	l.asked.Add(1)
	for i := range min(max(limit, 1), 64) {
		if err := send(p2p.Frame{Seq: after + uint64(i) + 1, Payload: l.noise()}); err != nil {
			return after, err
		}
	}
	return after + 100_000, nil
}

func (l *liar) noise() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := make([]byte, 32+l.r.IntN(200))
	for i := range b {
		b[i] = byte(l.r.Uint32())
	}
	return b
}

func (l *liar) answer(_ context.Context, _ peer.ID, _ []byte, send func([]byte) error) error {
	l.asked.Add(1)
	return send(l.noise())
}

// stop ends the liar; told is how many lies it got out.
func (l *liar) stop() {
	l.once.Do(func() {
		l.end()
		l.work.Wait()
		_ = l.peer.Close() // nobody minds
		l.told += int(l.asked.Load())
	})
}
