package notice

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"metanet/content/view"
	"metanet/content/view/viewtest"
)

var ctx = context.Background()

func all(Notice) (bool, error) { return true, nil }

// told is who is told what, newest first, as "reason by".
func told(t *testing.T, w *viewtest.World, recipient string) string {
	t.Helper()
	page, next, err := New(w.DB).List(ctx, recipient, "", 0, all)
	if err != nil || next != "" {
		t.Fatal(err, next)
	}
	var s []string
	for _, n := range page {
		for i := range 9 {
			if n.Author == viewtest.DID(i) {
				s = append(s, fmt.Sprint(n.Reason, " ", i))
			}
		}
	}
	return strings.Join(s, ", ")
}

func mention(people ...int) map[string]any {
	var facets []any
	for _, n := range people {
		facets = append(facets, map[string]any{"index": map[string]any{"byteStart": 0, "byteEnd": 1},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": viewtest.Name(n)}}})
	}
	return map[string]any{"facets": facets}
}

func with(maps ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func reply(n int, rkey string) map[string]any {
	return map[string]any{"reply": map[string]any{"root": viewtest.Ref(n, rkey), "parent": viewtest.Ref(n, rkey)}}
}

func quote(n int, rkey string) map[string]any {
	return map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.record", "record": viewtest.Ref(n, rkey)}}
}

// TestReasons: everything that concerns somebody is told them, once.
func TestReasons(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	w.Post(1, "p", "hello", nil)
	w.Write(2, 0, "app.bsky.feed.like", "a", map[string]any{"subject": viewtest.Ref(1, "p")})
	w.Post(2, "old", "hello", with(reply(1, "p"), mention(1, 3), map[string]any{"net.metanet.imported": map[string]any{"source": "mastodon"}}))
	w.Write(3, 0, "app.bsky.feed.repost", "a", map[string]any{"subject": viewtest.Ref(1, "p")})
	w.Write(4, 0, "app.bsky.graph.follow", "a", map[string]any{"subject": viewtest.Name(1)})
	w.Post(5, "r", "yes", with(reply(1, "p"), mention(1, 2)))
	w.Post(6, "q", "see", quote(1, "p"))
	w.Post(7, "m", "you", mention(1, 1))
	w.Settle(f)
	if got := told(t, w, viewtest.Name(1)); got != "mention 7, quote 6, reply 5, follow 4, repost 3, like 2" {
		t.Error(got)
	}
	if got := told(t, w, viewtest.Name(2)); got != "mention 5" {
		t.Error(got)
	}
	w.Write(3, 0, "app.bsky.feed.repost", "a", nil)
	w.Post(7, "m", "nobody", nil)
	w.Settle(f)
	if got := told(t, w, viewtest.Name(1)); got != "quote 6, reply 5, follow 4, like 2" {
		t.Error("after deletes and edits: ", got)
	}
}

// TestCount: what came after an instant is counted, up to a bound.
func TestCount(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	for i := range 5 {
		w.Write(2, 0, "app.bsky.feed.like", fmt.Sprint("k", i), map[string]any{"subject": viewtest.Ref(1, fmt.Sprint(i))})
	}
	w.Settle(f)
	for _, c := range []struct{ seconds, most, want int }{{-10, 9, 5}, {-10, 3, 3}, {2, 9, 3}, {5, 9, 0}} {
		n, err := New(w.DB).Count(ctx, viewtest.Name(1), viewtest.Epoch.Add(time.Duration(c.seconds)*time.Second), c.most, all)
		if err != nil || n != c.want {
			t.Errorf("%+v: %d %v", c, n, err)
		}
	}
}

// TestManyMentions: one post can call only so many.
func TestManyMentions(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	var facets []any
	for i := range 200 {
		name := fmt.Sprintf("did:plc:%s", strings.Repeat(string(rune('a'+i%26)), 23)+string(rune('a'+i/26)))
		facets = append(facets, map[string]any{"index": map[string]any{"byteStart": 0, "byteEnd": 1},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": name}}})
	}
	w.Post(1, "p", "all", map[string]any{"facets": facets})
	w.Settle(f)
	if n := len(w.Entries(f)); n != maxMentions+1 {
		t.Errorf("%d entries", n)
	}
}
