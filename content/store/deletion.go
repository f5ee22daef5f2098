package store

import (
	"bytes"
	"context"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// What a delete leaves behind goes in two steps, each with a durable list of its
// own, written in the batch that makes it necessary:
//
//   - values of other keys under a tombstone (FamilyBuried) go when the tombstone has
//     counted for as long as whoever calls EraseBuried says;
//   - bytes that the engine's files still hold after something was deleted
//     (FamilyShred) go when ShredDue writes those files anew.

// note lists what finish leaves to be done about a path that has changed.
func (c *committer) note(p *pathChange) {
	was, is := buriedKey(p, p.before), buriedKey(p, p.after)
	if was != nil && !bytes.Equal(was, is) {
		c.b.Delete(was)
	}
	if is != nil {
		c.b.Set(is, nil)
	}
	top := highest(p.after)
	if deleted := top != nil && top.Bundle.Deletes() || len(p.after) == 0; deleted && lost(p) {
		c.b.Shred(p.key)
	}
}

// buriedKey is a path's entry in the list, nil if it needs none. It follows from the
// state alone, so that every order of the same records leaves the same list.
func buriedKey(p *pathChange, state []Stored) Key {
	top := highest(state)
	if top == nil || !top.Bundle.Deletes() {
		return nil
	}
	buried, since := false, top.Received
	for i := range state {
		if s := &state[i]; isBuried(s, top) {
			buried = true
			if s.Received.After(since) {
				since = s.Received
			}
		}
	}
	if !buried {
		return nil
	}
	return NewKey(FamilyBuried).Time(since).DID(p.did).Path(p.path)
}

// isBuried: a value that lies under the tombstone top, and is not withheld for a
// reason of its own.
func isBuried(s, top *Stored) bool {
	return !s.Bundle.Deletes() && s.Standing != identity.Withheld && record.Compare(s.Bundle, top.Bundle) < 0
}

// lost says whether a value that was kept under a path is no more.
func lost(p *pathChange) bool {
	for i := range p.before {
		if p.before[i].Bundle.Deletes() {
			continue
		}
		kept := false
		for j := range p.after {
			kept = kept || p.after[j].Bundle.ID.Equals(p.before[i].Bundle.ID)
		}
		if !kept {
			return true
		}
	}
	return false
}

// buriedPage is how many paths one update of EraseBuried looks at.
const buriedPage = 256

// EraseBuried removes the values of other keys that lie under a tombstone since
// before a time: until then the tombstone may yet prove a thief's, and they come
// back. It works in batches; if it fails midway, calling it again finishes.
func (db *DB) EraseBuried(ctx context.Context, before time.Time) (erased int, err error) {
	due := Range{Start: NewKey(FamilyBuried), End: NewKey(FamilyBuried).Time(before)}
	for more := true; more; {
		n := 0
		err := db.Reclaim(ctx, func(b *Batch) error {
			var keys [][]byte
			err := b.Scan(due, Forward, buriedPage, func(key, _ []byte) (bool, error) {
				keys = append(keys, bytes.Clone(key))
				return true, nil
			})
			if err != nil {
				return err
			}
			c := newCommitter(db, b)
			for _, key := range keys {
				b.Delete(key)
				k := ReadKey(FamilyBuried, key)
				k.Time()
				one, err := c.eraseBuried(k.DID(), k.Path(), before)
				if err != nil {
					return err
				}
				n += one
			}
			more = len(keys) == buriedPage
			return c.finish()
		})
		if err != nil {
			return erased, err
		}
		erased += n
	}
	return erased, nil
}

func (c *committer) eraseBuried(did identity.DID, path record.Path, before time.Time) (n int, err error) {
	p, err := c.open(did, path)
	if err != nil {
		return 0, err
	}
	top := highest(p.after)
	if top == nil || !top.Bundle.Deletes() || !top.Received.Before(before) {
		return 0, nil // it counts no more, or is another: then the path has an entry of its own
	}
	var after []Stored
	for i := range p.after {
		s := &p.after[i]
		if isBuried(s, top) && s.Received.Before(before) {
			c.b.Delete(feedKey(s.Seq))
			p.dirty = true
			n++
			continue
		}
		after = append(after, *s)
	}
	p.after = after
	return n, nil
}

// Shred notes that what key held before this batch must leave the files, too; it is
// for what people have deleted. The batch itself deletes or replaces it.
func (b *Batch) Shred(key Key) { b.Set(NewKey(FamilyShred).Rest(key), nil) }

// shredPage bounds the keys of one ShredDue: each costs the rewriting of the tables
// around it.
const shredPage = 4096

// ShredDue makes what was noted by Shred leave the files: the engine's log is
// turned over without using old ones again, and the tables that held it are written
// anew. It answers for how many keys; if it fails midway, calling it again finishes.
func (db *DB) ShredDue(ctx context.Context) (int, error) {
	var notes []Key
	var ranges []Range
	err := db.Scan(Prefix(NewKey(FamilyShred)), Forward, shredPage, func(key, _ []byte) (bool, error) {
		notes = append(notes, bytes.Clone(key))
		ranges = append(ranges, Prefix(bytes.Clone(key[1:])))
		return true, nil
	})
	if err != nil || len(notes) == 0 {
		return 0, err
	}
	if err := db.scrub(ctx, ranges); err != nil {
		return 0, err
	}
	return len(notes), db.Reclaim(ctx, func(b *Batch) error {
		for _, key := range notes {
			b.Delete(key)
		}
		return nil
	})
}
