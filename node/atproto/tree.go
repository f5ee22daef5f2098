package atproto

import (
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/picture"
	"metanet/content/record"
)

// tree is a record's value as content/record decodes it, or a part of one. Old
// and foreign records may hold anything anywhere: what isn't of the type asked
// for reads as nothing.
type tree map[string]any

// treeOf decodes a value; one that doesn't decode, which the store would not
// have taken, reads as nothing.
func treeOf(value []byte) tree {
	t, err := record.DecodeValue(value)
	if err != nil {
		return nil
	}
	return t
}

func profileOf(a *index.Actor) tree {
	if a.Profile == nil {
		return nil
	}
	return treeOf(a.Profile.Bundle.Value)
}

func (t tree) text(key string) string {
	s, _ := t[key].(string)
	return s
}

func (t tree) tree(key string) tree {
	m, _ := t[key].(map[string]any)
	return m
}

// trees is the maps in a list; what else is in it is left out.
func (t tree) trees(key string) []tree {
	list, _ := t[key].([]any)
	var out []tree
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (t tree) datetime(key string) string {
	s := t.text(key)
	if _, err := syntax.ParseDatetime(s); err != nil {
		return ""
	}
	return s
}

// blobCID reads a blob reference: {"$type": "blob", "ref": link, …}, or as it
// was before, {"cid": text, "mimeType": text}.
func blobCID(v any) (cid.Cid, bool) {
	m, _ := v.(map[string]any)
	if ref, ok := m["ref"].(cid.Cid); ok && m["$type"] == "blob" {
		return ref, true
	}
	if text, ok := m["cid"].(string); ok {
		c, err := cid.Decode(text)
		return c, err == nil
	}
	return cid.Undef, false
}

// blobURL is where a blob of a's is fetched, "" if v is no blob.
func (f *Face) blobURL(a *index.Actor, v any) string {
	c, ok := blobCID(v)
	if !ok {
		return ""
	}
	q := url.Values{"did": {a.Authority()}, "cid": {c.String()}}
	return f.cfg.Origin + "/xrpc/com.atproto.sync.getBlob?" + q.Encode()
}

// thumbURL is where a picture is fetched that fits a square of side pixels: the blob
// itself where no thumbnail can stand for it.
func (f *Face) thumbURL(a *index.Actor, v any, side int) string {
	m, _ := v.(map[string]any)
	mime, _ := m["mimeType"].(string)
	size, _ := m["size"].(int64)
	c, ok := blobCID(v)
	if !ok || !picture.Shrinks(mime, size) {
		return f.blobURL(a, v)
	}
	q := url.Values{"did": {a.Authority()}, "cid": {c.String()}, "side": {strconv.Itoa(side)}}
	return f.cfg.Origin + "/xrpc/net.metanet.blob.getThumbnail?" + q.Encode()
}

// webURL lets only links through that a page may follow: "javascript:" is a
// well-formed URI, too.
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return s
}

// clip cuts a text to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
