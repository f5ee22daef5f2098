package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"metanet/content/store"
	"metanet/identity"
)

// MaxFollows bounds whom a home timeline is made of: the newest follows.
const MaxFollows = 10_000

// circle is whom a reader sees: themselves, and whom they follow. Names are kept
// as hashes under a seed of this process, 8 bytes each and sorted: nobody can aim
// at one, and that two of some thousand are the same by chance doesn't happen.
type circle struct {
	self  authorID
	names []nameHash
	// authors are known once a page was merged of them: what they wrote last, of
	// that round of Index.pulses.
	authors []*pulse
	round   uint64
}

// since is how many of the circle may have written at that time or later.
func (c *circle) since(at int64) (n int) {
	for _, p := range c.authors {
		if p.last() >= at {
			n++
		}
	}
	return n
}

type nameHash uint64

// authorID is an identity as keys have it, and zeros behind.
type authorID [1 + 8 + 20]byte

func newAuthorID(key []byte) (id authorID) {
	copy(id[:], key)
	return id
}

// key is the author as keys have them.
func (id *authorID) key() []byte { return id[:1+int(id[0])+20] }

// nameID stands for a name that nobody has proved; no identity begins with zero.
func nameID(name nameHash) (id authorID) {
	binary.BigEndian.PutUint64(id[1:], uint64(name))
	return id
}

func (id *authorID) isName() bool { return id[0] == 0 }

// rememberedCircles bounds Index.circles, at 16 bytes a follow: 40 MB at the very
// most, and some hundred KB of usual people. rememberedAuthors bounds Index.authors,
// at about 150 bytes each.
const (
	rememberedCircles = 256
	rememberedAuthors = 1 << 15
)

func (x *Index) hash(name identity.ATName) nameHash {
	return nameHash(maphash.String(x.seed, string(name)))
}

// circle is the circle of a reader, remembered until they follow somebody else.
func (x *Index) circle(v *view, did identity.DID) (*circle, error) {
	if c, ok := x.circles.get(did); ok {
		return c, nil
	}
	c := &circle{self: newAuthorID(store.NewKey(0)[:0].DID(did))}
	of := edgesFrom(edgeFollow, did)
	err := v.Scan(store.Prefix(of), store.Forward, MaxFollows, func(key, _ []byte) (bool, error) {
		const newest = 8
		name, end := key[min(len(of)+newest, len(key)):], len(key)-1
		if end < len(of)+newest || bytes.IndexByte(name, 0) != len(name)-1 {
			return false, ErrCorrupt
		}
		c.names = append(c.names, nameHash(maphash.Bytes(x.seed, name[:len(name)-1])))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(c.names)
	x.circles.put(v.circles, did, c)
	return c, nil
}

// membership answers for one page who belongs to a circle.
type membership struct {
	x *Index
	*view
	*circle
	known map[authorID]bool
}

// has says whether an author, as keys have them, belongs to the circle.
func (m *membership) has(author []byte, _ itemKind) (bool, error) {
	id := newAuthorID(author)
	in, ok := m.known[id]
	if ok {
		return in, nil
	}
	name, err := m.x.authorName(m.view, id, author)
	if err != nil {
		return false, err
	}
	_, in = slices.BinarySearchFunc(m.names, name, cmp.Compare[nameHash])
	in = in || id == m.self
	m.known[id] = in
	return in, nil
}

// noName is of authors without one; nobody can follow them.
const noName nameHash = 0

// authorName is the hash of an author's name, remembered until it changes.
func (x *Index) authorName(v *view, id authorID, author []byte) (nameHash, error) {
	if name, ok := x.authors.get(id); ok {
		return name, nil
	}
	a := &Actor{DID: store.ReadParts(author).DID()}
	if err := v.readName(a); err != nil {
		return noName, err
	}
	name := noName
	if a.Name != "" {
		name = x.hash(a.Name)
	}
	x.authors.put(v.authors, id, name)
	return name, nil
}

// watched is the circle with its authors, remembered until the reader follows
// somebody else, or a name they follow is proved.
func (x *Index) watched(v *view, did identity.DID, c *circle) (*circle, error) {
	if x.watches(c) {
		return c, nil
	}
	ids, ranges, err := x.followed(v, did)
	if err != nil {
		return nil, err
	}
	c = &circle{self: c.self, names: c.names}
	c.authors, c.round = x.pulses.watch(ids)
	sights := make([]sight, len(ids))
	for i, p := range c.authors {
		sights[i] = sight{p, ranges[i]}
	}
	if err := x.load(sights); err != nil {
		return nil, err
	}
	x.circles.put(v.circles, did, c)
	return c, nil
}

// watches says whether the circle's authors are known and told of what they write.
func (x *Index) watches(c *circle) bool {
	proved := func(p *pulse) bool { return p.id.isName() && p.last() != never }
	return c.authors != nil && x.pulses.current(c.round) && !slices.ContainsFunc(c.authors, proved)
}

// followed is whom a person follows, and themselves, and where to look for what
// they wrote; of names that nobody here has proved, for who proves them.
func (x *Index) followed(v *view, did identity.DID) (ids []authorID, ranges []store.Range, err error) {
	add := func(author identity.DID) {
		key := store.NewKey(store.FamilyAuthorAll).DID(author)
		ids, ranges = append(ids, newAuthorID(key[1:])), append(ranges, store.Prefix(key))
	}
	add(did)
	of := edgesFrom(edgeFollow, did)
	err = v.Scan(store.Prefix(of), store.Forward, MaxFollows, func(key, _ []byte) (bool, error) {
		k := store.ReadParts(key[len(of):])
		k.Newest()
		name := identity.ATName(k.Text())
		if err := k.End(); err != nil {
			return false, err
		}
		switch author, err := x.named(v, name); {
		case missing(err):
			ids, ranges = append(ids, nameID(x.hash(name))), append(ranges, store.Prefix(namedKey(name)))
		case err != nil:
			return false, err
		case author != did:
			add(author)
		}
		return true, nil
	})
	return ids, ranges, err
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
