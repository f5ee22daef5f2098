package node

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/identity"
	"metanet/node/pull"
)

// openHoles has what is answered here and isn't here asked for.
func (n *Node) openHoles() {
	compare := n.records.Compare
	n.holes = &pull.Holes{
		Store: n.store, News: n.store, Author: compare.Author, DIDOf: n.index.DIDOf, Sources: n.sources,
		Busy:   func() bool { return len(compare.Progress().Peers) > 0 },
		Logger: n.log.With("part", "pull"),
	}
}

// sources are the peers that may have somebody's records: the home server, by the peer
// id that the registry names, then the members that are connected.
func (n *Node) sources(ctx context.Context, did identity.DID) (ids []peer.ID) {
	if home, ok := n.homePeer(ctx, did); ok && home != n.peer.ID() {
		ids = append(ids, home)
	}
	for _, p := range n.peer.Peers() {
		if p.Member && (len(ids) == 0 || p.ID != ids[0]) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func (n *Node) homePeer(ctx context.Context, did identity.DID) (peer.ID, bool) {
	who, err := n.anchor.follower.Identity(ctx, did)
	if err != nil || who.Home == 0 {
		return "", false
	}
	server, err := n.anchor.follower.Server(ctx, who.Home)
	if err != nil {
		return "", false
	}
	id, err := peer.IDFromBytes(server.PeerID)
	return id, err == nil
}
