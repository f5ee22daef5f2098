package atproto

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/xrpc"
)

func (f *Face) registerSearch(s *xrpc.Server) {
	open := func(nsid string) xrpc.Route {
		return xrpc.Route{NSID: nsid, Access: xrpc.Optional, Budget: f.cfg.Budgets.Search}
	}
	xrpc.Query(s, open("app.bsky.feed.searchPosts"), f.searchPosts)
	xrpc.Query(s, open("app.bsky.actor.searchActors"), f.searchActors)
	xrpc.Query(s, open("app.bsky.actor.searchActorsTypeahead"), f.searchActorsTypeahead)
}

type searchPostsParams struct {
	Q        string   `param:"q"`
	Sort     string   `param:"sort,default=latest"`
	Since    string   `param:"since"`
	Until    string   `param:"until"`
	Mentions string   `param:"mentions"`
	Author   string   `param:"author"`
	Lang     string   `param:"lang"`
	Domain   string   `param:"domain"`
	URL      string   `param:"url"`
	Tag      []string `param:"tag"`
	Limit    int      `param:"limit,default=25,min=1,max=100"`
	Cursor   string   `param:"cursor"`
}

type searchPostsOutput struct {
	Cursor string     `json:"cursor,omitempty"`
	Posts  []postView `json:"posts"`
}

func (f *Face) searchPosts(ctx context.Context, c *xrpc.Call, p searchPostsParams) (out searchPostsOutput, err error) {
	q, err := f.query(ctx, p)
	if err != nil {
		return out, err
	}
	posts, next, err := f.found(ctx, q, p.Sort == "top", p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.Cursor = next
	out.Posts, err = f.lens(c.Principal).posts(ctx, posts)
	return out, err
}

// query is what the parameters ask for, names resolved.
func (f *Face) query(ctx context.Context, p searchPostsParams) (q search.Query, err error) {
	q = search.Query{Text: p.Q, Tags: p.Tag, Lang: p.Lang, Domain: cmp.Or(p.Domain, p.URL)}
	if p.Lang != "" {
		q.Langs = []string{p.Lang}
	}
	if p.Author != "" {
		if q.Author, err = f.cfg.Index.Resolve(ctx, strings.TrimPrefix(p.Author, "@")); err != nil {
			return q, public(err)
		}
	}
	if p.Mentions != "" {
		a, err := f.cfg.Index.Actor(ctx, strings.TrimPrefix(p.Mentions, "@"))
		if err != nil {
			return q, public(err)
		}
		q.Mentions = []string{a.Authority()}
	}
	if q.Since, err = moment("since", p.Since); err != nil {
		return q, err
	}
	q.Until, err = moment("until", p.Until)
	return q, err
}

// moment reads a datetime, or a date, which is its first instant in UTC.
func moment(param, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	d, err := syntax.ParseDatetimeLenient(s)
	if err != nil {
		return time.Time{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "%s: neither a datetime nor a date", param)
	}
	return d.Time(), nil
}

// topOf is how many of the newest posts the best are chosen from.
const topOf = index.MaxLimit

// found is the posts that a query finds. The best are chosen from the newest, and
// have no second page.
func (f *Face) found(ctx context.Context, q search.Query, top bool, cursor string, limit int) (posts []*index.Post, next string, err error) {
	ask := limit
	if top {
		ask = topOf
	}
	hits, next, err := f.cfg.Search.Posts(ctx, q, cursor, ask)
	if err != nil {
		return nil, "", err
	}
	if posts, err = search.Read(ctx, f.cfg.Index, hits); err != nil {
		return nil, "", err
	}
	if top {
		slices.SortStableFunc(posts, func(a, b *index.Post) int { return cmp.Compare(weight(b), weight(a)) })
		return posts[:min(limit, len(posts))], "", nil
	}
	return posts, next, nil
}

// weight is how many people had to do with a post.
func weight(p *index.Post) uint64 {
	return p.Counts.Likes + p.Counts.Reposts + p.Counts.Quotes + p.Counts.Replies
}

// posts shapes posts, without those by people whom the viewer does not want to see.
func (l *lens) posts(ctx context.Context, posts []*index.Post) ([]postView, error) {
	views := []postView{}
	for _, p := range posts {
		author, err := l.seen(ctx, p.Author)
		if err != nil {
			return nil, err
		}
		if author.unwanted() {
			continue
		}
		v, err := l.post(ctx, p)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

type searchActorsParams struct {
	Q     string `param:"q"`
	Term  string `param:"term"`
	Limit int    `param:"limit,default=25,min=1,max=100"`
}

type searchActorsOutput struct {
	Actors []profileView `json:"actors"`
}

func (f *Face) searchActors(ctx context.Context, c *xrpc.Call, p searchActorsParams) (out searchActorsOutput, err error) {
	l := f.lens(c.Principal)
	people, err := l.people(ctx, cmp.Or(p.Q, p.Term), p.Limit)
	if err != nil {
		return out, err
	}
	out.Actors, err = each(ctx, people, l.profile)
	return out, err
}

type typeaheadOutput struct {
	Actors []profileBasic `json:"actors"`
}

func (f *Face) searchActorsTypeahead(ctx context.Context, c *xrpc.Call, p searchActorsParams) (out typeaheadOutput, err error) {
	l := f.lens(c.Principal)
	people, err := l.people(ctx, cmp.Or(p.Q, p.Term), p.Limit)
	if err != nil {
		return out, err
	}
	out.Actors, err = each(ctx, people, func(ctx context.Context, a *index.Actor) (profileBasic, error) {
		s, err := l.seen(ctx, a)
		if err != nil {
			return profileBasic{}, err
		}
		return s.basic, nil
	})
	return out, err
}

// people is whom text finds, those with the most followers first, without those
// between whom and the viewer is a block.
func (l *lens) people(ctx context.Context, text string, limit int) (people []*index.Actor, err error) {
	found, err := l.f.cfg.Search.People(ctx, text)
	if err != nil {
		return nil, public(err)
	}
	ranked, err := l.f.cfg.Index.Ranked(ctx, found)
	if err != nil {
		return nil, err
	}
	for _, a := range ranked {
		s, err := l.seen(ctx, a)
		if err != nil {
			return nil, err
		}
		if len(people) == limit {
			break
		}
		if !s.blocked() {
			people = append(people, a)
		}
	}
	return people, nil
}

// mediaPage is the media of an author, by the view that keeps them apart.
func (f *Face) mediaPage(ctx context.Context, did identity.DID, m search.Media, p authorFeedParams) (page index.Page, err error) {
	posts, next, err := f.found(ctx, search.Query{Author: did, Media: m}, false, p.Cursor, p.Limit)
	for _, p := range posts {
		page.Items = append(page.Items, index.FeedItem{Post: p})
	}
	page.Cursor = next
	return page, err
}
