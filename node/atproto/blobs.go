package atproto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/node/xrpc"
)

func (f *Face) registerBlobs(s *xrpc.Server) {
	xrpc.Raw(s, http.MethodPost, xrpc.Route{
		NSID: "com.atproto.repo.uploadBlob", Access: xrpc.Required, Budget: f.cfg.Budgets.Upload, MaxBody: f.cfg.MaxBlob,
	}, f.uploadBlob)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{NSID: "com.atproto.sync.getBlob"}, f.getBlob)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{NSID: "net.metanet.blob.getThumbnail", Budget: f.cfg.Budgets.Picture}, f.getThumbnail)
}

type uploadOutput struct {
	Blob blobOutput `json:"blob"`
}

type blobOutput struct {
	Type     string `json:"$type"`
	Ref      link   `json:"ref"`
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
}

type link struct {
	CID string `json:"$link"`
}

// uploadParams are ours: AT's uploadBlob has none.
type uploadParams struct {
	Clean bool `param:"clean"` // a picture to be encoded anew, without its metadata
}

// uploadBlob streams the body into the blob store, where it waits some hours for
// a record that refers to it. Only a picture that is to be cleaned is held whole.
func (f *Face) uploadBlob(w http.ResponseWriter, r *http.Request, c *xrpc.Call) error {
	if r.ContentLength > f.cfg.MaxBlob {
		return f.blobTooLarge()
	}
	var p uploadParams
	if err := xrpc.DecodeParams(r.URL.Query(), &p); err != nil {
		return err
	}
	body, err := io.Reader(r.Body), error(nil)
	if p.Clean {
		body, err = f.cleaned(r.Context(), body)
	}
	var ref blob.Ref
	if err == nil {
		ref, err = f.cfg.Blobs.PutFor(r.Context(), c.Principal.DID, body, f.cfg.MaxBlob)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, blob.ErrTooLarge), errors.As(err, &tooLarge):
		return f.blobTooLarge()
	case err != nil:
		return public(err)
	}
	return xrpc.WriteJSON(w, uploadOutput{blobOutput{"blob", link{ref.CID.String()}, mediaType(ref.MIME, r.Header.Get("Content-Type")), ref.Size}})
}

func (f *Face) blobTooLarge() error {
	return xrpc.Errorf(http.StatusRequestEntityTooLarge, "BlobTooLarge", "a blob may have at most %d bytes", f.cfg.MaxBlob)
}

// mediaType is what the bytes say they are, or, where they say nothing, what the
// uploader says.
func mediaType(sniffed, claimed string) string {
	media := bareType(sniffed)
	if media != "" && media != "application/octet-stream" && media != "text/plain" {
		return media
	}
	if c := bareType(claimed); c != "" && c != "*/*" {
		return c
	}
	return "application/octet-stream"
}

func bareType(s string) string {
	media, _, err := mime.ParseMediaType(s)
	if err != nil {
		return ""
	}
	return media
}

// checkBlobs wants every blob that a record refers to, uploaded before, of the
// size that it says; it returns the UnixFS roots of large ones, which go into
// the record so that its signature vouches for them block by block.
func (f *Face) checkBlobs(ctx context.Context, refs []record.BlobRef) (dags map[string]any, err error) {
	dags = make(map[string]any)
	for _, ref := range refs {
		held, err := f.cfg.Blobs.Stat(ctx, ref.CID)
		switch {
		case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrInvalidCID):
			return nil, xrpc.BadRequest("BlobNotFound", "blob %s isn't here: upload it first", ref.CID)
		case err != nil:
			return nil, err
		case ref.Size >= 0 && ref.Size != held.Size:
			return nil, xrpc.BadRequest("InvalidRecord", "blob %s has %d bytes, not %d", ref.CID, held.Size, ref.Size)
		case held.DAG.Defined():
			dags[ref.CID.String()] = held.DAG
		}
	}
	return dags, nil
}

type getBlobParams struct {
	DID syntax.DID `param:"did,required"`
	CID syntax.CID `param:"cid,required"`
}

