package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// A resync follows the chain anew into the store's other copy of the projection,
// while the one that there is goes on being served. Once the new one has come to
// the head, both change places in one write. Then the two are compared: the
// subjects in which they differ enter the feed, so that those who follow it see
// just what changed. At last the old copy is deleted. The stage is stored with each
// step, so that a crash anywhere goes on where it was.
//
// It is what happens after a reorganisation deeper than what is kept, and after
// the RPC is found to have withheld an event.

// The stages of a resync, as stored in meta.
const (
	stageNone      = 0
	stageBuilding  = 1 // the other copy is being built
	stageComparing = 2 // the other copy is the old one, compared up to Next
	stageClearing  = 3 // the other copy is being deleted
)

const (
	// compareChunk is how many entries of each copy are compared at once.
	compareChunk = 5_000

	// withheldTries is how often a missing event is asked for again before it is
	// taken for one that was withheld earlier. It doubles with each resync that
	// ends the same way: an RPC that goes on lying is not asked for everything time
	// and again.
	withheldTries   = 4
	withheldDoubles = 6
)

// beginResync starts building the other copy.
func (f *Follower) beginResync(why string) error {
	for f.meta.Stage != stageNone { // left over from the last resync
		if _, err := f.maintain(); err != nil {
			return err
		}
	}
	f.log.Warn("following the chain anew; what is known is served meanwhile", "why", why, "block", f.cursor.Number)
	m := f.meta
	m.Stage, m.Why = stageBuilding, why
	return f.setMeta(m)
}

func (f *Follower) setMeta(m meta) error {
	if err := f.writeOne(metaFamily.key(), encode(m)); err != nil {
		return err
	}
	f.enter(m)
	return nil
}

// enter makes a stored stage the present one.
func (f *Follower) enter(m meta) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.meta = m
	f.status.Resync = ""
	if m.Stage == stageBuilding || m.Stage == stageComparing {
		f.status.Resync = m.Why
	}
}

// rebuild goes one step with the copy that is being built, and puts it in place
// once it is at the head.
func (f *Follower) rebuild(ctx context.Context) (more bool, err error) {
	if f.builder == nil {
		if f.builder, err = f.newBuilder(); err != nil {
			return false, err
		}
	}
	more, err = f.builder.step(ctx)
	status := f.builder.Status()
	f.mu.Lock()
	f.status.Head, f.status.Resynced = status.Head, status.Followed
	f.mu.Unlock()
	if errors.Is(err, ErrWithheld) {
		return false, errors.Join(err, f.builder.startOver())
	}
	if err != nil || more || f.builder.cursor.Number < status.Head.Number {
		return more, err
	}
	return true, f.takeOver()
}

// newBuilder is a follower into the other copy, that tells nobody.
func (f *Follower) newBuilder() (*Follower, error) {
	b := &Follower{
		client: f.client, contracts: f.contracts, raw: f.raw, store: f.meta.Slot.other().in(f.raw), config: f.config, log: f.log,
		projector: f.projector, window: newWindow(f.config.Window), cache: newKeyCache(), builds: true,
		advanced: make(chan struct{}), nudged: make(chan struct{}, 1),
	}
	var err error
	b.cursor, _, err = load[cursor](b.store, cursorFamily.key())
	return b, err
}

// startOver empties a builder's copy when it has met the same hole often enough.
func (f *Follower) startOver() error {
	f.withheld++
	if f.withheld < withheldTries<<min(f.restarts, withheldDoubles) {
		return nil
	}
	f.withheld = 0
	f.restarts++
	return f.clearAll()
}

