package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"metanet/content/index"
	"metanet/identity"
)

type profilePage struct {
	page
	Person                    person
	DID                       identity.DID
	ATName                    identity.ATName // empty until its record has come
	HandleDoubt               bool            // nobody has proved the handle
	Bio                       []segment
	Posts, Follows, Followers uint64

	Home        string
	AsOf        uint64
	Keys        []keyView
	LiveKeys    int
	KeysProblem string

	Feed feed
}

// keyView is a key as the chain lists it.
type keyView struct {
	Name, Kind string
	Live       bool
	AddedAt    time.Time
	AddedBlock uint64
	Until      time.Time // when it ended or will; zero: until revoked
}

// profile is GET /profile/{actor}.
func (h *Handler) profile(w http.ResponseWriter, r *http.Request) error {
	return h.showProfile(w, r, r.PathValue("actor"))
}

func (h *Handler) showProfile(w http.ResponseWriter, r *http.Request, identifier string) error {
	ctx := r.Context()
	actor, err := h.actor(ctx, identifier)
	if err != nil {
		return err
	}
	value := profileOf(actor)
	p := profilePage{Person: newPerson(actor, value), DID: actor.DID, ATName: actor.Name, HandleDoubt: actor.Handle != "" && !actor.HandleOK()}
	p.page = h.frame(r, "profile", p.Person.Name)
	p.Description = oneLine(clip(value.Description, 200))
	p.Bio = richText(value.Description, 0, nil)
	counts, err := h.index.ActorCounts(ctx, actor.DID)
	if err != nil {
		return fmt.Errorf("web: counts: %w", err)
	}
	p.Posts, p.Follows, p.Followers = counts.Posts, counts.Follows, counts.Followers
	if err := h.addKeys(r, &p); err != nil {
		return err
	}
	found, err := h.index.AuthorFeed(ctx, actor.DID, index.PostsWithReplies, r.FormValue("cursor"), pageSize)
	if err != nil {
		return feedError(err)
	}
	if p.Feed, err = h.feed(r, found, profileLink(p.Person.ID), "No posts yet."); err != nil {
		return err
	}
	h.render(w, http.StatusOK, "profile", p)
	return nil
}

// actor finds somebody by any name, or by what the chain alone knows: of an
// identity whose only key was just revoked no record is visible.
func (h *Handler) actor(ctx context.Context, identifier string) (*index.Actor, error) {
	actor, err := h.index.Actor(ctx, identifier)
	if err == nil {
		return actor, nil
	}
	if did, notDID := identity.ParseDID(identifier); notDID == nil && notFound(err) {
		if _, unknown := h.identities.Identity(ctx, did); unknown == nil {
			return &index.Actor{DID: did}, nil
		}
	}
	return nil, fmt.Errorf("web: actor: %w", err)
}

// addKeys adds what the chain says. A profile is shown without it rather than
// not at all, and says so.
func (h *Handler) addKeys(r *http.Request, p *profilePage) error {
	id, err := h.identities.Identity(r.Context(), p.DID)
	switch {
	case errors.Is(err, ErrNotFound):
		p.KeysProblem = "The chain has not mentioned this identity."
		return nil
	case err != nil:
		return fmt.Errorf("web: identity: %w", err)
	}
	p.Home, p.AsOf = id.Home, id.Block
	for _, k := range id.Keys {
		v := newKeyView(k, h.now())
		if v.Live {
			p.LiveKeys++
		}
		p.Keys = append(p.Keys, v)
	}
	return nil
}

func newKeyView(k identity.KeyRecord, now time.Time) keyView {
	return keyView{
		Name: k.Key.String(), Kind: kind(k.Purpose), Live: k.Live(now),
		AddedAt: unix(k.AddedAt), AddedBlock: k.AddedBlock, Until: ended(k),
	}
}

// kind says who holds a key.
func kind(p identity.Purpose) string {
	if p == identity.PurposeHosted {
		return "held by the home server"
	}
	return "held by a device"
}

// ended is when a key ended or will end; zero if only its revocation ends it.
func ended(k identity.KeyRecord) time.Time {
	end, _ := k.End()
	return unix(end)
}

// unix is a time of the chain; zero stays zero.
func unix(seconds uint64) time.Time {
	const never = 1 << 40 // beyond any clock: an expiry that means none
	if seconds == 0 || seconds >= never {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
