package index

import (
	"bytes"
	"container/heap"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

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
