package session

import (
	"context"
	"errors"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/identity/plc"
)

// Indexed is the Directory of a node's own index.
type Indexed struct{ Index *index.Index }

// Binding implements Directory. The record was verified when it was admitted;
// it is read again here because name and handle follow from its bytes alone.
func (d Indexed) Binding(ctx context.Context, did identity.DID) (Binding, bool, error) {
	s, err := d.Index.Record(ctx, did, record.Path{Collection: plc.Collection, Key: plc.RecordKey})
	if errors.Is(err, index.ErrNotFound) {
		return Binding{}, false, nil
	}
	if err != nil {
		return Binding{}, false, err
	}
	name, handle, err := plc.Verify(s.Bundle.Value, did)
	if err != nil {
		return Binding{}, false, err
	}
	return Binding{Name: name, Handle: handle, Value: s.Bundle.Value}, true, nil
}
