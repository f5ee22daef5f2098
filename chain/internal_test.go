package chain

import (
	"encoding/json"
	"math/big"
	"reflect"
	"testing"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// Every entry survives its encoding, full and empty.
func TestEntriesRoundTrip(t *testing.T) {
	address, hash := identity.Address{1}, common.Hash{2}
	for _, e := range []any{
		meta{1, identity.Network{3}, true, 1, stageComparing, "why", []byte{9}}, meta{Slot: 1}, meta{},
		cursor{1, hash, 2, 3, 4, finalBlock{1, hash, 2}}, cursor{Number: 1}, cursor{},
		blockEntry{hash, 1, []undoEntry{{[]byte{1}, true, []byte{2}}, {[]byte{3}, false, nil}}, [][]byte{{4}}}, blockEntry{},
		identityEntry{address, 1, 2, 3, address, true, pendingChange{1, address, 2}, pendingTakeover{address, 3, true}, 4, 5}, identityEntry{},
		keyEntry{1, 2, 3, 4, 5, 6, 7, 8, cutOff{9, 10, 11}}, keyEntry{},
		epochEntry{address, 1, 2}, homeEntry{1, 2, 3},
		serverEntry{address, address, 1, "d", []byte{1}, []string{"a", "b"}, 3, 4, 5, 6, 7, 8, 9}, serverEntry{},
		policyEntry{hash, hash, []byte{1}, 2, 3, 4, hash, hash}, headEntry{hash, hash, 1, 2, 3, hash, hash},
		txEntry{"k", 1, stateSent, common.Address{1}, []byte{1}, big.NewInt(5), 2, 3, [][]byte{{1}}, 4, 5, hash, 6, []byte{7}, "said",
			"g", true, "c", []string{"a"}, 8, 9, big.NewInt(10), 11}, txEntry{},
		spending{1, big.NewInt(2)}, spending{},
	} {
		back := reflect.New(reflect.TypeOf(e))
		if err := decode(nil, encode(e), back.Interface()); err != nil {
			t.Errorf("%T: %v", e, err)
			continue
		}
		// RLP does not tell nil from empty.
		if string(encode(back.Elem().Interface())) != string(encode(e)) {
			t.Errorf("%+v became %+v", e, back.Elem())
		}
	}
}

func TestPrefixEnd(t *testing.T) {
	for in, want := range map[string]string{"\x01": "\x02", "\x01\xff": "\x02", "\x01\x02": "\x01\x03", "\x01\xff\xff": "\x02"} {
		if got := prefixEnd([]byte(in)); string(got) != want {
			t.Errorf("%x: %x, want %x", in, got, want)
		}
	}
}

func testForms() (map[Op]form, Contracts) {
	registry := bindings.NewIdentityRegistry()
	return forms(registry.GetABI()), Contracts{ChainID: 31337, IdentityRegistry: bindings.DeployedAddresses().IdentityRegistry}
}

// Each Op is a form, and each argument of each form is a field.
func TestFormsAreComplete(t *testing.T) {
	all, _ := testForms()
	ops := []Op{
		OpEnrol, OpAddKey, OpRenewKey, OpRevokeKey, OpRevokeKeyFrom, OpRevokeAllKeys, OpSetHome, OpSkipNonce, OpChangeOwner, OpSetRecovery,
		OpDeactivate, OpCancelChange, OpStartRecovery, OpCancelRecovery, OpSetAttribute, OpRevokeAttr, OpAddDelegate, OpRevokeDelegate,
	}
	if len(ops) != len(all) {
		t.Errorf("%d operations, the contract has %d", len(ops), len(all))
	}
	for _, op := range ops {
		f, known := all[op]
		if !known || f.direct.Name != string(op) {
			t.Errorf("%s is no function", op)
		}
		for _, arg := range append(f.args, f.direct.Inputs...) {
			if _, known := fields[arg.Name]; !known && arg.Name != "nonce" && arg.Name != "deadline" {
				t.Errorf("%s: argument %s has no field", op, arg.Name)
			}
		}
	}
}

// What parses is what we would have made: the digest that is checked is of the
// canonical spelling, and the canonical spelling means the same.
func FuzzParseTypedData(f *testing.F) {
	all, k := testForms()
	who := identity.NewDID(k.ChainID, identity.Address{7})
	for op, form := range all {
		o := Operation{Op: op, Identity: who, Key: identity.Key{9}, Purpose: 1, Expiry: 1 << 60, Server: 3, Value: []byte("v")}
		b, err := json.Marshal(form.typedData(k, form.values(o, big.NewInt(1), 2)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"primaryType":"SkipNonce","domain":{"chainId":"31337"},"message":{"nonce":1e0}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var td apitypes.TypedData
		if json.Unmarshal(b, &td) != nil {
			return
		}
		form, values, err := parse(all, k, td)
		if err != nil {
			return
		}
		canonical := form.typedData(k, values)
		if _, err := digestOf(canonical); err != nil {
			t.Fatalf("parsed, but cannot be hashed: %v", err)
		}
		again, same, err := parse(all, k, canonical)
		if err != nil || again.op != form.op || !reflect.DeepEqual(same, values) {
			t.Fatalf("%v became %v (%v)", values, same, err)
		}
		if _, err := form.signedCall(k, values, make([]byte, 65)); err != nil {
			t.Fatalf("parsed, but cannot be sent: %v", err)
		}
	})
}

// Contracts and RPCs may say anything as a reason.
func FuzzRevert(f *testing.F) {
	registry := bindings.NewIdentityRegistry().GetABI()
	e := registry.Errors["KeyEnded"]
	args, _ := e.Inputs.Pack(common.Address{1}, [32]byte{2}, uint64(3))
	f.Add(append(e.ID[:4:4], args...), "execution reverted")
	f.Add([]byte{1}, "")
	f.Fuzz(func(t *testing.T, data []byte, said string) {
		if r := newRevert(data, said); r.Error() == "" {
			t.Error("no message")
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	f.Add(make([]byte, 160))
	f.Fuzz(func(t *testing.T, sig []byte) {
		factory, deploy, inner, ok := unwrap(sig)
		if ok {
			askAfterDeploy(factory, deploy, common.Address{}, packIsValidSignature(common.Hash{}, inner))
		}
	})
}

func TestProgramSize(t *testing.T) {
	if n := len(askAfterDeploy(common.Address{}, nil, common.Address{}, nil)); n != 116 {
		t.Errorf("the program has %d bytes", n)
	}
}
