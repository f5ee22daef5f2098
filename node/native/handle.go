package native

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/xrpc"
)

// Handles tells what this node knows of an identity's handle; found is false if
// it never claimed one here.
type Handles interface {
	Handle(ctx context.Context, did identity.DID) (h Handle, found bool, err error)
}

// Handle is a claimed handle and what asking for it has shown.
type Handle struct {
	Handle  syntax.Handle
	State   index.HandleState
	By      string // how it was found out: "server", "dns", "well-known", or ""
	Reason  string // why it isn't valid
	Checked time.Time
	Next    time.Time
	History []HandleEpisode // oldest first
}

// HandleEpisode is a time in which this node found the same of the same handle.
type HandleEpisode struct {
	Handle       syntax.Handle
	State        index.HandleState
	By           string
	Since, Until time.Time
}

func (f *Face) registerHandles(s *xrpc.Server) {
	own := xrpc.Route{NSID: "net.metanet.identity.updateHandle", Access: xrpc.Required, Budget: f.cfg.Budgets.Handle, Strict: true, MaxBody: 1 << 10}
	xrpc.Procedure(s, own, f.updateHandle)
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.identity.getHandle"}, f.getHandle)
}

type updateHandleInput struct {
	Handle string `json:"handle"`
}

type updateHandleOutput struct {
	Handle      syntax.Handle `json:"handle"`
	ATOperation atOperation   `json:"atOperation"`
}

// updateHandle is for clients that sign themselves: they get the record that
// claims the handle, and put it.
func (f *Face) updateHandle(ctx context.Context, c *xrpc.Call, in updateHandleInput) (updateHandleOutput, error) {
	a, err := f.cfg.Sessions.ChooseHandle(ctx, c.Principal.DID, in.Handle)
	if err != nil {
		return updateHandleOutput{}, public(err)
	}
	value, err := record.ValueToJSON(a.Binding)
	if err != nil {
		return updateHandleOutput{}, err
	}
	return updateHandleOutput{a.Handle, atOperation{bindingPath.String(), json.RawMessage(value)}}, nil
}

type handleOutput struct {
	DID       identity.DID      `json:"did"`
	ATName    identity.ATName   `json:"atName,omitempty"`
	Handle    syntax.Handle     `json:"handle,omitempty"`
	State     index.HandleState `json:"state"`
	By        string            `json:"by,omitempty"`
	Reason    string            `json:"reason,omitempty"`
	CheckedAt string            `json:"checkedAt,omitempty"`
	NextAt    string            `json:"nextAt,omitempty"`
	History   []episodeOutput   `json:"history"`
}

type episodeOutput struct {
	Handle syntax.Handle     `json:"handle"`
	State  index.HandleState `json:"state"`
	By     string            `json:"by,omitempty"`
	Since  string            `json:"since"`
	Until  string            `json:"until"`
}

func (f *Face) getHandle(ctx context.Context, _ *xrpc.Call, p getIdentityParams) (handleOutput, error) {
	did, err := f.resolve(ctx, p.DID)
	if err != nil {
		return handleOutput{}, err
	}
	named, err := f.named(ctx, did)
	if err != nil {
		return handleOutput{}, err
	}
	h, found, err := f.cfg.Handles.Handle(ctx, did)
	if err != nil {
		return handleOutput{}, err
	}
	out := handleOutput{DID: did, ATName: named.Name, Handle: named.Handle, State: named.HandleState, History: []episodeOutput{}}
	if !found {
		return out, nil
	}
	out.By, out.Reason = h.By, h.Reason
	out.CheckedAt, out.NextAt = given(h.Checked), given(h.Next)
	for _, e := range h.History {
		out.History = append(out.History, episodeOutput{e.Handle, e.State, e.By, datetime(e.Since), datetime(e.Until)})
	}
	return out, nil
}

// given writes a time, and none as none.
func given(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return datetime(t)
}
