package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// overWire puts a line between the env's client and its proxy.
func overWire(t *testing.T, s *site) (*env, *chaintest.Wire) {
	t.Helper()
	e := newEnv(t, s)
	e.stop()
	wire := chaintest.NewWire(t, e.proxy.URL)
	e.client = dial(t, wire.URL)
	e.newSender()
	e.follow(t)
	return e, wire
}

// answersCutOff: the line is cut in the middle of an answer, wherever that is.
func answersCutOff(t *testing.T, s *site) {
	e, wire := overWire(t, s)
	failed := 0
	for _, cut := range []int{1, 16, 100, 170, 200, 250, 400, 700} {
		name := fmt.Sprintf("cut%d.example", cut)
		wire.Set(chaintest.Weakness{Cut: cut})
		if _, err := e.send(t, name, 150*time.Millisecond); err != nil {
			failed++
		}
		wire.Set(chaintest.Weakness{})
		if _, err := e.send(t, name, patience); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e.once(t, name)
	}
	if failed < 4 {
		t.Errorf("only %d of 8 cuts did harm", failed)
	}
	e.equalToFresh(t)
}

// slowAnswers only takes longer.
func slowAnswers(t *testing.T, s *site) {
	e, wire := overWire(t, s)
	wire.Set(chaintest.Weakness{Delay: 60 * time.Millisecond})
	began := time.Now()
	e.addKey(t, chaintest.NewWallet(), key(1))
	if took := time.Since(began); took < 120*time.Millisecond {
		t.Errorf("took %v: nothing was slow", took)
	}
	wire.Set(chaintest.Weakness{})
	e.equalToFresh(t)
}

// awayAtStart: follower and sender are opened while nobody answers, take what
// they are given, and go on when the chain is there.
func awayAtStart(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.stop()
	wire := chaintest.NewWire(t, e.proxy.URL)
	wire.Set(chaintest.Weakness{Refuse: true})
	e.client = dial(t, wire.URL)
	e.newSender()
	e.follow(t)
	stop := run(t, e.sender.Run)
	e.until(t, "the follower says so", func() bool { return errors.Is(e.follower.Status().Err, chain.ErrUnavailable) })
	_, err := e.send(t, "direct.example", patience)
	wantError(t, "a send without a chain", err, chain.ErrUnavailable)
	if err := e.sender.Enqueue(t.Context(), chain.Request{Key: "away.example", Call: e.register("away.example")}); err != nil {
		t.Fatal(err)
	}
	e.until(t, "the sender says so", func() bool {
		st, err := e.sender.Status()
		return err == nil && st.Open == 1 && errors.Is(st.Err, chain.ErrUnavailable)
	})
	wire.Set(chaintest.Weakness{})
	e.until(t, "the queue is empty", func() bool { st, err := e.sender.Status(); return err == nil && st.Open == 0 })
	stop()
	e.until(t, "the follower is well", func() bool { return e.follower.Status().Err == nil })
	e.once(t, "away.example")
	e.equalToFresh(t)
}

// overSocket follows and sends over WebSocket.
func overSocket(t *testing.T, s *site) {
	e := newEnv(t, s)
	e.stop()
	e.client = dial(t, s.Socket())
	e.newSender()
	e.follow(t)
	e.addKey(t, chaintest.NewWallet(), key(1))
	e.equalToFresh(t)
}

// followerRestarts: it goes on where it was.
func followerRestarts(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	s.Grow(t, 20)
	was := e.settled(t)
	e.stop()
	before := e.proxy.Calls("eth_getLogs")
	e.follow(t)
	is := e.settled(t) // geth may seal an empty block of its own after a transaction's
	if n, blocks := e.proxy.Calls("eth_getLogs")-before, is.Number-was.Number; uint64(n) > blocks {
		t.Errorf("%d scans after a restart with %d new blocks", n, blocks)
	}
	e.stop()
	other := newEnv(t, s)
	other.addKey(t, w, key(2))
	e.follow(t)
	e.settled(t)
	if !e.knows(t, w, key(2)) {
		t.Error("what happened meanwhile is unknown")
	}
	e.equalToFresh(t)
}

