package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"metanet/content/negentropy"
)

// Sums of the items' ids let two stores be compared without being read. They form a
// tree by the leading bits of an item's place: the nodes of level 0 share 24 bits (12.7
// days of revs), each further level four more. A node has children where it has more than
// sumLeaf items below it, and only there, so that the tree depends on the items alone,
// costs a few nodes for each commit, and cannot be made deep by choosing revs: ids are
// hashes.
const (
	sumBits0, sumBits = 24, 4
	sumLeaf           = 256
	sumLevels         = (8*len(spot{}) - sumBits0) / sumBits
)

// spot is an item as bytes that sort like it: its time and its id.
type spot [8 + 32]byte

func spotOf(i negentropy.Item) (at spot) {
	binary.BigEndian.PutUint64(at[:], i.Time)
	copy(at[8:], i.ID[:])
	return at
}

func (at spot) item() negentropy.Item {
	return negentropy.Item{Time: binary.BigEndian.Uint64(at[:]), ID: negentropy.ID(at[8:])}
}

func (at spot) before(o spot) bool { return bytes.Compare(at[:], o[:]) < 0 }

func prefixBits(level int) int { return sumBits0 + sumBits*level }

// prefix is the start of the node of a level that at is below.
func (at spot) prefix(level int) spot {
	n := prefixBits(level)
	if n%8 != 0 {
		at[n/8] &= 0xf0
		n += sumBits
	}
	clear(at[n/8:])
	return at
}

// next is where the node of a level ends that begins at at.
func (at spot) next(level int) spot {
	n := prefixBits(level)
	step := byte(1)
	if n%8 != 0 {
		step, n = 0x10, n+sumBits
	}
	for i := n/8 - 1; i >= 0; i-- {
		at[i] += step
		if at[i] != 0 {
			return at
		}
		step = 1
	}
	return spotOf(negentropy.Infinity)
}

func sumKey(shard byte, level int, prefix spot) Key {
	return NewKey(FamilySum).Byte(shard).Byte(byte(level)).Rest(prefix[:(prefixBits(level)+7)/8])
}

func encodeSum(s negentropy.Sum) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 40), s.Count)
	for _, w := range s.Total {
		b = binary.BigEndian.AppendUint64(b, w)
	}
	return b
}

func decodeSum(b []byte) (s negentropy.Sum, err error) {
	if len(b) != 40 {
		return s, fmt.Errorf("%w: a sum of %d bytes", ErrCorrupt, len(b))
	}
	s.Count = binary.BigEndian.Uint64(b)
	for i := range s.Total {
		s.Total[i] = binary.BigEndian.Uint64(b[8+8*i:])
	}
	return s, nil
}

// changeItems writes items and their sums.
func changeItems(b *Batch, changes []itemChange) error {
	for _, c := range changes {
		if key := itemKey(c.shard, c.at); c.gone {
			b.Delete(key)
		} else {
			b.Set(key, c.path)
		}
	}
	slices.SortFunc(changes, func(x, y itemChange) int {
		if x.shard != y.shard {
			return int(x.shard) - int(y.shard)
		}
		return bytes.Compare(x.at[:], y.at[:])
	})
	return (&summer{b}).change(0, changes)
}

// summer keeps the tree within a batch.
type summer struct{ b *Batch }

