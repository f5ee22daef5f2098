package atproto

import (
	"context"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/xrpc"
)

// Leaver deletes accounts; a nil record lets the hosted key sign the departure.
type Leaver interface {
	Leave(ctx context.Context, did identity.DID, b *record.Bundle) error
}

func (f *Face) registerAccount(s *xrpc.Server) {
	xrpc.Procedure(s, xrpc.Route{NSID: "com.atproto.server.requestAccountDelete", Access: xrpc.Required, Budget: f.cfg.Budgets.Handle}, f.requestAccountDelete)
	xrpc.Procedure(s, xrpc.Route{NSID: "com.atproto.server.deleteAccount", Budget: f.cfg.Budgets.Delete}, f.deleteAccount)
}

type requestDeleteOutput struct {
	Token     string `json:"token"`
	ExpiresAt string `json:"expiresAt"`
}

// requestAccountDelete answers the token that AT sends by mail; instead of the
// mailbox, the sign-in must be fresh.
func (f *Face) requestAccountDelete(ctx context.Context, c *xrpc.Call, _ xrpc.None) (requestDeleteOutput, error) {
	if err := f.cfg.Sessions.Fresh(ctx, c.Principal.DID, c.Principal.Session); err != nil {
		return requestDeleteOutput{}, public(err)
	}
	token, expires, err := f.cfg.Sessions.DeletionToken(ctx, c.Principal.DID)
	if err != nil {
		return requestDeleteOutput{}, public(err)
	}
	return requestDeleteOutput{token, datetime(expires)}, nil
}

type deleteAccountInput struct {
	DID      string `json:"did"`
	Password string `json:"password"` // accounts have none; not looked at
	Token    string `json:"token"`
}

func (f *Face) deleteAccount(ctx context.Context, _ *xrpc.Call, in deleteAccountInput) (xrpc.None, error) {
	a, err := f.cfg.Index.Actor(ctx, in.DID)
	if err != nil {
		return xrpc.None{}, public(err)
	}
	if err := f.cfg.Sessions.UseDeletionToken(ctx, a.DID, in.Token); err != nil {
		return xrpc.None{}, public(err)
	}
	return xrpc.None{}, public(f.cfg.Leaver.Leave(ctx, a.DID, nil))
}
