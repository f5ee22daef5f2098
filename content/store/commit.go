package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// Admission is a record that the door has verified and judged.
type Admission struct {
	Bundle   *record.Bundle
	Standing identity.Standing // Provisional, Proven or Unproven
	Local    bool              // written at this node
	Flags    Flags
	Received time.Time
}

// Outcome is what became of an Admission. Seq is its place in the feed if it was
// stored, or that of the same record stored before; 0 if it is superseded.
type Outcome struct {
	Status OutcomeStatus
	Seq    uint64
}

// Visible is the record that people see under a path, with what its value says.
type Visible struct {
	Stored
	Refs record.Refs
}

// Change is a path at which people see something else than before. Old is nil if
// there was nothing, New if there is nothing now.
type Change struct {
	DID      identity.DID
	Path     record.Path
	Old, New *Visible
	// Withheld: Old is still kept, and comes back when it is withheld no more.
	Withheld bool
}

// An Applier derives entries from what people see, within the batch that changes
// it. What it writes may depend on nothing but the visible records, so that
// applying the same ones in any order gives the same entries.
type Applier interface {
	Apply(b *Batch, c Change) error
}

// Attach adds an applier to all later commits.
func (db *DB) Attach(a Applier) {
	db.writer <- struct{}{}
	db.appliers = append(db.appliers, a)
	<-db.writer
}

// Commit merges many records in one atomic durable batch: records, feed and all
// that appliers derive. The outcomes are in the order of the admissions.
func (db *DB) Commit(ctx context.Context, admissions []Admission) ([]Outcome, error) {
	return db.CommitWith(ctx, admissions, nil)
}

