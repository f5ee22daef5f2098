package chain

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"metanet/identity"
)

// draft collects the changes of some blocks in memory, to be written at
// once. It reads its own writes.
type draft struct {
	store   StateStore
	cursor  cursor
	changes map[string][]byte // nil: deleted
	touched map[string]bool   // subjects of all blocks
	silent  bool              // the feed is left alone

	// Of the block under way:
	undo map[string]undoEntry // nil: not journalled
	here map[string]bool
}

func newDraft(s StateStore, c cursor) *draft {
	return &draft{store: s, cursor: c, changes: map[string][]byte{}, touched: map[string]bool{}, here: map[string]bool{}}
}

// Get implements reader.
func (d *draft) Get(key []byte) ([]byte, bool, error) {
	if v, changed := d.changes[string(key)]; changed {
		return v, v != nil, nil
	}
	return d.store.Get(key)
}

// put writes an entry, remembering in the journal what was there.
func (d *draft) put(key []byte, entry any) error { return d.set(key, encode(entry)) }

func (d *draft) set(key, value []byte) error {
	if _, done := d.undo[string(key)]; d.undo != nil && !done {
		old, existed, err := d.Get(key)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrState, err)
		}
		d.undo[string(key)] = undoEntry{Key: bytes.Clone(key), Existed: existed, Value: bytes.Clone(old)}
	}
	d.changes[string(key)] = value
	return nil
}

// raw writes past the journal.
func (d *draft) raw(key, value []byte) { d.changes[string(key)] = value }

// touch notes that a subject changed.
func (d *draft) touch(s subject) {
	d.here[string(s)] = true
	d.touched[string(s)] = true
}

// begin starts a block whose changes can be undone.
func (d *draft) begin() {
	d.undo = map[string]undoEntry{}
	clear(d.here)
}

// end closes a journalled block: its entry is what rollback needs.
func (d *draft) end(b Block) {
	e := blockEntry{Hash: b.Hash, Time: b.Time}
	for _, k := range slices.Sorted(maps.Keys(d.undo)) {
		e.Undo = append(e.Undo, d.undo[k])
	}
	for _, s := range slices.Sorted(maps.Keys(d.here)) {
		e.Touched = append(e.Touched, []byte(s))
	}
	d.undo = nil
	d.raw(blockKey(b.Number), encode(e))
	d.cursor.Number, d.cursor.Hash, d.cursor.Time = b.Number, b.Hash, b.Time
}

// settle closes blocks that were not journalled: b becomes the floor.
func (d *draft) settle(b Block) {
	d.raw(blockKey(b.Number), encode(blockEntry{Hash: b.Hash, Time: b.Time}))
	d.cursor.Number, d.cursor.Hash, d.cursor.Time = b.Number, b.Hash, b.Time
	d.cursor.Floor = b.Number
}

// rewind undoes the cursor's block; parent is the one below.
func (d *draft) rewind(e blockEntry, parent Block) {
	for _, u := range e.Undo {
		if u.Existed {
			d.raw(u.Key, u.Value)
		} else {
			d.raw(u.Key, nil)
		}
	}
	for _, s := range e.Touched {
		d.touch(s)
	}
	d.raw(blockKey(d.cursor.Number), nil)
	d.cursor.Number, d.cursor.Hash, d.cursor.Time = parent.Number, parent.Hash, parent.Time
}

// commit gives the touched subjects their new places in the feed and writes
// everything, the cursor included, at once.
func (d *draft) commit() error {
	for _, s := range slices.Sorted(maps.Keys(d.touched)) {
		if d.silent {
			break
		}
		if err := d.refeed(subject(s)); err != nil {
			return err
		}
	}
	d.raw(cursorFamily.key(), encode(d.cursor))
	puts, deletes := d.changes, [][]byte(nil)
	for k, v := range puts {
		if v == nil {
			deletes = append(deletes, []byte(k))
			delete(puts, k)
		}
	}
	return d.store.Apply(puts, deletes)
}

// refeed moves a subject to the feed's end. Sequence numbers never go back, not
// even when blocks are undone: whoever follows the feed must see that, too.
func (d *draft) refeed(s subject) error {
	place := seqFamily.key(s)
	old, found, err := load[uint64](d, place)
	if err != nil {
		return err
	}
	if found {
		d.raw(feedFamily.key(be64(old)), nil)
	}
	d.cursor.Seq++
	d.raw(feedFamily.key(be64(d.cursor.Seq)), s)
	d.raw(place, encode(d.cursor.Seq))
	return nil
}

// subject is an identity or a server, as the feed names it.
type subject []byte

const (
	identitySubject = 'i'
	serverSubject   = 's'
)

func subjectOfIdentity(a identity.Address) subject { return append(subject{identitySubject}, a[:]...) }
func subjectOfServer(id uint64) subject            { return append(subject{serverSubject}, be64(id)...) }

// next checks a counter that the contract raises by one per event: a hole means
// that the RPC kept an event back.
func next[N cmp.Ordered](what string, got, want N) error {
	if got != want {
		return fmt.Errorf("%w: %s is %v, expected %v", ErrWithheld, what, got, want)
	}
	return nil
}
