package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// WaitingLimits bound the pool of records that wait for a key, or for their
// time. Nothing in it was acknowledged as stored, so that it may be dropped.
type WaitingLimits struct {
	// Records and Bytes bound the whole pool; over them the oldest is dropped.
	Records, Bytes int
	// RecordsPerDID and BytesPerDID bound one identity; over them its own oldest
	// is dropped, so that it cannot push others out.
	RecordsPerDID, BytesPerDID int
	// MaxAge is how long a record waits at most.
	MaxAge time.Duration
	// Lease is how long a record that was taken is not handed out again.
	Lease time.Duration
}

// defaultWaiting is about 64 MB on disk and a few in memory.
var defaultWaiting = WaitingLimits{
	Records: 1 << 16, Bytes: 64 << 20,
	RecordsPerDID: 256, BytesPerDID: 1 << 20,
	MaxAge: 7 * 24 * time.Hour, Lease: time.Minute,
}

func (l WaitingLimits) orDefault() WaitingLimits {
	d := defaultWaiting
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Records, d.Records)
	set(&l.Bytes, d.Bytes)
	set(&l.RecordsPerDID, d.RecordsPerDID)
	set(&l.BytesPerDID, d.BytesPerDID)
	if l.MaxAge == 0 {
		l.MaxAge = d.MaxAge
	}
	if l.Lease == 0 {
		l.Lease = d.Lease
	}
	return l
}

// usage is what part of the pool is taken.
type usage struct{ records, bytes int }

func (u usage) plus(v usage) usage { return usage{u.records + v.records, u.bytes + v.bytes} }

func (u usage) over(records, bytes int) bool { return u.records > records || u.bytes > bytes }

// waitingPool knows how full the pool is. The holder of the writer's token owns it.
type waitingPool struct {
	total usage
	by    map[identity.DID]usage
	shown atomic.Pointer[usage] // total, for whoever asks
}

func (p *waitingPool) load(r Reader) error {
	p.total, p.by = usage{}, make(map[identity.DID]usage)
	defer p.show()
	return r.Scan(Prefix(NewKey(FamilyWaiting)), Forward, 0, func(key, value []byte) (bool, error) {
		did := ReadKey(FamilyWaiting, key).DID()
		one := usage{1, len(value)}
		p.total, p.by[did] = p.total.plus(one), p.by[did].plus(one)
		return true, nil
	})
}

func (p *waitingPool) show() {
	total := p.total
	p.shown.Store(&total)
}

// poolChange is what one batch does to the pool; it counts only once the batch
// is applied.
type poolChange struct {
	pool  *waitingPool
	b     *Batch
	total usage
	by    map[identity.DID]usage // nil until something changes
}

func (p *waitingPool) change(b *Batch) *poolChange {
	return &poolChange{pool: p, b: b, total: p.total}
}

func (c *poolChange) of(did identity.DID) usage {
	if u, ok := c.by[did]; ok {
		return u
	}
	return c.pool.by[did]
}

func (c *poolChange) add(did identity.DID, u usage) {
	if c.by == nil {
		c.by = make(map[identity.DID]usage)
		c.b.OnApplied(c.apply)
	}
	c.total, c.by[did] = c.total.plus(u), c.of(did).plus(u)
}

func (c *poolChange) apply() {
	c.pool.total = c.total
	c.pool.show()
	for did, u := range c.by {
		if u.records == 0 {
			delete(c.pool.by, did)
		} else {
			c.pool.by[did] = u
		}
	}
}

// waiter is one record of the pool.
type waiter struct {
	did      identity.DID
	id       [32]byte
	due      time.Time
	received time.Time
	bundle   []byte
}

func waitingKey(did identity.DID, id [32]byte) Key {
	return NewKey(FamilyWaiting).DID(did).Digest(id)
}

func (w *waiter) dueKey() Key {
	return NewKey(FamilyWaitingDue).Time(w.due).DID(w.did).Digest(w.id)
}

func (w *waiter) ageKey() Key {
	return NewKey(FamilyWaitingAge).Time(w.received).DID(w.did).Digest(w.id)
}

func (w *waiter) encode() []byte {
	return NewKey(0)[:0].Time(w.due).Time(w.received).Rest(w.bundle)
}

func decodeWaiter(key, value []byte) (*waiter, error) {
	k, v := ReadKey(FamilyWaiting, key), ReadParts(value)
	w := &waiter{did: k.DID(), id: k.Digest(), due: v.Time(), received: v.Time(), bundle: bytes.Clone(v.Rest())}
	if err := errors.Join(k.End(), v.End()); err != nil {
		return nil, fmt.Errorf("%w: waiting record: %w", ErrCorrupt, err)
	}
	return w, nil
}

func (c *poolChange) get(did identity.DID, id [32]byte) (*waiter, error) {
	key := waitingKey(did, id)
	value, err := c.b.Get(key)
	if err != nil {
		return nil, err
	}
	return decodeWaiter(key, value)
}

func (c *poolChange) put(w *waiter) {
	value := w.encode()
	c.b.Set(waitingKey(w.did, w.id), value)
	c.b.Set(w.dueKey(), nil)
	c.b.Set(w.ageKey(), nil)
	c.add(w.did, usage{1, len(value)})
}

func (c *poolChange) delete(w *waiter) {
	c.b.Delete(waitingKey(w.did, w.id))
	c.b.Delete(w.dueKey())
	c.b.Delete(w.ageKey())
	c.add(w.did, usage{-1, -len(w.encode())})
}

// remove takes the record out, if it waits. Most authors have none waiting, and
// cost nothing here.
func (c *poolChange) remove(did identity.DID, id [32]byte) error {
	if c.of(did).records == 0 {
		return nil
	}
	w, err := c.get(did, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		c.delete(w)
	}
	return err
}