// getBlob streams a blob that a record of the given identity refers to.
func (f *Face) getBlob(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	var p getBlobParams
	if err := xrpc.DecodeParams(r.URL.Query(), &p); err != nil {
		return err
	}
	c, err := cid.Decode(p.CID.String())
	if err != nil {
		return xrpc.BadRequest(xrpc.CodeInvalidRequest, "that is not a CID")
	}
	ref, err := f.findBlob(r.Context(), p.DID, c)
	if err != nil {
		return err
	}
	body, err := f.cfg.Blobs.Open(r.Context(), c)
	if err != nil {
		return f.blobMissing(err, c)
	}
	defer body.Close()
	blobHeaders(w.Header(), ref)
	http.ServeContent(w, r, "", time.Time{}, body) // ranges, HEAD and If-None-Match
	return nil
}

func (f *Face) findBlob(ctx context.Context, did syntax.DID, c cid.Cid) (blob.Ref, error) {
	a, err := f.repo(ctx, did.AtIdentifier())
	if err != nil {
		return blob.Ref{}, err
	}
	refers, err := f.cfg.Blobs.ReferencedBy(ctx, c, a.DID)
	if err == nil && !refers {
		err = blob.ErrNotFound
	}
	if err != nil {
		return blob.Ref{}, f.blobMissing(err, c)
	}
	ref, err := f.cfg.Blobs.Stat(ctx, c)
	if errors.Is(err, blob.ErrNotFound) {
		ref, err = f.recall(ctx, c)
	}
	return ref, f.blobMissing(err, c)
}

const (
	// recallPatience is how long an answer waits for a blob that is being fetched,
	// and recallLook how often it looks.
	recallPatience = 8 * time.Second
	recallLook     = 100 * time.Millisecond
)

// recall waits for a blob that was let go for want of room, or has not come yet.
func (f *Face) recall(ctx context.Context, c cid.Cid) (ref blob.Ref, err error) {
	wanted, err := f.cfg.Blobs.Recall(ctx, c)
	if err != nil || !wanted {
		return ref, errors.Join(err, blob.ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(ctx, recallPatience)
	defer cancel()
	for {
		ref, err = f.cfg.Blobs.Stat(ctx, c)
		if !errors.Is(err, blob.ErrNotFound) {
			return ref, err
		}
		select {
		case <-time.After(recallLook):
		case <-ctx.Done():
			return ref, blob.ErrNotFound
		}
	}
}

// blobMissing names AT's error for a blob that isn't here.
func (f *Face) blobMissing(err error, c cid.Cid) error {
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrInvalidCID) {
		return notFound("BlobNotFound", "Blob not found: %s", c)
	}
	return public(err)
}

// shownTypes are what a browser may show in place: formats that cannot carry
// script. SVG, HTML, XML and PDF can, and are not among them.
var shownTypes = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true, "image/avif": true, "image/bmp": true,
	"video/mp4": true, "video/webm": true, "video/ogg": true, "video/quicktime": true,
	"audio/mpeg": true, "audio/mp4": true, "audio/ogg": true, "audio/wave": true, "audio/aac": true, "audio/flac": true, "application/ogg": true,
}

// blobHeaders make a stranger's bytes harmless on this server's origin. The type
// is what the bytes themselves show, never what a record claims; a type outside
// the list becomes a download of nothing in particular; nosniff (set on every
// answer) keeps browsers from thinking again; and should one render it all the
// same, the sandbox gives it an origin of its own, without script.
func blobHeaders(h http.Header, ref blob.Ref) {
	media, disposition := bareType(ref.MIME), "inline"
	if !shownTypes[media] {
		media, disposition = "application/octet-stream", fmt.Sprintf(`attachment; filename="%s.bin"`, ref.CID)
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // pages elsewhere may show our pictures
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=86400, immutable") // a day: what is deleted should leave caches, too
	h.Set("ETag", `"`+ref.CID.String()+`"`)
}
