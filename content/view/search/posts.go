package search

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/identity"
)

// maxSeeks bounds what one page costs, in seeks of some ten microseconds. A page that
// reaches it is short, and its cursor goes on.
const maxSeeks = 4000

// Hit is a record that was found.
type Hit struct {
	DID  identity.DID
	Path record.Path
}

// Read is the posts that hits name, in their order, without those that are gone since.
func Read(ctx context.Context, x *index.Index, hits []Hit) (posts []*index.Post, err error) {
	uris := make([]syntax.ATURI, len(hits))
	for i, h := range hits {
		uris[i] = index.URI(string(h.DID), h.Path)
	}
	there, err := x.Posts(ctx, uris)
	if err != nil {
		return nil, err
	}
	for _, uri := range uris {
		if p := there[uri]; p != nil {
			posts = append(posts, p)
		}
	}
	return posts, nil
}

// Search answers queries.
type Search struct{ db *store.DB }

// New reads the view in db.
func New(db *store.DB) *Search { return &Search{db} }

// Posts is a page of the posts that q describes, newest first, from the last one of the
// page before, cursor. next is "" at the end; a page may be short, or empty, and
// still have a next one.
func (s *Search) Posts(ctx context.Context, q Query, cursor string, limit int) (hits []Hit, next string, err error) {
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	p, err := q.plan()
	if err != nil {
		return nil, "", err
	}
	at, err := q.start(cursor)
	if err != nil {
		return nil, "", err
	}
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	w := &walker{Snapshot: snap, plan: p, at: at, end: q.end()}
	for limit = view.Clamp(limit); len(hits) < limit; {
		found, err := w.next()
		if err != nil {
			return nil, "", err
		}
		if w.ended {
			return hits, "", nil
		}
		if !found {
			break
		}
		hit, ok, err := w.read()
		if err != nil {
			return nil, "", err
		}
		if ok {
			hits = append(hits, hit)
		}
		w.pass()
	}
	return hits, w.cursor(), nil
}

// tailSize is what of a key follows the term: time and sequence number.
const tailSize = 16

// start is where in the lists a page begins.
func (q *Query) start(cursor string) ([]byte, error) {
	if cursor != "" {
		tail, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
		if err != nil || len(tail) < tailSize || len(tail) > tailSize+1 || strings.ContainsAny(cursor, "\r\n") {
			return nil, view.ErrInvalidCursor
		}
		return tail, nil
	}
	if q.Until.IsZero() {
		return nil, nil
	}
	return store.NewKey(0)[:0].Newest(q.Until.Add(-time.Microsecond)), nil
}

// end is the first place behind the last that is wanted; nil if there is none.
func (q *Query) end() []byte {
	if q.Since.IsZero() {
		return nil
	}
	return store.NewKey(0)[:0].Newest(q.Since.Add(-time.Microsecond))
}

// walker goes through the lists of a plan together.
type walker struct {
	*store.Snapshot
	plan
	at    []byte // no record before this is wanted any more
	end   []byte
	seeks int
	ended bool
}

// cursor is where the page after this one begins.
func (w *walker) cursor() string { return base64.RawURLEncoding.EncodeToString(w.at) }

// next moves at to the next place that is in all lists and in none of the
// unwanted; false at the end, or where enough was looked at (spent).
func (w *walker) next() (bool, error) {
	for !w.spent() {
		var agreed []byte
		for i, c := range w.all {
			tail, err := w.seek(c)
			if err != nil || tail == nil || w.end != nil && bytes.Compare(tail, w.end) >= 0 {
				w.ended = true
				return false, err
			}
			if w.at = tail; i == 0 {
				agreed = tail
			}
		}
		if !bytes.Equal(agreed, w.at) {
			continue // a later list leapt on; the others follow
		}
		if unwanted, err := w.unwanted(); err != nil || !unwanted {
			return err == nil, err
		}
		w.pass()
	}
	return false, nil
}

func (w *walker) spent() bool { return w.seeks >= maxSeeks }

// pass moves behind the place found.
func (w *walker) pass() { w.at = append(w.at[:tailSize:tailSize], 0) }

// seek is the first place of a clause that is not before at, nil if there is none.
func (w *walker) seek(c clause) (tail []byte, err error) {
	ranges := make([]store.Range, len(c))
	for i, list := range c {
		ranges[i] = store.Range{Start: append(append(store.Key(nil), list...), w.at...), End: list.Next()}
	}
	w.seeks += len(c)
	err = w.ScanEach(ranges, 1, func(i int, key, _ []byte) (bool, error) {
		t := key[len(c[i]):]
		if len(t) != tailSize {
			return false, fmt.Errorf("%w: %x", ErrCorrupt, key)
		}
		if tail == nil || bytes.Compare(t, tail) < 0 {
			tail = bytes.Clone(t)
		}
		return true, nil
	})
	return tail, err
}

func (w *walker) unwanted() (bool, error) {
	for _, c := range w.none {
		for _, list := range c {
			w.seeks++
			switch _, err := w.Get(append(append(store.Key(nil), list...), w.at...)); {
			case err == nil:
				return true, nil
			case !errors.Is(err, store.ErrNotFound):
				return false, err
			}
		}
	}
	return false, nil
}

// read is the record at the place found; ok is false if it is not there any more, or
// has not the phrases.
func (w *walker) read() (hit Hit, ok bool, err error) {
	seq := store.ReadParts(w.at[8:]).Uint()
	if hit, err = found(w, seq); err != nil || len(w.phrases) == 0 {
		return hit, err == nil, err
	}
	w.seeks++
	s, err := store.Record(w, hit.DID, hit.Path)
	if errors.Is(err, store.ErrNotFound) {
		return hit, false, nil
	}
	if err != nil {
		return hit, false, err
	}
	text := phrase(record.Inspect(s.Bundle.Value).Text)
	for _, p := range w.phrases {
		if !strings.Contains(text, p) {
			return hit, false, nil
		}
	}
	return hit, true, nil
}

// found is which record has a place in the lists.
func found(r store.Reader, seq uint64) (hit Hit, err error) {
	value, err := r.Get(foundKey(seq))
	if err != nil {
		return hit, fmt.Errorf("%w: place %d: %w", ErrCorrupt, seq, err)
	}
	k := store.ReadParts(value)
	hit.DID, hit.Path = k.DID(), k.Path()
	if k.End() != nil {
		return hit, fmt.Errorf("%w: place %d", ErrCorrupt, seq)
	}
	return hit, nil
}
