package index

import (
	"context"

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
