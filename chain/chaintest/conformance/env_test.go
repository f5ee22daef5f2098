package conformance

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"
)

// patience is for conditions that come true in milliseconds on an idle machine.
const patience = time.Minute

var sending = chain.SenderConfig{Poll: 50 * time.Millisecond}

// env is what one test has on a site: an operator with coins, a proxy before the
// RPC, and both halves of package chain behind it, on stores of their own.
type env struct {
	*site
	proxy     *chaintest.Proxy
	client    *chain.Client
	operator  chaintest.Wallet
	queue     *chaintest.Store // the sender's
	view      *chaintest.Store // the follower's
	sender    *chain.Sender
	follower  *chain.Follower
	following chain.FollowerConfig
	stop      func()       // the follower
	ahead     atomic.Int64 // of the sender's clock
}

func newEnv(t *testing.T, s *site) *env {
	t.Helper()
	return newEnvWith(t, s, chain.FollowerConfig{})
}

func newEnvWith(t *testing.T, s *site, c chain.FollowerConfig) *env {
	t.Helper()
	c.Poll = 20 * time.Millisecond
	e := &env{site: s, operator: chaintest.NewWallet(), queue: chaintest.NewStore(), view: chaintest.NewStore(), following: c}
	e.proxy = chaintest.NewProxy(t, s.URL())
	e.client = dial(t, e.proxy.URL)
	s.Fund(t, e.operator.Account())
	e.newSender()
	e.follow(t)
	return e
}

// newSender opens the sender anew: what is not in the queue's store is forgotten.
func (e *env) newSender() {
	e.sender = chain.NewSender(e.client, e.contracts, e.queue, e.operator, chain.SenderConfig{
		Poll: 20 * time.Millisecond, ReplaceAfter: 30 * time.Second, Confirmations: 2,
		Now: func() time.Time { return time.Now().Add(time.Duration(e.ahead.Load())) },
	})
}

// follow opens the follower, as after a restart, and runs it.
func (e *env) follow(t *testing.T) {
	t.Helper()
	f, err := chain.NewFollower(e.client, e.contracts, e.view, e.following)
	if err != nil {
		t.Fatal(err)
	}
	e.follower, e.stop = f, run(t, f.Run)
}

// run runs f beside the test and stops it at the end; an error fails the test.
func run(t testing.TB, f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func dial(t testing.TB, url string) *chain.Client {
	t.Helper()
	c, err := chain.Dial(chain.DialConfig{URLs: []string{url}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// height is the chain's, past any proxy.
func height(t testing.TB, b Backend) uint64 {
	t.Helper()
	head, err := dial(t, b.URL()).Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head.Number
}

// until waits for a condition, nudging the follower.
func (e *env) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s; follower %+v", what, e.follower.Status())
		}
		e.follower.Nudge()
	}
}

// settled waits until the follower shows the chain's head.
func (e *env) settled(t *testing.T) chain.Block {
	t.Helper()
	direct := dial(t, e.URL())
	var head chain.Block
	e.until(t, "the follower is at the head", func() bool {
		var err error
		head, err = direct.Head(t.Context())
		return err == nil && e.follower.Head() == head
	})
	return head
}

// seen waits until the follower shows a receipt's block.
func (e *env) seen(t *testing.T, r chain.Receipt) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := e.follower.WaitFor(ctx, r.Block); err != nil {
		t.Fatalf("%v; follower %+v", err, e.follower.Status())
	}
}

// equalToFresh holds the view, byte for byte, against that of a follower that
// has known nothing but the present chain.
func (e *env) equalToFresh(t *testing.T) {
	t.Helper()
	store := chaintest.NewStore()
	f, err := chain.NewFollower(dial(t, e.URL()), e.contracts, store, e.following)
	if err != nil {
		t.Fatal(err)
	}
	defer run(t, f.Run)()
	e.until(t, "a fresh follower is at the same head", func() bool { return e.settled(t) == f.Head() })
	got, want := projection(e.view), projection(store)
	for k := range want {
		if !bytes.Equal(got[k], want[k]) {
			t.Errorf("entry %x: %x, a fresh follower has %x", k, got[k], want[k])
		}
		delete(got, k)
	}
	for k := range got {
		t.Errorf("entry %x: %x, a fresh follower has none", k, got[k])
	}
	if len(want) == 0 {
		t.Error("there is nothing in the projection: nothing was compared")
	}
}

// projection is the part of a store that events are projected into, in whichever
// of its two places it is.
func projection(s *chaintest.Store) map[string][]byte {
	m := map[string][]byte{}
	for k, v := range s.Dump() {
		if k[0]&0xb0 == 0x10 {
			m[string(k[0]&^0x40)+k[1:]] = v
		}
	}
	return m
}

func (e *env) did(w chaintest.Wallet) identity.DID {
	return identity.NewDID(e.contracts.ChainID, w.Address())
}

func (e *env) identity(t *testing.T, did identity.DID) chain.Identity {
	t.Helper()
	id, err := e.follower.Identity(t.Context(), did)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (e *env) knows(t *testing.T, w chaintest.Wallet, k identity.Key) bool {
	t.Helper()
	_, known, err := e.follower.Key(t.Context(), e.did(w), k)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// key is an Ed25519 key from a seed.
func key(seed byte) identity.Key {
	public := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)).Public().(ed25519.PublicKey)
	k, err := identity.ParseKey(public)
	if err != nil {
		panic(err)
	}
	return k
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
