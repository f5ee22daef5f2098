package index

import (
	"errors"
	"log/slog"
	"testing"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

const (
	posts   = "app.bsky.feed.post"
	likes   = "app.bsky.feed.like"
	reposts = "app.bsky.feed.repost"
	follows = "app.bsky.graph.follow"
)

func TestNames(t *testing.T) {
	db, x := open(t)
	alice, bob := newPerson(t, 1), newPerson(t, 2)
	commit(t, db, alice.put(t, posts, "a", 1, map[string]any{"text": "hello"}))
	a, err := x.Actor(ctx, alice.did.String())
	if err != nil || a.Name != "" || a.Authority() != alice.did.String() {
		t.Fatalf("before the name: %+v %v", a, err)
	}
	if _, err := x.Actor(ctx, string(alice.name)); !errors.Is(err, ErrNotFound) {
		t.Fatalf("name before its record: %v", err)
	}
	if p, err := x.Post(ctx, syntax.ATURI("at://"+alice.did.String()+"/app.bsky.feed.post/a")); err != nil || p.URI.Authority().String() != alice.did.String() {
		t.Fatalf("post without a name: %v", err)
	}

	stolen := bob.sign(t, "net.metanet.identity.at", "self", 5, alice.bind.Value)
	commit(t, db, alice.bind, stolen)
	a, err = x.Actor(ctx, string(alice.name))
	if err != nil || a.DID != alice.did || a.Handle != alice.handle() || a.HandleOK() {
		t.Fatalf("by name: %+v %v", a, err)
	}
	if b, err := x.Actor(ctx, bob.did.String()); err != nil || b.Name != "" {
		t.Fatalf("a copied operation binds: %+v %v", b, err)
	}
	for _, uri := range []string{alice.uri(posts, "a"), "at://" + alice.did.String() + "/app.bsky.feed.post/a"} {
		if p, err := x.Post(ctx, syntax.ATURI(uri)); err != nil || string(p.URI) != alice.uri(posts, "a") {
			t.Fatalf("post by %s: %v", uri, err)
		}
	}
	if did, ok, err := x.DIDOf(alice.name); did != alice.did || !ok || err != nil {
		t.Fatal(did, ok, err)
	}
	if _, ok, err := x.DIDOf(bob.name); ok || err != nil {
		t.Fatal(ok, err)
	}
	for _, bad := range []string{"", "did:ethr:0x1:0x12", "did:plc:short", "did:web:example.org", "no_handle", "localhost"} {
		if _, err := x.Actor(ctx, bad); !errors.Is(err, ErrInvalidIdentifier) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := x.Actor(ctx, newPerson(t, 77).did.String()); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestHandles(t *testing.T) {
	db, x := open(t)
	alice, bob := newPerson(t, 1), newPerson(t, 2)
	commit(t, db, alice.bind, bob.bind)
	set := func(p *person, handle syntax.Handle, verified bool) {
		state := HandleUnproven
		if verified {
			state = HandleValid
		}
		t.Helper()
		if err := x.SetHandle(ctx, p.did, handle, state); err != nil {
			t.Fatal(err)
		}
	}
	check := func(handle string, want *person, aliceHandle syntax.Handle, aliceOK bool) {
		t.Helper()
		did, err := x.Resolve(ctx, handle)
		if want == nil && !errors.Is(err, ErrNotFound) || want != nil && (err != nil || did != want.did) {
			t.Fatalf("%s is %s, %v", handle, did, err)
		}
		if a, err := x.Actor(ctx, alice.did.String()); err != nil || a.Handle != aliceHandle || a.HandleOK() != aliceOK {
			t.Fatalf("alice is %q %v %v", a.Handle, a.HandleOK(), err)
		}
	}
	check("p1.example.org", nil, "p1.example.org", false)
	set(alice, "Alice.Example.ORG", true)
	check("alice.example.org", alice, "alice.example.org", true)
	check("ALICE.example.org", alice, "alice.example.org", true)
	set(bob, "alice.example.org", false)
	check("alice.example.org", alice, "alice.example.org", true)
	set(bob, "alice.example.org", true) // the name's owner changed
	check("alice.example.org", bob, "alice.example.org", false)
	set(bob, "bob.example.org", true)
	check("alice.example.org", nil, "alice.example.org", false)
	set(alice, "alice.example.org", true)
	set(alice, "", false)
	check("alice.example.org", nil, "p1.example.org", false)
}

func TestEdgesCountOnce(t *testing.T) {
	db, x := open(t)
	alice, bob := newPerson(t, 1), newPerson(t, 2)
	commit(t, db, alice.bind, bob.bind, alice.put(t, posts, "a", 1, map[string]any{"text": "x"}))
	uri := syntax.ATURI(alice.uri(posts, "a"))
	like := func(rkey string, at int) *record.Bundle {
		return bob.put(t, likes, rkey, at, map[string]any{"subject": ref(string(uri))})
	}
	unlike := func(rkey string, at int) *record.Bundle { return bob.sign(t, likes, rkey, at, nil) }
	for i, step := range []struct {
		b     *record.Bundle
		count uint64
		rkey  string // of the record that stands for the edge
	}{
		{like("m", 10), 1, "m"}, {like("z", 11), 1, "m"}, {like("b", 5), 1, "b"},
		{unlike("b", 20), 1, "m"}, {unlike("z", 21), 1, "m"}, {unlike("m", 22), 0, ""},
		{unlike("never", 23), 0, ""}, {like("m", 24), 1, "m"},
	} {
		commit(t, db, step.b)
		c, err := x.Counts(ctx, uri)
		if err != nil || c.Likes != step.count {
			t.Fatalf("step %d: %+v %v", i, c, err)
		}
		v, err := x.PostViewer(ctx, bob.did, uri)
		want := ""
		if step.rkey != "" {
			want = bob.uri(likes, step.rkey)
		}
		if err != nil || string(v.Like) != want {
			t.Fatalf("step %d: viewer %+v %v", i, v, err)
		}
		people, err := x.Likes(ctx, uri, "", 10)
		if err != nil || len(people.Items) != int(step.count) {
			t.Fatalf("step %d: %d like it, %v", i, len(people.Items), err)
		}
	}
}

func TestFollows(t *testing.T) {
	db, x := open(t)
	alice, bob, carol := newPerson(t, 1), newPerson(t, 2), newPerson(t, 3)
	unknown := newPerson(t, 4)
	commit(t, db, alice.bind, bob.bind)
	for i, p := range []*person{bob, carol, unknown} {
		commit(t, db, alice.put(t, follows, string(rune('a'+i)), i, map[string]any{"subject": string(p.name)}))
	}
	commit(t, db, carol.put(t, follows, "a", 9, map[string]any{"subject": string(bob.name)}))
	page, err := x.Follows(ctx, alice.did, "", 2)
	if err != nil || len(page.Items) != 2 || page.Items[0].Name != unknown.name || page.Items[0].Actor != nil {
		t.Fatalf("%+v %v", page, err)
	}
	page, err = x.Follows(ctx, alice.did, page.Cursor, 2)
	if err != nil || len(page.Items) != 1 || page.Items[0].Actor.DID != bob.did || string(page.Items[0].URI) != alice.uri(follows, "a") {
		t.Fatalf("%+v %v", page, err)
	}
	page, err = x.Followers(ctx, bob.did, "", 10)
	if err != nil || len(page.Items) != 2 || page.Items[0].Actor.DID != carol.did {
		t.Fatalf("%+v %v", page, err)
	}
	if page, err = x.Followers(ctx, unknown.did, "", 10); err != nil || len(page.Items) != 0 {
		t.Fatalf("followers of who has no name: %+v %v", page, err)
	}
	v, err := x.ActorViewer(ctx, alice.did, bob.did)
	if err != nil || string(v.Following) != alice.uri(follows, "a") || v.FollowedBy != "" || v.Blocking != "" {
		t.Fatalf("%+v %v", v, err)
	}
	c, err := x.ActorCounts(ctx, alice.did)
	if err != nil || c != (ActorCounts{Follows: 3}) {
		t.Fatalf("%+v %v", c, err)
	}
	if c, err = x.ActorCounts(ctx, bob.did); err != nil || c != (ActorCounts{Followers: 2}) {
		t.Fatalf("%+v %v", c, err)
	}
}

func TestThread(t *testing.T) {
	db, x := open(t)
	alice, bob := newPerson(t, 1), newPerson(t, 2)
	reply := func(p *person, rkey string, at int, parent string) *record.Bundle {
		return p.put(t, posts, rkey, at, map[string]any{"text": rkey,
			"reply": map[string]any{"root": ref(alice.uri(posts, "root")), "parent": ref(parent)}})
	}
	commit(t, db, alice.bind, bob.bind,
		alice.put(t, posts, "root", 1, map[string]any{"text": "root"}),
		reply(bob, "r2", 30, alice.uri(posts, "root")),
		reply(bob, "r1", 20, alice.uri(posts, "root")),
		reply(alice, "r1a", 25, bob.uri(posts, "r1")),
		reply(bob, "r1b", 26, alice.uri(posts, "r1a")),
	)
	th, err := x.Thread(ctx, syntax.ATURI(alice.uri(posts, "r1a")), -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	if th.Parent.Post.Refs.Text != "r1" || th.Parent.Parent.Post.Refs.Text != "root" || th.Parent.Parent.Parent != nil {
		t.Fatal("wrong parents")
	}
	if len(th.Replies) != 1 || th.Replies[0].Post.Refs.Text != "r1b" {
		t.Fatal("wrong replies")
	}
	th, err = x.Thread(ctx, syntax.ATURI(alice.uri(posts, "root")), 1, 0)
	if err != nil || len(th.Replies) != 2 || th.Replies[0].Post.Refs.Text != "r1" || !th.Replies[0].More || th.Replies[1].More || th.More {
		t.Fatalf("bounded thread: %+v %v", th, err)
	}
	if th.Post.Counts.Replies != 2 {
		t.Fatalf("%d replies", th.Post.Counts.Replies)
	}

	commit(t, db, bob.sign(t, posts, "r1", 50, nil))
	th, err = x.Thread(ctx, syntax.ATURI(alice.uri(posts, "r1a")), -1, -1)
	if err != nil || th.Parent.Post != nil || string(th.Parent.URI) != bob.uri(posts, "r1") || th.Parent.Parent != nil {
		t.Fatalf("a hole is no hole: %+v %v", th.Parent, err)
	}
	if _, err = x.Thread(ctx, syntax.ATURI(bob.uri(posts, "r1")), -1, -1); !errors.Is(err, ErrNotFound) {
		t.Fatalf("thread of a deleted post: %v", err)
	}

	// Two posts that claim to answer each other.
	commit(t, db, reply(alice, "o1", 60, alice.uri(posts, "o2")), reply(alice, "o2", 61, alice.uri(posts, "o1")))
	if _, err = x.Thread(ctx, syntax.ATURI(alice.uri(posts, "o1")), 100, 100); err != nil {
		t.Fatal(err)
	}
}

func TestPostTime(t *testing.T) {
	db, x := open(t)
	alice := newPerson(t, 1)
	commit(t, db, alice.bind,
		alice.put(t, posts, "future", 1, map[string]any{"createdAt": "2099-01-01T00:00:00Z"}),
		alice.put(t, posts, "old", 50, map[string]any{"createdAt": "2011-01-01T00:00:00Z"}),
		alice.put(t, posts, "ancient", 51, map[string]any{"createdAt": "0001-01-01T00:00:01Z"}),
		alice.put(t, posts, "odd", 3, map[string]any{"createdAt": "yesterday"}),
	)
	page, err := x.Public(ctx, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, i := range page.Items {
		got += " " + string(i.Record.Bundle.Path.Key)
	}
	if got != " odd future old ancient" {
		t.Fatalf("order:%s", got)
	}
}

func TestCursorsAreChecked(t *testing.T) {
	db, x := open(t)
	alice := newPerson(t, 1)
	commit(t, db, alice.bind)
	for i := range 5 {
		commit(t, db, alice.put(t, posts, string(rune('a'+i)), i, map[string]any{"text": "x"}))
	}
	public, err := x.Public(ctx, "", 2)
	if err != nil || public.Cursor == "" {
		t.Fatal(err)
	}
	for _, bad := range []string{"x", "!!!", "AAAA", public.Cursor + "AA", public.Cursor[:len(public.Cursor)-3]} {
		if _, err := x.Public(ctx, bad, 2); !errors.Is(err, ErrInvalidCursor) {
			t.Errorf("public %q: %v", bad, err)
		}
		if _, err := x.Followers(ctx, alice.did, bad, 2); !errors.Is(err, ErrInvalidCursor) {
			t.Errorf("followers %q: %v", bad, err)
		}
	}
	if _, err := x.Timeline(ctx, alice.did, public.Cursor, 2); !errors.Is(err, ErrInvalidCursor) {
		t.Errorf("another feed's: %v", err)
	}
	author, err := x.AuthorFeed(ctx, alice.did, PostsWithReplies, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.AuthorFeed(ctx, newPerson(t, 2).did, PostsWithReplies, author.Cursor, 2); !errors.Is(err, ErrInvalidCursor) {
		t.Errorf("another author's: %v", err)
	}
	if _, err := x.List(ctx, alice.did, posts, "no/key", 2, false); !errors.Is(err, ErrInvalidCursor) {
		t.Errorf("list: %v", err)
	}
}

// TestHiddenAgain: what a key signed vanishes from everywhere when the key ends,
// and comes back with it.
func TestHiddenAgain(t *testing.T) {
	db, x := open(t)
	alice, bob := newPerson(t, 1), newPerson(t, 2)
	commit(t, db, alice.bind)
	without := entries(t, db)
	commit(t, db, bob.bind,
		bob.put(t, posts, "a", 1, map[string]any{"text": "x"}),
		bob.put(t, likes, "l", 2, map[string]any{"subject": ref(bob.uri(posts, "a"))}),
		bob.put(t, follows, "f", 2, map[string]any{"subject": string(alice.name)}))
	with := entries(t, db)
	for _, step := range []struct {
		standing identity.Standing
		want     map[string]string
	}{{identity.Unproven, without}, {identity.Proven, with}, {identity.Unproven, without}} {
		judge := func(*record.Bundle) identity.Standing { return step.standing }
		if err := db.Recount(ctx, bob.did, judge); err != nil {
			t.Fatal(err)
		}
		sameEntries(t, entries(t, db), step.want)
		if err := x.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		sameEntries(t, entries(t, db), step.want)
	}
}

// TestRebuildCutOff: a rebuild that did not finish is known.
func TestRebuildCutOff(t *testing.T) {
	db, x := open(t)
	alice := newPerson(t, 1)
	commit(t, db, alice.bind, alice.put(t, posts, "a", 1, map[string]any{"text": "x"}))
	broken := errors.New("no")
	fails := applier(func(*store.Batch, store.Change) error { return broken })
	if err := db.Rebuild(ctx, store.IndexFirst, store.IndexEnd, fails, nil); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if ok, err := x.Complete(); ok || err != nil {
		t.Fatalf("an empty index counts as complete: %v", err)
	}
	if err := x.Rebuild(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if ok, err := x.Complete(); !ok || err != nil {
		t.Fatalf("rebuilt and not complete: %v", err)
	}
	if _, err := x.Post(ctx, syntax.ATURI(alice.uri(posts, "a"))); err != nil {
		t.Fatal(err)
	}
}

// TestFirstSchema: a database of the first version gets today's index.
func TestFirstSchema(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	New(db)
	alice := newPerson(t, 1)
	commit(t, db, alice.bind, alice.put(t, posts, "a", 1, map[string]any{"text": "x"}))
	want := entries(t, db)
	err = db.Update(ctx, func(b *store.Batch) error {
		b.Set(store.NewKey(store.FamilyMeta).Text("schema"), []byte("1"))
		for key := range want {
			b.Delete(store.Key(key))
		}
		b.Set(store.NewKey(0x42).Newest(epoch).DID(alice.did).Text(posts).Text("a"), nil) // where posts were found
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if db, err = store.Open(dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	x := New(db)
	if err := x.Ensure(ctx, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	sameEntries(t, entries(t, db), want)
	if page, err := x.Public(ctx, "", 10); err != nil || len(page.Items) != 1 {
		t.Fatalf("%d posts: %v", len(page.Items), err)
	}
}

type applier func(*store.Batch, store.Change) error

func (f applier) Apply(b *store.Batch, c store.Change) error { return f(b, c) }
