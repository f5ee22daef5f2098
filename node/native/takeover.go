package native

import (
	"context"
	"encoding/json"
	"strings"

	"metanet/identity"
	"metanet/node/session"
	"metanet/node/xrpc"
)

func (f *Face) registerTakeOver(s *xrpc.Server) {
	if f.cfg.Passkeys == nil {
		return
	}
	own := xrpc.Route{Access: xrpc.Required, Budget: f.cfg.Budgets.Operate, Strict: true, MaxBody: 64 << 10}
	xrpc.Procedure(s, own.Named("net.metanet.identity.prepareTakeOver"), f.prepareTakeOver)
	xrpc.Procedure(s, own.Named("net.metanet.identity.takeOver"), f.takeOver)
}

type prepareTakeOverInput struct {
	Address identity.Address `json:"address"` // the wallet's
	Key     identity.Key     `json:"key"`     // the browser's or app's, to be authorised
}

type prepareTakeOverOutput struct {
	Message   string          `json:"message"`   // EIP-4361: the wallet's consent
	TypedData json.RawMessage `json:"typedData"` // EIP-712: Enrol, the first that the wallet orders
	Deadline  string          `json:"deadline"`
}

func (f *Face) prepareTakeOver(ctx context.Context, c *xrpc.Call, in prepareTakeOverInput) (prepareTakeOverOutput, error) {
	ch, err := f.cfg.Sessions.TakeOverMessage(session.ChallengeRequest{
		Address: in.Address, DID: c.Principal.DID, Origin: pageOrigin(c.Request),
	})
	if err != nil {
		return prepareTakeOverOutput{}, public(err)
	}
	typed, deadline, err := f.cfg.Custody.PrepareTakeOver(ctx, c.Principal.DID, in.Address, in.Key)
	if err != nil {
		return prepareTakeOverOutput{}, public(err)
	}
	return prepareTakeOverOutput{ch.Message, typed, datetime(deadline)}, nil
}

type takeOverInput struct {
	Address            identity.Address `json:"address"`
	Message            string           `json:"message"`
	Signature          string           `json:"signature"`
	TypedData          json.RawMessage  `json:"typedData"`
	EnrolmentSignature string           `json:"enrolmentSignature"`
	// Proof is a fresh answer of the account's passkey to the act "take over" whose
	// subject is the address in lower case.
	Proof json.RawMessage `json:"proof"`
}

type takeOverOutput struct {
	// Status is "done", or "begun" where the chain keeps it waiting: it is written
	// down and happens without anybody's help.
	Status string       `json:"status"`
	Grant  *grantOutput `json:"grant,omitempty"` // a sign-in under the new owner; the former end
}

// takeOver wants three proofs: of the account (the token), of its person (a fresh
// assertion, so that a stolen token takes nothing over), and of the wallet.
func (f *Face) takeOver(ctx context.Context, c *xrpc.Call, in takeOverInput) (takeOverOutput, error) {
	consent, err := parseSignature(in.Signature)
	if err != nil {
		return takeOverOutput{}, err
	}
	enrolment, err := parseSignature(in.EnrolmentSignature)
	if err != nil {
		return takeOverOutput{}, err
	}
	did := c.Principal.DID
	if err := f.confirm(c, actTakeOver, strings.ToLower(in.Address.String()), in.Proof); err != nil {
		return takeOverOutput{}, err
	}
	wallet, err := f.cfg.Sessions.ProveTakeOver(ctx, in.Message, consent, did)
	if err != nil {
		return takeOverOutput{}, public(err)
	}
	if wallet != in.Address {
		return takeOverOutput{}, public(session.ErrInvalidSignature)
	}
	done, err := f.cfg.Custody.TakeOver(ctx, did, wallet, in.TypedData, enrolment)
	if !done {
		return f.takeOverBegun(ctx, did, err)
	}
	if err != nil {
		f.log.Warn("native: a take-over is not finished yet", "did", did, "err", err)
	}
	g, err := f.cfg.Sessions.Begin(ctx, session.BeginRequest{DID: did, By: session.ByPasskey, From: clientOf(c)})
	if err != nil {
		return takeOverOutput{}, public(err)
	}
	grant, err := f.grant(ctx, g)
	return takeOverOutput{Status: "done", Grant: &grant}, err
}

// takeOverBegun tells what was only refused from what is written down and goes on.
func (f *Face) takeOverBegun(ctx context.Context, did identity.DID, why error) (takeOverOutput, error) {
	begun, err := f.cfg.Custody.UnderWay(ctx, did)
	if err != nil || !begun {
		return takeOverOutput{}, public(why)
	}
	f.log.Warn("native: a take-over waits", "did", did, "err", why)
	return takeOverOutput{Status: "begun"}, nil
}
