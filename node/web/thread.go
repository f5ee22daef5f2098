package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
)

const (
	threadDepth   = 6
	threadParents = 40
)

type postPage struct {
	page
	Author   string
	Parents  []node // from the top down
	Post     post
	Replies  []node
	More     bool // replies were left out
	Composer composer
	Proof    proof
}

// proof is what anybody can check about a record without trusting this server.
type proof struct {
	DID              identity.DID
	Key, KeyKind     string
	AddedAt, EndedAt time.Time
	AddedBlock       uint64
	EndedBlock       uint64
	Rev              time.Time
	ID, ValueCID     string
}

// post is GET /post/{actor}/{rkey}: a post in its thread, with its proof.
func (h *Handler) post(w http.ResponseWriter, r *http.Request) error {
	uri, err := postURI(r)
	if err != nil {
		return err
	}
	thread, err := h.index.Thread(r.Context(), uri, threadDepth, threadParents)
	if err != nil {
		return fmt.Errorf("web: thread: %w", err)
	}
	if thread.Post == nil {
		return ErrNotFound
	}
	p := postPage{page: h.frame(r, "post", ""), More: thread.More}
	if err := h.fillThread(r.Context(), &p, thread); err != nil {
		return err
	}
	p.Author = p.Post.Author.Name
	p.Title = p.Author + ": " + clip(oneLine(thread.Post.Refs.Text), 60)
	p.Description = oneLine(clip(thread.Post.Refs.Text, 200))
	p.Composer = replyComposer(p.Post)
	if p.Proof, err = h.proof(r.Context(), thread.Post.Record.Bundle); err != nil {
		return err
	}
	h.render(w, http.StatusOK, "post", p)
	return nil
}

func postURI(r *http.Request) (syntax.ATURI, error) {
	rkey, err := syntax.ParseRecordKey(r.PathValue("rkey"))
	if err != nil {
		return "", ErrNotFound
	}
	path := record.Path{Collection: "app.bsky.feed.post", Key: rkey}
	return index.URI(r.PathValue("actor"), path), nil
}

// fillThread presents all posts of a thread, then looks up in one go what they quote.
func (h *Handler) fillThread(ctx context.Context, p *postPage, thread *index.Thread) error {
	t := &threadView{presenter: h.presenter()}
	p.Post = *t.show(thread.Post, true)
	p.Post.Focus = true
	for up := thread.Parent; up != nil; up = up.Parent {
		p.Parents = append(p.Parents, t.node(up))
	}
	slices.Reverse(p.Parents)
	p.Replies = t.nodes(thread.Replies)
	return t.mention(ctx, append(t.shown, &p.Post))
}

func replyComposer(to post) composer {
	return composer{
		ID: "reply-text", Label: "Reply to " + to.Author.Name, Placeholder: "Write a reply", Action: "Reply", Rows: 2,
		ParentURI: to.URI, ParentCID: to.CID, RootURI: to.RootURI, RootCID: to.RootCID,
	}
}

// threadView presents the posts of one thread.
type threadView struct {
	*presenter
	shown []*post
}

func (t *threadView) show(x *index.Post, whole bool) *post {
	v := t.post(x, whole)
	t.shown = append(t.shown, &v)
	return &v
}

func (t *threadView) nodes(threads []*index.Thread) []node {
	var out []node
	for _, x := range threads {
		out = append(out, t.node(x))
	}
	return out
}

// node presents one place of a thread and what is below it; a parent has
// nothing below that the page doesn't show already.
func (t *threadView) node(x *index.Thread) node {
	if x.Post == nil {
		why := "A post belongs here that this server doesn’t have: it was deleted, is hidden, or hasn’t arrived."
		return node{Hole: &hole{why, string(x.URI)}, Replies: t.nodes(x.Replies)}
	}
	return node{Post: t.show(x.Post, false), Replies: t.nodes(x.Replies)}
}

// proof gathers what the record and the chain say. A key that this node hasn't
// found on the chain leaves its block out, and the page says so.
func (h *Handler) proof(ctx context.Context, b *record.Bundle) (proof, error) {
	p := proof{DID: b.DID, Key: b.Key.String(), Rev: b.Rev.Time(), ID: b.ID.String(), ValueCID: b.CID.String()}
	id, err := h.identities.Identity(ctx, b.DID)
	if errors.Is(err, ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("web: identity: %w", err)
	}
	i := slices.IndexFunc(id.Keys, func(k identity.KeyRecord) bool { return k.Key == b.Key })
	if i < 0 {
		return p, nil
	}
	k := id.Keys[i]
	p.KeyKind = strings.ToUpper(kind(k.Purpose)[:1]) + kind(k.Purpose)[1:]
	p.AddedAt, p.AddedBlock = unix(k.AddedAt), k.AddedBlock
	if !k.Live(h.now()) {
		p.EndedAt, p.EndedBlock = ended(k), k.EndedBlock
	}
	return p, nil
}
