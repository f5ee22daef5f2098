package native

import (
	"context"
	"time"

	"metanet/identity"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// registerRegistration adds the operator's calls about who may get an account.
func (f *Face) registerRegistration(s *xrpc.Server, route func(string) xrpc.Route) {
	wallets := route("listWallets")
	wallets.MaxBody = 8 << 20 // 100,000 addresses
	xrpc.Query(s, route("getRegistration"), f.getRegistration)
	xrpc.Procedure(s, route("setRegistration"), f.setRegistration)
	xrpc.Procedure(s, route("decideApplication"), f.decideApplication)
	xrpc.Procedure(s, route("invite"), f.invite)
	xrpc.Procedure(s, route("withdrawInvitation"), f.withdrawInvitation)
	xrpc.Procedure(s, wallets, f.listWallets)
}

type registrationOutput struct {
	Mode         session.Mode          `json:"mode"`
	Applications []session.Application `json:"applications"`
	Invitations  []session.Invitation  `json:"invitations"`
	Wallets      []identity.Address    `json:"wallets"`
}

func (f *Face) getRegistration(ctx context.Context, _ *xrpc.Call, _ xrpc.None) (out registrationOutput, err error) {
	reg := f.cfg.Sessions.Registration()
	if out.Mode, err = reg.Mode(ctx); err != nil {
		return out, err
	}
	if out.Applications, err = reg.Applications(ctx); err != nil {
		return out, err
	}
	if out.Invitations, err = reg.Invitations(ctx, ""); err != nil {
		return out, err
	}
	out.Wallets, err = reg.Wallets(ctx)
	return out, err
}

type setRegistrationInput struct {
	Mode string `json:"mode"`
}

func (f *Face) setRegistration(ctx context.Context, _ *xrpc.Call, in setRegistrationInput) (xrpc.None, error) {
	mode, err := session.ParseMode(in.Mode)
	if err != nil {
		return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "mode: %v", err)
	}
	return xrpc.None{}, f.cfg.Sessions.Registration().SetMode(ctx, mode)
}

type decideInput struct {
	DID     identity.DID `json:"did"`
	Approve bool         `json:"approve"`
	Reason  string       `json:"reason"`
}

func (f *Face) decideApplication(ctx context.Context, _ *xrpc.Call, in decideInput) (session.Application, error) {
	a, err := f.cfg.Sessions.Registration().Decide(ctx, in.DID, in.Approve, in.Reason)
	return a, public(err)
}

type inviteInput struct {
	Count   int       `json:"count"`
	Uses    int       `json:"uses"`
	Expires time.Time `json:"expires"`
	Note    string    `json:"note"`
}

type inviteOutput struct {
	Codes       []string             `json:"codes"` // shown once; in the order of invitations
	Invitations []session.Invitation `json:"invitations"`
}

func (f *Face) invite(ctx context.Context, _ *xrpc.Call, in inviteInput) (inviteOutput, error) {
	codes, made, err := f.cfg.Sessions.Registration().Invite(ctx, session.InvitationRequest{
		Count: in.Count, Uses: in.Uses, Expires: in.Expires, Note: in.Note,
	})
	return inviteOutput{codes, made}, public(err)
}

type withdrawInput struct {
	ID string `json:"id"`
}

func (f *Face) withdrawInvitation(ctx context.Context, _ *xrpc.Call, in withdrawInput) (xrpc.None, error) {
	return xrpc.None{}, public(f.cfg.Sessions.Registration().Withdraw(ctx, in.ID, ""))
}

type listWalletsInput struct {
	Add    []identity.Address `json:"add"`
	Remove []identity.Address `json:"remove"`
}

func (f *Face) listWallets(ctx context.Context, _ *xrpc.Call, in listWalletsInput) (xrpc.None, error) {
	return xrpc.None{}, f.cfg.Sessions.Registration().ListWallets(ctx, in.Add, in.Remove)
}
