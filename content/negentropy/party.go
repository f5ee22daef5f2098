package negentropy

import (
	"bytes"
	"fmt"
)

const (
	// MinFrame is the least size of a message that Open, Answer and Take can be held
	// to: one range that is cut into parts fits.
	MinFrame = 4096
	// MaxRanges is how many ranges of one message are looked at; the rest is answered
	// by one fingerprint. It bounds what a message can cost beyond its own bytes.
	MaxRanges = 1024
)

// Open is the first message of the party that asks.
func Open(s Set, limit int) ([]byte, error) {
	p := &party{set: s, w: newWriter(max(limit, MinFrame))}
	all, err := s.Sum(Item{}, Infinity)
	if err == nil {
		err = p.split(Item{}, Infinity, all)
	}
	return p.w.b, err
}

// Answer is what the party that is asked answers, in at most limit bytes. A message of
// another version is answered by the version alone (§Message).
func Answer(s Set, message []byte, limit int) ([]byte, error) {
	if len(message) > 0 && message[0] != Version {
		return []byte{Version}, nil
	}
	return (&party{set: s, w: newWriter(max(limit, MinFrame))}).run(message)
}

// Missing is told ids that the other has within [lo, hi) and this party has not. An
// error ends the reconciliation.
type Missing func(lo, hi Item, ids []ID) error

// Take is what the party that asks does with an answer: it tells what is missing,
// and makes the next message, of at most limit bytes; nil if all has been compared.
func Take(s Set, answer []byte, limit int, missing Missing) (next []byte, err error) {
	if len(answer) > 0 && answer[0] != Version {
		return nil, fmt.Errorf("%w: version %#x", ErrMessage, answer[0])
	}
	next, err = (&party{set: s, w: newWriter(max(limit, MinFrame)), missing: missing}).run(answer)
	if len(next) == 1 {
		next = nil
	}
	return next, err
}

// party goes through one message.
type party struct {
	set     Set
	w       *writer
	missing Missing // nil at the party that is asked
}

func (p *party) run(message []byte) ([]byte, error) {
	r := &reader{b: message}
	r.take(1) // the version
	var lo Item
	for n := 0; r.err == nil && len(r.b) > 0; n++ {
		if n == MaxRanges {
			return p.cut(lo)
		}
		hi := r.bound(lo)
		mark := p.w.mark()
		switch end, err := p.rangeOf(r, lo, hi); {
		case r.err != nil:
			return nil, r.err
		case err != nil:
			return nil, err
		case p.w.over():
			p.w.reset(mark)
			return p.cut(lo)
		case end != hi:
			return p.cut(end)
		}
		lo = hi
	}
	return p.w.b, r.err
}

// rangeOf reads mode and payload of one range, and answers it up to end, which is hi
// unless there was no room for all.
func (p *party) rangeOf(r *reader, lo, hi Item) (end Item, err error) {
	switch mode := r.varint(); mode {
	case modeSkip:
		p.w.skip(hi)
		return hi, nil
	case modeFingerprint:
		return hi, p.compare(lo, hi, r.take(FingerprintSize))
	case modeList:
		ids := r.ids()
		if r.err != nil || p.missing == nil {
			return p.list(lo, hi, max(p.w.room(), 0))
		}
		p.w.skip(hi)
		return hi, p.miss(lo, hi, ids)
	default:
		r.fail("mode %d", mode)
		return hi, nil
	}
}

func (p *party) compare(lo, hi Item, theirs []byte) error {
	own, err := p.set.Sum(lo, hi)
	if err != nil {
		return err
	}
	if f := own.Fingerprint(); bytes.Equal(f[:], theirs) {
		p.w.skip(hi)
		return nil
	}
	return p.split(lo, hi, own)
}

// split answers a range that differs: by its ids if they are few, else by the
// fingerprints of its parts.
func (p *party) split(lo, hi Item, own Sum) error {
	if own.Count < ListMax {
		_, err := p.list(lo, hi, ListMax)
		return err
	}
	parts, err := p.set.Split(lo, hi)
	for _, part := range parts {
		p.w.fingerprint(part.End, part.Sum)
	}
	return err
}

// list writes the ids of a range, most at most, and answers where it ended.
func (p *party) list(lo, hi Item, most int) (end Item, err error) {
	var ids []ID
	last, end := lo, hi
	err = p.set.Scan(lo, hi, func(item Item) bool {
		if len(ids) == most {
			end = Between(last, item)
			return false
		}
		ids, last = append(ids, item.ID), item
		return true
	})
	if err != nil || end != hi && len(ids) == 0 {
		return lo, err
	}
	p.w.list(end, ids)
	return end, nil
}

// miss tells which of their ids aren't here.
func (p *party) miss(lo, hi Item, theirs []ID) error {
	lacking := make(map[ID]struct{}, len(theirs))
	for _, id := range theirs {
		lacking[id] = struct{}{}
	}
	err := p.set.Scan(lo, hi, func(item Item) bool {
		delete(lacking, item.ID)
		return len(lacking) > 0
	})
	if err != nil || len(lacking) == 0 {
		return err
	}
	ids := make([]ID, 0, len(lacking))
	for _, id := range theirs {
		if _, ok := lacking[id]; ok {
			delete(lacking, id)
			ids = append(ids, id)
		}
	}
	return p.missing(lo, hi, ids)
}

// cut ends a message that is full: what is behind lo is left for the next one.
func (p *party) cut(lo Item) ([]byte, error) {
	rest, err := p.set.Sum(lo, Infinity)
	p.w.fingerprint(Infinity, rest)
	return p.w.b, err
}
