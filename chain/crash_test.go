package chain_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
)

// crash ends a process at one step: from there on it writes nothing and reaches
// nobody. What it had under way when it died either happened or did not.
type crash struct {
	step string
	// The n-th write fails or, if done, is the last that succeeds.
	write int
	done  bool
	// The n-th call of method never arrives or, if done, its answer is lost.
	method string
	call   int

	mu    sync.Mutex
	dead  bool
	count int
}

var errCrash = errors.New("crash")

// arm sets the trap in a sender's surroundings.
func (c *crash) arm(s *sending) {
	s.queue.BeforeApply = c.beforeApply
	s.proxy.OnCall(c.onCall)
}

func (c *crash) disarm(s *sending) {
	s.queue.BeforeApply = nil
	s.proxy.OnCall(nil)
}

func (c *crash) beforeApply() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCrash
	}
	if c.write == 0 {
		return nil
	}
	if c.count++; c.count < c.write {
		return nil
	}
	c.dead = true
	if c.done {
		return nil
	}
	return errCrash
}

func (c *crash) onCall(method string) chaintest.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return chaintest.Lose
	}
	if method != c.method {
		return chaintest.Pass
	}
	if c.count++; c.count < c.call {
		return chaintest.Pass
	}
	c.dead = true
	if c.done {
		return chaintest.Forget
	}
	return chaintest.Lose
}

func (c *crash) fired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// untilDead runs f, which must end when its context does, until the trap closes.
func (c *crash) untilDead(t *testing.T, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f(ctx) }()
	for deadline := time.Now().Add(time.Minute); !c.fired(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%s: this step was never reached", c.step)
			break
		}
	}
	cancel()
	<-done
}

// The steps of a send. Writes: 1 the call is stored, 2 it is signed, 3 it is in a
// block, 4 it is confirmed.
func sendSteps() []*crash {
	return []*crash{
		{step: "before it is simulated", method: "eth_estimateGas", call: 1},
		{step: "simulated, answer lost", method: "eth_estimateGas", call: 1, done: true},
		{step: "simulated, not stored", write: 1},
		{step: "stored, not signed", write: 1, done: true},
		{step: "stored, fees unknown", method: "eth_maxPriorityFeePerGas", call: 2},
		{step: "stored, nonce unknown", method: "eth_getTransactionCount", call: 1},
		{step: "signed, not stored", write: 2},
		{step: "signed and stored, not sent", write: 2, done: true},
		{step: "lost on the way", method: "eth_sendRawTransaction", call: 1},
		{step: "sent, answer lost", method: "eth_sendRawTransaction", call: 1, done: true},
		{step: "in a block, receipt not seen", method: "eth_getTransactionReceipt", call: 1},
		{step: "receipt seen, not stored", write: 3},
		{step: "receipt stored, not answered", write: 3, done: true},
	}
}

// A crash between any two steps of a send: sent again under its key, the call
// takes effect exactly once, by one transaction.
func TestCrashAtEachStepOfASend(t *testing.T) {
	s := newSending(t)
	for i, c := range sendSteps() {
		name := fmt.Sprintf("send%d.example", i)
		before := s.nonce(t)
		c.arm(s)
		c.untilDead(t, func(ctx context.Context) {
			call := s.register(name)
			s.sender.Send(ctx, name, call.To, call.Data)
		})
		c.disarm(s)
		s.restart()
		r, err := s.send(t, name)
		if err != nil {
			t.Fatalf("%s: after the restart: %v", c.step, err)
		}
		again, err := s.send(t, name)
		if err != nil || again.Tx != r.Tx {
			t.Errorf("%s: sent again: %v %v", c.step, again.Tx, err)
		}
		if n := s.effects(t, name); n != 1 {
			t.Errorf("%s: took effect %d times", c.step, n)
		}
		if n := s.nonce(t) - before; n != 1 {
			t.Errorf("%s: took %d transactions", c.step, n)
		}
	}
}

