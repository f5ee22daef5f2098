package pull

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// spread puts records of many authors, so that they are in all shards.
func (s *side) spread(t testing.TB, from, to int) {
	t.Helper()
	key := signer{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	var batch []store.Admission
	for n := from; n < to; n++ {
		path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(fmt.Sprint("r", n))}
		b, err := record.Sign(identity.Network{1}, identity.NewDID(31337, identity.Address{byte(n), byte(n >> 8 % 7)}), path, syntax.NewTID(int64(n+1), 1), nil, key)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, store.Admission{Bundle: b, Standing: identity.Provisional, Received: time.Now()})
	}
	if _, err := s.db.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// lines asks one store through several peers, each with a pace of its own.
type lines struct {
	answers Answers
	pace    map[peer.ID]time.Duration // for each record
	took    func()                    // after each record
}

func (l *lines) Ask(ctx context.Context, from peer.ID, question []byte, take func([]byte) error) error {
	return l.answers.Answer(ctx, from, question, func(b []byte) error {
		if question[0] == askFetch {
			time.Sleep(l.pace[from])
			l.took()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return take(b)
	})
}

// What is said to be left is right within a factor of two from the first tenth to where
// the slowest peer may be left alone with its last shard, also when several share the
// work; and, when one more has come, from half a minute later.
func TestRemaining(t *testing.T) {
	const records = 20_000
	for name, peers := range map[string]map[peer.ID]struct{ starts, pace time.Duration }{
		"one":             {"a": {0, 10 * time.Millisecond}},
		"two":             {"a": {0, 10 * time.Millisecond}, "b": {0, 30 * time.Millisecond}},
		"one comes later": {"a": {0, 20 * time.Millisecond}, "b": {80 * time.Second, 8 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				theirs := newSide(t, nil)
				theirs.spread(t, 0, records)
				wire := &lines{answers: Answers{theirs.db}, pace: make(map[peer.ID]time.Duration)}
				ours := newSide(t, wire)
				ours.spread(t, 0, records/20)
				type sample struct {
					at   time.Time
					left time.Duration
				}
				var settled time.Time // when all are there and known
				var slowest time.Duration
				for p, how := range peers {
					slowest = max(slowest, how.pace)
					wire.pace[p] = how.pace
					if how.starts > 0 {
						settled = time.Now().Add(how.starts + paceHalf)
					}
				}
				var mu sync.Mutex
				var samples []sample
				wire.took = func() {
					c := ours.Progress()
					mu.Lock()
					defer mu.Unlock()
					if c.Fetched > records/10 && time.Now().After(settled) {
						samples = append(samples, sample{time.Now(), c.Remaining})
					}
				}
				var wg sync.WaitGroup
				for p, how := range peers {
					wg.Go(func() {
						time.Sleep(how.starts)
						if _, _, err := ours.Run(t.Context(), p); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				ended := time.Now()
				if theirs.shardHeads(t) != ours.shardHeads(t) || len(samples) < records/4 {
					t.Fatalf("not all came; %d samples", len(samples))
				}
				wrong := 0
				for _, s := range samples {
					true := ended.Sub(s.at)
					if true < 2*slowest*records/store.ItemShards {
						break
					}
					if s.left < true/2 || s.left > 2*true {
						if wrong++; wrong < 5 {
							t.Errorf("%v before the end it says %v", true, s.left)
						}
					}
				}
				if wrong > 0 {
					t.Errorf("%d of %d wrong", wrong, len(samples))
				}
			})
		})
	}
}

// A peer that trickles does not keep a shard from the others.
func TestTricklingPeerHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		theirs := newSide(t, nil)
		theirs.put(t, 0, 1000) // one shard
		wire := &lines{answers: Answers{theirs.db}, pace: map[peer.ID]time.Duration{"slow": time.Hour}, took: func() {}}
		ours := newSide(t, wire)
		ctx, cancel := context.WithCancel(t.Context())
		slow := make(chan struct{})
		go func() {
			defer close(slow)
			ours.Run(ctx, "slow")
		}()
		synctest.Wait() // it has the shard
		began := time.Now()
		if _, _, err := ours.Run(t.Context(), "fast"); err != nil {
			t.Fatal(err)
		}
		if theirs.shardHeads(t) != ours.shardHeads(t) || time.Since(began) > 2*shardPatience {
			t.Errorf("after %v it has not all", time.Since(began))
		}
		cancel()
		<-slow
	})
}
