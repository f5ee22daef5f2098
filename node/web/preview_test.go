package web

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"metanet/content/policy"
)

var preview = flag.String("preview", "", "serve sample pages at this address for an hour, for whoever works on their looks")

// TestPreview is no test: `go test ./node/web -run TestPreview -preview 127.0.0.1:8099`
// shows the pages with people who talk to each other, without a node.
func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("no -preview address")
	}
	w := newWorld(t)
	w.populate()
	mux := http.NewServeMux()
	mux.Handle("/", w.handler())
	picture := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "image/jpeg")
		_, _ = rw.Write(samplePicture())
	})
	mux.Handle("/xrpc/com.atproto.sync.getBlob", picture)
	mux.Handle("/xrpc/net.metanet.blob.getThumbnail", picture)
	srv := &http.Server{Addr: *preview, Handler: mux}
	time.AfterFunc(time.Hour, func() { _ = srv.Close() })
	t.Log(srv.ListenAndServe())
}

// populate makes a small town square.
func (w *world) populate() {
	ada := w.author("ada.home.example.org", "Ada Lovelace", "I write programs for engines that don’t exist yet.\nhttps://example.org/ada")
	ben := w.author("ben.home.example.org", "Ben", "")
	chi := w.author("chi.elsewhere.example", "千尋 Chihiro", "湯屋で働いています。")
	first := ada.post("a1", "The Analytical Engine weaves algebraic patterns, just as the Jacquard loom weaves flowers and leaves.", nil)
	ben.post("b1", "Walked up the hill before dawn. Worth it.", pictures("A low sun over a dark ridge, the sky going from violet to orange"))
	reply := ben.post("b2", "And who tends the loom?", answering(first, first))
	answer := ada.post("a2", "Whoever wants to. That is rather the point.", answering(first, reply))
	ghost := ben.post("b3", "this will go", answering(first, answer))
	chi.post("c1", "はい、その通りです。", answering(first, ghost))
	ben.put("app.bsky.feed.post", "b3", nil)
	chi.post("c2", "Four views of one morning. See https://example.org/walks/2026?with=everyone for the map.", merge(pictures("Ridge", "Ridge again", "The same ridge", "Ridge, last one"), linkFacet("Four views of one morning. See ", "https://example.org/walks/2026?with=everyone")))
	ada.post("a3", "On the difference between a promise and a proof.", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{
		"uri": "https://example.org/promises", "title": "Promises and proofs", "description": "A promise is about the future and asks for trust. A proof is about the past and asks for attention.",
	}}})
	ben.post("b4", "This, exactly.", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.record", "record": first}})
	long := "A long one. "
	for range 40 {
		long += "Some thoughts need more room than three hundred characters allow, and that is fine. "
	}
	ada.post("a4", long[:280]+"…", map[string]any{"net.metanet.fullText": long})
	for _, who := range []*author{ben, chi} {
		who.put("app.bsky.feed.like", "l"+string(who.handle[:1]), map[string]any{"subject": first})
	}
	chi.put("app.bsky.feed.repost", "r1", map[string]any{"subject": first})
	ben.put("app.bsky.graph.follow", "f1", map[string]any{"subject": string(ada.name)})
	one := policy.Default()
	w.publish(one)
	two := policy.Default()
	two.Contact = "moderators@home.example.org"
	two.Rules[1].Text += " If two people cannot agree, both may be asked to take a day off."
	two.Rules = append(two.Rules, policy.Rule{ID: "no-scraping", Title: "No scraping", Text: "Don’t copy people’s posts wholesale to train a machine without asking them."})
	w.publish(two)
}

func merge(maps ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func linkFacet(before, link string) map[string]any {
	return map[string]any{"facets": []any{map[string]any{
		"index":    map[string]any{"byteStart": int64(len(before)), "byteEnd": int64(len(before) + len(link))},
		"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": link}},
	}}}
}
