package conformance

import (
	"crypto/sha256"
	"reflect"
	"testing"

	"metanet/chain"
	"metanet/chain/proof"

	"github.com/ethereum/go-ethereum/crypto"
)

// registries puts every kind of event of the server, policy and log registries on
// the chain, and reads them by the follower and by an auditor's means.
func registries(t *testing.T, s *site) {
	e := newEnv(t, s)
	reg := chain.NewRegistrar(e.sender, e.contracts)
	want := chain.Registration{
		Domain: "example.org", PeerID: []byte("peer"), Addrs: []string{"/ip4/127.0.0.1/tcp/4001"},
		Roles: chain.RolePublisher | chain.RoleModerator,
	}
	id, first, err := reg.RegisterServer(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	if again, receipt, err := reg.RegisterServer(t.Context(), want); err != nil || again != id || receipt.Tx != first.Tx {
		t.Errorf("registered twice: %d, then %d (%v)", id, again, err)
	}
	e.seen(t, first)
	server, err := e.follower.Server(t.Context(), id)
	got := chain.Registration{Domain: server.Domain, PeerID: server.PeerID, Addrs: server.Addrs, Roles: server.Roles}
	if err != nil || !reflect.DeepEqual(got, want) || server.Owner != e.operator.Address() || server.RegisteredBlock != first.Block {
		t.Errorf("server %+v, %v", server, err)
	}
	_, err = e.follower.Server(t.Context(), id+1000)
	wantError(t, "an unknown server", err, chain.ErrUnknownServer)

	published := publish(t, reg, id, "one", "two", "three")
	anchored, err := reg.AnchorLog(t.Context(), id, 7, sha256.Sum256([]byte("root")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = reg.AnchorLog(t.Context(), id, 6, sha256.Sum256([]byte("root")))
	wantError(t, "a log that shrinks", err, chain.ErrReverted)
	if _, err := reg.UpdatePeer(t.Context(), id, []byte("peer2"), nil, server.ChangedBlock); err != nil {
		t.Error(err)
	}
	last, err := reg.UpdateDomain(t.Context(), id, "example.net", server.ChangedBlock)
	if err != nil {
		t.Fatal(err)
	}
	e.seen(t, last)
	versions, err := e.follower.Policies(t.Context(), id)
	if err != nil || !reflect.DeepEqual(versions, published) || chain.ChainHead(versions) != versions[2].Head {
		t.Errorf("policies %+v, want %+v (%v)", versions, published, err)
	}
	heads, err := e.follower.LogHeads(t.Context(), id, 0, 10)
	if err != nil || len(heads) != 1 || heads[0] != anchored {
		t.Errorf("log heads %+v, want %+v (%v)", heads, anchored, err)
	}
	server, err = e.follower.Server(t.Context(), id)
	if err != nil || server.Domain != "example.net" || string(server.PeerID) != "peer2" || server.PolicyCount != 3 || server.HeadCount != 1 {
		t.Errorf("server %+v, %v", server, err)
	}
	audit(t, e, id, published)
	e.equalToFresh(t)
}

// audit reads with nothing but an RPC and a block hash.
func audit(t *testing.T, e *env, id uint64, published []chain.PolicyVersion) {
	t.Helper()
	r, err := chain.PolicyHistory(t.Context(), e.proverNow(t), e.contracts, id)
	if err != nil || r.Check() != nil || !reflect.DeepEqual(r.Versions, published) {
		t.Errorf("history %+v, want %+v (%v, %v)", r, published, err, r.Check())
	}
	server, err := e.follower.Server(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := proof.ServerState{
		Owner: server.Owner, Roles: uint8(server.Roles), RegisteredAt: server.RegisteredAt, DomainHash: crypto.Keccak256Hash([]byte(server.Domain)),
	}
	if got, _, err := chain.Prove(t.Context(), e.proverNow(t), proof.Server(id)); err != nil || got != want {
		t.Errorf("server as proven: %+v, want %+v (%v)", got, want, err)
	}
	heads, err := e.follower.LogHeads(t.Context(), id, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	last := heads[len(heads)-1]
	log, _, err := chain.Prove(t.Context(), e.proverNow(t), proof.Log(id))
	if err != nil || log.Head != last.Head || log.Root != last.Root || log.Size != last.Size {
		t.Errorf("log as proven: %+v, want %+v (%v)", log, last, err)
	}
}

func publish(t *testing.T, reg *chain.Registrar, server uint64, texts ...string) (published []chain.PolicyVersion) {
	t.Helper()
	for i, text := range texts {
		v, err := reg.PublishPolicy(t.Context(), server, uint64(i+1), sha256.Sum256([]byte(text)), []byte("cid of "+text), 0)
		if err != nil {
			t.Fatal(err)
		}
		published = append(published, v)
	}
	return published
}
