package chain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

var (
	registries = bindings.DeployedAddresses()
	idABI      = bindings.NewIdentityRegistry().GetABI()
	serverABI  = bindings.NewServerRegistry().GetABI()
	policyABI  = bindings.NewPolicyRegistry().GetABI()
)

func keyAdded(who identity.Address, k identity.Key) types.Log {
	return chaintest.Event(registries.IdentityRegistry, idABI, "KeyAdded",
		common.Address(who), [32]byte(k), uint8(1), uint64(9e9), uint32(0), uint32(0))
}

func epochStarted(who identity.Address, epoch uint32) types.Log {
	return chaintest.Event(registries.IdentityRegistry, idABI, "EpochStarted", common.Address(who), epoch, common.Address(who))
}

// scripted is a follower on a fake chain, run step by step from the outside.
type scripted struct {
	*chaintest.Fake
	store    *chaintest.Store
	client   *chain.Client // nil: one of its own
	follower *chain.Follower
	config   chain.FollowerConfig
	stop     func()
}

func newScripted(t *testing.T, config chain.FollowerConfig) *scripted {
	t.Helper()
	config.Poll = time.Millisecond
	s := &scripted{Fake: chaintest.NewFake(t), store: chaintest.NewStore(), config: config}
	s.start(t)
	return s
}

// start opens the follower, as after a restart, and runs it.
func (s *scripted) start(t *testing.T) {
	t.Helper()
	client := s.client
	if client == nil {
		client = dial(t, s.URL)
	}
	f, err := chain.NewFollower(client, s.Contracts(), s.store, s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.follower, s.stop = f, run(t, f.Run)
}

// settled waits until the follower shows the fake's head.
func (s *scripted) settled(t *testing.T) {
	t.Helper()
	s.until(t, "the follower is at the head", func() bool {
		s.follower.Nudge()
		return s.follower.Head().Hash == s.Fake.Head().Hash
	})
}

func (s *scripted) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s; status %+v", what, s.follower.Status())
		}
	}
}

func (s *scripted) knows(t *testing.T, who identity.Address, k identity.Key) bool {
	t.Helper()
	_, known, err := s.follower.Key(t.Context(), identity.NewDID(s.ChainID, who), k)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

var alice, bob = key20(0xa1), key20(0xb0)

func TestReorgUndoesExactly(t *testing.T) {
	for _, depth := range []int{1, 2, 10, 100} {
		t.Run(fmt.Sprint(depth), func(t *testing.T) {
			s := newScripted(t, chain.FollowerConfig{})
			s.Mine(keyAdded(alice, key(1)))
			for i := range depth {
				s.Mine(keyAdded(bob, key(byte(10+i))))
			}
			s.settled(t)
			if !s.knows(t, alice, key(1)) || !s.knows(t, bob, key(10)) {
				t.Fatal("keys are missing before the reorganisation")
			}
			var told []chain.Changes
			done := make(chan struct{})
			s.follower.Subscribe(func(c chain.Changes) {
				if c.Undone {
					told = append(told, c)
					close(done)
				}
			})
			feed, _ := s.follower.Feed(0, 1000)
			s.Fork(depth, empty(depth+1)...)
			s.settled(t)
			<-done
			if !s.knows(t, alice, key(1)) {
				t.Error("a block below the fork was undone")
			}
			if s.knows(t, bob, key(10)) {
				t.Error("a key of the lost branch is still known")
			}
			if len(told) != 1 || len(told[0].Identities) != 1 || told[0].Identities[0].Address() != bob {
				t.Errorf("told %+v", told)
			}
			after, _ := s.follower.Feed(feed[len(feed)-1].Seq, 1000)
			if len(after) != 1 || after[0].DID.Address() != bob {
				t.Errorf("feed after the reorganisation: %+v", after)
			}
		})
	}
}

// A revocation that a reorganisation takes back brings the key back to life, and
// the cache must not remember it dead (or the other way round).
func TestReorgOfARevocation(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	s.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	ended := func() bool {
		r, _, _ := s.follower.Key(t.Context(), identity.NewDID(s.ChainID, alice), key(1))
		return r.EndedAt != 0
	}
	for range 3 {
		if ended() {
			t.Fatal("ended before it was revoked")
		}
		s.Mine(epochStarted(alice, 1))
		s.settled(t)
		if !ended() {
			t.Fatal("not ended after its epoch")
		}
		s.Fork(1, empty(1)...)
		s.settled(t)
	}
}

// A shorter chain of the same blocks is an RPC that lags, not a reorganisation.
func TestLaggingRPCUndoesNothing(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	s.Mine()
	b := s.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	s.Cut(1)
	time.Sleep(20 * time.Millisecond)
	if !s.knows(t, alice, key(1)) || s.follower.Head().Hash != b.Hash {
		t.Error("undone though nothing contradicts it")
	}
	if st := s.follower.Status(); st.Err != nil || st.Behind != 0 {
		t.Errorf("status %+v", st)
	}
	s.Mine() // now something does
	s.settled(t)
	if s.knows(t, alice, key(1)) {
		t.Error("not undone")
	}
}

func TestReorgBeyondWhatIsKept(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 8, Finality: chain.FinalLatest})
	s.Mine(keyAdded(alice, key(1)))
	for range 30 {
		s.Mine()
	}
	s.Mine(keyAdded(bob, key(2)))
	s.settled(t)
	all := make(chan struct{})
	s.follower.Subscribe(func(c chain.Changes) {
		if c.All {
			close(all)
		}
	})
	s.Fork(31, append(empty(40), []types.Log{keyAdded(bob, key(3))})...)
	s.settled(t)
	<-all
	if !s.knows(t, alice, key(1)) || s.knows(t, bob, key(2)) || !s.knows(t, bob, key(3)) {
		t.Error("the clean start is not of the new branch")
	}
	equalToFresh(t, s)
}

