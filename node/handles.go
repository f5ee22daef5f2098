package node

import (
	"context"
	"slices"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/node/handle"
)

// openHandles joins what proves handles: chain, sessions, index and the network.
func (n *Node) openHandles(context.Context) error {
	guard := handle.Guard{Loopback: n.inDevelopment(), Resolver: handle.NewDNS(n.cfg.DNS)}
	client := guard.Client()
	n.onClose(func() error { client.CloseIdleConnections(); return nil })
	n.prover = &handle.Prover{
		Names: &handle.Resolver{DNS: guard.Resolver, HTTP: client},
		Domains: handle.NewDomains(handle.Domains{
			HTTP: client, Network: n.anchor.contracts.Network(), Development: n.inDevelopment(), Now: time.Now,
		}),
		Servers: domains{n}, Domain: n.state.Domain,
	}
	n.handles = handle.NewKeeper(handle.Config{
		Prover: n.prover, Index: n.index, Feed: n.store, Space: n.store.Space("handles"), Now: time.Now,
		Logger: n.log.With("part", "handles"), Registerer: n.registry,
	})
	return nil
}

// inDevelopment reports whether all nodes are on one machine: the chain on
// loopback, and no domain of our own. A public server with a chain node of its own
// beside it is not.
func (n *Node) inDevelopment() bool { return n.isTestDomain() && n.anchor.rpcs.loopback() }

// ResolveHandle implements session.Handles.
func (n *Node) ResolveHandle(ctx context.Context, h syntax.Handle) (syntax.DID, error) {
	did, _, err := n.prover.Resolve(ctx, h)
	return did, err
}

// domains tells which servers have registered a domain.
type domains struct{ *Node }

// Under implements handle.Servers. Where the domain itself can't say whose it is,
// the first one counts: this server for its own domain, else whoever registered
// it first, so that a second registration takes no names away.
func (d domains) Under(ctx context.Context, domain string) ([]handle.Server, error) {
	servers, err := d.anchor.follower.Servers(ctx)
	if err != nil {
		return nil, err
	}
	var under []handle.Server
	for _, s := range servers { // by number
		if s.Domain != domain {
			continue
		}
		found := handle.Server{ID: s.ID, Domain: s.Domain, Addrs: s.Addrs}
		if s.ID == d.serverID() {
			under = slices.Insert(under, 0, found)
		} else {
			under = append(under, found)
		}
	}
	return under, nil
}
