package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
)

// viewerState is what stands between the viewer and what a page shows: the
// record keys of their likes, reposts, follows and blocks, so that the page can
// show them as done and knows what to delete to undo them; and whose posts they do
// not want to see.
type viewerState struct {
	Posts  map[string]postState   `json:"posts"`
	People map[string]personState `json:"people"`
}

type postState struct {
	Like   string `json:"like,omitempty"`
	Repost string `json:"repost,omitempty"`
}

type personState struct {
	Follow    string `json:"follow,omitempty"`
	Block     string `json:"block,omitempty"`
	BlockedBy bool   `json:"blockedBy,omitempty"`
	Muted     bool   `json:"muted,omitempty"`
}

// viewer is GET /viewer?post=URI…&person=NAME…, for the page's script alone.
func (h *Handler) viewer(w http.ResponseWriter, r *http.Request) {
	did, err := h.viewerOf(r)
	if err != nil {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	query := r.URL.Query()
	state, err := h.viewerState(r, did, query["post"], query["person"])
	switch {
	case errors.Is(err, errTooMany):
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case err != nil:
		h.logger.Error("viewer state", "err", err)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(state) // a reader who has left is no error of ours
}

var errTooMany = errors.New("web: too many posts or people at once")

func (h *Handler) viewerState(r *http.Request, viewer identity.DID, posts, people []string) (viewerState, error) {
	out := viewerState{map[string]postState{}, map[string]personState{}}
	if len(posts)+len(people) > index.MaxLimit {
		return out, errTooMany
	}
	for _, uri := range posts {
		v, err := h.index.PostViewer(r.Context(), viewer, syntax.ATURI(uri))
		if err != nil && !notFound(err) {
			return out, err
		}
		if v != (index.PostViewer{}) {
			out.Posts[uri] = postState{recordKey(v.Like), recordKey(v.Repost)}
		}
	}
	muted, err := h.personal.Muted(viewer)
	if err != nil {
		return out, err
	}
	for _, id := range people {
		if muted[id] {
			out.People[id] = personState{Muted: true} // of whom nothing may be here
		}
		did, err := h.index.Resolve(r.Context(), id)
		if err != nil {
			continue // nobody here, so nothing between
		}
		v, err := h.index.ActorViewer(r.Context(), viewer, did)
		if err != nil && !notFound(err) {
			return out, err
		}
		state := personState{recordKey(v.Following), recordKey(v.Blocking), v.BlockedBy != "", muted[id]}
		if state != (personState{}) {
			out.People[id] = state
		}
	}
	return out, nil
}

func recordKey(uri syntax.ATURI) string {
	return string(uri[strings.LastIndexByte(string(uri), '/')+1:])
}
