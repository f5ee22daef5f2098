package ingest

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"metanet/identity"
)

// stranger is the n-th of identities without number, all with keys on-chain.
func (w *world) stranger(n int) *author {
	var seed [32]byte
	binary.BigEndian.PutUint32(seed[28:], uint32(n))
	address := identity.Address(seed[12:])
	address[0] = 0xee
	a := &author{w: w, did: identity.NewDID(testChain, address), priv: ed25519.NewKeyFromSeed(seed[:])}
	return a.onChain(nil)
}

// TestSpamOfFreshIdentities: twenty peers bring what a thousand fresh identities sign, all of it valid. One person's
// posts, by a peer of their own, are all admitted meanwhile; how long they take is logged, and in docs/performance.md.
func TestSpamOfFreshIdentities(t *testing.T) {
	const peers, identities, posts, each = 20, 1000, 50, 5
	w := newWorld(t)
	honest := w.author(1).onChain(nil)
	spam := make([][]Candidate, peers)
	for i := range identities {
		s := w.stranger(i)
		for k := range each {
			b := s.put(fmt.Sprintf("app.bsky.feed.post/3jzfcijpj2z2%c", 'a'+k), map[string]any{"$type": "app.bsky.feed.post", "text": "buy", "createdAt": "2026-01-02T03:04:05.000Z"}, w.clock())
			p := i % peers
			spam[p] = append(spam[p], Candidate{Origin: Gossip, From: fmt.Sprint("peer ", p), Raw: b.Bytes()})
		}
	}
	speak := func(name string) {
		var delays []time.Duration
		for i := range posts {
			b := honest.post(fmt.Sprint(name, i), w.clock())
			began := time.Now()
			results, err := w.door.Submit(t.Context(), []Candidate{{Origin: Gossip, From: "honest", Raw: b.Bytes()}})
			if err != nil || results[0].Status != Admitted {
				t.Fatal(results, err)
			}
			delays = append(delays, time.Since(began))
		}
		slices.Sort(delays)
		t.Logf("%s: %d of %d admitted; delay median %v, 99%% %v", name, posts, posts,
			delays[posts/2].Round(10*time.Microsecond), delays[posts*99/100].Round(10*time.Microsecond))
	}
	speak("before")
	var flood sync.WaitGroup
	var admitted atomic.Int64
	for _, all := range spam {
		for one := range slices.Chunk(all, 16) { // as many as ride in one message
			flood.Go(func() {
				results, err := w.door.Submit(t.Context(), one)
				if err != nil {
					t.Error(err)
				}
				for _, r := range results {
					if r.Status == Admitted {
						admitted.Add(1)
					}
				}
			})
		}
	}
	speak("during")
	flood.Wait()
	if n := admitted.Load(); n != identities*each {
		t.Errorf("%d of %d valid records were admitted: what is signed and on-chain is no fault", n, identities*each)
	}
}
