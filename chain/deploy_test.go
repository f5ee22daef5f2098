package chain_test

import (
	"errors"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
)

func TestDeployIsIdempotent(t *testing.T) {
	e := newBareEnv(t)
	before, err := chain.Locate(t.Context(), e.client)
	if !errors.Is(err, chain.ErrNoContracts) {
		t.Fatalf("before: %v", err)
	}
	began := time.Now()
	e.deploy(t)
	t.Logf("deployed in %v", time.Since(began))
	if err := chain.Verify(t.Context(), e.client, e.contracts); err != nil {
		t.Fatal(err)
	}
	if e.contracts.Network() != before.Network() {
		t.Error("the network's name depends on whether the contracts are deployed")
	}
	head, err := e.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := chain.Deploy(t.Context(), e.client, e.sender)
	if err != nil {
		t.Fatal(err)
	}
	if again.Network() != e.contracts.Network() {
		t.Error("a second deployment gave another network")
	}
	if after, _ := e.client.Head(t.Context()); after != head {
		t.Error("a second deployment sent something")
	}
}

// Two nodes may come to a fresh chain together.
func TestDeployTwiceAtOnce(t *testing.T) {
	e := newBareEnv(t)
	k, _ := chain.Locate(t.Context(), e.client)
	other := chaintest.NewWallet()
	e.fund(t, other)
	errs := make(chan error, 2)
	for _, s := range []*chain.Sender{
		e.newSender(k),
		chain.NewSender(e.client, k, chaintest.NewStore(), other, chain.SenderConfig{Poll: 50 * time.Millisecond}),
	} {
		go func() {
			_, err := chain.Deploy(t.Context(), e.client, s)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestVerifyRefusesOtherChains(t *testing.T) {
	e := newBareEnv(t)
	e.deploy(t)
	other := e.contracts
	other.ChainID++
	if err := chain.Verify(t.Context(), e.client, other); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("chain id: %v", err)
	}
	other = e.contracts
	other.Genesis[0]++
	if err := chain.Verify(t.Context(), e.client, other); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("genesis: %v", err)
	}
	if err := chain.Verify(t.Context(), newBareEnv(t).client, e.contracts); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("another chain: %v", err)
	}
	dead := dial(t, "http://127.0.0.1:1")
	if err := chain.Verify(t.Context(), dead, e.contracts); !errors.Is(err, chain.ErrUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestUnfundedDeployerIsTold(t *testing.T) {
	e := newBareEnv(t)
	k, _ := chain.Locate(t.Context(), e.client)
	poor := chain.NewSender(e.client, k, chaintest.NewStore(), chaintest.NewWallet(), chain.SenderConfig{})
	if _, err := chain.Deploy(t.Context(), e.client, poor); !errors.Is(err, chain.ErrUnfunded) {
		t.Errorf("got %v", err)
	}
}
