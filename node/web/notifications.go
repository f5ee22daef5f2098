package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/view"
	"metanet/content/view/notice"
	"metanet/identity"
	"metanet/node/inbox"
)

type notificationsPage struct {
	page
	Only    string // "mentions": without likes, reposts and follows
	Notices []noticeView
	Newest  string // RFC 3339; what the page's script notes as seen
	Empty   string
	Next    string
}

// noticeView is one thing that concerns the reader.
type noticeView struct {
	Who   person
	Does  string // what they did, after their name
	When  time.Time
	Fresh bool
	Post  *post // what they wrote, if they wrote
	About *about
}

// about is a post of the reader's, in few words.
type about struct{ Link, Text string }

// mentionReasons are those by which somebody speaks to the reader.
var mentionReasons = []string{notice.Reply.String(), notice.Quote.String(), notice.Mention.String()}

// notifications is GET /notifications. As with /following, a browser's first request
// gets an empty frame whose script asks again.
func (h *Handler) notifications(w http.ResponseWriter, r *http.Request) error {
	p := notificationsPage{page: h.frame(r, "notifications", "Notifications")}
	var reasons []string
	if r.FormValue("only") == "mentions" {
		p.Only, reasons = "mentions", mentionReasons
	}
	viewer, err := h.viewerOf(r)
	switch {
	case errors.Is(err, errNoViewer):
		p.Empty = "Sign in to see what concerns you."
	case err != nil:
		return err
	default:
		p.Empty = "Nothing yet. When somebody answers, likes or follows you, it appears here."
		if err := h.addNotices(r, &p, viewer, reasons); err != nil {
			return err
		}
	}
	h.render(w, http.StatusOK, "notifications", p)
	return nil
}

func (h *Handler) addNotices(r *http.Request, p *notificationsPage, viewer identity.DID, reasons []string) error {
	found, err := h.inbox.List(r.Context(), viewer, reasons, r.FormValue("cursor"), pageSize)
	if errors.Is(err, view.ErrInvalidCursor) {
		return errBadCursor
	}
	if err != nil {
		return err
	}
	if p.Notices, err = h.presenter().notices(r.Context(), found.Items); err != nil {
		return err
	}
	if len(found.Items) > 0 && r.FormValue("cursor") == "" {
		p.Newest = found.Items[0].Time.Format(syntax.AtprotoDatetimeLayout)
	}
	if found.Cursor != "" {
		more := url.Values{"cursor": {found.Cursor}}
		if p.Only != "" {
			more.Set("only", p.Only)
		}
		p.Next = "/notifications?" + more.Encode()
	}
	return nil
}

var deeds = map[notice.Reason]string{
	notice.Like: "likes your post", notice.Repost: "reposted your post", notice.Follow: "follows you",
	notice.Reply: "answered you", notice.Quote: "quoted your post", notice.Mention: "mentioned you",
}

// notices presents a page of what concerns somebody; what is gone since is left out.
func (p *presenter) notices(ctx context.Context, items []inbox.Item) (views []noticeView, err error) {
	wanted := make([]syntax.ATURI, 0, 2*len(items))
	for _, n := range items {
		wanted = append(wanted, n.URI(), n.About)
	}
	found, err := p.lookUp(ctx, wanted)
	if err != nil {
		return nil, err
	}
	var written []*post
	for _, n := range items {
		v, err := p.notice(ctx, n, found)
		if notFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if v.Post != nil {
			written = append(written, v.Post)
		}
		views = append(views, v)
	}
	return views, p.mention(ctx, written)
}

func (p *presenter) notice(ctx context.Context, n inbox.Item, found map[syntax.ATURI]*index.Post) (v noticeView, err error) {
	v = noticeView{Does: deeds[n.Reason], When: n.Time, Fresh: !n.Seen}
	switch n.Reason {
	case notice.Reply, notice.Quote, notice.Mention:
		x := found[n.URI()]
		if x == nil {
			return v, index.ErrNotFound
		}
		written := p.post(x, false)
		v.Post, v.Who = &written, written.Author
		return v, nil
	}
	a, err := p.index.Actor(ctx, string(n.Author))
	if err != nil {
		return v, err
	}
	v.Who = p.person(a)
	if link, ok := recordLink(string(n.About)); ok && n.About != "" {
		v.About = &about{Link: link, Text: "a post that isn’t here"}
		if x := found[n.About]; x != nil {
			v.About.Text = clip(oneLine(x.Refs.Text), maxAboutRunes)
		}
		if v.About.Text == "" {
			v.About.Text = "a post without words"
		}
	}
	return v, nil
}

const maxAboutRunes = 120
