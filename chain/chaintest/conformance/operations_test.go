package conformance

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// later is an expiry far enough for a chain whose clock runs ahead.
var later = uint64(time.Now().Add(100_000 * time.Hour).Unix())

// do has a wallet sign an operation, relays it and waits until it is seen.
func (e *env) do(t *testing.T, w chaintest.Wallet, op chain.Operation) chain.Receipt {
	t.Helper()
	r, err := e.tryDo(t, w, op)
	if err != nil {
		t.Fatalf("%s: %v", op.Op, err)
	}
	return r
}

func (e *env) tryDo(t *testing.T, w chaintest.Wallet, op chain.Operation) (chain.Receipt, error) {
	t.Helper()
	return e.tryDoAt(t, w, op, nil)
}

// tryDoAt is of a server whose clock is now.
func (e *env) tryDoAt(t *testing.T, w chaintest.Wallet, op chain.Operation, now func() time.Time) (chain.Receipt, error) {
	t.Helper()
	ops := chain.NewOperations(e.client, e.contracts, e.sender, now)
	td, err := ops.Prepare(t.Context(), op)
	if err != nil {
		return chain.Receipt{}, err
	}
	td = overJSON(t, td)
	if back, err := ops.Parse(td); err != nil || !reflect.DeepEqual(back, op) {
		t.Errorf("%s: parsed %+v, want %+v (%v)", op.Op, back, op, err)
	}
	sig, err := w.SignTypedData(td)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ops.Relay(t.Context(), td, sig)
	if err == nil {
		e.seen(t, r)
	}
	return r, err
}

// overJSON is the way to a wallet and back.
func overJSON(t *testing.T, td apitypes.TypedData) (back apitypes.TypedData) {
	t.Helper()
	b, err := json.Marshal(td)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// addKey is the plainest operation with an effect.
func (e *env) addKey(t *testing.T, w chaintest.Wallet, k identity.Key) chain.Receipt {
	t.Helper()
	return e.do(t, w, chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: k, Purpose: identity.PurposeDevice, Expiry: later})
}

