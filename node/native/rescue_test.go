package native_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"metanet/identity"
	"metanet/node/native"
)

func (w *world) PrepareRecovery(_ context.Context, op native.Operation) (json.RawMessage, time.Time, error) {
	w.prepared = append(w.prepared, op)
	return json.RawMessage(`{"primaryType":"StartRecovery"}`), time.Unix(1_700_000_000, 0), w.relayErr
}

func (w *world) SubmitRecovery(context.Context, json.RawMessage, []byte) (native.Receipt, error) {
	w.submitted = append(w.submitted, "")
	return native.Receipt{Tx: [32]byte{0xab}, Block: 12}, w.relayErr
}

func (w *world) Finish(_ context.Context, did identity.DID) (native.Receipt, error) {
	w.submitted = append(w.submitted, did)
	return native.Receipt{Tx: [32]byte{0xcd}, Block: 13}, w.relayErr
}

// The recovery address has no account: its signature is what counts.
func TestRecoveryNeedsNoAccount(t *testing.T) {
	w := newWorld(t)
	alice, newOwner := w.NewPerson("alice"), w.NewWallet()
	var prepared struct {
		Operation string
		TypedData map[string]any
	}
	w.Into(w.Post("net.metanet.recovery.prepare", "", m{"did": alice.DID, "operation": "startRecovery", "address": newOwner.Address}), &prepared)
	if op := w.prepared[0]; op.DID != alice.DID || op.Name != "startRecovery" || op.Address != newOwner.Address || prepared.Operation != "startRecovery" {
		t.Errorf("asked for %+v, answered %+v", op, prepared)
	}
	var done struct {
		Tx    string
		Block uint64
	}
	w.Into(w.Post("net.metanet.recovery.submit", "", m{"typedData": prepared.TypedData, "signature": "0x00"}), &done)
	if done.Block != 12 {
		t.Errorf("submit answered %+v", done)
	}
	w.Into(w.Post("net.metanet.recovery.finish", "", m{"did": alice.DID}), &done)
	if done.Block != 13 || w.submitted[1] != alice.DID {
		t.Errorf("finish answered %+v, for %s", done, w.submitted[1])
	}
	for _, row := range []struct {
		err    error
		status int
		code   string
	}{
		{native.ErrNotServed, 403, "NotHosted"},
		{native.ErrQuota, 429, "QuotaExceeded"},
		{native.ErrSigner, 400, "InvalidSignature"},
		{native.ErrReverted, 400, "Reverted"},
	} {
		w.relayErr = fmt.Errorf("%w: why", row.err)
		for _, r := range []struct {
			nsid string
			in   m
		}{
			{"net.metanet.recovery.prepare", m{"did": alice.DID, "operation": "startRecovery"}},
			{"net.metanet.recovery.submit", m{"typedData": m{}, "signature": "0x00"}},
			{"net.metanet.recovery.finish", m{"did": alice.DID}},
		} {
			if got := w.Post(r.nsid, "", r.in); got.Status != row.status || got.Code() != row.code {
				t.Errorf("%s: %d %s for %v", r.nsid, got.Status, got.Code(), row.err)
			}
		}
	}
}

// Who looks at an identity sees what is about to happen to it.
func TestPendingIsShown(t *testing.T) {
	w := newWorld(t)
	alice, thief := w.NewPerson("alice"), w.NewWallet()
	var shown struct {
		Pending *struct {
			Change *struct {
				Kind, Target, ReadyAt string
				Due                   bool
			}
			Recovery *struct {
				NewOwner, ReadyAt string
				Due, Cancellable  bool
			}
		}
	}
	get := func() {
		t.Helper()
		shown.Pending = nil
		w.Into(w.Get("/xrpc/net.metanet.identity.get?did="+string(alice.DID), ""), &shown)
	}
	if get(); shown.Pending != nil {
		t.Errorf("nothing waits, shown %+v", shown.Pending)
	}
	asOf := time.Unix(1_700_000_000, 0)
	w.pendingChange = &native.PendingChange{Kind: "owner", Target: thief.Address, ReadyAt: asOf.Add(time.Second)}
	w.pendingRecovery = &native.PendingRecovery{NewOwner: thief.Address, ReadyAt: asOf, Cancellable: true}
	get()
	if p := shown.Pending; p == nil || p.Change == nil || p.Recovery == nil {
		t.Fatalf("shown %+v", p)
	}
	if c := shown.Pending.Change; c.Kind != "owner" || c.Target != thief.Address.Checksum() || c.Due || c.ReadyAt == "" {
		t.Errorf("change %+v", c)
	}
	if r := shown.Pending.Recovery; r.NewOwner != thief.Address.Checksum() || !r.Due || !r.Cancellable {
		t.Errorf("recovery %+v", r)
	}
}
