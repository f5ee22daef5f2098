package chain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
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
	r, err := chain.PolicyHistory(t.Context(), e.proverNow(t, c), e.contracts, server)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(r.Versions, published) || r.Count != 3 || r.Head != published[2].Head || r.At.Number < published[2].Block {
		t.Errorf("history %+v, want %+v", r, published)
	}
	none, err := chain.PolicyHistory(t.Context(), e.proverNow(t, c), e.contracts, 1<<40)
	if err != nil || len(none.Versions) != 0 || none.Count != 0 || none.Check() != nil {
		t.Errorf("of no server: %+v, %v, %v", none, err, none.Check())
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
		proxy.OnAnswer(onLogs(lie))
		r, err := chain.PolicyHistory(t.Context(), e.proverNow(t, c), e.contracts, server)
		if err == nil {
			err = r.Check()
		}
		if !errors.Is(err, chain.ErrInconsistent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever an RPC does to an identity's events, what is proven stands against it.
func TestIdentityHistoryThroughALiar(t *testing.T) {
	p := newProven(t)
	proxy := chaintest.NewProxy(t, p.dev.URL())
	c := dial(t, proxy.URL)
	honest, err := chain.IdentityHistory(t.Context(), p.proverNow(t, c), p.contracts, p.did)
	if err != nil {
		t.Fatal(err)
	}
	faults := func(r chain.IdentityRecord) (err error) {
		for _, k := range r.Events.Keys {
			err = errors.Join(err, r.CheckKey(k))
		}
		return errors.Join(err, r.CheckState(), r.Linked)
	}
	if err := faults(honest); err != nil || len(honest.Events.Keys) != 5 {
		t.Fatal(err, honest)
	}
	registry := bindings.NewIdentityRegistry().GetABI()
	for i := range 40 {
		dropped := 0
		proxy.OnAnswer(onLogs(func(l []types.Log) []types.Log {
			if i >= len(l) {
				return l
			}
			dropped++
			return slices.Delete(l, i, i+1)
		}))
		r, err := chain.IdentityHistory(t.Context(), p.proverNow(t, c), p.contracts, p.did)
		if err == nil {
			err = faults(r)
		}
		if (dropped > 0) != errors.Is(err, chain.ErrInconsistent) {
			t.Errorf("event %d dropped: %v", i, err)
		}
	}
	for name, lie := range map[string]struct {
		event string
		bend  func(l *types.Log)
	}{
		"expiry":             {"KeyAdded", func(l *types.Log) { l.Data[63]++ }},
		"renewed":            {"KeyAdded", func(l *types.Log) { l.Topics[0] = registry.Events["KeyRenewed"].ID; l.Data = l.Data[32:64] }},
		"purpose":            {"KeyAdded", func(l *types.Log) { l.Data[31] ^= 3 }},
		"another key":        {"KeyAdded", func(l *types.Log) { k := key(77); l.Topics[2] = common.Hash(k) }},
		"not revoked":        {"KeyRevoked", func(l *types.Log) { l.Topics[0] = common.Hash{} }},
		"revoked earlier":    {"KeyRevoked", func(l *types.Log) { l.Data[31]-- }},
		"cut off elsewhere":  {"KeyCutOff", func(l *types.Log) { l.Data[31]++ }},
		"another home":       {"HomeChanged", func(l *types.Log) { l.Topics[2][31]++ }},
		"another owner":      {"EpochStarted", func(l *types.Log) { l.Topics[3][31]++ }},
		"another recovery":   {"RecoveryChanged", func(l *types.Log) { l.Topics[2][31]++ }},
		"another new owner":  {"ChangeStarted", func(l *types.Log) { l.Topics[3][31]++ }},
		"ready earlier":      {"ChangeStarted", func(l *types.Log) { l.Data[31]-- }},
		"a gap in the list":  {"DIDAttributeChanged", func(l *types.Log) { l.Data[32*3+31]-- }},
		"published as other": {"DIDAttributeChanged", func(l *types.Log) { k := key(77); copy(l.Data[len(l.Data)-32:], k[:]) }},
	} {
		bent := false
		proxy.OnAnswer(onLogs(func(l []types.Log) []types.Log {
			for i := range l {
				if l[i].Topics[0] == registry.Events[lie.event].ID {
					lie.bend(&l[i])
					bent = true
					break
				}
			}
			return l
		}))
		r, err := chain.IdentityHistory(t.Context(), p.proverNow(t, c), p.contracts, p.did)
		if err == nil {
			err = faults(r)
		}
		if !bent || !errors.Is(err, chain.ErrInconsistent) {
			t.Errorf("%s (told %t): %v", name, bent, err)
		}
	}
}

// onLogs bends eth_getLogs' answers.
func onLogs(bend func([]types.Log) []types.Log) func(string, json.RawMessage) json.RawMessage {
	return func(method string, result json.RawMessage) json.RawMessage {
		var l []types.Log
		if method != "eth_getLogs" || json.Unmarshal(result, &l) != nil || len(l) == 0 {
			return result
		}
		result, _ = json.Marshal(bend(l))
		return result
	}
}

func TestHistoryOfAnotherChain(t *testing.T) {
	e := newEnv(t)
	if _, err := chain.IdentityHistory(t.Context(), e.proverNow(t, e.client), e.contracts, identity.NewDID(1, alice)); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("got %v", err)
	}
	nobody := chaintest.NewWallet()
	r, err := chain.IdentityHistory(t.Context(), e.proverNow(t, e.client), e.contracts, e.did(nobody))
	if err != nil || r.Events.Owner != nobody.Address() || r.At.Number == 0 || r.CheckState() != nil || r.Linked != nil {
		t.Errorf("nobody: %+v %v", r, err)
	}
}

// The provider refuses wide ranges: the history is read in pieces.
func TestHistoryInPieces(t *testing.T) {
	e, _, _, server, published := audited(t)
	refused := 0
	narrow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var call struct {
			ID     json.RawMessage
			Method string
			Params []struct {
				FromBlock, ToBlock hexutil.Uint64
			}
		}
		if json.Unmarshal(body, &call) == nil && call.Method == "eth_getLogs" && call.Params[0].ToBlock-call.Params[0].FromBlock >= 3 {
			refused++
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32005,"message":"range too wide"}}`, call.ID)
			return
		}
		answer, err := http.Post(e.dev.URL(), "application/json", bytes.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", "application/json")
		io.Copy(w, answer.Body)
	}))
	t.Cleanup(narrow.Close)
	r, err := chain.PolicyHistory(t.Context(), e.proverNow(t, dial(t, narrow.URL)), e.contracts, server)
	if err != nil || r.Check() != nil || !reflect.DeepEqual(r.Versions, published) || refused == 0 {
		t.Errorf("%+v, %v, %v; refused %d times", r, err, r.Check(), refused)
	}
}
