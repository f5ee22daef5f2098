package chain_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// audited is a server with three policy versions, seen through a proxy.
func audited(t *testing.T) (e *env, c *chain.Client, proxy *chaintest.Proxy, server uint64, published []chain.PolicyVersion) {
	t.Helper()
	e = newEnv(t)
	server = e.server(t)
	published = publish(t, chain.NewRegistrar(e.sender, e.contracts), server, "one", "two", "three")
	proxy = chaintest.NewProxy(t, e.dev.URL())
	return e, dial(t, proxy.URL), proxy, server, published
}

func TestPolicyHistory(t *testing.T) {
	e, c, _, server, published := audited(t)
	r, err := chain.PolicyHistory(t.Context(), c, e.contracts, server)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(r.Versions, published) || r.Count != 3 || r.Head != published[2].Head || r.At.Number < published[2].Block {
		t.Errorf("history %+v, want %+v", r, published)
	}
	none, err := chain.PolicyHistory(t.Context(), c, e.contracts, 1<<40)
	if err != nil || len(none.Versions) != 0 || none.Count != 0 || none.Check() != nil {
		t.Errorf("of no server: %+v, %v, %v", none, err, none.Check())
	}
	s, err := chain.ServerAt(t.Context(), c, e.contracts, server)
	if err != nil || s.Owner != e.operator.Address() || s.Domain != "example.org" {
		t.Errorf("server %+v, %v", s, err)
	}
	if _, err := chain.ServerAt(t.Context(), c, e.contracts, 1<<40); !errors.Is(err, chain.ErrUnknownServer) {
		t.Errorf("no server: %v", err)
	}
}

// Whatever an RPC does to the events, they no longer match what the contract
// committed to.
func TestPolicyHistoryThroughALiar(t *testing.T) {
	e, c, proxy, server, _ := audited(t)
	type logs = []types.Log
	lies := map[string]func(logs) logs{
		"dropped":    func(l logs) logs { return append(l[:1], l[2:]...) },
		"last gone":  func(l logs) logs { return l[:2] },
		"all gone":   func(l logs) logs { return l[:0] },
		"added":      func(l logs) logs { return append(l, l[2]) },
		"altered":    func(l logs) logs { l[1].Data[3]++; return l },
		"effective":  func(l logs) logs { l[1].Data[32*2+31]++; return l },
		"reordered":  func(l logs) logs { l[0].Topics, l[1].Topics = l[1].Topics, l[0].Topics; return l },
		"other head": func(l logs) logs { l[2].Data[32*4]++; return l },
	}
	for name, lie := range lies {
		proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
			if method != "eth_getLogs" {
				return result
			}
			var l logs
			if json.Unmarshal(result, &l) != nil || len(l) == 0 {
				return result
			}
			result, _ = json.Marshal(lie(l))
			return result
		})
		r, err := chain.PolicyHistory(t.Context(), c, e.contracts, server)
		if err == nil {
			err = r.Check()
		}
		if !errors.Is(err, chain.ErrInconsistent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		if method == "eth_call" {
			var b hexutil.Bytes
			json.Unmarshal(result, &b)
			b[31] ^= 1
			result, _ = json.Marshal(b)
		}
		return result
	})
	r, err := chain.PolicyHistory(t.Context(), c, e.contracts, server)
	if err != nil || !errors.Is(r.Check(), chain.ErrInconsistent) {
		t.Errorf("another head in storage: %v, %v", err, r.Check())
	}
}

func TestHistoryOfAnotherChain(t *testing.T) {
	e := newEnv(t)
	if _, _, err := chain.IdentityHistory(t.Context(), e.client, e.contracts, identity.NewDID(1, alice)); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("got %v", err)
	}
	id, at, err := chain.IdentityHistory(t.Context(), e.client, e.contracts, identity.NewDID(e.contracts.ChainID, alice))
	if err != nil || id.Owner != alice || at.Number == 0 {
		t.Errorf("nobody: %+v %+v %v", id, at, err)
	}
}

// The provider refuses wide ranges: the history is read in pieces.
func TestHistoryInPieces(t *testing.T) {
	f := chaintest.NewFake(t)
	for i := range 50 {
		f.Mine(keyAdded(alice, key(byte(i))))
	}
	f.Set(func(f *chaintest.Fake) { f.MaxRange = 3 })
	id, _, err := chain.IdentityHistory(t.Context(), dial(t, f.URL), f.Contracts(), identity.NewDID(f.ChainID, alice))
	if err != nil || len(id.Keys) != 50 || id.Keys[49].AddedBlock != 50 {
		t.Errorf("%d keys, %v", len(id.Keys), err)
	}
}
