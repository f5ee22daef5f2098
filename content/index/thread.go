package index

import (
	"context"

	"metanet/content/record"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Bounds of Thread.
const (
	MaxDepth       = 100  // levels of replies
	MaxParents     = 100  // parents above
	MaxReplies     = 100  // replies shown of one post
	MaxThreadPosts = 1000 // posts in all, and at most MaxReplies more
	DefaultDepth   = 6
	DefaultParents = 80
)

// Thread is a post among what it answers and what answers it. Where something is
// named that isn't here, Post is nil: a hole that is shown as a hole.
type Thread struct {
	URI     syntax.ATURI
	Post    *Post     // nil: not found
	Parent  *Thread   // nil at the top, or where the bound was reached
	Replies []*Thread // oldest first
	// More: the bounds cut off replies below.
	More bool
}

// Thread is the post of that URI, up to parentHeight posts above it and depth
// levels of replies below it (negative means the default). The post itself must be
// here.
func (x *Index) Thread(ctx context.Context, uri syntax.ATURI, depth, parentHeight int) (*Thread, error) {
	return look(ctx, x, func(v *view) (*Thread, error) {
		p, err := v.postAt(uri)
		if err != nil {
			return nil, err
		}
		t := &Thread{URI: p.URI, Post: p}
		if err := v.parents(t, bounded(parentHeight, DefaultParents, MaxParents)); err != nil {
			return nil, err
		}
		return t, v.below(t, bounded(depth, DefaultDepth, MaxDepth))
	})
}

func bounded(n, standard, most int) int {
	if n < 0 {
		return standard
	}
	return min(n, most)
}

// parents climbs from t. A circle (posts that name each other as parents) ends
// where it closes.
func (v *view) parents(t *Thread, height int) error {
	seen := map[syntax.ATURI]bool{t.URI: true}
	for ; height > 0 && t.Post != nil && t.Post.Refs.Parent.URI != ""; height-- {
		uri := t.Post.Refs.Parent.URI
		p, err := v.postAt(uri)
		switch {
		case err == nil && seen[p.URI]:
			return nil
		case err == nil:
			t.Parent = &Thread{URI: p.URI, Post: p}
			seen[p.URI] = true
		case missing(err):
			t.Parent = &Thread{URI: uri}
		default:
			return err
		}
		t = t.Parent
	}
	return nil
}

// below adds the replies level by level, so that the bound on all of them cuts
// the deepest first.
func (v *view) below(top *Thread, depth int) error {
	seen := map[syntax.ATURI]bool{top.URI: true}
	for level := []*Thread{top}; len(level) > 0; depth-- {
		var next []*Thread
		for _, t := range level {
			if depth <= 0 || len(seen) > MaxThreadPosts {
				t.More = t.Post.Counts.Replies > 0
				continue
			}
			if err := v.answers(t, seen); err != nil {
				return err
			}
			next = append(next, t.Replies...)
		}
		level = next
	}
	return nil
}

func (v *view) answers(t *Thread, seen map[syntax.ATURI]bool) error {
	err := v.replies(t.URI, MaxReplies, func(did identity.DID, path record.Path) error {
		p, err := v.post(did, path)
		if err == nil && !seen[p.URI] {
			seen[p.URI] = true
			t.Replies = append(t.Replies, &Thread{URI: p.URI, Post: p})
		}
		return err
	})
	t.More = t.Post.Counts.Replies > MaxReplies
	return err
}
