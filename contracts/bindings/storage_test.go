package bindings

import (
	"math/big"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
)

const testTime = 1_700_000_000

var (
	alice  = common.HexToAddress("0xa11ce")
	bob    = common.HexToAddress("0xb0b")
	carol  = common.HexToAddress("0xca401")
	laptop = [32]byte{1, 2, 3}
	hosted = [32]byte{4, 5, 6}
)

// What a storage proof would show is what the contract answers, after each kind of fact was written by the contract.
func TestIdentityStorage(t *testing.T) {
	s := deployed(t)
	r := NewIdentityRegistry()
	at := DeployedAddresses().IdentityRegistry
	do := func(from common.Address, data []byte) { t.Helper(); callFrom(t, s, from, at, data) }
	load := func(slot common.Hash) common.Hash { return s.GetState(at, slot) }

	do(alice, r.PackSetHome(alice, big.NewInt(7)))
	do(alice, r.PackSetHome(alice, big.NewInt(8)))
	do(alice, r.PackChangeOwner(alice, bob))
	do(bob, r.PackAddKey(alice, laptop, 1, testTime+100))
	do(bob, r.PackAddKey(alice, hosted, 2, testTime+200))
	do(bob, r.PackRevokeKeyFrom(alice, laptop, big.NewInt(8), 1234))
	do(bob, r.PackSetRecovery(alice, carol))
	do(carol, r.PackStartRecovery(alice, alice))
	do(bob, r.PackCancelRecovery(alice))
	do(carol, r.PackStartRecovery(alice, alice))
	do(bob, r.PackDeactivate(alice))

	slots := AccountSlots(alice)
	equal(t, "account", DecodeAccount([2]common.Hash{load(slots[0]), load(slots[1])}), Account{
		Owner: bob, Changed: 1, Nonce: 1, Recovery: carol, Epoch: 1, HomeEpoch: 2, OwnerCancels: 1,
	})
	equal(t, "key", DecodeKey(load(KeySlot(alice, laptop))), Key{
		Expiry: testTime + 100, AddedAt: testTime, RevokedAt: testTime, Epoch: 1, HomeEpoch: 2, Purpose: 1,
	})
	equal(t, "hosted key", DecodeKey(load(KeySlot(alice, hosted))), Key{
		Expiry: testTime + 200, AddedAt: testTime, Epoch: 1, HomeEpoch: 2, Purpose: 2,
	})
	equal(t, "epoch", DecodeEpoch(load(EpochSlot(alice, 1))), Epoch{Owner: bob, Since: testTime})
	equal(t, "home", DecodeHome(load(HomeSlot(alice, 1))), Home{Server: big.NewInt(7), Since: testTime})
	equal(t, "cut-off", DecodeCutOff(load(CutOffSlot(alice, laptop))), CutOff{
		Server: big.NewInt(8), Size: 1234, SetAt: testTime,
	})
	delay := uint64(3 * 24 * 3600)
	equal(t, "change", DecodeChange(load(ChangeSlot(alice))), Change{ReadyAt: testTime + delay, Kind: 3})
	equal(t, "takeover", DecodeTakeover(load(TakeoverSlot(alice))), Takeover{NewOwner: alice, ReadyAt: testTime + delay})
}

func TestDeactivatedStorage(t *testing.T) {
	s := deployed(t)
	at := DeployedAddresses().IdentityRegistry
	callFrom(t, s, alice, at, NewIdentityRegistry().PackDeactivate(alice))
	slots := AccountSlots(alice)
	equal(t, "account", DecodeAccount([2]common.Hash{s.GetState(at, slots[0]), s.GetState(at, slots[1])}), Account{
		Changed: 1, Nonce: 1, Epoch: 1, Deactivated: true,
	})
}

func TestServerStorage(t *testing.T) {
	s := deployed(t)
	at := DeployedAddresses()
	one := big.NewInt(1)
	servers, policies, logs := NewServerRegistry(), NewPolicyRegistry(), NewLogRegistry()
	callFrom(t, s, alice, at.ServerRegistry, servers.PackRegister("node.example.org", []byte{0}, nil, 3))
	callFrom(t, s, alice, at.ServerRegistry, servers.PackTransferOwnership(one, bob))
	callFrom(t, s, bob, at.ServerRegistry, servers.PackAcceptOwnership(one))
	callFrom(t, s, bob, at.PolicyRegistry, policies.PackPublish(one, [32]byte{1}, []byte{1}, 0))
	callFrom(t, s, bob, at.LogRegistry, logs.PackAnchor(one, 10, [32]byte{9}))

	slots := ServerSlots(one)
	equal(t, "server", DecodeServer(s.GetState(at.ServerRegistry, slots[0])), Server{
		Owner: bob, Roles: 3, Term: 1, RegisteredAt: testTime,
	})
	view, err := servers.UnpackServer(callFrom(t, s, alice, at.ServerRegistry, servers.PackServer(one)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "domain hash", s.GetState(at.ServerRegistry, slots[1]), common.Hash(view.DomainHash))

	head, err := policies.UnpackHead(callFrom(t, s, alice, at.PolicyRegistry, policies.PackHead(one)))
	if err != nil {
		t.Fatal(err)
	}
	policySlots := PolicySlots(one)
	equal(t, "policy head", s.GetState(at.PolicyRegistry, policySlots[0]), common.Hash(head))
	equal(t, "policy count", s.GetState(at.PolicyRegistry, policySlots[1]), word(1))

	latest, err := logs.UnpackLatest(callFrom(t, s, alice, at.LogRegistry, logs.PackLatest(one)))
	if err != nil {
		t.Fatal(err)
	}
	logSlots := LogSlots(one)
	equal(t, "log head", s.GetState(at.LogRegistry, logSlots[0]), common.Hash(latest.Head))
	equal(t, "log root", s.GetState(at.LogRegistry, logSlots[1]), common.Hash{9})
	equal(t, "log position", DecodeLogPosition(s.GetState(at.LogRegistry, logSlots[2])), LogPosition{
		Size: 10, Index: 1, AnchoredAt: testTime,
	})
}

func deployed(t *testing.T) *state.StateDB {
	t.Helper()
	contracts, err := Deployment()
	if err != nil {
		t.Fatal(err)
	}
	s := newState(t)
	factory := common.HexToAddress(FactoryAddress)
	s.SetCode(factory, FactoryRuntime(), 0)
	for _, c := range contracts {
		callFrom(t, s, alice, factory, c.DeployData())
	}
	return s
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}
