package atproto

import (
	"context"
	"encoding/json"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
	"metanet/node/xrpc"
)

type edgesParams struct {
	Actor  syntax.AtIdentifier `param:"actor,required"`
	Limit  int                 `param:"limit,default=50,min=1,max=100"`
	Cursor string              `param:"cursor"`
}

type followsOutput struct {
	Subject profileView   `json:"subject"`
	Follows []profileView `json:"follows"`
	Cursor  string        `json:"cursor,omitempty"`
}

type followersOutput struct {
	Subject   profileView   `json:"subject"`
	Followers []profileView `json:"followers"`
	Cursor    string        `json:"cursor,omitempty"`
}

func (f *Face) getFollows(ctx context.Context, c *xrpc.Call, p edgesParams) (followsOutput, error) {
	subject, people, cursor, err := f.edges(ctx, c, p, f.cfg.Index.Follows)
	return followsOutput{subject, people, cursor}, err
}

func (f *Face) getFollowers(ctx context.Context, c *xrpc.Call, p edgesParams) (followersOutput, error) {
	subject, people, cursor, err := f.edges(ctx, c, p, f.cfg.Index.Followers)
	return followersOutput{subject, people, cursor}, err
}

func (f *Face) edges(ctx context.Context, c *xrpc.Call, p edgesParams,
	read func(context.Context, identity.DID, string, int) (index.People, error),
) (subject profileView, people []profileView, cursor string, err error) {
	a, err := f.actor(ctx, p.Actor)
	if err != nil {
		return subject, nil, "", err
	}
	l := f.lens(c.Principal)
	if subject, err = l.profile(ctx, a); err != nil {
		return subject, nil, "", err
	}
	page, err := read(ctx, a.DID, p.Cursor, p.Limit)
	if err != nil {
		return subject, nil, "", public(err)
	}
	people, err = l.persons(ctx, page)
	return subject, people, page.Cursor, err
}

// person shapes somebody followed; of whom nothing is known but the name, the
// name is shown.
func (l *lens) person(ctx context.Context, p index.Person) (profileView, error) {
	if p.Actor == nil {
		return unknownPerson(string(p.Name)), nil
	}
	return l.profile(ctx, p.Actor)
}

// unknownPerson is somebody of whom only the name is known.
func unknownPerson(name string) profileView {
	return profileView{profileBasic: profileBasic{DID: name, Handle: handleInvalid, Labels: []json.RawMessage{}}}
}
