package chain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// later is an expiry far enough for a chain whose clock runs ahead.
var later = uint64(time.Now().Add(100000 * time.Hour).Unix())

// do prepares, signs and relays an operation, and waits until it is seen.
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
	ops := chain.NewOperations(e.client, e.contracts, e.sender, nil)
	td, err := ops.Prepare(t.Context(), op)
	if err != nil {
		return chain.Receipt{}, err
	}
	td = overJSON(t, td)
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
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func (e *env) identity(t *testing.T, did identity.DID) chain.Identity {
	t.Helper()
	id, err := e.follower.Identity(t.Context(), did)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (e *env) server(t *testing.T) uint64 {
	t.Helper()
	reg := chain.NewRegistrar(e.sender, e.contracts)
	id, _, err := reg.RegisterServer(t.Context(), chain.Registration{Domain: "example.org", PeerID: []byte("p"), Roles: chain.RolePublisher})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestIdentityLife(t *testing.T) {
	e := newEnv(t)
	home, w := e.server(t), chaintest.NewWallet()
	did := e.did(w)
	if id := e.identity(t, did); id.Owner != w.Address() || len(id.Keys) != 0 || id.ChangedBlock != 0 {
		t.Fatalf("before anything: %+v", id)
	}

	enrolled := e.do(t, w, chain.Operation{
		Op: chain.OpEnrol, Identity: did, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later,
		HostedKey: key(2), HostedExpiry: later - 1, Server: home,
	})
	id := e.identity(t, did)
	at, _ := e.client.Head(t.Context())
	want := map[identity.Key]identity.KeyRecord{
		key(1): {Key: key(1), Purpose: identity.PurposeDevice, AddedAt: at.Time, AddedBlock: enrolled.Block, Expiry: later},
		key(2): {Key: key(2), Purpose: identity.PurposeHosted, AddedAt: at.Time, AddedBlock: enrolled.Block, Expiry: later - 1},
	}
	checkKeys(t, e, did, want)
	if id.Home != home || id.HomeBlock != enrolled.Block || id.HomeSince != at.Time || id.ChangedBlock != enrolled.Block {
		t.Errorf("after enrolling: %+v", id)
	}

	// A key that is revoked has ended at the block's time.
	revoked := e.do(t, w, chain.Operation{Op: chain.OpRevokeKey, Identity: did, Key: key(1)})
	k1 := want[key(1)]
	k1.EndedAt, k1.EndedBlock, k1.Revoked = e.timeOf(t, revoked), revoked.Block, true
	want[key(1)] = k1
	checkKeys(t, e, did, want)

	// A renewed one lives longer; a cut-off is kept.
	e.do(t, w, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(3), Purpose: identity.PurposeDevice, Expiry: later - 5})
	e.do(t, w, chain.Operation{Op: chain.OpRenewKey, Identity: did, Key: key(3), Expiry: later + 5})
	if r, known, err := e.follower.Key(t.Context(), did, key(3)); err != nil || !known || r.Expiry != later+5 {
		t.Errorf("renewed: %+v %v %v", r, known, err)
	}
	e.do(t, w, chain.Operation{Op: chain.OpRevokeKeyFrom, Identity: did, Key: key(3), Server: home, Size: 17})
	if r, _, err := e.follower.Key(t.Context(), did, key(3)); err != nil || r.CutOff.Server != home || r.CutOff.Size != 17 || r.CutOff.SetAt == 0 || r.CutOff.Since != r.CutOff.SetAt {
		t.Errorf("cut-off %+v, %v", r.CutOff, err)
	}

	// Hosted keys end with the home; device keys do not.
	e.do(t, w, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(4), Purpose: identity.PurposeDevice, Expiry: later})
	moved := e.do(t, w, chain.Operation{Op: chain.OpSetHome, Identity: did, Server: home + 1000})
	if r, _, _ := e.follower.Key(t.Context(), did, key(2)); r.EndedAt != e.timeOf(t, moved) || r.EndedBlock != moved.Block {
		t.Errorf("hosted key after moving: %+v", r)
	}
	if r, _, _ := e.follower.Key(t.Context(), did, key(4)); r.EndedAt != 0 {
		t.Errorf("device key after moving: %+v", r)
	}
	for block, server := range map[uint64]uint64{enrolled.Block - 1: 0, enrolled.Block: home, moved.Block - 1: home, moved.Block: home + 1000} {
		if got, err := e.follower.HomeAt(t.Context(), did, block); err != nil || got != server {
			t.Errorf("home at %d: %d, want %d (%v)", block, got, server, err)
		}
	}

	// A new owner ends everything, and the old one orders nothing more.
	next := chaintest.NewWallet()
	changed := e.do(t, w, chain.Operation{Op: chain.OpChangeOwner, Identity: did, NewOwner: next.Address()})
	if r, _, _ := e.follower.Key(t.Context(), did, key(4)); r.EndedAt != e.timeOf(t, changed) {
		t.Errorf("device key after the owner changed: %+v", r)
	}
	if r, _, _ := e.follower.Key(t.Context(), did, key(1)); r.EndedAt != k1.EndedAt {
		t.Errorf("a key that had ended ended again: %+v", r)
	}
	if id := e.identity(t, did); id.Owner != next.Address() || id.Epoch != 1 {
		t.Errorf("after the owner changed: %+v", id)
	}
	if _, err := e.tryDo(t, w, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(5), Purpose: identity.PurposeDevice, Expiry: later}); !errors.Is(err, chain.ErrInvalidSignature) {
		t.Errorf("the old owner: %v", err)
	}

	// Recovery: pending changes are shown; a recovery address can take over.
	rescue := chaintest.NewWallet()
	e.do(t, next, chain.Operation{Op: chain.OpSetRecovery, Identity: did, Recovery: rescue.Address()})
	e.do(t, next, chain.Operation{Op: chain.OpChangeOwner, Identity: did, NewOwner: w.Address()})
	e.do(t, rescue, chain.Operation{Op: chain.OpStartRecovery, Identity: did, NewOwner: rescue.Address()})
	id = e.identity(t, did)
	if id.Recovery != rescue.Address() || id.PendingChange == nil || id.PendingChange.Kind != chain.ChangeOwner || id.PendingChange.Target != w.Address() ||
		id.PendingRecovery == nil || id.PendingRecovery.NewOwner != rescue.Address() || !id.PendingRecovery.Cancellable || id.Owner != next.Address() {
		t.Errorf("pending: %+v %+v %+v", id, id.PendingChange, id.PendingRecovery)
	}
	e.do(t, next, chain.Operation{Op: chain.OpCancelRecovery, Identity: did, Signer: next.Address()})
	e.do(t, rescue, chain.Operation{Op: chain.OpCancelChange, Identity: did, Signer: rescue.Address()})
	if id = e.identity(t, did); id.PendingChange != nil || id.PendingRecovery != nil {
		t.Errorf("cancelled: %+v", id)
	}
	checkHistory(t, e, did)

	// The end.
	alone := chaintest.NewWallet()
	e.do(t, alone, chain.Operation{Op: chain.OpDeactivate, Identity: e.did(alone)})
	if id = e.identity(t, e.did(alone)); !id.Deactivated || !id.Owner.IsZero() {
		t.Errorf("deactivated: %+v", id)
	}
}

