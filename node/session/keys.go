package session

import (
	"encoding/json"
	"fmt"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// The key families of this package's space. Tags are never reused.
//
//	A did                → Account (JSON)         cannot be rebuilt
//	H handle             → did                    from A
//	T sha256(token)      → tokenRecord (JSON)     losing it signs people out
//	F did NUL family id  → family (JSON)          losing it signs people out
const (
	tagAccount byte = 'A'
	tagHandle  byte = 'H'
	tagToken   byte = 'T'
	tagFamily  byte = 'F'
)

func accountKey(did identity.DID) []byte { return append([]byte{tagAccount}, did...) }
func handleKey(h syntax.Handle) []byte   { return append([]byte{tagHandle}, h...) }

func familyPrefix(did identity.DID) []byte {
	return append(append([]byte{tagFamily}, did...), 0)
}

func familyKey(did identity.DID, id string) []byte { return append(familyPrefix(did), id...) }

func (s *Sessions) get(key []byte, v any) (found bool, err error) {
	b, found, err := s.kv.Get(key)
	if err != nil || !found {
		return false, wrap("read", err)
	}
	return true, decode(b, v)
}

func decode(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("session: corrupt entry: %w", err)
	}
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("session: %s: %w", what, err)
}
