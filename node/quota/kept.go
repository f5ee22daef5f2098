package quota

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

func heldKey(did identity.DID) store.Key { return store.NewKey(store.FamilyHeld).DID(did) }

// readHeld is how many bytes of an identity's visible records are here.
func readHeld(r store.Reader, did identity.DID) (uint64, error) {
	value, err := r.Get(heldKey(did))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(value) != 8 {
		return 0, fmt.Errorf("quota: corrupt sum of %s", did)
	}
	return binary.BigEndian.Uint64(value), nil
}

func size(r *record.Bundle) uint64 { return uint64(len(r.Bytes())) }

func sizeOf(v *store.Visible) uint64 {
	if v == nil {
		return 0
	}
	return size(v.Bundle)
}

// kept follows what people see, in the batch that changes it.
type kept struct{}

func (kept) Apply(b *store.Batch, c store.Change) error {
	held, err := readHeld(b, c.DID)
	if err != nil {
		return err
	}
	gone := sizeOf(c.Old)
	if held < gone {
		return fmt.Errorf("quota: more goes than was counted of %s", c.DID)
	}
	if held += sizeOf(c.New) - gone; held == 0 {
		b.Delete(heldKey(c.DID))
		return nil
	}
	b.Set(heldKey(c.DID), binary.BigEndian.AppendUint64(nil, held))
	return nil
}

// Follow counts from now on what people see of a store's records, as a Ledger does.
func Follow(db *store.DB) { db.Attach(kept{}) }

// DerivedFamilies are those that follow from visible records alone.
func DerivedFamilies() []store.Family { return []store.Family{store.FamilyHeld} }

// countedKey is there once everything was counted. (Sums under "counted" had blobs in them.)
var countedKey = []byte("counted records")

func space(db *store.DB) *store.Space { return db.Space("quota") }

// Counted reports whether everything in a store is, and no count was cut off.
func Counted(db *store.DB) (bool, error) {
	whole, err := db.Rebuilt(store.FamilyHeld)
	if err != nil || !whole {
		return false, err
	}
	_, counted, err := space(db).Get(countedKey)
	return counted, err
}

// ensure counts what was stored before there was a ledger, or before a count that
// was cut off.
func ensure(ctx context.Context, db *store.DB) error {
	if counted, err := Counted(db); counted || err != nil {
		return err
	}
	return Recount(ctx, db, nil)
}

// Recount makes the sums anew from the visible records.
func Recount(ctx context.Context, db *store.DB, progress func(records uint64)) error {
	if err := db.Rebuild(ctx, store.FamilyHeld, store.FamilyHeld+1, kept{}, progress); err != nil {
		return err
	}
	return space(db).Put(countedKey, nil)
}
