package atproto

import (
	"context"
	"encoding/json"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
)

// The views of embeds, app.bsky.embed.*#view. Each carries its $type, since it
// always stands in a union.

type imagesView struct {
	Type   string      `json:"$type"`
	Images []imageView `json:"images"`
}

type imageView struct {
	Thumb       string       `json:"thumb"`
	Fullsize    string       `json:"fullsize"`
	Alt         string       `json:"alt"`
	AspectRatio *aspectRatio `json:"aspectRatio,omitempty"`
}

type galleryView struct {
	Type  string             `json:"$type"`
	Items []galleryImageView `json:"items"`
}

type galleryImageView struct {
	Type        string      `json:"$type"`
	Thumbnail   string      `json:"thumbnail"`
	Fullsize    string      `json:"fullsize"`
	Alt         string      `json:"alt"`
	AspectRatio aspectRatio `json:"aspectRatio"`
}

type aspectRatio struct {
	Width  int64 `json:"width"`
	Height int64 `json:"height"`
}

type videoView struct {
	Type        string       `json:"$type"`
	CID         string       `json:"cid"`
	Playlist    string       `json:"playlist"`
	Alt         string       `json:"alt,omitempty"`
	AspectRatio *aspectRatio `json:"aspectRatio,omitempty"`
}

type externalView struct {
	Type     string       `json:"$type"`
	External externalInfo `json:"external"`
}

