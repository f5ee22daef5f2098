package atproto

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity/diddoc"
	"metanet/node/xrpc"
)

func (f *Face) registerRepo(s *xrpc.Server) {
	write := func(nsid string) xrpc.Route {
		return xrpc.Route{NSID: nsid, Access: xrpc.Required, Budget: f.cfg.Budgets.Write, MaxBody: record.MaxJSON + 4<<10}
	}
	xrpc.Procedure(s, write("com.atproto.repo.createRecord"), f.createRecord)
	xrpc.Procedure(s, write("com.atproto.repo.putRecord"), f.putRecord)
	xrpc.Procedure(s, write("com.atproto.repo.deleteRecord"), f.deleteRecord)
	xrpc.Query(s, xrpc.Route{NSID: "com.atproto.repo.getRecord"}, f.getRecord)
	xrpc.Query(s, xrpc.Route{NSID: "com.atproto.repo.listRecords"}, f.listRecords)
	xrpc.Query(s, xrpc.Route{NSID: "com.atproto.repo.describeRepo"}, f.describeRepo)
}

// recordOutput is what getRecord answers, and an item of listRecords.
type recordOutput struct {
	URI   syntax.ATURI    `json:"uri"`
	CID   string          `json:"cid"`
	Value json.RawMessage `json:"value"`
}

func newRecordOutput(authority string, s *store.Stored) (recordOutput, error) {
	value, err := record.ValueToJSON(s.Bundle.Value)
	return recordOutput{index.URI(authority, s.Bundle.Path), s.Bundle.CID.String(), value}, err
}

type getRecordParams struct {
	Repo       syntax.AtIdentifier `param:"repo,required"`
	Collection syntax.NSID         `param:"collection,required"`
	Rkey       syntax.RecordKey    `param:"rkey,required"`
	CID        string              `param:"cid"`
}

// getRecord answers the version that is there. One version is kept, so a cid
// that isn't its is not found.
func (f *Face) getRecord(ctx context.Context, _ *xrpc.Call, p getRecordParams) (recordOutput, error) {
	a, err := f.repo(ctx, p.Repo)
	if err != nil {
		return recordOutput{}, err
	}
	path := record.Path{Collection: p.Collection, Key: p.Rkey}
	s, err := f.present(ctx, a.DID, path)
	if err != nil {
		return recordOutput{}, err
	}
	if s == nil || !matches(p.CID, s.Bundle.CID) {
		return recordOutput{}, notFound("RecordNotFound", "Could not locate record: %s", index.URI(a.Authority(), path))
	}
	return newRecordOutput(a.Authority(), s)
}

func matches(wanted string, is cid.Cid) bool {
	if wanted == "" {
		return true
	}
	c, err := cid.Decode(wanted)
	return err == nil && c.Equals(is)
}

type listRecordsParams struct {
	Repo       syntax.AtIdentifier `param:"repo,required"`
	Collection syntax.NSID         `param:"collection,required"`
	Limit      int                 `param:"limit,default=50,min=1,max=100"`
	Cursor     string              `param:"cursor"`
	Reverse    bool                `param:"reverse"`
}

type listRecordsOutput struct {
	Records []recordOutput `json:"records"`
	Cursor  string         `json:"cursor,omitempty"`
}

// listRecords begins with the newest key, as AT's reference server does; reverse
// begins with the oldest.
func (f *Face) listRecords(ctx context.Context, _ *xrpc.Call, p listRecordsParams) (listRecordsOutput, error) {
	a, err := f.repo(ctx, p.Repo)
	if err != nil {
		return listRecordsOutput{}, err
	}
	page, err := f.cfg.Index.List(ctx, a.DID, p.Collection, p.Cursor, p.Limit, p.Reverse)
	if err != nil {
		return listRecordsOutput{}, public(err)
	}
	out := listRecordsOutput{Records: make([]recordOutput, len(page.Items)), Cursor: page.Cursor}
	for i := range page.Items {
		if out.Records[i], err = newRecordOutput(a.Authority(), &page.Items[i]); err != nil {
			return listRecordsOutput{}, err
		}
	}
	return out, nil
}

// repo finds whose records are asked for.
func (f *Face) repo(ctx context.Context, id syntax.AtIdentifier) (*index.Actor, error) {
	a, err := f.cfg.Index.Actor(ctx, id.String())
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return nil, notFound("RepoNotFound", "Could not find repo: %s", id)
	}
	return a, err
}

type describeRepoParams struct {
	Repo syntax.AtIdentifier `param:"repo,required"`
}

type describeRepoOutput struct {
	Handle          syntax.Handle   `json:"handle"`
	DID             string          `json:"did"`
	DIDDoc          diddoc.Document `json:"didDoc"`
	Collections     []syntax.NSID   `json:"collections"`
	HandleIsCorrect bool            `json:"handleIsCorrect"`
}

func (f *Face) describeRepo(ctx context.Context, _ *xrpc.Call, p describeRepoParams) (describeRepoOutput, error) {
	a, err := f.repo(ctx, p.Repo)
	if err != nil {
		return describeRepoOutput{}, err
	}
	collections, err := f.cfg.Index.Collections(ctx, a.DID)
	if err != nil {
		return describeRepoOutput{}, err
	}
	op, err := f.operation(ctx, a)
	if err != nil {
		return describeRepoOutput{}, err
	}
	out := describeRepoOutput{
		Handle: shownHandle(a), DID: a.Authority(), HandleIsCorrect: a.HandleOK(),
		Collections: append([]syntax.NSID{}, collections...), DIDDoc: diddoc.Document{ID: a.Authority()},
	}
	if op != nil {
		out.DIDDoc = diddoc.PLC(op, a.Claimed)
	}
	return out, nil
}
