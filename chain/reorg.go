package chain

import (
	"context"
	"encoding/binary"
	"fmt"
)

// wipeChunk is how many entries a clean start deletes at once.
const wipeChunk = 10_000

// open reads how far the projection has come, or prepares a clean start.
func (f *Follower) open() error {
	m, found, err := load[meta](f.raw, metaFamily.key())
	if err != nil {
		return err
	}
	want := meta{Schema: schema, Network: f.contracts.Network()}
	// Where following started does not matter: no event of ours lies before any start.
	if !found || m.Wiping || m.Schema != want.Schema || m.Network != want.Network {
		f.store = f.raw
		return f.wipe(found, want)
	}
	f.enter(m)
	f.store = m.Slot.in(f.raw)
	f.cursor, _, err = load[cursor](f.store, cursorFamily.key())
	return err
}

// compare looks whether the chain, whose head is not above the cursor, still has
// what was followed. A shorter chain alone is no reason to undo anything: the RPC
// may lag. Only another block in place of a followed one is.
func (f *Follower) compare(ctx context.Context, head Block) (more bool, err error) {
	if head.Number < f.cursor.Floor {
		return false, fmt.Errorf("%w: its head is block %d, far below %d, up to which we followed", ErrUnavailable, head.Number, f.cursor.Number)
	}
	known, found, err := load[blockEntry](f.store, blockKey(head.Number))
	if err != nil {
		return false, err
	}
	if !found {
		return false, fmt.Errorf("%w: no entry for block %d", ErrCorruptState, head.Number)
	}
	if known.Hash == head.Hash {
		return false, nil
	}
	return true, f.rollback(ctx)
}

// forkStep is how many blocks at once are compared while looking for a fork.
const forkStep = 16

// rollback undoes blocks down to the last one that is still on the chain, all at
// once. If that lies below the floor, the projection is built anew.
func (f *Follower) rollback(ctx context.Context) error {
	from := f.cursor
	common, found, err := f.lastCommon(ctx, from)
	switch {
	case err != nil:
		return err
	case !found:
		return f.restart(ctx)
	case common == from.Number:
		return fmt.Errorf("%w: block %d is on the chain but its child has another parent", ErrInconsistent, common)
	}
	d := f.draft()
	for d.cursor.Number > common {
		if err := f.undoOne(d); err != nil {
			return err
		}
	}
	f.unfinal(d)
	f.log.Info("chain reorganised, rolled back", "from", from.Number, "to", common, "blocks", from.Number-common)
	return f.publish(d, true)
}

// lastCommon is the highest followed block that the chain still has, if one of
// those that can be rolled back to is.
func (f *Follower) lastCommon(ctx context.Context, from cursor) (number uint64, found bool, err error) {
	for top := from.Number; ; top -= forkStep {
		bottom := from.Floor
		if top >= from.Floor+forkStep {
			bottom = top - forkStep + 1
		}
		var numbers []uint64
		for n := top; n+1 > bottom; n-- {
			numbers = append(numbers, n)
			if n == 0 {
				break
			}
		}
		blocks, err := f.client.headers(ctx, numbers...)
		if err != nil {
			return 0, false, err
		}
		for i, n := range numbers {
			known, found, err := load[blockEntry](f.store, blockKey(n))
			if err != nil {
				return 0, false, err
			}
			if found && blocks[i] != nil && blocks[i].Hash == known.Hash {
				return n, true, nil
			}
		}
		if bottom == from.Floor {
			return 0, false, nil
		}
	}
}

// undoOne takes the draft one block back.
func (f *Follower) undoOne(d *draft) error {
	e, found, err := load[blockEntry](d, blockKey(d.cursor.Number))
	if err != nil {
		return err
	}
	parent, foundParent, err := load[blockEntry](d, blockKey(d.cursor.Number-1))
	if err != nil {
		return err
	}
	if !found || !foundParent {
		return fmt.Errorf("%w: no journal of block %d", ErrCorruptState, d.cursor.Number)
	}
	d.rewind(e, Block{Number: d.cursor.Number - 1, Hash: parent.Hash, Time: parent.Time})
	return nil
}

// restart begins a resync after a reorganisation deeper than what is kept. The RPC
// must first show that it serves our chain at all.
func (f *Follower) restart(ctx context.Context) error {
	if err := Verify(ctx, f.client, f.contracts); err != nil {
		return err
	}
	if f.builds {
		return f.clearAll()
	}
	if f.cursor.Final.Number >= f.cursor.Floor && f.Finality() != FinalLatest {
		f.log.Error("chain reorganised below a final block", "final", f.cursor.Final.Number, "kept", f.cursor.Floor, "finality", f.Finality())
		f.mu.Lock()
		f.status.Unfinalized++
		f.mu.Unlock()
	}
	return f.beginResync(fmt.Sprintf("the chain was reorganised by more than the %d blocks that are kept", f.cursor.Number-f.cursor.Floor))
}

// wipe deletes the projection, both copies, and leaves a feed that names every
// subject there was. It is done in pieces: until meta is written without Wiping,
// an interrupted wipe is begun again.
func (f *Follower) wipe(existed bool, want meta) error {
	seq, err := f.lastSeq()
	if err != nil {
		return err
	}
	if existed {
		wiping := want
		wiping.Wiping = true
		if err := f.writeOne(metaFamily.key(), encode(wiping)); err != nil {
			return err
		}
		for _, copy := range []slot{0, 1} {
			for done := false; !done; {
				if done, err = clearSome(copy.in(f.raw)); err != nil {
					return err
				}
			}
		}
	}
	fresh, err := f.refeedAll(seq)
	if err != nil {
		return err
	}
	err = f.raw.Apply(map[string][]byte{
		string(cursorFamily.key()): encode(fresh),
		string(metaFamily.key()):   encode(want),
	}, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	f.cursor, f.meta = fresh, want
	return nil
}

// lastSeq is the feed's last sequence number, whatever became of the cursor.
func (f *Follower) lastSeq() (seq uint64, err error) {
	err = f.raw.ScanRange(feedFamily.key(), prefixEnd(feedFamily.key()), func(k, _ []byte) (bool, error) {
		seq = binary.BigEndian.Uint64(k[1:])
		return true, nil
	})
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrState, err)
	}
	return seq, nil
}

// refeedAll gives every subject a new place in the feed, so that those who
// follow it look at all of them again.
func (f *Follower) refeedAll(seq uint64) (cursor, error) {
	var subjects []subject
	start := seqFamily.key()
	err := f.raw.ScanRange(start, prefixEnd(start), func(k, _ []byte) (bool, error) {
		subjects = append(subjects, append(subject(nil), k[1:]...))
		return true, nil
	})
	if err != nil {
		return cursor{}, fmt.Errorf("%w: %w", ErrState, err)
	}
	c := cursor{Seq: seq}
	for len(subjects) > 0 {
		n := min(len(subjects), wipeChunk)
		d := newDraft(f.store, c)
		for _, s := range subjects[:n] {
			d.touch(s)
		}
		if err := d.commit(); err != nil {
			return cursor{}, fmt.Errorf("%w: %w", ErrState, err)
		}
		c, subjects = d.cursor, subjects[n:]
	}
	return c, nil
}

func (f *Follower) writeOne(key, value []byte) error {
	if err := f.store.Apply(map[string][]byte{string(key): value}, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	return nil
}
