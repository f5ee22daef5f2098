package view

import "metanet/content/store"

// Attach has db derive the entries of v in the batch that makes a record visible,
// with no cursor: for a database that is only made to compare another with
// (store.Checking.Scratch).
func Attach(db *store.DB, v View) { db.Attach(attached{v}) }

type attached struct{ View }

// Apply is told of each record once, as new.
func (a attached) Apply(b *store.Batch, c store.Change) error {
	if c.New == nil {
		return nil
	}
	made := change{at: a.entriesKey(c.DID, c.Path), add: a.entries(c.New)}
	made.write(b)
	return nil
}
