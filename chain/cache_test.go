package chain_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

func keyRevoked(who identity.Address, k identity.Key, at uint64) types.Log {
	return chaintest.Event(registries.IdentityRegistry, idABI, "KeyRevoked", common.Address(who), [32]byte(k), at)
}

// Whoever asks for a key after the follower has shown its revocation is never told
// that it lives, however many ask all the time; nor that it has ended, after a
// reorganisation has taken the revocation back. This is what the door's check of
// every record leans on.
func TestKeysAreNeverStale(t *testing.T) {
	const unknown, lives, ended = 0, 1, 2
	s := newScripted(t, chain.FollowerConfig{})
	alicesDID := identity.NewDID(s.ChainID, alice)
	var now atomic.Int32 // what must be answered while it doesn't change
	var asked [3]atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Microsecond): // leaves the follower room to run
				}
				before := now.Load()
				r, known, err := s.follower.Key(t.Context(), alicesDID, key(1))
				if err != nil {
					t.Error(err)
					return
				}
				s.follower.Key(t.Context(), alicesDID, key(2)) // shares the cache's entry
				if before == unknown || now.Load() != before {
					continue
				}
				asked[before].Add(1)
				if !known || (r.EndedAt != 0) != (before == ended) {
					t.Errorf("told that it lives: %t, while it does: %t", r.EndedAt == 0, before == lives)
					return
				}
			}
		})
	}
	expect := func(state int32) {
		t.Helper()
		s.settled(t)
		had := asked[state].Load()
		now.Store(state)
		s.until(t, "everybody has asked a few times", func() bool { return asked[state].Load() >= had+50 || t.Failed() })
		now.Store(unknown)
	}
	s.Mine(keyAdded(alice, key(1)), keyAdded(alice, key(2)))
	expect(lives)
	for range 5 {
		b := s.Mine()
		s.settled(t)
		s.Mine(keyRevoked(alice, key(1), uint64(b.Time)+1))
		expect(ended)
		s.Cut(1)
		s.Mine()
		expect(lives)
	}
	s.Mine(epochStarted(alice, 1)) // ends every key without naming one
	expect(ended)
	close(stop)
	readers.Wait()
}