func (e *env) timeOf(t *testing.T, r chain.Receipt) uint64 {
	t.Helper()
	if head := e.follower.Head(); head.Number == r.Block {
		return head.Time
	}
	t.Fatalf("block %d is not the head", r.Block)
	return 0
}

// checkKeys holds both ways of reading keys against want.
func checkKeys(t *testing.T, e *env, did identity.DID, want map[identity.Key]identity.KeyRecord) {
	t.Helper()
	id := e.identity(t, did)
	if len(id.Keys) != len(want) {
		t.Errorf("%d keys, want %d", len(id.Keys), len(want))
	}
	for _, r := range id.Keys {
		if r != want[r.Key] {
			t.Errorf("listed key\n%+v, want\n%+v", r, want[r.Key])
		}
	}
	for range 2 { // cold, then from the cache
		for k, r := range want {
			if got, known, err := e.follower.Key(t.Context(), did, k); err != nil || !known || got != r {
				t.Errorf("key\n%+v, want\n%+v (%v, %v)", got, r, known, err)
			}
		}
	}
	if _, known, err := e.follower.Key(t.Context(), did, key(99)); known || err != nil {
		t.Errorf("a key nobody added is known (%v)", err)
	}
}

// An auditor with nothing but an RPC sees what the follower sees.
func checkHistory(t *testing.T, e *env, did identity.DID) {
	t.Helper()
	r, err := chain.IdentityHistory(t.Context(), e.proverNow(t, e.client), e.contracts, did)
	if err != nil {
		t.Fatal(err)
	}
	if want := e.identity(t, did); !reflect.DeepEqual(r.Events, want) {
		t.Errorf("history\n%+v, want\n%+v", r.Events, want)
	}
	if err := errors.Join(r.CheckState(), r.Linked); err != nil {
		t.Error(err)
	}
	for _, k := range r.Events.Keys {
		if err := r.CheckKey(k); err != nil {
			t.Error(err)
		}
	}
}

