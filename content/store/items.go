package store

import (
	"bytes"
	"errors"

	"metanet/content/negentropy"
	"metanet/content/record"

	"github.com/ipfs/go-cid"
)

// ItemShards is into how many sets the records that peers are given are divided, by
// their authors' identity.DID.Shard.
const ItemShards = 16

// itemChange is one record that has come into the set that peers are given, or left it.
type itemChange struct {
	shard byte
	at    spot
	path  []byte // the record's key without its tag
	gone  bool
}

// itemChanges is what a change of a path does to the set: all its records are in it
// but those that are buried, which bury has marked.
func itemChanges(key Key, before, after []Stored) (changes []itemChange) {
	each := func(state, other []Stored, gone bool) {
		for i := range state {
			if b := state[i].Bundle; !state[i].Buried && !serves(other, b.ID) {
				changes = append(changes, itemChange{byte(b.DID.Shard(ItemShards)), spotOf(ItemOf(b)), key[1:], gone})
			}
		}
	}
	each(before, after, true)
	each(after, before, false)
	return changes
}

func serves(state []Stored, id cid.Cid) bool {
	for i := range state {
		if !state[i].Buried && state[i].Bundle.ID.Equals(id) {
			return true
		}
	}
	return false
}

// ItemOf is the place of a record among all: the time of its rev, in microseconds,
// and the digest of its id.
func ItemOf(b *record.Bundle) negentropy.Item {
	return negentropy.Item{Time: b.Rev.Integer() >> 10, ID: digestOf(b.ID)}
}

func itemKey(shard byte, at spot) Key { return NewKey(FamilyItem).Byte(shard).Rest(at[:]) }

// Items is the records of one shard that peers are given, as a set to compare.
type Items struct {
	R     Reader
	Shard int
}

// Scan is negentropy.Set's.
func (s Items) Scan(lo, hi negentropy.Item, fn func(negentropy.Item) bool) error {
	return s.scan(spotOf(lo), spotOf(hi), func(at spot, _ []byte) (bool, error) { return fn(at.item()), nil })
}

func (s Items) scan(lo, hi spot, fn func(at spot, path []byte) (bool, error)) error {
	if bytes.Compare(lo[:], hi[:]) >= 0 {
		return nil
	}
	shard := byte(s.Shard)
	return s.R.Scan(Range{Start: itemKey(shard, lo), End: itemKey(shard, hi)}, Forward, 0, func(key, path []byte) (bool, error) {
		return fn(spot(key[2:]), path)
	})
}

// Bundles calls fn with the records in [lo, hi) whose ids wanted answers true for, in
// order, until fn answers an error, which Bundles answers.
func (s Items) Bundles(lo, hi negentropy.Item, wanted func(negentropy.ID) (bool, error), fn func(negentropy.Item, *record.Bundle) error) error {
	return s.scan(spotOf(lo), spotOf(hi), func(at spot, path []byte) (bool, error) {
		item := at.item()
		if ok, err := wanted(item.ID); err != nil || !ok {
			return err == nil, err
		}
		state, err := readState(s.R, append(NewKey(FamilyRecord), path...))
		if errors.Is(err, ErrNotFound) {
			return true, nil // gone meanwhile, where R is no snapshot
		}
		if err != nil {
			return false, err
		}
		for i := range state {
			if b := state[i].Bundle; digestOf(b.ID) == [32]byte(item.ID) {
				return true, fn(item, b)
			}
		}
		return true, nil
	})
}

// ensureItems makes the items of a database that an older program wrote.
func (db *DB) ensureItems() error {
	done, err := db.Rebuilt(FamilyItem)
	if done || err != nil {
		return err
	}
	db.opts.Logger.Info("the store is being prepared for comparing with peers, once")
	db.writer <- struct{}{}
	defer func() { <-db.writer }()
	if err := db.removeFamilies(FamilyItem, FamilySum+1); err != nil {
		return err
	}
	all := Prefix(NewKey(FamilyRecord))
	for r, done := all, false; !done; {
		err := db.writeHeld(func(b *Batch) error {
			var items []itemChange
			var last []byte
			err := b.Scan(r, Forward, rebuildBatch, func(key, value []byte) (bool, error) {
				last = bytes.Clone(key)
				state, err := decodeState(bytes.Clone(value))
				if err != nil {
					return false, err
				}
				bury(state)
				items = append(items, itemChanges(last, nil, state)...)
				return true, nil
			})
			if err != nil {
				return err
			}
			if done = last == nil; done {
				b.Delete(rebuildMark(FamilyItem))
				return nil
			}
			r = all.After(last)
			return changeItems(b, items)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
