package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"metanet/content/negentropy"
)

func randomSpot(r *rand.Rand) (at spot) {
	binary.BigEndian.PutUint64(at[:], 1<<50+r.Uint64N(1<<[]int{1, 10, 30, 48}[r.IntN(4)]))
	for j := 8; j < 40; j += 8 {
		binary.LittleEndian.PutUint64(at[j:], r.Uint64())
	}
	if r.IntN(3) == 0 {
		copy(at[:], "\x00\x04sametimeandbeginning")
	}
	return at
}

func vectorOf(all map[spot]bool) *negentropy.Vector {
	var items []negentropy.Item
	for at := range all {
		items = append(items, at.item())
	}
	return negentropy.NewVector(items)
}

// Sums, parts and scans of the tree are those of a plain list, whatever came and went
// in which order; and the tree's bytes depend on what is in it alone.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	db := openTest(t, Options{})
	all := make(map[spot]bool)
	for round := range 24 {
		var changes []itemChange
		if round%6 == 5 {
			for at := range all {
				if r.IntN(8) > 0 {
					changes = append(changes, itemChange{shard: 3, at: at, gone: true})
					delete(all, at)
				}
			}
		} else {
			for range 1 + r.IntN(1500) {
				at := randomSpot(r)
				changes = append(changes, itemChange{shard: 3, at: at, path: []byte("x")})
				all[at] = true
			}
		}
		if err := db.Update(t.Context(), func(b *Batch) error { return changeItems(b, changes) }); err != nil {
			t.Fatal(err)
		}
		sameSet(t, r, Items{db, 3}, vectorOf(all))
	}
	again := openTest(t, Options{})
	var changes []itemChange
	for at := range all {
		changes = append(changes, itemChange{shard: 3, at: at, path: []byte("x")})
		if len(changes) == 100 {
			if err := again.Update(t.Context(), func(b *Batch) error { return changeItems(b, changes) }); err != nil {
				t.Fatal(err)
			}
			changes = nil
		}
	}
	if err := again.Update(t.Context(), func(b *Batch) error { return changeItems(b, changes) }); err != nil {
		t.Fatal(err)
	}
	sameDump(t, dump(t, db), dump(t, again))
}

func sameSet(t *testing.T, r *rand.Rand, got Items, want *negentropy.Vector) {
	t.Helper()
	for i := range 30 {
		lo, hi := randomSpot(r).item(), randomSpot(r).item()
		if hi.Less(lo) {
			lo, hi = hi, lo
		}
		if i == 0 {
			lo, hi = negentropy.Item{}, negentropy.Infinity
		}
		sum, err := got.Sum(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		should, _ := want.Sum(lo, hi)
		if sum != should {
			t.Fatalf("sum of [%x, %x) is %v, want %v", lo, hi, sum, should)
		}
		if sum.Count < negentropy.ListMax {
			continue
		}
		parts, err := got.Split(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		if len(parts) < 2 || len(parts) > negentropy.Parts || parts[len(parts)-1].End != hi {
			t.Fatalf("%d parts", len(parts))
		}
		from := lo
		for _, p := range parts {
			if should, _ := want.Sum(from, p.End); p.Sum != should || p.Sum.Count > sum.Count/2 {
				t.Fatalf("part [%x, %x) of %v is %v, want %v", from, p.End, sum, p.Sum, should)
			}
			from = p.End
		}
	}
}

// TestSecondSchema: a database of the version before items gets those it would have.
func TestSecondSchema(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []Admission
	for i := range rebuildBatch + 10 { // more than are made in one update
		list = append(list, admit(sign(t, author(i%7), i%3, post(fmt.Sprint("k", i)), rev(i), map[string]any{"text": "x"})))
	}
	if _, err := db.Commit(ctx, list); err != nil {
		t.Fatal(err)
	}
	want := dump(t, db)
	err = db.Update(ctx, func(b *Batch) error {
		b.Set(metaKey(metaSchema), []byte("2"))
		removed := 0
		for key := range want {
			if f := Family(key[0]); f == FamilyItem || f == FamilySum {
				b.Delete(Key(key))
				removed++
			}
		}
		if removed == 0 {
			return errors.New("there were no items")
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // once made, they stay
		if db, err = Open(dir, Options{}); err != nil {
			t.Fatal(err)
		}
		sameDump(t, dump(t, db), want)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
