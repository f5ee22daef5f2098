package view_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/viewtest"
)

// doubles is another view for tests: each letter that a text has twice in a row.
func doubles(version uint64) view.View {
	return view.View{Name: "doubles", Version: version, Families: []store.Family{store.FamilyListItem}, Derive: func(v *store.Visible) (entries []view.Entry) {
		text := v.Refs.Text
		for i := 1; i < len(text); i++ {
			if text[i] == text[i-1] {
				key := store.NewKey(store.FamilyListItem).DID(v.Bundle.DID).Text(text[i : i+1]).Text("").Text(string(v.Bundle.Path.Key))
				entries = append(entries, view.Entry{Key: key})
			}
		}
		return entries
	}}
}

// TestTogether: views that begin at different places, one of them with entries of
// other rules to throw away, all come to the end, are told of what comes
// then, and have what each would have alone.
func TestTogether(t *testing.T) {
	const posts = 700 // some pages
	w := viewtest.New(t)
	write := func(from, to int) {
		for i := from; i < to; i++ {
			w.Post(1+i%3, fmt.Sprint("k", i), []string{"ab", "aab", "cc"}[i%3], nil)
		}
	}
	write(0, 300)
	w.Settle(view.Follow(w.DB, doubles(1)))
	ahead := view.Follow(w.DB, letters(1))
	_, err := ahead.Step(ctx)
	w.Must(err)
	write(300, 600)

	followers := []*view.Follower{ahead, view.Follow(w.DB, doubles(2))}
	within, stop := context.WithTimeout(ctx, time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- view.Run(within, followers) }()
	write(600, posts)
	for behind := true; behind && within.Err() == nil; time.Sleep(time.Millisecond) {
		states, err := view.States(followers)
		w.Must(err)
		behind = false
		for _, s := range states {
			behind = behind || s.Behind > 0 || s.Version == 0
		}
	}
	stop()
	w.Must(<-ended)
	for i, v := range []view.View{letters(1), doubles(2)} {
		got, want := own(w.Entries(followers[i])), naive(w, v)
		if len(want) < posts/3 || !maps.Equal(got, want) {
			t.Errorf("%s: %d entries, want %d", v.Name, len(got), len(want))
		}
	}
}
