package audit

import (
	"crypto/ed25519"
	"testing"

	"metanet/identity"
)

func keyOf(t *testing.T, n byte) identity.Key {
	t.Helper()
	seed := [32]byte{n}
	key, err := identity.ParseKey(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
