package chain_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/chain/devchain"
	"metanet/identity"
)

// env is a development chain with our contracts, an operator who can pay, and
// the two halves of package chain on one store.
type env struct {
	dev       *devchain.Chain
	client    *chain.Client
	contracts chain.Contracts
	store     *chaintest.Store
	operator  chaintest.Wallet
	sender    *chain.Sender
	follower  *chain.Follower
}

var ether = big.NewInt(1e18)

// shared is one development chain for all tests that only add to it.
var shared struct {
	sync.Mutex
	dir   string
	chain *devchain.Chain
}

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if identities := os.Getenv(syntheticEnv); identities != "" {
		if err := serveSynthetic(identities); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	defer func() {
		if shared.chain != nil {
			shared.chain.Close()
			os.RemoveAll(shared.dir)
		}
	}()
	return m.Run()
}

func sharedChain(t testing.TB) *devchain.Chain {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.chain != nil {
		return shared.chain
	}
	var err error
	if shared.dir, err = os.MkdirTemp("", "chain"); err != nil {
		t.Fatal(err)
	}
	if shared.chain, err = devchain.Start(context.Background(), devConfig(shared.dir)); err != nil {
		t.Fatal(err)
	}
	return shared.chain
}

func devConfig(dir string) devchain.Config {
	return devchain.Config{Dir: dir, RPC: "127.0.0.1:0", Ahead: 1000 * time.Hour}
}

// newEnv is on the shared chain, with a store and an operator of its own.
func newEnv(t testing.TB) *env {
	t.Helper()
	e := &env{dev: sharedChain(t), store: chaintest.NewStore(), operator: chaintest.NewWallet()}
	e.client = dial(t, e.dev.URL())
	e.fund(t, e.operator)
	e.deploy(t)
	e.follow(t)
	return e
}

// newBareEnv has a chain of its own without our contracts.
func newBareEnv(t testing.TB) *env {
	t.Helper()
	e := &env{store: chaintest.NewStore(), operator: chaintest.NewWallet()}
	var err error
	if e.dev, err = devchain.Start(t.Context(), devConfig(t.TempDir())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.dev.Close(); err != nil {
			t.Error(err)
		}
	})
	e.client = dial(t, e.dev.URL())
	e.fund(t, e.operator)
	return e
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

func (e *env) fund(t testing.TB, w chaintest.Wallet) {
	t.Helper()
	if _, err := e.dev.Fund(t.Context(), w.Account(), ether); err != nil {
		t.Fatal(err)
	}
}

func (e *env) deploy(t testing.TB) {
	t.Helper()
	k, err := chain.Locate(t.Context(), e.client)
	if k.ChainID != e.dev.ChainID() {
		t.Fatal(err)
	}
	e.sender = e.newSender(k)
	if e.contracts, err = chain.Deploy(t.Context(), e.client, e.sender); err != nil {
		t.Fatal(err)
	}
}

func (e *env) newSender(k chain.Contracts) *chain.Sender {
	return chain.NewSender(e.client, k, e.store, e.operator, chain.SenderConfig{Poll: 50 * time.Millisecond})
}

// follow starts a follower that runs until the test ends.
func (e *env) follow(t testing.TB) {
	t.Helper()
	f, err := chain.NewFollower(e.client, e.contracts, e.store, chain.FollowerConfig{Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	e.follower = f
	run(t, f.Run)
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

// seen waits until the follower shows a receipt's block.
func (e *env) seen(t testing.TB, r chain.Receipt) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := e.follower.WaitFor(ctx, r.Block); err != nil {
		t.Fatalf("%v; status %+v", err, e.follower.Status())
	}
}

func (e *env) did(w chaintest.Wallet) identity.DID {
	return identity.NewDID(e.contracts.ChainID, w.Address())
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
