package web

import (
	"net/http"
	"strings"
	"testing"
)

func facetOf(kind, field, value string, start, end int64) map[string]any {
	return map[string]any{"facets": []any{map[string]any{
		"index":    map[string]any{"byteStart": start, "byteEnd": end},
		"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#" + kind, field: value}},
	}}}
}

func TestSearchPage(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada Lovelace", "")
	ada.post("p1", "Weaving #Algebra loudly", facetOf("tag", "tag", "Algebra", 8, 16))
	ada.post("p2", "<b>weaved</b> baskets", nil)
	w.settle()
	body := w.want(http.StatusOK, "/search?q=weaving", `value="weaving"`, "loudly")
	refuse(t, body, "baskets")
	refuse(t, w.want(http.StatusOK, "/search?q=love+ada", "Ada Lovelace", "/@ada.home.example.org"), "loudly")
	w.want(http.StatusOK, "/search?q=%22%3E%3Cscript%3E", "&#34;&gt;&lt;script&gt;")
	w.want(http.StatusOK, "/search?q=+%21", "Try fewer, or other ones")
	w.want(http.StatusOK, "/search?q="+strings.Repeat("a+", 40), "too much")
	w.want(http.StatusBadRequest, "/search?q=weaving&cursor=x")

	body = w.want(http.StatusOK, "/tag/ALGEBRA", "#ALGEBRA", `<a href="/tag/Algebra">#Algebra</a>`)
	refuse(t, body, "baskets")
	w.want(http.StatusOK, "/tag/none", "Nobody here has used")
	w.want(http.StatusNotFound, "/tag/%00")
}

// TestSearchLanguages: words are found in all their forms in what the browser reads.
func TestSearchLanguages(t *testing.T) {
	w := newWorld(t)
	w.author("ada.home.example.org", "Ada", "").post("p1", "She was running", nil)
	w.settle()
	refuse(t, w.want(http.StatusOK, "/search?q=run"), "She was")
	r := request("/search?q=run")
	r.Header.Set("Accept-Language", "de-DE, en;q=0.8, *;q=0.1")
	if _, body, _ := w.serve(r); !strings.Contains(body, "She was running") {
		t.Error("not found by its stem")
	}
}

func TestNotificationsPage(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.author("ada.home.example.org", "Ada", ""), w.author("bob.home.example.org", "Bob", "")
	p := ada.post("p1", "Look at the heron", nil)
	bob.put("app.bsky.feed.like", "l", map[string]any{"subject": p})
	bob.put("app.bsky.graph.follow", "f", map[string]any{"subject": string(ada.name)})
	bob.post("p2", "What a bird", answering(p, p))
	w.settle()
	token := "token of ada.home.example.org"

	refuse(t, w.want(http.StatusOK, "/notifications", "Sign in to see"), "heron")
	_, body, _ := w.get("/notifications", token)
	for _, says := range []string{"likes your post", "follows you", "answered you", "Look at the heron", "What a bird", ">new<", `data-newest="20`} {
		if !strings.Contains(body, says) {
			t.Errorf("doesn't say %q", says)
		}
	}
	_, body, _ = w.get("/notifications?only=mentions", token)
	refuse(t, body, "likes your post", "follows you")
	if !strings.Contains(body, "What a bird") {
		t.Error("mentions are without the answer")
	}
	must(t, w.personal.See(ada.did, w.now))
	_, body, _ = w.get("/notifications", token)
	refuse(t, body, ">new<")
	must(t, w.personal.Mute(ada.did, string(bob.name)))
	_, body, _ = w.get("/notifications", token)
	refuse(t, body, "Bob", "What a bird")
	if status, _, _ := w.get("/notifications?cursor=x", token); status != http.StatusBadRequest {
		t.Errorf("a cursor of nowhere: %d", status)
	}
	if status, _, _ := w.get("/notifications", "no such token"); status != http.StatusUnauthorized {
		t.Errorf("a token of nobody: %d", status)
	}
}
