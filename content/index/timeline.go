package index

import (
	"bytes"
	"container/heap"
	"context"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

// MaxFollows bounds whom a home timeline is merged of: the newest follows.
const MaxFollows = 10_000

// Timeline is what a person and those they follow posted and reposted, newest
// first. It is merged when read, one seek an author, so that a post costs the same
// however many follow its author.
func (x *Index) Timeline(ctx context.Context, did identity.DID, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorTimeline, cursor)
	if err != nil {
		return Page{}, err
	}
	return look(ctx, x, func(v *view) (Page, error) {
		authors, err := x.followed(v, did)
		if err != nil {
			return Page{}, err
		}
		m := &merger{view: v}
		for _, author := range append(authors, did) {
			r := store.Prefix(store.NewKey(store.FamilyAuthorAll).DID(author))
			if ok {
				r.Start = startAfter(author, after)
			}
			m.ranges = append(m.ranges, r)
		}
		b := &builder{view: v, kind: cursorTimeline, limit: clamp(limit)}
		err = m.run(b.add)
		return b.page, err
	})
}

// startAfter is the first key of an author that comes after a position in the
// order of all authors: newest first, then by author.
func startAfter(author identity.DID, p position) []byte {
	mine := store.NewKey(store.FamilyAuthorAll).DID(author)
	theirs := store.NewKey(store.FamilyAuthorAll).DID(p.did)
	switch bytes.Compare(mine, theirs) {
	case 0:
		return append(authorKey(store.FamilyAuthorAll, p), 0)
	case 1:
		return mine.Newest(p.at)
	default:
		return mine.Newest(p.at.Add(-time.Microsecond))
	}
}

// followed is the identities that a person follows, without themselves, each
// once. Follows of names that nobody here has proved are passed over.
func (x *Index) followed(v *view, did identity.DID) ([]identity.DID, error) {
	var names []identity.ATName
	err := v.Scan(store.Prefix(edgesFrom(edgeFollow, did)), store.Forward, MaxFollows, func(key, _ []byte) (bool, error) {
		k := store.ReadKey(store.FamilyEdgesFrom, key)
		k.Byte()
		k.DID()
		k.Newest()
		names = append(names, identity.ATName(k.Text()))
		return true, k.End()
	})
	if err != nil {
		return nil, err
	}
	authors := make([]identity.DID, 0, len(names))
	for _, name := range names {
		switch author, err := x.named(v, name); {
		case err == nil && author != did:
			authors = append(authors, author)
		case err != nil && !missing(err):
			return nil, err
		}
	}
	return authors, nil
}

// named is the identity of an AT name, remembered: whoever follows hundreds asks
// for the same ones each time.
func (x *Index) named(v *view, name identity.ATName) (identity.DID, error) {
	if did, ok := x.names.Get(name); ok {
		return did, nil
	}
	did, err := didAt(v, namedKey(name))
	if err == nil {
		x.names.Add(name, did)
	}
	return did, err
}

// merger gives the entries of many authors' feeds in one order. It keeps a few
// entries of each author and reads more of those whose turn comes often.
type merger struct {
	*view
	ranges []store.Range // what is still unread of each author
	heads  []head        // a heap
}

// head is the entries of one author that were read and not yet given.
type head struct {
	author  int
	entries []entry
	sort    []byte // of the first entry
	more    bool   // there may be more in its range
}

const (
	firstRead = 1
	laterRead = 8
)

func (m *merger) Len() int           { return len(m.heads) }
func (m *merger) Less(i, j int) bool { return bytes.Compare(m.heads[i].sort, m.heads[j].sort) < 0 }
func (m *merger) Swap(i, j int)      { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *merger) Push(x any)         { m.heads = append(m.heads, x.(head)) }

func (m *merger) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}

// run gives entries to take until it answers false.
func (m *merger) run(take func(entry) (bool, error)) error {
	if err := m.begin(); err != nil {
		return err
	}
	for len(m.heads) > 0 {
		h := &m.heads[0]
		if more, err := take(h.entries[0]); err != nil || !more {
			return err
		}
		if err := m.advance(h); err != nil {
			return err
		}
	}
	return nil
}

// begin reads the first entry of every author.
func (m *merger) begin() error {
	err := m.ScanEach(m.ranges, firstRead, func(i int, key, value []byte) (bool, error) {
		e, err := authorEntry(store.FamilyAuthorAll, key, value)
		if err == nil {
			m.heads = append(m.heads, head{i, []entry{e}, e.key(), true})
			m.ranges[i] = m.ranges[i].After(key)
		}
		return true, err
	})
	heap.Init(m)
	return err
}

// advance moves the first head on.
func (m *merger) advance(h *head) error {
	h.entries = h.entries[1:]
	if len(h.entries) == 0 && h.more {
		if err := m.refill(h); err != nil {
			return err
		}
	}
	if len(h.entries) == 0 {
		heap.Pop(m)
		return nil
	}
	h.sort = h.entries[0].key()
	heap.Fix(m, 0)
	return nil
}

func (m *merger) refill(h *head) error {
	r := &m.ranges[h.author]
	var last []byte
	err := m.Scan(*r, store.Forward, laterRead, func(key, value []byte) (bool, error) {
		e, err := authorEntry(store.FamilyAuthorAll, key, value)
		h.entries = append(h.entries, e)
		last = append(last[:0], key...)
		return true, err
	})
	h.more = len(h.entries) == laterRead
	if last != nil {
		*r = r.After(last)
	}
	return err
}
