package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Space is a key space of its own for one package's small state: the chain's
// view, sessions, keys. Its owner needs to know nothing of the rest, and sees it
// through an interface of its own; so that types of the standard library are
// enough for that, methods take no context: they touch only the local disk.
type Space struct {
	db     *DB
	prefix Key
}

// MaxSpaceKey bounds a key within a space, in bytes.
const MaxSpaceKey = 1024

// Space is the space of that name. The same name is the same space for ever; it
// is a constant of the program, lower-case letters.
func (db *DB) Space(name string) *Space {
	return &Space{db, NewKey(FamilySpace).Text(name)}
}

func (s *Space) key(k []byte) Key { return append(bytes.Clone(s.prefix), k...) }

// Get answers the value of key and whether there is one.
func (s *Space) Get(key []byte) (value []byte, found bool, err error) { return s.get(s.db, key) }

func (s *Space) get(r Reader, key []byte) ([]byte, bool, error) {
	value, err := r.Get(s.key(key))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// Scan calls fn for each key that prefix begins, in order, until fn answers an
// error, which Scan answers. The bytes are valid only until fn returns.
func (s *Space) Scan(prefix []byte, fn func(key, value []byte) error) error {
	return s.scan(s.db, prefix, fn)
}

func (s *Space) scan(r Reader, prefix []byte, fn func(key, value []byte) error) error {
	return r.Scan(Prefix(s.key(prefix)), Forward, 0, func(key, value []byte) (bool, error) {
		return true, fn(key[len(s.prefix):], value)
	})
}

// ScanRange calls fn for each key in [start, end), in order, until fn answers
// false or an error, which ScanRange answers. A nil end is the end of the space.
func (s *Space) ScanRange(start, end []byte, fn func(key, value []byte) (more bool, err error)) error {
	r := Range{Start: s.key(start), End: s.prefix.Next()}
	if end != nil {
		r.End = s.key(end)
	}
	return s.db.Scan(r, Forward, 0, func(key, value []byte) (bool, error) {
		return fn(key[len(s.prefix):], value)
	})
}

// Put writes one key durably.
func (s *Space) Put(key, value []byte) error {
	return s.Update(func(b *SpaceBatch) error { return b.Put(key, value) })
}

// Delete removes one key durably.
func (s *Space) Delete(key []byte) error {
	return s.Update(func(b *SpaceBatch) error { return b.Delete(key) })
}

// Apply puts and deletes in one atomic, durable step.
func (s *Space) Apply(puts map[string][]byte, deletes [][]byte) error {
	return s.Update(func(b *SpaceBatch) error {
		for _, key := range deletes {
			if err := b.Delete(key); err != nil {
				return err
			}
		}
		for key, value := range puts {
			if err := b.Put([]byte(key), value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Shred notes that what keys with this prefix held must leave the files, too
// (DB.ShredDue); it is for what people have deleted.
func (s *Space) Shred(prefix []byte) error {
	return s.db.Reclaim(context.Background(), func(b *Batch) error { b.Shred(s.key(prefix)); return nil })
}

// Update runs fn on a batch of this space and commits it, atomically and
// durably. fn sees its own writes, and no other update runs meanwhile.
func (s *Space) Update(fn func(*SpaceBatch) error) error {
	return s.db.Update(context.Background(), func(b *Batch) error { return fn(&SpaceBatch{s, b}) })
}

// SpaceBatch is a batch of writes to one space.
type SpaceBatch struct {
	s *Space
	b *Batch
}

// Get answers the value of key and whether there is one.
func (b *SpaceBatch) Get(key []byte) (value []byte, found bool, err error) {
	return b.s.get(b.b, key)
}

// Scan is the space's, over what the batch has written, too.
func (b *SpaceBatch) Scan(prefix []byte, fn func(key, value []byte) error) error {
	return b.s.scan(b.b, prefix, fn)
}

// Put writes value under key.
func (b *SpaceBatch) Put(key, value []byte) error {
	if len(key) > MaxSpaceKey {
		return fmt.Errorf("%w: %d bytes", ErrInvalidKey, len(key))
	}
	b.b.Set(b.s.key(key), bytes.Clone(value))
	return nil
}

// Delete removes key, if it is there.
func (b *SpaceBatch) Delete(key []byte) error {
	b.b.Delete(b.s.key(key))
	return nil
}

// In is the space as part of a larger batch.
func (s *Space) In(b *Batch) *SpaceBatch { return &SpaceBatch{s, b} }
