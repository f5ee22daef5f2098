package record

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/lexicon"
	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record/dagcbor"
)

func newCatalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCatalogKnowsWhatWeWrite(t *testing.T) {
	catalog := newCatalog(t)
	for _, r := range records {
		if r.json == "" || r.name == "unknown type" {
			continue
		}
		if err := catalog.Check(mustPath(t, r.path), mustValue(t, r.json)); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

func TestCatalogCheck(t *testing.T) {
	catalog := newCatalog(t)
	post := func(more string) string { return `{"$type":"app.bsky.feed.post","text":"x",` + created + more + `}` }
	for _, c := range []struct {
		name, path, json string
		want             error
	}{
		{"fields that nobody knows", testPath, post(`,"com.example.extra":{"a":[1]}`), nil},
		{"300 graphemes", testPath, strings.Replace(post(""), `"x"`, `"`+strings.Repeat("👨‍👩‍👧‍👧", 100)+strings.Repeat("e", 200)+`"`, 1), nil},
		{"unknown type", "com.example.thing/a", `{"$type":"com.example.thing"}`, ErrUnknownType},
		{"a type that is no record", "com.atproto.repo.strongRef/a", `{"$type":"com.atproto.repo.strongRef"}`, ErrUnknownType},
		{"a field missing", testPath, `{"$type":"app.bsky.feed.post","text":"x"}`, ErrLexicon},
		{"a field of another type", testPath, post(`,"langs":"en"`), ErrLexicon},
		{"a bad date", testPath, `{"$type":"app.bsky.feed.post","text":"x","createdAt":"2026-01-02"}`, ErrLexicon},
		{"301 graphemes", testPath, strings.Replace(post(""), `"x"`, `"`+strings.Repeat("e", 301)+`"`, 1), ErrLexicon},
		{"a key that is no TID", "app.bsky.feed.post/self", post(""), ErrLexicon},
		{"a profile elsewhere", "app.bsky.actor.profile/other", `{"$type":"app.bsky.actor.profile"}`, ErrLexicon},
		{"a bad blob within a union", testPath, post(`,"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"","image":{"cid":"` + rawCID + `","mimeType":"image/png"}}]}`), ErrLexicon},
		{"a like of nothing", "app.bsky.feed.like/3jzfcijpj2z2a", `{"$type":"app.bsky.feed.like",` + created + `}`, ErrLexicon},
		{"an AT name elsewhere", "net.metanet.identity.at/x", `{"$type":"net.metanet.identity.at","operation":{},` + created + `}`, ErrLexicon},
		{"an AT name without operation", "net.metanet.identity.at/self", `{"$type":"net.metanet.identity.at",` + created + `}`, ErrLexicon},
		{"an AT name with a text", "net.metanet.identity.at/self", `{"$type":"net.metanet.identity.at","operation":"x",` + created + `}`, ErrLexicon},
		{"a short salt", testPath, post(`,"net.metanet.salt":{"$bytes":"AA"}`), ErrLexicon},
		{"a salt of text", testPath, post(`,"net.metanet.salt":"0123456789abcdef"`), ErrLexicon},
		{"an empty full text", testPath, post(`,"net.metanet.fullText":""`), ErrLexicon},
		{"too long a full text", testPath, post(`,"net.metanet.fullText":"` + strings.Repeat("x", MaxFullText+1) + `"`), ErrLexicon},
		{"a full text", testPath, post(`,"net.metanet.fullText":"` + strings.Repeat("x", MaxFullText) + `"`), nil},
		{"a list of roots", testPath, post(`,"net.metanet.dag":[]`), ErrLexicon},
		{"a root of a record", testPath, post(`,"net.metanet.dag":{"` + refCID + `":{"$link":"` + dagCID + `"}}`), ErrLexicon},
		{"a root of something", testPath, post(`,"net.metanet.dag":{"x":{"$link":"` + dagCID + `"}}`), ErrLexicon},
		{"a root as text", testPath, post(`,"net.metanet.dag":{"` + rawCID + `":"` + dagCID + `"}`), ErrLexicon},
		{"a root that is raw", testPath, post(`,"net.metanet.dag":{"` + rawCID + `":{"$link":"` + rawCID + `"}}`), ErrLexicon},
	} {
		if err := catalog.Check(mustPath(t, c.path), mustValue(t, c.json)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestSchemas: each file is where its id says, and everything that record types
// refer to is there.
func TestSchemas(t *testing.T) {
	catalog, types := newCatalog(t), 0
	err := fs.WalkDir(schemaFiles, "lexicons", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := schemaFiles.ReadFile(path)
		if err != nil {
			return err
		}
		var file lexicon.SchemaFile
		if err := json.Unmarshal(b, &file); err != nil {
			return err
		}
		if want := "lexicons/" + strings.ReplaceAll(file.ID, ".", "/") + ".json"; path != want {
			t.Errorf("%s is in %s", file.ID, path)
		}
		if def, ok := file.Defs["main"].Inner.(lexicon.SchemaRecord); ok {
			types++
			if _, err := syntax.ParseNSID(file.ID); err != nil || def.Key == "" {
				t.Errorf("%s: key %q, %v", file.ID, def.Key, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if types != 20 {
		t.Errorf("%d types of record, want 20", types)
	}
	for _, ref := range []string{"com.atproto.repo.strongRef", "com.atproto.label.defs#selfLabels", "app.bsky.richtext.facet", "app.bsky.embed.gallery"} {
		if catalog.defs[ref] == nil {
			t.Errorf("no schema %s", ref)
		}
	}
}

// TestRecordDataVectors runs AT's own vectors through our conversion of values.
func TestRecordDataVectors(t *testing.T) {
	catalog, err := loadCatalog(os.DirFS("testdata/lexicon/catalog"))
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]error{"valid": nil, "invalid": ErrLexicon} {
		var vectors []struct {
			Name string          `json:"name"`
			RKey string          `json:"rkey"`
			Data json.RawMessage `json:"data"`
		}
		readVectors(t, "lexicon/record-data-"+kind+".json", &vectors)
		for _, v := range vectors {
			value, err := JSONToValue(v.Data)
			if err == nil {
				err = catalog.Check(mustPath(t, "example.lexicon.record/"+v.RKey), value)
			} else if want != nil {
				continue // no data of AT's model at all
			}
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", v.Name, err, want)
			}
		}
		if len(vectors) == 0 {
			t.Error("no vectors")
		}
	}
}

// FuzzCatalog holds our walk over a value against indigo's over a tree of it.
func FuzzCatalog(f *testing.F) {
	catalog, indigo := newCatalog(f), lexicon.NewBaseCatalog()
	if err := indigo.LoadEmbedFS(schemaFiles); err != nil {
		f.Fatal(err)
	}
	for _, r := range records {
		f.Add([]byte(r.json))
	}
	for _, s := range []string{
		`{"$type":"app.bsky.feed.post","text":"x","createdAt":"2026-01-02T03:04:05Z","langs":["en","pt-BR","x"],"tags":["a"],"labels":{"$type":"com.atproto.label.defs#selfLabels","values":[{"val":"a"}]}}`,
		`{"$type":"app.bsky.feed.post","text":"x","createdAt":"2026-01-02T3:04:05Z","embed":{"$type":"com.example.unknown"}}`,
		`{"$type":"app.bsky.feed.post","text":"x","createdAt":"2026-01-02T03:04:05,5Z","embed":{"$type":"app.bsky.embed.external","external":{"uri":"https://a.b","title":"","description":""}}}`,
		`{"$type":"app.bsky.feed.threadgate","post":"at://a.b/c.d.e/f","createdAt":"2026-01-02T03:04:05+00:00","allow":[{"$type":"app.bsky.feed.threadgate#mentionRule"}]}`,
		`{"$type":"app.bsky.graph.list","purpose":"app.bsky.graph.defs#modlist","name":"x","createdAt":"2026-01-02T03:04:05Z"}`,
		`{"$type":"app.bsky.labeler.service","policies":{"labelValues":["a"]},"createdAt":"0000-01-02T03:04:05Z"}`,
		`{"$type":"app.bsky.actor.profile","avatar":{"$type":"blob","ref":{"$link":"` + rawCID + `"},"mimeType":"image/png","size":1},"pinnedPost":` + subject + `}`,
		`{"$type":"app.bsky.actor.profile","avatar":{"cid":"` + rawCID + `","mimeType":"image/png"},"labels":{"cid":"x","mimeType":"y"}}`,
		`{"$type":"net.metanet.identity.at","createdAt":"2026-01-02T03:04:05Z","operation":{"cid":"x","mimeType":"y"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		value, err := JSONToValue(in)
		if err != nil {
			return
		}
		n := dagcbor.Node(value)
		typ := string(n.Get("$type").Text())
		def, known := catalog.defs[typ].(lexicon.SchemaRecord)
		if !known {
			return
		}
		ours := catalog.object(typ, def.Record, n)
		theirs := lexicon.ValidateRecord(indigo, lexiconTree(n), typ, 0)
		if (ours == nil) != (theirs == nil) {
			t.Fatalf("%s: %v, but indigo says %v", in, ours, theirs)
		}
	})
}

// lexiconTree is a whole value in the types that package lexicon expects.
func lexiconTree(n dagcbor.Node) any {
	switch {
	case n.Kind() == dagcbor.Array:
		items := []any{}
		for item := range n.Items() {
			items = append(items, lexiconTree(item))
		}
		return items
	case n.Kind() == dagcbor.Map && !isBlob(n):
		fields := map[string]any{}
		for key, field := range n.Fields() {
			fields[string(key)] = lexiconTree(field)
		}
		return fields
	}
	return leaf(n)
}
