package store

import (
	"context"
	"errors"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/identity"
)

// Erase removes for good what gone names of an identity's records, their places in
// the feed included. It works in batches; if it fails midway, calling it again
// finishes. What it removes is on disk until Scrub.
func (db *DB) Erase(ctx context.Context, did identity.DID, gone func(*record.Bundle) bool) error {
	all := Prefix(NewKey(FamilyRecord).DID(did))
	for r, done := all, false; !done; {
		err := db.Reclaim(ctx, func(b *Batch) error {
			c, n := newCommitter(db, b), 0
			var last []byte
			err := b.Scan(r, Forward, recountBatch, func(key, value []byte) (bool, error) {
				last, n = append(last[:0], key...), n+1
				return true, c.erase(key, value, gone)
			})
			if err != nil {
				return err
			}
			done = n < recountBatch
			r = all.After(last)
			if err := c.finish(); err != nil {
				return err
			}
			return c.tellErased()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// An Eraser hears of each path under which something is erased, within the batch
// that erases it: the feed, which is how everybody else hears of changes, keeps
// no place for what is gone.
type Eraser func(b *Batch, did identity.DID, path record.Path) error

// OnErase adds an eraser to all later calls of Erase. What it removes is within the
// ranges named, which Scrub cleans, too.
func (db *DB) OnErase(e Eraser, within ...Range) {
	db.writer <- struct{}{}
	db.erasers = append(db.erasers, e)
	db.erased = append(db.erased, within...)
	<-db.writer
}

func (c *committer) tellErased() error {
	for _, p := range c.order {
		if !p.dirty {
			continue
		}
		for _, e := range c.db.erasers {
			if err := e(c.b, p.did, p.path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *committer) erase(key, value []byte, gone func(*record.Bundle) bool) error {
	before, err := decodeState(append([]byte(nil), value...))
	if err != nil {
		return err
	}
	p := &pathChange{did: before[0].Bundle.DID, path: before[0].Bundle.Path, key: append(Key(nil), key...), before: before}
	for _, s := range before {
		if gone(s.Bundle) {
			c.b.Delete(feedKey(s.Seq))
			p.dirty = true
			continue
		}
		p.after = append(p.after, s)
	}
	c.add(p)
	return nil
}

// Bundles calls fn with every record that is kept of an identity.
func Bundles(r Reader, did identity.DID, fn func(*record.Bundle) error) error {
	return States(r, did, record.Path{}, func(state []Stored) (bool, error) {
		for i := range state {
			if err := fn(state[i].Bundle); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// Scrub makes what was deleted of an identity, and under keys, leave the files:
// the engine's log is turned over without using old ones again, and the tables
// that hold these ranges, and those of erasers, are written anew. It costs seconds, and
// minutes of reading and writing where the views are large, so it is for what
// people want gone, not for every delete.
func (db *DB) Scrub(ctx context.Context, did identity.DID, keys ...Key) error {
	ranges := []Range{Prefix(NewKey(FamilyRecord).DID(did)), Prefix(NewKey(FamilyWaiting).DID(did))}
	db.writer <- struct{}{}
	ranges = append(ranges, db.erased...)
	<-db.writer
	for _, k := range keys {
		ranges = append(ranges, Prefix(k))
	}
	return db.scrub(ctx, ranges)
}

func (db *DB) scrub(ctx context.Context, ranges []Range) error {
	return db.e.Shred(ctx, ranges, func() error {
		return db.Update(ctx, func(b *Batch) error { b.Set(metaKey("scrubbed"), nil); return nil })
	})
}

// NewestUnder is the highest rev among the records under a path for which counts
// answers true, "" if there is none.
func NewestUnder(r Reader, did identity.DID, path record.Path, counts func(*Stored) bool) (rev syntax.TID, since *Stored, err error) {
	state, err := Records(r, did, path)
	if errors.Is(err, ErrNotFound) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	for i := range state {
		if s := &state[i]; counts(s) && s.Bundle.Rev > rev {
			rev, since = s.Bundle.Rev, s
		}
	}
	return rev, since, nil
}
