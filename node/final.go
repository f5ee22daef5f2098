package node

import (
	"context"
	"errors"

	"metanet/content/store"
	"metanet/identity"
)

// awaited is the key, in the space "node", of an identity that was deactivated in a
// block that is not final yet: what follows cannot be undone, so it waits.
var awaited = []byte("final/")

func awaitedKey(did identity.DID) []byte { return append(awaited[:len(awaited):len(awaited)], did...) }

// deactivated implements ingest.Config's: such an identity has left for good. Until
// the block that says so is final, a reorganisation may bring it back, and its
// records could not be.
func (n *Node) deactivated(ctx context.Context, did identity.DID) (bool, error) {
	id, err := n.anchor.follower.Identity(ctx, did)
	return id.Deactivated && n.anchor.follower.IsFinal(id.ChangedBlock), err
}

// awaitFinal remembers an identity whose deactivation is to be looked at again.
func (n *Node) awaitFinal(ctx context.Context, did identity.DID) error {
	id, err := n.anchor.follower.Identity(ctx, did)
	if err != nil || !id.Deactivated || n.anchor.follower.IsFinal(id.ChangedBlock) {
		return err
	}
	return n.store.Space("node").Put(awaitedKey(did), nil)
}

// settleFinal counts those again whose deactivation has become final meanwhile, or
// was taken back.
func (n *Node) settleFinal(ctx context.Context) error {
	space := n.store.Space("node")
	var due []identity.DID
	err := space.Scan(awaited, func(key, _ []byte) error {
		did, err := identity.ParseDID(string(key[len(awaited):]))
		if err != nil {
			return errors.Join(store.ErrCorrupt, err)
		}
		id, err := n.anchor.follower.Identity(ctx, did)
		if err == nil && (!id.Deactivated || n.anchor.follower.IsFinal(id.ChangedBlock)) {
			due = append(due, did)
		}
		return err
	})
	for _, did := range due {
		if err == nil {
			err = n.door.Recount(ctx, did)
		}
		if err == nil {
			err = space.Delete(awaitedKey(did))
		}
	}
	return err
}
