package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"metanet/content/policy"
	"metanet/identity"
)

// want gets a page and checks its status and what it says.
func (w *world) want(status int, path string, says ...string) string {
	w.t.Helper()
	got, body, _ := w.get(path, "")
	if got != status {
		w.t.Fatalf("%s: status %d, want %d", path, got, status)
	}
	for _, s := range says {
		if !strings.Contains(body, s) {
			w.t.Errorf("%s doesn't say %q", path, s)
		}
	}
	return body
}

func refuse(t *testing.T, body string, says ...string) {
	t.Helper()
	for _, s := range says {
		if strings.Contains(body, s) {
			t.Errorf("page says %q", s)
		}
	}
}

func TestEveryPageIsWhole(t *testing.T) {
	w := newWorld(t)
	w.populate()
	ada := w.author("zoe.home.example.org", "Zoe", "")
	paths := []string{
		"/", "/following", "/notifications", "/notifications?only=mentions", "/search", "/search?q=words", "/tag/go", "/policy", "/policy/1", "/about", "/no-such-page",
		"/@ada.home.example.org", "/profile/" + string(ada.name), "/profile/" + string(ada.did),
	}
	for _, p := range paths {
		status, body, header := w.get(p, "")
		if wanted := map[bool]int{true: 404, false: 200}[p == "/no-such-page"]; status != wanted {
			t.Errorf("%s: status %d, want %d", p, status, wanted)
		}
		if !strings.HasSuffix(strings.TrimSpace(body), "</html>") || strings.Count(body, "<h1") != 1 || !strings.Contains(body, `id="main"`) {
			t.Errorf("%s is not a whole page with one heading and a main part", p)
		}
		if inline.MatchString(body) {
			t.Errorf("%s has what the content policy forbids: %s", p, inline.FindString(body))
		}
		if strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%s: html/template took something for a dangerous address", p)
		}
		if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'") {
			t.Errorf("%s: no content policy", p)
		}
	}
}

// inline is script or style that isn't a file of ours.
var inline = regexp.MustCompile(`<script(?: [a-z]+(?:="[^"]*")?)*>[^<]|<style| style=| on[a-z]+=|javascript:|src="(?:https?:)?//`)

func TestStrangersTextIsOnlyText(t *testing.T) {
	w := newWorld(t)
	nasty := `<script>alert(1)</script><img src=x onerror=alert(1)>"'>`
	mallory := w.author("mallory.home.example.org", nasty, nasty)
	p := mallory.post("m1", nasty, merge(
		pictures(`" onerror="alert(1)`),
		map[string]any{"facets": []any{map[string]any{
			"index":    map[string]any{"byteStart": int64(0), "byteEnd": int64(8)},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}},
		}}},
	))
	mallory.post("m2", "card", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{
		"uri": "javascript:alert(1)", "title": nasty, "description": nasty,
	}}})
	mallory.post("m3", "odd types", map[string]any{"embed": "a text", "facets": int64(7), "reply": []any{}})
	mallory.post("m4", "odd language", map[string]any{"langs": []any{`"><script>`}})
	for _, path := range []string{"/", "/@mallory.home.example.org", "/post/" + string(mallory.name) + "/m1"} {
		body := w.want(200, path, "&lt;script&gt;alert(1)&lt;/script&gt;")
		refuse(t, body, "<script>alert", "<img src=x", `" onerror=`, "javascript:")
	}
	w.want(200, "/", "odd types", "odd language")
	if p["uri"] == "" {
		t.Fatal("no post")
	}
}

func TestOutwardLinksAreMarked(t *testing.T) {
	w := newWorld(t)
	w.populate()
	body := w.want(200, "/", `href="https://example.org/promises" rel="nofollow noopener noreferrer ugc"`)
	for _, a := range regexp.MustCompile(`<a [^>]*href="https?://[^>]*>`).FindAllString(body, -1) {
		if !strings.Contains(a, "nofollow noopener") {
			t.Errorf("outward link without rel: %s", a)
		}
	}
}

func TestThreadShowsHolesAndProof(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	ben := w.author("ben.home.example.org", "Ben", "")
	root := ada.post("a1", "the beginning", nil)
	lost := map[string]any{"uri": strings.Replace(root["uri"].(string), "/a1", "/a0", 1), "cid": root["cid"]}
	ben.post("b1", "an answer to what is gone", answering(root, lost))
	page := "/post/" + string(ben.name) + "/b1"
	body := w.want(200, page, "A post belongs here", "/a0", "an answer to what is gone",
		"Signed by key <code>"+ben.Public().String()+"</code>, authorised at block 17; record id <code>bafyrei")
	if strings.Count(body, `class="hole"`) != 1 {
		t.Error("not one hole")
	}
	if !strings.Contains(body, `data-root="`+root["uri"].(string)+`"`) {
		t.Error("a reply to this would not know its root")
	}
	delete(w.chain, ben.did)
	w.want(200, page, "which this server has not found on the chain")
	ben.put("app.bsky.feed.post", "b1", nil)
	w.want(404, page)
	w.want(404, "/post/"+string(ben.name)+"/never")
	w.want(404, "/post/nobody.example/b1")
	w.want(404, "/post/"+string(ben.name)+"/%20")
}

