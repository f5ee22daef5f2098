package index

import (
	"context"

	"metanet/content/store"
	"metanet/identity"
)

// A home timeline is made when it is read, so that a post costs the same however
// many follow its author. There are two ways to make it:
//
//   - read what everybody wrote, newest first, and keep what the reader follows:
//     its cost is by how much of all that is written they follow;
//   - read the newest of each author followed and merge: its cost is by authors.
//
// Whoever follows many, or the busy, is better served by the first, and whoever
// follows few that are quiet by the second. Which is better isn't known before.
// So the first is tried until it has cost as much as the second would, and the
// second goes on from there: never more than twice the cost of the better one.
//
// The second seeks only authors whose turn comes: when each wrote last is
// remembered (pulses), so that thousands who never write, or not lately, cost
// nothing but a look at memory.
//
// scanPerSeek is how many entries of the first cost as much as one author of the
// second, measured; scanLeast is the cost of beginning the second, in entries.
const (
	scanPerSeek = 8
	scanLeast   = 100
)

// scanEffort is how many entries of the order of all one page reads.
type scanEffort struct{ perAuthor, least int }

func (s scanEffort) of(authors int) int { return s.least + s.perAuthor*authors }

// Timeline is what a person and those they follow posted and reposted, newest
// first.
func (x *Index) Timeline(ctx context.Context, did identity.DID, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorTimeline, cursor)
	if err != nil {
		return Page{}, err
	}
	return look(ctx, x, func(v *view) (Page, error) {
		b := &builder{view: v, kind: cursorTimeline, limit: clamp(limit)}
		c, err := x.circle(v, did)
		if err != nil {
			return Page{}, err
		}
		r := newRecent(v, after, ok, x.scan.of(x.seeks(c, after, ok, b.limit)))
		r.want = (&membership{x, v, c, make(map[authorID]bool)}).has
		if err := r.run(b.add); err != nil || !r.spent {
			return b.page, err
		}
		if after, err = recentPosition(r.last); err != nil {
			return Page{}, err
		}
		if c, err = x.watched(v, did, c); err != nil {
			return Page{}, err
		}
		return b.page, mergeAuthors(b, c.authors, after, true)
	})
}

// seeks is how many authors a merged page would have to seek: all who may have
// written since where it begins, and as many as it has items.
func (x *Index) seeks(c *circle, after position, resumed bool, limit int) int {
	switch {
	case !x.watches(c):
		return len(c.names)
	case resumed:
		return min(c.since(feedTime(after.at))+limit, len(c.names))
	default:
		return min(limit, len(c.names))
	}
}

// mergeAuthors adds to a page what authors wrote, after a position if there is one.
func mergeAuthors(b *builder, authors []*pulse, after position, resumed bool) error {
	m := &merger{view: b.view, after: after, resumed: resumed}
	for _, p := range authors {
		if last := p.last(); last != never && !p.id.isName() {
			m.shut = append(m.shut, shut{last, p})
		}
	}
	return m.run(b.add)
}

// FeedOf is what the people of these names posted and reposted, newest first, at the
// cost of a seek for each.
func (x *Index) FeedOf(ctx context.Context, names []identity.ATName, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorFeedOf, cursor)
	if err != nil {
		return Page{}, err
	}
	return look(ctx, x, func(v *view) (Page, error) {
		var authors []*pulse
		for _, name := range names {
			switch author, err := x.named(v, name); {
			case err == nil:
				authors = append(authors, &pulse{id: newAuthorID(store.NewKey(0)[:0].DID(author))})
			case !missing(err):
				return Page{}, err
			}
		}
		b := &builder{view: v, kind: cursorFeedOf, limit: clamp(limit)}
		return b.page, mergeAuthors(b, authors, after, ok)
	})
}
