package store

import (
	"fmt"

	"metanet/content/negentropy"
	"metanet/content/record"
	"metanet/identity"
)

// AuthorMax is the most records of one identity that are looked at to compare them by
// themselves: unlike a shard's, no sums of them are kept.
const AuthorMax = 1 << 14

// AuthorItems calls fn with what peers are given of one identity, by path.
func AuthorItems(r Reader, did identity.DID, fn func(negentropy.Item, *record.Bundle) error) error {
	paths := 0
	return r.Scan(Prefix(NewKey(FamilyRecord).DID(did)), Forward, 0, func(_, value []byte) (bool, error) {
		if paths++; paths > AuthorMax {
			return false, fmt.Errorf("%w: %s", ErrTooMany, did)
		}
		state, err := decodeState(append([]byte(nil), value...))
		if err != nil {
			return false, err
		}
		for i := range state {
			if b := state[i].Bundle; !state[i].Buried {
				if err := fn(ItemOf(b), b); err != nil {
					return false, err
				}
			}
		}
		return true, nil
	})
}
