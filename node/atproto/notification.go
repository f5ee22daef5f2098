package atproto

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/node/inbox"
	"metanet/node/xrpc"
)

func (f *Face) registerNotification(s *xrpc.Server) {
	mine := func(nsid string) xrpc.Route { return xrpc.Route{NSID: nsid, Access: xrpc.Required} }
	xrpc.Query(s, mine("app.bsky.notification.listNotifications"), f.listNotifications)
	xrpc.Query(s, mine("app.bsky.notification.getUnreadCount"), f.getUnreadCount)
	xrpc.Procedure(s, mine("app.bsky.notification.updateSeen"), f.updateSeen)
}

type notificationsParams struct {
	Reasons []string `param:"reasons"`
	Limit   int      `param:"limit,default=50,min=1,max=100"`
	Cursor  string   `param:"cursor"`
}

type notificationsOutput struct {
	Cursor        string             `json:"cursor,omitempty"`
	Notifications []notificationView `json:"notifications"`
	Priority      bool               `json:"priority"`
	SeenAt        string             `json:"seenAt,omitempty"`
}

// notificationView is app.bsky.notification.listNotifications#notification.
type notificationView struct {
	URI           syntax.ATURI      `json:"uri"`
	CID           string            `json:"cid"`
	Author        profileView       `json:"author"`
	Reason        string            `json:"reason"`
	ReasonSubject syntax.ATURI      `json:"reasonSubject,omitempty"`
	Record        json.RawMessage   `json:"record"`
	IsRead        bool              `json:"isRead"`
	IndexedAt     string            `json:"indexedAt"`
	Labels        []json.RawMessage `json:"labels"`
}

func (f *Face) listNotifications(ctx context.Context, c *xrpc.Call, p notificationsParams) (out notificationsOutput, err error) {
	page, err := f.cfg.Inbox.List(ctx, c.Principal.DID, p.Reasons, p.Cursor, p.Limit)
	if err != nil {
		return out, public(err)
	}
	out.Notifications, out.Cursor = []notificationView{}, page.Cursor
	if !page.SeenAt.IsZero() {
		out.SeenAt = datetime(page.SeenAt)
	}
	l := f.lens(c.Principal)
	for _, item := range page.Items {
		switch one, err := l.notification(ctx, item); {
		case errors.Is(err, index.ErrNotFound): // gone since
		case err != nil:
			return out, err
		default:
			out.Notifications = append(out.Notifications, one)
		}
	}
	return out, nil
}

func (l *lens) notification(ctx context.Context, n inbox.Item) (v notificationView, err error) {
	s, err := l.f.cfg.Index.Record(ctx, n.Author, n.Path)
	if err != nil {
		return v, err
	}
	a, err := l.f.cfg.Index.Actor(ctx, string(n.Author))
	if err != nil {
		return v, err
	}
	v = notificationView{
		URI: index.URI(a.Authority(), n.Path), CID: s.Bundle.CID.String(), Reason: n.Reason.String(), ReasonSubject: n.About,
		IsRead: n.Seen, IndexedAt: datetime(n.Time), Labels: []json.RawMessage{},
	}
	if v.Author, err = l.profile(ctx, a); err != nil {
		return v, err
	}
	v.Record, err = record.ValueToJSON(s.Bundle.Value)
	return v, err
}

type unreadOutput struct {
	Count int `json:"count"`
}

func (f *Face) getUnreadCount(ctx context.Context, c *xrpc.Call, _ xrpc.None) (out unreadOutput, err error) {
	out.Count, err = f.cfg.Inbox.Unread(ctx, c.Principal.DID)
	return out, public(err)
}

type updateSeenInput struct {
	SeenAt string `json:"seenAt"`
}

func (f *Face) updateSeen(_ context.Context, c *xrpc.Call, in updateSeenInput) (xrpc.None, error) {
	at, err := syntax.ParseDatetime(in.SeenAt)
	if err != nil {
		return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "seenAt: %s", err.Error())
	}
	return xrpc.None{}, public(f.cfg.Inbox.See(c.Principal.DID, at.Time()))
}
