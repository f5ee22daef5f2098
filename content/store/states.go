package store

import (
	"metanet/content/record"
	"metanet/identity"
)

// States calls fn with all that is kept under each path of an identity (each
// signing key's record, hidden ones and tombstones included), in the order of
// paths, beginning behind after (the zero Path: at the first), until fn answers
// false or an error, which States answers.
func States(r Reader, did identity.DID, after record.Path, fn func(state []Stored) (more bool, err error)) error {
	all := Prefix(NewKey(FamilyRecord).DID(did))
	if after != (record.Path{}) {
		all = all.After(recordKey(did, after))
	}
	return r.Scan(all, Forward, 0, func(_, value []byte) (bool, error) {
		state, err := decodeState(append([]byte(nil), value...))
		if err != nil {
			return false, err
		}
		return fn(state)
	})
}
