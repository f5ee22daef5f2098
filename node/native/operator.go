package native

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/xrpc"
)

const (
	maxPolicy = 1 << 20
	// maxImport bounds one call of importRecords; a large archive takes many.
	maxImport        = 16 << 20
	maxImportRecords = 10_000
)

func (f *Face) registerOperator(s *xrpc.Server) {
	route := func(name string) xrpc.Route {
		return xrpc.Route{NSID: "net.metanet.admin." + name, Access: xrpc.Operator, Strict: true}
	}
	policy, records := route("publishPolicy"), route("importRecords")
	policy.MaxBody, records.MaxBody = maxPolicy, maxImport
	xrpc.Query(s, route("status"), func(ctx context.Context, _ *xrpc.Call, _ xrpc.None) (any, error) {
		return f.cfg.Operator.Status(ctx)
	})
	xrpc.Procedure(s, route("shutdown"), func(context.Context, *xrpc.Call, xrpc.None) (xrpc.None, error) {
		f.cfg.Operator.Shutdown()
		return xrpc.None{}, nil
	})
	xrpc.Procedure(s, route("checkpoint"), func(ctx context.Context, _ *xrpc.Call, _ xrpc.None) (any, error) {
		return f.cfg.Operator.Checkpoint(ctx)
	})
	f.registerRegistration(s, route)
	f.registerBlocks(s, route)
	xrpc.Raw(s, http.MethodPost, policy, f.publishPolicy)
	xrpc.Raw(s, http.MethodPost, records, f.importRecords)
}

// publishPolicy hands the YAML on; whoever parses it answers *xrpc.Error or an
// error of Relay's for what the operator can put right.
func (f *Face) publishPolicy(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	if err := xrpc.CheckMediaType(r, "application/yaml", "application/x-yaml", "text/yaml", "application/octet-stream"); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	out, err := f.cfg.Operator.PublishPolicy(r.Context(), bytes.NewReader(body))
	if err != nil {
		return public(err)
	}
	return xrpc.WriteJSON(w, out)
}

// importRequest is what `metanet import` sends: values as they stand in an
// archive, byte for byte, to be signed again by an identity of this server.
type importRequest struct {
	As      string         `json:"as"` // did:ethr, AT name or handle
	Records []importRecord `json:"records"`
}

type importRecord struct {
	_     struct{} `cbor:",toarray"`
	Path  string
	Value []byte
}

// importRecords signs each value with the identity's hosted key and takes it
// through the door. One that is refused spoils no other and says why.
func (f *Face) importRecords(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	if err := xrpc.CheckMediaType(r, mediaBundle); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var req importRequest
	if err := drisl.Unmarshal(body, &req); err != nil {
		return xrpc.BadRequest(xrpc.CodeInvalidRequest, "not an import: %v", err)
	}
	if len(req.Records) > maxImportRecords {
		return xrpc.Errorf(http.StatusRequestEntityTooLarge, xrpc.CodeTooLarge, "at most %d records a call", maxImportRecords)
	}
	did, err := f.resolve(r.Context(), req.As)
	if err != nil {
		return err
	}
	results, err := f.importAs(r.Context(), did, req.Records)
	if err != nil {
		return public(err)
	}
	return xrpc.WriteJSON(w, putOutput{results})
}

func (f *Face) importAs(ctx context.Context, did identity.DID, records []importRecord) ([]putResult, error) {
	results := make([]putResult, len(records))
	var values []carry.Value
	var at []int
	for i, rec := range records {
		path, err := record.ParsePath(rec.Path)
		if err == nil && rec.Value == nil {
			err = record.ErrValue
		}
		if err != nil {
			results[i].explain(err)
			continue
		}
		values, at = append(values, carry.Value{Path: path, Value: rec.Value}), append(at, i)
	}
	kept, err := f.cfg.Carrier.Put(ctx, did, values)
	if err != nil {
		return nil, err
	}
	named, err := f.named(ctx, did)
	if err != nil {
		return nil, err
	}
	for j, k := range kept {
		r := &results[at[j]]
		if k.Bundle != nil {
			r.name(k.Bundle, named.Authority())
		}
		r.take(k.Result)
		r.explain(k.Err)
	}
	return results, nil
}

type fundInput struct {
	Address identity.Address `json:"address"`
}

type fundOutput struct {
	Tx string `json:"tx"`
}

// fund gives a joining server's operator coins that are worth nothing.
func (f *Face) fund(ctx context.Context, _ *xrpc.Call, in fundInput) (fundOutput, error) {
	if in.Address.IsZero() {
		return fundOutput{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "address is missing")
	}
	tx, err := f.cfg.Faucet.Fund(ctx, in.Address)
	if err != nil {
		return fundOutput{}, public(err)
	}
	return fundOutput{hex32(tx)}, nil
}
