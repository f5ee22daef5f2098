package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/chain"
	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/node/custody"
	"metanet/node/native"
	"metanet/node/passkey"
	"metanet/node/resign"
)

// openPeople makes what people without a wallet need: passkeys to come in by, and
// somebody who keeps their identity.
func (n *Node) openPeople(context.Context) (err error) {
	n.passkeys, err = passkey.New(passkey.Config{
		KV: n.store.Space("passkey"), Origins: n.origins(), Name: n.state.Domain, Now: time.Now, Logger: n.log.With("part", "passkey"),
	})
	if err != nil {
		return err
	}
	k := keeper{n}
	n.custody = custody.New(custody.Config{
		KV: n.store.Space("custody"), Ring: n.ring, Chain: k, Relay: k, Endorser: k, Settle: n.settle,
		ChainID: n.anchor.contracts.ChainID, Now: time.Now, Logger: n.log.With("part", "custody"),
	})
	return nil
}

// settle acts on what the chain shows of an identity before it returns, instead of
// when the feed of changes comes to it.
func (n *Node) settle(ctx context.Context, did identity.DID) error {
	return n.identityChanged(ctx, n.store.Space("node"), did)
}

// keeper answers custody's questions and carries its operations. It decides nothing.
type keeper struct{ *Node }

func (k keeper) OwnerOf(ctx context.Context, did identity.DID) (identity.Address, error) {
	return k.anchor.OwnerOf(ctx, did)
}

func (k keeper) Keys(ctx context.Context, did identity.DID) ([]identity.KeyRecord, error) {
	id, err := k.anchor.follower.Identity(ctx, did)
	return id.Keys, err
}

func (k keeper) Final(ctx context.Context, did identity.DID) (bool, error) {
	id, err := k.anchor.follower.Identity(ctx, did)
	return k.anchor.follower.IsFinal(id.ChangedBlock), err
}

// order sends what a kept owner key signs, and waits until it holds here.
func (k keeper) order(ctx context.Context, owner *keyring.OwnerKey, op chain.Operation) error {
	op.Identity = owner.DID()
	receipt, err := k.anchor.ops.Order(ctx, op, owner.SignHash)
	if err != nil {
		return err
	}
	return k.anchor.follower.WaitFor(ctx, receipt.Block)
}

func (k keeper) Enrol(ctx context.Context, owner *keyring.OwnerKey, hosted identity.Key, expires time.Time) error {
	server := k.serverID()
	if server == 0 {
		return errors.New("node: this server is not registered on-chain yet")
	}
	return k.order(ctx, owner, chain.Operation{
		Op: chain.OpEnrol, Key: hosted, Purpose: identity.PurposeHosted, Expiry: uint64(expires.Unix()), Server: server,
	})
}

func (k keeper) Renew(ctx context.Context, owner *keyring.OwnerKey, key identity.Key, expires time.Time) error {
	return k.order(ctx, owner, chain.Operation{Op: chain.OpRenewKey, Key: key, Expiry: uint64(expires.Unix())})
}

func (k keeper) ChangeOwner(ctx context.Context, owner *keyring.OwnerKey, to identity.Address) error {
	return k.order(ctx, owner, chain.Operation{Op: chain.OpChangeOwner, NewOwner: to})
}

func (k keeper) PrepareEnrolment(ctx context.Context, e custody.Enrolment) (json.RawMessage, time.Time, error) {
	typed, err := k.anchor.ops.PrepareNext(ctx, chain.Operation{
		Op: chain.OpEnrol, Identity: e.DID, Key: e.Device, Purpose: identity.PurposeDevice, Expiry: uint64(e.Expires.Unix()),
		HostedKey: e.Hosted, HostedExpiry: uint64(e.Expires.Unix()), Server: k.serverID(),
	})
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

func (k keeper) CheckEnrolment(ctx context.Context, wallet identity.Address, typedData json.RawMessage, signature []byte) (custody.Enrolment, error) {
	var typed apitypes.TypedData
	if err := json.Unmarshal(typedData, &typed); err != nil {
		return custody.Enrolment{}, fmt.Errorf("%w: %w", native.ErrOperation, err)
	}
	op, err := k.anchor.ops.CheckNext(ctx, typed, wallet, signature)
	if err != nil {
		return custody.Enrolment{}, nativeError(err)
	}
	if op.Op != chain.OpEnrol || op.Server != k.serverID() || op.Purpose != identity.PurposeDevice {
		return custody.Enrolment{}, fmt.Errorf("%w: not this server's enrolment of a device", custody.ErrTakeOver)
	}
	return custody.Enrolment{DID: op.Identity, Device: op.Key, Hosted: op.HostedKey, Expires: seconds(op.HostedExpiry)}, nil
}

// Endorse stands by all that the former keys have signed: this server alone held
// them, to the end.
func (k keeper) Endorse(ctx context.Context, did identity.DID, former []identity.Key) (int, error) {
	signer, err := k.hosted.Signer(ctx, did)
	if err != nil {
		return 0, err
	}
	rec, _, err := k.anchor.follower.Key(ctx, did, signer.Public())
	if err != nil {
		return 0, err
	}
	job := resign.Job{DID: did, Signer: signer, AddedAt: seconds(rec.AddedAt)}
	for _, key := range former {
		job.Stands = append(job.Stands, resign.Stand{Key: key, Before: time.Now()})
	}
	r := resign.Resigner{Store: k.store, Door: k.door, Network: k.anchor.contracts.Network(), Skew: identity.DefaultParams().Skew}
	done, err := r.Run(ctx, job, nil)
	if err == nil && done.Refused > 0 {
		err = fmt.Errorf("node: %d records could not be signed again", done.Refused)
	}
	return done.Signed, err
}

func (k keeper) Submit(ctx context.Context, did identity.DID, typedData json.RawMessage, signature []byte) error {
	_, err := relay(k).Submit(ctx, did, typedData, signature)
	return err
}
