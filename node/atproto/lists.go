package atproto

import (
	"context"
	"encoding/json"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/node/xrpc"
)

func (f *Face) registerLists(s *xrpc.Server) {
	open := func(nsid string) xrpc.Route { return xrpc.Route{NSID: nsid, Access: xrpc.Optional} }
	xrpc.Query(s, open("app.bsky.graph.getLists"), f.getLists)
	xrpc.Query(s, open("app.bsky.graph.getList"), f.getList)
	xrpc.Query(s, open("app.bsky.feed.getListFeed"), f.getListFeed)
}

// listView is app.bsky.graph.defs#listView.
type listView struct {
	URI         syntax.ATURI      `json:"uri"`
	CID         string            `json:"cid"`
	Creator     profileView       `json:"creator"`
	Name        string            `json:"name"`
	Purpose     string            `json:"purpose"`
	Description string            `json:"description,omitempty"`
	Avatar      string            `json:"avatar,omitempty"`
	Labels      []json.RawMessage `json:"labels"`
	IndexedAt   string            `json:"indexedAt"`
}

type listItemView struct {
	URI     syntax.ATURI `json:"uri"`
	Subject profileView  `json:"subject"`
}

// Lengths of a list's texts in the published view, in bytes.
const (
	maxListName        = 64
	maxListDescription = 3000
)

type listsOutput struct {
	Cursor string     `json:"cursor,omitempty"`
	Lists  []listView `json:"lists"`
}

func (f *Face) getLists(ctx context.Context, c *xrpc.Call, p edgesParams) (out listsOutput, err error) {
	owner, err := f.actor(ctx, p.Actor)
	if err != nil {
		return out, err
	}
	paths, next, err := f.cfg.Lists.Of(ctx, owner.DID, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.Cursor, out.Lists = next, []listView{}
	l := f.lens(c.Principal)
	for _, path := range paths {
		s, err := f.cfg.Index.Record(ctx, owner.DID, path)
		if isNotFound(err) {
			continue // gone since
		}
		if err != nil {
			return out, err
		}
		v, err := l.list(ctx, owner, s)
		if err != nil {
			return out, err
		}
		out.Lists = append(out.Lists, v)
	}
	return out, nil
}

func (l *lens) list(ctx context.Context, owner *index.Actor, s *store.Stored) (v listView, err error) {
	value := treeOf(s.Bundle.Value)
	v = listView{
		URI: index.URI(owner.Authority(), s.Bundle.Path), CID: s.Bundle.CID.String(), Labels: []json.RawMessage{},
		Name: clip(value.text("name"), maxListName), Purpose: value.text("purpose"), Description: clip(value.text("description"), maxListDescription),
		Avatar: l.f.thumbURL(owner, value["avatar"], facePixels), IndexedAt: datetime(s.Received),
	}
	v.Creator, err = l.profile(ctx, owner)
	return v, err
}

type listParams struct {
	List   syntax.ATURI `param:"list,required"`
	Limit  int          `param:"limit,default=50,min=1,max=100"`
	Cursor string       `param:"cursor"`
}

// listAt finds a list by its URI, whose authority may be any of its owner's names;
// uri is the one that items spell.
func (f *Face) listAt(ctx context.Context, asked syntax.ATURI) (owner *index.Actor, s *store.Stored, uri syntax.ATURI, err error) {
	unknown := notFound("UnknownList", "there is no such list here")
	path, err := record.ParsePath(asked.Path())
	if err != nil || path.Collection != "app.bsky.graph.list" {
		return nil, nil, "", unknown
	}
	owner, err = f.cfg.Index.Actor(ctx, asked.Authority().String())
	if err == nil {
		s, err = f.cfg.Index.Record(ctx, owner.DID, path)
	}
	if isNotFound(err) {
		return nil, nil, "", unknown
	}
	if err != nil {
		return nil, nil, "", err
	}
	return owner, s, index.URI(owner.Authority(), path), nil
}

type listOutput struct {
	Cursor string         `json:"cursor,omitempty"`
	List   listView       `json:"list"`
	Items  []listItemView `json:"items"`
}

func (f *Face) getList(ctx context.Context, c *xrpc.Call, p listParams) (out listOutput, err error) {
	owner, s, uri, err := f.listAt(ctx, p.List)
	if err != nil {
		return out, err
	}
	items, next, err := f.cfg.Lists.Items(ctx, owner.DID, uri, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	l := f.lens(c.Principal)
	out.Cursor, out.Items = next, []listItemView{}
	if out.List, err = l.list(ctx, owner, s); err != nil {
		return out, err
	}
	for _, item := range items {
		subject, err := l.named(ctx, string(item.Subject))
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, listItemView{index.URI(owner.Authority(), item.Path), subject})
	}
	return out, nil
}

func (f *Face) getListFeed(ctx context.Context, c *xrpc.Call, p listParams) (feedOutput, error) {
	owner, _, uri, err := f.listAt(ctx, p.List)
	if err != nil {
		return feedOutput{}, err
	}
	names, err := f.cfg.Lists.Members(ctx, owner.DID, uri)
	if err != nil {
		return feedOutput{}, err
	}
	page, err := f.cfg.Index.FeedOf(ctx, names, p.Cursor, p.Limit)
	if err != nil {
		return feedOutput{}, public(err)
	}
	return f.lens(c.Principal).feed(ctx, page)
}
