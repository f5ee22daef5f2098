package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/picture"
	"metanet/content/record"
)

// postValue is what a page shows of app.bsky.feed.post. Everything in it was
// written by a stranger.
type postValue struct {
	Text      string   `json:"text"`
	FullText  string   `json:"net.metanet.fullText"`
	CreatedAt string   `json:"createdAt"`
	Langs     []string `json:"langs"`
	Facets    []facet  `json:"facets"`
	Reply     *struct {
		Root   strongRef `json:"root"`
		Parent strongRef `json:"parent"`
	} `json:"reply"`
	Embed *embedValue `json:"embed"`
}

type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// embedValue is the union of the embeds that a post may carry.
type embedValue struct {
	Type     string          `json:"$type"`
	Images   []imageValue    `json:"images"`
	External *externalValue  `json:"external"`
	Record   json.RawMessage `json:"record"` // a strongRef, or with media an embed of one
	Media    *embedValue     `json:"media"`
}

type imageValue struct {
	Image       blobValue `json:"image"`
	Alt         string    `json:"alt"`
	AspectRatio struct {
		Width  int `json:"width"`
		Height int `json:"height"`
	} `json:"aspectRatio"`
}

type externalValue struct {
	URI         string `json:"uri"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// blobValue is a blob reference, in today's form or that of the first records
// ({cid, mimeType}).
type blobValue struct {
	Ref struct {
		Link string `json:"$link"`
	} `json:"ref"`
	CID      string `json:"cid"`
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
}

func (b blobValue) cid() string {
	if b.Ref.Link != "" {
		return b.Ref.Link
	}
	return b.CID
}

// small is the address of the picture made to fit a square of side pixels, or of the
// blob itself where no thumbnail can stand for it.
func (b blobValue) small(id string, side int) string {
	if picture.Shrinks(b.MIMEType, b.Size) {
		return thumbLink(id, b.cid(), side)
	}
	return blobLink(id, b.cid())
}

type profileValue struct {
	DisplayName string     `json:"displayName"`
	Description string     `json:"description"`
	Avatar      *blobValue `json:"avatar"`
}

// read decodes a record's value into one of the shapes above. A field of an odd
// type stays empty; what else the record says is shown all the same.
func read(value []byte, into any) error {
	asJSON, err := record.ValueToJSON(value)
	if err != nil {
		return fmt.Errorf("web: value: %w", err)
	}
	var odd *json.UnmarshalTypeError
	if err := json.Unmarshal(asJSON, into); err != nil && !errors.As(err, &odd) {
		return fmt.Errorf("web: value: %w", err)
	}
	return nil
}

// fill puts what the value says into the view of a post. whole shows the full
// text of a long post rather than its beginning.
func (v *postValue) fill(p *post, whole bool) {
	p.CreatedAt = v.createdAt(p.CreatedAt)
	if len(v.Langs) > 0 {
		if _, err := syntax.ParseLanguage(v.Langs[0]); err == nil {
			p.Lang = v.Langs[0]
		}
	}
	text, shared := v.Text, len(v.Text)
	if v.FullText != "" && whole {
		text, shared = v.FullText, sharedPrefix(v.Text, v.FullText)
	}
	p.Shortened = v.FullText != "" && !whole
	p.Body = richText(text, shared, v.Facets)
	if v.Reply != nil && v.Reply.Root.URI != "" {
		p.RootURI, p.RootCID = v.Reply.Root.URI, v.Reply.Root.CID
	}
	v.Embed.fill(p)
}

// createdAt is the author's claim if it can be read, else what the record says.
func (v *postValue) createdAt(otherwise time.Time) time.Time {
	if t, err := syntax.ParseDatetimeLenient(v.CreatedAt); err == nil {
		return t.Time()
	}
	return otherwise
}

const maxPictures = 4 // app.bsky.embed.images

func (e *embedValue) fill(p *post) {
	if e == nil {
		return
	}
	for _, i := range e.Images[:min(len(e.Images), maxPictures)] {
		if cid := i.Image.cid(); cid != "" {
			p.Pictures = append(p.Pictures, photo{
				blobLink(p.Author.ID, cid), i.Image.small(p.Author.ID, 1024), i.Alt, max(0, i.AspectRatio.Width), max(0, i.AspectRatio.Height),
			})
		}
	}
	if x := e.External; x != nil {
		p.Card = newCard(*x)
	}
	p.Quote = e.quote()
	if e.Media != nil && e.Media.Media == nil { // one level, as the lexicon has it
		e.Media.fill(p)
	}
}

func newCard(x externalValue) *card {
	href, ok := webLink(x.URI)
	if !ok {
		return nil
	}
	u, err := url.Parse(href)
	if err != nil {
		return nil
	}
	c := &card{URL: href, Host: u.Hostname(), Title: x.Title, Description: x.Description}
	if c.Title == "" {
		c.Title = href
	}
	return c
}

// quote reads app.bsky.embed.record, alone or with media.
func (e *embedValue) quote() *quote {
	if len(e.Record) == 0 {
		return nil
	}
	var ref struct {
		strongRef
		Record *strongRef `json:"record"`
	}
	if json.Unmarshal(e.Record, &ref) != nil {
		return nil
	}
	if ref.Record != nil {
		ref.strongRef = *ref.Record
	}
	link, ok := recordLink(ref.URI)
	if !ok {
		return nil
	}
	return &quote{URI: syntax.ATURI(ref.URI), Link: link, Label: "A quoted post"}
}

// recordLink is this server's page about the post an AT-URI names.
func recordLink(uri string) (string, bool) {
	u, err := syntax.ParseATURI(uri)
	if err != nil || u.Collection() != "app.bsky.feed.post" {
		return "", false
	}
	return postLink(u.Authority().String(), u.RecordKey().String()), true
}