type externalInfo struct {
	URI         string `json:"uri"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Thumb       string `json:"thumb,omitempty"`
}

type recordView struct {
	Type   string `json:"$type"`
	Record any    `json:"record"` // viewRecord, viewNotFound or viewBlocked
}

type recordWithMediaView struct {
	Type   string     `json:"$type"`
	Record recordView `json:"record"`
	Media  any        `json:"media"`
}

type viewRecord struct {
	Type        string            `json:"$type"`
	URI         syntax.ATURI      `json:"uri"`
	CID         string            `json:"cid"`
	Author      profileBasic      `json:"author"`
	Value       json.RawMessage   `json:"value"`
	Labels      []json.RawMessage `json:"labels"`
	LikeCount   uint64            `json:"likeCount"`
	ReplyCount  uint64            `json:"replyCount"`
	RepostCount uint64            `json:"repostCount"`
	QuoteCount  uint64            `json:"quoteCount"`
	Embeds      []any             `json:"embeds,omitempty"`
	IndexedAt   string            `json:"indexedAt"`
}

// gone is viewNotFound, and as app.bsky.feed.defs#notFoundPost a hole in a thread.
type gone struct {
	Type     string       `json:"$type"`
	URI      syntax.ATURI `json:"uri"`
	NotFound bool         `json:"notFound"`
}

// blocked is viewBlocked, and as app.bsky.feed.defs#blockedPost the same in a thread.
type blocked struct {
	Type    string        `json:"$type"`
	URI     syntax.ATURI  `json:"uri"`
	Blocked bool          `json:"blocked"`
	Author  blockedAuthor `json:"author"`
}

type blockedAuthor struct {
	DID    string       `json:"did"`
	Viewer *actorViewer `json:"viewer,omitempty"`
}

// maxImages bounds what one embed shows, whatever a record says; the published
// schema has 4 for images and 20 for galleries.
const maxImages = 20

// embed shapes what is embedded in a post, nil if nothing that we know how to
// show. quotes says whether embedded posts are shown as such: a quoted post's
// own quote is not, or a chain of them would unfold without end.
func (l *lens) embed(ctx context.Context, author *index.Actor, e tree, quotes bool) (any, error) {
	switch e.text("$type") {
	case "app.bsky.embed.record":
		if !quotes {
			return nil, nil
		}
		return l.quote(ctx, e)
	case "app.bsky.embed.recordWithMedia":
		media, err := l.embed(ctx, author, e.tree("media"), false)
		if err != nil || !quotes || media == nil {
			return media, err
		}
		q, err := l.quote(ctx, e.tree("record"))
		if err != nil || q == nil {
			return media, err
		}
		return recordWithMediaView{"app.bsky.embed.recordWithMedia#view", *q, media}, nil
	}
	return l.f.media(author, e), nil
}

// media shapes embeds that need nothing but the record.
func (f *Face) media(author *index.Actor, e tree) any {
	switch e.text("$type") {
	case "app.bsky.embed.images":
		return f.images(author, e)
	case "app.bsky.embed.gallery":
		return f.gallery(author, e)
	case "app.bsky.embed.video":
		c, ok := blobCID(e["video"])
		if !ok {
			return nil
		}
		return videoView{"app.bsky.embed.video#view", c.String(), f.blobURL(author, e["video"]), e.text("alt"), ratio(e)}
	case "app.bsky.embed.external":
		return f.external(author, e.tree("external"))
	}
	return nil
}

func (f *Face) images(author *index.Actor, e tree) any {
	v := imagesView{Type: "app.bsky.embed.images#view", Images: []imageView{}}
	for _, img := range e.trees("images") {
		u, thumb := f.blobURL(author, img["image"]), f.thumbURL(author, img["image"], feedPixels)
		if u == "" || len(v.Images) == maxImages {
			continue
		}
		v.Images = append(v.Images, imageView{thumb, u, img.text("alt"), ratio(img)})
	}
	return v
}

func (f *Face) gallery(author *index.Actor, e tree) any {
	v := galleryView{Type: "app.bsky.embed.gallery#view", Items: []galleryImageView{}}
	for _, img := range e.trees("items") {
		u, thumb, r := f.blobURL(author, img["image"]), f.thumbURL(author, img["image"], feedPixels), ratio(img)
		if u == "" || r == nil || len(v.Items) == maxImages {
			continue
		}
		v.Items = append(v.Items, galleryImageView{"app.bsky.embed.gallery#viewImage", thumb, u, img.text("alt"), *r})
	}
	return v
}

func (f *Face) external(author *index.Actor, e tree) any {
	uri := webURL(e.text("uri"))
	if uri == "" {
		return nil
	}
	return externalView{"app.bsky.embed.external#view", externalInfo{uri, e.text("title"), e.text("description"), f.thumbURL(author, e["thumb"], cardPixels)}}
}

func ratio(t tree) *aspectRatio {
	r := t.tree("aspectRatio")
	w, _ := r["width"].(int64)
	h, _ := r["height"].(int64)
	if w < 1 || h < 1 {
		return nil
	}
	return &aspectRatio{w, h}
}

// quote shapes an embedded record: the post, or the hole where it was.
func (l *lens) quote(ctx context.Context, e tree) (*recordView, error) {
	uri, err := syntax.ParseATURI(e.tree("record").text("uri"))
	if err != nil {
		return nil, nil
	}
	v := &recordView{Type: "app.bsky.embed.record#view"}
	p, err := l.f.cfg.Index.Post(ctx, uri)
	switch {
	case isNotFound(err):
		v.Record = gone{"app.bsky.embed.record#viewNotFound", uri, true}
		return v, nil
	case err != nil:
		return nil, err
	}
	author, err := l.seen(ctx, p.Author)
	if err != nil {
		return nil, err
	}
	if author.blocked() {
		v.Record = l.blocked("app.bsky.embed.record#viewBlocked", p.URI, author)
		return v, nil
	}
	v.Record, err = l.quoted(ctx, p, author)
	return v, err
}

func (l *lens) quoted(ctx context.Context, p *index.Post, author *seenActor) (viewRecord, error) {
	value, err := record.ValueToJSON(p.Record.Bundle.Value)
	if err != nil {
		return viewRecord{}, err
	}
	v := viewRecord{
		Type: "app.bsky.embed.record#viewRecord", URI: p.URI, CID: p.Record.Bundle.CID.String(), Author: author.basic,
		Value: value, Labels: []json.RawMessage{}, IndexedAt: datetime(p.Record.Received),
		LikeCount: p.Counts.Likes, ReplyCount: p.Counts.Replies, RepostCount: p.Counts.Reposts, QuoteCount: p.Counts.Quotes,
	}
	inner, err := l.embed(ctx, p.Author, treeOf(p.Record.Bundle.Value).tree("embed"), false)
	if inner != nil {
		v.Embeds = []any{inner}
	}
	return v, err
}

func (l *lens) blocked(typ string, uri syntax.ATURI, author *seenActor) blocked {
	return blocked{typ, uri, true, blockedAuthor{author.basic.DID, author.basic.Viewer}}
}
