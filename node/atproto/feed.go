package atproto

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/view/search"
	"metanet/node/xrpc"
)

// postView is app.bsky.feed.defs#postView. Type is set where it stands in a union.
type postView struct {
	Type        string            `json:"$type,omitempty"`
	URI         syntax.ATURI      `json:"uri"`
	CID         string            `json:"cid"`
	Author      profileBasic      `json:"author"`
	Record      json.RawMessage   `json:"record"`
	Embed       any               `json:"embed,omitempty"`
	ReplyCount  uint64            `json:"replyCount"`
	RepostCount uint64            `json:"repostCount"`
	LikeCount   uint64            `json:"likeCount"`
	QuoteCount  uint64            `json:"quoteCount"`
	IndexedAt   string            `json:"indexedAt"`
	Viewer      *postViewer       `json:"viewer,omitempty"`
	Labels      []json.RawMessage `json:"labels"`
}

// postViewer is app.bsky.feed.defs#viewerState.
type postViewer struct {
	Repost syntax.ATURI `json:"repost,omitempty"`
	Like   syntax.ATURI `json:"like,omitempty"`
}

// feedViewPost is app.bsky.feed.defs#feedViewPost.
type feedViewPost struct {
	Post   postView      `json:"post"`
	Reply  *replyRef     `json:"reply,omitempty"`
	Reason *reasonRepost `json:"reason,omitempty"`
}

// replyRef is app.bsky.feed.defs#replyRef; each is postView, gone or blocked.
type replyRef struct {
	Root   any `json:"root"`
	Parent any `json:"parent"`
}

type reasonRepost struct {
	Type      string       `json:"$type"`
	By        profileBasic `json:"by"`
	URI       syntax.ATURI `json:"uri"`
	CID       string       `json:"cid"`
	IndexedAt string       `json:"indexedAt"`
}

// feedOutput is what all feeds answer.
type feedOutput struct {
	Feed   []feedViewPost `json:"feed"`
	Cursor string         `json:"cursor,omitempty"`
}

type pageParams struct {
	Limit  int    `param:"limit,default=50,min=1,max=100"`
	Cursor string `param:"cursor"`
}

func (f *Face) getTimeline(ctx context.Context, c *xrpc.Call, p pageParams) (feedOutput, error) {
	page, err := f.cfg.Index.Timeline(ctx, c.Principal.DID, p.Cursor, p.Limit)
	if err != nil {
		return feedOutput{}, public(err)
	}
	return f.lens(c.Principal).feed(ctx, page)
}

func (f *Face) getPublic(ctx context.Context, c *xrpc.Call, p pageParams) (feedOutput, error) {
	page, err := f.cfg.Index.Public(ctx, p.Cursor, p.Limit)
	if err != nil {
		return feedOutput{}, public(err)
	}
	return f.lens(c.Principal).feed(ctx, page)
}

type authorFeedParams struct {
	Actor  syntax.AtIdentifier `param:"actor,required"`
	Limit  int                 `param:"limit,default=50,min=1,max=100"`
	Cursor string              `param:"cursor"`
	Filter string              `param:"filter,default=posts_with_replies"`
}

// authorFilter is how a filter is answered: by the view that keeps media apart, or
// by a list of the index and what of it.
type authorFilter struct {
	media search.Media
	list  index.Filter
	keep  func(index.FeedItem) bool // nil keeps all
}

// authorFilters are the filters that the lexicon knows. It allows others, too
// (knownValues), which are answered as the default.
var authorFilters = map[string]authorFilter{
	"posts_with_replies":       {list: index.PostsWithReplies},
	"posts_no_replies":         {list: index.PostsNoReplies},
	"posts_and_author_threads": {list: index.PostsWithReplies, keep: ownThread},
	"posts_with_media":         {media: search.AnyMedia},
	"posts_with_video":         {media: search.Videos},
}

// maxFilterPages bounds how many pages one call reads in search of items that
// pass a filter; then it answers an empty page with a cursor.
const maxFilterPages = 10

func (f *Face) getAuthorFeed(ctx context.Context, c *xrpc.Call, p authorFeedParams) (feedOutput, error) {
	a, err := f.actor(ctx, p.Actor)
	if err != nil {
		return feedOutput{}, err
	}
	l := f.lens(c.Principal)
	seen, err := l.seen(ctx, a)
	if err != nil {
		return feedOutput{}, err
	}
	if err := seen.forbidBlocked(); err != nil {
		return feedOutput{}, err
	}
	l.subject = a.DID
	page, err := f.authorPage(ctx, a, p)
	if err != nil {
		return feedOutput{}, public(err)
	}
	return l.feed(ctx, page)
}

func (f *Face) authorPage(ctx context.Context, a *index.Actor, p authorFeedParams) (page index.Page, err error) {
	filter := authorFilters[p.Filter] // the zero value is the default
	if filter.media != "" {
		return f.mediaPage(ctx, a.DID, filter.media, p)
	}
	page.Cursor = p.Cursor
	for range maxFilterPages {
		page, err = f.cfg.Index.AuthorFeed(ctx, a.DID, filter.list, page.Cursor, p.Limit)
		if err != nil || filter.keep == nil {
			return page, err
		}
		kept := page.Items[:0]
		for _, item := range page.Items {
			if filter.keep(item) {
				kept = append(kept, item)
			}
		}
		if page.Items = kept; len(kept) > 0 || page.Cursor == "" {
			return page, nil
		}
	}
	return page, nil
}

