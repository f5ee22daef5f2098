package chain_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/core/types"
)

// eventsPerBlock is a chain on which every user enrols at once.
const eventsPerBlock = 100

// BenchmarkFollow is events followed per second from a scripted RPC in the same
// process: catch-up by windows, and block by block near the head.
func BenchmarkFollow(b *testing.B) {
	for name, config := range map[string]chain.FollowerConfig{
		"catchup": {Keep: 1, Window: 500},
		"blocks":  {Keep: 1 << 40},
	} {
		b.Run(name, func(b *testing.B) {
			fake := chaintest.NewFake(b)
			k := key(1)
			for n := 0; n < b.N; n += eventsPerBlock {
				logs := make([]types.Log, eventsPerBlock)
				for i := range logs {
					logs[i] = keyAdded(account(n+i), k)
				}
				fake.Mine(logs...)
			}
			config.Poll = time.Millisecond
			f, err := chain.NewFollower(dial(b, fake.URL), fake.Contracts(), chaintest.NewStore(), config)
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			b.ResetTimer()
			go func() { done <- f.Run(ctx) }()
			if err := f.WaitFor(ctx, uint64(fake.Head().Number)); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			cancel()
			<-done
		})
	}
}

// BenchmarkKey is a key lookup from the store and from memory.
func BenchmarkKey(b *testing.B) {
	const accounts = 100_000
	fake := chaintest.NewFake(b)
	k := key(1)
	for n := 0; n < accounts; n += 1000 {
		logs := make([]types.Log, 1000)
		for i := range logs {
			logs[i] = keyAdded(account(n+i), k)
		}
		fake.Mine(logs...)
	}
	f, err := chain.NewFollower(dial(b, fake.URL), fake.Contracts(), chaintest.NewStore(), chain.FollowerConfig{Poll: time.Millisecond, Keep: 1, Window: 10})
	if err != nil {
		b.Fatal(err)
	}
	run(b, f.Run)
	if err := f.WaitFor(b.Context(), uint64(fake.Head().Number)); err != nil {
		b.Fatal(err)
	}
	for name, spread := range map[string]int{"hot": 100, "cold": accounts} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				did := identity.NewDID(fake.ChainID, account(i*7919%spread))
				if _, known, err := f.Key(b.Context(), did, k); err != nil || !known {
					b.Fatal(known, err)
				}
			}
		})
	}
}

func account(n int) (a identity.Address) {
	copy(a[:], fmt.Sprintf("%020d", n))
	return a
}
