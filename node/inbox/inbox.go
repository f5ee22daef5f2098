// Package inbox answers what concerns a member: the notices of the view
// content/view/notice without their own doings, those whom they have muted or
// blocked or who have blocked them, and with what they have seen already.
//
// It keeps nothing itself.
package inbox

import (
	"context"
	"slices"
	"time"

	"metanet/content/index"
	"metanet/content/view/notice"
	"metanet/identity"
	"metanet/node/personal"
)

// MaxUnread bounds Unread: whoever has more has many.
const MaxUnread = 100

// Inbox reads what concerns people. All fields are required.
type Inbox struct {
	Index    *index.Index
	Notices  *notice.Notices
	Personal *personal.Personal
}

// Item is one notice as its recipient sees it.
type Item struct {
	notice.Notice
	Seen bool
}

// Page is one page, newest first. Cursor is "" at the end.
type Page struct {
	Items  []Item
	Cursor string
	SeenAt time.Time // zero if never
}

// List is a page of what concerns did; reasons, if there are any, are those wanted.
func (i *Inbox) List(ctx context.Context, did identity.DID, reasons []string, cursor string, limit int) (page Page, err error) {
	h, err := i.hearing(ctx, did, reasons)
	if err != nil {
		return page, err
	}
	found, next, err := i.Notices.List(ctx, h.name, cursor, limit, h.keep)
	if err != nil {
		return page, err
	}
	page.Cursor, page.SeenAt = next, h.seen
	for _, n := range found {
		page.Items = append(page.Items, Item{n, !n.Time.After(h.seen)})
	}
	return page, nil
}

// Unread is how many notices did has not seen, counted up to MaxUnread.
func (i *Inbox) Unread(ctx context.Context, did identity.DID) (int, error) {
	h, err := i.hearing(ctx, did, nil)
	if err != nil {
		return 0, err
	}
	return i.Notices.Count(ctx, h.name, h.seen, MaxUnread, h.keep)
}

// See notes that did has seen everything up to at, and the millisecond that at is
// in: clients send back times that we showed them, which have no more.
func (i *Inbox) See(did identity.DID, at time.Time) error {
	return i.Personal.See(did, at.Truncate(time.Millisecond).Add(time.Millisecond-time.Microsecond))
}

// hearing is what one person wants to hear of, for one question.
type hearing struct {
	ctx     context.Context
	index   *index.Index
	me      identity.DID
	name    string // by which values name them
	reasons []string
	muted   map[string]bool
	seen    time.Time
	welcome map[identity.DID]bool // whom they hear, as far as asked
}

func (i *Inbox) hearing(ctx context.Context, did identity.DID, reasons []string) (*hearing, error) {
	h := &hearing{ctx: ctx, index: i.Index, me: did, reasons: reasons, welcome: map[identity.DID]bool{did: false}}
	name, err := i.Index.Authority(ctx, did)
	if err != nil {
		return nil, err
	}
	h.name = name
	if h.muted, err = i.Personal.Muted(did); err != nil {
		return nil, err
	}
	h.seen, err = i.Personal.SeenAt(did)
	return h, err
}

func (h *hearing) keep(n notice.Notice) (bool, error) {
	if len(h.reasons) > 0 && !slices.Contains(h.reasons, n.Reason.String()) {
		return false, nil
	}
	if known, ok := h.welcome[n.Author]; ok {
		return known, nil
	}
	name, err := h.index.Authority(h.ctx, n.Author)
	if err != nil {
		return false, err
	}
	between, err := h.index.ActorViewer(h.ctx, h.me, n.Author)
	if err != nil {
		return false, err
	}
	h.welcome[n.Author] = !h.muted[name] && between.Blocking == "" && between.BlockedBy == ""
	return h.welcome[n.Author], nil
}
