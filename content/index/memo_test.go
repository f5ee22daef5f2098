package index

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"metanet/content/store"
)

// TestMemoSteps: what was read may be put only if nothing was changed while it was
// read, and nothing that was changed is on its way.
func TestMemoSteps(t *testing.T) {
	db, _ := open(t)
	m := newMemo[string, int](10)
	remembered := func(k string) bool { _, ok := m.get(k); return ok }

	early := m.begin()
	var during ticket
	err := db.Update(ctx, func(b *store.Batch) error {
		b.Set(store.NewKey(store.FamilyMeta).Text("x"), nil)
		m.change(b, "a")
		during = m.begin()
		m.put(early, "a", 1)
		m.put(during, "a", 1)
		if remembered("a") {
			t.Error("put while it changes")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.put(early, "a", 1)
	m.put(during, "a", 1)
	if remembered("a") {
		t.Error("put what was read before it changed")
	}
	m.put(m.begin(), "a", 2)
	if !remembered("a") {
		t.Error("not put, and nothing changes")
	}

	failed := errors.New("no")
	if err := db.Update(ctx, func(b *store.Batch) error { m.change(b, "a"); return failed }); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if m.put(m.begin(), "a", 3); remembered("a") {
		t.Error("put after a batch of which it isn't known whether it was applied")
	}
	if err := db.Update(ctx, func(b *store.Batch) error {
		b.Set(store.NewKey(store.FamilyMeta).Text("x"), nil)
		m.change(b, "b")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if m.put(m.begin(), "a", 3); !remembered("a") {
		t.Error("never put again after a batch that failed")
	}
}

// TestTimelineFollowsAtOnce: whoever reads after a follow or its end was
// acknowledged sees it, whatever others read meanwhile. So it is with names that
// are proved later than they are followed.
func TestTimelineFollowsAtOnce(t *testing.T) {
	db, x := open(t)
	reader, author := newPerson(t, 1), newPerson(t, 2)
	commit(t, db, reader.bind, author.put(t, posts, "a", 1, map[string]any{"text": "x"}))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := x.Timeline(ctx, reader.did, "", 10); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)
	follow := reader.put(t, follows, "f", 2, map[string]any{"subject": string(author.name)})
	sees(t, x, reader, 0)
	commit(t, db, follow)
	sees(t, x, reader, 0) // a name that nobody here has proved
	commit(t, db, author.bind)
	sees(t, x, reader, 1)
	for i := range 50 {
		commit(t, db, reader.sign(t, follows, "f", 10+2*i, nil))
		sees(t, x, reader, 0)
		commit(t, db, reader.put(t, follows, "f", 11+2*i, map[string]any{"subject": string(author.name)}))
		sees(t, x, reader, 1)
	}
}

func sees(t *testing.T, x *Index, p *person, want int) {
	t.Helper()
	page, err := x.Timeline(ctx, p.did, "", 10)
	if err != nil || len(page.Items) != want {
		t.Fatalf("%d posts, want %d: %v", len(page.Items), want, err)
	}
}

// TestTwoWays: where the order of all is given up, the merge goes on without
// losing or repeating anything.
func TestTwoWays(t *testing.T) {
	db, x := open(t)
	reader := newPerson(t, 1)
	commit(t, db, reader.bind)
	for n := range 8 {
		p := newPerson(t, n+2)
		commit(t, db, p.bind)
		if n%2 == 0 {
			commit(t, db, reader.put(t, follows, fmt.Sprint("f", n), n, map[string]any{"subject": string(p.name)}))
		}
		for k := range 10 {
			commit(t, db, p.put(t, posts, fmt.Sprint("k", k), 7*k, map[string]any{"text": "x"}))
		}
	}
	read := func(limit int) []string {
		return readAll(t, limit, func(c string, l int) (Page, error) { return x.Timeline(ctx, reader.did, c, l) })
	}
	x.scan = scanEffort{least: 10_000}
	want := read(50)
	if len(want) != 40 {
		t.Fatalf("%d posts", len(want))
	}
	for least := 1; least < 90; least++ {
		x.scan = scanEffort{least: least}
		same(t, fmt.Sprint("after ", least), read(50), want)
		same(t, fmt.Sprint("pages after ", least), read(3), want)
	}
}

// TestMemoOthers: what others change meanwhile keeps nobody from remembering, up to
// a bound.
func TestMemoOthers(t *testing.T) {
	db, _ := open(t)
	m := newMemo[int, int](10)
	early := m.begin()
	change := func(keys int) {
		t.Helper()
		err := db.Update(ctx, func(b *store.Batch) error {
			b.Set(store.NewKey(store.FamilyMeta).Text("x"), nil)
			for k := range keys {
				m.change(b, k+1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	change(3)
	m.put(early, 0, 1)
	m.put(early, 3, 1)
	if _, ok := m.get(3); ok {
		t.Error("put what was read before it changed")
	}
	if _, ok := m.get(0); !ok {
		t.Error("not put because another changed")
	}
	change(rememberedChanges)
	if m.put(early, 20_000, 1); len(m.changed) > rememberedChanges {
		t.Error("remembers too many changes")
	}
	if _, ok := m.get(20_000); ok {
		t.Error("put, and what changed since is forgotten")
	}
}
