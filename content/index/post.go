package index

import (
	"context"
	"errors"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Post is one post, with what is counted about it.
type Post struct {
	URI    syntax.ATURI
	Author *Actor
	Record *store.Stored // value, CID, when it came
	Refs   record.Refs   // what its value says
	Time   time.Time     // its place in feeds
	Counts Counts
}

// Counts is what is counted about a post: actors who like and repost, visible
// posts that reply and quote.
type Counts struct{ Likes, Reposts, Replies, Quotes uint64 }

// Post finds a post by its URI, whose authority may be any of its author's names.
func (x *Index) Post(ctx context.Context, uri syntax.ATURI) (*Post, error) {
	return look(ctx, x, func(v *view) (*Post, error) { return v.postAt(uri) })
}

// Posts finds several posts in one view; those that aren't there are left out.
// At most MaxLimit are looked for.
func (x *Index) Posts(ctx context.Context, uris []syntax.ATURI) (map[syntax.ATURI]*Post, error) {
	return look(ctx, x, func(v *view) (map[syntax.ATURI]*Post, error) {
		found := make(map[syntax.ATURI]*Post)
		for _, uri := range uris[:min(len(uris), MaxLimit)] {
			switch p, err := v.postAt(uri); {
			case err == nil:
				found[uri] = p
			case !missing(err):
				return nil, err
			}
		}
		return found, nil
	})
}

// missing says whether err means that something isn't here, or can't be.
func missing(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalidIdentifier)
}

// Counts is what is counted about the post of that very URI.
func (x *Index) Counts(ctx context.Context, uri syntax.ATURI) (Counts, error) {
	return look(ctx, x, func(v *view) (Counts, error) { return v.counts(uri) })
}

func (v *view) counts(uri syntax.ATURI) (Counts, error) {
	c, err := readCounts(v, string(uri))
	return Counts{c[countLikes], c[countReposts], c[countReplies], c[countQuotes]}, err
}

func (v *view) postAt(uri syntax.ATURI) (*Post, error) {
	authority, path, err := splitURI(uri)
	if err != nil {
		return nil, err
	}
	if path.Collection != collectionPost {
		return nil, ErrNotFound
	}
	did, err := v.resolve(authority)
	if err != nil {
		return nil, err
	}
	return v.post(did, path)
}

func (v *view) post(did identity.DID, path record.Path) (*Post, error) {
	s, err := store.Record(v, did, path)
	if err != nil {
		return nil, err
	}
	author, err := v.actor(did)
	if err != nil {
		return nil, err
	}
	seen := &store.Visible{Stored: *s, Refs: record.Inspect(s.Bundle.Value)}
	p := &Post{URI: URI(author.Authority(), path), Author: author, Record: s, Refs: seen.Refs, Time: TimeOf(seen)}
	p.Counts, err = v.counts(p.URI)
	return p, err
}

// PostViewer is what one person did to a post: the URIs of their records, "" if
// none.
type PostViewer struct{ Like, Repost syntax.ATURI }

// PostViewer is what viewer did to the post of that URI.
func (x *Index) PostViewer(ctx context.Context, viewer identity.DID, uri syntax.ATURI) (PostViewer, error) {
	return look(ctx, x, func(v *view) (p PostViewer, err error) {
		if p.Like, err = v.did(edge{edgeLike, string(uri), viewer}); err != nil {
			return p, err
		}
		p.Repost, err = v.did(edge{edgeRepost, string(uri), viewer})
		return p, err
	})
}

// ActorViewer is what is between two people: the URIs of the records that say
// so, "" if none.
type ActorViewer struct{ Following, FollowedBy, Blocking, BlockedBy syntax.ATURI }

// ActorViewer is what is between viewer and subject.
func (x *Index) ActorViewer(ctx context.Context, viewer, subject identity.DID) (ActorViewer, error) {
	return look(ctx, x, func(v *view) (a ActorViewer, err error) {
		me, err := v.actor(viewer)
		if err != nil {
			return a, err
		}
		them, err := v.actor(subject)
		if err != nil {
			return a, err
		}
		for _, one := range []struct {
			uri *syntax.ATURI
			edge
		}{
			{&a.Following, edge{edgeFollow, string(them.Name), viewer}},
			{&a.FollowedBy, edge{edgeFollow, string(me.Name), subject}},
			{&a.Blocking, edge{edgeBlock, string(them.Name), viewer}},
			{&a.BlockedBy, edge{edgeBlock, string(me.Name), subject}},
		} {
			if *one.uri, err = v.did(one.edge); err != nil {
				return a, err
			}
		}
		return a, nil
	})
}

// did is the URI of the record that says an edge, "" if there is none.
func (v *view) did(e edge) (syntax.ATURI, error) {
	n, first, err := e.read(v)
	if n == 0 || err != nil {
		return "", err
	}
	actor, err := v.actor(e.actor)
	if err != nil {
		return "", err
	}
	return URI(actor.Authority(), first.path), nil
}
