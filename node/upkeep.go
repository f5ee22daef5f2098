package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/list"
	"metanet/content/view/notice"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/quota"
)

// scratchDir is where Check makes what should be derived, beside the store so
// that there is as much room. It is emptied before and after.
const scratchDir = "check.tmp"

// Check reads everything that a stopped node has stored and reports what is
// wrong. It changes nothing. progress is told how many entries were read.
func Check(ctx context.Context, dir string, report func(store.Fault), progress func(entries uint64)) error {
	return withStore(dir, func(h *home, db *store.DB) (err error) {
		state, err := h.loadNetwork()
		if err != nil {
			return err
		}
		network, err := identity.ParseNetwork(state.Network)
		if err != nil {
			return fmt.Errorf("home: %s: %w", networkFile, err)
		}
		path := h.path(scratchDir)
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
		scratch, err := store.Open(path, store.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, scratch.Close()) }()
		index.New(scratch)
		blob.New(scratch, blob.Options{})
		quota.Follow(scratch)
		caughtUp, err := viewFamilies(db, scratch)
		if err != nil {
			return err
		}
		derived := append(blob.DerivedFamilies(), caughtUp...)
		if counted, err := quota.Counted(db); err != nil {
			return err
		} else if counted {
			derived = append(derived, quota.DerivedFamilies()...)
		} else {
			report(store.Fault{Where: "held", What: "what people keep here was not counted to the end"})
		}
		if complete, err := index.New(db).Complete(); err != nil {
			return err
		} else if complete {
			derived = append(derived, index.DerivedFamilies()...)
		} else {
			report(store.Fault{Where: "index", What: "was being made anew and is not complete"})
		}
		read := uint64(0)
		err = db.Check(ctx, store.Checking{
			Verify:  func(b *record.Bundle) error { return b.Verify(network) },
			Scratch: scratch, Derived: derived,
			Report: report, Progress: func(n uint64) { read = n; progress(n) },
		})
		if err != nil {
			return err
		}
		return blob.New(db, blob.Options{}).Check(ctx, report, func(n uint64) { progress(read + n) })
	})
}

// Rebuild makes a stopped node's indexes anew from its records. The views, which
// follow the feed, are emptied and fill up again while the node runs.
func Rebuild(ctx context.Context, dir string, progress func(what string, records uint64)) error {
	return withStore(dir, func(_ *home, db *store.DB) error {
		err := index.New(db).Rebuild(ctx, func(n uint64) { progress("index", n) })
		if err != nil {
			return err
		}
		if err := blob.New(db, blob.Options{}).Rebuild(ctx, func(n uint64) { progress("references to blobs", n) }); err != nil {
			return err
		}
		if err := quota.Recount(ctx, db, func(n uint64) { progress("quotas", n) }); err != nil {
			return err
		}
		for _, v := range viewsOf() {
			if err := view.Follow(db, v).Drop(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// viewsOf is every view that follows the feed.
func viewsOf() []view.View { return []view.View{notice.View(), search.View(), list.View()} }

// viewFamilies has scratch derive all views, and answers the families of those that
// db's followers have brought to the end of the feed: the others are not wrong, only
// behind.
func viewFamilies(db, scratch *store.DB) (families []store.Family, err error) {
	all := true
	for _, v := range viewsOf() {
		view.Attach(scratch, v)
		state, err := view.Follow(db, v).State()
		if err != nil {
			return nil, err
		}
		if state.Version != v.Version || state.Behind > 0 {
			all = false
			continue
		}
		families = append(families, v.Families...)
	}
	if all { // they share this one
		families = append(families, store.FamilyViewEntries)
	}
	return families, nil
}

// withStore opens a stopped node's store.
func withStore(dir string, fn func(*home, *store.DB) error) (err error) {
	if _, err := os.Stat(filepath.Join(dir, "store")); err != nil {
		return fmt.Errorf("no node has been started in %s yet: %w", dir, err)
	}
	h, err := openHome(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	db, err := store.Open(h.path("store"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(h, db)
}