// proverNow trusts the present head, as the chain itself tells it.
func (e *env) proverNow(t *testing.T) *chain.Prover {
	t.Helper()
	head, err := dial(t, e.URL()).Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := chain.ProveAt(t.Context(), e.client, head.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// history holds the follower's view of an identity against what an auditor reads
// and has proven with nothing but an RPC and a block hash.
func (e *env) history(t *testing.T, did identity.DID) {
	t.Helper()
	e.settled(t)
	r, err := chain.IdentityHistory(t.Context(), e.proverNow(t), e.contracts, did)
	if want := e.identity(t, did); err != nil || !reflect.DeepEqual(r.Events, want) {
		t.Errorf("history\n%+v, the follower has\n%+v (%v)", r.Events, want, err)
		return
	}
	err = errors.Join(r.Linked, r.CheckState())
	for _, k := range r.Events.Keys {
		err = errors.Join(err, r.CheckKey(k))
	}
	if err != nil {
		t.Errorf("the events are not what the storage proofs show: %v", err)
	}
}

// identityLife is the story that an account lives through, with the times that
// the chain gives to it.
func identityLife(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	did := e.did(w)
	if id := e.identity(t, did); id.Owner != w.Address() || len(id.Keys) != 0 || id.ChangedBlock != 0 {
		t.Fatalf("before anything: %+v", id)
	}
	enrolled := e.do(t, w, chain.Operation{
		Op: chain.OpEnrol, Identity: did, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later,
		HostedKey: key(2), HostedExpiry: later - 1, Server: 1,
	})
	at := e.follower.Head()
	if id := e.identity(t, did); id.Home != 1 || id.HomeBlock != enrolled.Block || id.HomeSince != at.Time || len(id.Keys) != 2 || id.Keys[0].AddedAt != at.Time {
		t.Errorf("enrolled: %+v", id)
	}
	moved := e.do(t, w, chain.Operation{Op: chain.OpSetHome, Identity: did, Server: 2})
	if r, known, err := e.follower.Key(t.Context(), did, key(2)); err != nil || !known || r.EndedBlock != moved.Block {
		t.Errorf("the hosted key after moving: %+v (%v)", r, err)
	}
	for block, home := range map[uint64]uint64{enrolled.Block - 1: 0, enrolled.Block: 1, moved.Block: 2} {
		if got, err := e.follower.HomeAt(t.Context(), did, block); err != nil || got != home {
			t.Errorf("home at block %d: %d, want %d (%v)", block, got, home, err)
		}
	}
	next := chaintest.NewWallet()
	changed := e.do(t, w, chain.Operation{Op: chain.OpChangeOwner, Identity: did, NewOwner: next.Address()})
	if r, _, err := e.follower.Key(t.Context(), did, key(1)); err != nil || r.EndedBlock != changed.Block {
		t.Errorf("the device key under a new owner: %+v (%v)", r, err)
	}
	_, err := e.tryDo(t, w, chain.Operation{Op: chain.OpSkipNonce, Identity: did})
	wantError(t, "the former owner", err, chain.ErrInvalidSignature)
	e.history(t, did)
	e.equalToFresh(t)
}

// everyOperation has each thing that can be signed prepared, signed and relayed,
// and seen.
func everyOperation(t *testing.T, s *site) {
	e := newEnv(t, s)
	w, rescue, heir := chaintest.NewWallet(), chaintest.NewWallet(), chaintest.NewWallet()
	steps := []struct {
		by chaintest.Wallet
		op chain.Operation
	}{
		{w, chain.Operation{Op: chain.OpEnrol, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later, Server: 1}},
		{w, chain.Operation{Op: chain.OpAddKey, Key: key(2), Purpose: identity.PurposeDevice, Expiry: later - 5}},
		{w, chain.Operation{Op: chain.OpRenewKey, Key: key(2), Expiry: later}},
		{w, chain.Operation{Op: chain.OpRevokeKey, Key: key(2)}},
		{w, chain.Operation{Op: chain.OpRevokeKeyFrom, Key: key(1), Server: 1, Size: 17}},
		{w, chain.Operation{Op: chain.OpRevokeAllKeys}},
		{w, chain.Operation{Op: chain.OpSetHome}},
		{w, chain.Operation{Op: chain.OpSkipNonce}},
		{w, chain.Operation{Op: chain.OpSetAttribute, Name: [32]byte{'a'}, Value: []byte("b"), Validity: 10}},
		{w, chain.Operation{Op: chain.OpRevokeAttr, Name: [32]byte{'a'}, Value: []byte("b")}},
		{w, chain.Operation{Op: chain.OpAddDelegate, Name: [32]byte{'v'}, Delegate: heir.Address(), Validity: 10}},
		{w, chain.Operation{Op: chain.OpRevokeDelegate, Name: [32]byte{'v'}, Delegate: heir.Address()}},
		{w, chain.Operation{Op: chain.OpSetRecovery, Recovery: rescue.Address()}},
		{w, chain.Operation{Op: chain.OpChangeOwner, NewOwner: heir.Address()}}, // waits
		{rescue, chain.Operation{Op: chain.OpCancelChange, Signer: rescue.Address()}},
		{rescue, chain.Operation{Op: chain.OpStartRecovery, NewOwner: heir.Address()}},
		{w, chain.Operation{Op: chain.OpCancelRecovery, Signer: w.Address()}},
		{w, chain.Operation{Op: chain.OpDeactivate}}, // waits, too
	}
	seen := map[chain.Op]bool{}
	// What ERC-1056 has besides, and what only voids signatures, is not in the view.
	unseen := map[chain.Op]bool{
		chain.OpSetAttribute: true, chain.OpRevokeAttr: true, chain.OpAddDelegate: true, chain.OpRevokeDelegate: true, chain.OpSkipNonce: true,
	}
	for _, step := range steps {
		step.op.Identity = e.did(w)
		r := e.do(t, step.by, step.op)
		seen[step.op.Op] = true
		if id := e.identity(t, e.did(w)); id.ChangedBlock != r.Block && !unseen[step.op.Op] {
			t.Errorf("%s: last changed in block %d, the receipt is of %d", step.op.Op, id.ChangedBlock, r.Block)
		}
	}
	for name := range bindings.NewIdentityRegistry().GetABI().Methods {
		if op, signed := cutSig(name); signed && !seen[op] {
			t.Errorf("the contract has %s, and the suite did not do it", name)
		}
	}
	id := e.identity(t, e.did(w))
	if id.PendingChange == nil || id.PendingChange.Kind != chain.ChangeDeactivation || id.PendingRecovery != nil || id.Recovery != rescue.Address() {
		t.Errorf("in the end: %+v, pending %+v, takeover %+v", id, id.PendingChange, id.PendingRecovery)
	}
	alone := chaintest.NewWallet()
	e.do(t, alone, chain.Operation{Op: chain.OpDeactivate, Identity: e.did(alone)})
	if id := e.identity(t, e.did(alone)); !id.Deactivated || !id.Owner.IsZero() {
		t.Errorf("deactivated: %+v", id)
	}
	e.history(t, e.did(w))
	e.equalToFresh(t)
}

// clockSkew: what a server prepares is good on the chain, though their clocks
// differ by days.
func clockSkew(t *testing.T, s *site) {
	e := newEnv(t, s)
	for i, skew := range []time.Duration{-100 * time.Hour, 100 * time.Hour} {
		w := chaintest.NewWallet()
		op := chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: key(byte(i)), Purpose: identity.PurposeDevice, Expiry: later}
		if _, err := e.tryDoAt(t, w, op, func() time.Time { return time.Now().Add(skew) }); err != nil || !e.knows(t, w, key(byte(i))) {
			t.Errorf("a clock that is %v off: %v", skew, err)
		}
	}
}

func cutSig(method string) (op chain.Op, signed bool) {
	const suffix = "WithSig"
	if n := len(method) - len(suffix); n > 0 && method[n:] == suffix {
		return chain.Op(method[:n]), true
	}
	return "", false
}

// reverts are named however the RPC words them, and nothing is sent.
func reverts(t *testing.T, s *site) {
	e := newEnv(t, s)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	before := e.proxy.Calls("eth_sendRawTransaction")
	_, err := e.tryDo(t, w, chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: key(1), Purpose: identity.PurposeDevice, Expiry: later})
	wantRevert(t, err, "KeyKnown")
	_, err = e.tryDo(t, w, chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: key(2), Purpose: identity.PurposeDevice, Expiry: 1})
	if r := wantRevert(t, err, "InvalidExpiry"); r != nil && r.Message != "InvalidExpiry(expiry 1)" {
		t.Errorf("said %q", r.Message)
	}
	data := bindings.NewPolicyRegistry().PackPublish(big.NewInt(1<<40), [32]byte{1}, []byte("cid"), 0)
	_, err = e.sender.Send(t.Context(), "k", e.contracts.PolicyRegistry, data)
	if r := wantRevert(t, err, "NotPublisher"); r != nil && r.Message != "NotPublisher(server 1099511627776, caller "+e.operator.Account().Hex()+")" {
		t.Errorf("said %q", r.Message)
	}
	_, err = e.sender.Send(t.Context(), "k", e.contracts.PolicyRegistry, []byte{1, 2, 3, 4})
	wantError(t, "no such function", err, chain.ErrReverted)
	if n := e.proxy.Calls("eth_sendRawTransaction") - before; n != 0 {
		t.Errorf("%d transactions were sent all the same", n)
	}
}

