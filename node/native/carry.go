package native

import (
	"context"
	"net/http"
	"strings"

	"metanet/node/carry"
	"metanet/node/xrpc"
)

// maxUploadPart bounds one part of an upload, in bytes: what is lost when the
// connection ends in the middle.
const maxUploadPart = 16 << 20

// mediaArchive is what an export is.
const mediaArchive = "application/vnd.ipld.car"

func (f *Face) registerCarry(s *xrpc.Server) {
	own := func(nsid string, b *xrpc.Budget) xrpc.Route {
		return xrpc.Route{NSID: nsid, Access: xrpc.Required, Budget: b, Strict: true}
	}
	upload := own("net.metanet.import.upload", f.cfg.Budgets.Upload)
	upload.MaxBody = maxUploadPart
	xrpc.Raw(s, http.MethodGet, own("net.metanet.account.export", f.cfg.Budgets.Export), f.exportAccount)
	xrpc.Raw(s, http.MethodPost, upload, f.uploadImport)
	xrpc.Procedure(s, own("net.metanet.import.start", f.cfg.Budgets.Move), func(ctx context.Context, c *xrpc.Call, in struct {
		Blocks bool `json:"blocks"`
	}) (carry.Status, error) {
		st, err := f.cfg.Carrier.Start(ctx, c.Principal.DID, in.Blocks)
		return st, public(err)
	})
	xrpc.Query(s, own("net.metanet.import.status", nil), func(ctx context.Context, c *xrpc.Call, _ xrpc.None) (carry.Status, error) {
		st, err := f.cfg.Carrier.Status(ctx, c.Principal.DID)
		return st, public(err)
	})
	xrpc.Procedure(s, own("net.metanet.import.cancel", f.cfg.Budgets.Move), func(_ context.Context, c *xrpc.Call, _ xrpc.None) (xrpc.None, error) {
		return xrpc.None{}, public(f.cfg.Carrier.Forget(c.Principal.DID))
	})
}

// exportAccount streams everything of the account. An error midway leaves the
// archive without its end, so whoever reads it knows that it was cut short.
func (f *Face) exportAccount(w http.ResponseWriter, r *http.Request, c *xrpc.Call) error {
	account, err := f.cfg.Sessions.Account(r.Context(), c.Principal.DID)
	if err != nil {
		return public(err)
	}
	w.Header().Set("Content-Type", mediaArchive)
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(string(account.Handle), `"`, "")+`.car"`)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := f.cfg.Carrier.Export(r.Context(), c.Principal.DID, w); err != nil && r.Context().Err() == nil {
		f.log.Warn("an export was cut short", "did", c.Principal.DID, "error", err)
	}
	return nil
}

type uploadParams struct {
	Name   string `param:"name"`
	Offset int64  `param:"offset"`
	Total  int64  `param:"total,required"`
}

// uploadImport takes one part of a file.
func (f *Face) uploadImport(w http.ResponseWriter, r *http.Request, c *xrpc.Call) error {
	var p uploadParams
	if err := xrpc.DecodeParams(r.URL.Query(), &p); err != nil {
		return err
	}
	st, err := f.cfg.Carrier.Upload(r.Context(), c.Principal.DID, p.Name, p.Offset, p.Total, r.Body)
	if err != nil {
		return public(err)
	}
	return xrpc.WriteJSON(w, st)
}
