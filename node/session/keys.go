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
//	L time handle        → did                    a handle of somebody who has left, until it is free
//	R m                  → Mode                   cannot be rebuilt
//	R a did              → Application (JSON)     cannot be rebuilt
//	R i sha256(code)     → Invitation (JSON)      cannot be rebuilt
//	R w address          → empty: a listed wallet cannot be rebuilt
const (
	tagAccount byte = 'A'
	tagHandle  byte = 'H'
	tagToken   byte = 'T'
	tagFamily  byte = 'F'

	tagResting byte = 'L'

	tagRegistration byte = 'R'
	kindMode        byte = 'm'
	kindApplication byte = 'a'
	kindInvitation  byte = 'i'
	kindListed      byte = 'w'
)

func registrationKey(kind byte) []byte { return []byte{tagRegistration, kind} }

func modeKey() []byte { return registrationKey(kindMode) }

func applicationKey(did identity.DID) []byte {
	return append(registrationKey(kindApplication), did...)
}

func invitationKey(hash [32]byte) []byte { return append(registrationKey(kindInvitation), hash[:]...) }

func listedKey(a identity.Address) []byte { return append(registrationKey(kindListed), a[:]...) }

func accountKey(did identity.DID) []byte { return append([]byte{tagAccount}, did...) }
func handleKey(h syntax.Handle) []byte   { return append([]byte{tagHandle}, h...) }

func familyPrefix(did identity.DID) []byte {
	return append(append([]byte{tagFamily}, did...), 0)
}

func familyKey(did identity.DID, id string) []byte { return append(familyPrefix(did), id...) }

func (s *Sessions) get(key []byte, v any) (found bool, err error) { return read(s.kv, key, v) }

func (r *Registration) read(key []byte, v any) (found bool, err error) { return read(r.kv, key, v) }

func read(kv KV, key []byte, v any) (found bool, err error) {
	b, found, err := kv.Get(key)
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
