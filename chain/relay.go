package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// SignatureLifetime is how long after Prepare a signed operation may be relayed.
const SignatureLifetime = time.Hour

// Operations carries what wallets sign to IdentityRegistry, and pays.
type Operations struct {
	client    *Client
	contracts Contracts
	sender    *Sender
	wallets   *Wallets
	registry  *bindings.IdentityRegistry
	forms     map[Op]form
	now       func() time.Time
	follower  *Follower // nil: nothing is taken while the chain is away
}

// NewOperations makes the relayer that sends through s; s may be nil for one
// that prepares only. now nil means time.Now.
func NewOperations(c *Client, k Contracts, s *Sender, now func() time.Time) *Operations {
	if now == nil {
		now = time.Now
	}
	registry := bindings.NewIdentityRegistry()
	return &Operations{
		client: c, contracts: k, sender: s, wallets: NewWallets(c, k.ChainID),
		registry: registry, forms: forms(registry.GetABI()), now: now,
	}
}

// Prepare makes the typed data that the identity's owner (for StartRecovery its
// recovery address) signs, for the nonce that the contract expects next. What
// the contract would refuse is refused here already, as a *RevertError.
func (o *Operations) Prepare(ctx context.Context, op Operation) (td apitypes.TypedData, err error) {
	f, call, err := o.direct(op)
	if err != nil {
		return td, err
	}
	authority, nonce, err := o.authority(ctx, op)
	if err != nil {
		return td, err
	}
	if err := o.tryAs(ctx, authority, call); err != nil {
		return td, err
	}
	head, err := o.client.Head(ctx)
	if err != nil {
		return td, err
	}
	// Whichever clock is ahead: the contract compares with the chain's.
	deadline := max(uint64(o.now().Unix()), head.Time) + uint64(SignatureLifetime/time.Second)
	return f.typedData(o.contracts, f.values(op, nonce, deadline)), nil
}

// Direct is the call by which the authority's own wallet does the operation,
// without anybody's help.
func (o *Operations) Direct(op Operation) (Call, error) {
	_, call, err := o.direct(op)
	return call, err
}

func (o *Operations) direct(op Operation) (form, Call, error) {
	f, known := o.forms[op.Op]
	if !known {
		return f, Call{}, fmt.Errorf("%w: %.40q", ErrInvalidOperation, op.Op)
	}
	if err := op.check(o.contracts); err != nil {
		return f, Call{}, err
	}
	call, err := f.directCall(o.contracts, op)
	return f, call, err
}

// Parse reads what Prepare made and a wallet's owner sends back, and says what
// it orders. Anything that is not exactly one of our operations is ErrTypedData.
func (o *Operations) Parse(td apitypes.TypedData) (Operation, error) {
	f, values, err := parse(o.forms, o.contracts, td)
	if err != nil {
		return Operation{}, err
	}
	return f.operation(o.contracts, values), nil
}

// Relay sends a signed operation and waits for it to be in a block. The typed
// data must be one of ours and the signature that of the account that may order
// it, now, or nothing is sent. The same signature is sent once only. What waits
// for another transaction goes together with others (batch.go), each with its own
// outcome. ErrQueued as from Submit.
func (o *Operations) Relay(ctx context.Context, td apitypes.TypedData, sig []byte) (Receipt, error) {
	id, err := o.Submit(ctx, td, sig)
	if err != nil {
		return Receipt{}, err
	}
	return o.Wait(ctx, id)
}

