package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// Batch is a set of writes that happen together. It reads its own writes over
// the state that earlier updates left. Values given to it are kept until the
// batch is done.
//
// The last write to a key wins, and keys reach the engine sorted: that is 16 %
// faster for batches of small records than in order of arrival.
type Batch struct {
	db      *DB
	base    *pebble.DB
	ops     []op
	at      map[string]int // index in ops
	size    int
	applied []func() // run once the engine has the batch, by the holder of writer
}

type op struct {
	key    string
	value  []byte
	delete bool
}

// Set writes value under key.
func (b *Batch) Set(key Key, value []byte) { b.put(op{key: string(key), value: value}) }

// Delete removes key, if it is there.
func (b *Batch) Delete(key Key) { b.put(op{key: string(key), delete: true}) }

func (b *Batch) put(o op) {
	if i, ok := b.at[o.key]; ok {
		b.ops[i] = o
		return
	}
	b.at[o.key] = len(b.ops)
	b.ops = append(b.ops, o)
	b.size += len(o.key) + len(o.value) + 16
}

// OnApplied registers what is to be done to memory once the engine has taken the
// batch, and only then.
func (b *Batch) OnApplied(fn func()) { b.applied = append(b.applied, fn) }

// Get answers ErrNotFound if there is no such key.
func (b *Batch) Get(key []byte) ([]byte, error) {
	if i, ok := b.at[string(key)]; ok {
		if b.ops[i].delete {
			return nil, ErrNotFound
		}
		return bytes.Clone(b.ops[i].value), nil
	}
	return get(b.base, key)
}

// Scan is Reader's. It costs a pass over the batch besides the scan, so it is
// for the rare case, not for every record of a large batch.
func (b *Batch) Scan(r Range, o Order, limit int, fn func(key, value []byte) (bool, error)) error {
	own := b.within(r, o)
	n, stopped := 0, false
	emit := func(key, value []byte) (bool, error) {
		more, err := fn(key, value)
		n++
		stopped = err != nil || !more || n == limit
		return !stopped, err
	}
	err := scan(b.base, r, o, 0, func(key, value []byte) (bool, error) {
		for len(own) > 0 {
			c := compareIn(o, own[0].key, key)
			if c > 0 {
				break
			}
			next := own[0]
			own = own[1:]
			if !next.delete {
				if more, err := emit([]byte(next.key), next.value); err != nil || !more {
					return false, err
				}
			}
			if c == 0 {
				return true, nil // the batch's write hides the engine's
			}
		}
		return emit(key, value)
	})
	for ; err == nil && !stopped && len(own) > 0; own = own[1:] {
		if !own[0].delete {
			_, err = emit([]byte(own[0].key), own[0].value)
		}
	}
	return err
}

func compareIn(o Order, own string, key []byte) int {
	c := strings.Compare(own, string(key))
	if o == Reverse {
		return -c
	}
	return c
}

// within is the batch's own writes in the range, in order.
func (b *Batch) within(r Range, o Order) []op {
	var own []op
	for _, op := range b.ops {
		if op.key >= string(r.Start) && (r.End == nil || op.key < string(r.End)) {
			own = append(own, op)
		}
	}
	slices.SortFunc(own, func(x, y op) int { return cmp.Compare(x.key, y.key) })
	if o == Reverse {
		slices.Reverse(own)
	}
	return own
}

// encode gives the engine's form, keys sorted.
func (b *Batch) encode() (*pebble.Batch, error) {
	slices.SortFunc(b.ops, func(x, y op) int { return cmp.Compare(x.key, y.key) })
	pb := b.base.NewBatchWithSize(b.size + 64)
	for _, o := range b.ops {
		if o.delete {
			d := pb.DeleteDeferred(len(o.key))
			copy(d.Key, o.key)
			if err := d.Finish(); err != nil {
				return nil, errors.Join(err, pb.Close())
			}
			continue
		}
		d := pb.SetDeferred(len(o.key), len(o.value))
		copy(d.Key, o.key)
		copy(d.Value, o.value)
		if err := d.Finish(); err != nil {
			return nil, errors.Join(err, pb.Close())
		}
	}
	return pb, nil
}

// Update runs fn on an empty batch and commits what it wrote, atomically; when
// Update answers nil it is durable. If fn answers an error, nothing is written
// and Update answers it. Updates run one after another: fn must not begin another.
func (db *DB) Update(ctx context.Context, fn func(*Batch) error) error {
	return db.update(ctx, false, fn)
}

// Reclaim is Update for what frees space: it may use part of the reserve, so that
// a full disk can be cleared.
func (db *DB) Reclaim(ctx context.Context, fn func(*Batch) error) error {
	return db.update(ctx, true, fn)
}

func (db *DB) update(ctx context.Context, frees bool, fn func(*Batch) error) error {
	if err := db.startWriting(ctx, frees); err != nil {
		return err
	}
	pb, release, seq, err := db.apply(fn)
	if err != nil || pb == nil {
		return err
	}
	// Waiting without the writer's token lets many updates share one sync.
	return db.await(pb, release, seq)
}

// startWriting takes the writer's token, unless writes are refused.
func (db *DB) startWriting(ctx context.Context, frees bool) error {
	if err := db.roomToWrite(frees); err != nil {
		return err
	}
	select {
	case db.writer <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := db.writable(); err != nil {
		<-db.writer
		return err
	}
	return nil
}

// apply is write, giving the writer's token back when the engine has the batch.
func (db *DB) apply(fn func(*Batch) error) (pb *pebble.Batch, release func(), seq uint64, err error) {
	defer func() { <-db.writer }()
	return db.write(fn)
}

// writeHeld is Update for whoever holds the writer's token and keeps it.
func (db *DB) writeHeld(fn func(*Batch) error) error {
	if err := db.roomToWrite(false); err != nil {
		return err
	}
	pb, release, seq, err := db.write(fn)
	if err != nil || pb == nil {
		return err
	}
	return db.await(pb, release, seq)
}

// write builds the batch and hands it to the engine, on behalf of the holder of
// the writer's token. pb is nil if there is nothing to wait for.
func (db *DB) write(fn func(*Batch) error) (pb *pebble.Batch, release func(), seq uint64, err error) {
	p, leave, err := db.engine()
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() {
		if pb == nil {
			leave()
		}
	}()
	b := &Batch{db: db, base: p, at: make(map[string]int)}
	if err := fn(b); err != nil || len(b.ops) == 0 {
		return nil, nil, 0, err
	}
	made, err := b.encode()
	if err != nil {
		return nil, nil, 0, engineError("update", err)
	}
	if err := p.ApplyNoSyncWait(made, pebble.Sync); err != nil {
		return nil, nil, 0, db.failed(err)
	}
	if f := db.fault.Load(); f != nil { // told to engineLog, not to us
		return nil, nil, 0, f.error()
	}
	for _, fn := range b.applied {
		fn()
	}
	return made, leave, db.seq, nil
}

// await waits until a batch is durable. The log is written in order, so when this
// batch is, all before it are, too.
func (db *DB) await(pb *pebble.Batch, release func(), seq uint64) error {
	defer release()
	size := pb.Len()
	if err := pb.SyncWait(); err != nil {
		return db.failed(err)
	}
	db.space.wrote(size)
	db.publish(seq)
	return engineError("update", pb.Close())
}
