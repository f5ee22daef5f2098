package chain_test

import (
	"errors"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"
)

// The races of contracts/README.md, "Who wins a long fight", over a chain whose
// time can be skipped.

const delay = 72 * time.Hour

// robbed is an identity with a recovery address, on a chain of its own.
type robbed struct {
	*env
	t               *testing.T
	owner, recovery chaintest.Wallet
	did             identity.DID
	ops             *chain.Operations
}

func newRobbed(t *testing.T) *robbed {
	e := newBareEnv(t)
	e.deploy(t)
	e.follow(t)
	r := &robbed{env: e, t: t, owner: chaintest.NewWallet(), recovery: chaintest.NewWallet(), ops: chain.NewOperations(e.client, e.contracts, e.sender, nil)}
	r.did = e.did(r.owner)
	r.by(r.owner, chain.Operation{Op: chain.OpAddKey, Key: key(1), Purpose: identity.PurposeDevice, Expiry: later})
	r.by(r.owner, chain.Operation{Op: chain.OpSetRecovery, Recovery: r.recovery.Address()})
	return r
}

// by carries out an operation with a wallet's signature.
func (r *robbed) by(w chaintest.Wallet, op chain.Operation) {
	r.t.Helper()
	op.Identity, op.Signer = r.did, w.Address()
	r.do(r.t, w, op)
}

// refused wants the operation to fail, for the contract or for the signature.
func (r *robbed) refused(w chaintest.Wallet, op chain.Operation) {
	r.t.Helper()
	op.Identity, op.Signer = r.did, w.Address()
	_, err := r.tryDo(r.t, w, op)
	if !errors.Is(err, chain.ErrReverted) && !errors.Is(err, chain.ErrInvalidSignature) {
		r.t.Errorf("%s by %s: %v, want a refusal", op.Op, w.Address(), err)
	}
}

