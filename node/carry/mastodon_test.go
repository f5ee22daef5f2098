package carry_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/node/carry"
)

// mastodonArchive is the archive of content/mastodon's tests, with a picture.
func mastodonArchive(t *testing.T) []byte {
	t.Helper()
	outbox, err := os.ReadFile("../../content/mastodon/testdata/outbox.json")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, data := range map[string]string{"outbox.json": string(outbox), "media_attachments/files/1/original/cat.png": "\x89PNG\r\n\x1a\n a cat"} {
		w, err := z.Create(name)
		if _, wrote := io.WriteString(w, data); errors.Join(err, wrote) != nil {
			t.Fatal(err, wrote)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMastodon: public posts come in at their own dates, marked, with media and
// threads; what was not public is nowhere in the store; the same again changes
// nothing.
func TestMastodon(t *testing.T) {
	p := newPerson(t, "alice")
	file := mastodonArchive(t)
	st := p.bring("archive.zip", file)
	if st.State != carry.Done || st.Kind != carry.KindMastodon || st.New != 6 || st.Blobs != 1 || st.Refused+st.Flagged != 0 {
		t.Fatalf("%+v", st)
	}
	if st.LeftOut["posts to followers or single people"] != 2 || st.LeftOut["boosts of others' posts"] != 1 {
		t.Errorf("left out %v", st.LeftOut)
	}
	page, err := p.Index.AuthorFeed(t.Context(), p.wallet.DID, index.PostsWithReplies, "", 50)
	p.must(err)
	var texts []string
	for _, item := range page.Items {
		s := item.Post.Record
		texts = append(texts, item.Post.Time.Format("2006-01-02 ")+strings.SplitN(item.Post.Refs.Text, "\n", 2)[0])
		if s.Flags&store.FlagImported == 0 || item.Post.Refs.Imported == nil {
			t.Errorf("%s is not marked", item.Post.URI)
		}
	}
	want := []string{
		"2022-11-11 Which one?", "2022-11-10 A word to a stranger", "2022-11-09 An answer to myself, unlisted",
		"2022-11-06 [cats]", "2022-11-05 Hello @bob@example.org, see https://example.com/a/long/path?x=1&y=2 #Go", "2022-11-04 Older, and out of order",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("the feed reads %q", texts)
	}
	for _, item := range page.Items {
		if strings.HasPrefix(item.Post.Refs.Text, "An answer") {
			parent, err := p.Index.Post(t.Context(), item.Post.Refs.Parent.URI)
			if err != nil || parent.Record.Bundle.CID != item.Post.Refs.Parent.CID {
				t.Errorf("its parent: %v", err)
			}
		}
		for _, ref := range item.Post.Refs.Blobs {
			if _, err := p.Blobs.Stat(t.Context(), ref.CID); err != nil {
				t.Errorf("a picture: %v", err)
			}
		}
	}
	p.must(store.Bundles(p.DB, p.wallet.DID, func(b *record.Bundle) error {
		if bytes.Contains(b.Value, []byte("SECRET")) {
			t.Errorf("%s was not public", b.Path)
		}
		return nil
	}))
	before, seq := p.all(), p.DB.LastSeq()
	if st = p.bring("archive.zip", file); st.New+st.Blobs != 0 || st.Same != 6 || !slices.Equal(before, p.all()) || p.DB.LastSeq() != seq {
		t.Errorf("the second time: %+v", st)
	}
}

// TestLists: those who are known here are followed, once; blocks are public, so
// they wait for a word.
func TestLists(t *testing.T) {
	p := newPerson(t, "alice")
	bob := &person{World: p.World, t: t, wallet: p.NewWallet(), Carrier: p.Carrier}
	bob.arrive("bob")
	bob.write("app.bsky.feed.post/3jzfcijpj2z2a", post("here I am", nil))
	if _, err := bob.Put(t.Context(), bob.wallet.DID, nil); err != nil { // binds the name
		t.Fatal(err)
	}
	list := []byte("Account address,Show boosts\nbob@example.org,true\nalice@example.org,true\ncarol@social.example,false\n")
	st := p.bring("following_accounts.csv", list)
	if st.New != 1 || st.LeftOut["people who are not known here"] != 2 { // alice has no name of her own yet
		t.Errorf("%+v", st)
	}
	follows, _, err := store.List(p.DB, p.wallet.DID, "app.bsky.graph.follow", store.ListOptions{Limit: 10})
	p.must(err)
	if len(follows) != 1 || string(record.Inspect(follows[0].Bundle.Value).SubjectName) != string(bob.grant.Account.Name) {
		t.Errorf("follows %v", follows)
	}
	if st = p.bring("following_accounts.csv", list); st.New != 0 || st.Same != 1 {
		t.Errorf("the second time: %+v", st)
	}
	if st = p.bring("blocked_accounts.csv", []byte("bob@example.org\n")); st.State != carry.Failed || !strings.Contains(st.Error, "public") {
		t.Errorf("blocks were published unasked: %+v", st)
	}
}
