package native

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/store"
	"metanet/node/xrpc"
)

const (
	// feedPage is how many changes are read at a time; at most 128 KiB each, at
	// typical sizes well below a megabyte together.
	feedPage = 128
	// frameWait is how long one frame may wait for a subscriber to read.
	frameWait = 10 * time.Second
)

// subscribeParams: cursor is the seq of the last frame seen, or 0 for all that
// there is; without one the stream begins with what comes next. store, if sent,
// must be the store that the cursor is of.
type subscribeParams struct {
	Cursor string `param:"cursor"`
	Store  string `param:"store"`
}

// frame is one admitted record. hidden says that its key has ended, so that
// people don't see it; a later frame tells if that changes.
type frame struct {
	Seq    uint64   `json:"seq"`
	Store  string   `json:"store"`
	Bundle []byte   `json:"bundle"`
	Flags  []string `json:"flags"` // "schema", "imported", "hidden"
}

func newFrame(storeID string, s store.Stored) frame {
	f := frame{Seq: s.Seq, Store: storeID, Bundle: s.Bundle.Bytes(), Flags: []string{}}
	if s.Flags&store.FlagSchema != 0 {
		f.Flags = append(f.Flags, "schema")
	}
	if s.Flags&store.FlagImported != 0 {
		f.Flags = append(f.Flags, "imported")
	}
	if !s.Standing.Counts() {
		f.Flags = append(f.Flags, "hidden")
	}
	return f
}

type errorFrame struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Store   string `json:"store"`
	LastSeq uint64 `json:"lastSeq"`
}

// subscribe sends what the store's change feed has after the cursor, then
// follows it. The feed is durable and so is the cursor: a subscriber that comes
// back after either side's restart misses nothing. A slow one costs no memory,
// since the feed is its queue; one that doesn't read at all is closed.
func (f *Face) subscribe(ctx context.Context, _ *xrpc.Call, p subscribeParams, s *xrpc.Stream) error {
	after, err := f.startAt(p)
	if err != nil {
		return f.refuse(ctx, s, err)
	}
	wake, stop := f.cfg.Feed.Watch()
	defer stop()
	for {
		page, err := f.cfg.Feed.Feed(after, feedPage)
		if err != nil {
			return err
		}
		if err := f.sendPage(ctx, s, page); err != nil {
			return err
		}
		if len(page) > 0 {
			after = page[len(page)-1].Seq
			continue
		}
		select {
		case _, open := <-wake:
			if !open {
				return nil // the store closes
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Face) sendPage(ctx context.Context, s *xrpc.Stream, page []store.Stored) error {
	id := f.storeID()
	for _, stored := range page {
		if stored.Buried {
			continue // deleted: its tombstone is sent
		}
		b, err := drisl.Marshal(newFrame(id, stored))
		if err != nil {
			return fmt.Errorf("native: encode frame: %w", err)
		}
		if err := s.Send(ctx, b, frameWait); err != nil {
			return err
		}
	}
	return nil
}

// storeID is the store's id as text; a cursor belongs to it.
func (f *Face) storeID() string {
	id := f.cfg.Feed.ID()
	return hex.EncodeToString(id[:])
}

func (f *Face) startAt(p subscribeParams) (uint64, error) {
	last := f.cfg.Feed.LastSeq()
	if p.Cursor == "" {
		return last, nil
	}
	after, err := strconv.ParseUint(p.Cursor, 10, 64)
	if err != nil {
		return 0, xrpc.BadRequest("InvalidCursor", "cursor must be the seq of a frame")
	}
	if p.Store != "" && p.Store != f.storeID() {
		return 0, xrpc.BadRequest("FutureCursor", "the cursor is of another store; begin again from 0")
	}
	if after > last {
		return 0, xrpc.BadRequest("FutureCursor", "this store has only come to %d: the cursor is of another store", last)
	}
	return after, nil
}

// refuse sends the reason as a frame, for code, before closing with it, for people.
func (f *Face) refuse(ctx context.Context, s *xrpc.Stream, reason error) error {
	e, ok := reason.(*xrpc.Error)
	if !ok {
		return reason
	}
	b, err := drisl.Marshal(errorFrame{e.Code, e.Message, f.storeID(), f.cfg.Feed.LastSeq()})
	if err != nil {
		return fmt.Errorf("native: encode frame: %w", err)
	}
	if err := s.Send(ctx, b, frameWait); err != nil {
		return err
	}
	return reason
}

// parseHex32 reads 0x and 64 hex digits.
func parseHex32(text string) (h [32]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(b) != len(h) {
		return h, xrpc.Errorf(http.StatusBadRequest, xrpc.CodeInvalidRequest, "want 0x and 64 hex digits")
	}
	copy(h[:], b)
	return h, nil
}
