package carry_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/archive"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/ingest"
	"metanet/node/native/facetest"
	"metanet/node/session"
)

// person is somebody with an account and a hosted key that is authorised.
type person struct {
	*facetest.World
	t      *testing.T
	wallet facetest.Wallet
	grant  session.Grant
	part   *part
	*carry.Carrier
}

// part has documents, and keeps those that come; it refuses "nonsense".
type part struct{ documents, came []string }

func (*part) Name() string { return "settings" }

func (p *part) Export(context.Context, identity.DID) (out [][]byte, _ error) {
	for _, d := range p.documents {
		out = append(out, []byte(d))
	}
	return out, nil
}

func (p *part) Import(_ context.Context, _ identity.DID, document []byte) error {
	if string(document) == "nonsense" {
		return carry.ErrDocument
	}
	p.came = append(p.came, string(document))
	return nil
}

func newPerson(t *testing.T, handle string) *person {
	t.Helper()
	w := facetest.New(t)
	own := &part{documents: []string{`{"handle":"` + handle + `"}`, "nonsense"}}
	p := &person{World: w, t: t, wallet: w.NewWallet(), Carrier: w.Carrier(own), part: own}
	p.arrive(handle)
	return p
}

func (p *person) arrive(handle string) {
	p.t.Helper()
	p.grant = p.SignIn(p.wallet, handle)
	key, _, err := p.Hosted.Key(p.t.Context(), p.wallet.DID)
	p.must(err)
	p.Chain.Authorise(p.wallet.DID, key, identity.PurposeHosted)
	p.Chain.SetHome(p.wallet.DID, facetest.ServerID)
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// elsewhere is the same person at another server, with the chain that both see.
func (p *person) elsewhere() *person {
	p.t.Helper()
	w := facetest.New(p.t)
	own := &part{}
	q := &person{World: w, t: p.t, wallet: p.wallet, Carrier: w.Carrier(own), part: own}
	for _, k := range p.Chain.Keys(p.wallet.DID) {
		w.Chain.Authorise(p.wallet.DID, k.Key, k.Purpose)
	}
	return q
}

// write puts a value by the hosted key, as a face does.
func (p *person) write(path string, value map[string]any) *record.Bundle {
	p.t.Helper()
	var raw []byte
	var err error
	if value != nil {
		raw, err = record.EncodeValue(value)
		p.must(err)
	}
	at, err := record.ParsePath(path)
	p.must(err)
	signer, err := p.Hosted.Signer(p.t.Context(), p.wallet.DID)
	p.must(err)
	b, err := record.Sign(p.Network, p.wallet.DID, at, p.Clock.Next(), raw, signer)
	p.must(err)
	results, err := p.Door.Submit(p.t.Context(), []ingest.Candidate{{Origin: ingest.Local, Bundle: b}})
	p.must(err)
	p.must(results[0].Err)
	return b
}

func post(text string, more map[string]any) map[string]any {
	v := map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-04T05:06:07.000Z", record.FieldSalt: record.NewSalt()}
	for name, field := range more {
		v[name] = field
	}
	return v
}

// picture uploads bytes and returns the embed that shows them.
func (p *person) picture(data []byte) map[string]any {
	p.t.Helper()
	ref, err := p.Blobs.Put(p.t.Context(), bytes.NewReader(data), 0)
	p.must(err)
	more := map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.images", "images": []any{map[string]any{
		"alt": "", "image": map[string]any{"$type": "blob", "ref": ref.CID, "mimeType": "image/png", "size": ref.Size},
	}}}}
	if ref.DAG.Defined() {
		more[record.FieldDAG] = map[string]any{ref.CID.String(): ref.DAG}
	}
	return more
}

func (p *person) export() []byte {
	p.t.Helper()
	var out bytes.Buffer
	_, err := p.Export(p.t.Context(), p.wallet.DID, &out)
	p.must(err)
	return out.Bytes()
}

// bring uploads a file in parts, has it read, and waits for the end.
func (p *person) bring(name string, file []byte) carry.Status {
	p.t.Helper()
	const part = 100_000
	for at := 0; at < len(file); at += part {
		_, err := p.Upload(p.t.Context(), p.wallet.DID, name, int64(at), int64(len(file)), bytes.NewReader(file[at:min(at+part, len(file))]))
		p.must(err)
	}
	_, err := p.Start(p.t.Context(), p.wallet.DID, false)
	p.must(err)
	return p.settled()
}

func (p *person) settled() (st carry.Status) {
	p.t.Helper()
	p.until("the import is read", func() bool {
		var err error
		st, err = p.Carrier.Status(p.t.Context(), p.wallet.DID)
		p.must(err)
		return st.State == carry.Done || st.State == carry.Failed
	})
	return st
}

