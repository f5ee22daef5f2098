package chain_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/chain/proof"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

var update = flag.Bool("update", false, "write the documents that chain/proof tests with")

// proven is a chain with something of everything on it, at a block.
type proven struct {
	*env
	server  uint64
	person  chaintest.Wallet
	did     identity.DID
	nobody  identity.DID
	prover  *chain.Prover
	trusted common.Hash
}

func newProven(t *testing.T) *proven {
	t.Helper()
	e := newEnv(t)
	p := &proven{env: e, server: e.server(t), person: chaintest.NewWallet()}
	p.did, p.nobody = e.did(p.person), e.did(chaintest.NewWallet())
	reg := chain.NewRegistrar(e.sender, e.contracts)
	publish(t, reg, p.server, "one", "two", "three")
	if _, err := reg.AnchorLog(t.Context(), p.server, 7, crypto.Keccak256Hash([]byte("root"))); err != nil {
		t.Fatal(err)
	}
	for _, op := range []chain.Operation{
		{Op: chain.OpEnrol, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later, HostedKey: key(2), HostedExpiry: later - 1, Server: p.server},
		{Op: chain.OpAddKey, Key: key(3), Purpose: identity.PurposeDevice, Expiry: later},
		{Op: chain.OpRevokeKey, Key: key(1)},
		{Op: chain.OpRevokeKeyFrom, Key: key(3), Server: p.server, Size: 17},
		{Op: chain.OpSetHome, Server: p.server + 1000},
		{Op: chain.OpAddKey, Key: key(4), Purpose: identity.PurposeDevice, Expiry: later},
		{Op: chain.OpRevokeAllKeys},
		{Op: chain.OpAddKey, Key: key(5), Purpose: identity.PurposeDevice, Expiry: later},
		{Op: chain.OpSetRecovery, Recovery: alice},
		{Op: chain.OpChangeOwner, NewOwner: identity.Address{1, 2, 3}},
	} {
		op.Identity = p.did
		e.do(t, p.person, op)
	}
	head, err := e.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.trusted = head.Hash
	if p.prover, err = chain.ProveAt(t.Context(), e.client, head.Hash); err != nil {
		t.Fatal(err)
	}
	if p.prover.Block() != head {
		t.Errorf("the header says %+v, the RPC %+v", p.prover.Block(), head)
	}
	return p
}

