package index

import (
	"bytes"
	"cmp"
	"container/heap"
	"slices"
	"time"

	"metanet/content/store"
)

// startAfter is the first key of an author that comes after a position in the
// order of all authors: newest first, then by author.
func startAfter(author authorID, p position) []byte {
	mine := store.NewKey(store.FamilyAuthorAll).Rest(author.key())
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

// merger gives the entries of many authors' feeds in one order. It opens a feed
// when its turn may have come, keeps a few entries of each, and reads more of those
// whose turn comes often.
type merger struct {
	*view
	after   position // where all feeds begin, if resumed
	resumed bool
	shut    []shut // feeds not opened yet, the latest first
	heads   []head // a heap
}

// shut is a feed of which only a time is known that nothing in it is after.
type shut struct {
	last int64
	*pulse
}

// head is the entries of one author that were read and not yet given.
type head struct {
	unread  store.Range
	entries []entry
	sort    []byte // of the first entry
	more    bool   // there may be more in its range
}

// openAtOnce is how many feeds one iterator opens; firstRead and laterRead are how
// many entries are read of one.
const (
	openAtOnce = 32
	firstRead  = 1
	laterRead  = 8
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
	slices.SortFunc(m.shut, func(a, b shut) int { return cmp.Compare(b.last, a.last) })
	for {
		if err := m.open(); err != nil || len(m.heads) == 0 {
			return err
		}
		h := &m.heads[0]
		if more, err := take(h.entries[0]); err != nil || !more {
			return err
		}
		if err := m.advance(h); err != nil {
			return err
		}
	}
}

// open reads the first entry of every author who may have one that comes before
// the first head.
func (m *merger) open() error {
	for len(m.shut) > 0 && (len(m.heads) == 0 || m.shut[0].last >= feedTime(m.heads[0].entries[0].at)) {
		n := min(openAtOnce, len(m.shut))
		ranges := make([]store.Range, n)
		for i, s := range m.shut[:n] {
			ranges[i] = m.feed(s.id)
		}
		err := m.ScanEach(ranges, firstRead, func(i int, key, value []byte) (bool, error) {
			e, err := authorEntry(store.FamilyAuthorAll, key, value)
			if err == nil {
				heap.Push(m, head{ranges[i].After(key), []entry{e}, e.key(), true})
			}
			return true, err
		})
		if err != nil {
			return err
		}
		m.shut = m.shut[n:]
	}
	return nil
}

// feed is the range of what an author's feed has to give.
func (m *merger) feed(author authorID) store.Range {
	r := store.Prefix(store.NewKey(store.FamilyAuthorAll).Rest(author.key()))
	if m.resumed {
		r.Start = startAfter(author, m.after)
	}
	return r
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
	var last []byte
	err := m.Scan(h.unread, store.Forward, laterRead, func(key, value []byte) (bool, error) {
		e, err := authorEntry(store.FamilyAuthorAll, key, value)
		h.entries = append(h.entries, e)
		last = append(last[:0], key...)
		return true, err
	})
	h.more = len(h.entries) == laterRead
	if last != nil {
		h.unread = h.unread.After(last)
	}
	return err
}