// clearAll empties a builder's copy, to be built from its first block.
func (f *Follower) clearAll() error {
	for done := false; !done; {
		var err error
		if done, err = clearSome(f.store); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor, f.verified = cursor{}, false
	return nil
}

// takeOver serves the copy that was built. The sequence of the feed goes on.
func (f *Follower) takeOver() error {
	b := f.builder
	c := b.cursor
	c.Seq = f.cursor.Seq
	m := f.meta
	m.Slot, m.Stage, m.Next = m.Slot.other(), stageComparing, nil
	f.commit.Lock()
	err := b.store.Apply(map[string][]byte{
		string(cursorFamily.key()): encode(c),
		string(metaFamily.key()):   encode(m),
	}, nil)
	if err != nil {
		f.commit.Unlock()
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	f.store = b.store
	f.cache.clear()
	f.commit.Unlock()
	f.log.Info("followed anew, comparing with what was served before", "block", c.Number)
	f.setFinality(b.config.Finality)
	f.builder, f.window, f.final, f.withheld = nil, b.window, b.final, 0
	f.enter(m)
	f.moved(c)
	return nil
}

// maintain does a piece of what follows a resync and reports whether following can
// go on beside it.
func (f *Follower) maintain() (free bool, err error) {
	switch f.meta.Stage {
	case stageNone:
		return true, nil
	case stageComparing:
		return false, f.compareSome()
	case stageClearing:
		done, err := clearSome(f.meta.Slot.other().in(f.raw))
		if err != nil || !done {
			return true, err
		}
	}
	m := f.meta
	m.Stage, m.Why, m.Next = stageNone, "", nil
	return true, f.setMeta(m)
}

// compareSome compares a piece of the two copies, and has those subjects that
// differ take new places in the feed.
func (f *Follower) compareSome() error {
	d := f.draft()
	next, err := differences(f.store, f.meta.Slot.other().in(f.raw), f.meta.Next, d.touch)
	if err != nil {
		return err
	}
	m := f.meta
	if m.Next = next; next == nil {
		m.Stage = stageClearing
	}
	d.raw(metaFamily.key(), encode(m))
	if err := f.publish(d, true); err != nil {
		return err
	}
	f.enter(m)
	if next == nil {
		f.tell(Changes{All: true, Undone: true, Head: f.cursor.block(), Seq: f.cursor.Seq})
	}
	return nil
}

// differences calls touch for each subject of which the two copies say different
// things, within a bounded piece that begins at from, and answers where the next
// begins: nil at the end.
func differences(a, b StateStore, from []byte, touch func(subject)) (next []byte, err error) {
	start, end := projected[0].key(), prefixEnd(projected[1].key())
	if from != nil {
		start = from
	}
	of, nextA, err := piece(a, start, end)
	if err != nil {
		return nil, err
	}
	other, nextB, err := piece(b, start, end)
	if err != nil {
		return nil, err
	}
	if next = nextA; next == nil || nextB != nil && bytes.Compare(nextB, next) < 0 {
		next = nextB
	}
	within := func(key string) bool { return next == nil || key < string(next) }
	for k, v := range of {
		if w, both := other[k]; within(k) && (!both || v != w) {
			touch(subjectOf([]byte(k)))
		}
	}
	for k := range other {
		if _, both := of[k]; within(k) && !both {
			touch(subjectOf([]byte(k)))
		}
	}
	return next, nil
}

// piece reads some entries, and answers where the next begins.
func piece(s StateStore, start, end []byte) (entries map[string]string, next []byte, err error) {
	entries = make(map[string]string, compareChunk)
	err = s.ScanRange(start, end, func(k, v []byte) (bool, error) {
		if len(entries) == compareChunk {
			next = bytes.Clone(k)
			return false, nil
		}
		entries[string(k)] = string(v)
		return true, nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	return entries, next, nil
}

// subjectOf is whom an entry of the projection is about.
func subjectOf(key []byte) subject {
	if f := family(key[0]); f < serverFamily {
		return append(subject{identitySubject}, key[1:21]...)
	}
	return append(subject{serverSubject}, key[1:9]...)
}

// clearSome deletes a piece of a copy.
func clearSome(s StateStore) (done bool, err error) {
	for _, r := range [][2][]byte{
		{cursorFamily.key(), prefixEnd(cursorFamily.key())},
		{blockFamily.key(), prefixEnd(blockFamily.key())},
		{projected[0].key(), prefixEnd(projected[1].key())},
	} {
		if done, err := deleteSome(s, r[0], r[1]); err != nil || !done {
			return false, err
		}
	}
	return true, nil
}

func deleteSome(s StateStore, start, end []byte) (done bool, err error) {
	var keys [][]byte
	err = s.ScanRange(start, end, func(k, _ []byte) (bool, error) {
		keys = append(keys, bytes.Clone(k))
		return len(keys) < wipeChunk, nil
	})
	if err == nil && len(keys) > 0 {
		err = s.Apply(nil, keys)
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrState, err)
	}
	return len(keys) < wipeChunk, nil
}

// missed draws the conclusion from a hole in what the RPC told: another endpoint
// may tell it, or it was withheld from us earlier, and only a resync shows it.
func (f *Follower) missed(hole error) error {
	f.client.distrust(hole)
	if f.builder != nil {
		return nil // which counts for itself
	}
	if f.withheld++; f.withheld < withheldTries {
		return nil
	}
	f.withheld = 0
	return f.beginResync("an event was withheld: " + hole.Error())
}
