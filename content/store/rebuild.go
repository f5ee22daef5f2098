package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"metanet/content/store/engine"
)

const rebuildBatch = 1024 // paths in one batch

func rebuildMark(first Family) Key { return metaKey(fmt.Sprintf("rebuilding %02x", byte(first))) }

// Rebuild removes the families first ≤ f < end and applies a to every visible
// record as if it were new. No other write runs meanwhile. A mark stays while it
// is under way, so that a crash in the middle is known (Rebuilt).
func (db *DB) Rebuild(ctx context.Context, first, end Family, a Applier, progress func(records uint64)) error {
	if err := db.startWriting(ctx, false); err != nil {
		return err
	}
	defer func() { <-db.writer }()
	if err := db.writeHeld(func(b *Batch) error {
		b.Set(rebuildMark(first), nil)
		return nil
	}); err != nil {
		return err
	}
	if err := db.removeFamilies(first, end); err != nil {
		return err
	}
	if err := db.applyAll(ctx, a, progress); err != nil {
		return err
	}
	return db.writeHeld(func(b *Batch) error {
		b.Delete(rebuildMark(first))
		return nil
	})
}

// Rebuilt reports whether no Rebuild of these families was cut off.
func (db *DB) Rebuilt(first Family) (bool, error) {
	_, err := db.Get(rebuildMark(first))
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return false, err
}

func (db *DB) removeFamilies(first, end Family) error {
	pending, err := db.e.Apply(engine.Write{Drop: []Range{{Start: []byte{byte(first)}, End: []byte{byte(end)}}}})
	if err != nil {
		return err
	}
	return db.await(pending, db.seq)
}

func (db *DB) applyAll(ctx context.Context, a Applier, progress func(uint64)) error {
	all := Prefix(NewKey(FamilyRecord))
	for r, n, done := all, uint64(0), false; !done; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var last []byte
		paths := 0
		err := db.writeHeld(func(b *Batch) error {
			return b.Scan(r, Forward, rebuildBatch, func(key, value []byte) (bool, error) {
				last, paths = append(last[:0], key...), paths+1
				return true, applyState(b, a, value)
			})
		})
		if err != nil {
			return err
		}
		n += uint64(paths)
		if progress != nil {
			progress(n)
		}
		done = paths < rebuildBatch
		r = all.After(last)
	}
	return nil
}

func applyState(b *Batch, a Applier, value []byte) error {
	state, err := decodeState(bytes.Clone(value))
	if err != nil {
		return err
	}
	return applyVisible(b, a, state)
}

// applyVisible applies what people see of a path as if it were new.
func applyVisible(b *Batch, a Applier, state []Stored) error {
	v := visible(state)
	if v == nil {
		return nil
	}
	return a.Apply(b, Change{DID: v.Bundle.DID, Path: v.Bundle.Path, New: seen(v)})
}
