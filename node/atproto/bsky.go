package atproto

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/identity"
	"metanet/node/xrpc"
)

func (f *Face) registerBsky(s *xrpc.Server) {
	open := func(nsid string) xrpc.Route { return xrpc.Route{NSID: nsid, Access: xrpc.Optional} }
	xrpc.Query(s, xrpc.Route{NSID: "app.bsky.feed.getTimeline", Access: xrpc.Required}, f.getTimeline)
	xrpc.Query(s, open("app.bsky.feed.getAuthorFeed"), f.getAuthorFeed)
	xrpc.Query(s, open("app.bsky.feed.getPostThread"), f.getPostThread)
	xrpc.Query(s, open("app.bsky.actor.getProfile"), f.getProfile)
	xrpc.Query(s, open("app.bsky.graph.getFollows"), f.getFollows)
	xrpc.Query(s, open("app.bsky.graph.getFollowers"), f.getFollowers)
	xrpc.Query(s, open("net.metanet.feed.getPublic"), f.getPublic)
}

// lens is one request's way of looking: who looks, and whom they have seen
// already. It belongs to the request's goroutine.
type lens struct {
	f      *Face
	me     identity.DID // "" is a stranger
	actors map[identity.DID]*seenActor
	muted  map[string]bool // whom me has muted; nil until asked
	// subject is whose feed is looked at, "" if nobody's in particular.
	subject identity.DID
}

type seenActor struct {
	basic   profileBasic
	between index.ActorViewer
	muted   bool
}

func (f *Face) lens(p xrpc.Principal) *lens {
	return &lens{f: f, me: p.DID, actors: make(map[identity.DID]*seenActor)}
}

// mutes says whether me has muted somebody.
func (l *lens) mutes(name string) (bool, error) {
	if l.muted == nil {
		var err error
		if l.muted, err = l.f.cfg.Personal.Muted(l.me); err != nil {
			return false, err
		}
	}
	return l.muted[name], nil
}

// unwanted says that feeds leave out what somebody wrote: one of the two has blocked
// the other, or the viewer has muted them.
func (a *seenActor) unwanted() bool { return a.blocked() || a.muted }

// blocked says that one of the two has blocked the other.
func (a *seenActor) blocked() bool { return a.between.Blocking != "" || a.between.BlockedBy != "" }

// handleInvalid is shown for a handle that isn't proved both ways
// (atproto.com/specs/handle, "Handle Resolution").
const handleInvalid = syntax.Handle("handle.invalid")

// profileBasic is app.bsky.actor.defs#profileViewBasic, and what the larger
// profile views begin with.
type profileBasic struct {
	DID         string            `json:"did"`
	Handle      syntax.Handle     `json:"handle"`
	DisplayName string            `json:"displayName,omitempty"`
	Pronouns    string            `json:"pronouns,omitempty"`
	Avatar      string            `json:"avatar,omitempty"`
	CreatedAt   string            `json:"createdAt,omitempty"`
	Viewer      *actorViewer      `json:"viewer,omitempty"`
	Labels      []json.RawMessage `json:"labels"`
}

// actorViewer is app.bsky.actor.defs#viewerState.
type actorViewer struct {
	Muted      bool         `json:"muted"`
	BlockedBy  bool         `json:"blockedBy"`
	Blocking   syntax.ATURI `json:"blocking,omitempty"`
	Following  syntax.ATURI `json:"following,omitempty"`
	FollowedBy syntax.ATURI `json:"followedBy,omitempty"`
}

// profileView is app.bsky.actor.defs#profileView.
type profileView struct {
	profileBasic
	Description string `json:"description,omitempty"`
	IndexedAt   string `json:"indexedAt,omitempty"`
}

// profileDetailed is app.bsky.actor.defs#profileViewDetailed.
type profileDetailed struct {
	profileView
	Website        string     `json:"website,omitempty"`
	Banner         string     `json:"banner,omitempty"`
	FollowersCount uint64     `json:"followersCount"`
	FollowsCount   uint64     `json:"followsCount"`
	PostsCount     uint64     `json:"postsCount"`
	PinnedPost     *strongRef `json:"pinnedPost,omitempty"`
}

// strongRef is com.atproto.repo.strongRef.
type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// Lengths of the profile's texts in the published views, in bytes. A profile
// that was stored although it breaks its schema is cut to them, or strict
// clients would refuse the whole page that it is on.
const (
	maxDisplayName = 640
	maxDescription = 2560
	maxPronouns    = 200
)

