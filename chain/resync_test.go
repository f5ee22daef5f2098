package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"sync/atomic"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

func homeChanged(who identity.Address, server int64, epoch uint32) types.Log {
	return chaintest.Event(registries.IdentityRegistry, idABI, "HomeChanged", common.Address(who), big.NewInt(server), big.NewInt(0), epoch)
}

// feedOf is who is in the feed behind a place.
func (s *scripted) feedOf(t *testing.T, after uint64) (dids []identity.Address, last uint64) {
	t.Helper()
	last = after
	items, err := s.follower.Feed(after, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		dids = append(dids, i.DID.Address())
		last = i.Seq
	}
	return dids, last
}

// deepFork makes a chain with alice and bob, followed, and then another branch
// below all that is kept, with bob's key gone and carol's there.
var carol = key20(0xc0)

func deepFork(t *testing.T) *scripted {
	s := newScripted(t, chain.FollowerConfig{Keep: 4, Finality: chain.FinalLatest, Window: 7})
	s.Mine(keyAdded(alice, key(1)))
	for range 30 {
		s.Mine()
	}
	s.Mine(keyAdded(bob, key(2)))
	s.settled(t)
	return s
}

// empty blocks are without logs.
func empty(n int) [][]types.Log { return make([][]types.Log, n) }

func (s *scripted) fork() {
	s.Fork(31, append(empty(40), []types.Log{keyAdded(carol, key(3))})...)
}

// While the chain is followed anew, what was known is served; then everything
// changes at once, and the feed names just those who changed.
func TestResyncServesMeanwhile(t *testing.T) {
	s := deepFork(t)
	_, last := s.feedOf(t, 0)
	var hold atomic.Bool
	hold.Store(true)
	s.Set(func(f *chaintest.Fake) {
		windows := 0
		f.Intercept = func(method string, params []json.RawMessage, answer any) any {
			if method != "eth_getLogs" || !hold.Load() {
				return answer
			}
			if windows++; windows > 1 {
				return &chaintest.Refusal{Code: -32000, Message: "not yet"}
			}
			return answer
		}
	})
	s.fork()
	s.until(t, "the resync is under way", func() bool {
		st := s.follower.Status()
		return st.Resync != "" && st.Resynced.Number > 0
	})
	if !s.knows(t, alice, key(1)) || !s.knows(t, bob, key(2)) || s.knows(t, carol, key(3)) {
		t.Error("what was known is not served meanwhile")
	}
	if who, _ := s.feedOf(t, last); len(who) != 0 {
		t.Errorf("the feed tells %v of what isn't served", who)
	}
	hold.Store(false)
	s.settled(t)
	equalToFresh(t, s)
	who, last := s.feedOf(t, last)
	slices.SortFunc(who, func(a, b identity.Address) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(who, []identity.Address{bob, carol}) {
		t.Errorf("the feed tells of %x", who)
	}
	if st := s.follower.Status(); st.Resync != "" {
		t.Errorf("status %+v", st)
	}
	// The second copy works as the first did, and the feed goes on.
	s.Mine(keyAdded(bob, key(9)))
	s.settled(t)
	if who, _ := s.feedOf(t, last); len(who) != 1 || who[0] != bob {
		t.Errorf("the feed tells of %x", who)
	}
	s.stop()
	s.start(t)
	if !s.knows(t, bob, key(9)) {
		t.Error("forgotten by a restart")
	}
	s.Fork(12, append(empty(20), []types.Log{keyAdded(alice, key(4))})...) // and back into the first place
	s.settled(t)
	equalToFresh(t, s)
}

// A resync that is cut off before any of its writes goes on after the restart, and
// ends the same.
func TestResyncSurvivesCrashes(t *testing.T) {
	crash := errors.New("crash")
	for at := 1; ; at++ {
		s := deepFork(t)
		_, last := s.feedOf(t, 0)
		s.stop()
		s.fork()
		writes := 0
		s.store.BeforeApply = func() error {
			if writes++; writes == at {
				return crash
			}
			return nil
		}
		f, err := chain.NewFollower(dial(t, s.URL), s.Contracts(), s.store, s.config)
		if err == nil {
			s.follower = f
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- f.Run(ctx) }()
			ended := false
			s.until(t, "crashed or done", func() bool {
				select {
				case err = <-done:
					ended = true
				default:
				}
				f.Nudge()
				return ended || f.Head().Hash == s.Fake.Head().Hash && !twoCopies(s.store)
			})
			cancel()
			if !ended {
				err = <-done
			}
		}
		crashed := errors.Is(err, crash)
		s.store.BeforeApply = nil
		s.start(t)
		s.settled(t)
		equalToFresh(t, s)
		who, _ := s.feedOf(t, last)
		if !slices.Contains(who, bob) || !slices.Contains(who, carol) || slices.Contains(who, alice) {
			t.Errorf("crash before write %d: the feed tells of %x", at, who)
		}
		if !crashed {
			if at < 10 {
				t.Errorf("only %d writes: the test looks at little", at)
			}
			return
		}
		s.stop()
	}
}

