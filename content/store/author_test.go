package store

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"metanet/content/negentropy"
	"metanet/content/record"
)

// What peers are given of an author is the author's part of what they are given of the
// shard: tombstones, too, and nothing of what lies under them.
func TestAuthorItems(t *testing.T) {
	db := openTest(t, Options{})
	me := author(1)
	var all []Admission
	for i := range 20 {
		for n := range 3 {
			all = append(all, admit(sign(t, author(n), n, post(fmt.Sprint("r", i)), rev(i), text("here"))))
		}
	}
	for i := range 5 {
		all = append(all, admit(sign(t, me, 1, post(fmt.Sprint("r", i)), rev(100+i), nil)))
	}
	if _, err := db.Commit(ctx, all); err != nil {
		t.Fatal(err)
	}
	got, want := make(map[negentropy.Item]bool), make(map[negentropy.Item]bool)
	err := AuthorItems(db, me, func(i negentropy.Item, b *record.Bundle) error {
		if b.DID != me || ItemOf(b) != i {
			t.Errorf("%s is not of %s", b.DID, me)
		}
		got[i] = true
		return nil
	})
	everything := func(negentropy.ID) (bool, error) { return true, nil }
	shard := Items{R: db, Shard: me.Shard(ItemShards)}
	err = errors.Join(err, shard.Bundles(negentropy.Item{}, negentropy.Infinity, everything, func(i negentropy.Item, b *record.Bundle) error {
		if b.DID == me {
			want[i] = true
		}
		return nil
	}))
	if err != nil || len(got) != 20 || !maps.Equal(got, want) {
		t.Errorf("%d records, of the shard %d: %v", len(got), len(want), err)
	}
}

func TestAuthorItemsAreBounded(t *testing.T) {
	db := openTest(t, Options{})
	var all []Admission
	for i := range AuthorMax + 1 {
		all = append(all, admit(sign(t, author(1), 1, post(fmt.Sprint("r", i)), rev(i), nil)))
	}
	if _, err := db.Commit(ctx, all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := AuthorItems(db, author(1), func(negentropy.Item, *record.Bundle) error { seen++; return nil })
	if !errors.Is(err, ErrTooMany) || seen != AuthorMax {
		t.Errorf("%d records looked at: %v", seen, err)
	}
}
