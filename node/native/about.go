package native

import (
	"context"

	"metanet/identity"
	"metanet/node/xrpc"
)

// About is /.well-known/metanet: what another node needs to join.
type About struct {
	Version int              `json:"version"`
	Network identity.Network `json:"network"`
	Chain   AboutChain       `json:"chain"`
	Peer    AboutPeer        `json:"peer"`
	Server  AboutServer      `json:"server"`
	Policy  AboutPolicy      `json:"policy"`
}

// AboutChain says which chain, and where its contracts are. RPC is set on a
// development chain only. Finality is "latest", "safe", "finalized" or a number of
// blocks: what the network's nodes wait for before they do what is irreversible.
type AboutChain struct {
	ID        uint64         `json:"id"`
	Genesis   string         `json:"genesis"`
	RPC       string         `json:"rpc,omitempty"`
	Finality  string         `json:"finality,omitempty"`
	Contracts AboutContracts `json:"contracts"`
}

type AboutContracts struct {
	IdentityRegistry string `json:"identityRegistry"`
	ServerRegistry   string `json:"serverRegistry"`
	PolicyRegistry   string `json:"policyRegistry"`
	LogRegistry      string `json:"logRegistry"`
}

type AboutPeer struct {
	ID        string   `json:"id"`
	Addresses []string `json:"addresses"`
}

type AboutServer struct {
	ID     uint64 `json:"id"`
	Owner  string `json:"owner"`
	Domain string `json:"domain"`
}

type AboutPolicy struct {
	Count  uint64            `json:"count"`
	Head   string            `json:"head"`
	Latest *AboutPolicyEntry `json:"latest,omitempty"`
}

type AboutPolicyEntry struct {
	Version uint64 `json:"version"`
	Digest  string `json:"digest"`
	CID     string `json:"cid"`
}

func (f *Face) about(ctx context.Context, _ *xrpc.Call, _ xrpc.None) (About, error) {
	a, err := f.cfg.About(ctx)
	return a, public(err)
}