// CommitWith is Commit; what else depends on the outcomes, also writes in the same
// batch. A nil one writes nothing.
func (db *DB) CommitWith(ctx context.Context, admissions []Admission, also func(*Batch, []Outcome) error) ([]Outcome, error) {
	for i := range admissions {
		if s := admissions[i].Standing; s == identity.NotYet || s > identity.Withheld {
			return nil, fmt.Errorf("%w: %s", ErrNotYet, admissions[i].Bundle.ID)
		}
	}
	var outcomes []Outcome
	err := db.Update(ctx, func(b *Batch) error {
		c := newCommitter(db, b)
		if err := c.openAll(admissions); err != nil {
			return err
		}
		outcomes = make([]Outcome, len(admissions))
		for i := range admissions {
			var err error
			if outcomes[i], err = c.admit(&admissions[i]); err != nil {
				return err
			}
		}
		if err := c.finish(); err != nil || also == nil {
			return err
		}
		return also(b, outcomes)
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// committer gathers the changes of one batch.
type committer struct {
	db    *DB
	b     *Batch
	seq   uint64
	paths map[string]*pathChange
	order []*pathChange // as first touched: the same input gives the same batch
	pool  *poolChange
}

// pathChange is one path within a committer.
type pathChange struct {
	did    identity.DID
	path   record.Path
	key    Key
	before []Stored
	after  []Stored
	dirty  bool
}

func newCommitter(db *DB, b *Batch) *committer {
	return &committer{db: db, b: b, seq: db.seq, paths: make(map[string]*pathChange), pool: db.pool.change(b)}
}

func recordKey(did identity.DID, path record.Path) Key {
	return NewKey(FamilyRecord).DID(did).Path(path)
}

func (c *committer) open(did identity.DID, path record.Path) (*pathChange, error) {
	key := recordKey(did, path)
	if p, ok := c.paths[string(key)]; ok {
		return p, nil
	}
	state, err := readState(c.b, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return c.add(&pathChange{did: did, path: path, key: key, before: state, after: state}), nil
}

// openAll opens the paths of all admissions with one question to the engine.
func (c *committer) openAll(admissions []Admission) error {
	var keys [][]byte
	for i := range admissions {
		b := admissions[i].Bundle
		key := recordKey(b.DID, b.Path)
		if _, ok := c.paths[string(key)]; !ok {
			c.add(&pathChange{did: b.DID, path: b.Path, key: key})
			keys = append(keys, key)
		}
	}
	return c.b.GetEach(keys, func(i int, value []byte) error {
		state, err := decodeState(bytes.Clone(value))
		p := c.paths[string(keys[i])]
		p.before, p.after = state, state
		return err
	})
}

func (c *committer) add(p *pathChange) *pathChange {
	c.paths[string(p.key)] = p
	c.order = append(c.order, p)
	return p
}

func (c *committer) admit(a *Admission) (Outcome, error) {
	p, err := c.open(a.Bundle.DID, a.Bundle.Path)
	if err != nil {
		return Outcome{}, err
	}
	if err := c.pool.remove(a.Bundle.DID, digestOf(a.Bundle.ID)); err != nil {
		return Outcome{}, err
	}
	in := Stored{Bundle: a.Bundle, Seq: c.seq + 1, Local: a.Local, Flags: a.Flags, Standing: a.Standing, Received: a.Received}
	after, status, replaced := merge(p.after, in)
	switch status {
	case OutcomeStored:
		c.seq++
		p.after, p.dirty = after, true
		c.feed(p, in.Seq)
		if replaced != nil {
			c.b.Delete(feedKey(replaced.Seq))
		}
		return Outcome{status, in.Seq}, nil
	case OutcomeDuplicate:
		return Outcome{status, c.seqOf(p, a.Bundle)}, nil
	default:
		return Outcome{Status: status}, nil
	}
}

func (c *committer) seqOf(p *pathChange, b *record.Bundle) uint64 {
	for _, s := range p.after {
		if s.Bundle.Key == b.Key {
			return s.Seq
		}
	}
	return 0
}

// finish writes the paths that changed and derives from what people see now.
func (c *committer) finish() error {
	for _, p := range c.order {
		c.unbury(p)
	}
	if c.seq != c.db.seq {
		c.b.Expect(metaKey(metaSeq), seqValue(c.db.seq)) // nobody else gives numbers out
		c.b.Set(metaKey(metaSeq), seqValue(c.seq))
		seq := c.seq
		c.b.OnApplied(func() { c.db.seq = seq })
	}
	var items []itemChange
	for _, p := range c.order {
		if !p.dirty {
			continue
		}
		items = append(items, itemChanges(p.key, p.before, p.after)...)
		if len(p.after) == 0 {
			c.b.Delete(p.key)
		} else {
			c.b.Set(p.key, encodeState(p.after))
		}
		c.note(p)
		if err := c.derive(p); err != nil {
			return err
		}
	}
	return changeItems(c.b, items)
}

// seqValue is the last sequence number as it is kept; none was given out before 1.
func seqValue(seq uint64) []byte {
	if seq == 0 {
		return nil
	}
	return NewKey(0)[:0].Uint(seq)
}

// unbury moves to the end of the feed what a tombstone has ceased to cover: readers
// that came by meanwhile were not shown it.
func (c *committer) unbury(p *pathChange) {
	if !p.dirty {
		return
	}
	bury(p.before)
	bury(p.after)
	for _, was := range p.before {
		for i := range p.after {
			now := &p.after[i]
			if was.Buried && !now.Buried && was.Seq == now.Seq {
				c.b.Delete(feedKey(now.Seq))
				c.seq++
				now.Seq = c.seq
				c.feed(p, now.Seq)
			}
		}
	}
}

func (c *committer) derive(p *pathChange) error {
	old, now := visible(p.before), visible(p.after)
	if old == nil && now == nil || old != nil && now != nil && old.Bundle.ID.Equals(now.Bundle.ID) {
		return nil
	}
	change := Change{p.did, p.path, seen(old), seen(now), old != nil && withholds(p.after, old)}
	if old != nil {
		c.b.Delete(valueKey(&old.Bundle.Envelope))
	}
	if now != nil {
		c.b.Set(valueKey(&now.Bundle.Envelope), nil)
	}
	for _, a := range c.db.appliers {
		if err := a.Apply(c.b, change); err != nil {
			return fmt.Errorf("store: apply %s/%s: %w", p.did, p.path, err)
		}
	}
	return nil
}

func withholds(state []Stored, old *Stored) bool {
	for i := range state {
		if state[i].Standing == identity.Withheld && state[i].Bundle.ID.Equals(old.Bundle.ID) {
			return true
		}
	}
	return false
}

func seen(s *Stored) *Visible {
	if s == nil {
		return nil
	}
	return &Visible{*s, record.Inspect(s.Bundle.Value)}
}

// Recount judges all records of an identity anew, as after an event about its
// keys: what has begun to count appears, what counts no more is hidden. Records
// whose standing begins or ceases to count move to the end of the feed. It works
// in batches; if it fails midway, calling it again finishes.
func (db *DB) Recount(ctx context.Context, did identity.DID, judge func(*record.Bundle) identity.Standing) error {
	all := Prefix(NewKey(FamilyRecord).DID(did))
	for r, done := all, false; !done; {
		err := db.Update(ctx, func(b *Batch) error {
			last, n, err := db.recountSome(b, r, judge)
			done = n < recountBatch
			r = all.After(last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const recountBatch = 512 // paths in one update

func (db *DB) recountSome(b *Batch, r Range, judge func(*record.Bundle) identity.Standing) (last []byte, n int, err error) {
	c := newCommitter(db, b)
	err = b.Scan(r, Forward, recountBatch, func(key, value []byte) (bool, error) {
		last, n = append(last[:0], key...), n+1
		return true, c.recount(key, value, judge)
	})
	if err != nil {
		return nil, 0, err
	}
	return last, n, c.finish()
}

func (c *committer) recount(key, value []byte, judge func(*record.Bundle) identity.Standing) error {
	before, err := decodeState(append([]byte(nil), value...))
	if err != nil {
		return err
	}
	p := &pathChange{did: before[0].Bundle.DID, path: before[0].Bundle.Path, key: append(Key(nil), key...), before: before}
	for _, s := range before {
		was := s.Standing
		s.Standing = judge(s.Bundle)
		if s.Standing.Counts() != was.Counts() {
			c.b.Delete(feedKey(s.Seq))
			c.seq++
			s.Seq = c.seq
			c.feed(p, s.Seq)
		}
		p.dirty = p.dirty || s.Standing != was
		p.after = append(p.after, s)
	}
	c.add(p)
	return nil
}
