package chain_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
)

// sending is a sender behind a proxy, with a clock of its own.
type sending struct {
	*env
	proxy *chaintest.Proxy
	queue *chaintest.Store // the sender's; the follower has its own
	clock atomic.Int64     // what to add to real time

	maxGas uint64   // of the sender, from the next restart on
	budget *big.Int // likewise
}

func newSending(t *testing.T) *sending {
	t.Helper()
	s := &sending{env: newEnv(t), queue: chaintest.NewStore()}
	s.proxy = chaintest.NewProxy(t, s.dev.URL())
	s.client = dial(t, s.proxy.URL)
	s.restart()
	return s
}

// restart forgets all that is not stored.
func (s *sending) restart() {
	s.sender = chain.NewSender(s.client, s.contracts, s.queue, s.operator, chain.SenderConfig{
		Poll: 20 * time.Millisecond, ReplaceAfter: 30 * time.Second, Confirmations: 2,
		MaxGas: s.maxGas, DailyBudget: s.budget,
		Now: func() time.Time { return time.Now().Add(time.Duration(s.clock.Load())) },
	})
}

// register is a call whose effects can be counted.
func (s *sending) register(name string) chain.Call {
	data := bindings.NewServerRegistry().PackRegister(name, []byte("p"), nil, 1)
	return chain.Call{To: s.contracts.ServerRegistry, Data: data}
}

// effects counts how often register took effect.
func (s *sending) effects(t *testing.T, name string) (n int) {
	t.Helper()
	head, err := s.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.seen(t, chain.Receipt{Block: head.Number})
	servers, err := s.follower.Servers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, srv := range servers {
		if srv.Domain == name && srv.Owner == s.operator.Address() {
			n++
		}
	}
	return n
}

func (s *sending) send(t *testing.T, name string) (chain.Receipt, error) {
	t.Helper()
	return s.sendFor(t, name, time.Minute)
}

func (s *sending) sendFor(t *testing.T, name string, d time.Duration) (chain.Receipt, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	c := s.register(name)
	return s.sender.Send(ctx, name, c.To, c.Data)
}