func (p *person) until(what string, ok func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// all is what is kept of the person, record by record.
func (p *person) all() (ids []string) {
	p.t.Helper()
	p.must(store.Bundles(p.DB, p.wallet.DID, func(b *record.Bundle) error {
		ids = append(ids, b.Path.String()+" "+b.ID.String())
		return nil
	}))
	return ids
}

func (p *person) sees(path string) (*store.Stored, bool) {
	p.t.Helper()
	at, err := record.ParsePath(path)
	p.must(err)
	s, err := store.Record(p.DB, p.wallet.DID, at)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false
	}
	p.must(err)
	return s, true
}

// TestThereAndAgain: what is exported at one server comes in at another, byte for
// byte, pictures included, and once only.
func TestThereAndAgain(t *testing.T) {
	p := newPerson(t, "alice")
	large := bytes.Repeat([]byte("a large picture "), 100_000) // more than one block
	p.write("app.bsky.feed.post/3jzfcijpj2z2a", post("first", nil))
	p.write("app.bsky.feed.post/3jzfcijpj2z2b", post("small", p.picture([]byte("\x89PNG small"))))
	p.write("app.bsky.feed.post/3jzfcijpj2z2c", post("large", p.picture(large)))
	p.write("app.bsky.feed.post/3jzfcijpj2z2d", post("deleted", nil))
	p.write("app.bsky.feed.post/3jzfcijpj2z2d", nil)
	file := p.export()

	q := p.elsewhere()
	st := q.bring("alice.car", file)
	if st.State != carry.Done || st.Kind != carry.KindArchive || st.New != 4 || st.Blobs != 2 || st.Refused+st.Hidden+st.Waiting != 0 {
		t.Fatalf("%+v", st)
	}
	if got, want := q.all(), p.all(); !slices.Equal(got, want) {
		t.Errorf("there %q, here %q", got, want)
	}
	if !slices.Equal(q.part.came, p.part.documents[:1]) || len(st.Notes) != 1 {
		t.Errorf("documents %q, notes %q", q.part.came, st.Notes)
	}
	s, ok := q.sees("app.bsky.feed.post/3jzfcijpj2z2c")
	if !ok {
		t.Fatal("the post with the large picture is not to be seen")
	}
	for _, ref := range record.Inspect(s.Bundle.Value).Blobs {
		if held, err := q.Blobs.Stat(t.Context(), ref.CID); err != nil || held.Size != int64(len(large)) {
			t.Errorf("its picture: %+v, %v", held, err)
		}
	}
	before, seq := q.all(), q.DB.LastSeq()
	if st = q.bring("alice.car", file); st.New+st.Blobs != 0 || st.Same != 4 || !slices.Equal(before, q.all()) || q.DB.LastSeq() != seq {
		t.Errorf("the second time: %+v", st)
	}
}

// TestLapsedKeys: what the key of a home that is gone has signed is signed again.
func TestLapsedKeys(t *testing.T) {
	p := newPerson(t, "alice")
	p.write("app.bsky.feed.post/3jzfcijpj2z2a", post("before", nil))
	file := p.export()
	old, _, err := p.Hosted.Key(t.Context(), p.wallet.DID)
	p.must(err)

	q := p.elsewhere()
	q.Chain.End(q.wallet.DID, old)
	if st := q.bring("alice.car", file); st.Hidden != 1 {
		t.Errorf("without a key here: %+v", st)
	}
	q.arrive("alice")
	st := q.bring("alice.car", file)
	if st.State != carry.Done || st.Hidden != 0 {
		t.Fatalf("%+v", st)
	}
	s, ok := q.sees("app.bsky.feed.post/3jzfcijpj2z2a")
	if !ok || s.Bundle.Key == old {
		t.Fatal("still hidden")
	}
	before := q.all()
	if st = q.bring("alice.car", file); !slices.Equal(before, q.all()) {
		t.Errorf("the second time changes it: %+v", st)
	}
}

// TestNotTheirs: archives of others, of other networks, damaged or of no known kind
// change nothing.
func TestNotTheirs(t *testing.T) {
	p, other := newPerson(t, "alice"), newPerson(t, "bob")
	other.write("app.bsky.feed.post/3jzfcijpj2z2a", post("bob's", nil))
	p.write("app.bsky.feed.post/3jzfcijpj2z2a", post("alice's", nil))
	good := p.export()
	before := p.all()

	var foreign bytes.Buffer
	w, err := archive.NewWriter(&foreign, archive.Head{DID: p.wallet.DID, Network: identity.Network{9}, Created: time.Now()})
	p.must(err)
	p.must(w.Close())
	broken := bytes.Clone(good)
	broken[len(broken)/2] ^= 1
	for name, file := range map[string][]byte{
		"another's": other.export(), "another network's": foreign.Bytes(), "cut short": good[:len(good)-10], "broken": broken, "a letter": []byte("Dear Sirs"),
	} {
		if st := p.bring("x.car", file); st.State != carry.Failed || st.Error == "" {
			t.Errorf("%s: %+v", name, st)
		}
		if !slices.Equal(before, p.all()) {
			t.Errorf("%s: changed what is here", name)
		}
	}
}

