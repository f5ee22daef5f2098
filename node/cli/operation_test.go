package cli

import (
	"crypto/ed25519"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/chain"
	"metanet/contracts/bindings"
	"metanet/identity"
)

// prepared is what an honest server answers for an order.
func prepared(t *testing.T, primary string, fields []apitypes.Type, message apitypes.TypedDataMessage) apitypes.TypedData {
	t.Helper()
	return apitypes.TypedData{
		Types: apitypes.Types{"EIP712Domain": {
			{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"},
		}, primary: fields},
		PrimaryType: primary,
		Domain: apitypes.TypedDataDomain{
			Name: "MetaNet Identity", Version: "1", ChainId: (*math.HexOrDecimal256)(big.NewInt(31337)),
			VerifyingContract: bindings.DeployedAddresses().IdentityRegistry.Hex(),
		},
		Message: message,
	}
}

// A server that asks for another signature than the person ordered gets none.
func TestOnlyTheOrderIsSigned(t *testing.T) {
	now := time.Unix(1_767_322_800, 0)
	mine, thief := identity.Address{1}, identity.Address{2}
	did := identity.NewDID(31337, mine)
	want := chain.Operation{Op: chain.OpSetRecovery, Identity: did, Recovery: identity.Address{3}}
	fields := []apitypes.Type{{Name: "identity", Type: "address"}, {Name: "recovery", Type: "address"}, {Name: "nonce", Type: "uint256"}, {Name: "deadline", Type: "uint256"}}
	honest := func() apitypes.TypedData {
		return prepared(t, "SetRecovery", fields, apitypes.TypedDataMessage{
			"identity": mine.String(), "recovery": identity.Address{3}.String(), "nonce": "0", "deadline": "1767326400",
		})
	}
	if err := checkOrder(honest(), want, now); err != nil {
		t.Fatalf("the order itself: %v", err)
	}
	for name, change := range map[string]func(*apitypes.TypedData){
		"another recovery address": func(td *apitypes.TypedData) { td.Message["recovery"] = thief.String() },
		"another identity":         func(td *apitypes.TypedData) { td.Message["identity"] = thief.String() },
		"another chain":            func(td *apitypes.TypedData) { td.Domain.ChainId = (*math.HexOrDecimal256)(big.NewInt(1)) },
		"another contract":         func(td *apitypes.TypedData) { td.Domain.VerifyingContract = thief.String() },
		"another domain":           func(td *apitypes.TypedData) { td.Domain.Name = "Permit2" },
		"another operation": func(td *apitypes.TypedData) {
			td.PrimaryType = "ChangeOwner"
			td.Types["ChangeOwner"] = []apitypes.Type{fields[0], {Name: "newOwner", Type: "address"}, fields[2], fields[3]}
			delete(td.Types, "SetRecovery")
			td.Message["newOwner"] = td.Message["recovery"]
			delete(td.Message, "recovery")
		},
		"a field more":               func(td *apitypes.TypedData) { td.Message["extra"] = "1" },
		"a signature good for years": func(td *apitypes.TypedData) { td.Message["deadline"] = "1967326400" },
		"no deadline at all":         func(td *apitypes.TypedData) { td.Message["deadline"] = math.MaxBig256.String() },
	} {
		td := honest()
		change(&td)
		if err := checkOrder(td, want, now); err == nil {
			t.Errorf("%s would be signed", name)
		}
	}
}

// Who cancels is part of what is signed: the owner's nonce and the recovery
// address's are counted apart.
func TestTheSignerIsHeld(t *testing.T) {
	mine := identity.Address{1}
	fields := []apitypes.Type{{Name: "identity", Type: "address"}, {Name: "signer", Type: "address"}, {Name: "nonce", Type: "uint256"}, {Name: "deadline", Type: "uint256"}}
	td := prepared(t, "CancelRecovery", fields, apitypes.TypedDataMessage{"identity": mine.String(), "signer": identity.Address{9}.String(), "nonce": "0", "deadline": "1767326400"})
	want := chain.Operation{Op: chain.OpCancelRecovery, Identity: identity.NewDID(31337, mine), Signer: mine}
	if err := checkOrder(td, want, time.Unix(1_767_322_800, 0)); err == nil {
		t.Error("signed for another signer")
	}
}

func TestWarnings(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	var p pendingInfo
	if got := (*pendingInfo)(nil).warn(now); got != nil {
		t.Errorf("nothing waits: %q", got)
	}
	p.Change = &struct {
		Kind    string           `json:"kind"`
		Target  identity.Address `json:"target"`
		ReadyAt time.Time        `json:"readyAt"`
		Due     bool             `json:"due"`
	}{"owner", identity.Address{1}, now.Add(26 * time.Hour), false}
	want := "CHANGE OF OWNER to 0x0100000000000000000000000000000000000000: takes effect in 26h0m0s, at 2026-01-03T05:00:00Z (if that isn't you: metanet key change cancel)"
	if got := p.warn(now); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each operation that a person can order from a terminal is told in words.
func TestOrdersAreDescribed(t *testing.T) {
	key, err := identity.ParseKey(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []chain.Op{
		chain.OpRevokeKey, chain.OpRevokeKeyFrom, chain.OpRevokeAllKeys, chain.OpRenewKey, chain.OpSetHome, chain.OpSkipNonce, chain.OpChangeOwner,
		chain.OpSetRecovery, chain.OpDeactivate, chain.OpCancelChange, chain.OpStartRecovery, chain.OpCancelRecovery, chain.OpFinishChange, chain.OpFinishRecovery,
	} {
		o := chain.Operation{Op: op, Identity: identity.NewDID(31337, identity.Address{1}), Key: key}
		if got := describe(o); got == string(op)+" on "+string(o.Identity) {
			t.Errorf("%s has no words", op)
		}
	}
}
