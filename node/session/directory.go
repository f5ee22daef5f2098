package session

import (
	"context"
	"errors"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"
)

// Indexed is the Directory of a node's own index.
type Indexed struct{ Index *index.Index }

// Binding implements Directory. The record was verified when it was admitted;
// it is read again here because name and handle follow from its bytes alone. If
// none counts (the key that signed it has ended, as with a change of owner), the
// identity's name is still the one that it had: of several that its keys have
// signed, the one with the lowest rev, so that who stole a later key gives nobody
// another name.
func (d Indexed) Binding(ctx context.Context, did identity.DID) (Binding, bool, error) {
	kept, err := d.Index.Kept(ctx, did, record.ATNamePath)
	if errors.Is(err, index.ErrNotFound) {
		return Binding{}, false, nil
	}
	if err != nil {
		return Binding{}, false, err
	}
	s, err := d.Index.Record(ctx, did, record.ATNamePath)
	hidden := errors.Is(err, index.ErrNotFound)
	switch {
	case hidden:
		if s = first(kept); s == nil {
			return Binding{}, false, nil
		}
	case err != nil:
		return Binding{}, false, err
	}
	name, handle, err := plc.Verify(s.Bundle.Value, did)
	if err != nil {
		return Binding{}, false, err
	}
	return Binding{Name: name, Handle: handle, Value: s.Bundle.Value, Hidden: hidden}, true, nil
}

// first is the record with the lowest rev that has a value.
func first(kept []store.Stored) (found *store.Stored) {
	for i, s := range kept {
		if s.Bundle.Value != nil && (found == nil || s.Bundle.Rev < found.Bundle.Rev) {
			found = &kept[i]
		}
	}
	return found
}
