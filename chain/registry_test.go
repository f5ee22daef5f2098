package chain_test

import (
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"

	"metanet/chain"
)

func TestServersPoliciesAndLogs(t *testing.T) {
	e := newEnv(t)
	reg := chain.NewRegistrar(e.sender, e.contracts)
	want := chain.Registration{
		Domain: "example.org", PeerID: []byte("peer"), Addrs: []string{"/ip4/127.0.0.1/tcp/4001", "/dns/example.org/udp/4001/quic-v1"},
		Roles: chain.RolePublisher | chain.RoleModerator,
	}
	id, receipt, err := reg.RegisterServer(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	again, second, err := reg.RegisterServer(t.Context(), want)
	if err != nil || again != id || second.Tx != receipt.Tx {
		t.Errorf("registered twice: %d, then %d (%v)", id, again, err)
	}
	e.seen(t, receipt)
	s, err := e.follower.Server(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := chain.Registration{Domain: s.Domain, PeerID: s.PeerID, Addrs: s.Addrs, Roles: s.Roles}
	if !reflect.DeepEqual(got, want) || s.Owner != e.operator.Address() || s.RegisteredBlock != receipt.Block || s.RegisteredAt == 0 {
		t.Errorf("server %+v", s)
	}
	if _, err := e.follower.Server(t.Context(), id+1); !errors.Is(err, chain.ErrUnknownServer) {
		t.Errorf("unknown server: %v", err)
	}

	published := publish(t, reg, id, "one", "two", "three")
	anchored, err := reg.AnchorLog(t.Context(), id, 7, sha256.Sum256([]byte("root")))
	if err != nil {
		t.Fatal(err)
	}
	if twice, err := reg.AnchorLog(t.Context(), id, 7, sha256.Sum256([]byte("root"))); err != nil || twice != anchored {
		t.Errorf("anchored twice: %v, %v", twice, err)
	}
	if _, err := reg.AnchorLog(t.Context(), id, 6, sha256.Sum256([]byte("root"))); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("a log shrank: %v", err)
	}
	if _, err := reg.UpdatePeer(t.Context(), id, []byte("peer2"), []string{"/ip4/127.0.0.1/tcp/2"}, s.ChangedBlock); err != nil {
		t.Fatal(err)
	}
	last, err := reg.UpdateDomain(t.Context(), id, "example.net", s.ChangedBlock)
	if err != nil {
		t.Fatal(err)
	}
	e.seen(t, last)
	versions, err := e.follower.Policies(t.Context(), id)
	if err != nil || !reflect.DeepEqual(versions, published) {
		t.Errorf("policies %+v, want %+v (%v)", versions, published, err)
	}
	if chain.ChainHead(versions) != versions[2].Head {
		t.Error("the hash chain does not recompute")
	}
	heads, err := e.follower.LogHeads(t.Context(), id, 0, 10)
	if err != nil || len(heads) != 1 || heads[0] != anchored {
		t.Errorf("log heads %+v, want %+v (%v)", heads, anchored, err)
	}
	s, err = e.follower.Server(t.Context(), id)
	if err != nil || s.Domain != "example.net" || string(s.PeerID) != "peer2" || len(s.Addrs) != 1 || s.PolicyCount != 3 || s.HeadCount != 1 {
		t.Errorf("server %+v, %v", s, err)
	}
	if all, err := e.follower.Servers(t.Context()); err != nil || uint64(len(all)) != id || !reflect.DeepEqual(all[id-1], s) {
		t.Errorf("servers %+v, %v", all, err)
	}
}

func publish(t *testing.T, reg *chain.Registrar, server uint64, texts ...string) (published []chain.PolicyVersion) {
	t.Helper()
	for i, text := range texts {
		v, err := reg.PublishPolicy(t.Context(), server, uint64(i+1), sha256.Sum256([]byte(text)), []byte("cid of "+text), 0)
		if err != nil {
			t.Fatal(err)
		}
		if v.Version != uint64(i+1) {
			t.Fatalf("published version %d, want %d", v.Version, i+1)
		}
		published = append(published, v)
	}
	return published
}
