package atproto

import (
	"fmt"
	"net/url"
	"testing"
)

type feedAnswer struct {
	Feed []struct {
		Post struct {
			URI    string
			Author struct {
				DID, Handle, DisplayName string
				Viewer                   *struct{ Following, FollowedBy string }
			}
			Record                                         m
			LikeCount, ReplyCount, RepostCount, QuoteCount int
			Viewer                                         *struct{ Like, Repost string }
			Embed                                          m
		}
		Reason *struct {
			Type string `json:"$type"`
			By   struct{ Handle string }
		}
		Reply *struct{ Root, Parent m }
	}
	Cursor string
}

func (f feedAnswer) uris() (uris []string) {
	for _, p := range f.Feed {
		uris = append(uris, p.Post.URI)
	}
	return uris
}

func (w *world) feed(nsid, token string, params url.Values) feedAnswer {
	w.t.Helper()
	var f feedAnswer
	w.call(nsid, params, token, &f)
	return f
}

func TestFeeds(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.NewPerson("alice"), w.NewPerson("bob"), w.NewPerson("carol")
	w.create(alice, "app.bsky.actor.profile", m{"displayName": "Alice A.", "description": "me"})
	first := w.post(alice, "first", nil)
	answer := w.post(bob, "answer", m{"reply": m{"root": ref(first), "parent": ref(first)}})
	orphan := w.post(bob, "orphan", m{"reply": m{"root": ref(first), "parent": m{"uri": "at://" + string(alice.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a", "cid": first.CID}}})
	w.create(carol, "app.bsky.graph.follow", m{"subject": string(bob.Account.Name), "createdAt": now()})
	w.create(carol, "app.bsky.feed.like", m{"subject": ref(first), "createdAt": now()})
	w.create(bob, "app.bsky.feed.repost", m{"subject": ref(first), "createdAt": now()})
	quote := w.post(carol, "quote", m{"embed": m{"$type": "app.bsky.embed.record", "record": ref(answer)}})
	lost := w.post(carol, "lost quote", m{"embed": m{"$type": "app.bsky.embed.record", "record": m{"uri": "at://" + string(bob.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a", "cid": first.CID}}})
	w.post(carol, "link", m{"embed": m{"$type": "app.bsky.embed.external", "external": m{"uri": "javascript:alert(1)", "title": "x", "description": "y"}}})
	w.post(carol, "good link", m{"embed": m{"$type": "app.bsky.embed.external", "external": m{"uri": "https://example.com/a", "title": "x", "description": "y"}}})

	home := w.feed("app.bsky.feed.getTimeline", carol.Access, url.Values{"limit": {"100"}})
	if len(home.Feed) != 7 { // four of carol's, bob's two and his repost
		t.Errorf("home: %v", home.uris())
	}
	var sawRepost, sawHole bool
	for _, p := range home.Feed {
		switch {
		case p.Reason != nil:
			sawRepost = p.Post.URI == first.URI && p.Reason.By.Handle == "bob.example.org" && p.Post.Viewer.Like != "" &&
				p.Post.LikeCount == 1 && p.Post.RepostCount == 1 && p.Post.ReplyCount >= 1 && p.Post.Author.DisplayName == "Alice A."
		case p.Post.URI == orphan.URI:
			sawHole = p.Reply != nil && p.Reply.Parent["$type"] == "app.bsky.feed.defs#notFoundPost" && p.Reply.Root["$type"] == "app.bsky.feed.defs#postView"
		case p.Post.URI == quote.URI:
			rec, _ := p.Post.Embed["record"].(m)
			if rec["$type"] != "app.bsky.embed.record#viewRecord" || rec["uri"] != answer.URI {
				t.Errorf("quote: %v", p.Post.Embed)
			}
		case p.Post.URI == lost.URI:
			if rec, _ := p.Post.Embed["record"].(m); rec["$type"] != "app.bsky.embed.record#viewNotFound" {
				t.Errorf("lost quote: %v", p.Post.Embed)
			}
		case p.Post.Record["text"] == "link" && p.Post.Embed != nil:
			t.Errorf("a script became a link: %v", p.Post.Embed)
		case p.Post.Record["text"] == "good link" && p.Post.Embed == nil:
			t.Error("a link was lost")
		}
		if p.Post.Author.Handle == "bob.example.org" && (p.Post.Author.Viewer == nil || p.Post.Author.Viewer.Following == "") {
			t.Error("carol follows bob and isn't told")
		}
	}
	if !sawRepost || !sawHole {
		t.Errorf("repost %v, hole %v", sawRepost, sawHole)
	}
	public := w.feed("net.metanet.feed.getPublic", "", nil)
	if len(public.Feed) != 5 || public.Feed[0].Post.Viewer != nil {
		t.Errorf("public: %v", public.uris())
	}
	w.check("app.bsky.feed.getTimeline", w.Get("/xrpc/net.metanet.feed.getPublic", "").Body)

	var paged []string
	for cursor := ""; ; {
		f := w.feed("app.bsky.feed.getTimeline", carol.Access, url.Values{"limit": {"2"}, "cursor": {cursor}})
		paged = append(paged, f.uris()...)
		if cursor = f.Cursor; cursor == "" {
			break
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(home.uris()) {
		t.Errorf("in pages: %v, at once: %v", paged, home.uris())
	}
	for filter, want := range map[string]int{"": 3, "posts_with_replies": 3, "posts_no_replies": 1, "posts_and_author_threads": 1, "posts_with_media": 0, "posts_with_video": 0, "posts_of_tomorrow": 3} {
		if f := w.feed("app.bsky.feed.getAuthorFeed", "", url.Values{"actor": {"bob.example.org"}, "filter": {filter}}); len(f.Feed) != want {
			t.Errorf("filter %q: %v, want %d", filter, f.uris(), want)
		}
	}
	for path, code := range map[string]string{
		"app.bsky.feed.getTimeline":                                                   "AuthRequired",
		"app.bsky.feed.getAuthorFeed?actor=bob.example.org&cursor=zzz":                "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=nobody.example.org":                        "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=%3Cscript%3E":                              "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=bob.example.org&limit=101":                 "InvalidRequest",
		"net.metanet.feed.getPublic?cursor=" + url.QueryEscape(home.Feed[0].Post.URI): "InvalidRequest",
	} {
		if r := w.Get("/xrpc/"+path, ""); r.Status >= 500 || r.Code() != code {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
}