// Everything that could be relayed round trips through JSON, and everything that
// deviates is refused.
func TestRelayRefusesWhatIsNotOurs(t *testing.T) {
	e := newEnv(t)
	ops := chain.NewOperations(e.client, e.contracts, e.sender, nil)
	w := chaintest.NewWallet()
	op := chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: key(1), Purpose: identity.PurposeDevice, Expiry: later}
	prepare := func() apitypes.TypedData {
		td, err := ops.Prepare(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		return overJSON(t, td)
	}
	if back, err := ops.Parse(prepare()); err != nil || !reflect.DeepEqual(back, op) {
		t.Errorf("parsed %+v, want %+v (%v)", back, op, err)
	}
	altered := map[string]func(*apitypes.TypedData){
		"another chain":    func(td *apitypes.TypedData) { (*big.Int)(td.Domain.ChainId).SetInt64(1) },
		"no chain":         func(td *apitypes.TypedData) { td.Domain.ChainId = nil },
		"another contract": func(td *apitypes.TypedData) { td.Domain.VerifyingContract = w.Address().Checksum() },
		"another name":     func(td *apitypes.TypedData) { td.Domain.Name = "MetaNet" },
		"another version":  func(td *apitypes.TypedData) { td.Domain.Version = "2" },
		"a salt":           func(td *apitypes.TypedData) { td.Domain.Salt = "0x00" },
		"another type":     func(td *apitypes.TypedData) { td.PrimaryType = "RevokeKey" },
		"no type":          func(td *apitypes.TypedData) { td.PrimaryType = "" },
		"lower-case type":  func(td *apitypes.TypedData) { td.PrimaryType = "addKey" },
		"a type too many":  func(td *apitypes.TypedData) { td.Types["Mail"] = []apitypes.Type{{Name: "a", Type: "string"}} },
		"reordered fields": func(td *apitypes.TypedData) { f := td.Types["AddKey"]; f[0], f[1] = f[1], f[0] },
		"another domain":   func(td *apitypes.TypedData) { td.Types["EIP712Domain"] = td.Types["EIP712Domain"][:3] },
		"a field too many": func(td *apitypes.TypedData) { td.Message["x"] = "1" },
		"a field missing":  func(td *apitypes.TypedData) { delete(td.Message, "expiry") },
		"a field renamed":  func(td *apitypes.TypedData) { delete(td.Message, "expiry"); td.Message["x"] = "1" },
		"number too large": func(td *apitypes.TypedData) { td.Message["purpose"] = "256" },
		"negative number":  func(td *apitypes.TypedData) { td.Message["expiry"] = "-1" },
		"lossy number":     func(td *apitypes.TypedData) { td.Message["expiry"] = 1e17 },
		"fraction":         func(td *apitypes.TypedData) { td.Message["expiry"] = 1.5 },
		"bool":             func(td *apitypes.TypedData) { td.Message["expiry"] = true },
		"short key":        func(td *apitypes.TypedData) { td.Message["key"] = "0x01" },
		"mistyped address": func(td *apitypes.TypedData) {
			td.Message["identity"] = strings.ToUpper(td.Message["identity"].(string))
		},
		"number for address": func(td *apitypes.TypedData) { td.Message["identity"] = 1.0 },
	}
	for name, alter := range altered {
		td := prepare()
		alter(&td)
		sig, err := w.SignTypedData(td)
		if err != nil {
			sig = make([]byte, 65)
		}
		if _, err := ops.Relay(t.Context(), td, sig); !errors.Is(err, chain.ErrTypedData) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Altered values are ours in form, but nobody signed them.
	td := prepare()
	sig, _ := w.SignTypedData(td)
	td.Message["expiry"] = fmt.Sprint(later + 1)
	if _, err := ops.Relay(t.Context(), td, sig); !errors.Is(err, chain.ErrInvalidSignature) {
		t.Errorf("altered expiry: %v", err)
	}
	td = prepare()
	for name, bad := range map[string][]byte{"empty": nil, "short": sig[:64], "zero": make([]byte, 65), "long": append(bytes.Clone(sig), 0)} {
		if _, err := ops.Relay(t.Context(), td, bad); !errors.Is(err, chain.ErrInvalidSignature) {
			t.Errorf("%s signature: %v", name, err)
		}
	}
	other, _ := chaintest.NewWallet().SignTypedData(td)
	if _, err := ops.Relay(t.Context(), td, other); !errors.Is(err, chain.ErrInvalidSignature) {
		t.Errorf("another wallet: %v", err)
	}
	if r, known, _ := e.follower.Key(t.Context(), e.did(w), key(1)); known {
		t.Errorf("something got through: %+v", r)
	}
	// The same in other spellings is the same.
	sig, _ = w.SignTypedData(td)
	td.Message["expiry"] = fmt.Sprintf("0x%x", later)
	td.Message["purpose"] = 1.0
	td.Message["identity"] = w.Address().String()
	sig[64] -= 27
	r, err := ops.Relay(t.Context(), td, sig)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ops.Relay(t.Context(), td, sig)
	if err != nil || again.Tx != r.Tx {
		t.Errorf("relayed twice: %v, %v (%v)", r.Tx, again.Tx, err)
	}
}

func TestPrepareRefusesEarly(t *testing.T) {
	e := newEnv(t)
	w := chaintest.NewWallet()
	ops := chain.NewOperations(e.client, e.contracts, e.sender, nil)
	good := chain.Operation{Op: chain.OpAddKey, Identity: e.did(w), Key: key(1), Purpose: identity.PurposeDevice, Expiry: later}
	e.do(t, w, good)
	cases := map[string]struct {
		op   func(*chain.Operation)
		want error
		say  string
	}{
		"unknown":       {func(o *chain.Operation) { o.Op = "selfDestruct" }, chain.ErrInvalidOperation, "selfDestruct"},
		"another chain": {func(o *chain.Operation) { o.Identity = identity.NewDID(1, w.Address()) }, chain.ErrInvalidOperation, "chain"},
		"small order":   {func(o *chain.Operation) { o.Key = identity.Key{1} }, chain.ErrInvalidOperation, "small order"},
		"twice":         {func(o *chain.Operation) {}, chain.ErrReverted, "KeyKnown"},
		"expired":       {func(o *chain.Operation) { o.Key = key(2); o.Expiry = 1 }, chain.ErrReverted, "InvalidExpiry(expiry 1)"},
		"no home":       {func(o *chain.Operation) { o.Key = key(2); o.Purpose = identity.PurposeHosted }, chain.ErrReverted, "NoHome"},
		"not recovery":  {func(o *chain.Operation) { o.Op = chain.OpStartRecovery; o.NewOwner = key20(9) }, chain.ErrInvalidOperation, "recovery"},
	}
	for name, c := range cases {
		op := good
		c.op(&op)
		_, err := ops.Prepare(t.Context(), op)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var revert *chain.RevertError
	if _, err := ops.Prepare(t.Context(), good); !errors.As(err, &revert) || revert.Reason != "KeyKnown" || revert.Args[0].Name != "identity" {
		t.Errorf("revert %+v", revert)
	}
}

func key20(b byte) identity.Address { return identity.Address(bytes.Repeat([]byte{b}, 20)) }

// A signature that came too late, or for a nonce that was used.
func TestRelayStale(t *testing.T) {
	e := newEnv(t)
	w := chaintest.NewWallet()
	past := func() time.Time { return time.Unix(1, 0) }
	ops := chain.NewOperations(e.client, e.contracts, e.sender, past)
	td, err := ops.Prepare(t.Context(), chain.Operation{Op: chain.OpSkipNonce, Identity: e.did(w)})
	if err != nil {
		t.Fatal(err)
	}
	e.do(t, w, chain.Operation{Op: chain.OpRevokeAllKeys, Identity: e.did(w)})
	sig, _ := w.SignTypedData(td)
	var revert *chain.RevertError
	if _, err := ops.Relay(t.Context(), td, sig); !errors.As(err, &revert) || revert.Reason != "InvalidNonce" {
		t.Errorf("used nonce: %v", err)
	}
	td, _ = ops.Prepare(t.Context(), chain.Operation{Op: chain.OpSkipNonce, Identity: e.did(w)})
	td.Message["deadline"] = "1"
	sig, _ = w.SignTypedData(td)
	if _, err := ops.Relay(t.Context(), td, sig); !errors.As(err, &revert) || revert.Reason != "DeadlinePassed" {
		t.Errorf("too late: %v", err)
	}
}

// The wallet alone does the same, if the server will not help.
func TestDirect(t *testing.T) {
	e := newEnv(t)
	owner := e.operator // has coins
	ops := chain.NewOperations(e.client, e.contracts, nil, nil)
	for i, op := range []chain.Operation{
		{Op: chain.OpAddKey, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later},
		{Op: chain.OpEnrol, Key: key(2), Purpose: identity.PurposeDevice, Expiry: later, Server: 1},
		{Op: chain.OpRevokeKey, Key: key(1)},
		{Op: chain.OpRevokeAllKeys},
		{Op: chain.OpSetAttribute, Name: [32]byte{'a'}, Value: []byte("b"), Validity: 10},
		{Op: chain.OpAddDelegate, Name: [32]byte{'v'}, Delegate: key20(3), Validity: 10},
		{Op: chain.OpRevokeDelegate, Name: [32]byte{'v'}, Delegate: key20(3)},
		{Op: chain.OpRevokeAttr, Name: [32]byte{'a'}, Value: []byte("b")},
	} {
		op.Identity = e.did(owner)
		call, err := ops.Direct(op)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.sender.Send(t.Context(), fmt.Sprint("direct", i), call.To, call.Data)
		if err != nil {
			t.Fatalf("%s: %v", op.Op, err)
		}
		e.seen(t, r)
	}
	id := e.identity(t, e.did(owner))
	if len(id.Keys) != 2 || id.Keys[0].EndedAt == 0 || id.Keys[1].EndedAt == 0 || id.Home != 1 || id.Epoch != 1 {
		t.Errorf("%+v", id)
	}
}

// Every operation that the contract declares can be prepared and parsed.
func TestAllOperations(t *testing.T) {
	e := newEnv(t)
	ops := chain.NewOperations(e.client, e.contracts, e.sender, nil)
	w := chaintest.NewWallet()
	did := e.did(w)
	e.do(t, w, chain.Operation{Op: chain.OpEnrol, Identity: did, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later, Server: 1})
	for _, op := range []chain.Operation{
		{Op: chain.OpSetAttribute, Name: [32]byte{'a'}, Value: []byte("b"), Validity: 10},
		{Op: chain.OpRevokeAttr, Name: [32]byte{'a'}, Value: []byte("b")},
		{Op: chain.OpAddDelegate, Name: [32]byte{'v'}, Delegate: key20(3), Validity: 10},
		{Op: chain.OpRevokeDelegate, Name: [32]byte{'v'}, Delegate: key20(3)},
		{Op: chain.OpRevokeKeyFrom, Key: key(1), Server: 1, Size: 1},
		{Op: chain.OpSetHome},
		{Op: chain.OpRevokeAllKeys},
		{Op: chain.OpSkipNonce},
	} {
		op.Identity = did
		td, err := ops.Prepare(t.Context(), op)
		if err != nil {
			t.Errorf("%s: %v", op.Op, err)
			continue
		}
		if back, err := ops.Parse(overJSON(t, td)); err != nil || !reflect.DeepEqual(back, op) {
			t.Errorf("%s: parsed %+v (%v)", op.Op, back, err)
		}
		e.do(t, w, op)
	}
	checkHistory(t, e, did)
}