// Submit checks a signed operation as Relay does, stores it to be sent, and
// answers at once under which id Wait and State know it. While the chain is away
// the signature is held against the owner that was followed last, and the error is
// ErrQueued: it goes out, after another check, when the chain is back.
func (o *Operations) Submit(ctx context.Context, td apitypes.TypedData, sig []byte) (OperationID, error) {
	f, values, err := parse(o.forms, o.contracts, td)
	if err != nil {
		return "", err
	}
	// What is hashed is what we read, not what was sent.
	digest, err := digestOf(f.typedData(o.contracts, values))
	if err != nil {
		return "", err
	}
	op := f.operation(o.contracts, values)
	id := OperationID(fmt.Sprintf("%x-%x", digest, crypto.Keccak256(normalized(sig))[:8]))
	// What took effect may have changed who is in charge: whoever lost our answer
	// and asks again must not be told that the signature is bad.
	if e, found, err := o.sender.queue.get(id.key()); err != nil || found && e.State != stateReverted {
		return id, err
	}
	if sig, err = o.authorised(ctx, op, digest, sig); err != nil {
		return "", err
	}
	call, err := f.signedCall(o.contracts, values, sig)
	if err != nil {
		return "", err
	}
	away, err := o.sender.Accept(ctx, Request{Key: id.key(), Call: call, Group: op.Identity.String()})
	if err == nil && away {
		err = ErrQueued
	}
	return id, err
}

// authorised returns the signature, as the contract reads it, if it is that of
// the account that may order the operation.
func (o *Operations) authorised(ctx context.Context, op Operation, digest common.Hash, sig []byte) ([]byte, error) {
	authority, _, err := o.authority(ctx, op)
	if errors.Is(err, ErrUnavailable) && o.follower != nil {
		return o.remembered(ctx, op, digest, sig)
	}
	if err != nil {
		return nil, err
	}
	return o.checkSignature(ctx, authority, digest, sig)
}

// remembered is authorised while the chain is away: by the owner or recovery
// address as last followed, if it signs with its own key. What a contract wallet
// would say nobody knows.
func (o *Operations) remembered(ctx context.Context, op Operation, digest common.Hash, sig []byte) ([]byte, error) {
	known, err := o.follower.Identity(ctx, op.Identity)
	if err != nil {
		return nil, err
	}
	signer, normal, ok := recoverSigner(digest, sig)
	who := identity.Address(signer)
	if !ok || who != known.Owner && who != known.Recovery {
		return nil, fmt.Errorf("%w: only the chain can tell whether this signature is good", ErrUnavailable)
	}
	return normal, nil
}

// Follow lets the relayer take operations while the chain is away, by what f has
// followed before.
func (o *Operations) Follow(f *Follower) { o.follower = f }

// OperationID names a submitted operation: hex digits, a hyphen, hex digits.
type OperationID string

func (id OperationID) key() string { return "operation/" + string(id) }

// OperationState is how far a submitted operation has come.
type OperationState struct {
	Queued  bool         // not in a block yet; all else is then zero
	Refused *RevertError // nil: it took effect
	Tx      common.Hash  // zero if it was refused before it was sent
	Block   uint64
}

// State tells what has become of an operation of that identity, from memory.
// ErrUnknownCall: nothing is known of it (any more), or it is somebody else's.
func (o *Operations) State(id OperationID, of identity.DID) (OperationState, error) {
	e, found, err := o.sender.queue.get(id.key())
	switch {
	case err != nil:
		return OperationState{}, err
	case !found || e.Group != of.String():
		return OperationState{}, fmt.Errorf("%w: operation %.100q", ErrUnknownCall, string(id))
	case e.State.pending():
		return OperationState{Queued: true}, nil
	}
	state := OperationState{Tx: e.Tx, Block: e.Block}
	if e.State == stateReverted {
		state.Refused = newRevert(e.Reason, e.Said)
	}
	return state, nil
}

// Wait waits until a submitted operation is in a block.
func (o *Operations) Wait(ctx context.Context, id OperationID) (Receipt, error) {
	return o.sender.Wait(ctx, id.key())
}

func digestOf(td apitypes.TypedData) (common.Hash, error) {
	hash, _, err := apitypes.TypedDataAndHash(td)
	if err != nil {
		return common.Hash{}, fmt.Errorf("%w: %w", ErrTypedData, err)
	}
	return common.BytesToHash(hash), nil
}

