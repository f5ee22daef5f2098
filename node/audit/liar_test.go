package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"
)

// bend makes a proxy alter the results of one method.
func bend[T any](method string, f func(*T)) func(string, json.RawMessage) json.RawMessage {
	return func(m string, result json.RawMessage) json.RawMessage {
		var v T
		if m != method || json.Unmarshal(result, &v) != nil {
			return result
		}
		f(&v)
		result, _ = json.Marshal(v)
		return result
	}
}

// logs bends eth_getLogs' answers about one event.
func logs(topic common.Hash, f func(of []types.Log) []types.Log) func(string, json.RawMessage) json.RawMessage {
	return bend("eth_getLogs", func(all *[]types.Log) {
		var of, others []types.Log
		for _, l := range *all {
			if l.Topics[0] == topic {
				of = append(of, l)
			} else {
				others = append(others, l)
			}
		}
		if len(of) > 0 {
			*all = append(others, f(of)...)
		}
	})
}

// An RPC lies to an auditor who knows one block's hash. Whatever it says is either
// not listened to, or named.
func TestLyingRPC(t *testing.T) {
	w := newWorld(t)
	head, err := w.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proxy := chaintest.NewProxy(t, w.url)
	c := dial(t, proxy.URL)
	policies, identities := bindings.NewPolicyRegistry().GetABI(), bindings.NewIdentityRegistry().GetABI()
	published, revoked := policies.Events["PolicyPublished"].ID, identities.Events["KeyRevoked"].ID
	added, attribute := identities.Events["KeyAdded"].ID, identities.Events["DIDAttributeChanged"].ID
	did := string(w.person)

	type nodes struct {
		Account []string `json:"accountProof"`
		Storage []struct {
			Nodes []string `json:"proof"`
		} `json:"storageProof"`
	}
	for name, c2 := range map[string]struct {
		lie  func(string, json.RawMessage) json.RawMessage
		want []string // prefixes of subject/check/verdict; nil: it changes nothing
	}{
		"honest": {nil, nil},
		"false eth_call": {
			bend("eth_call", func(b *hexutil.Bytes) { *b = make([]byte, len(*b)) }), nil,
		},
		"false code": {
			bend("eth_getCode", func(b *hexutil.Bytes) { *b = []byte{1} }), nil,
		},
		"last version withheld": {
			logs(published, func(of []types.Log) []types.Log { return of[:1] }), []string{"policies/hash-chain/false", "policy 2/listed/false"},
		},
		"all versions withheld": {
			logs(published, func([]types.Log) []types.Log { return nil }), []string{"policies/hash-chain/false", "policy 1/", "policy 2/"},
		},
		"a version's digest altered": {
			logs(published, func(of []types.Log) []types.Log { of[1].Data[0] ^= 1; return of }), []string{"policies/hash-chain/false", "policy 2/"},
		},
		"a version dated back": {
			logs(published, func(of []types.Log) []types.Log { of[1].Data[95]--; return of }), []string{"policies/hash-chain/false", "policy 2/"},
		},
		"proofs cut short": {
			bend("eth_getProof", func(p *nodes) { p.Account = p.Account[:len(p.Account)-1] }), []string{"chain/contracts/false"},
		},
		"slots denied": {
			bend("eth_getProof", func(p *nodes) {
				for i := range p.Storage {
					p.Storage[i].Nodes = nil
				}
			}), []string{"rpc/proof/false"},
		},
		"another state root": {
			bend("eth_getBlockByHash", func(h *map[string]any) { (*h)["stateRoot"] = common.Hash{1}.Hex() }), []string{"rpc/proof/false"},
		},
		"a revocation withheld": {
			logs(revoked, func([]types.Log) []types.Log { return nil }), []string{did + "/key-history/false"},
		},
		"an expiry altered": {
			logs(added, func(of []types.Log) []types.Log { of[0].Data[63]++; return of }), []string{did + "/key-history/false"},
		},
		"a key withheld": {
			logs(added, func(of []types.Log) []types.Log { return of[1:] }), []string{did + "/events/false", did + "/key/false"},
		},
		"a key withheld, with what publishes it": {
			func(m string, r json.RawMessage) json.RawMessage {
				r = logs(added, func(of []types.Log) []types.Log { return of[1:] })(m, r)
				r = logs(revoked, func([]types.Log) []types.Log { return nil })(m, r)
				return logs(attribute, func(of []types.Log) []types.Log { return of[1:2] })(m, r)
			}, []string{did + "/events/false", did + "/key/false"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			proxy.OnAnswer(c2.lie)
			cfg := w.config(t, c)
			cfg.Trust.Block = head.Hash
			r, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			got := unproven(r)
			if (len(got) == 0) != (c2.want == nil) || r.Block.Trust != "hash" || r.Block.Hash != head.Hash {
				t.Errorf("found %q of block %+v, want %q", got, r.Block, c2.want)
			}
			for _, want := range c2.want {
				if !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, want) }) {
					t.Errorf("found %q, want %q", got, c2.want)
				}
			}
		})
	}
}

