package native

import (
	"context"
	"encoding/json"
	"time"

	"metanet/identity"
	"metanet/node/xrpc"
)

// Rescue carries what others than an identity's owner may order: its recovery
// address, and anybody where something is due. Nobody is signed in: the signature
// of the recovery address is the authority, and a wallet that is kept for the
// worst day needs no account. Its errors are Relay's, and ErrNotServed.
type Rescue interface {
	// PrepareRecovery returns typed data for the identity's recovery address.
	PrepareRecovery(ctx context.Context, op Operation) (typedData json.RawMessage, deadline time.Time, err error)
	// SubmitRecovery sends what PrepareRecovery made and that address signed.
	SubmitRecovery(ctx context.Context, typedData json.RawMessage, signature []byte) (Receipt, error)
	// Finish carries out what is due, if anything is.
	Finish(ctx context.Context, did identity.DID) (Receipt, error)
}

func (f *Face) registerRescue(s *xrpc.Server) {
	open := xrpc.Route{Budget: f.cfg.Budgets.Rescue, Strict: true, MaxBody: 64 << 10}
	prepare, submit, finish := open, open, open
	prepare.NSID, submit.NSID, finish.NSID = "net.metanet.recovery.prepare", "net.metanet.recovery.submit", "net.metanet.recovery.finish"
	xrpc.Procedure(s, prepare, f.prepareRecovery)
	xrpc.Procedure(s, submit, f.submitRecovery)
	xrpc.Procedure(s, finish, f.finish)
}

type prepareRecoveryInput struct {
	DID       string           `json:"did"` // did:ethr, AT name or handle
	Operation string           `json:"operation"`
	Address   identity.Address `json:"address"` // startRecovery: the new owner
}

func (f *Face) prepareRecovery(ctx context.Context, _ *xrpc.Call, in prepareRecoveryInput) (prepareOutput, error) {
	did, err := f.resolve(ctx, in.DID)
	if err != nil {
		return prepareOutput{}, err
	}
	typed, deadline, err := f.cfg.Rescue.PrepareRecovery(ctx, Operation{DID: did, Name: in.Operation, Address: in.Address})
	if err != nil {
		return prepareOutput{}, public(err)
	}
	return prepareOutput{in.Operation, typed, datetime(deadline)}, nil
}

func (f *Face) submitRecovery(ctx context.Context, _ *xrpc.Call, in submitInput) (submitOutput, error) {
	sig, err := parseSignature(in.Signature)
	if err != nil {
		return submitOutput{}, err
	}
	if len(in.TypedData) == 0 {
		return submitOutput{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "typedData is missing")
	}
	r, err := f.cfg.Rescue.SubmitRecovery(ctx, in.TypedData, sig)
	if err != nil {
		return submitOutput{}, public(err)
	}
	return r.output(), nil
}

type finishInput struct {
	DID string `json:"did"`
}

func (f *Face) finish(ctx context.Context, _ *xrpc.Call, in finishInput) (submitOutput, error) {
	did, err := f.resolve(ctx, in.DID)
	if err != nil {
		return submitOutput{}, err
	}
	r, err := f.cfg.Rescue.Finish(ctx, did)
	if err != nil {
		return submitOutput{}, public(err)
	}
	return r.output(), nil
}

// PendingChange is what the owner has ordered and what waits, since there is a
// recovery address.
type PendingChange struct {
	Kind    string           // "owner", "recovery" or "deactivation"
	Target  identity.Address // zero for none, and for a deactivation
	ReadyAt time.Time
}

// PendingRecovery is a takeover that the recovery address has started.
type PendingRecovery struct {
	NewOwner    identity.Address
	ReadyAt     time.Time
	Cancellable bool // by the owner, still
}

// pendingOutput is what waits to happen to an identity.
type pendingOutput struct {
	Change   *pendingChangeOutput   `json:"change,omitempty"`
	Recovery *pendingRecoveryOutput `json:"recovery,omitempty"`
}

type pendingChangeOutput struct {
	Kind    string `json:"kind"`
	Target  string `json:"target"`
	ReadyAt string `json:"readyAt"`
	Due     bool   `json:"due"`
}

type pendingRecoveryOutput struct {
	NewOwner    string `json:"newOwner"`
	ReadyAt     string `json:"readyAt"`
	Due         bool   `json:"due"`
	Cancellable bool   `json:"cancellable"`
}

// pending is nil where nothing waits. Due is by the chain's clock, which decides.
func pending(id Identity) *pendingOutput {
	var out pendingOutput
	if c := id.PendingChange; c != nil {
		out.Change = &pendingChangeOutput{c.Kind, c.Target.Checksum(), datetime(c.ReadyAt), !id.AsOf.Time.Before(c.ReadyAt)}
	}
	if r := id.PendingRecovery; r != nil {
		out.Recovery = &pendingRecoveryOutput{r.NewOwner.Checksum(), datetime(r.ReadyAt), !id.AsOf.Time.Before(r.ReadyAt), r.Cancellable}
	}
	if out == (pendingOutput{}) {
		return nil
	}
	return &out
}
