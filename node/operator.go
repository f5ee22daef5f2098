package node

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	"metanet/chain"
	"metanet/content/policy"
	"metanet/content/view"
	"metanet/node/pull"
	"metanet/node/xrpc"
	"metanet/p2p"
)

// operator does what the holder of the control token asks.
type operator struct{ *Node }

// Status is what `metanet status` shows.
type Status struct {
	Web       string        `json:"web"`
	Home      string        `json:"home"`
	Network   string        `json:"network"`
	Ready     bool          `json:"ready"`
	Reason    string        `json:"reason,omitempty"` // why not ready
	Since     time.Time     `json:"since"`
	Server    uint64        `json:"server"`
	Domain    string        `json:"domain"`
	Operator  string        `json:"operator"`
	Policies  int           `json:"policies"`
	Chain     ChainStatus   `json:"chain"`
	Peers     []PeerStatus  `json:"peers"`
	Wire      WireStatus    `json:"wire"`
	Addresses []string      `json:"addresses"`
	Sequence  uint64        `json:"sequence"` // of the last durable change
	CatchUp   pull.CatchUp  `json:"catchUp"`  // with peers, now
	Views     []view.State  `json:"views"`    // what follows the changes, and how far behind
	Blobs     BlobStatus    `json:"blobs"`
	Quotas    []QuotaStatus `json:"quotas"`  // of each identity, and address
	Pending   int           `json:"pending"` // identities with an account here of which a takeover or a change of owner waits
}

// PeerStatus is one connected peer.
type PeerStatus struct {
	ID      string    `json:"id"`
	Address string    `json:"address"`
	Member  bool      `json:"member"` // of our network
	Server  bool      `json:"server"` // the chain's registry names it
	Inbound bool      `json:"inbound"`
	Since   time.Time `json:"since"`
	Score   float64   `json:"score"` // GossipSub's; below 0 it has misbehaved
	Agent   string    `json:"agent"` // what it calls itself: not to be trusted
}

// WireStatus is how much of its limits libp2p has taken.
type WireStatus p2p.Usage

func (o operator) Status(ctx context.Context) (any, error) {
	s := Status{
		Web: o.origins()[0], Home: o.home.dir, Network: o.state.Network, Since: o.started, Domain: o.state.Domain,
		Operator: o.account.Address().Checksum(), Server: o.serverID(), Reason: o.notReady(ctx), Sequence: o.store.LastSeq(),
	}
	s.Ready = s.Reason == ""
	if why := o.unplaced.Load(); why != nil && !s.Ready {
		s.Reason = o.notice(*why)
	}
	s.Quotas = o.quotaStatus()
	usage, err := o.blobs.Usage(ctx)
	if err != nil {
		return nil, err
	}
	s.Blobs = blobStatus(usage)
	s.Chain = o.anchor.status()
	queue, err := o.anchor.sender.Status()
	if err != nil {
		return nil, err
	}
	s.Chain.Queued, s.Chain.Spent, s.Chain.Budget = queue.Open, FormatCoins(queue.Spent), "none"
	if queue.Budget != nil {
		s.Chain.Budget = FormatCoins(queue.Budget)
	}
	if queue.Err != nil && queue.Open > 0 {
		s.Chain.Sending = queue.Err.Error()
	}
	versions, err := o.anchor.follower.Policies(ctx, s.Server)
	if err != nil {
		return nil, err
	}
	s.Policies = len(versions)
	if err := o.store.Space("node").Scan([]byte("pending/"), func(_, _ []byte) error { s.Pending++; return nil }); err != nil {
		return nil, err
	}
	if s.Views, err = view.States(o.views.followers); err != nil {
		return nil, err
	}
	s.CatchUp = o.records.Compare.Progress()
	for _, a := range o.peer.Addrs() {
		s.Addresses = append(s.Addresses, a.String())
	}
	for _, p := range o.peer.Peers() {
		s.Peers = append(s.Peers, PeerStatus{
			ID: p.ID.String(), Address: p.Addr.String(), Member: p.Member, Server: p.Server, Inbound: p.Inbound,
			Since: p.Since.UTC(), Score: p.Score, Agent: p.Agent,
		})
	}
	wire, err := o.peer.Usage()
	if err != nil {
		return nil, err
	}
	s.Wire = WireStatus(wire)
	return s, nil
}

// Published is what publishing a policy answers.
type Published struct {
	Version uint64 `json:"version"`
	Digest  string `json:"digest"`
	CID     string `json:"cid"`
	Block   uint64 `json:"block"`
	Tx      string `json:"tx"`
}

func (o operator) PublishPolicy(ctx context.Context, yaml io.Reader) (any, error) {
	text, err := io.ReadAll(io.LimitReader(yaml, policy.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	document, err := policy.Parse(text)
	if err != nil {
		return nil, xrpc.Errorf(http.StatusBadRequest, "InvalidPolicy", "%v", err)
	}
	if o.serverID() == 0 {
		return nil, xrpc.Errorf(http.StatusServiceUnavailable, "NotRegistered", "this server is not registered on-chain yet")
	}
	v, err := o.publishPolicy(ctx, document)
	if errors.Is(err, chain.ErrQueued) {
		return nil, xrpc.Errorf(http.StatusServiceUnavailable, "Queued", "the chain is away; the policy is stored, and published when the chain is back")
	}
	if err != nil {
		return nil, nativeError(err)
	}
	return Published{v.Version, v.Digest.Hex(), policy.CID(v.Digest).String(), v.Block, v.Tx.Hex()}, nil
}

func (o operator) Shutdown() { o.stop() }

// Checkpointed is what asking for a checkpoint answers.
type Checkpointed struct {
	Path string `json:"path"` // of the copy: the caller's to remove
}

func (o operator) Checkpoint(ctx context.Context) (any, error) {
	path, err := o.home.stage(ctx, o.store, o.anchor.dev)
	return Checkpointed{path}, err
}

func hexOf(b [32]byte) string { return hex.EncodeToString(b[:]) }