func TestSendManyAtOnce(t *testing.T) {
	s := newSending(t)
	var wg sync.WaitGroup
	for i := range 24 { // every key three times
		wg.Go(func() {
			if _, err := s.send(t, fmt.Sprintf("many%d.example", i%8)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range 8 {
		if n := s.effects(t, fmt.Sprintf("many%d.example", i)); n != 1 {
			t.Errorf("%d took effect %d times", i, n)
		}
	}
}

func TestStuckIsReplaced(t *testing.T) {
	s := newSending(t)
	var lost atomic.Int64
	s.proxy.OnCall(func(m string) chaintest.Fault {
		if m == "eth_sendRawTransaction" && lost.Add(1) <= 2 { // the RPC takes it and drops it
			return chaintest.Swallow
		}
		return chaintest.Pass
	})
	done := make(chan error, 1)
	go func() { _, err := s.send(t, "stuck.example"); done <- err }()
	for lost.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	s.clock.Add(int64(16 * time.Second)) // sent again
	for lost.Load() == 1 {
		time.Sleep(time.Millisecond)
	}
	s.clock.Add(int64(31 * time.Second)) // replaced
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := s.effects(t, "stuck.example"); n != 1 {
		t.Errorf("took effect %d times", n)
	}
	// The one that got through pays more than the queue first offered: its tx is
	// another than the one swallowed, under the same nonce.
	r, _ := s.send(t, "stuck.example")
	client, err := ethclient.Dial(s.dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	tx, _, err := client.TransactionByHash(t.Context(), r.Tx)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := s.send(t, "fresh.example")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := client.TransactionByHash(t.Context(), fresh.Tx)
	if err != nil || tx.GasTipCap().Cmp(other.GasTipCap()) <= 0 || other.Nonce() != tx.Nonce()+1 {
		t.Errorf("replacement tips %v, a fresh one %v (%v)", tx.GasTipCap(), other.GasTipCap(), err)
	}
}

func TestNonceTakenByAnother(t *testing.T) {
	s := newSending(t)
	s.proxy.OnCall(func(m string) chaintest.Fault {
		if m == "eth_sendRawTransaction" {
			return chaintest.Lose
		}
		return chaintest.Pass
	})
	if _, err := s.sendFor(t, "taken.example", 2*time.Second); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	other := chain.NewSender(dial(t, s.dev.URL()), s.contracts, chaintest.NewStore(), s.operator, chain.SenderConfig{Poll: 20 * time.Millisecond})
	c := s.register("other.example")
	if _, err := other.Send(t.Context(), "x", c.To, c.Data); err != nil {
		t.Fatal(err)
	}
	s.proxy.OnCall(nil)
	done := make(chan error, 1)
	go func() { _, err := s.send(t, "taken.example"); done <- err }()
	for { // time passes
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if a, b := s.effects(t, "taken.example"), s.effects(t, "other.example"); a != 1 || b != 1 {
				t.Errorf("took effect %d and %d times", a, b)
			}
			return
		case <-time.After(30 * time.Millisecond):
			s.clock.Add(int64(16 * time.Second))
		}
	}
}

// A reorganisation drops a transaction whose receipt was seen.
func TestDroppedAfterReceipt(t *testing.T) {
	s := newSending(t)
	r, err := s.send(t, "dropped.example")
	if err != nil {
		t.Fatal(err)
	}
	var hidden atomic.Int64
	s.proxy.OnAnswer(func(m string, result json.RawMessage) json.RawMessage {
		if m == "eth_getTransactionReceipt" && hidden.Add(1) <= 3 {
			return json.RawMessage("null")
		}
		return result
	})
	before := s.proxy.Calls("eth_sendRawTransaction")
	again, err := s.send(t, "dropped.example")
	if err != nil || again.Tx != r.Tx {
		t.Errorf("%v, want %v (%v)", again.Tx, r.Tx, err)
	}
	if s.proxy.Calls("eth_sendRawTransaction") == before {
		t.Error("was not sent again")
	}
	if n := s.effects(t, "dropped.example"); n != 1 {
		t.Errorf("took effect %d times", n)
	}
}

func TestRevertsAreNamedAndNotSent(t *testing.T) {
	s := newSending(t)
	before := s.proxy.Calls("eth_sendRawTransaction")
	data := bindings.NewPolicyRegistry().PackPublish(big.NewInt(1<<40), sha256.Sum256(nil), []byte("cid"), 0)
	_, err := s.sender.Send(t.Context(), "k", s.contracts.PolicyRegistry, data)
	var revert *chain.RevertError
	if !errors.As(err, &revert) || !errors.Is(err, chain.ErrReverted) || revert.Reason != "NotPublisher" {
		t.Fatalf("got %v", err)
	}
	if want := "NotPublisher(server 1099511627776, caller " + s.operator.Account().Hex() + ")"; revert.Message != want {
		t.Errorf("message %q, want %q", revert.Message, want)
	}
	if s.proxy.Calls("eth_sendRawTransaction") != before {
		t.Error("sent all the same")
	}
	c := s.register("reuse.example")
	if _, err := s.sender.Send(t.Context(), "k", c.To, c.Data); err != nil { // nothing was stored under the key
		t.Errorf("after a refused simulation: %v", err)
	}
	c = s.register("other.example")
	if _, err := s.sender.Send(t.Context(), "k", c.To, c.Data); !errors.Is(err, chain.ErrKeyReused) {
		t.Errorf("another call under a used key: %v", err)
	}
}

// Two calls pass simulation, but only one can succeed: the other is reverted on
// the chain, says why, and may be tried again.
func TestRevertedOnChain(t *testing.T) {
	s := newSending(t)
	reg := chain.NewRegistrar(s.sender, s.contracts)
	id, _, err := reg.RegisterServer(t.Context(), chain.Registration{Domain: "a.example", PeerID: []byte("x"), Roles: 1})
	if err != nil {
		t.Fatal(err)
	}
	anchor := func(root byte) chain.Request {
		data := bindings.NewLogRegistry().PackAnchor(new(big.Int).SetUint64(id), 5, [32]byte{root})
		return chain.Request{Key: fmt.Sprint("anchor", root), Call: chain.Call{To: s.contracts.LogRegistry, Data: data}}
	}
	_, err = s.sender.SendAll(t.Context(), anchor(1), anchor(2))
	var revert *chain.RevertError
	if !errors.As(err, &revert) || revert.Reason != "NotGrown" {
		t.Fatalf("got %v", err)
	}
	if _, err := s.sender.SendAll(t.Context(), anchor(1)); err != nil {
		t.Errorf("the first: %v", err)
	}
	if _, err := s.sender.SendAll(t.Context(), anchor(2)); !errors.As(err, &revert) || revert.Reason != "NotGrown" {
		t.Errorf("the second, again: %v", err)
	}
}

// While the chain is away calls can be queued; Run sends them when it is back.
func TestEnqueueWhileAway(t *testing.T) {
	s := newSending(t)
	s.proxy.OnCall(func(string) chaintest.Fault { return chaintest.Lose })
	if _, err := s.send(t, "away.example"); !errors.Is(err, chain.ErrUnavailable) {
		t.Errorf("Send: %v", err)
	}
	bad := chain.Request{Key: "bad", Call: chain.Call{To: s.contracts.PolicyRegistry, Data: []byte{1, 2, 3, 4}}}
	if err := s.sender.Enqueue(t.Context(), bad, chain.Request{Key: "away.example", Call: s.register("away.example")}); err != nil {
		t.Fatal(err)
	}
	stop := run(t, s.sender.Run)
	for st, _ := s.sender.Status(); st.Err == nil; st, _ = s.sender.Status() {
		time.Sleep(5 * time.Millisecond)
	}
	if st, err := s.sender.Status(); err != nil || st.Open != 2 || !errors.Is(st.Err, chain.ErrUnavailable) {
		t.Errorf("status %+v, %v", st, err)
	}
	s.proxy.OnCall(nil)
	for st, _ := s.sender.Status(); st.Open > 0; st, _ = s.sender.Status() {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if n := s.effects(t, "away.example"); n != 1 {
		t.Errorf("took effect %d times", n)
	}
	if _, err := s.sender.SendAll(t.Context(), bad); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("the bad one: %v", err)
	}
}

// While the chain is away an anchor is stored; asked for again and again, and over a
// restart, it is made once.
func TestAnchorWhileAwayIsMadeOnce(t *testing.T) {
	s := newSending(t)
	reg := chain.NewRegistrar(s.sender, s.contracts)
	id, _, err := reg.RegisterServer(t.Context(), chain.Registration{Domain: "anchor.example", PeerID: []byte("x"), Roles: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := s.nonce(t)
	s.proxy.OnCall(func(string) chaintest.Fault { return chaintest.Lose })
	for range 2 {
		if _, err := reg.AnchorLog(t.Context(), id, 5, [32]byte{1}); !errors.Is(err, chain.ErrQueued) {
			t.Errorf("away: %v", err)
		}
	}
	s.restart()
	s.proxy.OnCall(nil)
	reg = chain.NewRegistrar(s.sender, s.contracts)
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if head, err := reg.AnchorLog(ctx, id, 5, [32]byte{1}); err != nil || head.Size != 5 {
			t.Errorf("back: %+v, %v", head, err)
		}
		cancel()
	}
	if n := s.nonce(t) - before; n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestFeeAndGasLimits(t *testing.T) {
	s := newSending(t)
	c := s.register("dear.example")
	for name, config := range map[string]chain.SenderConfig{"fee": {MaxFee: big.NewInt(1)}, "gas": {MaxGas: 50_000}} {
		dear := chain.NewSender(s.client, s.contracts, chaintest.NewStore(), s.operator, config)
		if _, err := dear.Send(t.Context(), "k", c.To, c.Data); !errors.Is(err, chain.ErrFeeTooHigh) {
			t.Errorf("%s: %v", name, err)
		}
	}
	poor := chain.NewSender(s.client, s.contracts, chaintest.NewStore(), chaintest.NewWallet(), chain.SenderConfig{})
	if _, err := poor.Send(t.Context(), "k", c.To, c.Data); !errors.Is(err, chain.ErrUnfunded) {
		t.Errorf("poor: %v", err)
	}
}

// Chains without EIP-1559 get legacy transactions.
func TestLegacyFees(t *testing.T) {
	s := newSending(t)
	s.proxy.OnAnswer(func(m string, result json.RawMessage) json.RawMessage {
		if strings.HasPrefix(m, "eth_getBlock") {
			var b map[string]any
			json.Unmarshal(result, &b)
			delete(b, "baseFeePerGas")
			result, _ = json.Marshal(b)
		}
		return result
	})
	r, err := s.send(t, "legacy.example")
	if err != nil {
		t.Fatal(err)
	}
	client, err := ethclient.Dial(s.dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if tx, _, err := client.TransactionByHash(t.Context(), r.Tx); err != nil || tx.Type() != types.LegacyTxType {
		t.Errorf("type %v, %v", tx, err)
	}
}

// A signer that signs for another account is found out before anything is sent.
func TestBrokenSigner(t *testing.T) {
	s := newSending(t)
	broken := chain.NewSender(s.client, s.contracts, chaintest.NewStore(), mixedUp{s.operator, chaintest.NewWallet()}, chain.SenderConfig{Poll: time.Millisecond})
	c := s.register("broken.example")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	before := s.proxy.Calls("eth_sendRawTransaction")
	if _, err := broken.Send(ctx, "k", c.To, c.Data); err == nil || !strings.Contains(err.Error(), "signature is of") {
		t.Errorf("got %v", err)
	}
	if s.proxy.Calls("eth_sendRawTransaction") != before {
		t.Error("sent all the same")
	}
}

type mixedUp struct {
	chaintest.Wallet
	other chaintest.Wallet
}

func (m mixedUp) SignTransaction(ctx context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	return m.other.SignTransaction(ctx, chainID, tx)
}

// Once there are enough blocks above, an entry is out of the queue.
func TestConfirmed(t *testing.T) {
	s := newSending(t)
	if _, err := s.send(t, "first.example"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := s.send(t, fmt.Sprintf("next%d.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	open := 0
	for k := range s.queue.Dump() {
		if k[0] == 0x31 && strings.Contains(k, string(s.operator.Account().Bytes())) {
			open++
		}
	}
	if open > 3 {
		t.Errorf("%d entries open", open)
	}
}
