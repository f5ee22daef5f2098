package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

func TestOwner(t *testing.T) {
	ctx, dir, s := context.Background(), t.TempDir(), newMemory()
	r := open(t, dir, s)
	made, err := r.NewOwner(ctx, 0x7a69)
	if err != nil {
		t.Fatal(err)
	}
	if made.DID() != identity.NewDID(0x7a69, made.Address()) {
		t.Errorf("%s is the identity of %s", made.DID(), made.Address())
	}
	kept, err := open(t, dir, s).Owner(ctx, made.DID())
	if err != nil || kept.Address() != made.Address() {
		t.Fatalf("after a restart: %v, %v", kept, err)
	}
	hash := [32]byte(crypto.Keccak256([]byte("x")))
	sig, err := kept.SignHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	if public, err := crypto.SigToPub(hash[:], sig); err != nil || identity.Address(crypto.PubkeyToAddress(*public)) != made.Address() {
		t.Errorf("not the key's signature: %v", err)
	}
	// Moved to another identity, it does not open.
	s.m["O"+string(alice)] = s.m["O"+string(made.DID())]
	if _, err := r.Owner(ctx, alice); !errors.Is(err, ErrCorrupt) {
		t.Errorf("moved: %v", err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", kept, kept, kept); strings.Contains(shown, "0xc0") || !strings.Contains(shown, made.Address().String()) {
		t.Errorf("printed as %s", shown)
	}
	for range 2 { // forgetting what isn't kept is no error
		if err := r.ForgetOwner(ctx, made.DID()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Owner(ctx, made.DID()); !errors.Is(err, ErrNoKey) {
		t.Errorf("forgotten: %v", err)
	}
}
