package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// register is a call whose effects can be counted.
func (e *env) register(name string) chain.Call {
	return chain.Call{To: e.contracts.ServerRegistry, Data: bindings.NewServerRegistry().PackRegister(name, []byte("p"), nil, 1)}
}

func (e *env) send(t *testing.T, name string, limit time.Duration) (chain.Receipt, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c := e.register(name)
	return e.sender.Send(ctx, name, c.To, c.Data)
}

// once checks that register took effect exactly once.
func (e *env) once(t *testing.T, name string) {
	t.Helper()
	e.settled(t)
	servers, err := e.follower.Servers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range servers {
		if s.Domain == name && s.Owner == e.operator.Address() {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s took effect %d times", name, n)
	}
}

// senderRestarts: what was signed and stored is sent by the next process, as the
// same transaction.
func senderRestarts(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.proxy.OnCall(lose("eth_sendRawTransaction"))
	if _, err := e.send(t, "restart.example", 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	e.proxy.OnCall(nil)
	e.newSender()
	stop := run(t, e.sender.Run)
	e.until(t, "the next process has sent it", func() bool {
		st, err := e.sender.Status()
		return err == nil && st.Open == 0
	})
	stop()
	r, err := e.send(t, "restart.example", patience)
	if err != nil {
		t.Fatal(err)
	}
	e.once(t, "restart.example")
	next, err := e.send(t, "next.example", patience)
	if err != nil || next.Tx == r.Tx {
		t.Errorf("the next: %v, %v", next, err)
	}
	e.once(t, "next.example")
}

func lose(methods ...string) func(string) chaintest.Fault {
	return func(m string) chaintest.Fault {
		if slices.Contains(methods, m) {
			return chaintest.Lose
		}
		return chaintest.Pass
	}
}

// crashBetweenSteps: a process that dies at any of its writes, or loses the RPC
// at any of its calls, with or without the call having arrived.
func crashBetweenSteps(t *testing.T, s *site) {
	e := newEnv(t, s)
	fired := 0
	try := func(name string, limit time.Duration) {
		t.Helper()
		if _, err := e.send(t, name, limit); err != nil {
			fired++
		}
		e.queue.BeforeApply = nil
		e.proxy.OnCall(nil)
		e.newSender()
		if _, err := e.send(t, name, patience); err != nil {
			t.Fatalf("%s: after the restart: %v", name, err)
		}
		e.once(t, name)
	}
	for n := 1; n <= 3; n++ {
		count := 0
		e.queue.BeforeApply = func() error {
			if count++; count >= n {
				return errors.New("crash")
			}
			return nil
		}
		try(fmt.Sprintf("write%d.example", n), time.Second)
	}
	for _, fault := range []chaintest.Fault{chaintest.Lose, chaintest.Forget} {
		for n := 1; n <= 10; n++ {
			var count atomic.Int64
			e.proxy.OnCall(func(string) chaintest.Fault {
				if count.Add(1) >= int64(n) {
					return fault
				}
				return chaintest.Pass
			})
			try(fmt.Sprintf("call%d-%d.example", n, fault), 150*time.Millisecond)
		}
	}
	if fired < 10 {
		t.Errorf("only %d of 23 faults had an effect", fired)
	}
}

// feePressure: a transaction waits in the chain's pool (for a gap before its
// nonce) until it is replaced, and the pool takes the replacement.
func feePressure(t *testing.T, s *site) {
	e := newEnv(t, s)
	taken := &pool{}
	e.proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		switch method {
		case "eth_getTransactionCount": // there is one before it, so it says
			var n hexutil.Uint64
			json.Unmarshal(result, &n)
			result, _ = json.Marshal(n + 1)
		case "eth_sendRawTransaction":
			taken.add(result)
		}
		return result
	})
	done := make(chan chain.Receipt, 1)
	go func() {
		defer close(done)
		r, err := e.send(t, "pressed.example", patience)
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	e.until(t, "it is in the pool", func() bool { return taken.len() == 1 })
	e.ahead.Store(int64(31 * time.Second))
	e.until(t, "its replacement is in the pool", func() bool { return taken.len() == 2 })
	e.proxy.OnAnswer(nil)
	other := chain.NewSender(dial(t, e.URL()), e.contracts, chaintest.NewStore(), e.operator, sending)
	c := e.register("before.example")
	if _, err := other.Send(t.Context(), "before", c.To, c.Data); err != nil {
		t.Fatal(err)
	}
	if r := <-done; !taken.replaced(r.Tx) {
		t.Errorf("on the chain is %s, in the pool were %v", r.Tx, taken.seen)
	}
	e.once(t, "before.example")
	e.once(t, "pressed.example")
}

// pool is what the chain's pool has taken.
type pool struct {
	mu   sync.Mutex
	seen []common.Hash
}

func (p *pool) add(result json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var h common.Hash
	if json.Unmarshal(result, &h) == nil && !slices.Contains(p.seen, h) {
		p.seen = append(p.seen, h)
	}
}

func (p *pool) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

// replaced reports whether tx came after another.
func (p *pool) replaced(tx common.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Index(p.seen, tx) > 0
}

// nonceTaken: another process with the same account was quicker.
func nonceTaken(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.proxy.OnCall(lose("eth_sendRawTransaction"))
	if _, err := e.send(t, "taken.example", 300*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	other := chain.NewSender(dial(t, e.URL()), e.contracts, chaintest.NewStore(), e.operator, sending)
	c := e.register("other.example")
	if _, err := other.Send(t.Context(), "x", c.To, c.Data); err != nil {
		t.Fatal(err)
	}
	e.proxy.OnCall(nil)
	done := make(chan error, 1)
	go func() { _, err := e.send(t, "taken.example", patience); done <- err }()
	for over := false; !over; { // time passes
		select {
		case err := <-done:
			if over = true; err != nil {
				t.Fatal(err)
			}
		case <-time.After(30 * time.Millisecond):
			e.ahead.Add(int64(16 * time.Second))
		}
	}
	e.once(t, "taken.example")
	e.once(t, "other.example")
}

// outOfFunds: told at once, or by the status of what is queued, which goes on by
// itself when there are coins.
func outOfFunds(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.operator = chaintest.NewWallet()
	e.newSender()
	_, err := e.send(t, "poor.example", patience)
	wantError(t, "without coins", err, chain.ErrUnfunded)
	if err := e.sender.Enqueue(t.Context(), chain.Request{Key: "queued.example", Call: e.register("queued.example")}); err != nil {
		t.Fatal(err)
	}
	stop := run(t, e.sender.Run)
	e.until(t, "the status tells", func() bool {
		st, err := e.sender.Status()
		return err == nil && st.Open == 1 && errors.Is(st.Err, chain.ErrUnfunded)
	})
	e.ahead.Store(int64(16 * time.Second))
	e.Fund(t, e.operator.Account())
	e.until(t, "the queue is empty", func() bool {
		st, err := e.sender.Status()
		return err == nil && st.Open == 0
	})
	stop()
	e.once(t, "queued.example")
}
