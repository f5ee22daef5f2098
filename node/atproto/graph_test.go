package atproto

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"metanet/content/index"
	"metanet/node/native/facetest"
)

func TestPeople(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	u := w.upload(alice, "image/png", drawn(t, 4))
	w.create(alice, "app.bsky.actor.profile", m{"displayName": "Alice", "description": "about me", "avatar": u.Blob, "banner": u.Blob, "website": "https://alice.example", "createdAt": now()})
	pinned := w.post(alice, "hello", nil)
	w.post(bob, "hello", nil)
	follow := w.create(bob, "app.bsky.graph.follow", m{"subject": string(alice.Account.Name), "createdAt": now()})
	w.create(bob, "app.bsky.graph.follow", m{"subject": "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "createdAt": now()}) // nobody here knows them
	var put written
	w.Into(w.Post("com.atproto.repo.putRecord", alice.Access, m{"repo": string(alice.DID), "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{
		"displayName": "Alice", "description": "about me", "avatar": u.Blob, "banner": u.Blob, "website": "https://alice.example", "createdAt": now(), "pinnedPost": ref(pinned)}}), &put)

	var p struct {
		DID, Handle, DisplayName, Description, Avatar, Banner, Website string
		FollowersCount, FollowsCount, PostsCount                       int
		Viewer                                                         *struct{ Following string }
		PinnedPost                                                     *struct{ URI string }
	}
	w.call("app.bsky.actor.getProfile", url.Values{"actor": {"alice.example.org"}}, bob.Access, &p)
	if p.DID != string(alice.Account.Name) || p.Handle != "alice.example.org" || p.DisplayName != "Alice" || p.Description != "about me" || p.FollowersCount != 1 || p.PostsCount != 1 ||
		p.Viewer == nil || p.Viewer.Following != follow.URI || p.PinnedPost == nil || p.PinnedPost.URI != pinned.URI || p.Website != "https://alice.example" {
		t.Errorf("%+v", p)
	}
	if r := w.Get(strings.TrimPrefix(p.Avatar, facetest.Origin), ""); r.Status != 200 {
		t.Errorf("avatar: %d %s", r.Status, p.Avatar)
	}
	var follows struct {
		Subject struct{ DID string }
		Follows []struct{ DID, Handle string }
	}
	w.call("app.bsky.graph.getFollows", url.Values{"actor": {string(bob.Account.Name)}}, "", &follows)
	handles := map[string]string{}
	for _, f := range follows.Follows {
		handles[f.DID] = f.Handle
	}
	if len(handles) != 2 || handles[string(alice.Account.Name)] != "alice.example.org" || handles["did:plc:ewvi7nxzyoun6zhxrhs64oiz"] != "handle.invalid" || follows.Subject.DID != string(bob.Account.Name) {
		t.Errorf("%+v", follows)
	}
	var followers struct{ Followers []struct{ Handle string } }
	w.call("app.bsky.graph.getFollowers", url.Values{"actor": {string(alice.DID)}}, "", &followers)
	if len(followers.Followers) != 1 || followers.Followers[0].Handle != "bob.example.org" {
		t.Errorf("%+v", followers)
	}
	if err := w.Index.SetHandle(context.Background(), alice.DID, "alice.example.org", index.HandleUnproven); err != nil {
		t.Fatal(err)
	}
	w.call("app.bsky.actor.getProfile", url.Values{"actor": {string(alice.Account.Name)}}, "", &p)
	if p.Handle != "handle.invalid" {
		t.Errorf("a handle that isn't proved is shown: %s", p.Handle)
	}
}
