package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"metanet/content/record"
)

// Fault is one thing that is wrong with what is stored.
type Fault struct {
	Where string // the entry: its family and the parts of its key
	What  string
}

// Checking is what Check needs.
type Checking struct {
	// Verify judges a record that was accepted once: its signature.
	Verify func(*record.Bundle) error
	// Scratch is an empty database with the same appliers attached. What should
	// be derived is made there, to compare.
	Scratch *DB
	// Derived are the families that the appliers derive from visible records and
	// from nothing else. The store's own are compared anyway.
	Derived []Family
	// Report is told each fault, Progress, unless nil, how many entries were read.
	Report   func(Fault)
	Progress func(entries uint64)
}

// Check reads every entry and holds it against what it stands for: keys against
// their layout, records against their hashes, signatures and places, and all that
// is derived against what the records give when applied anew. It writes nothing
// here. Faults are reported, not answered; an error is of the check itself.
//
// What belongs to another package is only read as keys here: blobs check
// themselves (content/blob), spaces are known to their owners alone.
func (db *DB) Check(ctx context.Context, c Checking) error {
	snap, err := db.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	k := &checker{Checking: c, ctx: ctx, r: snap, seq: db.seq}
	for _, l := range Layouts() {
		k.layouts[l.Family] = &l
	}
	for tag := range len(k.layouts) {
		if err := k.family(Family(tag)); err != nil {
			return err
		}
	}
	if err := k.expect(); err != nil {
		return err
	}
	for _, f := range append([]Family{FamilyFeed, FamilyValue, FamilyItem, FamilySum}, c.Derived...) {
		if err := k.compare(f); err != nil {
			return err
		}
	}
	return nil
}

// Describe says in words what a key is of, for people.
func Describe(key []byte) string {
	l, parts, err := DecodeKey(key)
	if err != nil {
		return fmt.Sprintf("key %x", key)
	}
	return l.describe(parts)
}

func (l *Layout) describe(parts []any) string {
	words := []string{l.Name}
	for i, p := range parts {
		switch p := p.(type) {
		case [32]byte, []byte:
			words = append(words, fmt.Sprintf("%s=%x", l.Parts[i].Name, p))
		default:
			words = append(words, fmt.Sprintf("%s=%v", l.Parts[i].Name, p))
		}
	}
	return strings.Join(words, " ")
}

type checker struct {
	Checking
	ctx     context.Context
	r       *Snapshot
	seq     uint64
	layouts [256]*Layout
	entries uint64
	pending []pathState // to be applied in the scratch database
}

type pathState struct {
	key   Key
	state []Stored
}

func (k *checker) fault(key []byte, format string, args ...any) {
	k.Report(Fault{Describe(key), fmt.Sprintf(format, args...)})
}

// step counts an entry and answers the check's own end.
func (k *checker) step() error {
	if k.entries++; k.entries%rebuildBatch != 0 {
		return nil
	}
	if k.Progress != nil {
		k.Progress(k.entries)
	}
	return context.Cause(k.ctx)
}

// family reads all keys of one tag. What the engine cannot read is a fault of that
// family; the others are read all the same.
func (k *checker) family(f Family) error {
	l := k.layouts[f]
	var own error
	err := k.r.Scan(Range{Start: Key{byte(f)}, End: Key{byte(f)}.Next()}, Forward, 0, func(key, value []byte) (bool, error) {
		if own = k.step(); own != nil {
			return false, nil
		}
		if l == nil {
			k.fault(key, "no such family of keys")
			return true, nil
		}
		if _, err := l.decode(key); err != nil {
			k.fault(key, "not a key of %s", l.Name)
			return true, nil
		}
		own = k.entry(f, key, value)
		return own == nil, nil
	})
	if own == nil && err != nil && l != nil {
		k.Report(Fault{l.Name, fmt.Sprintf("cannot be read to its end: %v", err)})
		return nil
	}
	return errors.Join(own, err)
}

func (k *checker) entry(f Family, key, value []byte) error {
	switch f {
	case FamilyRecord:
		return k.record(key, value)
	case FamilyWaiting:
		k.waiting(key, value)
	case FamilyWaitingDue, FamilyWaitingAge:
		k.waitingOrder(f, key)
	case FamilyCursor:
		if v := ReadParts(value); v.Uint() > k.seq || v.End() != nil {
			k.fault(key, "beyond the end of the feed, %d", k.seq)
		}
	}
	return nil
}

