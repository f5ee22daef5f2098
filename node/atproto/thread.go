package atproto

import (
	"context"
	"errors"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/node/xrpc"
)

// threadView is app.bsky.feed.defs#threadViewPost; parent and replies may be
// gone or blocked, too.
type threadView struct {
	Type    string   `json:"$type"`
	Post    postView `json:"post"`
	Parent  any      `json:"parent,omitempty"`
	Replies []any    `json:"replies"`
}

type threadParams struct {
	URI          syntax.ATURI `param:"uri,required"`
	Depth        int          `param:"depth,default=6,min=0,max=1000"`
	ParentHeight int          `param:"parentHeight,default=80,min=0,max=1000"`
}

type threadOutput struct {
	Thread any `json:"thread"`
}

func (f *Face) getPostThread(ctx context.Context, c *xrpc.Call, p threadParams) (threadOutput, error) {
	t, err := f.cfg.Index.Thread(ctx, p.URI, p.Depth, p.ParentHeight)
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return threadOutput{}, notFound("NotFound", "Post not found: %s", p.URI)
	}
	if err != nil {
		return threadOutput{}, public(err)
	}
	l := f.lens(c.Principal)
	view, err := l.threadPost(ctx, t)
	if err != nil {
		return threadOutput{}, err
	}
	top, ok := view.(*threadView)
	if !ok {
		return threadOutput{view}, nil // blocked: neither what is above nor what is below
	}
	if err := l.replies(ctx, top, t); err != nil {
		return threadOutput{}, err
	}
	top.Parent, err = l.parent(ctx, t.Parent)
	return threadOutput{top}, err
}

// threadPost shapes one post of a thread, without its neighbours.
func (l *lens) threadPost(ctx context.Context, t *index.Thread) (any, error) {
	if t.Post == nil {
		return gone{"app.bsky.feed.defs#notFoundPost", t.URI, true}, nil
	}
	author, err := l.seen(ctx, t.Post.Author)
	if err != nil {
		return nil, err
	}
	if author.blocked() {
		return l.blocked("app.bsky.feed.defs#blockedPost", t.URI, author), nil
	}
	v := &threadView{Type: "app.bsky.feed.defs#threadViewPost", Replies: []any{}}
	v.Post, err = l.post(ctx, t.Post)
	return v, err
}

// parent shapes what is above, up to the top or the first hole.
func (l *lens) parent(ctx context.Context, t *index.Thread) (any, error) {
	if t == nil {
		return nil, nil
	}
	view, err := l.threadPost(ctx, t)
	if top, ok := view.(*threadView); ok && err == nil {
		top.Parent, err = l.parent(ctx, t.Parent)
	}
	return view, err
}

// replies shapes what is below; the index has bounded its depth and number.
func (l *lens) replies(ctx context.Context, v *threadView, t *index.Thread) error {
	for _, r := range t.Replies {
		view, err := l.threadPost(ctx, r)
		if err != nil {
			return err
		}
		if below, ok := view.(*threadView); ok {
			if err := l.replies(ctx, below, r); err != nil {
				return err
			}
		}
		v.Replies = append(v.Replies, view)
	}
	return nil
}
