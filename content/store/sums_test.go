package store

import (
	"encoding/binary"
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
