package personal

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

func TestMutes(t *testing.T) {
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := New(db.Space("personal"), time.Now)
	alice, bob := identity.NewDID(1, identity.Address{1}), identity.NewDID(1, identity.Address{2})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(p.Mute(alice, "did:plc:x"))
	check(p.Mute(alice, "did:plc:x"))
	check(p.Mute(alice, "did:plc:y"))
	check(p.Mute(bob, "did:plc:z"))
	check(p.Unmute(alice, "did:plc:y"))
	muted, err := p.Muted(alice)
	if err != nil || fmt.Sprint(muted) != "map[did:plc:x:true]" {
		t.Error(muted, err)
	}
	check(p.See(alice, time.Now().Add(time.Hour)))
	if at, err := p.SeenAt(alice); err != nil || at.IsZero() || at.After(time.Now()) {
		t.Error("a time from the future is taken for now: ", at, err)
	}
	check(p.Forget(alice))
	muted, err = p.Muted(alice)
	at, err2 := p.SeenAt(alice)
	if len(muted) > 0 || !at.IsZero() || errors.Join(err, err2) != nil {
		t.Error("forgotten, and still there", muted, at, err, err2)
	}
	if muted, _ := p.Muted(bob); len(muted) != 1 {
		t.Error("somebody else's are gone", muted)
	}
}
