package atproto

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"testing"

	"metanet/content/blob"
	"metanet/node/native/facetest"
	"metanet/node/quota"
	"metanet/node/xrpc"

	"github.com/ipfs/go-cid"
)

// photograph is a JPEG with an Exif that says where it was taken.
func photograph(t *testing.T, w, h int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewRGBA(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	segment := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00GPS: 48.8583, 2.2945"
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(segment) + 2)}, segment...)
	return append(head, out.Bytes()[2:]...)
}

func (w *world) thumbnail(p facetest.Person, cid, side string) facetest.Reply {
	q := url.Values{"did": {string(p.Account.Name)}, "cid": {cid}}
	if side != "" {
		q.Set("side", side)
	}
	return w.Get("/xrpc/net.metanet.blob.getThumbnail?"+q.Encode(), "")
}

func (w *world) show(p facetest.Person, u uploaded) {
	w.post(p, "look", m{"embed": m{"$type": "app.bsky.embed.images", "images": []m{{"alt": "", "image": u.Blob}}}})
}

func TestUploadClean(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	in := photograph(t, 60, 40)
	for query, kept := range map[string]bool{"": true, "?clean=false": true, "?clean=true": false} {
		var u uploaded
		w.Into(w.Do("POST", "/xrpc/com.atproto.repo.uploadBlob"+query, alice.Access, "image/jpeg", in), &u)
		w.show(alice, u)
		if res, got := w.getBlob(alice, u.cid(), nil); res.StatusCode != 200 || bytes.Contains(got, []byte("GPS")) != kept || u.Blob["mimeType"] != "image/jpeg" {
			t.Errorf("%q: %d %v", query, res.StatusCode, u)
		}
	}
	if r := w.Do("POST", "/xrpc/com.atproto.repo.uploadBlob?clean=true", alice.Access, "image/png", []byte("<svg/>")); r.Status != 400 || !bytes.Contains(r.Body, []byte("UnsupportedPicture")) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestThumbnails(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	u := w.upload(alice, "image/jpeg", photograph(t, 2000, 1000))
	if r := w.thumbnail(alice, u.cid(), "128"); r.Status != 400 {
		t.Errorf("of a blob that nothing refers to: %d", r.Status)
	}
	w.show(alice, u)
	for side, width := range map[string]int{"128": 128, "": 512, "1024": 1024} {
		for range 2 { // made, and kept
			r := w.thumbnail(alice, u.cid(), side)
			c, err := jpeg.DecodeConfig(bytes.NewReader(r.Body))
			if r.Status != 200 || err != nil || c.Width != width || c.Height != width/2 || r.Header.Get("Content-Type") != "image/jpeg" ||
				r.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
				t.Errorf("side %q: %d %d×%d %v %v", side, r.Status, c.Width, c.Height, r.Header, err)
			}
		}
	}
	id := cid.MustParse(u.cid())
	if _, err := w.Blobs.Derived(t.Context(), id, "thumbnail/1/512"); err != nil {
		t.Error("not kept:", err)
	}
	page := w.upload(alice, "image/png", append([]byte("\x89PNG\r\n\x1a\n"), "<script>alert(1)</script>"...))
	w.show(alice, page)
	for what, r := range map[string]facetest.Reply{
		"another size": w.thumbnail(alice, u.cid(), "129"), "somebody else's": w.thumbnail(bob, u.cid(), ""), "no picture": w.thumbnail(alice, page.cid(), ""),
	} {
		if r.Status != 400 {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
}

// TestQuotaErrors: what the blob store refuses has a code of its own.
func TestQuotaErrors(t *testing.T) {
	for err, status := range map[error]int{fmt.Errorf("%w: %w", blob.ErrQuota, &quota.Exceeded{Kind: quota.BlobBytes}): http.StatusInsufficientStorage, blob.ErrFull: http.StatusInsufficientStorage} {
		var got *xrpc.Error
		if !errors.As(public(fmt.Errorf("wrapped: %w", err)), &got) || got.Status != status {
			t.Errorf("%v: %v", err, got)
		}
	}
}
