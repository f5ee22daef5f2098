package atproto

import (
	"fmt"
	"net/url"
	"testing"
)

type notificationList struct {
	Cursor        string
	SeenAt        string
	Notifications []struct {
		URI, Reason, ReasonSubject, IndexedAt string
		IsRead                                bool
		Author                                struct{ Handle string }
	}
}

func (l notificationList) String() string {
	s := ""
	for _, n := range l.Notifications {
		s += fmt.Sprintf("%s by %s read=%v; ", n.Reason, n.Author.Handle, n.IsRead)
	}
	return s
}

func TestNotifications(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.NewPerson("alice"), w.NewPerson("bob"), w.NewPerson("carol")
	post := w.post(alice, "Hello", nil)
	w.create(alice, "app.bsky.feed.like", m{"subject": ref(post), "createdAt": now()}) // her own
	w.create(bob, "app.bsky.feed.like", m{"subject": ref(post), "createdAt": now()})
	answer := w.post(carol, "Hi", m{"reply": m{"root": ref(post), "parent": ref(post)}})
	w.settle()

	count := func() (n int) {
		t.Helper()
		var out struct{ Count int }
		w.call("app.bsky.notification.getUnreadCount", nil, alice.Access, &out)
		return out.Count
	}
	list := func(params url.Values) (l notificationList) {
		t.Helper()
		w.call("app.bsky.notification.listNotifications", params, alice.Access, &l)
		return l
	}
	got := list(nil)
	if got.String() != "reply by carol.example.org read=false; like by bob.example.org read=false; " || got.SeenAt != "" || count() != 2 {
		t.Errorf("%v, %d unread", got, count())
	}
	if n := got.Notifications; n[0].URI != answer.URI || n[0].ReasonSubject != post.URI {
		t.Errorf("%+v", n[0])
	}

	if r := w.Post("app.bsky.notification.updateSeen", alice.Access, m{"seenAt": got.Notifications[1].IndexedAt}); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	w.Post("app.bsky.notification.updateSeen", alice.Access, m{"seenAt": "2999-01-01T00:00:00Z"}) // counts as now
	if got := list(nil); got.String() != "reply by carol.example.org read=true; like by bob.example.org read=true; " || count() != 0 {
		t.Errorf("%v, %d unread", got, count())
	}
	w.create(bob, "app.bsky.graph.follow", m{"subject": string(alice.Account.Name), "createdAt": now()})
	w.settle()
	if n := count(); n != 1 {
		t.Errorf("%d unread", n)
	}

	first := list(url.Values{"limit": {"2"}})
	second := list(url.Values{"limit": {"2"}, "cursor": {first.Cursor}})
	if len(first.Notifications) != 2 || second.String() != "like by bob.example.org read=true; " {
		t.Errorf("pages %v, %v", first, second)
	}
	if got := list(url.Values{"reasons": {"follow"}}); got.String() != "follow by bob.example.org read=false; " {
		t.Errorf("follows: %v", got)
	}

	w.create(alice, "app.bsky.graph.block", m{"subject": string(bob.Account.Name), "createdAt": now()})
	if got := list(nil); got.String() != "reply by carol.example.org read=true; " || count() != 0 {
		t.Errorf("after a block: %v", got)
	}
	if r := w.Get("/xrpc/app.bsky.notification.listNotifications", ""); r.Status != 401 {
		t.Errorf("a stranger: %d %s", r.Status, r.Body)
	}
	if r := w.Post("app.bsky.notification.updateSeen", alice.Access, m{"seenAt": "yesterday"}); r.Status != 400 {
		t.Errorf("no instant: %d %s", r.Status, r.Body)
	}
}
