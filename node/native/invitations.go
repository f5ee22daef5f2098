package native

import (
	"context"
	"net/http"

	"metanet/node/quota"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// registerInvitations adds what members do about invitations. The operator's own
// calls are among those of registration.
func (f *Face) registerInvitations(s *xrpc.Server) {
	own := xrpc.Route{Access: xrpc.Required, Budget: f.cfg.Budgets.Operate, Strict: true, MaxBody: 4 << 10}
	xrpc.Procedure(s, own.Named("net.metanet.account.invite"), f.inviteOne)
	xrpc.Query(s, own.Named("net.metanet.account.listInvitations"), f.ownInvitations)
	xrpc.Procedure(s, own.Named("net.metanet.account.withdrawInvitation"), f.withdrawOwn)
}

type inviteOneInput struct {
	Note string `json:"note"` // to tell them apart; nobody else but the operator reads it
}

type inviteOneOutput struct {
	Code       string             `json:"code"` // shown once
	Invitation session.Invitation `json:"invitation"`
}

// inviteOne makes a code of one use, where invitations are what lets people in.
func (f *Face) inviteOne(ctx context.Context, c *xrpc.Call, in inviteOneInput) (out inviteOneOutput, err error) {
	c.Writer.Header().Set("Cache-Control", "no-store")
	reg, did := f.cfg.Sessions.Registration(), c.Principal.DID
	mode, err := reg.Mode(ctx)
	if err != nil {
		return out, err
	}
	if mode != session.ModeInvitation {
		return out, xrpc.Errorf(http.StatusForbidden, "InvitationsNotTaken", "this server goes by no invitations now")
	}
	refund, err := f.cfg.Quotas.Take(quota.Invitations, string(did))
	if err != nil {
		return out, public(err)
	}
	codes, made, err := reg.Invite(ctx, session.InvitationRequest{By: did, Note: in.Note})
	if err != nil {
		refund()
		return out, public(err)
	}
	return inviteOneOutput{codes[0], made[0]}, nil
}

type ownInvitationsOutput struct {
	Taken       bool                 `json:"taken"` // whether registration goes by invitations now
	Invitations []session.Invitation `json:"invitations"`
}

func (f *Face) ownInvitations(ctx context.Context, c *xrpc.Call, _ xrpc.None) (out ownInvitationsOutput, err error) {
	c.Writer.Header().Set("Cache-Control", "no-store")
	reg := f.cfg.Sessions.Registration()
	mode, err := reg.Mode(ctx)
	if err != nil {
		return out, err
	}
	out.Taken = mode == session.ModeInvitation
	list, err := reg.Invitations(ctx, c.Principal.DID)
	out.Invitations = append([]session.Invitation{}, list...)
	return out, err
}

func (f *Face) withdrawOwn(ctx context.Context, c *xrpc.Call, in withdrawInput) (xrpc.None, error) {
	return xrpc.None{}, public(f.cfg.Sessions.Registration().Withdraw(ctx, in.ID, c.Principal.DID))
}
