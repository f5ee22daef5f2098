package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

const (
	// page is how many changes one step looks at. Entries are derived outside the
	// store's one writer, which only takes the batch.
	page = 256
	// dropPage is how many entries one batch of Drop removes.
	dropPage = 4096
)

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
	c, err := f.view.changeOf(b, did, path)
	if err != nil {
		return err
	}
	if !c.empty() {
		c.write(b)
	}
	return nil
}

// Run follows the feed until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	news, stop := f.db.Watch()
	defer stop()
	for {
		more, err := f.Step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case more:
			continue
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil
		}
	}
}

// Step looks at one page of changes and reports whether there may be more. A view
// of another version is dropped first.
func (f *Follower) Step(ctx context.Context) (more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := readProgress(f.db, f.view.Name)
	if err != nil {
		return false, err
	}
	if p.version != f.view.Version {
		return true, f.drop(ctx)
	}
	more, err = f.step(ctx, p)
	if errors.Is(err, errErased) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("view: %s: %w", f.view.Name, err)
	}
	return more, nil
}

func (f *Follower) step(ctx context.Context, p progress) (more bool, err error) {
	end, erased := f.db.LastSeq(), f.erased.Load()
	entries, err := f.db.Feed(p.cursor, page)
	if err != nil || end <= p.cursor && len(entries) == 0 {
		return false, err
	}
	changes, err := f.changes(entries)
	if err != nil {
		return false, err
	}
	more = len(entries) == page
	if more {
		end = entries[page-1].Seq
	} else if n := len(entries); n > 0 {
		end = max(end, entries[n-1].Seq)
	}
	p.cursor = end
	return more, f.db.Update(ctx, func(b *store.Batch) error {
		if f.erased.Load() != erased {
			return errErased // what was looked at may be what is gone
		}
		for i := range changes {
			changes[i].write(b)
		}
		p.write(b, f.view.Name)
		return nil
	})
}

// changes is what the paths of a page give, each once. What changes while they
// are looked at has a later place in the feed, and is looked at again.
func (f *Follower) changes(entries []store.Stored) (changes []change, err error) {
	snap, err := f.db.Snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	seen := make(map[string]bool, len(entries))
	for _, s := range entries {
		key := string(f.view.entriesKey(s.Bundle.DID, s.Bundle.Path))
		if seen[key] {
			continue
		}
		seen[key] = true
		c, err := f.view.changeOf(snap, s.Bundle.DID, s.Bundle.Path)
		if err != nil {
			return nil, err
		}
		if !c.empty() {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// Drop throws all entries away; following the feed makes them anew. After a crash
// in the middle the next Step goes on with it.
func (f *Follower) Drop(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.drop(ctx)
}

func (f *Follower) drop(ctx context.Context) error {
	if err := f.note(ctx, progress{}); err != nil {
		return err
	}
	for _, r := range f.Ranges() {
		if err := f.empty(ctx, r); err != nil {
			return fmt.Errorf("view: drop %s: %w", f.view.Name, err)
		}
	}
	return f.note(ctx, progress{version: f.view.Version})
}

func (f *Follower) note(ctx context.Context, p progress) error {
	return f.db.Update(ctx, func(b *store.Batch) error {
		p.write(b, f.view.Name)
		return nil
	})
}

func (f *Follower) empty(ctx context.Context, r store.Range) error {
	for n := dropPage; n == dropPage; {
		err := f.db.Reclaim(ctx, func(b *store.Batch) error {
			n = 0
			return b.Scan(r, store.Forward, dropPage, func(key, _ []byte) (bool, error) {
				b.Delete(append(store.Key(nil), key...))
				n++
				return true, nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
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

// Run runs followers until ctx ends or one of them fails.
func Run(ctx context.Context, followers []*Follower) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, f := range followers {
		g.Go(func() error { return f.Run(ctx) })
	}
	return g.Wait()
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