// TestForeignRecordsInAnArchive: records of others under one's own head are left out.
func TestForeignRecordsInAnArchive(t *testing.T) {
	p, other := newPerson(t, "alice"), newPerson(t, "bob")
	theirs := other.write("app.bsky.feed.post/3jzfcijpj2z2a", post("bob's", nil))
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, archive.Head{DID: p.wallet.DID, Network: p.Network, Created: time.Now()})
	p.must(err)
	p.must(w.Record(theirs))
	p.must(w.Blob(other.blob([]byte("room to take"))))
	p.must(w.Close())
	st := p.bring("x.car", file.Bytes())
	if st.New != 0 || st.Blobs != 0 || len(p.all()) != 0 {
		t.Errorf("%+v, here %q", st, p.all())
	}
}

func (p *person) blob(data []byte) (c cid.Cid, size int64, r *bytes.Reader) {
	p.t.Helper()
	ref, err := p.Blobs.Put(p.t.Context(), bytes.NewReader(data), 0)
	p.must(err)
	return ref.CID, ref.Size, bytes.NewReader(data)
}

// TestUpload: parts come in order, once; what is not whole is not read.
func TestUpload(t *testing.T) {
	p := newPerson(t, "alice")
	ctx, did := t.Context(), p.wallet.DID
	if _, err := p.Carrier.Status(ctx, did); !errors.Is(err, carry.ErrNothing) {
		t.Errorf("before anything: %v", err)
	}
	up := func(offset, total int64, part string) (carry.Status, error) {
		return p.Upload(ctx, did, "../../etc/passwd", offset, total, strings.NewReader(part))
	}
	if _, err := up(0, carry.MaxUpload+1, "x"); !errors.Is(err, carry.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if st, err := up(0, 10, "12345"); err != nil || st.Size != 5 {
		t.Errorf("first part: %+v, %v", st, err)
	}
	if _, err := p.Start(ctx, did, false); !errors.Is(err, carry.ErrNothing) {
		t.Errorf("half a file starts: %v", err)
	}
	if st, err := up(3, 10, "45678"); !errors.Is(err, carry.ErrOffset) || st.Size != 5 {
		t.Errorf("a wrong place: %+v, %v", st, err)
	}
	if st, err := up(5, 10, "67890 and more"); err != nil || st.Size != 10 {
		t.Errorf("more than was said: %+v, %v", st, err)
	}
	_, err := p.Start(ctx, did, false)
	p.must(err)
	if st := p.settled(); st.State != carry.Failed {
		t.Errorf("%+v", st)
	}
	p.must(p.Forget(did))
	if _, err := p.Carrier.Status(ctx, did); !errors.Is(err, carry.ErrNothing) {
		t.Errorf("forgotten: %v", err)
	}
}

// TestRepoTwice: an AT repository comes in with its CIDs, once; what the person has
// changed or deleted here since stays as it is.
func TestRepoTwice(t *testing.T) {
	p := newPerson(t, "alice")
	file, err := os.ReadFile("../../content/repo/testdata/paul_staging.repo.car")
	p.must(err)
	st := p.bring("repo.car", file)
	if st.State != carry.Done || st.Kind != carry.KindRepo || st.New < 185 || st.Refused != 0 {
		t.Fatalf("%+v", st)
	}
	page, _, err := store.List(p.DB, p.wallet.DID, "app.bsky.feed.post", store.ListOptions{Limit: 2})
	p.must(err)
	if page[0].Flags&store.FlagImported == 0 {
		t.Error("not flagged as imported")
	}
	changed, deleted := page[0].Bundle.Path.String(), page[1].Bundle.Path.String()
	p.write(changed, post("written since", nil))
	p.write(deleted, nil)
	before, seq := p.all(), p.DB.LastSeq()
	again := p.bring("repo.car", file)
	if again.New != 0 || again.Kept != 2 || again.Same != st.New-2 || !slices.Equal(before, p.all()) || p.DB.LastSeq() != seq {
		t.Errorf("the second time: %+v", again)
	}
}

// TestNoKey: without an authorised key nothing is signed, and the reason is told.
func TestNoKey(t *testing.T) {
	w := facetest.New(t)
	p := &person{World: w, t: t, wallet: w.NewWallet(), Carrier: w.Carrier()}
	p.SignIn(p.wallet, "alice")
	_, err := p.Put(t.Context(), p.wallet.DID, []carry.Value{{Path: record.Path{Collection: "com.example.thing", Key: syntax.RecordKey("x")}, Value: []byte{0xa0}}})
	if !errors.Is(err, session.ErrHostedKey) {
		t.Errorf("%v", err)
	}
}
