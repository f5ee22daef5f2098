package list

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/view"
	"metanet/content/view/viewtest"
)

var ctx = context.Background()

func uri(n int) syntax.ATURI {
	return syntax.ATURI("at://" + viewtest.Name(n) + "/app.bsky.graph.list/l")
}

func TestLists(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	item := func(by int, rkey string, subject int) {
		w.Write(by, 0, "app.bsky.graph.listitem", rkey, map[string]any{"list": string(uri(1)), "subject": viewtest.Name(subject)})
	}
	w.Write(1, 0, "app.bsky.graph.list", "l", map[string]any{"name": "Birds"})
	item(1, "a", 3)
	item(1, "b", 2)
	item(1, "c", 2) // twice
	item(4, "d", 5) // somebody else's word
	w.Settle(f)
	members := func() string {
		names, err := New(w.DB).Members(ctx, viewtest.DID(1), uri(1))
		w.Must(err)
		s := ""
		for _, name := range names {
			s += string(name[len(name)-1])
		}
		return s
	}
	if got := members(); got != "cd" { // 2 and 3, by name
		t.Error(got)
	}
	w.Write(1, 0, "app.bsky.graph.listitem", "b", nil)
	w.Write(1, 0, "app.bsky.graph.listitem", "a", nil)
	w.Settle(f)
	if got := members(); got != "c" {
		t.Error("after deletes: ", got)
	}
	lists, next, err := New(w.DB).Of(ctx, viewtest.DID(1), "", 0)
	if err != nil || next != "" || fmt.Sprint(lists) != "[app.bsky.graph.list/l]" {
		t.Error(lists, next, err)
	}
}

func TestManyMembers(t *testing.T) {
	w := viewtest.New(t)
	f := view.Follow(w.DB, View())
	for i := range 250 {
		name := "did:plc:" + strings.Repeat("a", 22) + string(rune('a'+i/25)) + string(rune('a'+i%25))
		w.Write(1, 0, "app.bsky.graph.listitem", fmt.Sprint("k", i), map[string]any{"list": string(uri(1)), "subject": name})
	}
	w.Settle(f)
	names, err := New(w.DB).Members(ctx, viewtest.DID(1), uri(1))
	if err != nil || len(names) != 250 {
		t.Error(len(names), err)
	}
}