func TestLongTextIsWholeOnItsOwnPage(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	ada.post("a1", "The beginning…", map[string]any{"net.metanet.fullText": "The beginning and the end."})
	refuse(t, w.want(200, "/", "The beginning…", "Read all"), "and the end")
	refuse(t, w.want(200, "/post/"+string(ada.name)+"/a1", "The beginning and the end."), "Read all")
}

// Posts from elsewhere say so, and link only to the web.
func TestImportedPostsSaySo(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	mark := func(url string) map[string]any {
		return map[string]any{"net.metanet.imported": map[string]any{"source": "mastodon", "url": url, "inReplyTo": "https://other.example/@carol/9"}}
	}
	ada.post("a1", "From there", mark("https://social.example/@ada/1"))
	w.want(200, "/", "imported from", `href="https://social.example/@ada/1"`, "social.example</a>", `href="https://other.example/@carol/9"`)
	ada.post("a1", "From there", mark("javascript:alert(1)"))
	refuse(t, w.want(200, "/", "imported from elsewhere"), "javascript:")
}

func TestProfileShowsKeys(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada Lovelace", "Hello\nhttps://example.org/x")
	id := w.chain[ada.did]
	id.Keys = append(id.Keys, identity.KeyRecord{
		Key: identity.Key{1}, Purpose: identity.PurposeHosted, AddedAt: uint64(noon.Unix()), AddedBlock: 18,
		EndedAt: uint64(noon.Unix()) + 60, EndedBlock: 21,
	})
	w.chain[ada.did] = id
	w.want(200, "/@ada.home.example.org", "<h1><bdi>Ada Lovelace</bdi></h1>", string(ada.did), string(ada.name), "home.example.org",
		ada.Public().String(), "held by a device", "held by the home server", "ended", `href="https://example.org/x"`)
	delete(w.chain, ada.did)
	w.want(200, "/@ada.home.example.org", "The chain has not mentioned this identity.")
	silent := identity.NewDID(1337, identity.Address{9})
	w.want(404, "/profile/"+string(silent))
	w.chain[silent] = id
	w.want(200, "/profile/"+string(silent), string(silent), "held by a device")
	w.want(404, "/@nobody.example.org")
	w.want(404, "/profile/not-a-name")
}

func TestPolicyIsHeldToTheChain(t *testing.T) {
	w := newWorld(t)
	w.want(200, "/policy", "has not published a policy yet")
	w.want(404, "/policy/1")
	w.publish(policy.Default())
	two := policy.Default()
	two.Rules[0].Text = "Something new."
	w.publish(two)
	body := w.want(200, "/policy", "Version 2", "Version 1", "in force", "No harassment", "What changed since version 1",
		"<ins>Something new.</ins>", "Nothing that harms people by law")
	for _, v := range w.policy {
		if !strings.Contains(body, newPolicyVersion(v, nil, nil, nil).Digest) {
			t.Errorf("digest of version %d is missing", v.Number)
		}
	}
	w.want(200, "/policy/2", "What changed since version 1")
	refuse(t, w.want(200, "/policy/1"), "What changed")
	w.want(404, "/policy/3")
	w.want(404, "/policy/x")

	w.texts[w.policy[0].Digest] = []byte(`{"policy":1,"title":"Forged rules"}`)
	refuse(t, w.want(200, "/policy/1", "is not the one whose digest is on the chain"), "Forged rules")
	delete(w.texts, w.policy[0].Digest)
	w.want(200, "/policy/1", "no longer has the text that the chain holds it to")
}

func TestLongPolicyHistoriesArePaged(t *testing.T) {
	w := newWorld(t)
	for i := range policyPageSize + 5 {
		d := policy.Default()
		d.Title = strings.Repeat("x", i+1)
		w.publish(d)
	}
	body := w.want(200, "/policy", "Version 25", "Version 6")
	refuse(t, body, `id="v5"`)
	older := regexp.MustCompile(`href="(/policy\?before=\d+)"`).FindStringSubmatch(body)
	if older == nil {
		t.Fatal("no way to the earlier versions")
	}
	refuse(t, w.want(200, older[1], `id="v5"`, `id="v1"`), `id="v6"`)
	w.want(400, "/policy?before=x")
}

