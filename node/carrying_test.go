package node

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/personal"
)

// TestMutesTravel: all of them, however many, and nonsense changes nothing.
func TestMutesTravel(t *testing.T) {
	kept := func() mutesPart {
		db, err := store.Open("", store.Options{InMemory: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return mutesPart{personal.New(db.Space("personal"), time.Now)}
	}
	const did identity.DID = "did:ethr:0x1:0x00000000000000000000000000000000000000aa"
	here, there := kept(), kept()
	for i := range mutesAtOnce + 1 {
		if err := here.personal.Mute(did, fmt.Sprintf("did:plc:%024d", i)); err != nil {
			t.Fatal(err)
		}
	}
	documents, err := here.Export(t.Context(), did)
	if err != nil || len(documents) != 2 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	for range 2 {
		for _, d := range documents {
			if err := there.Import(t.Context(), did, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, nonsense := range []string{"", "[]", `{"muted":["alice"]}`, `{"muted":["did:plc:x\u0000"]}`} {
		if err := there.Import(t.Context(), did, []byte(nonsense)); !errors.Is(err, carry.ErrDocument) {
			t.Errorf("%s: %v", nonsense, err)
		}
	}
	want, err := here.personal.Muted(did)
	if err != nil {
		t.Fatal(err)
	}
	got, err := there.personal.Muted(did)
	if err != nil || !maps.Equal(got, want) || len(got) != mutesAtOnce+1 {
		t.Errorf("%d, want %d (%v)", len(got), len(want), err)
	}
}
