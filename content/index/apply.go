package index

import (
	"fmt"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"
)

// Apply is the store's hook: it takes away what the old record gave and adds what
// the new one gives. It depends on nothing but the two, so that the entries are
// the same in whatever order records came.
func (x *Index) Apply(b *store.Batch, c store.Change) error {
	switch c.Path.Collection {
	case collectionFollow:
		x.circles.change(b, c.DID)
	case collectionAT:
		x.authors.change(b, newAuthorID(store.NewKey(0)[:0].DID(c.DID)))
	}
	if c.Old != nil {
		if err := derive(b, c.Old, take); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	if c.New != nil {
		x.tell(b, c.New)
		if err := derive(b, c.New, give); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	return nil
}

// tell lets those who watch know of what is to be written.
func (x *Index) tell(b *store.Batch, v *store.Visible) {
	did := v.Bundle.DID
	switch v.Bundle.Path.Collection {
	case collectionPost, collectionRepost:
		x.pulses.wrote(b, newAuthorID(store.NewKey(0)[:0].DID(did)), feedTime(TimeOf(v)))
	case collectionAT:
		if name, _, err := plc.Verify(v.Bundle.Value, did); err == nil {
			x.pulses.wrote(b, nameID(x.hash(name)), always)
		}
	}
}

// sign says whether a record's entries come or go.
type sign int

const (
	give sign = +1
	take sign = -1
)

// entry writes or removes one entry.
func (s sign) entry(b *store.Batch, key store.Key, value []byte) {
	if s == give {
		b.Set(key, value)
	} else {
		b.Delete(key)
	}
}

func derive(b *store.Batch, v *store.Visible, s sign) error {
	switch v.Bundle.Path.Collection {
	case collectionPost:
		return derivePost(b, v, s)
	case collectionRepost:
		deriveFeeds(b, v, s, itemRepost)
		return deriveEdge(b, v, s, edgeRepost, string(v.Refs.Subject.URI))
	case collectionLike:
		return deriveEdge(b, v, s, edgeLike, string(v.Refs.Subject.URI))
	case collectionFollow:
		return deriveEdge(b, v, s, edgeFollow, string(v.Refs.SubjectName))
	case collectionBlock:
		return deriveEdge(b, v, s, edgeBlock, string(v.Refs.SubjectName))
	case collectionAT:
		return deriveName(b, v, s)
	}
	return nil
}

// TimeOf is the record's place in time: createdAt, but never later than its rev.
func TimeOf(v *store.Visible) time.Time {
	rev := v.Bundle.Rev.Time()
	if created := v.Refs.CreatedAt; !created.IsZero() && created.Before(rev) {
		return created.Truncate(time.Microsecond)
	}
	return rev
}

// itemKind says what an entry of a feed is.
type itemKind byte

const (
	itemPost   itemKind = 1
	itemReply  itemKind = 2
	itemRepost itemKind = 3
)

func derivePost(b *store.Batch, v *store.Visible, s sign) error {
	did, path, at := v.Bundle.DID, v.Bundle.Path, TimeOf(v)
	parent, quote := v.Refs.Parent.URI, v.Refs.Quote.URI
	if parent == "" {
		deriveFeeds(b, v, s, itemPost)
	} else {
		deriveFeeds(b, v, s, itemReply)
		s.entry(b, store.NewKey(store.FamilyReplies).Text(string(parent)).Time(at).DID(did).Path(path), nil)
		if err := count(b, string(parent), countReplies, s); err != nil {
			return err
		}
	}
	if quote != "" {
		s.entry(b, store.NewKey(store.FamilyQuotes).Text(string(quote)).Newest(at).DID(did).Path(path), nil)
		if err := count(b, string(quote), countQuotes, s); err != nil {
			return err
		}
	}
	return count(b, string(did), countPosts, s)
}

// deriveFeeds writes the author's feeds and the order of all, of which home
// timelines are made when they are read: three entries, however many follow.
func deriveFeeds(b *store.Batch, v *store.Visible, s sign, kind itemKind) {
	if kind == itemRepost && v.Refs.Subject.IsZero() {
		return
	}
	value := []byte{byte(kind)}
	p := position{TimeOf(v), v.Bundle.DID, v.Bundle.Path}
	s.entry(b, authorKey(store.FamilyAuthorAll, p), value)
	if kind != itemReply {
		s.entry(b, authorKey(store.FamilyAuthorPosts, p), value)
	}
	s.entry(b, recentKey(p), value)
}

// deriveName binds an AT name. The door has verified the operation; verifying it
// again costs little, once in an identity's life, and means that no fault
// elsewhere can give away somebody's name.
func deriveName(b *store.Batch, v *store.Visible, s sign) error {
	if v.Bundle.Path != (record.Path{Collection: collectionAT, Key: self}) {
		return nil
	}
	name, handle, err := plc.Verify(v.Bundle.Value, v.Bundle.DID)
	if err != nil {
		return nil // proves nothing, so it means nothing
	}
	s.entry(b, nameOfKey(v.Bundle.DID), store.NewKey(0)[:0].Text(string(name)).Text(string(handle)))
	s.entry(b, namedKey(name), []byte(v.Bundle.DID))
	return nil
}

func nameOfKey(did identity.DID) store.Key { return store.NewKey(store.FamilyNameOf).DID(did) }

func namedKey(name identity.ATName) store.Key {
	return store.NewKey(store.FamilyNamed).Text(string(name))
}
