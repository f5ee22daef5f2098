package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
)

// An RPC shows the nonce of our own transaction as used, but not its receipt: however
// long that lasts, the transaction is not signed anew.
func TestOwnNonceIsNotTakenForAnothers(t *testing.T) {
	s := newSending(t)
	var hiding atomic.Bool
	hiding.Store(true)
	var hidden atomic.Int64
	s.proxy.OnAnswer(func(m string, result json.RawMessage) json.RawMessage {
		if m == "eth_getTransactionReceipt" && hiding.Load() {
			hidden.Add(1)
			return json.RawMessage("null")
		}
		return result
	})
	before := s.nonce(t)
	done := make(chan error, 1)
	go func() { _, err := s.sendFor(t, "own.example", time.Minute); done <- err }()
	for range 60 { // a quarter of an hour
		seen := hidden.Load()
		for hidden.Load() == seen {
			time.Sleep(time.Millisecond)
		}
		s.clock.Add(int64(16 * time.Second))
	}
	hiding.Store(false)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if a, b := s.effects(t, "own.example"), s.nonce(t)-before; a != 1 || b != 1 {
		t.Errorf("took effect %d times, by %d transactions", a, b)
	}
}

// Another process's transaction held a nonce and is gone: what waits behind it is
// let through.
func TestGapIsFilled(t *testing.T) {
	s := newSending(t)
	var gap atomic.Bool
	gap.Store(true)
	n := s.nonce(t)
	s.proxy.OnAnswer(func(m string, result json.RawMessage) json.RawMessage {
		if m == "eth_getTransactionCount" && gap.Load() { // as if n were pending
			gap.Store(false)
			return json.RawMessage(fmt.Sprintf(`"0x%x"`, n+1))
		}
		return result
	})
	done := make(chan error, 1)
	go func() { _, err := s.sendFor(t, "behind.example", time.Minute); done <- err }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if a, b := s.effects(t, "behind.example"), s.nonce(t)-n; a != 1 || b != 2 {
				t.Errorf("took effect %d times, by %d transactions", a, b)
			}
			return
		case <-time.After(30 * time.Millisecond):
			s.clock.Add(int64(16 * time.Second))
		}
	}
}

// A chain that stands still is not offered more and more.
func TestFeesAreNotRaisedForEver(t *testing.T) {
	s := newSending(t)
	s.proxy.OnCall(func(m string) chaintest.Fault {
		if m == "eth_sendRawTransaction" {
			return chaintest.Swallow
		}
		return chaintest.Pass
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	c := s.register("still.example")
	go func() { defer close(done); s.sender.Send(ctx, "still.example", c.To, c.Data) }()
	for range 100 {
		seen := s.proxy.Calls("eth_sendRawTransaction")
		for deadline := time.Now().Add(10 * time.Second); s.proxy.Calls("eth_sendRawTransaction") == seen && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		s.clock.Add(int64(31 * time.Second))
	}
	cancel()
	<-done
	s.proxy.OnCall(nil)
	r, err := s.send(t, "still.example")
	if err != nil {
		t.Fatal(err)
	}
	client, err := ethclient.Dial(s.dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tx, _, err := client.TransactionByHash(t.Context(), r.Tx)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := s.send(t, "after.example")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := client.TransactionByHash(t.Context(), fresh.Tx)
	if err != nil || tx.GasFeeCap().Cmp(new(big.Int).Mul(other.GasFeeCap(), big.NewInt(6))) > 0 {
		t.Errorf("it offered %v, a fresh one %v (%v)", tx.GasFeeCap(), other.GasFeeCap(), err)
	}
}

// A signer that fails keeps nothing back for good, and is named.
func TestSignerThatFails(t *testing.T) {
	s := newSending(t)
	failing := &moody{Wallet: s.operator}
	failing.refuses.Store(true)
	s.sender = chain.NewSender(s.client, s.contracts, s.queue, failing, chain.SenderConfig{Poll: 20 * time.Millisecond})
	if _, err := s.sendFor(t, "moody.example", 300*time.Millisecond); !errors.Is(err, chain.ErrSigner) {
		t.Errorf("got %v", err)
	}
	failing.refuses.Store(false)
	if _, err := s.send(t, "moody.example"); err != nil {
		t.Error(err)
	}
	if n := s.effects(t, "moody.example"); n != 1 {
		t.Errorf("took effect %d times", n)
	}
}

type moody struct {
	chaintest.Wallet
	refuses atomic.Bool
}

func (m *moody) SignTransaction(ctx context.Context, id *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	if m.refuses.Load() {
		return nil, errors.New("not today")
	}
	return m.Wallet.SignTransaction(ctx, id, tx)
}
