package atproto

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/view"
	"metanet/content/view/list"
	"metanet/content/view/notice"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/inbox"
	"metanet/node/ingest"
	"metanet/node/native/facetest"
	"metanet/node/personal"
)

type world struct {
	*facetest.World
	*outputs
	t     *testing.T
	views []*view.Follower
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := facetest.New(t)
	views := []*view.Follower{view.Follow(w.DB, notice.View()), view.Follow(w.DB, search.View()), view.Follow(w.DB, list.View())}
	private := personal.New(w.DB.Space("personal"), time.Now)
	New(Config{
		Inbox: &inbox.Inbox{Index: w.Index, Notices: notice.New(w.DB), Personal: private}, Search: search.New(w.DB), Personal: private, Lists: list.New(w.DB),
		Sessions: w.Sessions, Hosted: w.Hosted, Door: w.Door, Index: w.Index, Blobs: w.Blobs, Schemas: w.Schemas,
		Clock: w.Clock, Network: w.Network, Origin: facetest.Origin, MaxBlob: 4 << 20,
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}).Register(w.XRPC)
	return &world{w, newOutputs(t), t, views}
}

// settle lets the views come to the end of the feed.
func (w *world) settle() {
	w.t.Helper()
	for _, f := range w.views {
		for more := true; more; {
			var err error
			if more, err = f.Step(context.Background()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

type m = map[string]any

// call is a query whose answer is held to its lexicon.
func (w *world) call(nsid string, params url.Values, token string, into any) {
	w.t.Helper()
	r := w.Get("/xrpc/"+nsid+"?"+params.Encode(), token)
	w.Into(r, into)
	if !strings.HasPrefix(nsid, "net.metanet.") {
		w.check(nsid, r.Body)
	}
}

type written struct{ URI, CID, ValidationStatus string }

func (w *world) create(p facetest.Person, collection string, value m) written {
	w.t.Helper()
	in := m{"repo": string(p.Account.Name), "collection": collection, "record": value}
	if collection == "app.bsky.actor.profile" {
		in["rkey"] = "self"
	}
	r := w.Post("com.atproto.repo.createRecord", p.Access, in)
	var out written
	w.Into(r, &out)
	w.check("com.atproto.repo.createRecord", r.Body)
	return out
}

func (w *world) post(p facetest.Person, text string, more m) written {
	w.t.Helper()
	value := m{"$type": "app.bsky.feed.post", "text": text, "createdAt": time.Now().UTC().Format(syntax.AtprotoDatetimeLayout)}
	for k, v := range more {
		value[k] = v
	}
	return w.create(p, "app.bsky.feed.post", value)
}

func now() string { return time.Now().UTC().Format(syntax.AtprotoDatetimeLayout) }

func ref(x written) m { return m{"uri": x.URI, "cid": x.CID} }

func TestWriteAndRead(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	out := w.post(alice, "Hello, world", nil)
	if out.ValidationStatus != "valid" || !strings.HasPrefix(out.URI, "at://"+string(alice.Account.Name)+"/app.bsky.feed.post/") {
		t.Errorf("%+v", out)
	}
	_, rkey, _ := strings.Cut(strings.TrimPrefix(out.URI, "at://"), "post/")

	// The binding went first, so that the AT name in the URI means somebody.
	a, err := w.Index.Actor(context.Background(), string(alice.Account.Name))
	if err != nil || a.DID != alice.DID {
		t.Fatalf("the AT name is unknown: %v", err)
	}
	feed, err := w.DB.Feed(0, 10)
	if err != nil || len(feed) != 2 || feed[0].Bundle.Path != bindingPath || feed[0].Bundle.Key != alice.Hosted {
		t.Errorf("feed %+v %v", feed, err)
	}

	var got struct {
		URI, CID string
		Value    m
	}
	for _, repo := range []string{string(alice.Account.Name), "alice.example.org", string(alice.DID)} {
		w.call("com.atproto.repo.getRecord", url.Values{"repo": {repo}, "collection": {"app.bsky.feed.post"}, "rkey": {rkey}, "cid": {out.CID}}, "", &got)
		if got.URI != out.URI || got.CID != out.CID || got.Value["text"] != "Hello, world" {
			t.Errorf("by %s: %+v", repo, got)
		}
	}
	salt := got.Value[record.FieldSalt].(m)["$bytes"].(string)
	if len(salt) != 22 {
		t.Errorf("salt %q", salt)
	}
	if again := w.post(alice, "Hello, world", nil); again.CID == out.CID {
		t.Error("one text has one CID: it can be guessed")
	}
	r := w.Get("/xrpc/com.atproto.repo.getRecord?repo=alice.example.org&collection=app.bsky.feed.post&rkey="+rkey+"&cid=bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae", "")
	if r.Code() != "RecordNotFound" {
		t.Errorf("another version: %d %s", r.Status, r.Body)
	}
}

func TestPutSwapDelete(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	put := func(text string, more m) facetest.Reply {
		in := m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{"displayName": text}}
		for k, v := range more {
			in[k] = v
		}
		return w.Post("com.atproto.repo.putRecord", alice.Access, in)
	}
	var first written
	r := put("Alice", m{"swapRecord": nil})
	w.Into(r, &first)
	w.check("com.atproto.repo.putRecord", r.Body)
	if r := put("Alice 2", m{"swapRecord": nil}); r.Code() != "InvalidSwap" {
		t.Errorf("nothing was expected there: %d %s", r.Status, r.Body)
	}
	var second written
	w.Into(put("Alice 2", m{"swapRecord": first.CID}), &second)
	if r := put("Alice 3", m{"swapRecord": first.CID}); r.Code() != "InvalidSwap" {
		t.Errorf("an old version was expected: %d %s", r.Status, r.Body)
	}
	if r := put("Alice 3", m{"swapCommit": first.CID}); r.Code() != "InvalidSwap" {
		t.Errorf("there are no commits: %d %s", r.Status, r.Body)
	}
	if r := w.Post("com.atproto.repo.createRecord", alice.Access, m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{}}); r.Code() != "RecordAlreadyExists" {
		t.Errorf("create over it: %d %s", r.Status, r.Body)
	}
	del := m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self"}
	for range 2 { // the second finds nothing and is content
		r := w.Post("com.atproto.repo.deleteRecord", alice.Access, del)
		if r.Status != 200 {
			t.Fatalf("delete: %d %s", r.Status, r.Body)
		}
		w.check("com.atproto.repo.deleteRecord", r.Body)
	}
	if r := w.Get("/xrpc/com.atproto.repo.getRecord?repo=alice.example.org&collection=app.bsky.actor.profile&rkey=self", ""); r.Status != 400 || r.Code() != "RecordNotFound" {
		t.Errorf("deleted: %d %s", r.Status, r.Body)
	}
	w.Into(put("Alice is back", nil), &first)
	if r := w.Post("com.atproto.repo.deleteRecord", alice.Access, m{"repo": "alice.example.org", "collection": "net.metanet.identity.at", "rkey": "self"}); r.Status != 400 {
		t.Errorf("the binding was deleted: %d %s", r.Status, r.Body)
	}
}

func TestRefusedWrites(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	noKey := facetest.Person{Wallet: w.NewWallet()}
	noKey.Grant = w.SignIn(noKey.Wallet, "nokey")
	w.post(bob, "x", nil) // so that bob's AT name is known
	good := m{"$type": "app.bsky.feed.post", "text": "x", "createdAt": now()}
	with := func(more m) m {
		v := m{}
		for k, x := range good {
			v[k] = x
		}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	in := func(more m) m {
		v := m{"repo": string(alice.DID), "collection": "app.bsky.feed.post", "record": good}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	tests := []struct {
		name   string
		token  string
		in     m
		status int
		code   string
	}{
		{"nobody", "", in(nil), 401, "AuthRequired"},
		{"refresh token", alice.Refresh, in(nil), 401, "InvalidToken"},
		{"somebody else's repo", alice.Access, in(m{"repo": string(bob.Account.Name)}), 403, "Forbidden"},
		{"somebody else's handle", alice.Access, in(m{"repo": "bob.example.org"}), 403, "Forbidden"},
		{"nobody's repo", alice.Access, in(m{"repo": "nobody.example.org"}), 403, "Forbidden"},
		{"no repo", alice.Access, in(m{"repo": ""}), 403, "Forbidden"},
		{"key not authorised", noKey.Access, in(m{"repo": string(noKey.DID)}), 403, "HostedKeyNotAuthorised"},
		{"collection is no NSID", alice.Access, in(m{"collection": "posts"}), 400, "InvalidRequest"},
		{"rkey is none", alice.Access, in(m{"rkey": "a/b"}), 400, "InvalidRequest"},
		{"rkey against the schema", alice.Access, in(m{"rkey": "notatid"}), 400, "InvalidRecord"},
		{"no record", alice.Access, in(m{"record": nil}), 400, "InvalidRecord"},
		{"record of another type", alice.Access, in(m{"record": with(m{"$type": "app.bsky.feed.like"})}), 400, "InvalidRecord"},
		{"$type of another type", alice.Access, in(m{"record": with(m{"$type": 1})}), 400, "InvalidRecord"},
		{"against the schema", alice.Access, in(m{"record": with(m{"createdAt": "yesterday"})}), 400, "InvalidRecord"},
		{"against the schema, unvalidated", alice.Access, in(m{"validate": false, "record": with(m{"createdAt": "yesterday"})}), 400, "InvalidRecord"},
		{"a float", alice.Access, in(m{"record": with(m{"x": 1.5})}), 400, "InvalidRecord"},
		{"unknown type, to be validated", alice.Access, in(m{"validate": true, "collection": "com.example.thing", "record": m{}}), 400, "InvalidRecord"},
		{"oversize", alice.Access, in(m{"collection": "com.example.thing", "record": m{"x": strings.Repeat("x", 65<<10)}}), 413, "RecordTooLarge"},
		{"blob that isn't here", alice.Access, in(m{"record": with(m{"embed": m{"$type": "app.bsky.embed.images", "images": []m{{"alt": "", "image": m{
			"$type": "blob", "ref": m{"$link": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}, "mimeType": "image/png", "size": 1}}}}})}), 400, "BlobNotFound"},
		{"forged binding", alice.Access, in(m{"collection": "net.metanet.identity.at", "rkey": "self", "record": m{"operation": m{}, "createdAt": now()}}), 400, ""},
	}
	before := w.DB.LastSeq()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := w.Post("com.atproto.repo.createRecord", tt.token, tt.in)
			if r.Status != tt.status || (tt.code != "" && r.Code() != tt.code) {
				t.Errorf("got %d %s, want %d %s", r.Status, r.Body, tt.status, tt.code)
			}
		})
	}
	if after := w.DB.LastSeq(); after != before {
		t.Errorf("something was written: %d, before %d", after, before)
	}
	if r := w.Post("com.atproto.repo.createRecord", noKey.Access, in(m{"repo": string(noKey.DID)})); !strings.Contains(string(r.Body), "net.metanet.identity.prepare") {
		t.Errorf("the error doesn't say what to do: %s", r.Body)
	}
	w.Chain.End(alice.DID, alice.Hosted)
	if r := w.Post("com.atproto.repo.createRecord", alice.Access, in(nil)); r.Code() != "HostedKeyNotAuthorised" {
		t.Errorf("after its end: %d %s", r.Status, r.Body)
	}
}

func TestUnknownTypesAreKept(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	out := w.create(alice, "com.example.thing", m{"x": 1})
	if out.ValidationStatus != "unknown" {
		t.Errorf("%+v", out)
	}
}

func TestLongText(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	whole := strings.TrimSpace(strings.Repeat("many words ", 100))
	w.post(alice, whole, nil)
	var out struct{ Records []struct{ Value m } }
	w.call("com.atproto.repo.listRecords", url.Values{"repo": {"alice.example.org"}, "collection": {"app.bsky.feed.post"}}, "", &out)
	v := out.Records[0].Value
	if v[record.FieldFullText] != whole || len(v["text"].(string)) > 310 {
		t.Errorf("%+v", v)
	}
}

// A device whose clock is ahead wrote the record that is now replaced.
func TestReplacesWhatADeviceSigned(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	signer, err := w.Hosted.Signer(context.Background(), alice.DID)
	if err != nil {
		t.Fatal(err)
	}
	path := record.Path{Collection: "app.bsky.actor.profile", Key: "self"}
	value, err := record.EncodeValue(map[string]any{"$type": "app.bsky.actor.profile", "displayName": "from the device"})
	if err != nil {
		t.Fatal(err)
	}
	ahead := syntax.NewTIDFromTime(time.Now().Add(8*time.Minute), 5)
	b, err := record.Sign(w.Network, alice.DID, path, ahead, value, signer)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := w.Door.Submit(context.Background(), []ingest.Candidate{{Origin: ingest.Local, Bundle: b}}); err != nil || res[0].Status != ingest.Admitted {
		t.Fatal(res, err)
	}
	var out written
	w.Into(w.Post("com.atproto.repo.putRecord", alice.Access, m{"repo": "alice.example.org", "collection": path.Collection, "rkey": "self", "record": m{"displayName": "from here"}}), &out)
	s, err := w.Index.Record(context.Background(), alice.DID, path)
	if err != nil || s.Bundle.CID.String() != out.CID {
		t.Errorf("the write that was acknowledged isn't what people see: %v", err)
	}
}

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

func drawn(t *testing.T, size int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, size, size))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

