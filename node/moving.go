package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/client"
	"metanet/node/handle"
	"metanet/node/move"
	"metanet/node/native"
	"metanet/node/resign"
)

// exportPatience is how long an old home may take over one person's records.
const exportPatience = 2 * time.Minute

func (n *Node) openMover(context.Context) error {
	n.mover = &move.Mover{
		Store: n.store, Space: n.store.Space("move"), Door: n.door, Resigner: n.resigner(),
		Identities: moving{n}, Hosted: moving{n}, Source: moving{n}, Server: n.serverID, Now: time.Now, Logger: n.log.With("part", "move"),
	}
	return nil
}

func (n *Node) resigner() *resign.Resigner {
	return &resign.Resigner{Store: n.store, Door: n.door, Network: n.anchor.contracts.Network(), Skew: identity.DefaultParams().Skew}
}

// moving answers what a move asks of the chain, the keyring and the old home.
type moving struct{ *Node }

func (m moving) Keys(ctx context.Context, did identity.DID) ([]identity.KeyRecord, uint64, error) {
	id, err := m.anchor.follower.Identity(ctx, did)
	return id.Keys, id.Home, err
}

func (m moving) Signer(ctx context.Context, did identity.DID) (record.Signer, error) {
	key, err := m.hosted.Signer(ctx, did)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Export asks a server at the address that it wrote on-chain, with the care that
// is due to what strangers wrote (handle.Guard).
func (m moving) Export(ctx context.Context, server uint64, did identity.DID, take func([]*record.Bundle) error) error {
	ctx, cancel := context.WithTimeout(ctx, exportPatience)
	defer cancel()
	home, err := m.anchor.follower.Server(ctx, server)
	if err != nil {
		return err
	}
	base, err := handle.URL(home.ID, home.Addrs)
	if err != nil {
		return err
	}
	c, err := client.New(base)
	if err != nil {
		return err
	}
	c.HTTP = handle.Guard{Loopback: m.inDevelopment(), Resolver: handle.NewDNS(m.cfg.DNS), MaxBody: record.MaxMessage + 1<<10}.Client()
	defer c.HTTP.CloseIdleConnections()
	return c.Export(ctx, string(did), func(message []byte) error {
		bundles, faults, err := record.DecodeMessage(message)
		if err != nil {
			return err
		}
		good := bundles[:0]
		for i, b := range bundles {
			if faults[i] == nil {
				good = append(good, b)
			}
		}
		return take(good)
	})
}

// moves is the Mover as the face asks for it.
type moves struct{ *Node }

func (m moves) Begin(ctx context.Context, did identity.DID) (any, error) {
	return moved(m.mover.Begin(ctx, did))
}

func (m moves) Status(ctx context.Context, did identity.DID) (any, error) {
	return moved(m.mover.Status(ctx, did))
}

func (m moves) Bring(ctx context.Context, did identity.DID, archive []*record.Bundle) (any, error) {
	return moved(m.mover.Bring(ctx, did, archive))
}

func (m moves) Restore(ctx context.Context, did identity.DID, late bool) (any, error) {
	return moved(m.mover.Restore(ctx, did, late))
}

func moved(st move.Status, err error) (any, error) {
	if errors.Is(err, move.ErrNotBegun) {
		return nil, fmt.Errorf("%w: %w", native.ErrOperation, err)
	}
	return st, err
}

// Stand brings back what ended keys signed. The owner names them: after a
// takeover they know which were their own. A key that they revoked is taken up to
// the time they give, and not without one.
func (m moves) Stand(ctx context.Context, did identity.DID, keys []identity.Key, before time.Time) (any, error) {
	id, err := m.anchor.follower.Identity(ctx, did)
	if err != nil {
		return nil, err
	}
	signer, err := m.hosted.Signer(ctx, did)
	if err != nil {
		return nil, err
	}
	job := resign.Job{DID: did, Signer: signer}
	known := make(map[identity.Key]identity.KeyRecord)
	for _, k := range id.Keys {
		known[k.Key] = k
		if k.Key == signer.Public() {
			job.AddedAt = seconds(k.AddedAt)
		}
	}
	for _, key := range keys {
		k, found := known[key]
		end, ends := k.End()
		switch {
		case !found || !ends || k.Live(time.Now()):
			return nil, fmt.Errorf("%w: %s is no ended key of %s", native.ErrOperation, key, did)
		case k.Revoked && before.IsZero():
			return nil, fmt.Errorf("%w: %s was revoked: say until when it was yours (before)", native.ErrOperation, key)
		}
		until := seconds(end)
		if !before.IsZero() && before.Before(until) {
			until = before
		}
		job.Stands = append(job.Stands, resign.Stand{Key: key, Before: until})
	}
	return m.resigner().Run(ctx, job, nil)
}

// states reads a store's records path by path.
type states struct{ db *store.DB }

func (s states) States(did identity.DID, after record.Path, fn func([]store.Stored) (bool, error)) error {
	return store.States(s.db, did, after, fn)
}
