package view

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// View is the rules of one view.
type View struct {
	// Name is the view's for ever, lower-case letters.
	Name string
	// Version is raised when Derive begins to give other entries for the same
	// record; it begins at 1.
	Version uint64
	// Families are those that the view alone writes.
	Families []store.Family
	// Derive is what a visible record gives. It depends on nothing else, and bounds
	// how many entries one record has: whoever writes records is a stranger.
	Derive func(v *store.Visible) []Entry
}

// Entry is one entry of a view. Two entries of different records have different keys.
type Entry struct {
	Key   store.Key
	Value []byte
}

// progress is what is kept under the view's name: version and cursor.
type progress struct {
	version uint64 // 0 while the view is being dropped
	cursor  uint64 // the feed has been read up to here
}

func progressKey(name string) store.Key { return store.NewKey(store.FamilyView).Text(name) }

func (p progress) write(b *store.Batch, name string) {
	b.Set(progressKey(name), store.NewKey(0)[:0].Uint(p.version).Uint(p.cursor))
}

func readProgress(r store.Reader, name string) (p progress, err error) {
	b, err := r.Get(progressKey(name))
	if errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	k := store.ReadParts(b)
	p.version, p.cursor = k.Uint(), k.Uint()
	if k.End() != nil {
		return p, fmt.Errorf("%w: progress of %s", ErrCorrupt, name)
	}
	return p, nil
}

// entriesKey is where the keys of a path's entries are kept.
func (v *View) entriesKey(did identity.DID, path record.Path) store.Key {
	return store.NewKey(store.FamilyViewEntries).Text(v.Name).DID(did).Path(path)
}

// change is what one path's entries become.
type change struct {
	at     store.Key // where their keys are kept
	remove [][]byte
	add    []Entry
}

// changeOf is what the entries of a path become where people see that record, or
// nothing if it is nil.
func (v *View) changeOf(r store.Reader, did identity.DID, path record.Path, seen *store.Visible) (c change, err error) {
	c.at = v.entriesKey(did, path)
	switch kept, err := r.Get(c.at); {
	case err == nil:
		if c.remove, err = v.decodeKeys(kept); err != nil {
			return c, err
		}
	case !errors.Is(err, store.ErrNotFound):
		return c, err
	}
	if seen != nil {
		c.add = v.entries(seen)
	}
	return c, nil
}

// see is a record as views look at it, nil if there is none.
func see(s *store.Stored) *store.Visible {
	if s == nil {
		return nil
	}
	return &store.Visible{Stored: *s, Refs: record.Inspect(s.Bundle.Value)}
}

// entries is what a visible record gives, in order, each key once.
func (v *View) entries(r *store.Visible) []Entry {
	all := v.Derive(r)
	slices.SortFunc(all, func(x, y Entry) int { return bytes.Compare(x.Key, y.Key) })
	return slices.CompactFunc(all, func(x, y Entry) bool { return bytes.Equal(x.Key, y.Key) })
}

// empty says that there was nothing and is nothing, as with most records and
// most views.
func (c *change) empty() bool { return len(c.remove) == 0 && len(c.add) == 0 }

func (c *change) write(b *store.Batch) {
	if c.empty() {
		return
	}
	for _, key := range c.remove {
		b.Delete(key)
	}
	for _, e := range c.add {
		b.Set(e.Key, e.Value)
	}
	if len(c.add) > 0 {
		b.Set(c.at, encodeKeys(c.add))
	} else {
		b.Delete(c.at)
	}
}

// The keys of a path's entries are kept in order, each as what it shares with the
// one before and what follows: they differ in little.
func encodeKeys(entries []Entry) []byte {
	var b, before []byte
	for _, e := range entries {
		n := shared(before, e.Key)
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, uint64(len(e.Key)-n))
		b = append(b, e.Key[n:]...)
		before = e.Key
	}
	return b
}

func shared(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// decodeKeys reads what encodeKeys wrote, and no key that is not the view's.
func (v *View) decodeKeys(b []byte) (keys [][]byte, err error) {
	var before []byte
	for len(b) > 0 {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(before)) {
			return nil, fmt.Errorf("%w: keys of %s", ErrCorrupt, v.Name)
		}
		size, x := binary.Uvarint(b[w:])
		b = b[min(len(b), w+max(x, 0)):]
		if x <= 0 || size > uint64(len(b)) {
			return nil, fmt.Errorf("%w: keys of %s", ErrCorrupt, v.Name)
		}
		key := append(bytes.Clone(before[:n]), b[:size]...)
		if len(key) == 0 || !slices.Contains(v.Families, store.Family(key[0])) {
			return nil, fmt.Errorf("%w: %s has a key of another's: %x", ErrCorrupt, v.Name, key)
		}
		keys, before, b = append(keys, key), key, b[size:]
	}
	return keys, nil
}

// State is how a view fares.
type State struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Cursor  uint64 `json:"cursor"` // the change up to which its entries are made
	Behind  uint64 `json:"behind"` // changes that it has still to look at
}
