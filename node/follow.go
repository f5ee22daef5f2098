package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/session"
)

const (
	recountPage = 256
	tickEvery   = 5 * time.Second
	sweepEvery  = time.Hour
)

// recountCursor is the key, in the space "node", of how far the chain's feed of
// changes has been acted on.
var recountCursor = []byte("recount")

// followKeys acts on what the chain shows of identities: their records are
// counted again. It keeps a durable cursor, so that a crash between the chain's
// commit and ours loses nothing.
func (n *Node) followKeys(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	cancel := n.anchor.follower.Subscribe(func(chain.Changes) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer cancel()
	space := n.store.Space("node")
	for {
		more, err := n.followSome(ctx, space)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			n.log.Error("changes of identities wait", "error", err)
			more = false
		}
		if more {
			continue
		}
		select {
		case <-wake:
		case <-time.After(tickEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func (n *Node) followSome(ctx context.Context, space noteSpace) (more bool, err error) {
	after, err := readCursor(space, recountCursor)
	if err != nil {
		return false, err
	}
	items, err := n.anchor.follower.Feed(after, recountPage)
	if err != nil || len(items) == 0 {
		return false, err
	}
	for _, item := range items {
		switch {
		case item.DID != "":
			if err := n.identityChanged(ctx, space, item.DID); err != nil {
				return false, err
			}
		case n.server.Load() != nil && item.Server == n.server.Load().ID:
			server, err := n.anchor.follower.Server(ctx, item.Server)
			if err != nil {
				return false, err
			}
			n.server.Store(&server)
		}
	}
	last := items[len(items)-1].Seq
	return true, space.Put(recountCursor, binary.BigEndian.AppendUint64(nil, last))
}

// identityChanged counts an identity's records again, has its handle proved anew
// (its home may be another), and ends its sign-ins here if a new epoch began.
func (n *Node) identityChanged(ctx context.Context, space noteSpace, did identity.DID) error {
	if err := n.door.Recount(ctx, did); err != nil {
		return err
	}
	if err := n.awaitFinal(ctx, did); err != nil {
		return err
	}
	if err := n.handles.Soon(did); err != nil {
		return err
	}
	n.settling.Lock() // a sign-in begun after the change must not end with those before it
	defer n.settling.Unlock()
	if _, err := n.sessions.Account(ctx, did); errors.Is(err, session.ErrNoAccount) {
		return nil
	} else if err != nil {
		return err
	}
	id, err := n.anchor.follower.Identity(ctx, did)
	if err == nil {
		err = n.notePending(space, id)
	}
	n.mover.Wake()
	if err != nil {
		return err
	}
	key := []byte("epoch/" + string(did))
	before, err := readCursor(space, key)
	if err != nil || before == uint64(id.Epoch) {
		return err
	}
	if err := n.sessions.EndAll(ctx, did); err != nil {
		return err
	}
	return space.Put(key, binary.BigEndian.AppendUint64(nil, uint64(id.Epoch)))
}

// cursorSpace is where a sequence number is kept under a key.
type cursorSpace interface {
	Get(key []byte) (value []byte, found bool, err error)
	Put(key, value []byte) error
}

func readCursor(space cursorSpace, key []byte) (uint64, error) {
	value, found, err := space.Get(key)
	if err != nil || !found {
		return 0, err
	}
	if len(value) != 8 {
		return 0, fmt.Errorf("node: cursor %s has %d bytes", key, len(value))
	}
	return binary.BigEndian.Uint64(value), nil
}

// tick does what time makes due: waiting records, expired keys, unused blobs.
func (n *Node) tick(ctx context.Context) error {
	swept := time.Now()
	for {
		select {
		case <-time.After(tickEvery):
		case <-ctx.Done():
			return nil
		}
		if err := n.door.Tick(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("what has become due waits", "error", err)
		}
		if err := n.settleFinal(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("what has become final waits", "error", err)
		}
		if freed, err := n.blobs.Evict(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("no room is made for blobs", "error", err)
		} else if freed > 0 {
			n.log.Info("made room for blobs", "bytes", freed)
		}
		if time.Since(swept) < sweepEvery {
			continue
		}
		swept = time.Now()
		n.passkeys.Sweep()
		_, err := n.blobs.Sweep(ctx, swept)
		if err = errors.Join(err, n.sessions.Sweep(ctx), n.quotas.Sweep()); err != nil && ctx.Err() == nil {
			n.log.Error("what is no longer used is not removed", "error", err)
		}
		if _, err := n.store.ShredDue(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("what was deleted stays in the files", "error", err)
		}
	}
}
