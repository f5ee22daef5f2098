package atproto

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/view"
	"metanet/content/view/list"
	"metanet/content/view/notice"
	"metanet/content/view/search"
	"metanet/node/inbox"
	"metanet/node/native/facetest"
	"metanet/node/personal"
)

type world struct {
	*facetest.World
	*outputs
	t     *testing.T
	views []*view.Follower
	gone  *leavers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := facetest.New(t)
	views := []*view.Follower{view.Follow(w.DB, notice.View()), view.Follow(w.DB, search.View()), view.Follow(w.DB, list.View())}
	private := personal.New(w.DB.Space("personal"), time.Now)
	left := new(leavers)
	New(Config{
		Leaver: left,
		Inbox:  &inbox.Inbox{Index: w.Index, Notices: notice.New(w.DB), Personal: private}, Search: search.New(w.DB), Personal: private, Lists: list.New(w.DB),
		Sessions: w.Sessions, Hosted: w.Hosted, Door: w.Door, Index: w.Index, Blobs: w.Blobs, Schemas: w.Schemas,
		Clock: w.Clock, Network: w.Network, Origin: facetest.Origin, MaxBlob: 4 << 20,
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}).Register(w.XRPC)
	return &world{w, newOutputs(t), t, views, left}
}

// settle lets the views come to the end of the feed.
func (w *world) settle() {
	w.t.Helper()
	for _, f := range w.views {
		for more := true; more; {
			var err error
			if more, err = f.Step(context.Background()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

type m = map[string]any

// call is a query whose answer is held to its lexicon.
func (w *world) call(nsid string, params url.Values, token string, into any) {
	w.t.Helper()
	r := w.Get("/xrpc/"+nsid+"?"+params.Encode(), token)
	w.Into(r, into)
	if !strings.HasPrefix(nsid, "net.metanet.") {
		w.check(nsid, r.Body)
	}
}

type written struct{ URI, CID, ValidationStatus string }

func (w *world) create(p facetest.Person, collection string, value m) written {
	w.t.Helper()
	in := m{"repo": string(p.Account.Name), "collection": collection, "record": value}
	if collection == "app.bsky.actor.profile" {
		in["rkey"] = "self"
	}
	r := w.Post("com.atproto.repo.createRecord", p.Access, in)
	var out written
	w.Into(r, &out)
	w.check("com.atproto.repo.createRecord", r.Body)
	return out
}

func (w *world) post(p facetest.Person, text string, more m) written {
	w.t.Helper()
	value := m{"$type": "app.bsky.feed.post", "text": text, "createdAt": time.Now().UTC().Format(syntax.AtprotoDatetimeLayout)}
	for k, v := range more {
		value[k] = v
	}
	return w.create(p, "app.bsky.feed.post", value)
}

func now() string { return time.Now().UTC().Format(syntax.AtprotoDatetimeLayout) }

func ref(x written) m { return m{"uri": x.URI, "cid": x.CID} }