// change goes through the nodes of one level that sorted changes are below.
func (m *summer) change(level int, changes []itemChange) error {
	for len(changes) > 0 {
		shard, prefix := changes[0].shard, changes[0].at.prefix(level)
		n := 1
		for n < len(changes) && changes[n].shard == shard && changes[n].at.prefix(level) == prefix {
			n++
		}
		if err := m.node(level, prefix, changes[:n]); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

func (m *summer) node(level int, prefix spot, changes []itemChange) error {
	shard := changes[0].shard
	key := sumKey(shard, level, prefix)
	var was negentropy.Sum
	value, err := m.b.Get(key)
	if err == nil {
		was, err = decodeSum(value)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	now := was
	for _, c := range changes {
		if one := negentropy.Of(c.at.item().ID); c.gone {
			now = now.Minus(one)
		} else {
			now = now.Plus(one)
		}
	}
	m.set(key, now)
	switch had, has := was.Count > sumLeaf, now.Count > sumLeaf; {
	case had && has:
		return m.change(level+1, changes)
	case has:
		return m.grow(shard, level, prefix)
	case had:
		return m.prune(shard, level, prefix)
	}
	return nil
}

func (m *summer) set(key Key, s negentropy.Sum) {
	if s.Count == 0 {
		m.b.Delete(key)
		return
	}
	m.b.Set(key, encodeSum(s))
}

// grow makes the children of a node from its items.
func (m *summer) grow(shard byte, level int, prefix spot) error {
	var below []spot
	err := Items{m.b, int(shard)}.scan(prefix, prefix.next(level), func(at spot, _ []byte) (bool, error) {
		below = append(below, at)
		return true, nil
	})
	if err == nil {
		m.make(shard, level+1, below)
	}
	return err
}

func (m *summer) make(shard byte, level int, below []spot) {
	for len(below) > 0 {
		prefix := below[0].prefix(level)
		var s negentropy.Sum
		n := 0
		for ; n < len(below) && below[n].prefix(level) == prefix; n++ {
			s = s.Plus(negentropy.Of(below[n].item().ID))
		}
		m.set(sumKey(shard, level, prefix), s)
		if s.Count > sumLeaf {
			m.make(shard, level+1, below[:n])
		}
		below = below[n:]
	}
}

// prune removes what is below a node.
func (m *summer) prune(shard byte, level int, prefix spot) error {
	end := prefix.next(level)
	for l := level + 1; l <= sumLevels; l++ {
		var keys []Key
		err := m.b.Scan(Range{Start: sumKey(shard, l, prefix), End: sumKey(shard, l, end)}, Forward, 0, func(key, _ []byte) (bool, error) {
			keys = append(keys, bytes.Clone(key))
			return true, nil
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			m.b.Delete(key)
		}
	}
	return nil
}

// piece is a stretch of items whose sum is known: a node, or some items of one that
// has no children.
type piece struct {
	lo, hi spot
	sum    negentropy.Sum
	level  int // of the node; -1 for items
	whole  bool
}

// pieces is what [lo, hi) is made of, from the nodes of a level down.
func (s Items) pieces(level int, lo, hi spot) (out []piece, err error) {
	if !lo.before(hi) {
		return nil, nil
	}
	nodes, err := s.nodes(level, lo, hi)
	for _, n := range nodes {
		if n.lo == n.lo.prefix(level) && !n.lo.before(lo) && !hi.before(n.hi) {
			out = append(out, n)
			continue
		}
		a, z := n.lo, n.hi
		if a.before(lo) {
			a = lo
		}
		if hi.before(z) {
			z = hi
		}
		var part []piece
		if n.sum.Count > sumLeaf {
			part, err = s.pieces(level+1, a, z)
		} else {
			part, err = s.some(a, z)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, err
}

// nodes are those of a level that have items in [lo, hi), and maybe others at its ends.
func (s Items) nodes(level int, lo, hi spot) (nodes []piece, err error) {
	shard := byte(s.Shard)
	end := sumKey(shard, level, hi.prefix(level))
	if hi != hi.prefix(level) {
		end = append(end, 0) // the node that hi is below, too
	}
	err = s.R.Scan(Range{Start: sumKey(shard, level, lo.prefix(level)), End: end}, Forward, 0, func(key, value []byte) (bool, error) {
		n := piece{level: level}
		copy(n.lo[:], key[3:])
		n.hi = n.lo.next(level)
		n.sum, err = decodeSum(value)
		nodes = append(nodes, n)
		return true, err
	})
	return nodes, err
}

// some is a few items as one piece.
func (s Items) some(lo, hi spot) ([]piece, error) {
	p := piece{lo: lo, hi: hi, level: -1}
	err := s.scan(lo, hi, func(at spot, _ []byte) (bool, error) {
		p.sum = p.sum.Plus(negentropy.Of(at.item().ID))
		return true, nil
	})
	if p.sum.Count == 0 {
		return nil, err
	}
	return []piece{p}, err
}

// Sum is negentropy.Set's. It reads at most 16 nodes of each level at either end, and
// the items of two nodes that have no children.
func (s Items) Sum(lo, hi negentropy.Item) (sum negentropy.Sum, err error) {
	pieces, err := s.pieces(0, spotOf(lo), spotOf(hi))
	for _, p := range pieces {
		sum = sum.Plus(p.sum)
	}
	return sum, err
}

// Split is negentropy.Set's: it opens the largest piece until all are small.
func (s Items) Split(lo, hi negentropy.Item) ([]negentropy.Part, error) {
	pieces, err := s.pieces(0, spotOf(lo), spotOf(hi))
	if err != nil {
		return nil, err
	}
	var all uint64
	for _, p := range pieces {
		all += p.sum.Count
	}
	for {
		i := largest(pieces)
		if i < 0 || len(pieces) >= negentropy.Parts && pieces[i].sum.Count <= all/negentropy.Parts {
			break
		}
		opened, err := s.open(pieces[i])
		if err != nil {
			return nil, err
		}
		pieces = slices.Replace(pieces, i, i+1, opened...)
	}
	parts := make([]negentropy.Part, len(pieces))
	for i, p := range pieces {
		parts[i] = negentropy.Part{End: p.hi.item(), Sum: p.sum}
	}
	if parts = negentropy.Merge(parts); len(parts) > 0 {
		parts[len(parts)-1].End = hi
	}
	return parts, nil
}

// largest is the piece with the most items that can be opened, -1 if there is none.
func largest(pieces []piece) int {
	at := -1
	for i, p := range pieces {
		if !p.whole && p.sum.Count > 1 && (at < 0 || p.sum.Count > pieces[at].sum.Count) {
			at = i
		}
	}
	return at
}

func (s Items) open(p piece) ([]piece, error) {
	if p.level >= 0 && p.sum.Count > sumLeaf {
		return s.nodes(p.level+1, p.lo, p.hi)
	}
	var items []negentropy.Item
	err := s.scan(p.lo, p.hi, func(at spot, _ []byte) (bool, error) {
		items = append(items, at.item())
		return true, nil
	})
	if err != nil || len(items) < 2 {
		p.whole = true // it was about to change, where R is no snapshot
		return []piece{p}, err
	}
	var opened []piece
	lo := p.lo
	for _, part := range negentropy.SplitItems(items, p.hi.item()) {
		opened = append(opened, piece{lo: lo, hi: spotOf(part.End), sum: part.Sum, whole: true})
		lo = spotOf(part.End)
	}
	return opened, nil
}
