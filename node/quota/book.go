package quota

import (
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// Book is the ledger's page for one durable write of the door: what its records
// add is counted as it is judged, and entered in the same batch that stores them.
// It is for one goroutine. A nil Book allows everything.
type Book struct {
	l     *Ledger
	day   uint32
	lines map[identity.DID]*line
}

type line struct {
	held  uint64 // bytes of visible records, with those let through in this write
	today uint64 // stored before this write
	asked uint64 // let through in this write; those that were stored already count, too, until it is over
	added uint64 // stored by this write
}

// Open begins a page.
func (l *Ledger) Open(now time.Time) *Book {
	if l == nil {
		return nil
	}
	day, _ := dayOf(now)
	return &Book{l: l, day: day, lines: make(map[identity.DID]*line)}
}

// Admit says whether the author may store a record, by an Exceeded. An import
// brings what was written over years, so that the day's count is not for it. What
// takes away is let through the limits of bytes; leaving, through all of them.
func (b *Book) Admit(r *record.Bundle, imported bool) error {
	if b == nil || r.Path == record.DeparturePath {
		return nil
	}
	ln, err := b.line(r.DID)
	if err != nil {
		return err
	}
	limits := b.l.limits
	if !imported && ln.today+ln.asked >= limits.Of(Records) {
		return b.l.refuse(Records)
	}
	var more uint64
	if r.Value != nil {
		more = size(r)
		if err := b.l.Allow(RecordBytes, ln.held+more); err != nil {
			return err
		}
	}
	if !imported {
		ln.asked++
	}
	ln.held += more
	return nil
}

func (b *Book) line(did identity.DID) (*line, error) {
	if ln, ok := b.lines[did]; ok {
		return ln, nil
	}
	h, err := readHeld(b.l.db, did)
	if err != nil {
		return nil, err
	}
	n, err := readCounter(b.l.space, counterKey(Records, string(did)), b.day)
	if err != nil {
		return nil, err
	}
	ln := &line{held: h, today: n}
	b.lines[did] = ln
	return ln, nil
}

// Stored counts a record of the day.
func (b *Book) Stored(did identity.DID) {
	if b == nil {
		return
	}
	if ln, ok := b.lines[did]; ok {
		ln.added++
	}
}

// Enter writes the page into the batch that stores its records.
func (b *Book) Enter(batch *store.Batch) error {
	if b == nil {
		return nil
	}
	in := b.l.space.In(batch)
	for did, ln := range b.lines {
		if ln.added == 0 {
			continue
		}
		key := counterKey(Records, string(did))
		n, err := readCounter(in, key, b.day) // as it is now: another write may have come between
		if err == nil {
			err = in.Put(key, counter(b.day, n+ln.added))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