func wantRevert(t *testing.T, err error, reason string) *chain.RevertError {
	t.Helper()
	revert, ok := errors.AsType[*chain.RevertError](err)
	if !ok || revert.Reason != reason {
		t.Errorf("%v, want %s", err, reason)
		return nil
	}
	return revert
}

// contractWallets are asked by ERC-1271, before they exist by ERC-6492; one has
// an identity that its owner's signature moves.
func contractWallets(t *testing.T, s *site) {
	e := newEnv(t, s)
	wallet, hash := chaintest.NewContractWallet(), crypto.Keccak256Hash([]byte("hello"))
	sig := sign27(t, wallet.Owner, hash)
	stranger := sign27(t, chaintest.NewWallet(), hash)
	verify := func(what string, a common.Address, hash common.Hash, sig []byte, want bool) {
		t.Helper()
		ok, _, err := chain.NewWallets(e.client, e.contracts.ChainID).VerifyContract(t.Context(), e.contracts.ChainID, identity.Address(a), hash, sig)
		if err != nil || ok != want {
			t.Errorf("%s: %v, want %v (%v)", what, ok, want, err)
		}
	}
	factory, deploy := wallet.Deployment()
	for _, there := range []bool{false, true} {
		if there {
			if _, err := e.sender.Send(t.Context(), "wallet", factory, deploy); err != nil {
				t.Fatal(err)
			}
		}
		verify("its owner's signature", wallet.Account(), hash, sig, there)
		verify("the same, wrapped", wallet.Account(), hash, wallet.Wrap(sig), true)
		verify("a stranger's", wallet.Account(), hash, stranger, false)
		verify("a stranger's, wrapped", wallet.Account(), hash, wallet.Wrap(stranger), false)
		verify("of something else", wallet.Account(), common.Hash{1}, wallet.Wrap(sig), false)
		verify("of another wallet", common.Address{1}, hash, wallet.Wrap(sig), false)
		verify("none", wallet.Account(), hash, nil, false)
		verify("for an account with a key", wallet.Owner.Account(), hash, sig, false)
		verify("for a contract that is no wallet", e.contracts.LogRegistry, hash, sig, false)
	}
	did := identity.NewDID(e.contracts.ChainID, identity.Address(wallet.Account()))
	e.do(t, wallet.Owner, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(7), Purpose: identity.PurposeDevice, Expiry: later})
	if _, known, err := e.follower.Key(t.Context(), did, key(7)); err != nil || !known {
		t.Errorf("the contract wallet's key is unknown (%v)", err)
	}
	_, err := e.tryDo(t, chaintest.NewWallet(), chain.Operation{Op: chain.OpRevokeAllKeys, Identity: did})
	wantError(t, "a stranger moves it", err, chain.ErrInvalidSignature)
}

func sign27(t *testing.T, w chaintest.Wallet, hash common.Hash) []byte {
	t.Helper()
	sig, err := w.SignHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return sig
}
