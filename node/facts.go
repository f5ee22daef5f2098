package node

import (
	"context"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"metanet/chain"
	"metanet/content/blob"
	"metanet/content/policy"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/native"
)

// facts answers what the faces ask of chain, index and store, in the words of
// each face. It decides nothing.
type facts struct{ *Node }

func seconds(unix uint64) time.Time { return time.Unix(int64(unix), 0).UTC() }

func (f facts) Identity(ctx context.Context, did identity.DID) (native.Identity, error) {
	id, err := f.anchor.follower.Identity(ctx, did)
	if err != nil {
		return native.Identity{}, err
	}
	head := f.anchor.follower.Head()
	out := native.Identity{
		Owner: id.Owner, Epoch: uint64(id.Epoch), Home: native.Home{Server: id.Home, Domain: f.domainOf(ctx, id.Home)},
		Recovery: id.Recovery, Keys: id.Keys, Changed: id.ChangedBlock, Deactivated: id.Deactivated,
		Final: f.anchor.follower.Final().Number,
		AsOf:  native.Block{Number: head.Number, Hash: head.Hash, Time: seconds(head.Time)},
	}
	if c := id.PendingChange; c != nil {
		out.PendingChange = &native.PendingChange{Kind: c.Kind.String(), Target: c.Target, ReadyAt: seconds(c.ReadyAt)}
	}
	if r := id.PendingRecovery; r != nil {
		out.PendingRecovery = &native.PendingRecovery{NewOwner: r.NewOwner, ReadyAt: seconds(r.ReadyAt), Cancellable: r.Cancellable}
	}
	return out, nil
}

func (f facts) Handle(ctx context.Context, did identity.DID) (native.Handle, bool, error) {
	s, found, err := f.handles.Status(ctx, did)
	if err != nil || !found {
		return native.Handle{}, false, err
	}
	h := native.Handle{Handle: s.Handle, State: s.State, By: string(s.By), Reason: s.Reason, Checked: s.Checked, Next: s.Next}
	for _, e := range s.History {
		h.History = append(h.History, native.HandleEpisode{Handle: e.Handle, State: e.State, By: string(e.By), Since: e.Since, Until: e.Until})
	}
	return h, true, nil
}

// domainOf is empty for no server, and for one that doesn't exist.
func (f facts) domainOf(ctx context.Context, server uint64) string {
	if server == 0 {
		return ""
	}
	s, err := f.anchor.follower.Server(ctx, server)
	if err != nil {
		return ""
	}
	return s.Domain
}

func (f facts) Policies(ctx context.Context, server uint64) (native.History, error) {
	h := native.History{Server: server, Final: f.anchor.follower.Final().Number, Domain: f.domainOf(ctx, server)}
	versions, err := f.anchor.follower.Policies(ctx, server)
	if err != nil {
		return h, err
	}
	for _, v := range versions {
		h.Versions = append(h.Versions, nativeVersion(v))
		h.Head = v.Head
	}
	return h, nil
}

func nativeVersion(v chain.PolicyVersion) native.PolicyVersion {
	c, err := cid.Cast(v.CID)
	if err != nil {
		c = cid.Undef // the chain takes any bytes; the digest is what binds
	}
	return native.PolicyVersion{
		Version: v.Version, Digest: v.Digest, CID: c, EffectiveAt: seconds(v.EffectiveAt), PublishedAt: seconds(v.PublishedAt),
		Block: v.Block, BlockHash: v.BlockHash, Tx: v.Tx, Head: v.Head,
	}
}

func (f facts) Document(_ context.Context, digest [32]byte) ([]byte, bool, error) {
	return f.policies.Get(digest[:])
}

// servedBlocks is what the trustless gateway shows: blobs, values of visible
// records, and the texts of this server's policies.
type servedBlocks struct {
	blob.Blockstore
	policies *store.Space
}

func (b servedBlocks) Get(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	block, err := b.Blockstore.Get(ctx, c)
	if digest, ok := rawDigest(c); ok && ipld.IsNotFound(err) {
		text, found, err := b.policies.Get(digest[:])
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, ipld.ErrNotFound{Cid: c}
		}
		return blocks.NewBlockWithCid(text, c)
	}
	return block, err
}

func (b servedBlocks) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	block, err := b.Get(ctx, c)
	if err != nil {
		return -1, err
	}
	return len(block.RawData()), nil
}

func (b servedBlocks) Has(ctx context.Context, c cid.Cid) (bool, error) {
	_, err := b.Get(ctx, c)
	if ipld.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// rawDigest is the digest of a CID as policies have it (see policy.CID).
func rawDigest(c cid.Cid) (digest [32]byte, ok bool) {
	mh := c.Hash()
	if len(mh) != 2+len(digest) {
		return digest, false
	}
	copy(digest[:], mh[2:])
	return digest, policy.CID(digest).Equals(c)
}

var _ native.Feed = (*store.DB)(nil)
