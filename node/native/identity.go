package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
	"metanet/node/xrpc"
)

func (f *Face) registerIdentity(s *xrpc.Server) {
	own := xrpc.Route{Access: xrpc.Required, Budget: f.cfg.Budgets.Operate, Strict: true, MaxBody: 64 << 10}
	prepare, submit := own, own
	prepare.NSID, submit.NSID = "net.metanet.identity.prepare", "net.metanet.identity.submit"
	xrpc.Procedure(s, prepare, f.prepare)
	xrpc.Procedure(s, submit, f.submit)
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.identity.operation", Access: xrpc.Required, Strict: true}, f.outcome)
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.identity.get"}, f.getIdentity)
}

// Operation is what a person asks their wallet to authorise, in words; whoever
// knows the contracts makes typed data of it. Zero fields were not given.
type Operation struct {
	DID       identity.DID
	Name      string // "enrol", "addKey", "revokeKey", …
	Key       identity.Key
	Purpose   identity.Purpose
	HostedKey identity.Key // enrol, addKey: the server's own key for this identity, if it is to be authorised
	ExpiresAt time.Time
	Server    uint64           // setHome, enrol, revokeKeyFrom
	Size      uint64           // revokeKeyFrom: the log position from which on records are disowned
	Address   identity.Address // changeOwner, setRecovery
}

type prepareInput struct {
	Operation string           `json:"operation"`
	Key       *identity.Key    `json:"key"`
	Purpose   string           `json:"purpose"`
	ExpiresAt *time.Time       `json:"expiresAt"`
	Hosted    bool             `json:"hosted"`
	Server    *uint64          `json:"server"`
	Size      uint64           `json:"size"`
	Address   identity.Address `json:"address"`
}

type prepareOutput struct {
	Operation string          `json:"operation"`
	TypedData json.RawMessage `json:"typedData"`
	Deadline  string          `json:"deadline"`
}

func (f *Face) prepare(ctx context.Context, c *xrpc.Call, in prepareInput) (prepareOutput, error) {
	op, err := f.operation(ctx, c.Principal.DID, in)
	if err != nil {
		return prepareOutput{}, public(err)
	}
	typed, deadline, err := f.cfg.Relay.Prepare(ctx, op)
	if err != nil {
		return prepareOutput{}, public(err)
	}
	return prepareOutput{in.Operation, typed, datetime(deadline)}, nil
}

// operation checks what can be checked without knowing the contracts, and fills
// in this server and its hosted key where they are meant.
func (f *Face) operation(ctx context.Context, did identity.DID, in prepareInput) (Operation, error) {
	op := Operation{DID: did, Name: in.Operation, Address: in.Address, Server: f.cfg.Server(), Size: in.Size}
	if in.Operation == "" {
		return op, fmt.Errorf("%w: name an operation", ErrOperation)
	}
	if in.Server != nil {
		op.Server = *in.Server
	}
	if in.Key != nil {
		op.Key = *in.Key
	}
	if in.ExpiresAt != nil {
		if !in.ExpiresAt.After(f.cfg.Now()) {
			return op, fmt.Errorf("%w: expiresAt has passed", ErrOperation)
		}
		op.ExpiresAt = *in.ExpiresAt
	}
	if in.Purpose != "" {
		p, err := identity.ParsePurpose(in.Purpose)
		if err != nil {
			return op, fmt.Errorf("%w: purpose must be device or hosted", ErrOperation)
		}
		op.Purpose = p
	}
	if in.Key == nil && op.Purpose != identity.PurposeHosted && (in.Operation == "enrol" || in.Operation == "addKey" || in.Operation == "revokeKey") {
		return op, fmt.Errorf("%w: key is missing: did:key's multibase, z6Mk…", ErrOperation)
	}
	if in.Hosted || op.Purpose == identity.PurposeHosted {
		var err error
		if op.HostedKey, _, err = f.cfg.Hosted.Key(ctx, did); err != nil {
			return op, err
		}
	}
	return op, nil
}

type submitInput struct {
	TypedData json.RawMessage `json:"typedData"`
	Signature string          `json:"signature"`
}

// submitOutput tells how far an operation has come. Status is "queued" (it goes
// out by itself; ask net.metanet.identity.operation), "confirmed" or "refused".
type submitOutput struct {
	Operation string `json:"operation"`
	Status    string `json:"status"`
	Tx        string `json:"tx,omitempty"`
	Block     uint64 `json:"block,omitempty"`
	Message   string `json:"message,omitempty"` // of a refusal
}

func (r Receipt) output() submitOutput {
	out := submitOutput{Operation: r.Operation, Status: "queued", Block: r.Block, Message: r.Refused}
	switch {
	case r.Done && r.Refused != "":
		out.Status = "refused"
	case r.Done:
		out.Status = "confirmed"
	}
	if r.Tx != ([32]byte{}) {
		out.Tx = hex32(r.Tx)
	}
	return out
}

type outcomeParams struct {
	Operation string `param:"operation,required"` // as submit answered it
}

func (f *Face) outcome(ctx context.Context, c *xrpc.Call, p outcomeParams) (submitOutput, error) {
	r, err := f.cfg.Relay.Outcome(ctx, c.Principal.DID, p.Operation)
	if err != nil {
		return submitOutput{}, public(err)
	}
	return r.output(), nil
}

