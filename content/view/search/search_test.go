package search

import (
	"context"
	"errors"
	"fmt"

	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/view"
	"metanet/content/view/viewtest"
)

var ctx = context.Background()

// library is posts of every kind that a query can tell apart.
func library(t *testing.T) (*viewtest.World, *view.Follower) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	langs := func(codes ...any) map[string]any { return map[string]any{"langs": codes} }
	w.Post(1, "en", "She was running home, quickly", langs("en-GB"))
	w.Post(1, "de", "Die Häuser sind schön", langs("de"))
	w.Post(2, "ja", "東京都に住んでいます", langs("ja"))
	w.Post(2, "plain", "running without a language", nil)
	w.Post(3, "tag", "look", map[string]any{"tags": []any{"GoLang"}, "facets": []any{
		map[string]any{"index": map[string]any{"byteStart": 0, "byteEnd": 1}, "features": []any{
			map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": viewtest.Name(1)},
			map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": "https://www.Example.org/x?y"},
		}},
	}})
	image := map[string]any{"alt": "a heron in the reeds", "image": nil}
	w.Post(3, "pic", "seen today", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{image}}})
	w.Post(3, "vid", "a heron flies home", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.recordWithMedia",
		"record": map[string]any{"record": viewtest.Ref(1, "en")}, "media": map[string]any{"$type": "app.bsky.embed.video", "alt": ""}}})
	w.Settle(f)
	return w, f
}

func keys(hits []Hit) string {
	var s []string
	for _, h := range hits {
		s = append(s, string(h.Path.Key))
	}
	return strings.Join(s, " ")
}

func TestPosts(t *testing.T) {
	w, f := library(t)
	s := New(w.DB)
	en := []string{"en"}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Text: "run", Langs: en}, "en"}, // the other one is in no language: found as written
		{Query{Text: "RUNNING"}, "plain en"},
		{Query{Text: "running home"}, "en"},
		{Query{Text: "haus", Langs: []string{"de-AT"}}, "de"},
		{Query{Text: "schon"}, "de"},
		{Query{Text: "東京"}, "ja"},
		{Query{Text: "京東"}, ""},
		{Query{Text: "住"}, "ja"},
		{Query{Text: `"running home"`}, "en"},
		{Query{Text: `"home running"`}, ""},
		{Query{Text: "home -heron"}, "en"},
		{Query{Text: "heron"}, "vid pic"}, // the picture's description
		{Query{Text: "#golang"}, "tag"},
		{Query{Tags: []string{"#GOLANG"}}, "tag"},
		{Query{Mentions: []string{viewtest.Name(1)}}, "tag"},
		{Query{Domain: "example.org"}, "tag"},
		{Query{Domain: "https://example.org/other"}, "tag"},
		{Query{Text: "home", Author: viewtest.DID(3)}, "vid"},
		{Query{Author: viewtest.DID(1)}, "de en"},
		{Query{Lang: "de"}, "de"},
		{Query{Media: AnyMedia, Author: viewtest.DID(3)}, "vid pic"},
		{Query{Media: Videos, Author: viewtest.DID(3)}, "vid"},
		{Query{Media: Images}, "pic"},
		{Query{Media: Images, Author: viewtest.DID(1)}, ""},
		{Query{Text: "home", Since: viewtest.Epoch.Add(7 * time.Second)}, "vid"},
		{Query{Text: "home", Until: viewtest.Epoch.Add(7 * time.Second)}, "en"},
		{Query{Text: "nobody wrote this"}, ""},
		{Query{Mentions: []string{"a\x00b"}, Text: "#\x00 \x00"}, ""},
	} {
		hits, next, err := s.Posts(ctx, c.q, "", 0)
		if err != nil || keys(hits) != c.want || next != "" {
			t.Errorf("%+v: %q %q %v, want %q", c.q, keys(hits), next, err, c.want)
		}
	}
	w.Write(3, 0, "app.bsky.feed.post", "vid", nil)
	w.Post(1, "en", "She walked", nil)
	w.Settle(f)
	if hits, _, err := s.Posts(ctx, Query{Text: "home"}, "", 0); err != nil || len(hits) > 0 {
		t.Errorf("deleted and edited, and found: %v %v", hits, err)
	}
}

