package record

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
	"metanet/identity"
)

const (
	bob    = identity.ATName("did:plc:z72i7hdynmk6r22z27h6tvur")
	carol  = identity.ATName("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	bobURI = syntax.ATURI("at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a")
	refCID = "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"
)

func mustCID(t testing.TB, s string) cid.Cid {
	t.Helper()
	c, err := cid.Decode(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestInspect(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	ref := Ref{bobURI, mustCID(t, refCID)}
	post := func(fields string) string { return `{"$type":"app.bsky.feed.post",` + fields + `}` }
	is := func(r Refs) Refs { r.Type = "app.bsky.feed.post"; return r }
	for _, c := range []struct {
		name, json string
		want       Refs
	}{
		{"reply with a mention", postJSON, is(Refs{
			CreatedAt: at, Text: "Hello @bob.example.org, a post of ordinary length.", Langs: []string{"en"},
			Root: ref, Parent: ref, Mentions: []identity.ATName{bob},
		})},
		{"picture, full text, UnixFS root", records[1].json, is(Refs{
			CreatedAt: at, Text: "A part and the whole.",
			Blobs: []BlobRef{{mustCID(t, rawCID), "image/jpeg", 1500000, mustCID(t, dagCID)}},
		})},
		{"like", records[2].json, Refs{Type: "app.bsky.feed.like", CreatedAt: at, Subject: ref}},
		{"follow", records[4].json, Refs{Type: "app.bsky.graph.follow", CreatedAt: at, SubjectName: bob}},
		{"listitem", `{"$type":"app.bsky.graph.listitem","subject":"` + string(carol) + `","list":"at://` + string(bob) + `/app.bsky.graph.list/a"}`,
			Refs{Type: "app.bsky.graph.listitem", SubjectName: carol, List: Ref{URI: "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.graph.list/a"}}},
		{"listblock", `{"$type":"app.bsky.graph.listblock","subject":"at://bob.example.org/app.bsky.graph.list/a"}`,
			Refs{Type: "app.bsky.graph.listblock", Subject: Ref{URI: "at://bob.example.org/app.bsky.graph.list/a"}}},
		{"quote", post(`"embed":{"$type":"app.bsky.embed.record","record":` + subject + `}`), is(Refs{Quote: ref})},
		{"quote with media", post(`"embed":{"$type":"app.bsky.embed.recordWithMedia","record":{"$type":"app.bsky.embed.record","record":` + subject + `},"media":{}}`),
			is(Refs{Quote: ref})},
		{"tags twice", post(`"tags":["one","two"],"facets":[{"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"two"},{"$type":"app.bsky.richtext.facet#tag","tag":"three"}]}]`),
			is(Refs{Tags: []string{"one", "two", "three"}})},
		{"old entities", post(`"entities":[{"type":"mention","value":"` + string(carol) + `"},{"type":"mention","value":"carol.test"},{"type":"link","value":"https://example.org"}]`),
			is(Refs{Mentions: []identity.ATName{carol}})},
		{"old blob", post(`"embed":{"images":[{"image":{"cid":"` + rawCID + `","mimeType":"image/png"}},{"image":{"cid":"` + rawCID + `","mimeType":"image/png"}}]}`),
			is(Refs{Blobs: []BlobRef{{CID: mustCID(t, rawCID), MIME: "image/png", Size: -1}}})},
		{"a blob that is none", post(`"a":{"$type":"blob","ref":{"$link":"` + refCID + `"},"mimeType":"image/png","size":1},"b":{"cid":"x","mimeType":"y"}`), is(Refs{})},
		{"time without zone", post(`"createdAt":"2023-03-04T05:06:07"`), is(Refs{CreatedAt: time.Date(2023, 3, 4, 5, 6, 7, 0, time.UTC)})},
		{"time with zone", post(`"createdAt":"2023-03-04T05:06:07.8+02:00"`), is(Refs{CreatedAt: time.Date(2023, 3, 4, 3, 6, 7, 8e8, time.UTC)})},
		{"everything odd", post(`"text":1,"createdAt":"yesterday","langs":"en","tags":{"a":1},"facets":[1,{"features":"x"},{"features":[{"did":"did:plc:z"}]}],` +
			`"reply":[],"embed":"x","subject":7,"list":null,"net.metanet.fullText":{},"net.metanet.dag":[],"entities":{"a":1}`), is(Refs{})},
		{"references to nothing", post(`"reply":{"root":{"uri":"https://example.org","cid":"` + refCID + `"},"parent":{"cid":"` + refCID + `"}},"subject":{"uri":"at://did:plc:z72i7hdynmk6r22z27h6tvur"}`), is(Refs{})},
		{"reference without version", post(`"subject":{"uri":"` + string(bobURI) + `","cid":"latest"}`), is(Refs{Subject: Ref{URI: bobURI}})},
	} {
		if got := Inspect(mustValue(t, c.json)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.name, got, c.want)
		}
	}
	if got := Inspect(nil); !reflect.DeepEqual(got, Refs{}) {
		t.Errorf("nothing: %+v", got)
	}
}

// FuzzInspect: neither values nor bytes that are none make it panic or hang.
func FuzzInspect(f *testing.F) {
	for _, r := range records {
		if r.json != "" {
			f.Add(mustValue(f, r.json))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		refs := Inspect(b)
		if CheckValue(b) != nil {
			return
		}
		for _, blob := range refs.Blobs {
			if !blob.CID.Defined() || !bytes.Contains(b, mimeTypeKey) {
				t.Errorf("%+v from nowhere", blob)
			}
		}
		if refs.Type != string(dagcbor.Node(b).Get("$type").Text()) {
			t.Errorf("type %q", refs.Type)
		}
	})
}
