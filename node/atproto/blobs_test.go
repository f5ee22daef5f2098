package atproto

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"metanet/content/record"
	"metanet/node/native/facetest"
)

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
