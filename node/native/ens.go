package native

import (
	"context"
	"errors"

	"metanet/identity"
	"metanet/node/xrpc"
)

// PrimaryNames reads the name that a wallet has in ENS, checked both ways. Its
// errors wrap ErrNoPrimaryName or ErrChain.
type PrimaryNames interface {
	PrimaryName(ctx context.Context, wallet identity.Address) (string, error)
}

// ErrNoPrimaryName: the wallet has no name, or one that doesn't hold.
var ErrNoPrimaryName = errors.New("native: the owner has no ENS name")

func (f *Face) registerENS(s *xrpc.Server) {
	if f.cfg.PrimaryNames != nil {
		xrpc.Query(s, xrpc.Route{NSID: "net.metanet.identity.getEnsName", Budget: f.cfg.Budgets.ENS}, f.getENSName)
	}
}

type ensNameOutput struct {
	DID   identity.DID `json:"did"`
	Owner string       `json:"owner"`
	Name  string       `json:"name"`
}

// getENSName is the name of the identity's present owner, as the chain says it now.
func (f *Face) getENSName(ctx context.Context, _ *xrpc.Call, p getIdentityParams) (ensNameOutput, error) {
	did, err := f.resolve(ctx, p.DID)
	if err != nil {
		return ensNameOutput{}, err
	}
	id, err := f.cfg.Identities.Identity(ctx, did)
	if err != nil {
		return ensNameOutput{}, public(err)
	}
	if id.Owner.IsZero() {
		return ensNameOutput{}, public(ErrNoPrimaryName)
	}
	name, err := f.cfg.PrimaryNames.PrimaryName(ctx, id.Owner)
	return ensNameOutput{did, id.Owner.Checksum(), name}, public(err)
}
