package atproto

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/store"
	"metanet/node/session"
	"metanet/node/xrpc"
)

func (f *Face) registerIdentity(s *xrpc.Server) {
	xrpc.Query(s, xrpc.Route{NSID: "com.atproto.identity.resolveHandle"}, f.resolveHandle)
	xrpc.Procedure(s, xrpc.Route{NSID: "com.atproto.identity.updateHandle", Access: xrpc.Required, Budget: f.cfg.Budgets.Handle, MaxBody: 1 << 10}, f.updateHandle)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{Path: "/.well-known/atproto-did"}, f.wellKnownDID)
}

type resolveHandleParams struct {
	Handle syntax.Handle `param:"handle,required"`
}

type resolveHandleOutput struct {
	DID string `json:"did"`
}

func (f *Face) resolveHandle(ctx context.Context, _ *xrpc.Call, p resolveHandleParams) (resolveHandleOutput, error) {
	name, err := f.nameOf(ctx, p.Handle)
	if err != nil {
		return resolveHandleOutput{}, err
	}
	if name == "" {
		return resolveHandleOutput{}, notFound("HandleNotFound", "Unable to resolve handle")
	}
	return resolveHandleOutput{name}, nil
}

// nameOf finds the AT name behind a handle: one that we gave out, as we are its
// authority, else one that the index knows to be proved. "" is nobody.
func (f *Face) nameOf(ctx context.Context, h syntax.Handle) (string, error) {
	did, ours, err := f.cfg.Sessions.HandleOwner(ctx, h)
	if err != nil {
		return "", err
	}
	if ours {
		a, err := f.cfg.Sessions.Account(ctx, did)
		if errors.Is(err, session.ErrNoAccount) {
			return "", nil
		}
		return string(a.Name), err
	}
	a, err := f.cfg.Index.Actor(ctx, string(h))
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(a.Name), nil
}

type updateHandleInput struct {
	Handle string `json:"handle"`
}

// updateHandle gives the account another handle and signs the record that claims
// it, with the hosted key. Without one nothing changes.
func (f *Face) updateHandle(ctx context.Context, c *xrpc.Call, in updateHandleInput) (xrpc.None, error) {
	if _, err := f.cfg.Hosted.Signer(ctx, c.Principal.DID); err != nil {
		return xrpc.None{}, public(err)
	}
	a, err := f.cfg.Sessions.ChooseHandle(ctx, c.Principal.DID, in.Handle)
	if err != nil {
		return xrpc.None{}, public(err)
	}
	defer f.writing.lock(c.Principal.DID)()
	return xrpc.None{}, public(f.submit(ctx, c.Principal, bindingPath, a.Binding, func(*store.Stored) error { return nil }))
}

// wellKnownDID proves the handles that we gave out to whoever asks under the
// handle's own host name (atproto.com/specs/handle, "HTTPS well-known Method").
func (f *Face) wellKnownDID(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	handle, err := syntax.ParseHandle(host)
	if err != nil {
		return xrpc.Errorf(http.StatusNotFound, xrpc.CodeNotFound, "no handle of that name here")
	}
	did, ours, err := f.cfg.Sessions.HandleOwner(r.Context(), handle)
	if err != nil {
		return err
	}
	if !ours {
		return xrpc.Errorf(http.StatusNotFound, xrpc.CodeNotFound, "no handle of that name here")
	}
	a, err := f.cfg.Sessions.Account(r.Context(), did)
	if err != nil {
		return public(err)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(a.Name)) // the caller may be gone
	return nil
}
