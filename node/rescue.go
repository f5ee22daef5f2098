package node

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/native"
	"metanet/node/quota"
	"metanet/node/session"
)

// rescue relays what recovery addresses order and what is due, for the people
// whom this server serves.
type rescue struct{ *Node }

// rescued are the operations that a recovery address may order.
var rescued = map[chain.Op]bool{chain.OpStartRecovery: true, chain.OpCancelRecovery: true, chain.OpCancelChange: true}

func (r rescue) PrepareRecovery(ctx context.Context, asked native.Operation) (json.RawMessage, time.Time, error) {
	op := chain.Operation{Op: chain.Op(asked.Name), Identity: asked.DID, NewOwner: asked.Address}
	if !rescued[op.Op] {
		return nil, time.Time{}, fmt.Errorf("%w: the recovery address cannot order %q", native.ErrOperation, asked.Name)
	}
	if err := r.serves(ctx, op.Identity); err != nil {
		return nil, time.Time{}, err
	}
	id, err := r.anchor.follower.Identity(ctx, op.Identity)
	if err != nil {
		return nil, time.Time{}, err
	}
	op.Signer = id.Recovery
	typed, err := r.anchor.ops.Prepare(ctx, op)
	if err != nil {
		return nil, time.Time{}, nativeError(err)
	}
	deadline, err := deadlineOf(typed)
	if err != nil {
		return nil, time.Time{}, err
	}
	data, err := walletJSON(typed)
	return data, deadline, err
}

func (r rescue) SubmitRecovery(ctx context.Context, typedData json.RawMessage, signature []byte) (native.Receipt, error) {
	var typed apitypes.TypedData
	if err := json.Unmarshal(typedData, &typed); err != nil {
		return native.Receipt{}, fmt.Errorf("%w: %w", native.ErrOperation, err)
	}
	op, err := r.anchor.ops.Parse(typed)
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	if !rescued[op.Op] {
		return native.Receipt{}, fmt.Errorf("%w: the recovery address cannot order %q", native.ErrOperation, op.Op)
	}
	if err := r.serves(ctx, op.Identity); err != nil {
		return native.Receipt{}, err
	}
	id, err := r.anchor.follower.Identity(ctx, op.Identity)
	if err != nil {
		return native.Receipt{}, err
	}
	// The owner has a door of their own, with an account's quota.
	if op.Op != chain.OpStartRecovery && op.Signer != id.Recovery {
		return native.Receipt{}, fmt.Errorf("%w: it is to be signed by %s, not by the recovery address", native.ErrSigner, op.Signer.Checksum())
	}
	return r.paid(op.Identity, func() (chain.Receipt, error) { return r.anchor.ops.Relay(ctx, typed, signature) }, ctx)
}

// Finish carries out a takeover that is due, else a change that is.
func (r rescue) Finish(ctx context.Context, did identity.DID) (native.Receipt, error) {
	if err := r.serves(ctx, did); err != nil {
		return native.Receipt{}, err
	}
	id, err := r.anchor.follower.Identity(ctx, did)
	if err != nil {
		return native.Receipt{}, err
	}
	var op chain.Op
	var ready uint64
	switch {
	case id.PendingRecovery != nil:
		op, ready = chain.OpFinishRecovery, id.PendingRecovery.ReadyAt
	case id.PendingChange != nil:
		op, ready = chain.OpFinishChange, id.PendingChange.ReadyAt
	default:
		return native.Receipt{}, fmt.Errorf("%w: nothing is pending", native.ErrOperation)
	}
	if id.PendingRecovery != nil && id.PendingChange != nil && id.PendingChange.ReadyAt < ready {
		op, ready = chain.OpFinishChange, id.PendingChange.ReadyAt
	}
	// The next block's time decides, which the chain's last is not: the contract is asked.
	return r.paid(did, func() (chain.Receipt, error) { return r.anchor.ops.Finish(ctx, op, did, ready) }, ctx)
}

// paid sends something at this server's cost, within the identity's quota, and
// waits until this node has followed the chain that far.
func (r rescue) paid(did identity.DID, send func() (chain.Receipt, error), ctx context.Context) (native.Receipt, error) {
	var receipt chain.Receipt
	err := r.charged(quota.Rescues, did, func() (err error) { receipt, err = send(); return err })
	if errors.Is(err, chain.ErrQueued) {
		return native.Receipt{}, nil // goes out by itself; asked again, it says how far it is
	}
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	if err := r.anchor.follower.WaitFor(ctx, receipt.Block); err != nil {
		return native.Receipt{}, nativeError(err)
	}
	return native.Receipt{Done: true, Tx: receipt.Tx, Block: receipt.Block}, nil
}

// serves wants the identity to have an account here, or its home.
func (r rescue) serves(ctx context.Context, did identity.DID) error {
	_, err := r.sessions.Account(ctx, did)
	if !errors.Is(err, session.ErrNoAccount) {
		return err
	}
	id, err := r.anchor.follower.Identity(ctx, did)
	if err != nil {
		return err
	}
	if id.Home == 0 || id.Home != r.serverID() {
		return fmt.Errorf("%w: %s", native.ErrNotServed, did)
	}
	return nil
}

// pendingKey marks, in the space "node", an identity with an account here to which
// something is about to happen.
func pendingKey(did identity.DID) []byte { return []byte("pending/" + did) }

// notePending remembers who is being taken over or given away, for the operator's
// status, and logs it once.
func (n *Node) notePending(space noteSpace, id chain.Identity) error {
	key := pendingKey(id.DID)
	_, known, err := space.Get(key)
	waits := id.PendingChange != nil || id.PendingRecovery != nil
	switch {
	case err != nil || known == waits:
		return err
	case !waits:
		return space.Delete(key)
	}
	n.log.Warn("an identity of this server has a pending change", "did", id.DID, "takeover", id.PendingRecovery != nil)
	return space.Put(key, binary.BigEndian.AppendUint64(nil, id.ChangedAt))
}

type noteSpace interface {
	cursorSpace
	Delete(key []byte) error
}
