package record

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

var update = flag.Bool("update", false, "write testdata/golden.json anew")

const goldenFile = "testdata/golden.json"

// golden is one case of testdata/golden.json; testdata/README.md explains it.
type golden struct {
	Name    string          `json:"name"`
	Seed    string          `json:"seed"`
	Key     string          `json:"key"` // as in did:key
	Network string          `json:"network"`
	DID     string          `json:"did"`
	Path    string          `json:"path"`
	Rev     string          `json:"rev"`
	Value   json.RawMessage `json:"value"` // null deletes

	ValueCBOR string `json:"valueCBOR"`
	ValueCID  string `json:"valueCID"`
	Signed    string `json:"signed"`
	Sig       string `json:"sig"`
	Envelope  string `json:"envelope"`
	ID        string `json:"id"`
	Bundle    string `json:"bundle"`
}

const (
	subject  = `{"uri":"at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a","cid":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"}`
	created  = `"createdAt":"2026-01-02T03:04:05.678Z"`
	saltJSON = `"net.metanet.salt":{"$bytes":"AAECAwQFBgcICQoLDA0ODw"}`
	rawCID   = "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"
	dagCID   = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
)

// records has one of each type that MetaNet writes.
var records = []struct{ name, path, json string }{
	{"post", testPath, postJSON},
	{"post with a picture and a long text", "app.bsky.feed.post/3jzfcijpj2z2b",
		`{"$type":"app.bsky.feed.post","text":"A part…","net.metanet.fullText":"A part and the whole.",` + created + `,` + saltJSON + `,` +
			`"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"a hill","image":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"image/jpeg","size":1500000}}]},` +
			`"net.metanet.dag":{"` + rawCID + `":{"$link":"` + dagCID + `"}}}`},
	{"like", "app.bsky.feed.like/3jzfcijpj2z2c", `{"$type":"app.bsky.feed.like","subject":` + subject + `,` + created + `,` + saltJSON + `}`},
	{"repost", "app.bsky.feed.repost/3jzfcijpj2z2d", `{"$type":"app.bsky.feed.repost","subject":` + subject + `,` + created + `,` + saltJSON + `}`},
	{"follow", "app.bsky.graph.follow/3jzfcijpj2z2e", `{"$type":"app.bsky.graph.follow","subject":"did:plc:z72i7hdynmk6r22z27h6tvur",` + created + `,` + saltJSON + `}`},
	{"block", "app.bsky.graph.block/3jzfcijpj2z2f", `{"$type":"app.bsky.graph.block","subject":"did:plc:z72i7hdynmk6r22z27h6tvur",` + created + `,` + saltJSON + `}`},
	{"profile", "app.bsky.actor.profile/self", `{"$type":"app.bsky.actor.profile","displayName":"Alice","description":"Ünïcode 水 𐅑",` + created + `,` + saltJSON + `}`},
	{"AT name", "net.metanet.identity.at/self",
		`{"$type":"net.metanet.identity.at",` + created + `,"operation":{"type":"plc_operation","prev":null,"rotationKeys":["did:key:zQ3shhCGUqDKjStzuDxPkTxN6ujddP4RkEKJJouJGRRkaLGbg"],` +
			`"verificationMethods":{},"alsoKnownAs":["did:ethr:0x7a69:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"],"services":{},"sig":"AA"}}`},
	{"unknown type", "com.example.thing/a", `{"$type":"com.example.thing","int":-9007199254740991,"nested":[[],{},null,true,{"$bytes":""}]}`},
	{"tombstone", testPath, ""},
	{"AT name with a handle", "net.metanet.identity.at/self",
		`{"$type":"net.metanet.identity.at",` + created + `,"handle":"alice.example.org","operation":{"type":"plc_operation","prev":null,"rotationKeys":["did:key:zQ3shhCGUqDKjStzuDxPkTxN6ujddP4RkEKJJouJGRRkaLGbg"],` +
			`"verificationMethods":{},"alsoKnownAs":["at://alice.example.org","did:ethr:0x7a69:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"],"services":{},"sig":"AA"}}`},
	{"account deleted", "net.metanet.account.status/self", `{"$type":"net.metanet.account.status","status":"deleted",` + created + `}`},
	{"imported post", "app.bsky.feed.post/3jzfcijpj2z2g",
		`{"$type":"app.bsky.feed.post","text":"From elsewhere",` + created + `,` + saltJSON + `,` +
			`"net.metanet.imported":{"source":"mastodon","url":"https://social.example/@alice/1","inReplyTo":"https://other.example/@carol/9"}}`},
}

func goldenCase(t *testing.T, i int) golden {
	t.Helper()
	r, rev := records[i], syntax.NewTIDFromInteger(testTID.Integer()+uint64(i))
	b := signed(t, r.path, rev, r.json)
	g := golden{
		Name: r.name, Seed: hex.EncodeToString(newSigner(1).key.Seed()), Key: b.Key.String(),
		Network: hex.EncodeToString(testNetwork[:]), DID: string(b.DID), Path: b.Path.String(), Rev: string(b.Rev),
		Value: json.RawMessage("null"),

		ValueCBOR: hex.EncodeToString(b.Value),
		Signed:    hex.EncodeToString(b.SigningBytes(testNetwork)),
		Sig:       hex.EncodeToString(b.Sig[:]),
		Envelope:  hex.EncodeToString(b.EnvelopeBytes()),
		ID:        b.ID.String(),
		Bundle:    hex.EncodeToString(b.Bytes()),
	}
	if !b.Deletes() {
		g.Value, g.ValueCID = json.RawMessage(r.json), b.CID.String()
	}
	return g
}

func TestGolden(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	raw, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(records) {
		t.Fatalf("%d cases, want %d", len(cases), len(records))
	}
	for i, want := range cases {
		got := goldenCase(t, i)
		got.Value, want.Value = nil, nil
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		if string(a) != string(b) {
			t.Errorf("%s:\n%s\nwant\n%s", want.Name, a, b)
		}
	}
}

func writeGolden(t *testing.T) {
	t.Helper()
	var cases []golden
	for i := range records {
		cases = append(cases, goldenCase(t, i))
	}
	out, err := json.MarshalIndent(cases, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
