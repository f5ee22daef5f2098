package view_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/viewtest"
	"metanet/identity"
)

var ctx = context.Background()

// letters is a view for tests: each letter of a post's text, by whom and where.
func letters(version uint64) view.View {
	return view.View{Name: "letters", Version: version, Families: []store.Family{store.FamilyNotice}, Derive: func(v *store.Visible) (entries []view.Entry) {
		for _, r := range v.Refs.Text {
			key := letter(string(r)).Newest(v.Received).DID(v.Bundle.DID).Path(v.Bundle.Path)
			entries = append(entries, view.Entry{Key: key, Value: fmt.Append(nil, version)})
		}
		return entries
	}}
}

func letter(s string) store.Key { return store.NewKey(store.FamilyNotice).Text(s) }

// naive is what a view must hold, of every visible record.
func naive(w *viewtest.World, v view.View) map[string]string {
	w.T.Helper()
	want := map[string]string{}
	w.Must(store.Authors(w.DB, func(did identity.DID) error {
		return store.States(w.DB, did, record.Path{}, func(state []store.Stored) (bool, error) {
			s, err := store.Record(w.DB, did, state[0].Bundle.Path)
			if errors.Is(err, store.ErrNotFound) {
				return true, nil
			}
			if err == nil {
				for _, e := range v.Derive(&store.Visible{Stored: *s, Refs: record.Inspect(s.Bundle.Value)}) {
					want[string(e.Key)] = string(e.Value)
				}
			}
			return true, err
		})
	}))
	return want
}

func own(entries map[string]string) map[string]string {
	maps.DeleteFunc(entries, func(k, _ string) bool { return k[0] == byte(store.FamilyViewEntries) })
	return entries
}

// TestSameAsNaive: whatever is written, replaced, deleted, judged anew or erased,
// with steps in between and followers that stop and begin again, the entries in the
// end are those of the visible records, and the same as of a view made anew.
func TestSameAsNaive(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := viewtest.New(t)
		f := view.Follow(w.DB, letters(1))
		for range 60 {
			disturb(w, r)
			switch r.IntN(4) {
			case 0:
				_, err := f.Step(ctx)
				w.Must(err)
			case 1:
				f = view.Follow(w.DB, letters(1))
			}
		}
		w.Settle(f)
		got := w.Entries(f)
		if want := naive(w, letters(1)); !maps.Equal(own(maps.Clone(got)), want) {
			t.Fatalf("seed %d:\n%q\nwant\n%q", seed, own(got), want)
		}
		w.Must(f.Drop(ctx))
		if left := w.Entries(f); len(left) > 0 {
			t.Fatalf("seed %d: dropped, and %d entries are left", seed, len(left))
		}
		w.Settle(f)
		if again := w.Entries(f); !maps.Equal(again, got) {
			t.Fatalf("seed %d: made anew it is another", seed)
		}
	}
}

func disturb(w *viewtest.World, r *rand.Rand) {
	n, key, rkey := r.IntN(3), r.IntN(2), fmt.Sprint("k", r.IntN(3))
	switch r.IntN(12) {
	case 0:
		w.Write(n, key, "app.bsky.feed.post", rkey, nil)
	case 1:
		standing := []identity.Standing{identity.Unproven, identity.Provisional, identity.Withheld}[r.IntN(3)]
		w.Must(w.DB.Recount(ctx, viewtest.DID(n), func(b *record.Bundle) identity.Standing {
			if int(b.Key[0])%2 == key {
				return standing
			}
			return identity.Provisional
		}))
	case 2:
		w.Must(w.DB.Erase(ctx, viewtest.DID(n), func(b *record.Bundle) bool { return int(b.Key[0])%2 == key || r.IntN(2) == 0 }))
	default:
		text := []byte("abc")[:1+r.IntN(3)]
		w.Write(n, key, "app.bsky.feed.post", rkey, map[string]any{"text": string(text)})
	}
}

// TestNewRules: a view whose rules have changed has entries of the new rules only.
func TestNewRules(t *testing.T) {
	w := viewtest.New(t)
	w.Post(1, "k", "ab", nil)
	w.Settle(view.Follow(w.DB, letters(1)))
	f := view.Follow(w.DB, letters(2))
	w.Settle(f)
	if got, want := own(w.Entries(f)), naive(w, letters(2)); len(want) != 2 || !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLag: how far a view is behind is what it has still to look at.
func TestLag(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, letters(1))
	for i := range 5 {
		w.Post(1, fmt.Sprint("k", i), "a", nil)
	}
	behind := func() uint64 {
		s, err := f.State()
		w.Must(err)
		return s.Behind
	}
	if n := behind(); n != 5 {
		t.Errorf("%d behind, want 5", n)
	}
	w.Settle(f)
	w.Must(w.DB.Erase(ctx, viewtest.DID(1), func(*record.Bundle) bool { return true }))
	if n := behind(); n != 0 {
		t.Errorf("%d behind after everything was seen and erased", n)
	}
}

// TestErasedAhead: the feed's last places may be erased before a view comes there.
func TestErasedAhead(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, letters(1))
	w.Post(1, "k", "a", nil)
	w.Settle(f)
	w.Post(2, "k", "b", nil)
	w.Must(w.DB.Erase(ctx, viewtest.DID(2), func(*record.Bundle) bool { return true }))
	w.Settle(f)
	if got := own(w.Entries(f)); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestPages: pages follow each other without gap or repetition while entries come
// and go, and a cursor of another list is none.
func TestPages(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, letters(1))
	for i := range 10 {
		w.Post(1, fmt.Sprint("k", i), "a", nil)
	}
	w.Settle(f)
	var got []string
	read := func(list, cursor string, limit int) (string, error) {
		return view.Page(w.DB, letter(list), cursor, limit, func(k *store.KeyReader, _ []byte) (bool, error) {
			k.Newest()
			k.DID()
			got = append(got, string(k.Path().Key))
			return true, nil
		})
	}
	cursor, err := read("a", "", 4)
	w.Must(err)
	w.Post(1, "k10", "a", nil)                     // newer than the cursor
	w.Write(1, 0, "app.bsky.feed.post", "k6", nil) // the last of the page
	w.Settle(f)
	for cursor != "" {
		cursor, err = read("a", cursor, 4)
		w.Must(err)
	}
	if fmt.Sprint(got) != "[k9 k8 k7 k6 k5 k4 k3 k2 k1 k0]" {
		t.Error(got)
	}
	for _, bad := range []string{"!", "AAAA", "a b"} {
		if _, err := read("a", bad, 4); !errors.Is(err, view.ErrInvalidCursor) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
