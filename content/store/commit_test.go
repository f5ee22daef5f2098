package store

import (
	"errors"
	"testing"

	"metanet/identity"
)

func TestCommitAndRead(t *testing.T) {
	db := openTest(t, Options{})
	alice := author(1)
	first := sign(t, alice, 1, post("a"), rev(1), text("one"))
	second := sign(t, alice, 1, post("a"), rev(2), text("two"))
	gone := sign(t, alice, 1, post("a"), rev(3), nil)

	for i, step := range []struct {
		in     Admission
		status OutcomeStatus
		seq    uint64
		sees   string
	}{
		{admit(first), OutcomeStored, 1, "one"},
		{admit(first), OutcomeDuplicate, 1, "one"},
		{admit(second), OutcomeStored, 2, "two"},
		{admit(first), OutcomeSuperseded, 0, "two"},
		{admit(gone), OutcomeStored, 3, ""},
		{admit(second), OutcomeSuperseded, 0, ""},
	} {
		out, err := db.Commit(ctx, []Admission{step.in})
		if err != nil {
			t.Fatal(err)
		}
		if out[0] != (Outcome{step.status, step.seq}) {
			t.Fatalf("step %d: %+v", i, out[0])
		}
		s, err := Record(db, alice, post("a"))
		switch {
		case step.sees == "" && !errors.Is(err, ErrNotFound):
			t.Fatalf("step %d: deleted record is seen: %v", i, err)
		case step.sees != "" && err != nil:
			t.Fatalf("step %d: %v", i, err)
		case step.sees != "" && seen(s).Refs.Text != step.sees:
			t.Fatalf("step %d: sees %q", i, seen(s).Refs.Text)
		}
	}
	if _, err := db.Commit(ctx, []Admission{{Bundle: first, Standing: identity.NotYet}}); !errors.Is(err, ErrNotYet) {
		t.Fatalf("not-yet record: %v", err)
	}
	feed, err := db.Feed(0, 0)
	if err != nil || len(feed) != 1 || feed[0].Seq != 3 {
		t.Fatalf("feed %v %v", feed, err)
	}
}