type uploaded struct {
	Blob m `json:"blob"`
}

func (u uploaded) cid() string { return u.Blob["ref"].(m)["$link"].(string) }

func (w *world) upload(p facetest.Person, contentType string, b []byte) uploaded {
	w.t.Helper()
	r := w.Do("POST", "/xrpc/com.atproto.repo.uploadBlob", p.Access, contentType, b)
	var u uploaded
	w.Into(r, &u)
	w.check("com.atproto.repo.uploadBlob", r.Body)
	return u
}

func (w *world) getBlob(p facetest.Person, cid string, header http.Header) (*http.Response, []byte) {
	w.t.Helper()
	req, err := http.NewRequest("GET", w.HTTP.URL+"/xrpc/com.atproto.sync.getBlob?"+url.Values{"did": {string(p.Account.Name)}, "cid": {cid}}.Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, b
}

func TestPicture(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	w.post(bob, "hello", nil)
	b := drawn(t, 20)
	u := w.upload(alice, "image/jpeg", b) // the bytes know better
	if u.Blob["mimeType"] != "image/png" || u.Blob["size"] != float64(len(b)) {
		t.Errorf("%v", u)
	}
	if res, _ := w.getBlob(alice, u.cid(), nil); res.StatusCode != 400 {
		t.Errorf("a blob that nothing refers to: %d", res.StatusCode)
	}
	w.post(alice, "look", m{"embed": m{"$type": "app.bsky.embed.images", "images": []m{{"alt": "grey", "image": u.Blob, "aspectRatio": m{"width": 1, "height": 1}}}}})
	res, got := w.getBlob(alice, u.cid(), nil)
	if res.StatusCode != 200 || !bytes.Equal(got, b) || res.Header.Get("Content-Type") != "image/png" || res.Header.Get("Content-Disposition") != "inline" ||
		!strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if res, got := w.getBlob(alice, u.cid(), http.Header{"Range": {"bytes=1-3"}}); res.StatusCode != 206 || string(got) != "PNG" {
		t.Errorf("range: %d %q", res.StatusCode, got)
	}
	if res, _ := w.getBlob(alice, u.cid(), http.Header{"If-None-Match": {res.Header.Get("ETag")}}); res.StatusCode != 304 {
		t.Errorf("cached: %d", res.StatusCode)
	}
	if res, _ := w.getBlob(bob, u.cid(), nil); res.StatusCode != 400 {
		t.Errorf("somebody else's blob: %d", res.StatusCode)
	}
	var feed struct {
		Feed []struct {
			Post struct {
				Embed struct {
					Type   string `json:"$type"`
					Images []struct{ Thumb, Fullsize, Alt string }
				}
			}
		}
	}
	w.settle()
	w.call("app.bsky.feed.getAuthorFeed", url.Values{"actor": {"alice.example.org"}, "filter": {"posts_with_media"}}, "", &feed)
	if len(feed.Feed) != 1 || len(feed.Feed[0].Post.Embed.Images) != 1 {
		t.Fatalf("%+v", feed)
	}
	img := feed.Feed[0].Post.Embed.Images[0]
	if want := facetest.Origin + "/xrpc/com.atproto.sync.getBlob?"; !strings.HasPrefix(img.Fullsize, want) || img.Alt != "grey" || feed.Feed[0].Post.Embed.Type != "app.bsky.embed.images#view" {
		t.Errorf("%+v", img)
	}
	r := w.Get(strings.TrimPrefix(img.Fullsize, facetest.Origin), "")
	if r.Status != 200 || !bytes.Equal(r.Body, b) {
		t.Errorf("the view's URL leads nowhere: %d", r.Status)
	}
}

// What a browser would run is never served as such, whatever a record claims.
func TestBlobsAreNeverActive(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	for name, body := range map[string]string{
		"html":                     "<!DOCTYPE html><html><script>alert(1)</script></html>",
		"svg":                      `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"xml":                      `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`,
		"pdf":                      "%PDF-1.7\n",
		"javascript":               "alert(1)",
		"png with a script behind": string(drawn(t, 2)) + "<script>alert(1)</script>",
		"script, then a comment that looks like a gif": "GIF89a=1;alert(1)",
	} {
		u := w.upload(alice, "text/html; charset=utf-8", []byte(body))
		w.create(alice, "com.example.thing", m{"file": m{"$type": "blob", "ref": u.Blob["ref"], "mimeType": "text/html", "size": len(body)}})
		res, got := w.getBlob(alice, u.cid(), nil)
		h := res.Header
		if res.StatusCode != 200 || string(got) != body {
			t.Fatalf("%s: %d", name, res.StatusCode)
		}
		media := h.Get("Content-Type")
		if media != "application/octet-stream" && !strings.HasPrefix(media, "image/") {
			t.Errorf("%s: served as %s", name, media)
		}
		if media == "application/octet-stream" && !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: shown in place", name)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: %v", name, h)
		}
	}
}

func TestLargeBlob(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	b := bytes.Repeat([]byte("metanet "), 300_000) // 2.4 MB: three leaves
	u := w.upload(alice, "application/octet-stream", b)
	w.create(alice, "com.example.thing", m{"file": u.Blob, record.FieldDAG: m{u.cid(): m{"$link": u.cid()}}})
	var out struct{ Records []struct{ Value m } }
	w.call("com.atproto.repo.listRecords", url.Values{"repo": {"alice.example.org"}, "collection": {"com.example.thing"}}, "", &out)
	dag, _ := out.Records[0].Value[record.FieldDAG].(m)
	root, _ := dag[u.cid()].(m)
	if link, _ := root["$link"].(string); !strings.HasPrefix(link, "bafybei") {
		t.Errorf("no UnixFS root of ours beside the blob: %v", dag)
	}
	if _, got := w.getBlob(alice, u.cid(), nil); !bytes.Equal(got, b) {
		t.Error("other bytes come back")
	}
	if r := w.Do("POST", "/xrpc/com.atproto.repo.uploadBlob", alice.Access, "application/octet-stream", make([]byte, 4<<20+1)); r.Status != 413 || r.Code() != "BlobTooLarge" {
		t.Errorf("too large: %d %s", r.Status, r.Body)
	}
	req, _ := http.NewRequest("POST", w.HTTP.URL+"/xrpc/com.atproto.repo.uploadBlob", io.MultiReader(bytes.NewReader(make([]byte, 5<<20)))) // chunked: no length
	req.Header.Set("Authorization", "Bearer "+alice.Access)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 413 {
		t.Errorf("too large, of unsaid length: %v %v", res, err)
	}
	if r := w.Do("POST", "/xrpc/com.atproto.repo.uploadBlob", "", "image/png", drawn(t, 1)); r.Status != 401 {
		t.Errorf("nobody uploads: %d", r.Status)
	}
	wrong := m{"$type": "blob", "ref": u.Blob["ref"], "mimeType": "x/y", "size": 5}
	if r := w.Post("com.atproto.repo.createRecord", alice.Access, m{"repo": string(alice.DID), "collection": "com.example.thing", "record": m{"file": wrong}}); r.Code() != "InvalidRecord" {
		t.Errorf("a size that isn't so: %d %s", r.Status, r.Body)
	}
}

type feedAnswer struct {
	Feed []struct {
		Post struct {
			URI    string
			Author struct {
				DID, Handle, DisplayName string
				Viewer                   *struct{ Following, FollowedBy string }
			}
			Record                                         m
			LikeCount, ReplyCount, RepostCount, QuoteCount int
			Viewer                                         *struct{ Like, Repost string }
			Embed                                          m
		}
		Reason *struct {
			Type string `json:"$type"`
			By   struct{ Handle string }
		}
		Reply *struct{ Root, Parent m }
	}
	Cursor string
}

func (f feedAnswer) uris() (uris []string) {
	for _, p := range f.Feed {
		uris = append(uris, p.Post.URI)
	}
	return uris
}

func (w *world) feed(nsid, token string, params url.Values) feedAnswer {
	w.t.Helper()
	var f feedAnswer
	w.call(nsid, params, token, &f)
	return f
}

func TestFeeds(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.NewPerson("alice"), w.NewPerson("bob"), w.NewPerson("carol")
	w.create(alice, "app.bsky.actor.profile", m{"displayName": "Alice A.", "description": "me"})
	first := w.post(alice, "first", nil)
	answer := w.post(bob, "answer", m{"reply": m{"root": ref(first), "parent": ref(first)}})
	orphan := w.post(bob, "orphan", m{"reply": m{"root": ref(first), "parent": m{"uri": "at://" + string(alice.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a", "cid": first.CID}}})
	w.create(carol, "app.bsky.graph.follow", m{"subject": string(bob.Account.Name), "createdAt": now()})
	w.create(carol, "app.bsky.feed.like", m{"subject": ref(first), "createdAt": now()})
	w.create(bob, "app.bsky.feed.repost", m{"subject": ref(first), "createdAt": now()})
	quote := w.post(carol, "quote", m{"embed": m{"$type": "app.bsky.embed.record", "record": ref(answer)}})
	lost := w.post(carol, "lost quote", m{"embed": m{"$type": "app.bsky.embed.record", "record": m{"uri": "at://" + string(bob.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a", "cid": first.CID}}})
	w.post(carol, "link", m{"embed": m{"$type": "app.bsky.embed.external", "external": m{"uri": "javascript:alert(1)", "title": "x", "description": "y"}}})
	w.post(carol, "good link", m{"embed": m{"$type": "app.bsky.embed.external", "external": m{"uri": "https://example.com/a", "title": "x", "description": "y"}}})

	home := w.feed("app.bsky.feed.getTimeline", carol.Access, url.Values{"limit": {"100"}})
	if len(home.Feed) != 7 { // four of carol's, bob's two and his repost
		t.Errorf("home: %v", home.uris())
	}
	var sawRepost, sawHole bool
	for _, p := range home.Feed {
		switch {
		case p.Reason != nil:
			sawRepost = p.Post.URI == first.URI && p.Reason.By.Handle == "bob.example.org" && p.Post.Viewer.Like != "" &&
				p.Post.LikeCount == 1 && p.Post.RepostCount == 1 && p.Post.ReplyCount >= 1 && p.Post.Author.DisplayName == "Alice A."
		case p.Post.URI == orphan.URI:
			sawHole = p.Reply != nil && p.Reply.Parent["$type"] == "app.bsky.feed.defs#notFoundPost" && p.Reply.Root["$type"] == "app.bsky.feed.defs#postView"
		case p.Post.URI == quote.URI:
			rec, _ := p.Post.Embed["record"].(m)
			if rec["$type"] != "app.bsky.embed.record#viewRecord" || rec["uri"] != answer.URI {
				t.Errorf("quote: %v", p.Post.Embed)
			}
		case p.Post.URI == lost.URI:
			if rec, _ := p.Post.Embed["record"].(m); rec["$type"] != "app.bsky.embed.record#viewNotFound" {
				t.Errorf("lost quote: %v", p.Post.Embed)
			}
		case p.Post.Record["text"] == "link" && p.Post.Embed != nil:
			t.Errorf("a script became a link: %v", p.Post.Embed)
		case p.Post.Record["text"] == "good link" && p.Post.Embed == nil:
			t.Error("a link was lost")
		}
		if p.Post.Author.Handle == "bob.example.org" && (p.Post.Author.Viewer == nil || p.Post.Author.Viewer.Following == "") {
			t.Error("carol follows bob and isn't told")
		}
	}
	if !sawRepost || !sawHole {
		t.Errorf("repost %v, hole %v", sawRepost, sawHole)
	}
	public := w.feed("net.metanet.feed.getPublic", "", nil)
	if len(public.Feed) != 5 || public.Feed[0].Post.Viewer != nil {
		t.Errorf("public: %v", public.uris())
	}
	w.check("app.bsky.feed.getTimeline", w.Get("/xrpc/net.metanet.feed.getPublic", "").Body)

	var paged []string
	for cursor := ""; ; {
		f := w.feed("app.bsky.feed.getTimeline", carol.Access, url.Values{"limit": {"2"}, "cursor": {cursor}})
		paged = append(paged, f.uris()...)
		if cursor = f.Cursor; cursor == "" {
			break
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(home.uris()) {
		t.Errorf("in pages: %v, at once: %v", paged, home.uris())
	}
	for filter, want := range map[string]int{"": 3, "posts_with_replies": 3, "posts_no_replies": 1, "posts_and_author_threads": 1, "posts_with_media": 0, "posts_with_video": 0, "posts_of_tomorrow": 3} {
		if f := w.feed("app.bsky.feed.getAuthorFeed", "", url.Values{"actor": {"bob.example.org"}, "filter": {filter}}); len(f.Feed) != want {
			t.Errorf("filter %q: %v, want %d", filter, f.uris(), want)
		}
	}
	for path, code := range map[string]string{
		"app.bsky.feed.getTimeline":                                                   "AuthRequired",
		"app.bsky.feed.getAuthorFeed?actor=bob.example.org&cursor=zzz":                "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=nobody.example.org":                        "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=%3Cscript%3E":                              "InvalidRequest",
		"app.bsky.feed.getAuthorFeed?actor=bob.example.org&limit=101":                 "InvalidRequest",
		"net.metanet.feed.getPublic?cursor=" + url.QueryEscape(home.Feed[0].Post.URI): "InvalidRequest",
	} {
		if r := w.Get("/xrpc/"+path, ""); r.Status >= 500 || r.Code() != code {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
}

type threadAnswer struct {
	Thread node
}

type node struct {
	Type    string `json:"$type"`
	URI     string
	Post    struct{ URI string }
	Parent  *node
	Replies []node
}

func TestThread(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	root := w.post(alice, "root", nil)
	missing := "at://" + string(alice.Account.Name) + "/app.bsky.feed.post/3jzfcijpj2z2a"
	middle := w.post(bob, "middle", m{"reply": m{"root": ref(root), "parent": ref(root)}})
	leaf := w.post(alice, "leaf", m{"reply": m{"root": ref(root), "parent": ref(middle)}})
	lost := w.post(bob, "lost", m{"reply": m{"root": ref(root), "parent": m{"uri": missing, "cid": root.CID}}})
	thread := func(uri, token string, more url.Values) node {
		params := url.Values{"uri": {uri}}
		for k, v := range more {
			params[k] = v
		}
		var a threadAnswer
		w.call("app.bsky.feed.getPostThread", params, token, &a)
		return a.Thread
	}
	n := thread(middle.URI, "", nil)
	if n.Type != "app.bsky.feed.defs#threadViewPost" || n.Post.URI != middle.URI || n.Parent == nil || n.Parent.Post.URI != root.URI || len(n.Replies) != 1 || n.Replies[0].Post.URI != leaf.URI {
		t.Errorf("%+v", n)
	}
	if n := thread(lost.URI, "", nil); n.Parent == nil || n.Parent.Type != "app.bsky.feed.defs#notFoundPost" || n.Parent.URI != missing {
		t.Errorf("a hole should be shown as a hole: %+v", n)
	}
	if n := thread(root.URI, "", url.Values{"depth": {"0"}}); len(n.Replies) != 0 {
		t.Errorf("depth 0: %+v", n)
	}
	if n := thread(leaf.URI, "", url.Values{"parentHeight": {"0"}}); n.Parent != nil {
		t.Errorf("parentHeight 0: %+v", n)
	}
	if n := thread("at://alice.example.org/"+strings.SplitN(root.URI, "/", 4)[3], "", nil); n.Post.URI != root.URI {
		t.Errorf("by handle: %+v", n)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getPostThread?uri="+url.QueryEscape(missing), ""); r.Status != 400 || r.Code() != "NotFound" {
		t.Errorf("missing: %d %s", r.Status, r.Body)
	}
	w.create(bob, "app.bsky.graph.block", m{"subject": string(alice.Account.Name), "createdAt": now()})
	if n := thread(middle.URI, alice.Access, nil); n.Type != "app.bsky.feed.defs#blockedPost" {
		t.Errorf("blocked: %+v", n)
	}
	if n := thread(root.URI, alice.Access, nil); len(n.Replies) == 0 || n.Replies[0].Type != "app.bsky.feed.defs#blockedPost" {
		t.Errorf("blocked reply: %+v", n)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getAuthorFeed?actor=bob.example.org", alice.Access); r.Code() != "BlockedByActor" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Get("/xrpc/app.bsky.feed.getAuthorFeed?actor=alice.example.org", bob.Access); r.Code() != "BlockedActor" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestPeople(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	u := w.upload(alice, "image/png", drawn(t, 4))
	w.create(alice, "app.bsky.actor.profile", m{"displayName": "Alice", "description": "about me", "avatar": u.Blob, "banner": u.Blob, "website": "https://alice.example", "createdAt": now()})
	pinned := w.post(alice, "hello", nil)
	w.post(bob, "hello", nil)
	follow := w.create(bob, "app.bsky.graph.follow", m{"subject": string(alice.Account.Name), "createdAt": now()})
	w.create(bob, "app.bsky.graph.follow", m{"subject": "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "createdAt": now()}) // nobody here knows them
	var put written
	w.Into(w.Post("com.atproto.repo.putRecord", alice.Access, m{"repo": string(alice.DID), "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{
		"displayName": "Alice", "description": "about me", "avatar": u.Blob, "banner": u.Blob, "website": "https://alice.example", "createdAt": now(), "pinnedPost": ref(pinned)}}), &put)

	var p struct {
		DID, Handle, DisplayName, Description, Avatar, Banner, Website string
		FollowersCount, FollowsCount, PostsCount                       int
		Viewer                                                         *struct{ Following string }
		PinnedPost                                                     *struct{ URI string }
	}
	w.call("app.bsky.actor.getProfile", url.Values{"actor": {"alice.example.org"}}, bob.Access, &p)
	if p.DID != string(alice.Account.Name) || p.Handle != "alice.example.org" || p.DisplayName != "Alice" || p.Description != "about me" || p.FollowersCount != 1 || p.PostsCount != 1 ||
		p.Viewer == nil || p.Viewer.Following != follow.URI || p.PinnedPost == nil || p.PinnedPost.URI != pinned.URI || p.Website != "https://alice.example" {
		t.Errorf("%+v", p)
	}
	if r := w.Get(strings.TrimPrefix(p.Avatar, facetest.Origin), ""); r.Status != 200 {
		t.Errorf("avatar: %d %s", r.Status, p.Avatar)
	}
	var follows struct {
		Subject struct{ DID string }
		Follows []struct{ DID, Handle string }
	}
	w.call("app.bsky.graph.getFollows", url.Values{"actor": {string(bob.Account.Name)}}, "", &follows)
	handles := map[string]string{}
	for _, f := range follows.Follows {
		handles[f.DID] = f.Handle
	}
	if len(handles) != 2 || handles[string(alice.Account.Name)] != "alice.example.org" || handles["did:plc:ewvi7nxzyoun6zhxrhs64oiz"] != "handle.invalid" || follows.Subject.DID != string(bob.Account.Name) {
		t.Errorf("%+v", follows)
	}
	var followers struct{ Followers []struct{ Handle string } }
	w.call("app.bsky.graph.getFollowers", url.Values{"actor": {string(alice.DID)}}, "", &followers)
	if len(followers.Followers) != 1 || followers.Followers[0].Handle != "bob.example.org" {
		t.Errorf("%+v", followers)
	}
	if err := w.Index.SetHandle(context.Background(), alice.DID, "alice.example.org", index.HandleUnproven); err != nil {
		t.Fatal(err)
	}
	w.call("app.bsky.actor.getProfile", url.Values{"actor": {string(alice.Account.Name)}}, "", &p)
	if p.Handle != "handle.invalid" {
		t.Errorf("a handle that isn't proved is shown: %s", p.Handle)
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	var out struct{ DID string }
	w.call("com.atproto.identity.resolveHandle", url.Values{"handle": {"Alice.Example.org"}}, "", &out)
	if out.DID != string(alice.Account.Name) { // before she has written anything
		t.Errorf("%+v", out)
	}
	if r := w.Get("/xrpc/com.atproto.identity.resolveHandle?handle=nobody.example.org", ""); r.Status != 400 || r.Code() != "HandleNotFound" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	wellKnown := func(host string) (int, string) {
		req, _ := http.NewRequest("GET", w.HTTP.URL+"/.well-known/atproto-did", nil)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b)
	}
	for _, host := range []string{"alice.example.org", "ALICE.example.org:8080"} {
		if status, body := wellKnown(host); status != 200 || body != string(alice.Account.Name) {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	for _, host := range []string{"bob.example.org", "example.org", "127.0.0.1"} {
		if status, _ := wellKnown(host); status != 404 {
			t.Errorf("%s: %d", host, status)
		}
	}
	w.post(alice, "x", nil)
	var desc struct {
		Handle, DID     string
		Collections     []string
		HandleIsCorrect bool
		DIDDoc          struct {
			ID                 string
			AlsoKnownAs        []string
			VerificationMethod []struct{ ID, PublicKeyMultibase string }
			Service            []struct{ ServiceEndpoint string }
		}
	}
	w.call("com.atproto.repo.describeRepo", url.Values{"repo": {"alice.example.org"}}, "", &desc)
	if desc.Handle != "alice.example.org" || !desc.HandleIsCorrect || len(desc.Collections) != 2 || desc.DIDDoc.ID != string(alice.Account.Name) ||
		len(desc.DIDDoc.VerificationMethod) != 1 || len(desc.DIDDoc.Service) != 1 || desc.DIDDoc.Service[0].ServiceEndpoint != facetest.Origin {
		t.Errorf("%+v", desc)
	}
}

// Many writers of one account see each other's records: exactly one create wins.
func TestConcurrentCreates(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	var wg sync.WaitGroup
	status := make([]int, 12)
	for i := range status {
		wg.Go(func() {
			status[i] = w.Post("com.atproto.repo.createRecord", alice.Access, m{"repo": string(alice.DID), "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{"displayName": fmt.Sprint(i)}}).Status
		})
	}
	wg.Wait()
	won := 0
	for _, s := range status {
		switch s {
		case 200:
			won++
		case 409:
		default:
			t.Errorf("status %d", s)
		}
	}
	if won != 1 {
		t.Errorf("%d creates won", won)
	}
}

func TestKeyedMutexForgets(t *testing.T) {
	var k keyedMutex
	unlock := k.lock(identity.DID("a"))
	unlock()
	if len(k.held) != 0 {
		t.Error("a lock is kept for everybody who ever wrote")
	}
}

func FuzzWriteInput(f *testing.F) {
	for _, s := range []string{`{"repo":"a","collection":"app.bsky.feed.post","rkey":"self","record":{},"swapRecord":null}`, `{"swapRecord":"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}`, `{"swapRecord":1}`, `{"collection":"x"}`, `[]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var in putInput
		if json.Unmarshal([]byte(s), &in) != nil {
			return
		}
		if in.SwapRecord.check(nil) == nil && in.SwapRecord.cid.Defined() {
			t.Fatalf("%q: a record that isn't there is the one expected", s)
		}
	})
}