// record checks a path's state and keeps it for the scratch database.
func (k *checker) record(key, value []byte) error {
	state, err := decodeState(bytes.Clone(value))
	if err != nil {
		k.fault(key, "%v", err)
		return nil
	}
	for i, s := range state {
		switch b := s.Bundle; {
		case !bytes.Equal(recordKey(b.DID, b.Path), key):
			k.fault(key, "holds the record %s of %s/%s", b.ID, b.DID, b.Path)
			return nil
		case i > 0 && bytes.Compare(state[i-1].Bundle.Key[:], b.Key[:]) >= 0:
			k.fault(key, "its records are not in order")
		case s.Seq == 0 || s.Seq > k.seq:
			k.fault(key, "record %s has sequence number %d, the last one given out is %d", b.ID, s.Seq, k.seq)
		default:
			if err := k.Verify(b); err != nil {
				k.fault(key, "record %s: %v", b.ID, err)
			}
		}
	}
	k.pending = append(k.pending, pathState{bytes.Clone(key), state})
	if len(k.pending) < rebuildBatch {
		return nil
	}
	return k.expect()
}

// expect makes what the pending paths derive in the scratch database.
func (k *checker) expect() error {
	err := k.Scratch.Update(k.ctx, func(b *Batch) error {
		var items []itemChange
		for _, p := range k.pending {
			bury(p.state)
			items = append(items, itemChanges(p.key, nil, p.state)...)
			for _, s := range p.state {
				b.Set(feedKey(s.Seq), p.key[1:])
			}
			if v := visible(p.state); v != nil {
				b.Set(valueKey(&v.Bundle.Envelope), nil)
			}
			for _, a := range k.Scratch.appliers {
				if err := applyVisible(b, a, p.state); err != nil {
					return err
				}
			}
		}
		return changeItems(b, items)
	})
	k.pending = nil
	return err
}

// compare holds what is there of a family against what should be.
func (k *checker) compare(f Family) error {
	if k.layouts[f] == nil {
		return nil // its keys were told already
	}
	all := Range{Start: Key{byte(f)}, End: Key{byte(f)}.Next()}
	should, is := &pager{r: k.Scratch, rest: all}, &pager{r: k.r, rest: all}
	for {
		a, err := should.peek()
		if err != nil {
			return err
		}
		b, err := is.peek()
		if err != nil {
			k.Report(Fault{k.layouts[f].Name, fmt.Sprintf("cannot be read to its end: %v", err)})
			return nil
		}
		if err := k.step(); err != nil || a == nil && b == nil {
			return err
		}
		switch c := order(a, b); {
		case c < 0:
			k.fault(a.key, "is missing")
			should.next()
		case c > 0:
			k.fault(b.key, "stands for no record")
			is.next()
		default:
			if !bytes.Equal(a.value, b.value) {
				k.fault(b.key, "is %x, should be %x", b.value, a.value)
			}
			should.next()
			is.next()
		}
	}
}

// order compares two entries, of which nil is the last.
func order(a, b *entry) int {
	switch {
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return bytes.Compare(a.key, b.key)
	}
}

type entry struct{ key, value []byte }

// pager reads a range a page at a time.
type pager struct {
	r    Reader
	rest Range
	page []entry
	end  bool
}

func (p *pager) peek() (*entry, error) {
	if len(p.page) == 0 && !p.end {
		err := p.r.Scan(p.rest, Forward, rebuildBatch, func(key, value []byte) (bool, error) {
			p.page = append(p.page, entry{bytes.Clone(key), bytes.Clone(value)})
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		if p.end = len(p.page) < rebuildBatch; !p.end {
			p.rest = p.rest.After(p.page[len(p.page)-1].key)
		}
	}
	if len(p.page) == 0 {
		return nil, nil
	}
	return &p.page[0], nil
}

func (p *pager) next() { p.page = p.page[1:] }

func (k *checker) waiting(key, value []byte) {
	w, err := decodeWaiter(key, value)
	if err != nil {
		k.fault(key, "%v", err)
		return
	}
	if b, err := record.Decode(w.bundle); err != nil {
		k.fault(key, "%v", err)
	} else if b.DID != w.did || digestOf(b.ID) != w.id {
		k.fault(key, "holds the record %s of %s", b.ID, b.DID)
	}
	for _, other := range []Key{w.dueKey(), w.ageKey()} {
		if _, err := k.r.Get(other); err != nil {
			k.fault(other, "is missing")
		}
	}
}

func (k *checker) waitingOrder(f Family, key []byte) {
	p := ReadKey(f, key)
	at, did, id := p.Time(), p.DID(), p.Digest()
	value, err := k.r.Get(waitingKey(did, id))
	if err != nil {
		k.fault(key, "stands for no waiting record")
		return
	}
	v := ReadParts(value)
	due, received := v.Time(), v.Time()
	if f == FamilyWaitingDue && !due.Equal(at) || f == FamilyWaitingAge && !received.Equal(at) {
		k.fault(key, "is of another time than the waiting record")
	}
}
