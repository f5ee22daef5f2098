package atproto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"metanet/content/blob"
	"metanet/content/picture"
	"metanet/node/xrpc"
)

// thumbnailSides are the sizes that thumbnails are made in: as many as pages need,
// since each is kept.
var thumbnailSides = map[int]bool{facePixels: true, cardPixels: true, feedPixels: true}

const (
	facePixels = 128  // beside a name
	cardPixels = 512  // of a linked page
	feedPixels = 1024 // in a post
)

// maxDrawing is how many pictures are decoded at once. Each may take 200 MB
// (picture.MaxPixels), and a processor.
const maxDrawing = 1

// drawing is a turn at decoding pictures, to be waited for.
type drawing chan struct{}

func (d drawing) do(ctx context.Context, draw func() (picture.Picture, error)) (picture.Picture, error) {
	select {
	case d <- struct{}{}:
		defer func() { <-d }()
		return draw()
	case <-ctx.Done():
		return picture.Picture{}, context.Cause(ctx)
	}
}

// cleaned is the uploaded picture without its metadata.
func (f *Face) cleaned(ctx context.Context, body io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(body, picture.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	p, err := f.drawing.do(ctx, func() (picture.Picture, error) { return picture.Clean(b) })
	return bytes.NewReader(p.Bytes), pictureError(err)
}

func pictureError(err error) error {
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		return xrpc.Errorf(http.StatusRequestEntityTooLarge, "PictureTooLarge", "a picture may have at most %d bytes and %d pixels", picture.MaxBytes, picture.MaxPixels)
	case errors.Is(err, picture.ErrFormat):
		return xrpc.BadRequest("UnsupportedPicture", "that is no JPEG, PNG, GIF or WebP that can be read here")
	}
	return err
}

type getThumbnailParams struct {
	DID  syntax.DID `param:"did,required"`
	CID  syntax.CID `param:"cid,required"`
	Side int        `param:"side"`
}

// getThumbnail answers a small picture of a blob. It is made once: what it is of
// never changes.
func (f *Face) getThumbnail(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	p := getThumbnailParams{Side: 512}
	if err := xrpc.DecodeParams(r.URL.Query(), &p); err != nil {
		return err
	}
	c, err := cid.Decode(p.CID.String())
	if err != nil || !thumbnailSides[p.Side] {
		return xrpc.BadRequest(xrpc.CodeInvalidRequest, "a thumbnail has a CID and a side of 128, 512 or 1024")
	}
	ref, err := f.findBlob(r.Context(), p.DID, c)
	if err != nil {
		return err
	}
	made, err := f.thumbnail(r.Context(), ref, p.Side)
	if err != nil {
		return f.blobMissing(err, c)
	}
	name, err := cid.V1Builder{Codec: cid.Raw, MhType: multihash.SHA2_256}.Sum(made.Bytes)
	if err != nil {
		return err
	}
	blobHeaders(w.Header(), blob.Ref{CID: name, MIME: made.MIME})
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(made.Bytes))
	return nil
}

// thumbnail is the kept one, or one that is made now.
func (f *Face) thumbnail(ctx context.Context, ref blob.Ref, side int) (blob.Derived, error) {
	kind := fmt.Sprintf("thumbnail/1/%d", side) // 1: how they are made
	made, err := f.cfg.Blobs.Derived(ctx, ref.CID, kind)
	if !errors.Is(err, blob.ErrNotFound) {
		return made, err
	}
	if ref.Size > picture.MaxBytes {
		return made, pictureError(picture.ErrTooLarge)
	}
	p, err := f.drawing.do(ctx, func() (p picture.Picture, err error) {
		// Those who waited meanwhile find it made.
		if made, err = f.cfg.Blobs.Derived(ctx, ref.CID, kind); err == nil {
			return p, nil
		}
		body, err := f.cfg.Blobs.Open(ctx, ref.CID)
		if err != nil {
			return p, err
		}
		defer body.Close()
		b, err := io.ReadAll(body)
		if err != nil {
			return p, err
		}
		return picture.Thumbnail(b, side)
	})
	if err != nil || made.Bytes != nil {
		return made, pictureError(err)
	}
	made = blob.Derived{MIME: p.MIME, Bytes: p.Bytes}
	if err := f.cfg.Blobs.PutDerived(ctx, ref.CID, kind, made); err != nil {
		f.log.Warn("a thumbnail is not kept", "error", err)
	}
	return made, nil
}