// seen looks at an actor, once for each request.
func (l *lens) seen(ctx context.Context, a *index.Actor) (*seenActor, error) {
	if s, ok := l.actors[a.DID]; ok {
		return s, nil
	}
	profile := profileOf(a)
	s := &seenActor{basic: profileBasic{
		DID: a.Authority(), Handle: shownHandle(a), Labels: []json.RawMessage{},
		DisplayName: clip(profile.text("displayName"), maxDisplayName),
		Pronouns:    clip(profile.text("pronouns"), maxPronouns),
		Avatar:      l.f.thumbURL(a, profile["avatar"], facePixels),
		CreatedAt:   profile.datetime("createdAt"),
	}}
	if l.me != "" {
		between, err := l.f.cfg.Index.ActorViewer(ctx, l.me, a.DID)
		if err != nil {
			return nil, err
		}
		s.between = between
		if s.muted, err = l.mutes(a.Authority()); err != nil {
			return nil, err
		}
		s.basic.Viewer = &actorViewer{
			Muted: s.muted, BlockedBy: between.BlockedBy != "", Blocking: between.Blocking,
			Following: between.Following, FollowedBy: between.FollowedBy,
		}
	}
	l.actors[a.DID] = s
	return s, nil
}

func shownHandle(a *index.Actor) syntax.Handle {
	if !a.HandleOK() {
		return handleInvalid
	}
	return a.Handle
}

func (l *lens) profile(ctx context.Context, a *index.Actor) (profileView, error) {
	s, err := l.seen(ctx, a)
	if err != nil {
		return profileView{}, err
	}
	v := profileView{profileBasic: s.basic, Description: clip(profileOf(a).text("description"), maxDescription)}
	if a.Profile != nil {
		v.IndexedAt = datetime(a.Profile.Received)
	}
	return v, nil
}

type actorParams struct {
	Actor syntax.AtIdentifier `param:"actor,required"`
}

func (f *Face) getProfile(ctx context.Context, c *xrpc.Call, p actorParams) (profileDetailed, error) {
	a, err := f.actor(ctx, p.Actor)
	if err != nil {
		return profileDetailed{}, err
	}
	view, err := f.lens(c.Principal).profile(ctx, a)
	if err != nil {
		return profileDetailed{}, err
	}
	counts, err := f.cfg.Index.ActorCounts(ctx, a.DID)
	if err != nil {
		return profileDetailed{}, err
	}
	profile := profileOf(a)
	out := profileDetailed{
		profileView: view, Banner: f.blobURL(a, profile["banner"]), Website: webURL(profile.text("website")),
		FollowersCount: counts.Followers, FollowsCount: counts.Follows, PostsCount: counts.Posts,
	}
	if pinned := tree(profile.tree("pinnedPost")); validRef(pinned) {
		out.PinnedPost = &strongRef{pinned.text("uri"), pinned.text("cid")}
	}
	return out, nil
}

// actor finds who is asked for.
func (f *Face) actor(ctx context.Context, id syntax.AtIdentifier) (*index.Actor, error) {
	a, err := f.cfg.Index.Actor(ctx, id.String())
	if isNotFound(err) {
		return nil, notFound(xrpc.CodeInvalidRequest, "Profile not found")
	}
	return a, err
}

// isNotFound says that there is nothing of that name, or cannot be.
func isNotFound(err error) bool {
	return errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier)
}

// datetime is AT's and RFC 3339's, in UTC with milliseconds.
func datetime(t time.Time) string { return t.UTC().Format(syntax.AtprotoDatetimeLayout) }

// validRef says whether a tree is a strong reference that clients can parse.
func validRef(t tree) bool {
	_, uriErr := syntax.ParseATURI(t.text("uri"))
	_, cidErr := cid.Decode(t.text("cid"))
	return uriErr == nil && cidErr == nil
}

// forbidBlocked answers as app.bsky.feed.getAuthorFeed does.
func (a *seenActor) forbidBlocked() error {
	switch {
	case a.between.Blocking != "":
		return &xrpc.Error{Status: http.StatusBadRequest, Code: "BlockedActor", Message: "you have blocked this person"}
	case a.between.BlockedBy != "":
		return &xrpc.Error{Status: http.StatusBadRequest, Code: "BlockedByActor", Message: "this person has blocked you"}
	}
	return nil
}