func TestFeedsArePaged(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	for i := range pageSize + 3 {
		ada.post(fmt.Sprintf("a%d", i), "a post", nil)
	}
	seen := map[string]bool{}
	for path := "/"; path != ""; {
		body := w.want(200, path)
		for _, m := range regexp.MustCompile(`data-post="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Errorf("%s twice", m[1])
			}
			seen[m[1]] = true
		}
		next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(body)
		path = ""
		if next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if len(seen) != pageSize+3 {
		t.Errorf("saw %d posts, want %d", len(seen), pageSize+3)
	}
	w.want(400, "/?cursor=nonsense")
}

func TestFollowingIsTheViewers(t *testing.T) {
	w := newWorld(t)
	w.populate()
	w.want(200, "/following", "Sign in to see")
	status, body, _ := w.get("/following", "token of ben.home.example.org")
	if status != 200 || !strings.Contains(body, "weaves algebraic patterns") || strings.Contains(body, "Four views") {
		t.Errorf("status %d, or not what Ben follows", status)
	}
	if status, _, _ := w.get("/following", "stale"); status != http.StatusUnauthorized {
		t.Errorf("a stale token: status %d", status)
	}
}

func TestViewerState(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	ben := w.author("ben.home.example.org", "Ben", "")
	p := ada.post("a1", "hello", nil)
	uri := p["uri"].(string)
	ben.put("app.bsky.feed.like", "k1", map[string]any{"subject": p})
	ben.put("app.bsky.graph.follow", "k2", map[string]any{"subject": string(ada.name)})
	path := "/viewer?" + url.Values{"post": {uri, uri + "x", "not a uri"}, "person": {string(ada.name), "nobody"}}.Encode()
	if status, _, _ := w.get(path, ""); status != http.StatusUnauthorized {
		t.Errorf("without a token: status %d", status)
	}
	status, body, _ := w.get(path, "token of ben.home.example.org")
	var got viewerState
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	if len(got.Posts) != 1 || got.Posts[uri].Like != "k1" || got.Posts[uri].Repost != "" || got.People[string(ada.name)].Follow != "k2" || len(got.People) != 1 {
		t.Errorf("got %+v", got)
	}
	ada.put("app.bsky.graph.block", "k3", map[string]any{"subject": string(ben.name)})
	ben.put("app.bsky.graph.block", "k4", map[string]any{"subject": string(ada.name)})
	must(t, w.personal.Mute(ben.did, string(ada.name)))
	must(t, w.personal.Mute(ben.did, "did:plc:gone"))
	_, body, _ = w.get("/viewer?"+url.Values{"person": {string(ada.name), "did:plc:gone"}}.Encode(), "token of ben.home.example.org")
	want := map[string]personState{string(ada.name): {"k2", "k4", true, true}, "did:plc:gone": {Muted: true}}
	got = viewerState{}
	if err := json.Unmarshal([]byte(body), &got); err != nil || !maps.Equal(got.People, want) {
		t.Errorf("got %+v, want %+v (%v)", got.People, want, err)
	}
	if status, _, _ := w.get("/viewer?"+strings.Repeat("post=x&", 101), "token of ben.home.example.org"); status != http.StatusBadRequest {
		t.Errorf("101 posts: status %d", status)
	}
}

// TestPicturesAreSmallFirst: a feed shows thumbnails and links the pictures; what
// has no thumbnail is shown itself.
func TestPicturesAreSmallFirst(t *testing.T) {
	w := newWorld(t)
	ada := w.author("ada.home.example.org", "Ada", "")
	one := pictures("a ridge")
	ada.post("p1", "one", one)
	body := w.want(200, "/", `<img src="/xrpc/net.metanet.blob.getThumbnail?`, `side=1024`, `<a href="/xrpc/com.atproto.sync.getBlob?`)
	refuse(t, body, `<img src="/xrpc/com.atproto.sync.getBlob?`)
	image := one["embed"].(map[string]any)["images"].([]any)[0].(map[string]any)["image"].(map[string]any)
	image["mimeType"] = "image/gif"
	ada.post("p2", "two", one)
	w.want(200, "/", `<img src="/xrpc/com.atproto.sync.getBlob?`)
}

func TestAssetsAreImmutable(t *testing.T) {
	w := newWorld(t)
	body := w.want(200, "/")
	found := regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(found) != 3 {
		t.Fatalf("%d assets, want script, style and icon", len(found))
	}
	for _, m := range found {
		_, _, header := w.get(m[1], "")
		if !strings.Contains(header.Get("Cache-Control"), "immutable") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", m[1], header)
		}
	}
	w.want(404, "/assets/app.js")
}

func TestOnlyReading(t *testing.T) {
	w := newWorld(t)
	rec := httptest.NewRecorder()
	w.handler().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", rec.Code)
	}
}
