package index

import (
	"errors"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// FuzzCursor: a cursor that reads is the one that we would write; every other is
// refused by name.
func FuzzCursor(f *testing.F) {
	p := position{time.UnixMicro(1234567890).UTC(), identity.NewDID(31337, identity.Address{1}),
		record.Path{Collection: collectionPost, Key: "k"}}
	f.Add(encodeCursor(cursorPublic, p.key()))
	f.Add(encodeCursor(cursorAuthor, p.key()))
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok, err := decodePosition(cursorPublic, s)
		switch {
		case err != nil && !errors.Is(err, ErrInvalidCursor):
			t.Fatal(err)
		case err != nil && ok:
			t.Fatal("refused and read")
		case ok && got.at.UnixMicro() >= 0 && encodeCursor(cursorPublic, got.key()) != s:
			t.Fatalf("%q became %q", s, encodeCursor(cursorPublic, got.key()))
		}
	})
}
