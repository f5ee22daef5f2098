package web

import (
	"hash/fnv"
	"net/url"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// The templates' vocabulary. Everything here is ready to be shown: decided,
// counted and linked, but not escaped, which html/template does.

// page is what the frame around every page shows.
type page struct {
	Page        string // which of the navigation is here
	Title       string
	Description string
	Site        site
}

type site struct {
	Domain, Network         string
	ServerID, PolicyVersion uint64
}

// person is somebody as a post's head shows them.
type person struct {
	ID      string // how URIs name them: the AT name, or the did:ethr of who has none
	Name    string // what they call themselves, or the handle, or a short ID
	At      string // "@handle", or the short ID
	Link    string
	Avatar  string // address of a picture, empty for a letter
	Initial string
	Tone    uint32 // which of the stylesheet's colours is behind the letter
}

// post is one post in a list or on its page.
type post struct {
	URI, CID         string
	RootURI, RootCID string // of the thread; the post itself where it starts one
	Link             string
	Author           person
	RepostedBy       *person
	ReplyTo          *replyTo
	Imported         *imported
	CreatedAt        time.Time
	Lang             string
	Body             []segment
	Shortened        bool // the whole text is on the post's page
	Pictures         []photo
	Card             *card
	Quote            *quote

	Replies, Reposts, Likes int
	Focus                   bool // the post that a page is about

	answers syntax.ATURI // the post it replies to, for ReplyTo
}

type replyTo struct{ Name, Link string }

// imported is where a post was before it was brought in. URL and InReplyTo may be
// empty.
type imported struct{ Source, URL, InReplyTo string }

type photo struct {
	Src, Small, Alt string
	Width, Height   int
}

// card is a link to the web with what its author said of it.
type card struct{ URL, Host, Title, Description string }

// quote is another record that a post shows.
type quote struct {
	URI               syntax.ATURI
	Link, Label, Text string
}

type feed struct {
	Items []post
	Empty string // what to say if there are none
	Next  string // address of the next page
}

// composer is the form for writing; empty where there is nothing to write to.
type composer struct {
	ID, Label, Placeholder, Action string
	Rows                           int
	ParentURI, ParentCID           string
	RootURI, RootCID               string
}

// node is a place in a thread: a post or a hole where one is known to be missing.
type node struct {
	Post    *post
	Hole    *hole
	Replies []node
}

type hole struct{ Why, URI string }

const tones = 8 // the stylesheet has .tone-0 … .tone-7

func tone(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s)) // never fails
	return h.Sum32() % tones
}

func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return string(r)
}

func profileLink(id string) string { return "/profile/" + url.PathEscape(id) }

func postLink(id, rkey string) string {
	return "/post/" + url.PathEscape(id) + "/" + url.PathEscape(rkey)
}

// blobLink is where this node serves a blob of somebody's.
func blobLink(id, cid string) string {
	return "/xrpc/com.atproto.sync.getBlob?" + url.Values{"did": {id}, "cid": {cid}}.Encode()
}

// thumbLink is where it serves a picture of somebody's that fits a square of side
// pixels: 128, 512 or 1024.
func thumbLink(id, cid string, side int) string {
	return "/xrpc/net.metanet.blob.getThumbnail?" + url.Values{"did": {id}, "cid": {cid}, "side": {strconv.Itoa(side)}}.Encode()
}
