package record

import (
	"bytes"
	"net/url"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
	"metanet/identity"
)

// Ref points to a record; CID says which version of it, if the value said so.
type Ref struct {
	URI syntax.ATURI // as the value spells it; names a record, not only a repo
	CID cid.Cid
}

// IsZero says whether there is no reference.
func (r Ref) IsZero() bool { return r.URI == "" }

// BlobRef points to a blob that belongs to the record.
type BlobRef struct {
	CID  cid.Cid // raw, sha2-256 of all the bytes
	MIME string  // as claimed
	Size int64   // as claimed; −1 if the value doesn't say
	DAG  cid.Cid // the UnixFS root of the same bytes, for blobs above 1 MiB
}

// Refs is what a value says about other things and about itself, as an index, a
// router and a fetcher of blobs need it. Whatever is missing, odd or of another
// type in the value is the zero value here: old records are still records.
type Refs struct {
	Type      string // $type
	CreatedAt time.Time
	Text      string // a post's text, in full (net.metanet.fullText if there is one)
	Langs     []string
	Tags      []string // hashtags, without '#'

	Root, Parent Ref             // of a reply
	Quote        Ref             // the record that is embedded
	Subject      Ref             // what is liked, reposted, listed…
	SubjectName  identity.ATName // who is followed, blocked, listed…
	List         Ref             // the list that a listitem belongs to
	Mentions     []identity.ATName
	Blobs        []BlobRef

	Imported *Imported // set on what was brought in from elsewhere: nobody is told of it
}

// Imported is where a record was before it was brought in (FieldImported).
type Imported struct {
	Source    string // such as "mastodon"
	URL       string // where it was, and what it answered; "" unless http or https
	InReplyTo string
}

// Inspect reads a value that passed CheckValue.
func Inspect(value []byte) Refs {
	n := dagcbor.Node(value)
	r := Refs{
		Type:      string(n.Get("$type").Text()),
		CreatedAt: datetime(n.Get("createdAt")),
		Text:      string(n.Get("text").Text()),
		Langs:     texts(n.Get("langs")),
		Tags:      texts(n.Get("tags")),
		List:      Ref{URI: atURI(n.Get("list"))},
		Blobs:     blobsOf(n, value),
	}
	if full := n.Get(FieldFullText).Text(); len(full) > 0 {
		r.Text = string(full)
	}
	if reply := n.Get("reply"); reply != nil {
		r.Root, r.Parent = strongRef(reply.Get("root")), strongRef(reply.Get("parent"))
	}
	r.inspectSubject(n.Get("subject"))
	r.inspectFacets(n)
	if mark := n.Get(FieldImported); mark.Kind() == dagcbor.Map {
		r.Imported = &Imported{string(mark.Get("source").Text()), webURL(mark.Get("url")), webURL(mark.Get("inReplyTo"))}
	}
	r.Quote = quoteOf(n.Get("embed"))
	return r
}

// inspectSubject: a strong reference in likes and reposts, a DID in follows and
// blocks, an AT-URI in blocks of lists.
func (r *Refs) inspectSubject(subject dagcbor.Node) {
	if subject.Kind() == dagcbor.Map {
		r.Subject = strongRef(subject)
		return
	}
	r.SubjectName = atName(subject)
	r.Subject.URI = atURI(subject)
}

// inspectFacets collects mentions and hashtags from rich text: facets, and the
// entities of early 2023 (app.bsky.feed.post#entity, still in the schema).
func (r *Refs) inspectFacets(n dagcbor.Node) {
	for facet := range n.Get("facets").Items() {
		for feature := range facet.Get("features").Items() {
			switch string(feature.Get("$type").Text()) {
			case "app.bsky.richtext.facet#mention":
				r.mention(feature.Get("did"))
			case "app.bsky.richtext.facet#tag":
				r.tag(feature.Get("tag"))
			}
		}
	}
	for entity := range n.Get("entities").Items() {
		if string(entity.Get("type").Text()) == "mention" {
			r.mention(entity.Get("value"))
		}
	}
}

func (r *Refs) mention(did dagcbor.Node) {
	if name := atName(did); name != "" {
		r.Mentions = appendNew(r.Mentions, name)
	}
}

func (r *Refs) tag(tag dagcbor.Node) {
	if text := tag.Text(); len(text) > 0 {
		r.Tags = appendNew(r.Tags, string(text))
	}
}

func appendNew[T comparable](list []T, v T) []T {
	for _, have := range list {
		if have == v {
			return list
		}
	}
	return append(list, v)
}

// quoteOf: app.bsky.embed.record, alone or inside recordWithMedia.
func quoteOf(embed dagcbor.Node) Ref {
	switch string(embed.Get("$type").Text()) {
	case "app.bsky.embed.record":
		return strongRef(embed.Get("record"))
	case "app.bsky.embed.recordWithMedia":
		return strongRef(embed.At("record", "record"))
	}
	return Ref{}
}

// strongRef reads com.atproto.repo.strongRef; without a good URI there is none.
func strongRef(n dagcbor.Node) Ref {
	ref := Ref{URI: atURI(n.Get("uri"))}
	if ref.IsZero() {
		return Ref{}
	}
	ref.CID = textCID(n.Get("cid").Text())
	return ref
}

// textCID reads a CID in text form; cid.Undef if it isn't one.
func textCID(text []byte) cid.Cid {
	c, err := cid.Decode(string(text))
	if err != nil {
		return cid.Undef
	}
	return c
}

func atName(n dagcbor.Node) identity.ATName {
	text := n.Text()
	if !bytes.HasPrefix(text, []byte("did:")) {
		return "" // most strings are no DIDs: don't make an error for each
	}
	name, err := identity.ParseATName(string(text))
	if err != nil {
		return ""
	}
	return name
}

// atURI reads an AT-URI that names a record.
func atURI(n dagcbor.Node) syntax.ATURI {
	rest, ok := strings.CutPrefix(string(n.Text()), "at://")
	authority, path, slash := strings.Cut(rest, "/")
	if !ok || !slash {
		return ""
	}
	if _, err := ParsePath(path); err != nil {
		return ""
	}
	if _, err := identity.ParseATName(authority); err != nil {
		if _, err := syntax.ParseAtIdentifier(authority); err != nil {
			return ""
		}
	}
	return syntax.ATURI("at://" + rest)
}

// webURL is an address that a page may link to.
func webURL(n dagcbor.Node) string {
	text := string(n.Text())
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return text
}

func texts(n dagcbor.Node) (list []string) {
	for item := range n.Items() {
		if text := item.Text(); len(text) > 0 {
			list = append(list, string(text))
		}
	}
	return list
}

// datetime is lenient where old clients were: a missing zone, for one, is read as UTC.
func datetime(n dagcbor.Node) time.Time {
	text := string(n.Text())
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC()
	}
	d, err := syntax.ParseDatetimeLenient(text)
	if err != nil {
		return time.Time{}
	}
	return d.Time().UTC()
}
