package chain_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"
)

// voters are clients' ways to one chain, each through a proxy of its own.
func voters(t *testing.T, e *env, endpoints, quorum int) (*chain.Client, []*chaintest.Proxy) {
	t.Helper()
	var proxies []*chaintest.Proxy
	var urls []string
	for range endpoints {
		p := chaintest.NewProxy(t, e.dev.URL())
		proxies, urls = append(proxies, p), append(urls, p.URL)
	}
	c, err := chain.Dial(chain.DialConfig{URLs: urls, Quorum: quorum})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, proxies
}

// alter makes a proxy answer a method with what f makes of the truth.
func alter(p *chaintest.Proxy, method string, f func(json.RawMessage) json.RawMessage) {
	p.OnAnswer(func(m string, result json.RawMessage) json.RawMessage {
		if m != method {
			return result
		}
		return f(result)
	})
}

// Who owns an identity is the quorum's to say: a liar is outvoted and named, and two
// who contradict each other are no answer.
func TestQuorumOutvotesALiarInCalls(t *testing.T) {
	e := newEnv(t)
	registry := bindings.NewIdentityRegistry()
	owner := chaintest.NewWallet().Account()
	question := registry.PackIdentityOwner(owner)
	lie := func(json.RawMessage) json.RawMessage {
		return json.RawMessage(`"` + hexutil.Encode(common.LeftPadBytes(chaintest.NewWallet().Account().Bytes(), 32)) + `"`)
	}
	for liar := range 2 {
		c, proxies := voters(t, e, 3, 2)
		alter(proxies[liar], "eth_call", lie)
		out, err := c.Call(t.Context(), identity.Address(e.contracts.IdentityRegistry), question)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := registry.UnpackIdentityOwner(out); err != nil || got != owner {
			t.Errorf("liar %d: the owner is %s, %v", liar, got, err)
		}
		if endpoints := c.Endpoints(); endpoints[liar].Disagreements == 0 || endpoints[1-liar].Disagreements > 0 || endpoints[2].Disagreements > 0 {
			t.Errorf("liar %d is not the one named: %+v", liar, endpoints)
		}
	}
	c, proxies := voters(t, e, 2, 2)
	alter(proxies[1], "eth_call", lie)
	if _, err := c.Call(t.Context(), identity.Address(e.contracts.IdentityRegistry), question); !errors.Is(err, chain.ErrNoQuorum) {
		t.Errorf("a split: %v", err)
	}
}

// A refusal is an answer like any other.
func TestQuorumAgreesOnRefusals(t *testing.T) {
	e := newEnv(t)
	c, _ := voters(t, e, 2, 2)
	stranger := bindings.NewIdentityRegistry().PackFinishRecovery(chaintest.NewWallet().Account())
	_, err := c.Call(t.Context(), identity.Address(e.contracts.IdentityRegistry), stranger)
	if !errors.Is(err, chain.ErrReverted) {
		t.Error(err)
	}
	for i, endpoint := range c.Endpoints() {
		if endpoint.Disagreements > 0 {
			t.Errorf("endpoint %d is accused: %s", i, endpoint.Disagreed)
		}
	}
}

// One endpoint that shows a transaction failed, or in no block, changes nothing.
func TestQuorumOutvotesALiarInReceipts(t *testing.T) {
	for name, lie := range map[string]func(json.RawMessage) json.RawMessage{
		"it failed":         func(r json.RawMessage) json.RawMessage { return failed(r) },
		"it is in no block": func(json.RawMessage) json.RawMessage { return json.RawMessage(`null`) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t)
			c, proxies := voters(t, e, 3, 2)
			alter(proxies[0], "eth_getTransactionReceipt", lie)
			sender := chain.NewSender(c, e.contracts, chaintest.NewStore(), e.operator, chain.SenderConfig{Poll: 20 * time.Millisecond})
			data := bindings.NewIdentityRegistry().PackAddKey(e.operator.Account(), key(7), 1, later)
			if _, err := sender.Send(t.Context(), "key", e.contracts.IdentityRegistry, data); err != nil {
				t.Error(err)
			}
		})
	}
}

func failed(result json.RawMessage) json.RawMessage {
	var receipt map[string]any
	if json.Unmarshal(result, &receipt) != nil || receipt == nil {
		return result
	}
	receipt["status"] = "0x0"
	b, _ := json.Marshal(receipt)
	return b
}

func TestOneRPCIsNoQuorumWithItself(t *testing.T) {
	for _, row := range []struct {
		a, b string
		same bool
	}{
		{"http://rpc.example.org", "HTTP://RPC.Example.org/", true},
		{"https://rpc.example.org:443/key", "https://rpc.example.org/key", true},
		{"wss://rpc.example.org./key/", "wss://rpc.example.org:443/key", true},
		{"http://[::1]:8545", "http://[::1]:8545/", true},
		{"http://rpc.example.org", "https://rpc.example.org", false},
		{"https://rpc.example.org/key", "https://rpc.example.org/Key", false},
		{"https://rpc.example.org/?key=1", "https://rpc.example.org/?key=2", false},
		{"https://a@rpc.example.org", "https://b@rpc.example.org", false},
		{"http://127.0.0.1:8545", "http://127.0.0.1:8546", false},
		{"http://localhost:8545", "http://127.0.0.1:8545", true},
		{"http://[::1]:8545", "http://127.1.2.3:8545/", true},
		{"http://127.0.0.1:8545", "ws://localhost:8545/ws", true},
		{"https://rpc.example.org/v3/key", "wss://rpc.example.org/ws/v3/key", true},
		{"http://127.0.0.1:8545", "ws://127.0.0.1:8546", false},
		{"http://127.0.0.1:8545/one", "http://localhost:8545/two", false},
	} {
		if got := chain.SameURL(row.a, row.b); got != row.same {
			t.Errorf("%s and %s: %v", row.a, row.b, got)
		}
		_, err := chain.Dial(chain.DialConfig{URLs: []string{row.a, row.b}, Quorum: 2})
		if twice := err != nil && strings.Contains(err.Error(), "given twice"); twice != row.same {
			t.Errorf("dial %s and %s: %v", row.a, row.b, err)
		}
	}
}
