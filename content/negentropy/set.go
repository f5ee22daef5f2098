package negentropy

import (
	"slices"
	"sort"
)

// Set is the elements of one party. Ranges are half-open, [lo, hi).
type Set interface {
	// Sum is the sum of a range.
	Sum(lo, hi Item) (Sum, error)
	// Split cuts a range of at least ListMax elements into parts that meet, at least
	// two of them not empty, and the last of which ends at hi: about Parts of them, of
	// about the same size.
	Split(lo, hi Item) ([]Part, error)
	// Scan calls fn for each element of a range, in order, until fn answers false.
	Scan(lo, hi Item, fn func(Item) bool) error
}

// Part is a part of a range: from where the one before it ends, up to End.
type Part struct {
	End Item
	Sum Sum
}

const (
	// Parts is into how many parts a range is cut that differs.
	Parts = 16
	// ListMax is from how many elements on a range is cut; the ids of smaller ones
	// are listed.
	ListMax = 2 * Parts
)

// Vector is a set in memory.
type Vector struct {
	items []Item
	sums  []Sum // sums[i] is of items[:i]
}

// NewVector makes a set of items in any order; it keeps the slice.
func NewVector(items []Item) *Vector {
	slices.SortFunc(items, Item.Compare)
	items = slices.Compact(items)
	v := &Vector{items, make([]Sum, len(items)+1)}
	for i, item := range items {
		v.sums[i+1] = v.sums[i].Plus(Of(item.ID))
	}
	return v
}

// index is how many items are before b.
func (v *Vector) index(b Item) int {
	return sort.Search(len(v.items), func(i int) bool { return !v.items[i].Less(b) })
}

// Sum is Set's; it cannot fail.
func (v *Vector) Sum(lo, hi Item) (Sum, error) {
	return v.sums[v.index(hi)].Minus(v.sums[v.index(lo)]), nil
}

// Split is Set's; it cannot fail.
func (v *Vector) Split(lo, hi Item) ([]Part, error) {
	return SplitItems(v.items[v.index(lo):v.index(hi)], hi), nil
}

// Scan is Set's; it cannot fail.
func (v *Vector) Scan(lo, hi Item, fn func(Item) bool) error {
	for _, item := range v.items[v.index(lo):v.index(hi)] {
		if !fn(item) {
			break
		}
	}
	return nil
}

// SplitItems cuts sorted items, at least two, into at most Parts parts of the same
// size, the last of which ends at hi.
func SplitItems(items []Item, hi Item) []Part {
	n := min(Parts, len(items))
	parts := make([]Part, n)
	for i := range parts {
		from, to := i*len(items)/n, (i+1)*len(items)/n
		for _, item := range items[from:to] {
			parts[i].Sum = parts[i].Sum.Plus(Of(item.ID))
		}
		parts[i].End = hi
		if to < len(items) {
			parts[i].End = Between(items[to-1], items[to])
		}
	}
	return parts
}

// Merge joins neighbours among parts until there are about Parts of about the same
// size. It keeps the slice.
func Merge(parts []Part) []Part {
	if len(parts) <= Parts {
		return parts
	}
	var all uint64
	for _, p := range parts {
		all += p.Sum.Count
	}
	out := parts[:0]
	rest := all // the elements of the last part and of those to come
	for _, p := range parts {
		n := len(out)
		if n > 0 && (n == Parts || 2*out[n-1].Sum.Count+p.Sum.Count <= 2*rest/uint64(Parts+1-n)) {
			out[n-1] = Part{p.End, out[n-1].Sum.Plus(p.Sum)}
			continue
		}
		if n > 0 {
			rest -= out[n-1].Sum.Count
		}
		out = append(out, p)
	}
	return out
}

// Window is the part of a set within [Lo, Hi).
type Window struct {
	Set    Set
	Lo, Hi Item
}

func (w Window) clip(lo, hi Item) (Item, Item) {
	if lo.Less(w.Lo) {
		lo = w.Lo
	}
	if w.Hi.Less(hi) {
		hi = w.Hi
	}
	if hi.Less(lo) {
		hi = lo
	}
	return lo, hi
}

// Sum is Set's.
func (w Window) Sum(lo, hi Item) (Sum, error) {
	lo, hi = w.clip(lo, hi)
	return w.Set.Sum(lo, hi)
}

// Split is Set's.
func (w Window) Split(lo, hi Item) ([]Part, error) {
	l, h := w.clip(lo, hi)
	parts, err := w.Set.Split(l, h)
	if len(parts) > 0 {
		parts[len(parts)-1].End = hi
	}
	return parts, err
}

// Scan is Set's.
func (w Window) Scan(lo, hi Item, fn func(Item) bool) error {
	lo, hi = w.clip(lo, hi)
	return w.Set.Scan(lo, hi, fn)
}
