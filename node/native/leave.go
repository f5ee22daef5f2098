package native

import (
	"context"
	"encoding/base64"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/xrpc"
)

// Leaver deletes accounts.
type Leaver interface {
	// Leave deletes an account, here and, by its departure, at peers. b is the
	// departure that the person's device signed; nil: the hosted key signs one.
	Leave(ctx context.Context, did identity.DID, b *record.Bundle) error
}

type deleteInput struct {
	// Record is the departure as a bundle, in base64; empty: the hosted key signs.
	Record string `json:"record"`
}

// deleteAccount asks for a sign-in of the last minutes: whoever found a token is
// not the account's owner.
func (f *Face) deleteAccount(ctx context.Context, c *xrpc.Call, in deleteInput) (xrpc.None, error) {
	if err := f.cfg.Sessions.Fresh(ctx, c.Principal.DID, c.Principal.Session); err != nil {
		return xrpc.None{}, public(err)
	}
	var b *record.Bundle
	if in.Record != "" {
		raw, err := base64.StdEncoding.DecodeString(in.Record)
		if err != nil {
			return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "record is not base64")
		}
		if b, err = record.Decode(raw); err != nil {
			return xrpc.None{}, public(err)
		}
		if b.DID != c.Principal.DID || b.Path != record.DeparturePath {
			return xrpc.None{}, xrpc.BadRequest("InvalidRecord", "record is not this account's %s", record.DeparturePath)
		}
	}
	return xrpc.None{}, public(f.cfg.Leaver.Leave(ctx, c.Principal.DID, b))
}
