package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// dropPage is how many entries one batch of Drop removes.
const dropPage = 4096

// Follower keeps one view true.
type Follower struct {
	db   *store.DB
	view View

	mu     sync.Mutex    // one step or drop at a time
	erased atomic.Uint64 // how often something was erased; written by the holder of the store's writer
}

// Follow is the follower of v in db. There is one for each view of a database.
func Follow(db *store.DB, v View) *Follower {
	f := &Follower{db: db, view: v}
	db.OnErase(f.erase, f.Ranges()...)
	return f
}

// erase is the store's Eraser.
func (f *Follower) erase(b *store.Batch, did identity.DID, path record.Path) error {
	f.erased.Add(1)
	s, err := store.Record(b, did, path)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c, err := f.view.changeOf(b, did, path, see(s))
	if err != nil {
		return err
	}
	c.write(b)
	return nil
}

// Step looks at one page of changes and reports whether there may be more. A view
// of another version is dropped first.
func (f *Follower) Step(ctx context.Context) (more bool, err error) {
	return turn(ctx, []*Follower{f})
}

// Drop throws all entries away; following the feed makes them anew. After a crash
// in the middle the next Step goes on with it.
func (f *Follower) Drop(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drop(ctx)
}

func (f *Follower) drop(ctx context.Context) error {
	for more := true; more; {
		p, err := readProgress(f.db, f.view.Name)
		if err != nil {
			return err
		}
		if more, err = f.shed(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// shed throws a page of entries away, having noted that the view is being dropped,
// or notes that none is left.
func (f *Follower) shed(ctx context.Context, p progress) (more bool, err error) {
	if p != (progress{}) {
		return true, f.note(ctx, progress{})
	}
	for _, r := range f.Ranges() {
		n, err := f.empty(ctx, r)
		if err != nil {
			return false, fmt.Errorf("view: drop %s: %w", f.view.Name, err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, f.note(ctx, progress{version: f.view.Version})
}

func (f *Follower) note(ctx context.Context, p progress) error {
	return f.db.Update(ctx, func(b *store.Batch) error {
		p.write(b, f.view.Name)
		return nil
	})
}

// empty removes a page of a range and says how many entries that was.
func (f *Follower) empty(ctx context.Context, r store.Range) (n int, err error) {
	err = f.db.Reclaim(ctx, func(b *store.Batch) error {
		n = 0
		return b.Scan(r, store.Forward, dropPage, func(key, _ []byte) (bool, error) {
			b.Delete(append(store.Key(nil), key...))
			n++
			return true, nil
		})
	})
	return n, err
}

// Ranges is where the view's entries are, and the keys of them.
func (f *Follower) Ranges() []store.Range {
	ranges := []store.Range{store.Prefix(store.NewKey(store.FamilyViewEntries).Text(f.view.Name))}
	for _, family := range f.view.Families {
		ranges = append(ranges, store.Prefix(store.NewKey(family)))
	}
	return ranges
}

// State is how the view fares now.
func (f *Follower) State() (State, error) {
	end := f.db.LastSeq()
	p, err := readProgress(f.db, f.view.Name)
	if err != nil {
		return State{}, err
	}
	return State{f.view.Name, p.version, p.cursor, end - min(end, p.cursor)}, nil
}

// States is how each view fares.
func States(followers []*Follower) (states []State, err error) {
	for _, f := range followers {
		s, err := f.State()
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return states, nil
}

// Rebuild makes a view anew and tells how it fares after each page. It is what an
// operator asks for; a view whose rules have changed does it by itself.
func (f *Follower) Rebuild(ctx context.Context, progress func(State)) error {
	if err := f.Drop(ctx); err != nil {
		return err
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		var err error
		if more, err = f.Step(ctx); err != nil {
			return err
		}
		s, err := f.State()
		if err != nil {
			return err
		}
		progress(s)
	}
	return nil
}