// A chain with other contents under the same id is refused before anything is
// thrown away.
func TestAnotherGenesisIsRefused(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 2, Finality: chain.FinalLatest})
	for range 5 {
		s.Mine(keyAdded(alice, key(1)))
	}
	s.settled(t)
	s.Fork(6, empty(9)...)
	s.until(t, "the chain is refused", func() bool {
		s.follower.Nudge()
		return errors.Is(s.follower.Status().Err, chain.ErrWrongChain)
	})
	if !s.knows(t, alice, key(1)) {
		t.Error("the old state is gone")
	}
}

func TestRPCDownAndBack(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	s.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	s.Set(func(f *chaintest.Fake) { f.Down = true })
	s.until(t, "the outage shows", func() bool { return errors.Is(s.follower.Status().Err, chain.ErrUnavailable) })
	if !s.knows(t, alice, key(1)) {
		t.Error("known keys are gone while the chain is away")
	}
	s.Mine(keyAdded(bob, key(2)))
	s.Set(func(f *chaintest.Fake) { f.Down = false })
	s.settled(t)
	s.until(t, "the status is well", func() bool { return s.follower.Status().Err == nil })
	if !s.knows(t, bob, key(2)) {
		t.Error("what was missed was not followed")
	}
	s.Set(func(f *chaintest.Fake) { f.Down = true })
	s.until(t, "the second outage shows", func() bool { return s.follower.Status().Err != nil })
	s.Set(func(f *chaintest.Fake) { f.Down, f.ChainID = false, 1 })
	s.until(t, "the wrong chain shows", func() bool {
		s.follower.Nudge()
		return errors.Is(s.follower.Status().Err, chain.ErrWrongChain)
	})
}

// An RPC that lies stops the follower where it is and spoils nothing; once it
// tells the truth, following goes on.
func TestLies(t *testing.T) {
	lies := map[string]func(s *scripted) func(method string, params []json.RawMessage, answer any) any{
		"parent that never was": func(s *scripted) func(string, []json.RawMessage, any) any {
			return func(_ string, _ []json.RawMessage, answer any) any {
				if b, ok := answer.(*chaintest.Block); ok && b.Number == 4 {
					lie := *b
					lie.Parent[0]++
					return &lie
				}
				return answer
			}
		},
		"another number": func(s *scripted) func(string, []json.RawMessage, any) any {
			return func(method string, p []json.RawMessage, answer any) any {
				if b, ok := answer.(*chaintest.Block); ok && b.Number == 4 && string(p[0]) != `"latest"` {
					lie := *b
					lie.Number = 3
					return &lie
				}
				return answer
			}
		},
		"logs of another block": func(s *scripted) func(string, []json.RawMessage, any) any {
			return func(_ string, _ []json.RawMessage, answer any) any {
				if logs, ok := answer.([]types.Log); ok {
					l := keyAdded(bob, key(66))
					l.BlockHash, l.BlockNumber = common.Hash{1}, 4
					return append(logs, l)
				}
				return answer
			}
		},
		"an epoch kept back": func(s *scripted) func(string, []json.RawMessage, any) any {
			return func(_ string, _ []json.RawMessage, answer any) any {
				if logs, ok := answer.([]types.Log); ok && len(logs) > 0 {
					l := epochStarted(alice, 2)
					l.BlockHash, l.BlockNumber = logs[0].BlockHash, logs[0].BlockNumber
					return []types.Log{l}
				}
				return answer
			}
		},
		"malformed event": func(s *scripted) func(string, []json.RawMessage, any) any {
			return func(_ string, _ []json.RawMessage, answer any) any {
				if logs, ok := answer.([]types.Log); ok && len(logs) > 0 {
					l := logs[0]
					l.Data = l.Data[:7]
					return []types.Log{l}
				}
				return answer
			}
		},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t, chain.FollowerConfig{})
			s.Mine(keyAdded(alice, key(1)))
			s.Mine()
			s.Mine()
			s.settled(t)
			s.Set(func(f *chaintest.Fake) { f.Intercept = lie(s) })
			s.Mine(keyAdded(alice, key(2)))
			s.until(t, "the contradiction shows", func() bool { return errors.Is(s.follower.Status().Err, chain.ErrInconsistent) })
			if !s.knows(t, alice, key(1)) || s.knows(t, bob, key(66)) || s.follower.Head().Number != 3 {
				t.Error("the lie had an effect")
			}
			s.Set(func(f *chaintest.Fake) { f.Intercept = nil })
			s.settled(t)
			equalToFresh(t, s)
		})
	}
}