// The same while it is replaced by one with a higher fee.
func TestCrashAtEachStepOfAReplacement(t *testing.T) {
	s := newSending(t)
	for i, c := range []*crash{
		{step: "raised, not stored", write: 1},
		{step: "raised and stored, not sent", write: 1, done: true},
		{step: "raised, lost on the way", method: "eth_sendRawTransaction", call: 1},
		{step: "raised and sent, answer lost", method: "eth_sendRawTransaction", call: 1, done: true},
		{step: "raised, in a block, not stored", write: 2},
	} {
		name := fmt.Sprintf("raise%d.example", i)
		call := s.register(name)
		swallowed := make(chan struct{})
		once := sync.OnceFunc(func() { close(swallowed) })
		s.proxy.OnCall(func(m string) chaintest.Fault {
			if m == "eth_sendRawTransaction" {
				once()
				return chaintest.Swallow
			}
			return chaintest.Pass
		})
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan struct{})
		go func() { defer close(sent); s.sender.Send(ctx, name, call.To, call.Data) }()
		<-swallowed
		cancel()
		<-sent
		c.arm(s)
		s.clock.Add(int64(31 * time.Second))
		c.untilDead(t, func(ctx context.Context) { s.sender.Send(ctx, name, call.To, call.Data) })
		c.disarm(s)
		s.restart()
		if _, err := s.send(t, name); err != nil {
			t.Fatalf("%s: after the restart: %v", c.step, err)
		}
		if n := s.effects(t, name); n != 1 {
			t.Errorf("%s: took effect %d times", c.step, n)
		}
	}
}

// The steps of a batch of three, which are stored before it is driven. Writes: 1
// the carrier has its members, 2 it is signed, 3 it is in a block.
func TestCrashAtEachStepOfABatch(t *testing.T) {
	s := newSending(t)
	for i, c := range []*crash{
		{step: "stored, not rehearsed", method: "eth_call", call: 1},
		{step: "rehearsed, not carried", write: 1},
		{step: "carried, not signed", write: 1, done: true},
		{step: "carried, fees unknown", method: "eth_maxPriorityFeePerGas", call: 1},
		{step: "signed, not stored", write: 2},
		{step: "signed and stored, not sent", write: 2, done: true},
		{step: "lost on the way", method: "eth_sendRawTransaction", call: 1},
		{step: "sent, answer lost", method: "eth_sendRawTransaction", call: 1, done: true},
		{step: "in a block, receipt not seen", method: "eth_getTransactionReceipt", call: 1},
		{step: "receipt seen, not stored", write: 3},
		{step: "receipt stored, not answered", write: 3, done: true},
	} {
		before := s.nonce(t)
		people := s.people(t, 3, byte(i))
		ids := s.submit(t, people)
		c.arm(s)
		c.untilDead(t, func(ctx context.Context) { s.ops().Wait(ctx, ids[0]) })
		c.disarm(s)
		s.restart()
		for j, id := range s.submit(t, people) { // again, as one who got no answer would
			if id != ids[j] {
				t.Errorf("%s: its id became %s", c.step, id)
			}
			r, err := s.wait(t, id)
			if err != nil || r.Shared != 3 {
				t.Fatalf("%s: person %d: shared by %d, %v", c.step, j, r.Shared, err)
			}
		}
		s.haveKeys(t, people)
		if n := s.nonce(t) - before; n != 1 {
			t.Errorf("%s: took %d transactions", c.step, n)
		}
	}
}

// Accepting an operation is a step, too: it is stored, or the caller is told.
func TestCrashWhileAnOperationIsAccepted(t *testing.T) {
	s := newSending(t)
	for i, c := range []*crash{
		{step: "checked, not simulated", method: "eth_estimateGas", call: 1},
		{step: "simulated, not stored", write: 1},
		{step: "stored", write: 1, done: true},
	} {
		p := s.people(t, 1, 100+byte(i))[0]
		c.arm(s)
		id, err := s.ops().Submit(t.Context(), p.typed, p.sig)
		stored := c.done && c.write > 0
		if !c.fired() || stored != (err == nil) {
			t.Errorf("%s: fired %v, %v", c.step, c.fired(), err)
		}
		c.disarm(s)
		s.restart()
		if _, err := s.ops().State(id, p.did); stored != (err == nil) || !stored && !errors.Is(err, chain.ErrUnknownCall) {
			t.Errorf("%s: state after the restart: %v", c.step, err)
		}
	}
}
