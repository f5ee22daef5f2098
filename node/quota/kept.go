package quota

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"metanet/content/store"
	"metanet/identity"
)

// held is how many bytes an identity keeps here: of visible records, and of the
// blobs that they refer to, each reference counted and sized as the record says.
type held struct{ records, blobs uint64 }

func heldKey(did identity.DID) store.Key { return store.NewKey(store.FamilyHeld).DID(did) }

func readHeld(r store.Reader, did identity.DID) (h held, err error) {
	value, err := r.Get(heldKey(did))
	if errors.Is(err, store.ErrNotFound) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if len(value) != 16 {
		return h, fmt.Errorf("quota: corrupt sum of %s", did)
	}
	return held{binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])}, nil
}

// of is what one visible record keeps.
func of(v *store.Visible) (h held) {
	if v == nil {
		return h
	}
	h.records = uint64(len(v.Bundle.Bytes()))
	for _, b := range v.Refs.Blobs {
		h.blobs += uint64(max(b.Size, 0))
	}
	return h
}

// kept follows what people see, in the batch that changes it.
type kept struct{}

func (kept) Apply(b *store.Batch, c store.Change) error {
	h, err := readHeld(b, c.DID)
	if err != nil {
		return err
	}
	gone, come := of(c.Old), of(c.New)
	if h.records < gone.records || h.blobs < gone.blobs {
		return fmt.Errorf("quota: more goes than was counted of %s", c.DID)
	}
	h.records, h.blobs = h.records-gone.records+come.records, h.blobs-gone.blobs+come.blobs
	if h == (held{}) {
		b.Delete(heldKey(c.DID))
		return nil
	}
	b.Set(heldKey(c.DID), binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, h.records), h.blobs))
	return nil
}

var countedKey = []byte("counted")

// ensure counts what was stored before there was a ledger, or before a count that
// was cut off.
func (l *Ledger) ensure(ctx context.Context) error {
	_, counted, err := l.space.Get(countedKey)
	if err != nil {
		return err
	}
	whole, err := l.db.Rebuilt(store.FamilyHeld)
	if err != nil || counted && whole {
		return err
	}
	if err := l.Recount(ctx, nil); err != nil {
		return err
	}
	return l.space.Put(countedKey, nil)
}

// Recount makes the sums anew from the visible records.
func (l *Ledger) Recount(ctx context.Context, progress func(records uint64)) error {
	return l.db.Rebuild(ctx, store.FamilyHeld, store.FamilyHeld+1, kept{}, progress)
}
