package disk

import (
	"bytes"
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"metanet/content/store/engine"
)

func (e *Engine) Apply(w engine.Write) (_ engine.Pending, err error) {
	p, release, err := e.hold()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	b, err := encode(p, w)
	if err != nil {
		return nil, named("write", err)
	}
	e.apply.Lock()
	defer e.apply.Unlock()
	if err := e.Fault(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := expected(p, w.Expect); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if w.Lazy {
		err = p.Apply(b, pebble.NoSync)
	} else {
		err = p.ApplyNoSyncWait(b, pebble.Sync)
	}
	if err != nil {
		return nil, e.failed(err)
	}
	if err := e.Fault(); err != nil { // told to engineLog, not to us
		return nil, err
	}
	return func() error { return e.await(b, w.Lazy, release) }, nil
}

// await waits until a batch is durable. The log is written in order, so when this
// batch is, all before it are, lazy ones, too.
func (e *Engine) await(b *pebble.Batch, lazy bool, release func()) error {
	defer release()
	size := b.Len()
	if !lazy {
		if err := b.SyncWait(); err != nil {
			return e.failed(err)
		}
	}
	e.space.wrote(size)
	return named("write", b.Close())
}

func expected(p *pebble.DB, all []engine.Expect) error {
	for _, x := range all {
		switch got, err := get(p, x.Key); {
		case errors.Is(err, engine.ErrNotFound) && x.Value == nil:
		case err == nil && x.Value != nil && bytes.Equal(got, x.Value):
		case err != nil && !errors.Is(err, engine.ErrNotFound):
			return err
		default:
			return engine.ErrConflict
		}
	}
	return nil
}

// encode gives Pebble's form.
func encode(p *pebble.DB, w engine.Write) (*pebble.Batch, error) {
	size := 64
	for _, o := range w.Ops {
		size += len(o.Key) + len(o.Value) + 16
	}
	b := p.NewBatchWithSize(size)
	for _, r := range w.Drop {
		if err := b.DeleteRange(r.Start, r.End, nil); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	for _, o := range w.Ops {
		if err := add(b, o); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

func add(b *pebble.Batch, o engine.Op) error {
	var d *pebble.DeferredBatchOp
	if o.Delete {
		d = b.DeleteDeferred(len(o.Key))
	} else {
		d = b.SetDeferred(len(o.Key), len(o.Value))
		copy(d.Value, o.Value)
	}
	copy(d.Key, o.Key)
	return d.Finish()
}

// shredRounds is how often Shred turns the log over: Pebble keeps as many old ones
// for their space as it may have memtables, and one.
const shredRounds = maxMemTables + 3

// Shred turns the log over without using old ones again, and writes the tables that
// hold these ranges anew.
func (e *Engine) Shred(ctx context.Context, ranges []engine.Range, write func() error) error {
	e.fs.fresh.Add(1)
	defer e.fs.fresh.Add(-1)
	for range shredRounds {
		if err := errors.Join(write(), ctx.Err()); err != nil {
			return err
		}
		if err := e.flush(); err != nil {
			return err
		}
	}
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	for _, r := range ranges {
		if err := p.Compact(ctx, r.Start, r.End, false); err != nil {
			return named("shred", err)
		}
	}
	return nil
}

func (e *Engine) flush() error {
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	return named("flush", p.Flush())
}
