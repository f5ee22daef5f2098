package native

import (
	"context"
	"encoding/json"

	"metanet/node/xrpc"
)

func (f *Face) registerPolicy(s *xrpc.Server) {
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.policy.list"}, f.listPolicies)
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.policy.get"}, f.getPolicy)
}

type policyListParams struct {
	Server uint64 `param:"server"` // 0: this one
}

type policyListOutput struct {
	Server   uint64          `json:"server"`
	Domain   string          `json:"domain"`
	Count    int             `json:"count"`
	Head     string          `json:"head"`
	Versions []versionOutput `json:"versions"`
}

type versionOutput struct {
	Version     uint64 `json:"version"`
	Digest      string `json:"digest"`
	CID         string `json:"cid"`
	EffectiveAt string `json:"effectiveAt"`
	PublishedAt string `json:"publishedAt"`
	Block       uint64 `json:"block"`
	BlockHash   string `json:"blockHash"`
	Tx          string `json:"tx"`
	Head        string `json:"head"`
	Available   bool   `json:"available"`
	Final       bool   `json:"final"`
}

func (f *Face) listPolicies(ctx context.Context, _ *xrpc.Call, p policyListParams) (policyListOutput, error) {
	h, err := f.history(ctx, p.Server)
	if err != nil {
		return policyListOutput{}, err
	}
	out := policyListOutput{Server: h.Server, Domain: h.Domain, Count: len(h.Versions), Head: hex32(h.Head), Versions: make([]versionOutput, len(h.Versions))}
	for i, v := range h.Versions {
		_, found, err := f.cfg.Policies.Document(ctx, v.Digest)
		if err != nil {
			return policyListOutput{}, err
		}
		out.Versions[i] = describeVersion(h, v, found)
	}
	return out, nil
}

func (f *Face) history(ctx context.Context, server uint64) (History, error) {
	if server == 0 {
		server = f.cfg.Server()
	}
	h, err := f.cfg.Policies.Policies(ctx, server)
	return h, public(err)
}

func describeVersion(h History, v PolicyVersion, available bool) versionOutput {
	return versionOutput{
		Version: v.Version, Digest: hex32(v.Digest), CID: cidText(v.CID),
		EffectiveAt: datetime(v.EffectiveAt), PublishedAt: datetime(v.PublishedAt),
		Block: v.Block, BlockHash: hex32(v.BlockHash), Tx: hex32(v.Tx), Head: hex32(v.Head), Available: available,
		Final: v.Block <= h.Final,
	}
}

// policyParams: a version's number or its digest; without either, the newest.
type policyParams struct {
	Server  uint64 `param:"server"`
	Version uint64 `param:"version"`
	Digest  string `param:"digest"`
}

type policyOutput struct {
	versionOutput
	Canonical string          `json:"canonical"`
	Document  json.RawMessage `json:"document"`
}

func (f *Face) getPolicy(ctx context.Context, _ *xrpc.Call, p policyParams) (policyOutput, error) {
	h, err := f.history(ctx, p.Server)
	if err != nil {
		return policyOutput{}, err
	}
	v, err := pickVersion(h, p)
	if err != nil {
		return policyOutput{}, err
	}
	canonical, found, err := f.cfg.Policies.Document(ctx, v.Digest)
	if err != nil {
		return policyOutput{}, err
	}
	if !found {
		return policyOutput{}, notFound("version %d is on-chain, but its text is not here", v.Version)
	}
	return policyOutput{describeVersion(h, v, true), string(canonical), canonical}, nil
}

func pickVersion(h History, p policyParams) (PolicyVersion, error) {
	var digest [32]byte
	if p.Digest != "" {
		var err error
		if digest, err = parseHex32(p.Digest); err != nil {
			return PolicyVersion{}, err
		}
	}
	for i := len(h.Versions) - 1; i >= 0; i-- { // newest first, should a text have been published twice
		v := h.Versions[i]
		if (p.Version == 0 || v.Version == p.Version) && (p.Digest == "" || v.Digest == digest) {
			return v, nil
		}
	}
	return PolicyVersion{}, notFound("the server has published no such policy")
}
