package atproto

import (
	"net/url"
	"strings"
	"testing"
)

type threadAnswer struct {
	Thread node
}

type node struct {
	Type    string `json:"$type"`
	URI     string
	Post    struct{ URI string }
	Parent  *node
	Replies []node
}

func TestThread(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	root := w.post(alice, "root", nil)
	missing := "at://" + string(alice.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a"
	middle := w.post(bob, "middle", m{"reply": m{"root": ref(root), "parent": ref(root)}})
	leaf := w.post(alice, "leaf", m{"reply": m{"root": ref(root), "parent": ref(middle)}})
	lost := w.post(bob, "lost", m{"reply": m{"root": ref(root), "parent": m{"uri": missing, "cid": root.CID}}})
	thread := func(uri, token string, more url.Values) node {
		params := url.Values{"uri": {uri}}
		for k, v := range more {
			params[k] = v
		}
		var a threadAnswer
		w.call("app.bsky.feed.getPostThread", params, token, &a)
		return a.Thread
	}
	n := thread(middle.URI, "", nil)
	if n.Type != "app.bsky.feed.defs#threadViewPost" || n.Post.URI != middle.URI || n.Parent == nil || n.Parent.Post.URI != root.URI || len(n.Replies) != 1 || n.Replies[0].Post.URI != leaf.URI {
		t.Errorf("%+v", n)
	}
	if n := thread(lost.URI, "", nil); n.Parent == nil || n.Parent.Type != "app.bsky.feed.defs#notFoundPost" || n.Parent.URI != missing {
		t.Errorf("a hole should be shown as a hole: %+v", n)
	}
	if n := thread(root.URI, "", url.Values{"depth": {"0"}}); len(n.Replies) != 0 {
		t.Errorf("depth 0: %+v", n)
	}
	if n := thread(leaf.URI, "", url.Values{"parentHeight": {"0"}}); n.Parent != nil {
		t.Errorf("parentHeight 0: %+v", n)
	}
	if n := thread("at://alice.example.org/"+strings.SplitN(root.URI, "/", 4)[3], "", nil); n.Post.URI != root.URI {
		t.Errorf("by handle: %+v", n)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getPostThread?uri="+url.QueryEscape(missing), ""); r.Status != 400 || r.Code() != "NotFound" {
		t.Errorf("missing: %d %s", r.Status, r.Body)
	}
	w.create(bob, "app.bsky.graph.block", m{"subject": string(alice.Account.Name), "createdAt": now()})
	if n := thread(middle.URI, alice.Access, nil); n.Type != "app.bsky.feed.defs#blockedPost" {
		t.Errorf("blocked: %+v", n)
	}
	if n := thread(root.URI, alice.Access, nil); len(n.Replies) == 0 || n.Replies[0].Type != "app.bsky.feed.defs#blockedPost" {
		t.Errorf("blocked reply: %+v", n)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getAuthorFeed?actor=bob.example.org", alice.Access); r.Code() != "BlockedByActor" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getAuthorFeed?actor=alice.example.org", bob.Access); r.Code() != "BlockedActor" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
