package atproto

import (
	"net/url"
	"strings"
	"testing"

	"metanet/node/native/facetest"
)

type postList struct {
	Cursor string
	Posts  []struct {
		URI    string
		Record struct{ Text string }
	}
}

func (l postList) String() string {
	var s []string
	for _, p := range l.Posts {
		s = append(s, p.Record.Text)
	}
	return strings.Join(s, "|")
}

func TestSearchPosts(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	w.post(alice, "running late", m{"langs": []any{"en"}})
	w.post(alice, "see @bob #Go", m{"facets": []any{
		m{"index": m{"byteStart": 4, "byteEnd": 8}, "features": []any{m{"$type": "app.bsky.richtext.facet#mention", "did": string(bob.Account.Name)}}},
		m{"index": m{"byteStart": 9, "byteEnd": 12}, "features": []any{m{"$type": "app.bsky.richtext.facet#tag", "tag": "Go"}}},
	}})
	liked := w.post(bob, "run for it", m{"langs": []any{"en"}})
	w.post(bob, "a run", nil)
	w.create(alice, "app.bsky.feed.like", m{"subject": ref(liked), "createdAt": now()})
	w.settle()
	find := func(token string, params url.Values) (l postList) {
		t.Helper()
		w.call("app.bsky.feed.searchPosts", params, token, &l)
		return l
	}
	for _, c := range []struct{ query, want string }{
		{"q=run&lang=en", "run for it|running late"},
		{"q=run", "a run|run for it"},
		{"q=run&sort=top", "run for it|a run"},
		{"q=run&author=bob.example.org", "a run|run for it"},
		{"q=%23go", "see @bob #Go"},
		{"q=*&tag=GO", "see @bob #Go"},
		{"q=see&mentions=" + url.QueryEscape(string(bob.Account.Name)), "see @bob #Go"},
		{"q=run&since=2999-01-01", ""},
		{"q=run&until=2000-01-01T00:00:00Z", ""},
	} {
		params, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := find("", params); got.String() != c.want {
			t.Errorf("%s: %v, want %s", c.query, got, c.want)
		}
	}
	first := find("", url.Values{"q": {"run"}, "limit": {"1"}})
	second := find("", url.Values{"q": {"run"}, "limit": {"1"}, "cursor": {first.Cursor}})
	if first.String() != "a run" || second.String() != "run for it" {
		t.Errorf("pages %v, %v", first, second)
	}
	for _, bad := range []string{"q=", "q=run&cursor=x", "q=run&since=soon", "q=run&author=nobody.example.org"} {
		if r := w.Get("/xrpc/app.bsky.feed.searchPosts?"+bad, ""); r.Status != 400 {
			t.Errorf("%s: %d %s", bad, r.Status, r.Body)
		}
	}
	mute(w, alice, "muteActor", bob)
	if got := find(alice.Access, url.Values{"q": {"run"}}); got.String() != "" {
		t.Errorf("a muted person is found: %v", got)
	}
}

func mute(w *world, by facetest.Person, how string, whom facetest.Person) {
	w.t.Helper()
	if r := w.Post("app.bsky.graph."+how, by.Access, m{"actor": string(whom.Account.Handle)}); r.Status != 200 {
		w.t.Fatalf("%s: %d %s", how, r.Status, r.Body)
	}
}

func TestSearchActors(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("alicia")
	w.create(alice, "app.bsky.actor.profile", m{"displayName": "Alice of Oz"})
	w.create(bob, "app.bsky.actor.profile", m{"displayName": "Somebody"})
	w.create(alice, "app.bsky.graph.follow", m{"subject": string(bob.Account.Name), "createdAt": now()})
	w.settle()
	for _, nsid := range []string{"app.bsky.actor.searchActors", "app.bsky.actor.searchActorsTypeahead"} {
		for q, want := range map[string]string{"ali": "alicia.example.org alice.example.org", "oz ALICE": "alice.example.org", "somebo": "alicia.example.org", "nobody": ""} {
			var out struct{ Actors []struct{ Handle string } }
			w.call(nsid, url.Values{"q": {q}}, "", &out)
			var got []string
			for _, a := range out.Actors {
				got = append(got, a.Handle)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s %s: %v, want %s", nsid, q, got, want)
			}
		}
	}
}

