package mastodon

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
)

// pack makes an archive of files, in both formats.
func pack(t testing.TB, files map[string]string) map[string][]byte {
	t.Helper()
	var zipped, tarred bytes.Buffer
	z, gz := zip.NewWriter(&zipped), gzip.NewWriter(&tarred)
	tw := tar.NewWriter(gz)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err1 := io.WriteString(w, files[name])
		err2 := tw.WriteHeader(&tar.Header{Name: "./" + name, Typeflag: tar.TypeReg, Size: int64(len(files[name])), Mode: 0o644})
		_, err3 := io.WriteString(tw, files[name])
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), tw.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"zip": zipped.Bytes(), "tar.gz": tarred.Bytes()}
}

func outbox(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/outbox.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func open(t testing.TB, b []byte) *Archive {
	t.Helper()
	a, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestPosts: what was public is read, the rest is counted and nowhere else.
func TestPosts(t *testing.T) {
	for format, b := range pack(t, map[string]string{"outbox.json": outbox(t), "actor.json": "{}"}) {
		posts, left, err := open(t, b).Posts()
		if err != nil {
			t.Fatal(format, err)
		}
		want := LeftOut{NotPublic: 2, Boosts: 1, NotTheirs: 1, Unreadable: 1, OtherKinds: 1}
		if !maps.Equal(left, want) {
			t.Errorf("%s: left out %v, want %v", format, left, want)
		}
		all, err := json.Marshal(posts)
		if err != nil || len(posts) != 6 {
			t.Fatalf("%s: %d posts, %v", format, len(posts), err)
		}
		for _, secret := range []string{"SECRET-FOLLOWERS", "SECRET-DIRECT"} {
			if strings.Contains(string(all), secret) {
				t.Errorf("%s: %s came through", format, secret)
			}
		}
		if !slices.IsSortedFunc(posts, func(a, b Post) int { return a.Published.Compare(b.Published) }) {
			t.Errorf("%s: not in order", format)
		}
	}
}

func value(t *testing.T, p Post, thread *Thread, blobs map[string]record.BlobRef) map[string]any {
	t.Helper()
	raw, _, err := p.Value(thread, blobs)
	if err != nil {
		t.Fatal(err)
	}
	v, err := record.DecodeValue(raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func postOf(t *testing.T, posts []Post, part string) Post {
	t.Helper()
	for _, p := range posts {
		if strings.Contains(p.HTML, part) {
			return p
		}
	}
	t.Fatalf("no post with %q", part)
	return Post{}
}

// TestValues: dates stay, texts and links read as they did, and the values pass
// the published schema.
func TestValues(t *testing.T) {
	posts, _, err := open(t, pack(t, map[string]string{"outbox.json": outbox(t)})["zip"]).Posts()
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := record.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	blob := record.BlobRef{CID: cid.MustParse("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"), MIME: "image/png", Size: 99}
	blobs := map[string]record.BlobRef{"media_attachments/files/1/original/cat.png": blob}

	v := value(t, postOf(t, posts, "Hello"), nil, nil)
	if v["text"] != "Hello @bob@example.org, see https://example.com/a/long/path?x=1&y=2 #Go\n\nSecond paragraph\nwith a break." {
		t.Errorf("text %q", v["text"])
	}
	if v["createdAt"] != "2022-11-05T10:11:12.000Z" {
		t.Errorf("createdAt %v", v["createdAt"])
	}
	if mark := v[record.FieldImported].(map[string]any); mark["url"] != "https://social.example/@alice/1" || mark["source"] != "mastodon" {
		t.Errorf("mark %v", mark)
	}
	var features []string
	for _, f := range v["facets"].([]any) {
		index := f.(map[string]any)["index"].(map[string]any)
		shown := v["text"].(string)[index["byteStart"].(int64):index["byteEnd"].(int64)]
		feature := f.(map[string]any)["features"].([]any)[0].(map[string]any)
		uri, _ := feature["uri"].(string)
		tag, _ := feature["tag"].(string)
		features = append(features, shown+" → "+uri+tag)
	}
	want := []string{
		"@bob@example.org → https://example.org/@bob", "https://example.com/a/long/path?x=1&y=2 → https://example.com/a/long/path?x=1&y=2", "#Go → Go",
	}
	if !slices.Equal(features, want) {
		t.Errorf("facets %q", features)
	}

	v = value(t, postOf(t, posts, "A cat"), nil, blobs)
	image := v["embed"].(map[string]any)["images"].([]any)[0].(map[string]any)
	if image["alt"] != "a cat asleep" || v["labels"] == nil || !strings.HasPrefix(v["text"].(string), "[cats]\n\n") {
		t.Errorf("%v", v)
	}
	if v = value(t, postOf(t, posts, "Which"), nil, nil); v["text"] != "Which one?\n\n○ this\n○ that" {
		t.Errorf("poll %q", v["text"])
	}

	reply := postOf(t, posts, "answer to myself")
	first := postOf(t, posts, "Hello")
	ref := Ref{URI: "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jzfcijpj2z2a", CID: record.Sum([]byte("x"))}
	v = value(t, reply, &Thread{ref, ref}, nil)
	if v["reply"].(map[string]any)["parent"].(map[string]any)["uri"] != string(ref.URI) || reply.InReplyTo != first.ID {
		t.Errorf("reply %v to %s", v["reply"], reply.InReplyTo)
	}
	v = value(t, postOf(t, posts, "to a stranger"), nil, nil)
	if v["reply"] != nil || v[record.FieldImported].(map[string]any)["inReplyTo"] != "https://other.example/@carol/9" {
		t.Errorf("reply elsewhere %v", v[record.FieldImported])
	}

	for _, p := range posts {
		raw, _, err := p.Value(nil, blobs)
		if err == nil {
			err = catalog.Check(p.Path(), raw)
		}
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
		if refs := record.Inspect(raw); refs.Imported == nil || !refs.CreatedAt.Equal(p.Published) {
			t.Errorf("%s: %+v", p.ID, refs)
		}
	}
}

// TestPathFollowsFromThePost: the same post comes to the same place, two of one
// second to two.
func TestPathFollowsFromThePost(t *testing.T) {
	posts, _, err := open(t, pack(t, map[string]string{"outbox.json": outbox(t)})["zip"]).Posts()
	if err != nil {
		t.Fatal(err)
	}
	a, b := posts[0], posts[0]
	b.ID += "0"
	if a.Path() != posts[0].Path() || a.Path() == b.Path() {
		t.Errorf("%s %s", a.Path(), b.Path())
	}
	if _, err := record.ParsePath(a.Path().String()); err != nil {
		t.Error(err)
	}
}

func TestHTML(t *testing.T) {
	for source, want := range map[string]string{
		`<p>one<br />two</p><p>three</p>`:                       "one\ntwo\n\nthree",
		`plain &amp; simple`:                                    "plain & simple",
		`<p>a <script>alert(1)</script>b</p>`:                   "a b",
		`<ul><li>one</li><li>two</li></ul>`:                     "– one\n– two",
		`<blockquote><p>quoted</p></blockquote><p>said</p>`:     "quoted\n\nsaid",
		`<p><a href="javascript:alert(1)">click</a></p>`:        "click",
		strings.Repeat("<b>", 5000) + "deep":                    "",
		``:                                                      "",
		`<p>` + strings.Repeat("x", 10) + `</p><p></p><p>y</p>`: "xxxxxxxxxx\n\ny",
	} {
		got := ReadHTML(source, nil)
		if got.Plain != want {
			t.Errorf("%.60q: %q, want %q", source, got.Plain, want)
		}
		if strings.Contains(source, "javascript") && len(got.spans) > 0 {
			t.Errorf("%q: a link of script", source)
		}
	}
}

func TestLongPost(t *testing.T) {
	p := Post{ID: "x", HTML: "<p>" + strings.Repeat("word ", 500) + `<a href="https://example.com/">https://example.com/</a></p>`}
	v := value(t, p, nil, nil)
	if full := v[record.FieldFullText].(string); len(full) < 2500 || v["facets"] != nil || !strings.HasSuffix(v["text"].(string), "…") {
		t.Errorf("%d bytes kept, %v", len(full), v["facets"])
	}
	p.HTML = strings.Repeat("word ", 20_000)
	if _, _, err := p.Value(nil, nil); !errors.Is(err, record.ErrTooLarge) {
		t.Errorf("a book: %v", err)
	}
	p.HTML = "<p></p>"
	if _, _, err := p.Value(nil, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing: %v", err)
	}
}

// TestBadArchives: strangers' files are refused with a reason.
func TestBadArchives(t *testing.T) {
	for name, c := range map[string]struct {
		outbox string
		want   error
	}{
		"no JSON":      {"<html>", ErrFormat},
		"a list":       {"[]", ErrFormat},
		"no items":     {`{"type":"OrderedCollection"}`, ErrFormat},
		"items is one": {`{"orderedItems":{}}`, ErrFormat},
		"cut short":    {outbox(t)[:len(outbox(t))/2], ErrFormat},
	} {
		for format, b := range pack(t, map[string]string{"outbox.json": c.outbox}) {
			if _, _, err := open(t, b).Posts(); !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v", name, format, err)
			}
		}
	}
	for format, b := range pack(t, map[string]string{"other.json": "{}"}) {
		if _, _, err := open(t, b).Posts(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s without outbox: %v", format, err)
		}
		if _, _, err := open(t, b[:len(b)/2]).Posts(); err == nil {
			t.Errorf("%s cut short is read", format)
		}
	}
	if _, err := Open(strings.NewReader("plain text"), 10); !errors.Is(err, ErrFormat) {
		t.Errorf("plain text: %v", err)
	}
}

// TestBudget: what unpacks to more than is allowed ends with an error.
func TestBudget(t *testing.T) {
	b := &budget{left: 1000}
	if _, err := io.ReadAll(b.of(strings.NewReader(strings.Repeat("x", 2000)))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestCSV reads files as Mastodon writes them.
func TestCSV(t *testing.T) {
	for file, want := range map[string][]string{
		"following_accounts.csv": {"carol@social.example", "dave@other.example"},
		"muted_accounts.csv":     {"carol@social.example", "dave@other.example"},
	} {
		f, err := os.Open("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		got, bad, err := ReadCSV(f)
		f.Close()
		if err != nil || bad != 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %d bad, %v", file, got, bad, err)
		}
	}
	got, bad, err := ReadCSV(strings.NewReader("bob@example.org\nnonsense\n@carol@example.org\n"))
	if err != nil || bad != 1 || !slices.Equal(got, []string{"bob@example.org", "carol@example.org"}) {
		t.Errorf("without headings: %q, %d bad, %v", got, bad, err)
	}
	if ListOf("some/dir/Blocked_accounts.csv") != Blocks || ListOf("muted_accounts.csv") != "" {
		t.Error("lists are mistaken")
	}
}

func FuzzOutbox(f *testing.F) {
	f.Add([]byte(outbox(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		posts, err := readOutbox(bytes.NewReader(b), LeftOut{})
		if err != nil {
			return
		}
		for _, p := range posts {
			raw, _, err := p.Value(nil, nil)
			if err == nil {
				err = record.CheckRecord(p.Path(), raw)
			}
			if err != nil && !errors.Is(err, ErrEmpty) && !errors.Is(err, record.ErrTooLarge) {
				t.Fatal(err)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("Account address,Show boosts\nuser@example.com,true\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		addresses, _, err := ReadCSV(bytes.NewReader(b))
		for _, a := range addresses {
			if err == nil && strings.Count(a, "@") != 1 {
				t.Fatalf("%q", a)
			}
		}
	})
}
