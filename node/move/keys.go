package move

import (
	"encoding/json"
	"fmt"
	"slices"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/resign"
)

// The key families of this package's space. Tags are never reused.
//
//	M did              → Status (JSON)    a move that was begun
//	C did NUL digest   → bundle bytes     the copy, until it is restored
const (
	tagMove byte = 'M'
	tagCopy byte = 'C'
)

func moveKey(did identity.DID) []byte { return append([]byte{tagMove}, did...) }

func copyPrefix(did identity.DID) []byte { return append(append([]byte{tagCopy}, did...), 0) }

func copyKey(did identity.DID, b *record.Bundle) []byte {
	return append(copyPrefix(did), b.ID.Hash()...)
}

func (m *Mover) load(did identity.DID) (st Status, found bool, err error) {
	value, found, err := m.Space.Get(moveKey(did))
	if err != nil || !found {
		return st, false, err
	}
	if err := json.Unmarshal(value, &st); err != nil {
		return st, false, fmt.Errorf("move: corrupt entry: %w", err)
	}
	return st, true, nil
}

func (m *Mover) save(did identity.DID, st Status) error {
	value, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	if err := m.Space.Apply(map[string][]byte{string(moveKey(did)): value}, nil); err != nil {
		return fmt.Errorf("move: %w", err)
	}
	return nil
}

// copies reads the copy back, of the keys that are stood by.
func (m *Mover) copies(did identity.DID, stands []resign.Stand) (archive []*record.Bundle, err error) {
	err = m.Space.Scan(copyPrefix(did), func(_, value []byte) error {
		b, err := record.Decode(append([]byte(nil), value...))
		if err == nil && slices.ContainsFunc(stands, func(s resign.Stand) bool { return s.Key == b.Key }) {
			archive = append(archive, b)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("move: read the copy: %w", err)
	}
	return archive, nil
}

func (m *Mover) forgetCopy(did identity.DID) error {
	var keys [][]byte
	err := m.Space.Scan(copyPrefix(did), func(key, _ []byte) error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	if err == nil && len(keys) > 0 {
		err = m.Space.Apply(nil, keys)
	}
	if err != nil {
		return fmt.Errorf("move: forget the copy: %w", err)
	}
	return nil
}
