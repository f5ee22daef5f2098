package index

import (
	"context"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"
)

// FeedItem is a post in a feed, and who reposted it if that is why it is there.
type FeedItem struct {
	*Post
	Repost *Repost
}

// Repost is why a post of somebody else's is in a feed.
type Repost struct {
	By   *Actor
	URI  syntax.ATURI
	CID  cid.Cid
	Time time.Time // the item's place in the feed
}

// Page is one page of a feed. Cursor is "" at the end.
type Page struct {
	Items  []FeedItem
	Cursor string
}

// Filter chooses what of an author's feed is wanted.
type Filter uint8

const (
	PostsWithReplies Filter = iota // posts, replies and reposts
	PostsNoReplies                 // posts and reposts
)

// effort bounds how many entries one page looks at, for each item it may have.
const effort = 8

// entry is one entry of a feed, before its post is read.
type entry struct {
	position
	kind itemKind
}

// builder fills a page from entries that come in order.
type builder struct {
	*view
	kind   cursorKind
	limit  int
	looked int
	page   Page
}

// add reads the entry's post and appends it, unless it isn't here. It reports
// whether the page takes more.
func (b *builder) add(e entry) (more bool, err error) {
	b.looked++
	item, err := b.item(e)
	switch {
	case err == nil:
		b.page.Items = append(b.page.Items, item)
	case !missing(err):
		return false, err
	}
	if len(b.page.Items) == b.limit || b.looked == effort*b.limit {
		b.page.Cursor = encodeCursor(b.kind, e.key())
		return false, nil
	}
	return true, nil
}

func (v *view) item(e entry) (FeedItem, error) {
	if e.kind != itemRepost {
		p, err := v.post(e.did, e.path)
		return FeedItem{Post: p}, err
	}
	s, err := store.Record(v, e.did, e.path)
	if err != nil {
		return FeedItem{}, err
	}
	p, err := v.postAt(record.Inspect(s.Bundle.Value).Subject.URI)
	if err != nil {
		return FeedItem{}, err
	}
	by, err := v.actor(e.did)
	if err != nil {
		return FeedItem{}, err
	}
	return FeedItem{p, &Repost{by, URI(by.Authority(), e.path), s.Bundle.CID, e.at}}, nil
}

// AuthorFeed is what one person posted and reposted, newest first.
func (x *Index) AuthorFeed(ctx context.Context, did identity.DID, f Filter, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorAuthor, cursor)
	if err != nil || ok && after.did != did {
		return Page{}, ErrInvalidCursor
	}
	family := store.FamilyAuthorAll
	if f == PostsNoReplies {
		family = store.FamilyAuthorPosts
	}
	all := store.Prefix(store.NewKey(family).DID(did))
	if ok {
		all = all.After(authorKey(family, after))
	}
	return look(ctx, x, func(v *view) (Page, error) {
		b := &builder{view: v, kind: cursorAuthor, limit: clamp(limit)}
		err := v.Scan(all, store.Forward, 0, func(key, value []byte) (bool, error) {
			e, err := authorEntry(family, key, value)
			if err != nil {
				return false, err
			}
			return b.add(e)
		})
		return b.page, err
	})
}

func authorKey(f store.Family, p position) store.Key {
	return store.NewKey(f).DID(p.did).Newest(p.at).Path(p.path)
}

func authorEntry(f store.Family, key, value []byte) (e entry, err error) {
	k := store.ReadKey(f, key)
	e.did, e.at, e.path = k.DID(), k.Newest(), k.Path()
	if k.End() != nil || len(value) != 1 {
		return e, ErrCorrupt
	}
	e.kind = itemKind(value[0])
	return e, nil
}

// Quotes is the posts that quote the post of that very URI, newest first.
func (x *Index) Quotes(ctx context.Context, uri syntax.ATURI, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorQuotes, cursor)
	if err != nil {
		return Page{}, err
	}
	if _, _, err := splitURI(uri); err != nil {
		return Page{}, err
	}
	of := store.NewKey(store.FamilyQuotes).Text(string(uri))
	all := store.Prefix(of)
	if ok {
		all = all.After(append(append(store.Key(nil), of...), after.key()...))
	}
	return look(ctx, x, func(v *view) (Page, error) {
		b := &builder{view: v, kind: cursorQuotes, limit: clamp(limit)}
		err := v.Scan(all, store.Forward, 0, func(key, _ []byte) (bool, error) {
			k := store.ReadParts(key[len(of):])
			e := entry{position: readPosition(k), kind: itemPost}
			if k.End() != nil {
				return false, ErrCorrupt
			}
			return b.add(e)
		})
		return b.page, err
	})
}

// replies calls fn for each visible reply to that very URI, oldest first.
func (v *view) replies(uri syntax.ATURI, limit int, fn func(identity.DID, record.Path) error) error {
	of := store.NewKey(store.FamilyReplies).Text(string(uri))
	return v.Scan(store.Prefix(of), store.Forward, limit, func(key, _ []byte) (bool, error) {
		k := store.ReadParts(key[len(of):])
		k.Time()
		did, path := k.DID(), k.Path()
		if k.End() != nil {
			return false, ErrCorrupt
		}
		return true, fn(did, path)
	})
}
