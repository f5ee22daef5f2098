package index

import (
	"context"
	"log/slog"

	"metanet/content/store"
)

// Rebuild throws all derived entries away and makes them anew from the visible
// records. Writes wait until it is done; reads meanwhile see an incomplete index.
// After a crash in the middle, Complete says so and Rebuild is to be called again.
// progress, unless nil, is told how many records have been read.
func (x *Index) Rebuild(ctx context.Context, progress func(records uint64)) error {
	return named(x.db.Rebuild(ctx, store.IndexFirst, store.IndexEnd, x, progress))
}

// Complete reports whether the index holds every visible record: false between a
// Rebuild that was cut off and the next.
func (x *Index) Complete() (bool, error) {
	complete, err := x.db.Rebuilt(store.IndexFirst)
	return complete, named(err)
}

// Ensure rebuilds an index that is not complete: a Rebuild was cut off, or the
// database comes from a program that kept another one.
func (x *Index) Ensure(ctx context.Context, log *slog.Logger) error {
	complete, err := x.Complete()
	if complete || err != nil {
		return err
	}
	log.Info("index: making it anew from the records")
	told := uint64(0)
	err = x.Rebuild(ctx, func(records uint64) {
		if records-told >= rebuildTells {
			told = records
			log.Info("index: making it anew", "records", records)
		}
	})
	if err == nil {
		log.Info("index: complete")
	}
	return err
}

const rebuildTells = 100_000 // records from one line of the log to the next

// DerivedFamilies are those that Rebuild makes.
func DerivedFamilies() (families []store.Family) {
	for f := store.IndexFirst; f < store.IndexEnd; f++ {
		families = append(families, f)
	}
	return families
}