// An RPC that once kept an event back is found out by a later one. Then only the
// whole again tells the truth.
func TestWithheldEvent(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 4, Finality: chain.FinalLatest})
	s.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	withhold := func(_ string, _ []json.RawMessage, answer any) any {
		if _, ok := answer.([]types.Log); ok {
			return []types.Log{}
		}
		return answer
	}
	s.Set(func(f *chaintest.Fake) { f.Intercept = withhold })
	s.Mine(homeChanged(alice, 7, 1), keyAdded(bob, key(2)))
	s.settled(t) // it cannot be seen yet
	for range 9 {
		s.Mine()
	}
	s.settled(t)
	s.Set(func(f *chaintest.Fake) { f.Intercept = nil })
	_, last := s.feedOf(t, 0)
	s.Mine(homeChanged(alice, 8, 2))
	s.settled(t)
	equalToFresh(t, s)
	if !s.knows(t, bob, key(2)) {
		t.Error("what was withheld is still missing")
	}
	if who, _ := s.feedOf(t, last); !slices.Contains(who, bob) {
		t.Errorf("the feed tells of %x", who)
	}
}

// With another endpoint at hand, an event that one withholds is had from it, and
// nothing is followed anew.
func TestWithheldByOneOfTwo(t *testing.T) {
	f := newFleet(t, 2, 1)
	s := fleetFollower(t, f)
	f.fake.Mine(homeChanged(alice, 7, 1))
	s.settled(t)
	f.proxies[0].OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		var logs []types.Log
		if method == "eth_getLogs" && json.Unmarshal(result, &logs) == nil && len(logs) == 2 {
			b, _ := json.Marshal(logs[1:])
			return b
		}
		return result
	})
	f.fake.Mine(homeChanged(alice, 8, 2), homeChanged(alice, 9, 3))
	s.settled(t)
	equalToFresh(t, s)
	if st := f.Endpoints()[0]; st.Disagreements == 0 || st.State != chain.EndpointDoubted {
		t.Errorf("status %+v", st)
	}
}

// A projection of many identities is compared piece by piece.
func TestResyncOfMany(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 4, Finality: chain.FinalLatest})
	adding := func(from, to int) (blocks [][]types.Log) {
		for n := from; n < to; n += 1000 {
			logs := make([]types.Log, 1000)
			for i := range logs {
				logs[i] = keyAdded(account(n+i), key(1))
			}
			blocks = append(blocks, logs)
		}
		return append(blocks, empty(9)...)
	}
	s.Fork(0, adding(0, 12_000)...)
	s.settled(t)
	_, last := s.feedOf(t, 0)
	s.Fork(15, adding(8_000, 16_000)...) // instead of the last 6,000
	s.settled(t)
	equalToFresh(t, s)
	who, _ := s.feedOf(t, last)
	// 6,000 to 8,000 are gone, 8,000 to 12,000 are of other blocks, 12,000 to 16,000 new.
	if len(who) != 10_000 {
		t.Errorf("the feed tells of %d", len(who))
	}
}
