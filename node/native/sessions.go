package native

import (
	"context"

	"metanet/identity/siwe"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// clientOf is what a request tells of the program that sent it.
func clientOf(c *xrpc.Call) session.Client {
	return session.Client{Agent: c.Request.UserAgent(), Address: c.Client}
}

type sessionOutput struct {
	ID         string `json:"id"`
	Current    bool   `json:"current"` // the one that asks
	Method     string `json:"method"`
	Agent      string `json:"agent,omitempty"`
	Network    string `json:"network,omitempty"`
	CreatedAt  string `json:"createdAt"`
	LastUsedAt string `json:"lastUsedAt"`
	ExpiresAt  string `json:"expiresAt"`
	// Evidence is what a contract wallet signed in with and at which block its
	// contract said yes, so that it can be asked again as of then.
	Evidence *siwe.Evidence `json:"evidence,omitempty"`
}

type listSessionsOutput struct {
	Sessions []sessionOutput `json:"sessions"`
}

func (f *Face) listSessions(ctx context.Context, c *xrpc.Call, _ xrpc.None) (listSessionsOutput, error) {
	c.Writer.Header().Set("Cache-Control", "no-store")
	open, err := f.cfg.Sessions.List(ctx, c.Principal.DID)
	if err != nil {
		return listSessionsOutput{}, public(err)
	}
	out := listSessionsOutput{Sessions: make([]sessionOutput, len(open))}
	for i, o := range open {
		out.Sessions[i] = sessionOutput{
			ID: o.ID, Current: o.ID == c.Principal.Session, Method: string(o.Method), Agent: o.Agent, Network: o.Network,
			CreatedAt: datetime(o.Created), LastUsedAt: datetime(o.Used), ExpiresAt: datetime(o.Expires), Evidence: o.Evidence,
		}
	}
	return out, nil
}

type revokeSessionInput struct {
	ID     string `json:"id"`     // one sign-in of the caller's, or
	Others bool   `json:"others"` // all but the one that asks
}

// revokeSession is idempotent, and says nothing about ids that aren't the caller's.
func (f *Face) revokeSession(ctx context.Context, c *xrpc.Call, in revokeSessionInput) (xrpc.None, error) {
	switch {
	case in.Others == (in.ID != ""):
		return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "say either id or others")
	case in.Others:
		return xrpc.None{}, public(f.cfg.Sessions.SignOutOthers(ctx, c.Principal.DID, c.Principal.Session))
	}
	return xrpc.None{}, public(f.cfg.Sessions.SignOut(ctx, c.Principal.DID, in.ID))
}