// One liar among three is outvoted, and three together are still held to what
// they themselves show.
func TestQuorum(t *testing.T) {
	w := newWorld(t)
	published := bindings.NewPolicyRegistry().GetABI().Events["PolicyPublished"].ID
	withhold := logs(published, func(of []types.Log) []types.Log { return of[:1] })
	var proxies []*chaintest.Proxy
	var urls []string
	for range 3 {
		p := chaintest.NewProxy(t, w.url)
		proxies, urls = append(proxies, p), append(urls, p.URL)
	}
	c, err := chain.Dial(chain.DialConfig{URLs: urls, Quorum: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cfg := w.config(t, c)
	cfg.Trust.Quorum = 2
	proxies[0].OnAnswer(withhold)
	r, err := Run(t.Context(), cfg)
	if err != nil || !r.OK() || r.Block.Trust != "quorum" {
		t.Fatal(err, unproven(r), r.Block)
	}
	for _, f := range r.Findings {
		if f.By == ByRPC {
			t.Errorf("%s of %s rests on one RPC", f.Check, f.Subject)
		}
	}
	for _, p := range proxies {
		p.OnAnswer(withhold)
	}
	if r, err = Run(t.Context(), cfg); err != nil || !slices.Contains(unproven(r), "policies/hash-chain/false") {
		t.Error(err, unproven(r))
	}
}

// An RPC that shows an old block as its head is believed in that, and the report
// says so; a server that shows more than it does is not blamed on its word alone:
// an auditor who knows the hash finds the RPC out.
func TestStaleRPC(t *testing.T) {
	w := newWorld(t)
	head, err := w.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	proxy := chaintest.NewProxy(t, w.url)
	c := dial(t, proxy.URL)
	old := w.versions[0].Block
	oldBlock := w.call(t, "eth_getBlockByNumber", hexutil.EncodeUint64(old), false)
	newBlock := w.call(t, "eth_getBlockByHash", head.Hash, false)
	proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		var h struct{ Hash common.Hash }
		if method == "eth_getBlockByNumber" && json.Unmarshal(result, &h) == nil && h.Hash == head.Hash {
			return oldBlock
		}
		return result
	})
	r, err := Run(t.Context(), w.config(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if got := unproven(r); !slices.Contains(got, "policies/head/false") || r.Block.Trust != "rpc" || r.Block.Number != old {
		t.Errorf("found %q at %+v", got, r.Block)
	}

	// The same, passed off as the block that is asked for.
	proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		if method == "eth_getBlockByHash" && string(result) == string(newBlock) {
			return oldBlock
		}
		return result
	})
	cfg := w.config(t, c)
	cfg.Trust.Block = head.Hash
	if r, err = Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if got := unproven(r); !slices.Equal(got, []string{"rpc/proof/false"}) {
		t.Errorf("found %q", got)
	}
}

// What rests on what: nothing that is proven by storage rests on the RPC's word.
func TestBasis(t *testing.T) {
	w := newWorld(t)
	r, err := Run(t.Context(), w.config(t, w.client))
	if err != nil || !r.OK() {
		t.Fatal(err, unproven(r))
	}
	want := map[string]Basis{
		"contracts": ByStorage, "addresses": ByStorage, "chain-id": ByRPC, "genesis": ByRPC, "network": ByRPC,
		"registered": ByStorage, "owner": ByStorage, "domain": ByStorage, "hash-chain": ByStorage, "head": ByStorage,
		"listed": ByHashChain, "text": ByContent, "shown": ByContent, "history": ByStorage, "events": ByLinks, "key": ByStorage,
	}
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if f.By != want[f.Check] {
			t.Errorf("%s of %s is by %s, want %s", f.Check, f.Subject, f.By, want[f.Check])
		}
		seen[f.Check] = true
	}
	if len(seen) != len(want) {
		t.Errorf("checked are only %v", seen)
	}
	for _, d := range r.Proofs {
		if _, _, err := d.Verify(r.Block.Hash); err != nil {
			t.Errorf("%s: %v", d.Fact, err)
		}
	}
	if len(r.Proofs) != 2+2+2 { // server, policies; identity, its history; two keys
		t.Errorf("%d proofs", len(r.Proofs))
	}
}

// Without any server: an identity's history alone.
func TestIdentities(t *testing.T) {
	w := newWorld(t)
	stranger := identity.NewDID(w.about.Chain.ID, identity.Address{9})
	elsewhere := identity.NewDID(w.about.Chain.ID+1, identity.Address{9})
	r, err := Identities(t.Context(), Config{Client: w.client, Identities: []identity.DID{w.person, stranger}})
	if err != nil || !r.OK() {
		t.Fatal(err, unproven(r))
	}
	var keys []string
	for _, f := range r.Findings {
		if f.Check == "key" && f.Subject == string(w.person) {
			keys = append(keys, f.Detail)
		}
	}
	if len(keys) != 2 || !strings.Contains(strings.Join(keys, "\n"), ", ended ") || !strings.Contains(strings.Join(keys, "\n"), ", until ") {
		t.Errorf("keys %q", keys)
	}
	r, err = Identities(t.Context(), Config{Client: w.client, Identities: []identity.DID{elsewhere}})
	if err != nil || !slices.Equal(unproven(r), []string{string(elsewhere) + "/chain/false"}) {
		t.Error(err, unproven(r))
	}
}

// An auditor who names a block that nobody knows has nothing to audit.
func TestUnknownBlock(t *testing.T) {
	w := newWorld(t)
	cfg := w.config(t, w.client)
	cfg.Trust.Block = common.Hash{1}
	if r, err := Run(t.Context(), cfg); err == nil {
		t.Errorf("audited at %+v", r.Block)
	}
}

func (w *world) config(t *testing.T, c *chain.Client) Config {
	t.Helper()
	s := w.honest()
	s.owner, s.keys = w.person.Address().Checksum(), w.shownKeys(t)
	return Config{About: s.about, Fetcher: s, Client: c, Identities: []identity.DID{w.person}}
}