// proverNow is at the head that c shows.
func (e *env) proverNow(t *testing.T, c *chain.Client) *chain.Prover {
	t.Helper()
	head, err := c.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.ProveAt(t.Context(), c, head.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What storage proofs show is what the follower made of the events.
func TestProve(t *testing.T) {
	p := newProven(t)
	for _, did := range []identity.DID{p.did, p.nobody} {
		id := p.identity(t, did)
		want := proof.IdentityState{
			Owner: id.Owner, Recovery: id.Recovery, Epoch: id.Epoch, Home: id.Home, HomeSince: id.HomeSince, Changed: id.ChangedBlock,
		}
		if c := id.PendingChange; c != nil {
			want.ChangeKind, want.ChangeTarget, want.ChangeReadyAt = uint8(c.Kind), c.Target, c.ReadyAt
		}
		got := show(t, p, proof.Identity(did.Address()), proof.Document{Subject: proof.Subject{Fact: proof.OfIdentity, Identity: did}})
		if did == p.did && (got.EpochSince == 0 || got.HomeEpoch != 2 || got.Nonce == 0 || got.ChangeKind == 0) {
			t.Errorf("%+v", got)
		}
		// The follower counts every event as a change, the contract only ERC-1056's.
		if got.Changed > want.Changed {
			t.Errorf("changed in %d, the follower says %d", got.Changed, want.Changed)
		}
		got.EpochSince, got.HomeEpoch, got.Nonce, got.Changed = 0, 0, 0, want.Changed
		if got != want {
			t.Errorf("identity %+v, the follower says %+v", got, want)
		}
		tenures := show(t, p, proof.History(did.Address()), proof.Document{Subject: proof.Subject{Fact: proof.OfHistory, Identity: did}})
		if n := len(tenures.Homes); did == p.did && (n != 2 || len(tenures.Owners) != 1 || tenures.Homes[n-1] != proof.HomeTenure{Server: id.Home, Since: id.HomeSince}) ||
			did == p.nobody && (n != 0 || len(tenures.Owners) != 0) {
			t.Errorf("%+v", tenures)
		}
		shown := 0
		for seed := range byte(7) {
			k := key(seed + 1)
			record, known, err := p.follower.Key(t.Context(), did, k)
			if err != nil {
				t.Fatal(err)
			}
			record.AddedBlock, record.EndedBlock, record.CutOff.Since = 0, 0, 0
			got := show(t, p, proof.Key(did.Address(), k), proof.Document{Subject: proof.Subject{Fact: proof.OfKey, Identity: did, Key: &k}})
			if got.Known != known || known && got.Record(k) != record {
				t.Errorf("key %d: %+v, the follower says %t %+v", seed+1, got, known, record)
			}
			if known {
				shown++
			}
		}
		if want := map[identity.DID]int{p.did: 5}[did]; shown != want {
			t.Errorf("%s has %d keys", did, shown)
		}
	}

	follow(t, p)
	s, err := p.follower.Server(t.Context(), p.server)
	if err != nil {
		t.Fatal(err)
	}
	wantServer := proof.ServerState{Owner: s.Owner, Roles: uint8(s.Roles), RegisteredAt: s.RegisteredAt, DomainHash: crypto.Keccak256Hash([]byte(s.Domain))}
	if got := show(t, p, proof.Server(p.server), proof.Document{Subject: proof.Subject{Fact: proof.OfServer, Server: p.server}}); got != wantServer {
		t.Errorf("server %+v, want %+v", got, wantServer)
	}
	history, err := chain.PolicyHistory(t.Context(), p.prover, p.contracts, p.server)
	if err != nil {
		t.Fatal(err)
	}
	policies := show(t, p, proof.Policies(p.server), proof.Document{Subject: proof.Subject{Fact: proof.OfPolicies, Server: p.server}})
	if policies.Count != 3 || policies.Head != chain.ChainHead(history.Versions) {
		t.Errorf("policies %+v", policies)
	}
	heads, err := p.follower.LogHeads(t.Context(), p.server, 0, 10)
	if err != nil || len(heads) != 1 {
		t.Fatal(heads, err)
	}
	wantLog := proof.LogState{Head: heads[0].Head, Root: heads[0].Root, Size: 7, Index: 1, AnchoredAt: heads[0].AnchoredAt}
	if got := show(t, p, proof.Log(p.server), proof.Document{Subject: proof.Subject{Fact: proof.OfLog, Server: p.server}}); got != wantLog {
		t.Errorf("log %+v, want %+v", got, wantLog)
	}

	const none = 1 << 50
	if got := show(t, p, proof.Server(none), proof.Document{Subject: proof.Subject{Fact: proof.OfServer, Server: none}}); got != (proof.ServerState{}) {
		t.Errorf("no server: %+v", got)
	}
	if got := show(t, p, proof.Policies(none), proof.Document{Subject: proof.Subject{Fact: proof.OfPolicies, Server: none}}); got != (proof.PolicyState{}) {
		t.Errorf("no server's policies: %+v", got)
	}
	if got := show(t, p, proof.Log(none), proof.Document{Subject: proof.Subject{Fact: proof.OfLog, Server: none}}); got != (proof.LogState{}) {
		t.Errorf("no server's log: %+v", got)
	}
}

func follow(t *testing.T, p *proven) {
	t.Helper()
	if err := p.follower.WaitFor(t.Context(), p.prover.Block().Number); err != nil {
		t.Fatal(err)
	}
}

// show proves a fact over the RPC, then once more from the document alone.
func show[T any](t *testing.T, p *proven, f proof.Fact[T], d proof.Document) T {
	t.Helper()
	fact, e, err := chain.Prove(t.Context(), p.prover, f)
	if err != nil {
		t.Fatalf("%+v: %v", d, err)
	}
	d.Block, d.Evidence = p.trusted, e
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	back, err := proof.ParseDocument(b)
	if err != nil {
		t.Fatal(err)
	}
	again, at, err := back.Verify(p.trusted)
	if err != nil || !reflect.DeepEqual(again, any(fact)) || at.Number != p.prover.Block().Number || at.Time != p.prover.Block().Time {
		t.Fatalf("from the document: %+v at %+v, %v; want %+v", again, at, err, fact)
	}
	if *update {
		save(t, p, d, b, fact)
	}
	return fact
}

// save keeps a document, and what it shows, for chain/proof's tests.
func save(t *testing.T, p *proven, d proof.Document, document []byte, fact any) {
	t.Helper()
	name := d.Fact
	if d.Key != nil && d.Identity == p.nobody && *d.Key != key(1) {
		return // one absence is as good as many
	}
	if d.Key != nil {
		for seed := range byte(7) {
			if key(seed+1) == *d.Key {
				name += "-" + string('1'+rune(seed))
			}
		}
	}
	if d.Identity == p.nobody || d.Server == 1<<50 {
		name += "-none"
	}
	shown, err := json.MarshalIndent(fact, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for suffix, b := range map[string][]byte{".json": document, ".fact.json": shown} {
		if err := os.WriteFile(filepath.Join("proof", "testdata", name+suffix), append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProveCode(t *testing.T) {
	p := newProven(t)
	for _, place := range places() {
		if _, _, err := chain.Prove(t.Context(), p.prover, proof.Code(place)); err != nil {
			t.Error(err)
		}
		place.CodeHash[0]++
		if _, _, err := chain.Prove(t.Context(), p.prover, proof.Code(place)); !errors.Is(err, proof.ErrProof) {
			t.Errorf("other code: %v", err)
		}
	}
	// In the first block there is nothing yet.
	genesis, err := chain.ProveAt(t.Context(), p.client, p.contracts.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range places() {
		if _, _, err := chain.Prove(t.Context(), genesis, proof.Code(place)); !errors.Is(err, proof.ErrProof) {
			t.Errorf("before they were deployed: %v", err)
		}
	}
	if _, err := chain.ProveAt(t.Context(), p.client, common.Hash{1}); !errors.Is(err, chain.ErrUnknownBlock) {
		t.Errorf("no such block: %v", err)
	}
}

func places() []bindings.Place {
	p := bindings.DeployedPlaces()
	return []bindings.Place{p.IdentityRegistry, p.ServerRegistry, p.PolicyRegistry, p.LogRegistry}
}

// An endpoint that answers with proofs of something else is found out.
func TestProveThroughALiar(t *testing.T) {
	p := newProven(t)
	proxy := chaintest.NewProxy(t, p.dev.URL())
	liar := dial(t, proxy.URL)
	prover, err := chain.ProveAt(t.Context(), liar, p.trusted)
	if err != nil {
		t.Fatal(err)
	}
	type account struct {
		Account []string `json:"accountProof"`
		Storage []struct {
			Nodes []string `json:"proof"`
		} `json:"storageProof"`
	}
	lies := map[string]func(*account){
		"account cut short":  func(a *account) { a.Account = a.Account[:len(a.Account)-1] },
		"no account":         func(a *account) { a.Account = nil },
		"slots swapped":      func(a *account) { a.Storage[0], a.Storage[1] = a.Storage[1], a.Storage[0] },
		"slot missing":       func(a *account) { a.Storage = a.Storage[:1] },
		"slot added":         func(a *account) { a.Storage = append(a.Storage, a.Storage[0]) },
		"slot denied":        func(a *account) { a.Storage[1].Nodes = nil },
		"slot cut short":     func(a *account) { a.Storage[1].Nodes = a.Storage[1].Nodes[:1] },
		"node of its own":    func(a *account) { a.Storage[1].Nodes[0] = "0xc0" },
		"superfluous node":   func(a *account) { a.Account = append(a.Account, a.Storage[0].Nodes[0]) },
		"storage as account": func(a *account) { a.Account = a.Storage[0].Nodes },
	}
	for name, lie := range lies {
		proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
			if method != "eth_getProof" {
				return result
			}
			var a account
			if err := json.Unmarshal(result, &a); err != nil {
				t.Error(err)
			}
			lie(&a)
			result, _ = json.Marshal(a)
			return result
		})
		if _, _, err := chain.Prove(t.Context(), prover, proof.Policies(p.server)); !errors.Is(err, proof.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
		if method == "eth_getBlockByHash" {
			var h map[string]any
			json.Unmarshal(result, &h)
			h["stateRoot"] = common.Hash{1}.Hex()
			result, _ = json.Marshal(h)
		}
		return result
	})
	if _, err := chain.ProveAt(t.Context(), liar, p.trusted); !errors.Is(err, proof.ErrProof) {
		t.Errorf("another state root: %v", err)
	}
}