func TestWindowsShrink(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 8, Window: 500, Finality: chain.FinalLatest})
	s.Set(func(f *chaintest.Fake) { f.MaxRange = 7 })
	for i := range 300 {
		s.Mine(keyAdded(alice, key(byte(i))))
	}
	s.settled(t)
	equalToFresh(t, s)
}

// A follower that was down catches up from where it was, not from the start.
func TestRestartGoesOn(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 8})
	for i := range 100 {
		s.Mine(keyAdded(alice, key(byte(i))))
	}
	s.settled(t)
	s.stop()
	before := s.Calls("eth_getLogs")
	s.start(t)
	s.settled(t)
	if n := s.Calls("eth_getLogs") - before; n != 0 {
		t.Errorf("%d scans after a restart with nothing new", n)
	}
	s.stop()
	s.Cut(4) // and a reorganisation meanwhile
	s.Mine()
	s.start(t)
	s.settled(t)
	equalToFresh(t, s)
}

// State of another network in the store is not ours.
func TestAnotherNetworksStateIsDropped(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	s.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	s.stop()
	other := &scripted{Fake: chaintest.NewFake(t), store: s.store, config: s.config}
	other.Set(func(f *chaintest.Fake) { f.ChainID = 77 })
	other.Mine(keyAdded(bob, key(2)))
	other.start(t)
	other.settled(t)
	if other.knows(t, alice, key(1)) || !other.knows(t, bob, key(2)) {
		t.Error("two networks' states are mixed")
	}
}

// equalToFresh holds the projection against one made anew from the present
// chain.
func equalToFresh(t *testing.T, s *scripted) {
	t.Helper()
	fresh := &scripted{Fake: s.Fake, store: chaintest.NewStore(), config: s.config}
	fresh.start(t)
	fresh.settled(t)
	defer fresh.stop()
	s.until(t, "the other copy is gone", func() bool { return !twoCopies(s.store) })
	got, want := projection(s.store), projection(fresh.store)
	if !maps.Equal(got, want) {
		for k := range got {
			if got[k] != want[k] {
				t.Errorf("key %x: %x, want %x", k, got[k], want[k])
			}
		}
		t.Fatalf("projection has %d entries, a fresh one %d", len(got), len(want))
	}
}

// projection is the part of the store that events are projected into, in whichever
// of its two places it is.
func projection(s *chaintest.Store) map[string]string {
	m := map[string]string{}
	for k, v := range s.Dump() {
		if k[0]&0xb0 == 0x10 {
			m[string(k[0]&^0x40)+k[1:]] = string(v)
		}
	}
	return m
}

// twoCopies reports whether both places hold something.
func twoCopies(s *chaintest.Store) bool {
	var in [2]bool
	for k := range s.Dump() {
		if k[0]&0xb0 == 0x10 || k[0]&^0x40 == 0x02 || k[0]&^0x40 == 0x03 {
			in[k[0]>>6] = true
		}
	}
	return in[0] && in[1]
}

