package atproto

import (
	"context"
	"slices"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/node/xrpc"
)

// registerRelations: what is between people, and between people and posts.
func (f *Face) registerRelations(s *xrpc.Server) {
	open := func(nsid string) xrpc.Route { return xrpc.Route{NSID: nsid, Access: xrpc.Optional} }
	mine := func(nsid string) xrpc.Route { return xrpc.Route{NSID: nsid, Access: xrpc.Required} }
	xrpc.Query(s, open("app.bsky.feed.getQuotes"), f.getQuotes)
	xrpc.Query(s, open("app.bsky.feed.getLikes"), f.getLikes)
	xrpc.Query(s, open("app.bsky.feed.getRepostedBy"), f.getRepostedBy)
	xrpc.Query(s, mine("app.bsky.graph.getBlocks"), f.getBlocks)
	xrpc.Query(s, mine("app.bsky.graph.getMutes"), f.getMutes)
	xrpc.Procedure(s, mine("app.bsky.graph.muteActor"), f.muteActor)
	xrpc.Procedure(s, mine("app.bsky.graph.unmuteActor"), f.unmuteActor)
}

type aboutPostParams struct {
	URI    syntax.ATURI `param:"uri,required"`
	CID    string       `param:"cid"`
	Limit  int          `param:"limit,default=50,min=1,max=100"`
	Cursor string       `param:"cursor"`
}

type quotesOutput struct {
	URI    syntax.ATURI `json:"uri"`
	Cursor string       `json:"cursor,omitempty"`
	Posts  []postView   `json:"posts"`
}

func (f *Face) getQuotes(ctx context.Context, c *xrpc.Call, p aboutPostParams) (out quotesOutput, err error) {
	page, err := f.cfg.Index.Quotes(ctx, p.URI, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	posts := make([]*index.Post, len(page.Items))
	for i, item := range page.Items {
		posts[i] = item.Post
	}
	out.URI, out.Cursor = p.URI, page.Cursor
	out.Posts, err = f.lens(c.Principal).posts(ctx, posts)
	return out, err
}

type likesOutput struct {
	URI    syntax.ATURI `json:"uri"`
	Cursor string       `json:"cursor,omitempty"`
	Likes  []likeView   `json:"likes"`
}

// likeView is app.bsky.feed.getLikes#like. A like's time is all that the index keeps
// of when.
type likeView struct {
	IndexedAt string      `json:"indexedAt"`
	CreatedAt string      `json:"createdAt"`
	Actor     profileView `json:"actor"`
}

func (f *Face) getLikes(ctx context.Context, c *xrpc.Call, p aboutPostParams) (out likesOutput, err error) {
	page, err := f.cfg.Index.Likes(ctx, p.URI, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.URI, out.Cursor = p.URI, page.Cursor
	l := f.lens(c.Principal)
	out.Likes, err = each(ctx, page.Items, func(ctx context.Context, person index.Person) (likeView, error) {
		v, err := l.person(ctx, person)
		at := datetime(person.Time)
		return likeView{at, at, v}, err
	})
	return out, err
}

type repostedByOutput struct {
	URI        syntax.ATURI  `json:"uri"`
	Cursor     string        `json:"cursor,omitempty"`
	RepostedBy []profileView `json:"repostedBy"`
}

func (f *Face) getRepostedBy(ctx context.Context, c *xrpc.Call, p aboutPostParams) (out repostedByOutput, err error) {
	page, err := f.cfg.Index.Reposts(ctx, p.URI, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.URI, out.Cursor = p.URI, page.Cursor
	out.RepostedBy, err = f.lens(c.Principal).persons(ctx, page)
	return out, err
}

// persons shapes a page of people.
func (l *lens) persons(ctx context.Context, page index.People) ([]profileView, error) {
	return each(ctx, page.Items, l.person)
}

// each shapes a list; an empty one is [] in JSON.
func each[T, V any](ctx context.Context, items []T, shape func(context.Context, T) (V, error)) ([]V, error) {
	views := make([]V, len(items))
	for i, item := range items {
		var err error
		if views[i], err = shape(ctx, item); err != nil {
			return nil, err
		}
	}
	return views, nil
}

type blocksOutput struct {
	Cursor string        `json:"cursor,omitempty"`
	Blocks []profileView `json:"blocks"`
}

func (f *Face) getBlocks(ctx context.Context, c *xrpc.Call, p pageParams) (out blocksOutput, err error) {
	page, err := f.cfg.Index.Blocks(ctx, c.Principal.DID, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.Cursor = page.Cursor
	out.Blocks, err = f.lens(c.Principal).persons(ctx, page)
	return out, err
}

type mutesOutput struct {
	Cursor string        `json:"cursor,omitempty"`
	Mutes  []profileView `json:"mutes"`
}

// getMutes is in the order of names; the cursor is the last name of the page before.
func (f *Face) getMutes(ctx context.Context, c *xrpc.Call, p pageParams) (out mutesOutput, err error) {
	muted, err := f.cfg.Personal.Muted(c.Principal.DID)
	if err != nil {
		return out, err
	}
	var names []string
	for name := range muted {
		if name > p.Cursor {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > p.Limit {
		names = names[:p.Limit]
		out.Cursor = names[p.Limit-1]
	}
	out.Mutes, err = each(ctx, names, f.lens(c.Principal).named)
	return out, err
}

// named shapes somebody by the name in which values name them; of whom nothing is
// known, the name is shown.
func (l *lens) named(ctx context.Context, name string) (profileView, error) {
	a, err := l.f.cfg.Index.Actor(ctx, name)
	if isNotFound(err) {
		return unknownPerson(name), nil
	}
	if err != nil {
		return profileView{}, err
	}
	return l.profile(ctx, a)
}

type muteInput struct {
	Actor syntax.AtIdentifier `json:"actor"`
}

func (f *Face) muteActor(ctx context.Context, c *xrpc.Call, in muteInput) (xrpc.None, error) {
	a, err := f.actor(ctx, in.Actor)
	if err != nil {
		return xrpc.None{}, err
	}
	if a.DID == c.Principal.DID {
		return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "that is yourself")
	}
	return xrpc.None{}, public(f.cfg.Personal.Mute(c.Principal.DID, a.Authority()))
}

// unmuteActor takes names of whom nothing is here any more, too.
func (f *Face) unmuteActor(ctx context.Context, c *xrpc.Call, in muteInput) (xrpc.None, error) {
	name := in.Actor.String()
	if a, err := f.cfg.Index.Actor(ctx, name); err == nil {
		name = a.Authority()
	} else if !isNotFound(err) {
		return xrpc.None{}, err
	}
	return xrpc.None{}, f.cfg.Personal.Unmute(c.Principal.DID, name)
}