// ownThread keeps posts, reposts, and replies within the author's own threads.
func ownThread(item index.FeedItem) bool {
	if item.Repost != nil || item.Refs.Parent.IsZero() {
		return true
	}
	author := item.Author.Authority()
	return item.Refs.Root.URI.Authority().String() == author && item.Refs.Parent.URI.Authority().String() == author
}

// about says that what is looked at is one person's: who looks at somebody whom they
// have muted wants to see them.
func (l *lens) about(a *index.Actor) bool { return l.subject == a.DID }

// feed shapes a page. Posts by people that the viewer has muted or blocked, or who
// have blocked the viewer, are left out.
func (l *lens) feed(ctx context.Context, page index.Page) (feedOutput, error) {
	out := feedOutput{Feed: []feedViewPost{}, Cursor: page.Cursor}
	above, err := l.ancestors(ctx, page.Items)
	if err != nil {
		return out, err
	}
	for _, item := range page.Items {
		view, shown, err := l.item(ctx, item, above)
		if err != nil {
			return out, err
		}
		if shown {
			out.Feed = append(out.Feed, view)
		}
	}
	return out, nil
}

// ancestors finds the roots and parents of all replies on a page together.
func (l *lens) ancestors(ctx context.Context, items []index.FeedItem) (map[syntax.ATURI]*index.Post, error) {
	found := make(map[syntax.ATURI]*index.Post)
	var uris []syntax.ATURI
	flush := func() error {
		posts, err := l.f.cfg.Index.Posts(ctx, uris)
		for uri, p := range posts {
			found[uri] = p
		}
		uris = uris[:0]
		return err
	}
	for _, item := range items {
		if item.Refs.Parent.IsZero() {
			continue
		}
		if uris = append(uris, item.Refs.Root.URI, item.Refs.Parent.URI); len(uris) > index.MaxLimit-2 {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return found, flush()
}

func (l *lens) item(ctx context.Context, item index.FeedItem, above map[syntax.ATURI]*index.Post) (v feedViewPost, shown bool, err error) {
	author, err := l.seen(ctx, item.Author)
	if err != nil || author.blocked() || author.muted && !l.about(item.Author) {
		return v, false, err
	}
	if v.Post, err = l.post(ctx, item.Post); err != nil {
		return v, false, err
	}
	if r := item.Repost; r != nil {
		by, err := l.seen(ctx, r.By)
		if err != nil || by.unwanted() && !l.about(r.By) {
			return v, false, err
		}
		v.Reason = &reasonRepost{"app.bsky.feed.defs#reasonRepost", by.basic, r.URI, r.CID.String(), datetime(r.Time)}
	}
	if refs := item.Refs; !refs.Parent.IsZero() && !refs.Root.IsZero() {
		v.Reply = new(replyRef)
		if v.Reply.Root, err = l.ancestor(ctx, refs.Root, above); err != nil {
			return v, false, err
		}
		if v.Reply.Parent, err = l.ancestor(ctx, refs.Parent, above); err != nil {
			return v, false, err
		}
	}
	return v, true, nil
}

// ancestor is a post that another answers, or the hole where it was.
func (l *lens) ancestor(ctx context.Context, ref record.Ref, above map[syntax.ATURI]*index.Post) (any, error) {
	p := above[ref.URI]
	if p == nil {
		return gone{"app.bsky.feed.defs#notFoundPost", ref.URI, true}, nil
	}
	author, err := l.seen(ctx, p.Author)
	if err != nil {
		return nil, err
	}
	if author.blocked() {
		return l.blocked("app.bsky.feed.defs#blockedPost", p.URI, author), nil
	}
	v, err := l.post(ctx, p)
	v.Type = "app.bsky.feed.defs#postView"
	return v, err
}

// post shapes one post.
func (l *lens) post(ctx context.Context, p *index.Post) (postView, error) {
	author, err := l.seen(ctx, p.Author)
	if err != nil {
		return postView{}, err
	}
	value, err := record.ValueToJSON(p.Record.Bundle.Value)
	if err != nil {
		return postView{}, err
	}
	v := postView{
		URI: p.URI, CID: p.Record.Bundle.CID.String(), Author: author.basic, Record: value,
		ReplyCount: p.Counts.Replies, RepostCount: p.Counts.Reposts, LikeCount: p.Counts.Likes, QuoteCount: p.Counts.Quotes,
		IndexedAt: datetime(p.Record.Received), Labels: []json.RawMessage{},
	}
	if strings.Contains(string(value), `"embed"`) { // most posts have none, and decoding twice costs
		if v.Embed, err = l.embed(ctx, p.Author, treeOf(p.Record.Bundle.Value).tree("embed"), true); err != nil {
			return postView{}, err
		}
	}
	if l.me != "" {
		mine, err := l.f.cfg.Index.PostViewer(ctx, l.me, p.URI)
		if err != nil {
			return postView{}, err
		}
		v.Viewer = &postViewer{Repost: mine.Repost, Like: mine.Like}
	}
	return v, nil
}
