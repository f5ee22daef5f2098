package view

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// page is how many changes one step looks at. Entries are derived outside the
// store's one writer, which only takes the batch.
const page = 256

// Run keeps the views of one database true until ctx ends or one of them fails.
//
// Views that have come equally far go on together: each record is read and
// inspected once for all of them. One that is behind, being new or made anew, takes
// turns with the others until it has come as far.
func Run(ctx context.Context, followers []*Follower) error {
	if len(followers) == 0 {
		<-ctx.Done()
		return nil
	}
	news, stop := followers[0].db.Watch()
	defer stop()
	for {
		more, err := turn(ctx, followers)
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

// turn lets each view look at one page of changes, or throw a page of entries away
// if it is of another version, and reports whether there may be more.
func turn(ctx context.Context, followers []*Follower) (more bool, err error) {
	groups := make(map[uint64]group)
	for _, f := range followers {
		f.mu.Lock()
		defer f.mu.Unlock()
		p, err := readProgress(f.db, f.view.Name)
		if err != nil {
			return false, err
		}
		if p.version == f.view.Version {
			groups[p.cursor] = append(groups[p.cursor], f)
			continue
		}
		if _, err := f.shed(ctx, p); err != nil {
			return false, err
		}
		more = true
	}
	cursors := slices.Sorted(maps.Keys(groups))
	for i, cursor := range cursors {
		until := uint64(math.MaxUint64)
		if i+1 < len(cursors) {
			until = cursors[i+1] // where it meets the next
		}
		again, err := groups[cursor].step(ctx, cursor, until)
		if err != nil {
			return false, err
		}
		more = more || again || i+1 < len(cursors)
	}
	return more, nil
}

// group is views that have come equally far.
type group []*Follower

// step looks at a page of the changes after cursor, none later than until.
func (g group) step(ctx context.Context, cursor, until uint64) (more bool, err error) {
	db := g[0].db
	end, erased := db.LastSeq(), g.erased()
	sights, err := db.Sights(cursor, page)
	if err != nil || end <= cursor && len(sights) == 0 {
		return false, g.named(err)
	}
	if n := len(sights); n > 0 {
		end, more = max(end, sights[n-1].Seq), n == page
		if more {
			end = sights[n-1].Seq
		}
	}
	if end > until {
		end, more = until, true
		sights = slices.DeleteFunc(sights, func(s store.Sight) bool { return s.Seq > until })
	}
	changes, err := g.changes(sights)
	if err != nil {
		return false, err
	}
	err = db.Note(ctx, func(b *store.Batch) error {
		if g.erased() != erased {
			return errErased // what was looked at may be what is gone
		}
		for i := range changes {
			changes[i].write(b)
		}
		for _, f := range g {
			progress{f.view.Version, end}.write(b, f.view.Name)
		}
		return nil
	})
	if errors.Is(err, errErased) {
		return true, nil
	}
	return more, g.named(err)
}

// changes is what paths give, each once. What changes while they are looked at has
// a later place in the feed, and is looked at again.
func (g group) changes(sights []store.Sight) (changes []change, err error) {
	type place struct {
		did  identity.DID
		path record.Path
	}
	seen := make(map[place]bool, len(sights))
	for _, s := range sights {
		if at := (place{s.DID, s.Path}); seen[at] {
			continue
		} else {
			seen[at] = true
		}
		v := see(s.Record)
		for _, f := range g {
			c, err := f.view.changeOf(f.db, s.DID, s.Path, v)
			if err != nil {
				return nil, fmt.Errorf("view: %s: %w", f.view.Name, err)
			}
			if !c.empty() {
				changes = append(changes, c)
			}
		}
	}
	return changes, nil
}

// erased is how often something was erased from one of the views.
func (g group) erased() (n uint64) {
	for _, f := range g {
		n += f.erased.Load()
	}
	return n
}

// named says whose error it is.
func (g group) named(err error) error {
	if err == nil {
		return nil
	}
	names := make([]string, len(g))
	for i, f := range g {
		names[i] = f.view.Name
	}
	return fmt.Errorf("view: %s: %w", strings.Join(names, ", "), err)
}
