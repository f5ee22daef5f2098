package atproto

import (
	"fmt"
	"net/url"
	"testing"
)

func TestListRecords(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	var uris []string
	for i := range 5 {
		uris = append(uris, w.post(alice, fmt.Sprint(i), nil).URI)
	}
	for _, reverse := range []bool{false, true} {
		var got []string
		cursor := ""
		for {
			var out struct {
				Records []struct{ URI string }
				Cursor  string
			}
			w.call("com.atproto.repo.listRecords", url.Values{"repo": {"alice.example.org"}, "collection": {"app.bsky.feed.post"}, "limit": {"2"}, "cursor": {cursor}, "reverse": {fmt.Sprint(reverse)}}, "", &out)
			for _, r := range out.Records {
				got = append(got, r.URI)
			}
			if cursor = out.Cursor; cursor == "" {
				break
			}
		}
		want := append([]string(nil), uris...)
		if !reverse {
			for i := range want {
				want[i] = uris[len(uris)-1-i]
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("reverse %v: %v", reverse, got)
		}
	}
	if r := w.Get("/xrpc/com.atproto.repo.listRecords?repo=alice.example.org&collection=app.bsky.feed.post&cursor=a%2Fb", ""); r.Status != 400 {
		t.Errorf("bad cursor: %d %s", r.Status, r.Body)
	}
	if r := w.Get("/xrpc/com.atproto.repo.listRecords?repo=nobody.example.org&collection=app.bsky.feed.post", ""); r.Code() != "RepoNotFound" {
		t.Errorf("nobody: %d %s", r.Status, r.Body)
	}
}