func (f *Face) submit(ctx context.Context, c *xrpc.Call, in submitInput) (submitOutput, error) {
	sig, err := parseSignature(in.Signature)
	if err != nil {
		return submitOutput{}, err
	}
	if len(in.TypedData) == 0 {
		return submitOutput{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "typedData is missing")
	}
	r, err := f.cfg.Relay.Submit(ctx, c.Principal.DID, in.TypedData, sig)
	if err != nil {
		return submitOutput{}, public(err)
	}
	return r.output(), nil
}

type getIdentityParams struct {
	DID string `param:"did,required"` // did:ethr, AT name or handle
}

type identityOutput struct {
	DID      identity.DID    `json:"did"`
	Owner    string          `json:"owner"`
	Epoch    uint64          `json:"epoch"`
	Home     *homeOutput     `json:"home"`
	Status   string          `json:"status"`
	Recovery string          `json:"recovery,omitempty"`
	Pending  *pendingOutput  `json:"pending,omitempty"`
	Keys     []keyOutput     `json:"keys"`
	ATName   identity.ATName `json:"atName,omitempty"`
	Handle   syntax.Handle   `json:"handle,omitempty"`
	AsOf     asOfOutput      `json:"asOf"`
}

type homeOutput struct {
	Server uint64 `json:"server"`
	Domain string `json:"domain"`
}

type keyOutput struct {
	Key        identity.Key `json:"key"`
	Purpose    string       `json:"purpose"`
	AddedAt    string       `json:"addedAt"`
	AddedBlock uint64       `json:"addedBlock"`
	ExpiresAt  string       `json:"expiresAt,omitempty"`
	EndedAt    string       `json:"endedAt,omitempty"`
	EndedBlock uint64       `json:"endedBlock,omitempty"`
	Status     string       `json:"status"`
}

type asOfOutput struct {
	Block uint64 `json:"block"`
	Hash  string `json:"hash"`
	Time  string `json:"time"`
	Final uint64 `json:"final"`
}

func (f *Face) getIdentity(ctx context.Context, _ *xrpc.Call, p getIdentityParams) (identityOutput, error) {
	did, err := f.resolve(ctx, p.DID)
	if err != nil {
		return identityOutput{}, err
	}
	id, err := f.cfg.Identities.Identity(ctx, did)
	if err != nil {
		return identityOutput{}, public(err)
	}
	named, err := f.named(ctx, did)
	if err != nil {
		return identityOutput{}, err
	}
	out := identityOutput{
		DID: did, Owner: id.Owner.Checksum(), Epoch: id.Epoch, Status: status(id), ATName: named.Name,
		Keys: f.keyOutputs(id.Keys), Pending: pending(id),
		AsOf: asOfOutput{id.AsOf.Number, hex32(id.AsOf.Hash), datetime(id.AsOf.Time), id.Final},
	}
	if named.HandleOK() {
		out.Handle = named.Handle
	}
	if id.Home.Server != 0 {
		out.Home = &homeOutput{id.Home.Server, id.Home.Domain}
	}
	if !id.Recovery.IsZero() {
		out.Recovery = id.Recovery.Checksum()
	}
	return out, nil
}

// resolve finds an identity by any of its names.
func (f *Face) resolve(ctx context.Context, actor string) (identity.DID, error) {
	if did, err := identity.ParseDID(actor); err == nil {
		if did.ChainID() != f.cfg.ChainID {
			return "", xrpc.BadRequest("WrongChain", "%s lives on another chain", did)
		}
		return did, nil
	}
	a, err := f.cfg.Names.Actor(ctx, actor)
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return "", xrpc.Errorf(http.StatusNotFound, "IdentityNotFound", "nobody of that name is known here")
	}
	if err != nil {
		return "", err
	}
	return a.DID, nil
}

// named is how an identity is called; nobody's names are empty.
func (f *Face) named(ctx context.Context, did identity.DID) (index.Actor, error) {
	a, err := f.cfg.Names.Actor(ctx, string(did))
	if errors.Is(err, index.ErrNotFound) {
		return index.Actor{DID: did}, nil
	}
	if err != nil {
		return index.Actor{}, err
	}
	return *a, nil
}

// status is "unknown" while the chain has never heard of the identity: its owner
// is then its own address by rule, not by record.
func status(id Identity) string {
	switch {
	case id.Deactivated:
		return "deactivated"
	case id.Changed == 0:
		return "unknown"
	}
	return "active"
}

func (f *Face) keyOutputs(keys []identity.KeyRecord) []keyOutput {
	out := make([]keyOutput, len(keys))
	now := f.cfg.Now()
	for i, k := range keys {
		out[i] = keyOutput{
			Key: k.Key, Purpose: k.Purpose.String(), AddedAt: unixTime(k.AddedAt), AddedBlock: k.AddedBlock,
			ExpiresAt: unixTime(k.Expiry), EndedAt: unixTime(k.EndedAt), EndedBlock: k.EndedBlock, Status: "ended",
		}
		if k.Live(now) {
			out[i].Status = "live"
		}
	}
	return out
}

// unixTime writes seconds as a datetime, and none as none.
func unixTime(seconds uint64) string {
	if seconds == 0 {
		return ""
	}
	return datetime(time.Unix(int64(min(seconds, 1<<40)), 0))
}

func hex32(b [32]byte) string { return fmt.Sprintf("0x%x", b[:]) }