// authority is who must sign the operation, and the nonce to be signed.
func (o *Operations) authority(ctx context.Context, op Operation) (who common.Address, nonce *big.Int, err error) {
	id := common.Address(op.Identity.Address())
	owner, err := ask(ctx, o, o.registry.PackIdentityOwner(id), o.registry.UnpackIdentityOwner)
	if err != nil {
		return who, nil, err
	}
	recovery, err := ask(ctx, o, o.registry.PackRecoveryOf(id), o.registry.UnpackRecoveryOf)
	if err != nil {
		return who, nil, err
	}
	who = owner
	switch op.Op {
	case OpStartRecovery:
		who = recovery
	case OpCancelChange, OpCancelRecovery:
		if who = common.Address(op.Signer); op.Signer.IsZero() {
			return who, nil, fmt.Errorf("%w: %s: either side may order it, so say who signs", ErrInvalidOperation, op.Op)
		}
	}
	if who == (common.Address{}) {
		return who, nil, fmt.Errorf("%w: %s: the identity is deactivated, or has no recovery address", ErrInvalidOperation, op.Op)
	}
	if who == owner {
		nonce, err = ask(ctx, o, o.registry.PackNonce(id), o.registry.UnpackNonce)
	} else {
		nonce, err = ask(ctx, o, o.registry.PackRecoveryNonce(id), o.registry.UnpackRecoveryNonce)
	}
	return who, nonce, err
}

func ask[T any](ctx context.Context, o *Operations, data []byte, unpack func([]byte) (T, error)) (value T, err error) {
	out, err := o.client.read(ctx, o.contracts.IdentityRegistry, data)
	if err != nil {
		return value, err
	}
	if value, err = unpack(out); err != nil {
		return value, fmt.Errorf("%w: identity registry: %w", ErrInconsistent, err)
	}
	return value, nil
}

// tryAs runs a call as if who had sent it.
func (o *Operations) tryAs(ctx context.Context, who common.Address, call Call) error {
	_, err := o.client.attempt(ctx, callArgs{From: &who, To: &call.To, Data: call.Data})
	return err
}

// checkSignature returns the signature as the contract reads it. A key's is
// tried first; whatever isn't the authority's, of any length, is put to the
// authority's contract.
func (o *Operations) checkSignature(ctx context.Context, authority common.Address, digest common.Hash, sig []byte) ([]byte, error) {
	signer, normal, ok := recoverSigner(digest, sig)
	if ok && signer == authority {
		return normal, nil
	}
	head, err := o.client.Head(ctx)
	if err != nil {
		return nil, err
	}
	valid, err := o.wallets.deployed(ctx, authority, digest, sig, head.Hash)
	if err != nil {
		return nil, err
	}
	if valid {
		return sig, nil
	}
	want := identity.Address(authority).Checksum()
	if !ok {
		return nil, fmt.Errorf("%w: not a signature of %s", ErrInvalidSignature, want)
	}
	return nil, fmt.Errorf("%w: by %s, must be by %s", ErrInvalidSignature, identity.Address(signer).Checksum(), want)
}

// recoverSigner is the account whose key made a 65-byte signature, which is
// returned with the recovery id that contracts want (some wallets say 0 or 1).
func recoverSigner(digest common.Hash, sig []byte) (signer common.Address, normal []byte, ok bool) {
	a, ok := identity.RecoverAddress(digest, sig)
	if !ok {
		return signer, nil, false
	}
	return common.Address(a), normalized(sig), true
}

// normalized is a key's signature with recovery id 27 or 28, anything else as is.
func normalized(sig []byte) []byte {
	if len(sig) != crypto.SignatureLength || sig[64] >= 27 {
		return sig
	}
	sig = bytes.Clone(sig)
	sig[64] += 27
	return sig
}
