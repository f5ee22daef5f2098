package node

import (
	"context"
	"fmt"

	"metanet/identity"
	"metanet/node/web"
)

// pages answers what the web page asks of chain and sessions.
type pages struct{ *Node }

func (p pages) Identity(ctx context.Context, did identity.DID) (web.Identity, error) {
	id, err := p.anchor.follower.Identity(ctx, did)
	if err != nil {
		return web.Identity{}, err
	}
	if id.ChangedBlock == 0 {
		return web.Identity{}, web.ErrNotFound
	}
	return web.Identity{
		Home: facts(p).domainOf(ctx, id.Home), Keys: id.Keys, Block: p.anchor.follower.Head().Number,
	}, nil
}

func (p pages) Versions(ctx context.Context) ([]web.PolicyVersion, error) {
	versions, err := p.anchor.follower.Policies(ctx, p.serverID())
	if err != nil {
		return nil, err
	}
	out := make([]web.PolicyVersion, len(versions))
	for i, v := range versions {
		out[i] = web.PolicyVersion{
			Number: v.Version, Digest: v.Digest, Block: v.Block, Tx: v.Tx.Hex(),
			PublishedAt: seconds(v.PublishedAt), EffectiveAt: seconds(v.EffectiveAt),
		}
	}
	return out, nil
}

func (p pages) Canonical(_ context.Context, digest [32]byte) ([]byte, error) {
	text, found, err := p.policies.Get(digest[:])
	if err == nil && !found {
		err = fmt.Errorf("%w: policy %x", web.ErrNotFound, digest)
	}
	return text, err
}

func (p pages) About(ctx context.Context) web.About {
	k := p.anchor.contracts
	a := web.About{
		URL: p.origins()[0], Domain: p.state.Domain, Version: p.cfg.Version, Network: p.state.Network,
		ChainID: k.ChainID, Genesis: k.Genesis.Hex(), Block: p.anchor.follower.Head().Number,
		Contracts: []web.Contract{
			{Name: "IdentityRegistry", Address: k.IdentityRegistry.Hex()}, {Name: "ServerRegistry", Address: k.ServerRegistry.Hex()},
			{Name: "PolicyRegistry", Address: k.PolicyRegistry.Hex()}, {Name: "LogRegistry", Address: k.LogRegistry.Hex()},
		},
	}
	for _, addr := range p.peer.Addrs() {
		a.PeerAddresses = append(a.PeerAddresses, addr.String())
	}
	if s := p.server.Load(); s != nil {
		a.ID, a.Owner = s.ID, s.Owner.Checksum()
		if versions, err := p.anchor.follower.Policies(ctx, s.ID); err == nil {
			a.PolicyVersion = uint64(len(versions))
		}
	}
	return a
}

func (p pages) Viewer(ctx context.Context, accessToken string) (identity.DID, error) {
	t, err := p.sessions.Authenticate(ctx, accessToken)
	return t.Account.DID, err
}