func TestMutes(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.NewPerson("alice"), w.NewPerson("bob"), w.NewPerson("carol")
	for _, p := range []facetest.Person{bob, carol} {
		w.post(p, "by "+p.Account.Handle.String(), nil)
		w.create(alice, "app.bsky.graph.follow", m{"subject": string(p.Account.Name), "createdAt": now()})
	}
	type people struct {
		Cursor string
		Mutes  []struct{ Handle string }
		Blocks []struct{ Handle string }
	}
	timeline := func() int {
		var out struct{ Feed []any }
		w.call("app.bsky.feed.getTimeline", nil, alice.Access, &out)
		return len(out.Feed)
	}
	mute(w, alice, "muteActor", bob)
	mute(w, alice, "muteActor", carol)
	var first, second people
	w.call("app.bsky.graph.getMutes", url.Values{"limit": {"1"}}, alice.Access, &first)
	w.call("app.bsky.graph.getMutes", url.Values{"limit": {"1"}, "cursor": {first.Cursor}}, alice.Access, &second)
	if len(first.Mutes) != 1 || len(second.Mutes) != 1 || first.Mutes[0] == second.Mutes[0] || second.Cursor != "" {
		t.Errorf("%+v %+v", first, second)
	}
	if n := timeline(); n != 0 {
		t.Errorf("%d posts by muted people", n)
	}
	var feed struct {
		Feed []struct {
			Post struct {
				Author struct{ Viewer struct{ Muted bool } }
			}
		}
	}
	w.call("app.bsky.feed.getAuthorFeed", url.Values{"actor": {"bob.example.org"}}, alice.Access, &feed)
	if len(feed.Feed) != 1 || !feed.Feed[0].Post.Author.Viewer.Muted {
		t.Errorf("who looks at them sees them: %+v", feed)
	}
	mute(w, alice, "unmuteActor", carol)
	if n := timeline(); n != 1 {
		t.Errorf("%d posts after one was unmuted", n)
	}
	if r := w.Post("app.bsky.graph.muteActor", alice.Access, m{"actor": "alice.example.org"}); r.Status != 400 {
		t.Errorf("oneself: %d", r.Status)
	}
	w.create(alice, "app.bsky.graph.block", m{"subject": string(bob.Account.Name), "createdAt": now()})
	var blocks people
	w.call("app.bsky.graph.getBlocks", nil, alice.Access, &blocks)
	if len(blocks.Blocks) != 1 || blocks.Blocks[0].Handle != "bob.example.org" {
		t.Errorf("%+v", blocks)
	}
}

func TestAboutPost(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	post := w.post(alice, "Hello", nil)
	w.post(bob, "see this", m{"embed": m{"$type": "app.bsky.embed.record", "record": ref(post)}})
	w.create(bob, "app.bsky.feed.like", m{"subject": ref(post), "createdAt": now()})
	w.create(bob, "app.bsky.feed.repost", m{"subject": ref(post), "createdAt": now()})
	of := url.Values{"uri": {post.URI}}
	var quotes postList
	w.call("app.bsky.feed.getQuotes", of, "", &quotes)
	var likes struct {
		Likes []struct{ Actor struct{ Handle string } }
	}
	w.call("app.bsky.feed.getLikes", of, "", &likes)
	var reposts struct{ RepostedBy []struct{ Handle string } }
	w.call("app.bsky.feed.getRepostedBy", of, "", &reposts)
	if quotes.String() != "see this" || len(likes.Likes) != 1 || len(reposts.RepostedBy) != 1 || reposts.RepostedBy[0] != likes.Likes[0].Actor {
		t.Errorf("%v %+v %+v", quotes, likes, reposts)
	}
}
