package index

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// world is people and all the records they ever wrote.
type world struct {
	people  []*person
	records []*record.Bundle
	keys    int // how many record keys there are
}

// newWorld makes records with everything that can go wrong between them: the
// same thing said twice, subjects that do not exist, updates that change the
// subject, deletes, equal times, people without a name.
func newWorld(t testing.TB, r *rand.Rand, n int) *world {
	w := &world{keys: 4 + 20*r.IntN(2)}
	for i := range 5 {
		p := newPerson(t, i+1)
		w.people = append(w.people, p)
		if i < 4 {
			w.records = append(w.records, p.bind)
		}
	}
	for range n {
		p := w.people[r.IntN(len(w.people))]
		w.records = append(w.records, w.random(t, r, p))
	}
	return w
}

func (w *world) random(t testing.TB, r *rand.Rand, p *person) *record.Bundle {
	key, at := fmt.Sprint("k", r.IntN(w.keys)), r.IntN(40)
	somebody := w.people[r.IntN(len(w.people))]
	somePost := somebody.uri(posts, fmt.Sprint("k", r.IntN(5)))
	collection := []string{posts, posts, posts, likes, reposts, follows}[r.IntN(6)]
	if r.IntN(5) == 0 {
		return p.sign(t, collection, key, at, nil)
	}
	fields := map[string]any{}
	if r.IntN(4) == 0 {
		fields["createdAt"] = epoch.Add(time.Duration(r.IntN(60)-30) * time.Second).Format(time.RFC3339)
	}
	switch collection {
	case posts:
		fields["text"] = fmt.Sprint("t", r.IntN(100))
		if r.IntN(3) == 0 {
			fields["reply"] = map[string]any{"root": ref(somePost), "parent": ref(somePost)}
		}
		if r.IntN(4) == 0 {
			fields["embed"] = map[string]any{"$type": "app.bsky.embed.record", "record": ref(somePost)}
		}
	case follows:
		fields["subject"] = string(somebody.name)
	default:
		fields["subject"] = ref(somePost)
	}
	return p.put(t, collection, key, at, fields)
}

// model answers naively from what is visible.
type model struct {
	visible []*store.Visible
	names   map[identity.DID]string
	dids    map[string]identity.DID
}

func newModel(w *world) *model {
	m := &model{names: map[identity.DID]string{}, dids: map[string]identity.DID{}}
	best := map[string]*record.Bundle{}
	for _, b := range w.records {
		k := b.DID.String() + "/" + b.Path.String()
		if best[k] == nil || record.Compare(b, best[k]) > 0 {
			best[k] = b
		}
	}
	for _, b := range best {
		if !b.Deletes() {
			m.visible = append(m.visible, &store.Visible{Stored: store.Stored{Bundle: b}, Refs: record.Inspect(b.Value)})
		}
	}
	for i, p := range w.people {
		m.names[p.did] = p.did.String()
		if i < 4 {
			m.names[p.did] = string(p.name)
			m.dids[string(p.name)] = p.did
		}
		m.dids[p.did.String()] = p.did
	}
	return m
}

func (m *model) uri(v *store.Visible) string {
	return "at://" + m.names[v.Bundle.DID] + "/" + v.Bundle.Path.String()
}

// post finds a visible post by URI.
func (m *model) post(uri string) *store.Visible {
	authority, path, err := splitURI(syntax.ATURI(uri))
	if err != nil {
		return nil
	}
	for _, v := range m.visible {
		if v.Bundle.DID == m.dids[authority] && v.Bundle.Path == path && path.Collection == posts {
			return v
		}
	}
	return nil
}

// feed is the items of some records, newest first, as text.
func (m *model) feed(keep func(*store.Visible) bool) (list []string) {
	var some []*store.Visible
	for _, v := range m.visible {
		if keep(v) {
			some = append(some, v)
		}
	}
	slices.SortFunc(some, func(a, b *store.Visible) int {
		return cmp.Or(TimeOf(b).Compare(TimeOf(a)),
			bytes.Compare(store.NewKey(0).DID(a.Bundle.DID).Path(a.Bundle.Path), store.NewKey(0).DID(b.Bundle.DID).Path(b.Bundle.Path)))
	})
	for _, v := range some {
		switch {
		case v.Bundle.Path.Collection == posts:
			list = append(list, m.uri(v))
		case m.post(string(v.Refs.Subject.URI)) != nil:
			list = append(list, m.uri(m.post(string(v.Refs.Subject.URI)))+" by "+m.uri(v))
		}
	}
	return list
}

