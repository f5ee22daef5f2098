package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/chain"
	"metanet/content/policy"
)

// publishPoll is how often a version that is on its way is looked for.
const publishPoll = 200 * time.Millisecond

// errNotRegistered: there is no server yet whose policy it would be.
var errNotRegistered = errors.New("this server is not registered on-chain yet")

// publishFirst publishes the default policy, if the server has none. Whoever
// publishes one of their own meanwhile comes first, and theirs stays.
func (n *Node) publishFirst(ctx context.Context, server uint64) error {
	n.publishing.Lock()
	defer n.publishing.Unlock()
	versions, err := n.anchor.follower.Policies(ctx, server)
	if err != nil || len(versions) > 0 {
		return err
	}
	_, err = n.publish(ctx, server, policy.Default())
	return err
}

// publishPolicy makes the document the server's next policy version. If it is the
// latest already, that is the answer: who saw no answer the first time may ask
// again.
func (n *Node) publishPolicy(ctx context.Context, d *policy.Document) (chain.PolicyVersion, error) {
	server := n.serverID()
	if server == 0 {
		return chain.PolicyVersion{}, errNotRegistered
	}
	n.publishing.Lock()
	defer n.publishing.Unlock()
	return n.publish(ctx, server, d)
}

// publish stores the document's canonical bytes and fixes their digest on-chain,
// in that order: nobody is ever promised a text that isn't there. The sender knows
// a version by its number. If it still has another text under way as this version
// (whoever asked went away, or the process ended), that one becomes the version,
// and this text the one after.
func (n *Node) publish(ctx context.Context, server uint64, d *policy.Document) (chain.PolicyVersion, error) {
	canonical, err := d.Canonical()
	if err != nil {
		return chain.PolicyVersion{}, err
	}
	digest := policy.Digest(canonical)
	if err := n.policies.Put(digest[:], canonical); err != nil {
		return chain.PolicyVersion{}, err
	}
	for {
		versions, err := n.anchor.follower.Policies(ctx, server)
		if err != nil {
			return chain.PolicyVersion{}, err
		}
		next := uint64(len(versions)) + 1
		if next > 1 && versions[next-2].Digest == digest {
			return versions[next-2], nil
		}
		v, err := n.anchor.registrar.PublishPolicy(ctx, server, next, digest, policy.CID(digest).Bytes(), 0)
		switch {
		case err == nil:
			return v, n.anchor.follower.WaitFor(ctx, v.Block)
		case !errors.Is(err, chain.ErrKeyReused):
			return v, err
		}
		if !pause(ctx, publishPoll) {
			return v, fmt.Errorf("another text is on its way to the chain as version %d: %w", next, ctx.Err())
		}
	}
}