// A random history with forks of random depth, restarts and outages ends in the
// same projection as the final chain alone.
func TestAnyHistoryConverges(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			s := newScripted(t, chain.FollowerConfig{Keep: []uint64{4, 16, 64}[seed%3], Window: 5, Finality: chain.FinalLatest})
			script := newScript(r)
			for range 60 {
				switch n := r.IntN(10); {
				case n < 5:
					for range 1 + r.IntN(20) {
						s.Mine(script.next()...)
					}
				case n < 8:
					s.settled(t)
				case n < 9:
					cut := r.IntN(min(20, int(s.Head().Number)))
					s.Cut(cut)
					script.cut(cut)
					s.Mine(script.next()...)
				default:
					s.stop()
					s.start(t)
				}
			}
			s.Mine(script.next()...)
			s.settled(t)
			equalToFresh(t, s)
			kept := uint64(0)
			for k := range s.store.Dump() {
				if k[0]&^0x40 == 0x03 {
					kept++
				}
			}
			if kept > s.config.Keep+1 {
				t.Errorf("%d blocks kept, want at most %d", kept, s.config.Keep+1)
			}
		})
	}
}

// script makes random events that a contract could emit in that order; it
// remembers, per block, what the counters were.
type script struct {
	r     *rand.Rand
	state []counters
}

type counters struct {
	epoch, home [4]uint32
	servers     uint64
	policies    [8]uint64
	keys        byte
}

func newScript(r *rand.Rand) *script { return &script{r, make([]counters, 1)} }

func (s *script) cut(n int) { s.state = s.state[:len(s.state)-n] }

func (s *script) next() (logs []types.Log) {
	c := s.state[len(s.state)-1]
	for range s.r.IntN(4) {
		who := s.r.IntN(4)
		a := common.Address(key20(byte(who + 1)))
		switch s.r.IntN(6) {
		case 0, 1:
			c.keys++
			logs = append(logs, chaintest.Event(registries.IdentityRegistry, idABI, "KeyAdded", a, [32]byte(key(c.keys)),
				uint8(1+s.r.IntN(2)), uint64(9e9), c.epoch[who], c.home[who]))
		case 2:
			c.epoch[who]++
			logs = append(logs, epochStarted(identity.Address(a), c.epoch[who]))
		case 3:
			c.home[who]++
			logs = append(logs, chaintest.Event(registries.IdentityRegistry, idABI, "HomeChanged", a, big.NewInt(int64(s.r.IntN(9))), big.NewInt(0), c.home[who]))
		case 4:
			c.servers = min(c.servers+1, 7)
			logs = append(logs, chaintest.Event(registries.ServerRegistry, serverABI, "ServerRegistered", big.NewInt(int64(c.servers)), a,
				[32]byte{}, "example.org", []byte{1}, []string{"/ip4/1.2.3.4/tcp/5"}, uint8(1)))
			c.policies[c.servers] = 0
		case 5:
			if c.servers == 0 {
				continue
			}
			c.policies[c.servers]++
			logs = append(logs, chaintest.Event(registries.PolicyRegistry, policyABI, "PolicyPublished", big.NewInt(int64(c.servers)), c.policies[c.servers],
				[32]byte{byte(s.r.IntN(256))}, []byte("cid"), uint64(1), uint64(1), [32]byte{2}))
		}
	}
	s.state = append(s.state, c)
	return logs
}

// A failing store is our own fault and ends Run; nothing half-written remains.
func TestStoreFaultIsFatal(t *testing.T) {
	fake, store := chaintest.NewFake(t), chaintest.NewStore()
	f, err := chain.NewFollower(dial(t, fake.URL), fake.Contracts(), store, chain.FollowerConfig{Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk is full")
	store.BeforeApply = func() error { return full }
	if err := f.Run(t.Context()); !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "chain: ") {
		t.Errorf("Run returned %v", err)
	}
}

// Only keys that can be verified by the one rule exist at all.
func TestBadKeysAreIgnored(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{})
	small := [32]byte{1} // the neutral element
	add := chaintest.Event(registries.IdentityRegistry, idABI, "KeyAdded", common.Address(alice), small, uint8(1), uint64(9e9), uint32(0), uint32(0))
	revoke := chaintest.Event(registries.IdentityRegistry, idABI, "KeyRevoked", common.Address(alice), small, uint64(5))
	s.Mine(add, revoke, keyAdded(alice, key(1)))
	s.settled(t)
	id, err := s.follower.Identity(t.Context(), identity.NewDID(s.ChainID, alice))
	if err != nil || len(id.Keys) != 1 || id.Keys[0].Key != key(1) {
		t.Errorf("%+v %v", id, err)
	}
}
