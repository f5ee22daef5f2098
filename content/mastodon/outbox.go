package mastodon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Post is one public post of an outbox.
type Post struct {
	ID        string // its ActivityPub id
	URL       string // where people read it; "" unless http or https
	Published time.Time
	InReplyTo string // ActivityPub id
	HTML      string
	Summary   string // the content warning
	Sensitive bool
	Lang      string
	Mentions  []Mention
	Options   []string // of a poll
	Media     []Media
}

// Mention is somebody whom a post names.
type Mention struct{ Name, Href string }

// Media is a file that a post shows, by its path in the archive.
type Media struct {
	Path, Type, Alt string
	Width, Height   int
}

// LeftOut counts what was not read, by the reason.
type LeftOut map[string]int

// The reasons of Posts.
const (
	NotPublic  = "posts to followers or single people"
	Boosts     = "boosts of others' posts"
	NotTheirs  = "posts by others"
	Unreadable = "entries that could not be read"
	OtherKinds = "entries of other kinds"
)

// object and activity are ActivityStreams, as far as Mastodon writes it.
type activity struct {
	Type   string
	Actor  json.RawMessage
	Object json.RawMessage
}

type object struct {
	ID, Type, URL string
	AttributedTo  json.RawMessage
	Published     time.Time
	To, CC        names
	InReplyTo     json.RawMessage
	Summary       string
	Content       string
	ContentMap    map[string]string
	Sensitive     bool
	Attachment    []struct {
		MediaType, URL, Name string
		Width, Height        int
	}
	Tag          []struct{ Type, Href, Name string }
	OneOf, AnyOf []struct{ Name string }
}

// names is one string, or a list of them.
type names []string

func (n *names) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*n = names{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(b, &many)
	*n = many
	return err
}

// public are the three spellings of as:Public (https://www.w3.org/TR/activitypub/#public-addressing).
var public = []string{"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}

func (o *object) isPublic() bool {
	return slices.ContainsFunc(append(slices.Clone(o.To), o.CC...), func(to string) bool { return slices.Contains(public, to) })
}

// Posts reads outbox.json, oldest first.
func (a *Archive) Posts() (posts []Post, left LeftOut, err error) {
	left = LeftOut{}
	found, err := a.find("outbox.json", func(r io.Reader) error {
		posts, err = readOutbox(r, left)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: no outbox.json in it", ErrFormat)
	}
	slices.SortStableFunc(posts, func(a, b Post) int { return a.Published.Compare(b.Published) })
	return posts, left, err
}

// readOutbox takes the items of orderedItems one by one: the whole may be large.
func readOutbox(r io.Reader, left LeftOut) (posts []Post, err error) {
	d := json.NewDecoder(r)
	if err := seekItems(d); err != nil {
		return nil, err
	}
	text := 0
	for d.More() {
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return nil, damaged(err)
		}
		p, reason := readActivity(one)
		if reason != "" {
			left[reason]++
			continue
		}
		if text += len(p.HTML); len(posts) == MaxPosts || text > MaxText {
			return nil, fmt.Errorf("%w: more than %d posts or %d bytes of text", ErrTooLarge, MaxPosts, MaxText)
		}
		posts = append(posts, p)
	}
	return posts, nil
}

// seekItems stops behind the bracket that opens the top object's orderedItems.
func seekItems(d *json.Decoder) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return damaged(errors.Join(errors.New("outbox.json is not an object"), err))
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return damaged(err)
		}
		if key == "orderedItems" {
			if t, err := d.Token(); err != nil || t != json.Delim('[') {
				return damaged(errors.Join(errors.New("orderedItems is not a list"), err))
			}
			return nil
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return damaged(err)
		}
	}
	return fmt.Errorf("%w: outbox.json has no orderedItems", ErrFormat)
}

func readActivity(raw []byte) (p Post, reason string) {
	var act activity
	if json.Unmarshal(raw, &act) != nil {
		return p, Unreadable
	}
	switch act.Type {
	case "Announce":
		return p, Boosts
	case "Create":
	default:
		return p, OtherKinds
	}
	var o object
	if json.Unmarshal(act.Object, &o) != nil || o.ID == "" || o.Published.Before(time.Unix(0, 0)) || o.Published.Year() > 9999 {
		return p, Unreadable
	}
	switch {
	case o.Type != "Note" && o.Type != "Question":
		return p, OtherKinds
	case idOf(o.AttributedTo) != "" && idOf(act.Actor) != "" && idOf(o.AttributedTo) != idOf(act.Actor):
		return p, NotTheirs
	case !o.isPublic():
		return p, NotPublic
	}
	return o.post(), ""
}

func (o *object) post() Post {
	p := Post{
		ID: o.ID, URL: webURL(o.URL), Published: o.Published.UTC(), InReplyTo: idOf(o.InReplyTo), HTML: o.Content, Summary: o.Summary, Sensitive: o.Sensitive,
	}
	if p.URL == "" {
		p.URL = webURL(o.ID)
	}
	if len(o.ContentMap) == 1 { // several are translations, of which none is the post's
		for lang, html := range o.ContentMap {
			p.Lang = lang
			if p.HTML == "" {
				p.HTML = html
			}
		}
	}
	for _, t := range o.Tag {
		if t.Type == "Mention" {
			p.Mentions = append(p.Mentions, Mention{t.Name, t.Href})
		}
	}
	for _, option := range append(o.OneOf, o.AnyOf...) {
		p.Options = append(p.Options, option.Name)
	}
	for _, m := range o.Attachment {
		p.Media = append(p.Media, Media{mediaPath(m.URL), m.MediaType, m.Name, m.Width, m.Height})
	}
	return p
}

// mediaPath is where an attachment lies in the archive: Mastodon writes the path
// of its URL, with the bucket before it on some servers.
func mediaPath(u string) string {
	if parsed, err := url.Parse(u); err == nil {
		u = parsed.Path
	}
	return clean(u)
}

// idOf reads a reference: an id, or an object that has one.
func idOf(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var o struct{ ID string }
	_ = json.Unmarshal(raw, &o) // neither: there is no reference
	return o.ID
}

// maxURL bounds an address that is kept.
const maxURL = 2048

// webURL is u if people can open it, else "".
func webURL(u string) string {
	parsed, err := url.Parse(u)
	if err != nil || len(u) > maxURL || parsed.Host == "" || (parsed.Scheme != "https" && parsed.Scheme != "http") || strings.ContainsAny(u, "\x00 \r\n") {
		return ""
	}
	return u
}