func (r *robbed) skip(d time.Duration) {
	r.t.Helper()
	if err := r.dev.Skip(r.t.Context(), d); err != nil {
		r.t.Fatal(err)
	}
	head, err := r.client.Head(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.seen(r.t, chain.Receipt{Block: head.Number})
}

// finish is anybody's.
func (r *robbed) finish(op chain.Op) error {
	r.t.Helper()
	id := r.identity(r.t, r.did)
	ready := uint64(0)
	if id.PendingRecovery != nil {
		ready = id.PendingRecovery.ReadyAt
	} else if id.PendingChange != nil {
		ready = id.PendingChange.ReadyAt
	}
	receipt, err := r.ops.Finish(r.t.Context(), op, r.did, ready)
	if err == nil {
		r.seen(r.t, receipt)
	}
	return err
}

func (r *robbed) live(k identity.Key) bool {
	r.t.Helper()
	rec, known, err := r.follower.Key(r.t.Context(), r.did, k)
	if err != nil || !known {
		r.t.Fatal(known, err)
	}
	return rec.EndedAt == 0
}

// The thief has the owner's wallet, posts, tries to take everything, and cancels
// whatever the recovery address begins. The third time he cannot.
func TestThiefWithTheOwnersWallet(t *testing.T) {
	r := newRobbed(t)
	thief, rescued := chaintest.NewWallet(), chaintest.NewWallet()
	r.by(r.owner, chain.Operation{Op: chain.OpAddKey, Key: key(66), Purpose: identity.PurposeDevice, Expiry: later})

	for _, op := range []chain.Operation{
		{Op: chain.OpChangeOwner, NewOwner: thief.Address()}, {Op: chain.OpSetRecovery, Recovery: thief.Address()}, {Op: chain.OpDeactivate},
	} {
		r.by(r.owner, op)
		if err := r.finish(chain.OpFinishChange); !errors.Is(err, chain.ErrReverted) {
			t.Errorf("%s finished at once: %v", op.Op, err)
		}
		if p := r.identity(t, r.did).PendingChange; p == nil {
			t.Errorf("%s: nobody is warned", op.Op)
		}
		r.by(r.recovery, chain.Operation{Op: chain.OpCancelChange})
	}
	for range 2 {
		r.by(r.recovery, chain.Operation{Op: chain.OpStartRecovery, NewOwner: rescued.Address()})
		if p := r.identity(t, r.did).PendingRecovery; p == nil || !p.Cancellable {
			t.Errorf("pending: %+v", p)
		}
		r.skip(delay - time.Hour)
		r.by(r.owner, chain.Operation{Op: chain.OpCancelRecovery})
	}
	r.by(r.recovery, chain.Operation{Op: chain.OpStartRecovery, NewOwner: rescued.Address()})
	if p := r.identity(t, r.did).PendingRecovery; p == nil || p.Cancellable {
		t.Errorf("the third takeover: %+v", p)
	}
	r.refused(r.owner, chain.Operation{Op: chain.OpCancelRecovery})
	if err := r.finish(chain.OpFinishRecovery); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("finished early: %v", err)
	}

	// What the thief has signed before, and keeps for the day after.
	kept := chain.Operation{Op: chain.OpAddKey, Identity: r.did, Key: key(67), Purpose: identity.PurposeDevice, Expiry: later}
	typed, err := r.ops.Prepare(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := r.owner.SignTypedData(overJSON(t, typed))
	if err != nil {
		t.Fatal(err)
	}

	r.skip(delay)
	if err := r.finish(chain.OpFinishRecovery); err != nil {
		t.Fatalf("due, by anybody: %v", err)
	}
	id := r.identity(t, r.did)
	if id.Owner != rescued.Address() || id.PendingRecovery != nil || id.Epoch != 1 {
		t.Errorf("rescued: %+v", id)
	}
	if r.live(key(1)) || r.live(key(66)) {
		t.Error("keys of the robbed epoch live on")
	}
	if _, err := r.ops.Relay(t.Context(), overJSON(t, typed), sig); err == nil {
		t.Error("a signature from before the takeover was carried")
	}
	r.refused(r.owner, chain.Operation{Op: chain.OpAddKey, Key: key(68), Purpose: identity.PurposeDevice, Expiry: later})
	r.by(rescued, chain.Operation{Op: chain.OpAddKey, Key: key(2), Purpose: identity.PurposeDevice, Expiry: later})
	r.by(rescued, chain.Operation{Op: chain.OpRevokeKeyFrom, Key: key(66), Server: 1, Size: 3})
	if k, _, err := r.follower.Key(t.Context(), r.did, key(66)); err != nil || k.CutOff.Size != 3 || k.CutOff.SetAt == 0 {
		t.Errorf("what the thief's key signed is cut off at %+v (%v)", k.CutOff, err)
	}
}

// The thief has the recovery key. An owner who acts has nine days, and gets rid of
// the key if the thief does not watch all that time; one who watches wins.
func TestThiefWithTheRecoveryKey(t *testing.T) {
	r := newRobbed(t)
	thief, fresh := chaintest.NewWallet(), chaintest.NewWallet()
	r.by(r.recovery, chain.Operation{Op: chain.OpStartRecovery, NewOwner: thief.Address()})
	r.by(r.owner, chain.Operation{Op: chain.OpCancelRecovery})
	r.by(r.owner, chain.Operation{Op: chain.OpSetRecovery, Recovery: fresh.Address()})
	r.skip(delay)
	if err := r.finish(chain.OpFinishChange); err != nil {
		t.Fatal(err)
	}
	if id := r.identity(t, r.did); id.Recovery != fresh.Address() || id.Owner != r.owner.Address() {
		t.Errorf("after the change: %+v", id)
	}
	r.refused(r.recovery, chain.Operation{Op: chain.OpStartRecovery, NewOwner: thief.Address()})
	if !r.live(key(1)) {
		t.Error("an owner who kept the identity lost a key")
	}
}

// A thief who holds a device or a hosted key (the server is one) can order nothing
// on the chain, and what he signs ends with one transaction of the owner's own.
func TestThiefWithoutTheWallet(t *testing.T) {
	r := newRobbed(t)
	thief := chaintest.NewWallet()
	for _, op := range []chain.Operation{
		{Op: chain.OpAddKey, Key: key(66), Purpose: identity.PurposeDevice, Expiry: later}, {Op: chain.OpChangeOwner, NewOwner: thief.Address()},
		{Op: chain.OpSetRecovery, Recovery: thief.Address()}, {Op: chain.OpStartRecovery, NewOwner: thief.Address()}, {Op: chain.OpRevokeAllKeys},
	} {
		r.refused(thief, op)
	}
	// The server alters what the owner has signed: the signature is not over that.
	op := chain.Operation{Op: chain.OpSetHome, Identity: r.did, Server: 1}
	typed, err := r.ops.Prepare(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := r.owner.SignTypedData(overJSON(t, typed))
	if err != nil {
		t.Fatal(err)
	}
	forged := overJSON(t, typed)
	forged.Message["server"] = "2"
	if _, err := r.ops.Relay(t.Context(), forged, sig); !errors.Is(err, chain.ErrInvalidSignature) {
		t.Errorf("altered: %v", err)
	}
	// It keeps back what was signed; the owner voids that by their own transaction.
	r.fund(t, r.owner)
	call, err := r.ops.Direct(chain.Operation{Op: chain.OpSkipNonce, Identity: r.did})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := chain.PlanOwn(t.Context(), r.client, r.contracts, r.owner.Address(), call)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := tx.Send(t.Context(), r.owner)
	if err != nil {
		t.Fatal(err)
	}
	r.seen(t, receipt)
	if _, err := r.ops.Relay(t.Context(), overJSON(t, typed), sig); err == nil {
		t.Error("a voided signature was carried")
	}
}
