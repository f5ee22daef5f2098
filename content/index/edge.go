package index

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// edgeKind is what one actor does to one subject, at most once however many
// records say so.
type edgeKind byte

const (
	edgeLike   edgeKind = 1
	edgeRepost edgeKind = 2
	edgeFollow edgeKind = 3
	edgeBlock  edgeKind = 4
)

// counted is the count of the subject that a kind of edge raises.
func (k edgeKind) counted() countKind {
	switch k {
	case edgeLike:
		return countLikes
	case edgeRepost:
		return countReposts
	case edgeFollow:
		return countFollowers
	default:
		return countBlockers
	}
}

// A mention of an edge is one record that says it. The first of them, by time
// and path, stands for the edge; the others are kept beside it
// (FamilyEdgeExtra), to take its place when it is deleted.
type mention struct {
	at   time.Time
	path record.Path
}

func (m mention) before(n mention) bool {
	return cmp.Or(m.at.Compare(n.at), strings.Compare(m.path.String(), n.path.String())) < 0
}

// edge is one edge: who does what to whom.
type edge struct {
	kind    edgeKind
	subject string
	actor   identity.DID
}

func (e edge) key() store.Key {
	return store.NewKey(store.FamilyEdge).Byte(byte(e.kind)).Text(e.subject).DID(e.actor)
}

func (e edge) extras() store.Key {
	return store.NewKey(store.FamilyEdgeExtra).Byte(byte(e.kind)).Text(e.subject).DID(e.actor)
}

func (e edge) extra(m mention) store.Key { return e.extras().Time(m.at).Path(m.path) }

// read is how many records say so, and the first of them; 0 if none does.
func (e edge) read(r store.Reader) (n uint64, first mention, err error) {
	b, err := r.Get(e.key())
	if errors.Is(err, store.ErrNotFound) {
		return 0, mention{}, nil
	}
	if err != nil {
		return 0, mention{}, err
	}
	n, w := binary.Uvarint(b)
	if w <= 0 || n == 0 {
		return 0, mention{}, fmt.Errorf("%w: edge", ErrCorrupt)
	}
	p := store.ReadParts(b[w:])
	first = mention{p.Time(), p.Path()}
	if p.End() != nil {
		return 0, mention{}, fmt.Errorf("%w: edge", ErrCorrupt)
	}
	return n, first, nil
}

// write sets how many records say so, and which is the first.
func (e edge) write(b *store.Batch, n uint64, first mention) {
	b.Set(e.key(), store.Key(binary.AppendUvarint(nil, n)).Time(first.at).Path(first.path))
}

// list writes or removes the edge in the lists by which it is found from either
// end, where it stands at the time of its first mention.
func (e edge) list(b *store.Batch, m mention, s sign) {
	path := store.NewKey(0)[:0].Path(m.path)
	s.entry(b, store.NewKey(store.FamilyEdgesTo).Byte(byte(e.kind)).Text(e.subject).Newest(m.at).DID(e.actor), path)
	s.entry(b, store.NewKey(store.FamilyEdgesFrom).Byte(byte(e.kind)).DID(e.actor).Newest(m.at).Text(e.subject), path)
}

// count counts the edge at both ends.
func (e edge) count(b *store.Batch, s sign) error {
	if err := count(b, e.subject, e.kind.counted(), s); err != nil || e.kind != edgeFollow {
		return err
	}
	return count(b, string(e.actor), countFollows, s)
}

// deriveEdge adds or removes one record that says the edge.
func deriveEdge(b *store.Batch, v *store.Visible, s sign, kind edgeKind, subject string) error {
	if subject == "" {
		return nil // names nobody and nothing that we can read
	}
	e := edge{kind, subject, v.Bundle.DID}
	m := mention{TimeOf(v), v.Bundle.Path}
	m.at = time.UnixMicro(max(m.at.UnixMicro(), 0)).UTC() // as keys have it
	if s == give {
		return e.give(b, m)
	}
	return e.take(b, m)
}

func (e edge) give(b *store.Batch, m mention) error {
	n, first, err := e.read(b)
	switch {
	case err != nil:
		return err
	case n == 0:
		e.list(b, m, give)
		e.write(b, 1, m)
		return e.count(b, give)
	case m.before(first):
		e.list(b, first, take)
		e.list(b, m, give)
		b.Set(e.extra(first), nil)
		e.write(b, n+1, m)
	default:
		b.Set(e.extra(m), nil)
		e.write(b, n+1, first)
	}
	return nil
}

func (e edge) take(b *store.Batch, m mention) error {
	n, first, err := e.read(b)
	switch {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("%w: no edge to take %s from", ErrCorrupt, m.path)
	case n == 1:
		b.Delete(e.key())
		e.list(b, first, take)
		return e.count(b, take)
	case m != first:
		b.Delete(e.extra(m))
		e.write(b, n-1, first)
		return nil
	}
	next, err := e.second(b)
	if err != nil {
		return err
	}
	e.list(b, first, take)
	e.list(b, next, give)
	b.Delete(e.extra(next))
	e.write(b, n-1, next)
	return nil
}

// second is the first of the other mentions.
func (e edge) second(r store.Reader) (m mention, err error) {
	found := false
	err = r.Scan(store.Prefix(e.extras()), store.Forward, 1, func(key, _ []byte) (bool, error) {
		k := store.ReadKey(store.FamilyEdgeExtra, key)
		k.Byte()
		k.Text()
		k.DID()
		m, found = mention{k.Time(), k.Path()}, true
		return false, k.End()
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: edge is miscounted", ErrCorrupt)
	}
	return m, err
}