// Wait keeps a record of which nothing can be said yet, until its author's
// identity changes (Take) or, unless due is zero, until due (TakeDue). A record
// that waits already gets the new due time. Old ones may be dropped for it.
func (db *DB) Wait(ctx context.Context, b *record.Bundle, due, now time.Time) error {
	return db.Update(ctx, func(batch *Batch) error {
		c := db.pool.change(batch)
		w := &waiter{b.DID, digestOf(b.ID), due, now, b.Bytes()}
		if old, err := c.get(w.did, w.id); err == nil {
			c.delete(old)
			w.received = old.received
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		if due.IsZero() {
			w.due = w.received.Add(db.opts.Waiting.MaxAge)
		}
		c.put(w)
		return c.shrink(w.did, db.opts.Waiting)
	})
}

// shrink drops the oldest until the pool is within its limits.
func (c *poolChange) shrink(did identity.DID, l WaitingLimits) error {
	for c.of(did).over(l.RecordsPerDID, l.BytesPerDID) {
		if err := c.dropOldestOf(did); err != nil {
			return err
		}
	}
	for c.total.over(l.Records, l.Bytes) {
		if err := c.dropOldest(); err != nil {
			return err
		}
	}
	return nil
}

func (c *poolChange) dropOldestOf(did identity.DID) error {
	var oldest *waiter
	err := c.b.Scan(Prefix(NewKey(FamilyWaiting).DID(did)), Forward, 0, func(key, value []byte) (bool, error) {
		w, err := decodeWaiter(key, value)
		if err == nil && (oldest == nil || w.received.Before(oldest.received)) {
			oldest = w
		}
		return true, err
	})
	if err == nil && oldest == nil {
		err = fmt.Errorf("%w: waiting records of %s are miscounted", ErrCorrupt, did)
	}
	if err == nil {
		c.delete(oldest)
	}
	return err
}

func (c *poolChange) dropOldest() error {
	var oldest *waiter
	err := c.b.Scan(Prefix(NewKey(FamilyWaitingAge)), Forward, 1, func(key, _ []byte) (_ bool, err error) {
		k := ReadKey(FamilyWaitingAge, key)
		k.Time()
		oldest, err = c.get(k.DID(), k.Digest())
		return false, err
	})
	if err == nil && oldest == nil {
		err = fmt.Errorf("%w: waiting records are miscounted", ErrCorrupt)
	}
	if err == nil {
		c.delete(oldest)
	}
	return err
}

// Take hands out the records of an identity that wait. They stay in the pool
// until Commit has stored them or Forget drops them, and are not handed out by
// TakeDue for a while: a crash in between loses nothing.
func (db *DB) Take(ctx context.Context, did identity.DID, now time.Time) (bundles []*record.Bundle, err error) {
	err = db.Update(ctx, func(b *Batch) error {
		c := db.pool.change(b)
		if c.of(did).records == 0 {
			return nil
		}
		var found []*waiter
		err := b.Scan(Prefix(NewKey(FamilyWaiting).DID(did)), Forward, 0, func(key, value []byte) (bool, error) {
			w, err := decodeWaiter(key, value)
			found = append(found, w)
			return true, err
		})
		if err != nil {
			return err
		}
		bundles, err = c.lease(found, now.Add(db.opts.Waiting.Lease))
		return err
	})
	return bundles, err
}

// TakeDue hands out, as Take does, up to limit records whose time has come, and
// drops those that have waited too long.
func (db *DB) TakeDue(ctx context.Context, now time.Time, limit int) (bundles []*record.Bundle, err error) {
	err = db.Update(ctx, func(b *Batch) error {
		c := db.pool.change(b)
		var due []*waiter
		until := Range{Start: NewKey(FamilyWaitingDue), End: NewKey(FamilyWaitingDue).Time(now.Add(time.Microsecond))}
		err := b.Scan(until, Forward, limit, func(key, _ []byte) (bool, error) {
			k := ReadKey(FamilyWaitingDue, key)
			k.Time()
			w, err := c.get(k.DID(), k.Digest())
			due = append(due, w)
			return true, err
		})
		if err != nil {
			return err
		}
		var alive []*waiter
		for _, w := range due {
			if now.Sub(w.received) >= db.opts.Waiting.MaxAge {
				c.delete(w)
			} else {
				alive = append(alive, w)
			}
		}
		bundles, err = c.lease(alive, now.Add(db.opts.Waiting.Lease))
		return err
	})
	return bundles, err
}

func (c *poolChange) lease(ws []*waiter, until time.Time) ([]*record.Bundle, error) {
	var bundles []*record.Bundle
	for _, w := range ws {
		b, err := record.Decode(w.bundle)
		if err != nil {
			return nil, fmt.Errorf("%w: waiting record: %w", ErrCorrupt, err)
		}
		c.b.Delete(w.dueKey())
		w.due = until
		c.b.Set(w.dueKey(), nil)
		c.b.Set(waitingKey(w.did, w.id), w.encode())
		bundles = append(bundles, b)
	}
	return bundles, nil
}

// Forget drops records that need not wait any longer, as when they were refused.
func (db *DB) Forget(ctx context.Context, bundles ...*record.Bundle) error {
	return db.Update(ctx, func(b *Batch) error {
		c := db.pool.change(b)
		for _, bundle := range bundles {
			if err := c.remove(bundle.DID, digestOf(bundle.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// WaitingCount is how many records wait, and their bytes.
func (db *DB) WaitingCount() (records, bytes int) {
	u := db.pool.shown.Load()
	return u.records, u.bytes
}
