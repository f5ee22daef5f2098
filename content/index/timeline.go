package index

import (
	"context"

	"metanet/content/store"
	"metanet/identity"
)

// MaxFollows bounds whom a home timeline is made of: the newest follows.
const MaxFollows = 10_000

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
// scanPerSeek is how many entries of the first cost as much as one author of the
// second, measured; scanLeast is the cost of beginning the second, in entries.
const (
	scanPerSeek = 16
	scanLeast   = 1000
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
		c, err := newCircle(v, did)
		if err != nil {
			return Page{}, err
		}
		r := newRecent(v, after, ok, x.scan.of(len(c.names)))
		r.want = c.has
		if err := r.run(b.add); err != nil || !r.spent {
			return b.page, err
		}
		if after, err = recentPosition(r.last); err != nil {
			return Page{}, err
		}
		return b.page, x.mergeFollowed(b, c, after)
	})
}

// mergeFollowed adds to a page what those of a circle wrote before a position.
func (x *Index) mergeFollowed(b *builder, c *circle, after position) error {
	authors, err := x.members(c)
	if err != nil {
		return err
	}
	m := &merger{view: b.view}
	for _, author := range authors {
		r := store.Prefix(store.NewKey(store.FamilyAuthorAll).DID(author))
		r.Start = startAfter(author, after)
		m.ranges = append(m.ranges, r)
	}
	return m.run(b.add)
}

// circle is whom a reader sees: themselves, and whom they follow by name.
type circle struct {
	*view
	self  identity.DID
	names map[identity.ATName]struct{}
	known map[string]bool // whether an author, as in keys, belongs to it
}

func newCircle(v *view, did identity.DID) (*circle, error) {
	c := &circle{v, did, make(map[identity.ATName]struct{}), make(map[string]bool)}
	c.known[string(store.NewKey(0)[:0].DID(did))] = true
	of := edgesFrom(edgeFollow, did)
	err := v.Scan(store.Prefix(of), store.Forward, MaxFollows, func(key, _ []byte) (bool, error) {
		k := store.ReadParts(key[len(of):])
		k.Newest()
		c.names[identity.ATName(k.Text())] = struct{}{}
		return true, k.End()
	})
	return c, err
}

// has says whether an author, as keys have them, belongs to the circle.
func (c *circle) has(author []byte, _ itemKind) (bool, error) {
	in, ok := c.known[string(author)]
	if ok {
		return in, nil
	}
	a := &Actor{DID: store.ReadParts(author).DID()}
	if err := c.readName(a); err != nil {
		return false, err
	}
	_, in = c.names[a.Name]
	c.known[string(author)] = in
	return in, nil
}

// members is the identities of a circle. Follows of names that nobody here has
// proved are passed over.
func (x *Index) members(c *circle) ([]identity.DID, error) {
	authors := []identity.DID{c.self}
	for name := range c.names {
		switch author, err := x.named(c.view, name); {
		case err == nil && author != c.self:
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
