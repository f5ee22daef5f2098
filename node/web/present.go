package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
)

// errBadCursor is answered for an address of a page that we never gave out.
var errBadCursor = errors.New("web: invalid cursor")

// notFound says that an error means there is no such thing.
func notFound(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier)
}

// presenter turns what the index knows into what one page shows. It looks up
// each person and each quoted post once.
type presenter struct {
	index  *index.Index
	people map[identity.DID]person
}

func (h *Handler) presenter() *presenter {
	return &presenter{h.index, map[identity.DID]person{}}
}

// person presents somebody. A profile that doesn't read is an empty one.
func (p *presenter) person(a *index.Actor) person {
	if known, ok := p.people[a.DID]; ok {
		return known
	}
	v := newPerson(a, profileOf(a))
	p.people[a.DID] = v
	return v
}

func profileOf(a *index.Actor) (v profileValue) {
	if a.Profile != nil {
		_ = read(a.Profile.Bundle.Value, &v)
	}
	return v
}

func newPerson(a *index.Actor, profile profileValue) person {
	id := a.Authority()
	p := person{ID: id, Name: oneLine(profile.DisplayName), At: shorten(id), Link: profileLink(id)}
	if a.Handle != "" {
		p.At = "@" + string(a.Handle)
	}
	if a.HandleOK() {
		p.Link = "/@" + string(a.Handle)
	}
	if p.Name == "" {
		p.Name = strings.TrimPrefix(p.At, "@")
	}
	if profile.Avatar != nil && profile.Avatar.cid() != "" {
		p.Avatar = profile.Avatar.small(id, 128)
	}
	p.Initial, p.Tone = initial(p.Name), tone(id)
	return p
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// post presents a post; whole shows all of a long text.
func (p *presenter) post(x *index.Post, whole bool) post {
	v := post{
		URI: string(x.URI), CID: x.Record.Bundle.CID.String(), Author: p.person(x.Author), CreatedAt: x.Time,
		Replies: int(x.Counts.Replies), Reposts: int(x.Counts.Reposts), Likes: int(x.Counts.Likes),
	}
	v.Link = postLink(v.Author.ID, x.Record.Bundle.Path.Key.String())
	v.RootURI, v.RootCID = v.URI, v.CID
	if was := x.Refs.Imported; was != nil {
		v.Imported = &imported{hostOf(was.URL), was.URL, was.InReplyTo}
	}
	var value postValue
	if read(x.Record.Bundle.Value, &value) == nil {
		value.fill(&v, whole)
	}
	return v
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "elsewhere"
	}
	return u.Hostname()
}

// posts presents a page of a feed.
func (p *presenter) posts(ctx context.Context, page index.Page) ([]post, error) {
	out := make([]post, len(page.Items))
	all := make([]*post, len(page.Items))
	for i, item := range page.Items {
		out[i] = p.post(item.Post, false)
		out[i].answers = item.Refs.Parent.URI
		if item.Repost != nil {
			by := p.person(item.Repost.By)
			out[i].RepostedBy = &by
		}
		all[i] = &out[i]
	}
	return out, p.mention(ctx, all)
}

// mention fills in what posts say of other posts: whom they answer, whom they
// quote. What isn't here is named by its address alone.
func (p *presenter) mention(ctx context.Context, posts []*post) error {
	var wanted []syntax.ATURI
	for _, v := range posts {
		if v.answers != "" {
			wanted = append(wanted, v.answers)
		}
		if v.Quote != nil {
			wanted = append(wanted, v.Quote.URI)
		}
	}
	found, err := p.lookUp(ctx, wanted)
	if err != nil {
		return err
	}
	for _, v := range posts {
		v.ReplyTo = p.replyTo(v.answers, found)
		p.fillQuote(v.Quote, found)
	}
	return nil
}

func (p *presenter) lookUp(ctx context.Context, uris []syntax.ATURI) (map[syntax.ATURI]*index.Post, error) {
	found := map[syntax.ATURI]*index.Post{}
	for len(uris) > 0 {
		n := min(len(uris), index.MaxLimit)
		some, err := p.index.Posts(ctx, uris[:n])
		if err != nil {
			return nil, fmt.Errorf("web: posts that are referred to: %w", err)
		}
		for uri, x := range some {
			found[uri] = x
		}
		uris = uris[n:]
	}
	return found, nil
}

func (p *presenter) replyTo(uri syntax.ATURI, found map[syntax.ATURI]*index.Post) *replyTo {
	link, ok := recordLink(string(uri))
	if !ok {
		return nil
	}
	r := &replyTo{Link: link}
	if x := found[uri]; x != nil {
		r.Name = p.person(x.Author).Name
	}
	return r
}

const maxQuoteRunes = 280

func (p *presenter) fillQuote(q *quote, found map[syntax.ATURI]*index.Post) {
	if q == nil {
		return
	}
	x := found[q.URI]
	if x == nil {
		q.Label = "A quoted post that isn’t here"
		return
	}
	q.Label = p.person(x.Author).Name
	q.Text = clip(x.Refs.Text, maxQuoteRunes)
}

func clip(s string, runes int) string {
	for i := range s {
		if runes--; runes < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
