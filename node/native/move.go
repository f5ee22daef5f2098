package native

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/xrpc"
)

// Moves brings people's records to this server; *move.Mover is behind it. Its
// errors wrap ErrOperation, session.ErrHostedKey or the door's.
type Moves interface {
	Begin(ctx context.Context, did identity.DID) (any, error)
	Status(ctx context.Context, did identity.DID) (any, error)
	Bring(ctx context.Context, did identity.DID, archive []*record.Bundle) (any, error)
	Restore(ctx context.Context, did identity.DID, late bool) (any, error)
	// Stand brings back what ended keys signed, as far as this server received it
	// before a time (zero: before each key's end).
	Stand(ctx context.Context, did identity.DID, keys []identity.Key, before time.Time) (any, error)
}

// States reads all that is kept of an identity; *store.DB is behind it.
type States interface {
	States(did identity.DID, after record.Path, fn func(state []store.Stored) (more bool, err error)) error
}

func (f *Face) registerMove(s *xrpc.Server) {
	own := func(nsid string) xrpc.Route {
		return xrpc.Route{NSID: nsid, Access: xrpc.Required, Budget: f.cfg.Budgets.Move}
	}
	xrpc.Procedure(s, own("net.metanet.move.begin"), func(ctx context.Context, c *xrpc.Call, _ xrpc.None) (any, error) {
		return publicly(f.cfg.Moves.Begin(ctx, c.Principal.DID))
	})
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.move.status", Access: xrpc.Required}, func(ctx context.Context, c *xrpc.Call, _ xrpc.None) (any, error) {
		return publicly(f.cfg.Moves.Status(ctx, c.Principal.DID))
	})
	xrpc.Procedure(s, own("net.metanet.move.restore"), func(ctx context.Context, c *xrpc.Call, in struct {
		Late bool `json:"late"`
	}) (any, error) {
		return publicly(f.cfg.Moves.Restore(ctx, c.Principal.DID, in.Late))
	})
	xrpc.Procedure(s, own("net.metanet.identity.standBy"), f.standBy)
	bring := own("net.metanet.move.bring")
	bring.MaxBody = record.MaxMessage
	xrpc.Raw(s, http.MethodPost, bring, f.bring)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{NSID: "net.metanet.repo.export", Budget: f.cfg.Budgets.Put}, f.export)
}

func publicly(out any, err error) (any, error) { return out, public(err) }

type standByInput struct {
	Keys   []identity.Key `json:"keys"`
	Before *time.Time     `json:"before"`
}

// maxStandBy is how many keys one call may name.
const maxStandBy = 64

func (f *Face) standBy(ctx context.Context, c *xrpc.Call, in standByInput) (any, error) {
	if len(in.Keys) == 0 || len(in.Keys) > maxStandBy {
		return nil, xrpc.BadRequest(xrpc.CodeInvalidRequest, "name 1 to %d keys whose records you stand by", maxStandBy)
	}
	var before time.Time
	if in.Before != nil {
		before = *in.Before
	}
	return publicly(f.cfg.Moves.Stand(ctx, c.Principal.DID, in.Keys, before))
}

// bring takes one message of a person's own archive, as export gave it.
func (f *Face) bring(w http.ResponseWriter, r *http.Request, c *xrpc.Call) error {
	if err := xrpc.CheckMediaType(r, mediaBundles); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	bundles, faults, err := record.DecodeMessage(body)
	if err = errors.Join(append(faults, err)...); err != nil {
		return public(err)
	}
	out, err := f.cfg.Moves.Bring(r.Context(), c.Principal.DID, bundles)
	if err != nil {
		return public(err)
	}
	return xrpc.WriteJSON(w, out)
}

// headerNext is the `after` of the next page of an export.
const headerNext = "Metanet-Next"

// maxExportPaths bounds how many paths one page of an export passes over.
const maxExportPaths = 4096

// export answers one message of an identity's records, by path: of each signing
// key its record, hidden ones and tombstones included, as in catch-up. Whoever has
// an archive of them can prove whose they are without this server.
func (f *Face) export(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	did, err := f.resolve(r.Context(), r.URL.Query().Get("did"))
	if err != nil {
		return err
	}
	var after record.Path
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = record.ParsePath(text); err != nil {
			return xrpc.BadRequest(xrpc.CodeInvalidRequest, "after is not a path")
		}
	}
	page, next, err := f.exportPage(did, after)
	if err != nil {
		return err
	}
	if next != (record.Path{}) {
		w.Header().Set(headerNext, next.String())
	}
	w.Header().Set("Content-Type", mediaBundles)
	w.Header().Set("Cache-Control", "no-store")
	if len(page) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	_, err = w.Write(record.EncodeMessage(page))
	return err
}

func (f *Face) exportPage(did identity.DID, after record.Path) (page [][]byte, next record.Path, err error) {
	size, paths := 16, 0
	err = f.cfg.States.States(did, after, func(state []store.Stored) (bool, error) {
		of, bytes := [][]byte(nil), 0
		for i := range state {
			if !state[i].Buried {
				of, bytes = append(of, state[i].Bundle.Bytes()), bytes+len(state[i].Bundle.Bytes())
			}
		}
		if len(page) > 0 && (size+bytes > record.MaxMessage || len(page)+len(of) > record.MaxBundles) {
			next = after
			return false, nil
		}
		// What one path has of sixteen keys may exceed a message; the highest do for it.
		for len(of) > 0 && size+bytes > record.MaxMessage {
			bytes -= len(of[len(of)-1])
			of = of[:len(of)-1]
		}
		page, size, after = append(page, of...), size+bytes, state[0].Bundle.Path
		if paths++; paths == maxExportPaths {
			next = after
			return false, nil
		}
		return true, nil
	})
	return page, next, err
}