// lies stop the follower where it is, show in its status, and leave nothing
// behind.
func lies(t *testing.T, s *site) {
	w := chaintest.NewWallet()
	invented := chaintest.Event(s.contracts.IdentityRegistry, bindings.NewIdentityRegistry().GetABI(), "KeyAdded",
		w.Account(), [32]byte(key(66)), uint8(1), later, uint32(0), uint32(0))
	table := []struct {
		name string
		want error
		lie  func(method string, result json.RawMessage) json.RawMessage
	}{
		{"a parent that never was", chain.ErrInconsistent, inBlocks(func(b fields) { b["parentHash"] = common.Hash{1} })},
		{"another number", chain.ErrInconsistent, inBlocks(func(b fields) { b["number"] = more(b["number"]) })},
		{"no block by its number", chain.ErrUnavailable, inBlocks(func(b fields) { clear(b) })},
		{"a log of another block", chain.ErrInconsistent, inLogs(func(l []fields) []fields {
			return append(l, asFields(t, invented))
		})},
		{"not what was asked for", chain.ErrUnavailable, inAny("eth_getLogs", `"0xzz"`)},
		{"another chain", chain.ErrWrongChain, inAny("eth_chainId", `"0x1"`)},
	}
	for i, c := range table {
		t.Run(c.name, func(t *testing.T) {
			e := newEnv(t, s)
			e.addKey(t, w, key(byte(i)))
			at := e.settled(t)
			e.stop()
			e.proxy.OnAnswer(c.lie)
			s.Grow(t, 1)
			e.follow(t)
			e.until(t, "the status tells", func() bool { return errors.Is(e.follower.Status().Err, c.want) })
			if e.follower.Head() != at || e.knows(t, w, key(66)) {
				t.Errorf("the lie had an effect: at %+v, was at %+v", e.follower.Head(), at)
			}
			e.proxy.OnAnswer(nil)
			e.until(t, "the follower is well", func() bool { return e.follower.Status().Err == nil })
			e.equalToFresh(t)
		})
	}
}

// fields is a JSON object.
type fields map[string]any

func asFields(t *testing.T, v any) (f fields) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func more(n any) hexutil.Uint64 {
	text, _ := n.(string)
	return hexutil.Uint64(hexutil.MustDecodeUint64(text) + 1)
}

// inBlocks alters every block.
func inBlocks(alter func(fields)) func(string, json.RawMessage) json.RawMessage {
	return func(method string, result json.RawMessage) json.RawMessage {
		var b fields
		if method != "eth_getBlockByNumber" || json.Unmarshal(result, &b) != nil || b == nil {
			return result
		}
		if alter(b); len(b) == 0 {
			return json.RawMessage("null")
		}
		result, _ = json.Marshal(b)
		return result
	}
}

// inLogs alters every list of logs.
func inLogs(alter func([]fields) []fields) func(string, json.RawMessage) json.RawMessage {
	return func(method string, result json.RawMessage) json.RawMessage {
		var logs []fields
		if method != "eth_getLogs" || json.Unmarshal(result, &logs) != nil {
			return result
		}
		result, _ = json.Marshal(alter(logs))
		return result
	}
}

// inAny answers something else.
func inAny(to, answer string) func(string, json.RawMessage) json.RawMessage {
	return func(method string, result json.RawMessage) json.RawMessage {
		if method == to {
			return json.RawMessage(answer)
		}
		return result
	}
}

// hideAbove is an RPC that has not heard of the blocks above number, which it
// shows as the latest.
func hideAbove(t *testing.T, s *site, number uint64) func(string, json.RawMessage) json.RawMessage {
	latest := raw(t, s, "eth_getBlockByNumber", hexutil.Uint64(number), false)
	return func(method string, result json.RawMessage) json.RawMessage {
		var b struct{ Number hexutil.Uint64 }
		if method != "eth_getBlockByNumber" || json.Unmarshal(result, &b) != nil || uint64(b.Number) <= number {
			return result
		}
		return latest
	}
}

// raw calls the RPC past any proxy.
func raw(t *testing.T, s *site, method string, params ...any) (result json.RawMessage) {
	t.Helper()
	c, err := rpc.Dial(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CallContext(t.Context(), &result, method, params...); err != nil {
		t.Fatal(err)
	}
	return result
}
