package mastodon

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record"
)

// ErrEmpty: nothing of the post is left to show.
var ErrEmpty = errors.New("mastodon: nothing in it that can be shown")

// Ref names a post that was made of one in the archive.
type Ref struct {
	URI syntax.ATURI
	CID cid.Cid
}

// Thread is where a post stands: what it answers, and where that began.
type Thread struct{ Parent, Root Ref }

// Path is where a post comes to stand. It follows from the post alone, so that the
// same archive comes to the same places: its time to the second, as Mastodon tells
// it, and thirty bits of its id.
func (p *Post) Path() record.Path {
	id := sha256.Sum256([]byte(p.ID))
	bits := binary.BigEndian.Uint32(id[:])
	at := p.Published.Truncate(time.Second).UnixMicro() + int64(bits>>12)%1_000_000
	return record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(syntax.NewTID(at, uint(bits&1023)))}
}

const maxImages = 4 // of app.bsky.embed.images

// Value makes the post's value. thread is zero unless it answers a post that is
// here; blobs are the media that are here, by their paths. omitted is how many of
// its media it does not show.
func (p *Post) Value(thread *Thread, blobs map[string]record.BlobRef) (value []byte, omitted int, err error) {
	text := p.text()
	v := map[string]any{
		"$type": "app.bsky.feed.post", "createdAt": p.Published.Format("2006-01-02T15:04:05.000Z"),
		record.FieldSalt: record.NewSalt(), record.FieldImported: p.mark(thread),
	}
	short, full, err := record.SplitText(text.Plain)
	if err != nil {
		return nil, 0, err
	}
	v["text"] = short
	fits := len(short)
	if full != "" {
		v[record.FieldFullText] = full
		fits -= len("…")
	}
	if facets := text.facets(fits); len(facets) > 0 {
		v["facets"] = facets
	}
	if lang, err := syntax.ParseLanguage(p.Lang); err == nil {
		v["langs"] = []any{string(lang)}
	}
	if thread != nil {
		v["reply"] = map[string]any{"root": thread.Root.strong(), "parent": thread.Parent.strong()}
	}
	omitted = p.embed(v, blobs)
	if short == "" && v["embed"] == nil {
		return nil, omitted, ErrEmpty
	}
	if p.Sensitive && v["embed"] != nil {
		v["labels"] = map[string]any{
			"$type": "com.atproto.label.defs#selfLabels", "values": []any{map[string]any{"val": "graphic-media"}},
		}
	}
	if value, err = record.EncodeValue(v); err != nil {
		return nil, omitted, fmt.Errorf("mastodon: %w", err)
	}
	return value, omitted, nil
}

func (r Ref) strong() map[string]any {
	return map[string]any{"uri": string(r.URI), "cid": r.CID.String()}
}

// mark is what record.FieldImported holds.
func (p *Post) mark(thread *Thread) map[string]any {
	mark := map[string]any{"source": "mastodon"}
	if p.URL != "" {
		mark["url"] = p.URL
	}
	if to := webURL(p.InReplyTo); thread == nil && to != "" {
		mark["inReplyTo"] = to
	}
	return mark
}

// text is what people read: the warning, the post, the options of a poll.
func (p *Post) text() Text {
	t := ReadHTML(p.HTML, p.Mentions)
	if warning := strings.TrimSpace(p.Summary); warning != "" {
		t = t.prefixed("[" + warning + "]\n\n")
	}
	for i, option := range p.Options {
		if i == 0 && t.Plain != "" {
			t.Plain += "\n"
		}
		t.Plain += "\n○ " + option
	}
	t.Plain = strings.TrimRight(strings.ToValidUTF8(t.Plain, "\ufffd"), " \n\t")
	return t
}

// embed shows up to four pictures, or one film.
func (p *Post) embed(v map[string]any, blobs map[string]record.BlobRef) (omitted int) {
	var images []any
	dags := map[string]any{}
	for _, m := range p.Media {
		ref, here := blobs[m.Path]
		switch {
		case !here:
			omitted++
			continue
		case strings.HasPrefix(ref.MIME, "image/") && len(images) < maxImages:
			images = append(images, m.describe(map[string]any{"alt": m.Alt, "image": blobValue(ref)}))
		case ref.MIME == "video/mp4" && len(p.Media) == 1:
			film := m.describe(map[string]any{"$type": "app.bsky.embed.video", "video": blobValue(ref)})
			if m.Alt != "" {
				film["alt"] = m.Alt
			}
			v["embed"] = film
		default:
			omitted++
			continue
		}
		if ref.DAG.Defined() {
			dags[ref.CID.String()] = ref.DAG
		}
	}
	if len(images) > 0 {
		v["embed"] = map[string]any{"$type": "app.bsky.embed.images", "images": images}
	}
	if len(dags) > 0 {
		v[record.FieldDAG] = dags
	}
	return omitted
}

func (m Media) describe(v map[string]any) map[string]any {
	if m.Width > 0 && m.Height > 0 {
		v["aspectRatio"] = map[string]any{"width": m.Width, "height": m.Height}
	}
	return v
}

func blobValue(ref record.BlobRef) map[string]any {
	return map[string]any{"$type": "blob", "ref": ref.CID, "mimeType": ref.MIME, "size": ref.Size}
}
