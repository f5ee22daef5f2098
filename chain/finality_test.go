package chain_test

import (
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"

	"github.com/ethereum/go-ethereum/core/types"
)

func TestParseFinality(t *testing.T) {
	for in, want := range map[string]chain.Finality{
		"latest": "latest", "safe": "safe", "finalized": "finalized", "0": "latest", "1": "1", "0064": "64", "8192": "8192",
		"": "", "8193": "", "-1": "", "Latest": "", "earliest": "", "pending": "", "1e3": "", " 1": "", "0x10": "",
	} {
		got, err := chain.ParseFinality(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
}

// finalAt waits until the follower takes this block for final.
func (s *scripted) finalAt(t *testing.T, b *chaintest.Block) {
	t.Helper()
	s.until(t, "final", func() bool {
		s.follower.Nudge()
		return s.follower.Final().Hash == b.Hash
	})
}

func TestFinalityByDepth(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Finality: "3"})
	var blocks []*chaintest.Block
	for i := range 10 {
		blocks = append(blocks, s.Mine(keyAdded(alice, key(byte(i)))))
	}
	s.settled(t)
	s.finalAt(t, blocks[6])
	if s.follower.IsFinal(uint64(blocks[7].Number)) || !s.follower.IsFinal(uint64(blocks[6].Number)) || !s.follower.IsFinal(0) {
		t.Error("what is final does not end at the final block")
	}
	s.Cut(2) // above it
	s.Mine()
	s.settled(t)
	if st := s.follower.Status(); st.Final.Hash != blocks[6].Hash || st.Unfinalized != 0 {
		t.Errorf("status %+v", st)
	}
	s.stop()
	s.start(t) // what was final stays so while the chain says nothing
	if s.follower.Final().Hash != blocks[6].Hash {
		t.Error("finality was forgotten")
	}
}

func TestFinalityByTag(t *testing.T) {
	for _, tag := range []chain.Finality{chain.FinalSafe, chain.FinalFinalized, ""} {
		clock := newClock()
		s := newScripted(t, chain.FollowerConfig{Finality: tag, Now: func() time.Time { clock.pass(time.Second); return clock.Now() }, Keep: 4})
		s.Set(func(f *chaintest.Fake) { f.HasFinal = true })
		b := s.Mine(keyAdded(alice, key(1)))
		for range 40 {
			s.Mine()
		}
		s.settled(t)
		if s.follower.Final().Hash == b.Hash {
			t.Fatal("final before its time")
		}
		s.Set(func(f *chaintest.Fake) { f.Final = uint64(b.Number) })
		s.Mine()
		s.finalAt(t, b)
		s.Set(func(f *chaintest.Fake) { f.Final = 0 }) // an RPC that lags takes nothing back
		s.Mine()
		s.settled(t)
		if s.follower.Final().Hash != b.Hash {
			t.Error("taken back")
		}
	}
}

// Where the RPC has no finalized block, a depth is used.
func TestFinalityDetected(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	var b *chaintest.Block
	for i := range 100 {
		if nb := s.Mine(); i == 35 {
			b = nb
		}
	}
	s.settled(t)
	s.finalAt(t, b)
	if got := s.follower.Finality(); got != chain.FallbackDepth {
		t.Error(got)
	}
}

// Blocks that are not final can be rolled back exactly, however many: they are
// kept beyond Keep.
func TestUnfinalBlocksAreKept(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Finality: chain.FinalFinalized, Keep: 4})
	s.Set(func(f *chaintest.Fake) { f.HasFinal = true })
	for i := range 60 {
		s.Mine(keyAdded(alice, key(byte(i))))
	}
	s.settled(t)
	all := false
	s.follower.Subscribe(func(c chain.Changes) { all = all || c.All })
	s.Fork(50, append(empty(60), []types.Log{keyAdded(bob, key(2))})...)
	s.settled(t)
	s.stop()
	if all {
		t.Error("followed anew")
	}
	s.start(t)
	equalToFresh(t, s)
}

// A reorganisation below what was final is followed, since the view is the
// chain's, but told loudly.
func TestReorgBelowFinal(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Finality: "2"})
	for range 9 {
		s.Mine()
	}
	s.settled(t)
	s.Fork(5, append(empty(8), []types.Log{keyAdded(bob, key(2))})...)
	s.settled(t)
	if st := s.follower.Status(); st.Unfinalized != 1 || !s.knows(t, bob, key(2)) {
		t.Errorf("status %+v", st)
	}
	equalToFresh(t, s)
}
