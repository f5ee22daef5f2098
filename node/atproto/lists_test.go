package atproto

import (
	"net/url"
	"testing"
)

func TestLists(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.NewPerson("alice"), w.NewPerson("bob"), w.NewPerson("carol")
	w.post(bob, "by bob", nil)
	w.post(carol, "by carol", nil)
	birds := w.create(alice, "app.bsky.graph.list", m{"name": "Birds", "purpose": "app.bsky.graph.defs#curatelist", "createdAt": now()})
	item := m{"list": birds.URI, "subject": string(bob.Account.Name), "createdAt": now()}
	w.create(alice, "app.bsky.graph.listitem", item)
	w.create(carol, "app.bsky.graph.listitem", m{"list": birds.URI, "subject": string(carol.Account.Name), "createdAt": now()})
	w.settle()

	var lists struct{ Lists []struct{ URI, Name string } }
	w.call("app.bsky.graph.getLists", url.Values{"actor": {"alice.example.org"}}, "", &lists)
	if len(lists.Lists) != 1 || lists.Lists[0].URI != birds.URI || lists.Lists[0].Name != "Birds" {
		t.Errorf("%+v", lists)
	}
	var list struct {
		List  struct{ Name string }
		Items []struct{ Subject struct{ Handle string } }
	}
	w.call("app.bsky.graph.getList", url.Values{"list": {birds.URI}}, "", &list)
	if len(list.Items) != 1 || list.Items[0].Subject.Handle != "bob.example.org" {
		t.Errorf("carol put herself on alice's list: %+v", list)
	}
	var feed struct {
		Feed []struct {
			Post struct{ Record struct{ Text string } }
		}
	}
	w.call("app.bsky.feed.getListFeed", url.Values{"list": {birds.URI}}, "", &feed)
	if len(feed.Feed) != 1 || feed.Feed[0].Post.Record.Text != "by bob" {
		t.Errorf("%+v", feed)
	}
	for _, uri := range []string{"at://alice.example.org/app.bsky.graph.list/none", "at://alice.example.org/app.bsky.feed.post/x", birds.URI + "x"} {
		if r := w.Get("/xrpc/app.bsky.feed.getListFeed?list="+url.QueryEscape(uri), ""); r.Code() != "UnknownList" {
			t.Errorf("%s: %d %s", uri, r.Status, r.Body)
		}
	}
}
