package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

func ids(bundles []*record.Bundle) (list []string) {
	for _, b := range bundles {
		list = append(list, b.ID.String())
	}
	slices.Sort(list)
	return list
}

func TestWaiting(t *testing.T) {
	db := openTest(t, Options{})
	unknown := sign(t, author(1), 1, post("a"), rev(1), text("x"))
	future := sign(t, author(1), 1, post("b"), rev(2), text("x"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.Wait(ctx, unknown, time.Time{}, epoch))
	must(db.Wait(ctx, future, epoch.Add(time.Hour), epoch))
	must(db.Wait(ctx, future, epoch.Add(time.Hour), epoch.Add(time.Minute))) // again
	if n, _ := db.WaitingCount(); n != 2 {
		t.Fatalf("%d wait", n)
	}
	due := func(at time.Duration, want ...*record.Bundle) {
		t.Helper()
		got, err := db.TakeDue(ctx, epoch.Add(at), 10)
		if err != nil || !slices.Equal(ids(got), ids(want)) {
			t.Fatalf("due at %v: %v %v", at, ids(got), err)
		}
	}
	due(59 * time.Minute)
	due(time.Hour, future)
	due(time.Hour) // it is being looked at
	due(time.Hour+time.Minute, future)
	all, err := db.Take(ctx, author(1), epoch.Add(2*time.Hour))
	if err != nil || !slices.Equal(ids(all), ids([]*record.Bundle{unknown, future})) {
		t.Fatalf("take: %v %v", ids(all), err)
	}
	if none, err := db.Take(ctx, author(2), epoch); err != nil || len(none) != 0 {
		t.Fatalf("take another's: %v %v", none, err)
	}
	if _, err := db.Commit(ctx, []Admission{admit(unknown)}); err != nil {
		t.Fatal(err)
	}
	if n, _ := db.WaitingCount(); n != 1 {
		t.Fatalf("%d wait after one was stored", n)
	}
	must(db.Forget(ctx, future, unknown))
	if n, size := db.WaitingCount(); n != 0 || size != 0 {
		t.Fatalf("%d wait, %d bytes, after all were forgotten", n, size)
	}
	must(db.Wait(ctx, unknown, time.Time{}, epoch))
	due(defaultWaiting.MaxAge) // too old: dropped
	if n, _ := db.WaitingCount(); n != 0 {
		t.Fatalf("%d wait for ever", n)
	}
	for _, f := range []Family{FamilyWaiting, FamilyWaitingDue, FamilyWaitingAge} {
		if err := db.Scan(Prefix(NewKey(f)), Forward, 0, func(k, _ []byte) (bool, error) {
			t.Errorf("left behind: %x", k)
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitingBounds holds the pool against a model: an identity over its bounds
// loses its own oldest, the whole pool over its bounds the oldest of all; the
// counts survive a restart.
func TestWaitingBounds(t *testing.T) {
	dir := t.TempDir()
	limits := WaitingLimits{Records: 12, RecordsPerDID: 5, Bytes: 1 << 20, BytesPerDID: 1 << 20}
	o := Options{Waiting: limits}
	db, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 6))
	var model []*record.Bundle // in the order they came
	for i := range 120 {
		did := author(r.IntN(4))
		if i > 60 {
			did = author(i) // ever new identities
		}
		b := sign(t, did, 1, post(fmt.Sprint(i)), rev(i), text("x"))
		if err := db.Wait(ctx, b, time.Time{}, epoch.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
		model = append(model, b)
		mine := 0
		for _, m := range model {
			if m.DID == did {
				mine++
			}
		}
		if mine > limits.RecordsPerDID {
			model = slices.Delete(model, slices.IndexFunc(model, func(m *record.Bundle) bool { return m.DID == did }),
				1+slices.IndexFunc(model, func(m *record.Bundle) bool { return m.DID == did }))
		}
		if len(model) > limits.Records {
			model = model[1:]
		}
		if i%20 == 19 {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if db, err = Open(dir, o); err != nil {
				t.Fatal(err)
			}
		}
		if n, _ := db.WaitingCount(); n != len(model) {
			t.Fatalf("%d wait, the model has %d", n, len(model))
		}
	}
	defer db.Close()
	var got []*record.Bundle
	for _, did := range dids(model) {
		some, err := db.Take(ctx, did, epoch)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, some...)
	}
	if !slices.Equal(ids(got), ids(model)) {
		t.Fatal("other records wait than in the model")
	}
}

func dids(bundles []*record.Bundle) (list []identity.DID) {
	for _, b := range bundles {
		if !slices.Contains(list, b.DID) {
			list = append(list, b.DID)
		}
	}
	return list
}