func isPost(v *store.Visible) bool       { return v.Bundle.Path.Collection == posts }
func isReply(v *store.Visible) bool      { return isPost(v) && v.Refs.Parent.URI != "" }
func isRepost(v *store.Visible) bool     { return v.Bundle.Path.Collection == reposts }
func inFeed(v *store.Visible) bool       { return isPost(v) || isRepost(v) }
func is(c string, v *store.Visible) bool { return string(v.Bundle.Path.Collection) == c }

// actors is who says something, each once.
func (m *model) actors(keep func(*store.Visible) bool) map[identity.DID]bool {
	set := map[identity.DID]bool{}
	for _, v := range m.visible {
		if keep(v) {
			set[v.Bundle.DID] = true
		}
	}
	return set
}

func (m *model) count(keep func(*store.Visible) bool) (n uint64) {
	for _, v := range m.visible {
		if keep(v) {
			n++
		}
	}
	return n
}

// readAll pages through a feed.
func readAll(t testing.TB, limit int, read func(cursor string, limit int) (Page, error)) (list []string) {
	t.Helper()
	for cursor, pages := "", 0; ; pages++ {
		page, err := read(cursor, limit)
		if err != nil || pages > 500 || len(page.Items) > limit {
			t.Fatalf("page %d of %d items: %v", pages, len(page.Items), err)
		}
		for _, i := range page.Items {
			s := string(i.URI)
			if i.Repost != nil {
				s += " by " + string(i.Repost.URI)
			}
			list = append(list, s)
		}
		if cursor = page.Cursor; cursor == "" {
			return list
		}
	}
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// TestAgainstModel: whatever the order, duplication and partition in which records
// come, entries are the same byte for byte, the same as a rebuild gives, and every
// read answers as the model does.
func TestAgainstModel(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, r, 30+r.IntN(150))
		m := newModel(w)
		var first map[string]string
		for range 3 {
			db, x := open(t)
			x.scan = scanEffort{perAuthor: r.IntN(3), least: 1 + r.IntN(40)} // so that both ways are taken, and the change
			deliver(t, db, r, w.records)
			got := entries(t, db)
			if first == nil {
				first = got
				m.check(t, x, w, r)
			}
			sameEntries(t, got, first)
			if err := x.Rebuild(ctx, nil); err != nil {
				t.Fatal(err)
			}
			sameEntries(t, entries(t, db), first)
		}
	}
}

func deliver(t testing.TB, db *store.DB, r *rand.Rand, records []*record.Bundle) {
	t.Helper()
	some := slices.Concat(records, records[:r.IntN(len(records))])
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	for len(some) > 0 {
		n := 1 + r.IntN(len(some))
		commit(t, db, some[:n]...)
		some = some[n:]
	}
}

func (m *model) check(t testing.TB, x *Index, w *world, r *rand.Rand) {
	t.Helper()
	limit := func() int { return 1 + r.IntN([]int{3, 40}[r.IntN(2)]) }
	same(t, "public", readAll(t, limit(), func(c string, l int) (Page, error) { return x.Public(ctx, c, l) }),
		m.feed(func(v *store.Visible) bool { return isPost(v) && !isReply(v) }))
	for _, p := range w.people {
		mine := func(v *store.Visible) bool { return v.Bundle.DID == p.did && inFeed(v) }
		same(t, "author", readAll(t, limit(), func(c string, l int) (Page, error) {
			return x.AuthorFeed(ctx, p.did, PostsWithReplies, c, l)
		}), m.feed(mine))
		same(t, "author without replies", readAll(t, limit(), func(c string, l int) (Page, error) {
			return x.AuthorFeed(ctx, p.did, PostsNoReplies, c, l)
		}), m.feed(func(v *store.Visible) bool { return mine(v) && !isReply(v) }))
		m.checkPerson(t, x, w, p, limit)
		for k := range 5 {
			m.checkPost(t, x, w, p, fmt.Sprint("k", k), limit)
		}
	}
}

