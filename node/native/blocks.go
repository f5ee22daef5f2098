package native

import (
	"context"
	"errors"
	"strings"

	"metanet/content/record"
	"metanet/node/block"
	"metanet/node/journal"
	"metanet/node/xrpc"
)

// Blocker carries out what the operator decides about others.
type Blocker interface {
	// Block shuts out, and Unblock lets in again; in force when they return.
	Block(ctx context.Context, s block.Subject, reason string) (block.Block, error)
	Unblock(ctx context.Context, s block.Subject, reason string) error
	Blocks() []block.Block
	Journal(after uint64, limit int) ([]journal.Entry, error)
}

func (f *Face) registerBlocks(s *xrpc.Server, route func(string) xrpc.Route) {
	xrpc.Procedure(s, route("block"), f.shutOut)
	xrpc.Procedure(s, route("unblock"), f.unblock)
	xrpc.Query(s, route("listBlocks"), f.listBlocks)
	xrpc.Query(s, route("getJournal"), f.getJournal)
}

type blockInput struct {
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
}

func (f *Face) shutOut(ctx context.Context, _ *xrpc.Call, in blockInput) (block.Block, error) {
	s, err := f.subject(ctx, in.Subject)
	if err != nil {
		return block.Block{}, public(err)
	}
	b, err := f.cfg.Blocker.Block(ctx, s, in.Reason)
	return b, public(err)
}

func (f *Face) unblock(ctx context.Context, _ *xrpc.Call, in blockInput) (xrpc.None, error) {
	s, err := f.subject(ctx, in.Subject)
	var unknown *xrpc.Error
	if errors.As(err, &unknown) && unknown.Code == "IdentityNotFound" {
		// A block takes the names of whom it hides, too.
		return xrpc.None{}, xrpc.Errorf(unknown.Status, unknown.Code, "nobody of that name is known here; name who is blocked by DID, as the list of blocks does")
	}
	if err != nil {
		return xrpc.None{}, public(err)
	}
	return xrpc.None{}, public(f.cfg.Blocker.Unblock(ctx, s, in.Reason))
}

// subject also takes people by AT name or proved handle, as links and pages name them.
func (f *Face) subject(ctx context.Context, text string) (block.Subject, error) {
	if strings.HasPrefix(text, "server:") {
		return block.ParseSubject(text)
	}
	rest, isRecord := strings.CutPrefix(text, "at://")
	authority, path, _ := strings.Cut(rest, "/")
	did, err := f.resolve(ctx, authority)
	if err != nil {
		return block.Subject{}, err
	}
	if !isRecord {
		return block.ParseSubject(string(did) + strings.TrimPrefix(rest, authority))
	}
	if _, err := record.ParsePath(path); err != nil {
		return block.Subject{}, block.ErrSubject
	}
	return block.ParseSubject("at://" + string(did) + "/" + path)
}

type listBlocksOutput struct {
	Blocks []block.Block `json:"blocks"`
}

func (f *Face) listBlocks(context.Context, *xrpc.Call, xrpc.None) (listBlocksOutput, error) {
	return listBlocksOutput{f.cfg.Blocker.Blocks()}, nil
}

// journalPage bounds one answer of getJournal.
const journalPage = 1000

type getJournalParams struct {
	After uint64 `param:"after"`
}

type getJournalOutput struct {
	Entries []journal.Entry `json:"entries"`
}

func (f *Face) getJournal(_ context.Context, _ *xrpc.Call, p getJournalParams) (getJournalOutput, error) {
	page, err := f.cfg.Blocker.Journal(p.After, journalPage)
	return getJournalOutput{page}, err
}
