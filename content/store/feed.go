package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"metanet/content/record"
	"metanet/identity"
)

func feedKey(seq uint64) Key { return NewKey(FamilyFeed).Uint(seq) }

func (c *committer) feed(p *pathChange, seq uint64) {
	c.b.Set(feedKey(seq), p.key[1:])
}

// MaxFeed bounds one page of the feed.
const MaxFeed = 1024

// LastSeq is the last sequence number whose record is durable.
func (db *DB) LastSeq() uint64 { return db.synced.Load() }

// Feed is the records stored after sequence number after, oldest first, durable
// ones only, hidden ones and tombstones included (each says its Standing, and
// whether it is Buried: what is deleted is not passed on). A
// record that was replaced is gone from it: a reader sees every record that is
// still there, at most once for each time that it changed, with gaps.
func (db *DB) Feed(after uint64, limit int) (page []Stored, err error) {
	err = db.feed(after, limit, func(seq uint64, state []Stored) error {
		i := slices.IndexFunc(state, func(s Stored) bool { return s.Seq == seq })
		if i < 0 {
			return fmt.Errorf("%w: feed entry %d has no record", ErrCorrupt, seq)
		}
		bury(state)
		page = append(page, state[i])
		return nil
	})
	return page, err
}

// Sight is what people see at a path by now. Record is nil if there is nothing.
type Sight struct {
	Seq    uint64 // of the change that names the path
	DID    identity.DID
	Path   record.Path
	Record *Stored
}

// Sights is the feed read for what people see where something changed, each time as
// it is now, instead of for what was stored.
func (db *DB) Sights(after uint64, limit int) (page []Sight, err error) {
	err = db.feed(after, limit, func(seq uint64, state []Stored) error {
		at := state[0].Bundle // all have one path
		page = append(page, Sight{seq, at.DID, at.Path, visible(state)})
		return nil
	})
	return page, err
}

// feed goes through durable changes after a sequence number, each with all that is
// kept at its path.
func (db *DB) feed(after uint64, limit int, each func(seq uint64, state []Stored) error) error {
	end := db.synced.Load() // before the snapshot, so that it has all of them
	if after >= end {
		return nil
	}
	if limit <= 0 || limit > MaxFeed {
		limit = MaxFeed
	}
	snap, err := db.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	return snap.Scan(Range{Start: feedKey(after + 1), End: feedKey(end + 1)}, Forward, limit, func(key, value []byte) (bool, error) {
		seq := ReadKey(FamilyFeed, key).Uint()
		state, err := readState(snap, append(NewKey(FamilyRecord), value...))
		if err != nil {
			return false, fmt.Errorf("%w: feed entry %d: %w", ErrCorrupt, seq, err)
		}
		return true, each(seq, state)
	})
}

// Cursor is how far the named reader of the feed has come, 0 if it never began.
func (db *DB) Cursor(name string) (uint64, error) {
	return readUint(db, NewKey(FamilyCursor).Text(name))
}

// SetCursor notes (Note) how far the named reader has come: after a crash it may
// read the last ones again.
func (db *DB) SetCursor(ctx context.Context, name string, seq uint64) error {
	return db.Note(ctx, func(b *Batch) error {
		SetCursor(b, name, seq)
		return nil
	})
}

// SetCursor notes it within a batch that also holds what the reader made of the
// feed, so that each entry counts exactly once.
func SetCursor(b *Batch, name string, seq uint64) {
	b.Set(NewKey(FamilyCursor).Text(name), NewKey(0)[:0].Uint(seq))
}

// watchers are woken when the feed has grown.
type watchers struct {
	mu     sync.Mutex
	set    map[chan struct{}]struct{}
	closed bool
}

// Watch tells when the feed may have grown. A wake-up is never lost: whoever
// reads the feed to its end and then waits is woken by whatever comes after. It
// may be early, and several may be one. The channel is closed by stop or when the
// database closes.
func (db *DB) Watch() (wake <-chan struct{}, stop func()) {
	w := &db.watchers
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	if w.set == nil {
		w.set = make(map[chan struct{}]struct{})
	}
	w.set[ch] = struct{}{}
	return ch, func() { w.remove(ch) }
}

func (w *watchers) remove(ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.set[ch]; ok {
		delete(w.set, ch)
		close(ch)
	}
}

func (w *watchers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.set {
		select {
		case ch <- struct{}{}:
		default: // a wake-up waits there already
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.set {
		close(ch)
	}
	w.set, w.closed = nil, true
}

// publish makes the feed end at seq, which is durable now.
func (db *DB) publish(seq uint64) {
	for {
		was := db.synced.Load()
		if seq <= was {
			return
		}
		if db.synced.CompareAndSwap(was, seq) {
			db.watchers.wake()
			return
		}
	}
}

// Authors calls fn for every identity that has records, in order.
func Authors(r Reader, fn func(identity.DID) error) error {
	all := Prefix(NewKey(FamilyRecord))
	for found := true; found; {
		found = false
		err := r.Scan(all, Forward, 1, func(key, _ []byte) (bool, error) {
			k := ReadKey(FamilyRecord, key)
			did := k.DID()
			found, all.Start = true, NewKey(FamilyRecord).DID(did).Next()
			return false, fn(did)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