func (m *model) checkPerson(t testing.TB, x *Index, w *world, p *person, limit func() int) {
	t.Helper()
	followed := map[identity.DID]bool{p.did: true}
	subjects := map[string]bool{}
	for _, v := range m.visible {
		if v.Bundle.DID == p.did && is(follows, v) {
			subjects[string(v.Refs.SubjectName)] = true
			if did, ok := m.dids[string(v.Refs.SubjectName)]; ok {
				followed[did] = true
			}
		}
	}
	same(t, "timeline", readAll(t, limit(), func(c string, l int) (Page, error) { return x.Timeline(ctx, p.did, c, l) }),
		m.feed(func(v *store.Visible) bool { return followed[v.Bundle.DID] && inFeed(v) }))

	followers := map[identity.DID]bool{}
	if m.names[p.did] == string(p.name) {
		followers = m.actors(func(v *store.Visible) bool { return is(follows, v) && v.Refs.SubjectName == p.name })
	}
	counts, err := x.ActorCounts(ctx, p.did)
	want := ActorCounts{uint64(len(followers)), uint64(len(subjects)),
		m.count(func(v *store.Visible) bool { return v.Bundle.DID == p.did && isPost(v) })}
	if err != nil || counts != want {
		t.Fatalf("counts of %s: %+v, want %+v: %v", p.did, counts, want, err)
	}
	got := readPeople(t, limit(), func(c string, l int) (People, error) { return x.Followers(ctx, p.did, c, l) })
	if len(got) != len(followers) {
		t.Fatalf("%d followers, want %d", len(got), len(followers))
	}
	for _, f := range got {
		if !followers[f.Actor.DID] {
			t.Fatalf("%s follows nobody", f.Actor.DID)
		}
	}
	got = readPeople(t, limit(), func(c string, l int) (People, error) { return x.Follows(ctx, p.did, c, l) })
	if len(got) != len(subjects) {
		t.Fatalf("%d follows, want %d", len(got), len(subjects))
	}
	for _, f := range got {
		if !subjects[string(f.Name)] {
			t.Fatalf("follows %s, who is not followed", f.Name)
		}
	}
}

func readPeople(t testing.TB, limit int, read func(cursor string, limit int) (People, error)) (list []Person) {
	t.Helper()
	for cursor, pages := "", 0; ; pages++ {
		page, err := read(cursor, limit)
		if err != nil || pages > 500 || len(page.Items) > limit {
			t.Fatalf("page %d: %v", pages, err)
		}
		list = append(list, page.Items...)
		if cursor = page.Cursor; cursor == "" {
			return list
		}
	}
}

func (m *model) checkPost(t testing.TB, x *Index, w *world, p *person, rkey string, limit func() int) {
	t.Helper()
	uri := syntax.ATURI(p.uri(posts, rkey))
	about := func(c string) func(*store.Visible) bool {
		return func(v *store.Visible) bool { return is(c, v) && v.Refs.Subject.URI == uri }
	}
	replies := func(v *store.Visible) bool { return isPost(v) && v.Refs.Parent.URI == uri }
	quotes := func(v *store.Visible) bool { return isPost(v) && v.Refs.Quote.URI == uri }
	likers := m.actors(about(likes))
	want := Counts{uint64(len(likers)), uint64(len(m.actors(about(reposts)))), m.count(replies), m.count(quotes)}
	if got, err := x.Counts(ctx, uri); err != nil || got != want {
		t.Fatalf("counts of %s: %+v, want %+v: %v", uri, got, want, err)
	}
	same(t, "quotes", readAll(t, limit(), func(c string, l int) (Page, error) { return x.Quotes(ctx, uri, c, l) }), m.feed(quotes))
	for _, viewer := range w.people {
		v, err := x.PostViewer(ctx, viewer.did, uri)
		if err != nil || (v.Like != "") != likers[viewer.did] {
			t.Fatalf("viewer: %+v %v", v, err)
		}
	}
	th, err := x.Thread(ctx, uri, 1, 1)
	if m.post(string(uri)) == nil {
		if !errors.Is(err, ErrNotFound) {
			t.Fatalf("thread of nothing: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range th.Replies {
		got = append(got, string(c.URI))
	}
	wanted := slices.DeleteFunc(m.feed(replies), func(s string) bool { return s == string(uri) })
	slices.Sort(got)
	slices.Sort(wanted)
	same(t, "replies", got, wanted)
}
