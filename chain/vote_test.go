package chain_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"

	"github.com/ethereum/go-ethereum/core/types"
)

// fleetFollower follows over a fleet.
func fleetFollower(t *testing.T, f *fleet) *scripted {
	t.Helper()
	s := &scripted{Fake: f.fake, store: chaintest.NewStore(), client: f.Client, config: chain.FollowerConfig{Poll: time.Millisecond}}
	s.start(t)
	return s
}

// forgeLogs makes a proxy add an event that never was to every answer with logs.
func forgeLogs(p *chaintest.Proxy) {
	p.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		var logs []types.Log
		if method != "eth_getLogs" || json.Unmarshal(result, &logs) != nil || len(logs) == 0 {
			return result
		}
		forged := keyAdded(bob, key(66))
		forged.BlockNumber, forged.BlockHash, forged.Index = logs[0].BlockNumber, logs[0].BlockHash, 1000
		b, _ := json.Marshal(append(logs, forged))
		return b
	})
}

// One endpoint that lies is outvoted and named.
func TestQuorumOutvotesALiar(t *testing.T) {
	for liar := range 3 {
		f := newFleet(t, 3, 2)
		forgeLogs(f.proxies[liar])
		s := fleetFollower(t, f)
		for i := range 20 {
			f.fake.Mine(keyAdded(alice, key(byte(i))))
		}
		s.settled(t)
		if s.knows(t, bob, key(66)) {
			t.Fatal("the lie was believed")
		}
		equalToFresh(t, s)
		for i, e := range f.Endpoints() {
			named := e.Disagreements > 0
			// The third is not asked while the first two agree.
			if want := i == liar && liar < 2; named != want {
				t.Errorf("liar %d: endpoint %d has %d disagreements", liar, i, e.Disagreements)
			}
		}
	}
}

// Where no quorum agrees, nothing is followed, what was known is served, and the
// error is one that passes.
func TestNoQuorum(t *testing.T) {
	f := newFleet(t, 2, 2)
	s := fleetFollower(t, f)
	f.fake.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	at := s.follower.Head()
	forgeLogs(f.proxies[1])
	f.fake.Mine(keyAdded(alice, key(2)))
	s.until(t, "the split shows", func() bool { return errors.Is(s.follower.Status().Err, chain.ErrNoQuorum) })
	if err := s.follower.Status().Err; !errors.Is(err, chain.ErrUnavailable) {
		t.Errorf("%v is not said to pass", err)
	}
	if s.follower.Head() != at || !s.knows(t, alice, key(1)) || s.knows(t, bob, key(66)) {
		t.Error("the split had an effect")
	}
	f.proxies[1].OnAnswer(nil)
	f.proxies[0].Always(chaintest.Lose)
	s.until(t, "too few shows", func() bool {
		err := s.follower.Status().Err
		return errors.Is(err, chain.ErrNoQuorum) && strings.Contains(err.Error(), "1 answered")
	})
	f.proxies[0].Always(chaintest.Pass)
	f.clock.pass(time.Hour)
	s.settled(t)
	equalToFresh(t, s)
}

// Endpoints some blocks apart are no contradiction: what a quorum has is followed.
func TestQuorumOfEndpointsApart(t *testing.T) {
	f := newFleet(t, 3, 2)
	lagging := chaintest.NewFork(t, f.fake)
	f.proxies[0].SetTarget(lagging.URL)
	s := fleetFollower(t, f)
	f.fake.Mine(keyAdded(alice, key(1)))
	s.settled(t)
	if !s.knows(t, alice, key(1)) {
		t.Error("what two of three have was not followed")
	}
	for i, e := range f.Endpoints() {
		if e.Disagreements > 0 {
			t.Errorf("endpoint %d is accused: %v", i, e.Disagreed)
		}
	}
}

// The chain itself is the quorum's to say, not the first endpoint's.
func TestQuorumChoosesTheChain(t *testing.T) {
	f := newFleet(t, 3, 2)
	other := chaintest.NewFake(t)
	other.Set(func(f *chaintest.Fake) { f.ChainID = 5 })
	f.proxies[0].SetTarget(other.URL)
	id, err := f.ChainID(t.Context())
	if err != nil || id != f.fake.ChainID {
		t.Errorf("chain %d: %v", id, err)
	}
	if f.Endpoints()[0].State != chain.EndpointWrong {
		t.Error(f.states())
	}
	f = newFleet(t, 2, 2)
	f.proxies[0].SetTarget(other.URL)
	if _, err := f.ChainID(t.Context()); !errors.Is(err, chain.ErrNoQuorum) {
		t.Error(err)
	}
}