func TestRefusals(t *testing.T) {
	w, _ := library(t)
	s := New(w.DB)
	for _, c := range []struct {
		q      Query
		cursor string
		want   error
	}{
		{Query{}, "", ErrEmptyQuery},
		{Query{Text: " !!! … "}, "", ErrEmptyQuery},
		{Query{Text: "-home"}, "", ErrEmptyQuery},
		{Query{Text: strings.Repeat("a ", 25)}, "", ErrLongQuery},
		{Query{Text: "home"}, "AAAA", view.ErrInvalidCursor},
		{Query{Text: "home"}, "!", view.ErrInvalidCursor},
		{Query{Text: "home"}, strings.Repeat("A", 60), view.ErrInvalidCursor},
	} {
		if _, _, err := s.Posts(ctx, c.q, c.cursor, 0); !errors.Is(err, c.want) {
			t.Errorf("%+v %q: %v, want %v", c.q, c.cursor, err, c.want)
		}
	}
}

// TestLeaps: queries of several words, page by page, against a naive search.
func TestLeaps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	texts := map[string]string{}
	var order []string
	for i := range 300 {
		var words []string
		for _, word := range []string{"ant", "bee", "cat", "dog", "eel"} {
			if r.IntN(5) > 1 {
				words = append(words, word)
			}
		}
		key := fmt.Sprint("k", i)
		texts[key] = strings.Join(words, " ")
		order = append(order, key)
		w.Post(1, key, texts[key]+" x", nil)
	}
	slices.Reverse(order)
	w.Settle(f)
	for _, c := range []struct{ must, not string }{{"ant", ""}, {"ant bee", ""}, {"ant bee cat dog eel", ""}, {"ant", "bee"}, {"cat dog", "eel ant"}} {
		text, want := c.must, []string{}
		for word := range strings.FieldsSeq(c.not) {
			text += " -" + word
		}
		for _, key := range order {
			if all(texts[key], c.must) && !some(texts[key], c.not) {
				want = append(want, key)
			}
		}
		got, cursor := []string{}, ""
		for {
			hits, next, err := New(w.DB).Posts(ctx, Query{Text: text}, cursor, 7)
			w.Must(err)
			got = append(got, strings.Fields(keys(hits))...)
			if cursor = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func all(text, words string) bool {
	for word := range strings.FieldsSeq(words) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func some(text, words string) bool {
	for word := range strings.FieldsSeq(words) {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// TestBoundedEffort: two frequent words that never meet cost a bounded page each
// time, and the pages come to the end.
func TestBoundedEffort(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	for i := range 2 * maxSeeks {
		w.Post(1, fmt.Sprint("k", i), []string{"ant", "bee"}[i%2], nil)
		if i == 600 {
			break
		}
	}
	w.Post(1, "z", "ant bee", nil)
	w.Settle(f)
	for cursor, pages := "", 0; ; pages++ {
		hits, next, err := New(w.DB).Posts(ctx, Query{Text: "ant bee"}, cursor, 0)
		w.Must(err)
		if next == "" {
			if pages == 0 && keys(hits) != "z" {
				t.Error(keys(hits))
			}
			return
		}
		cursor = next
	}
}

func TestPeople(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	for i, name := range []string{"Ada Lovelace", "Ada Byron", "Grace Hopper"} {
		w.Write(i+1, 0, "app.bsky.actor.profile", "self", map[string]any{"displayName": name})
	}
	w.Settle(f)
	for text, want := range map[string]string{"ad": "1 2", "ADA love": "1", "lovelace ada": "1", "grâce": "3", "nobody": "", "ada hopper": ""} {
		people, err := New(w.DB).People(ctx, text)
		w.Must(err)
		var got []string
		for i := range 9 {
			if slices.Contains(people, viewtest.DID(i)) {
				got = append(got, fmt.Sprint(i))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	w.Write(1, 0, "app.bsky.actor.profile", "self", map[string]any{"displayName": "Countess"})
	w.Settle(f)
	if people, err := New(w.DB).People(ctx, "lovelace"); err != nil || len(people) > 0 {
		t.Error("a name of before is found", people, err)
	}
}

// TestErased: nothing of what was erased is left, terms included.
func TestErased(t *testing.T) {
	w, f := library(t)
	for _, n := range []int{1, 2, 3} {
		w.Must(w.DB.Erase(ctx, viewtest.DID(n), func(*record.Bundle) bool { return true }))
	}
	if left := w.Entries(f); len(left) > 0 {
		t.Errorf("%d entries are left", len(left))
	}
}
