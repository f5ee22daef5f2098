package web

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/policy"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/notice"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/identity/plc"
	"metanet/node/inbox"
	"metanet/node/personal"
)

// world is a real store and index in memory, with people who write, and the
// chain's and the server's words made up.
type world struct {
	t       testing.TB
	db      *store.DB
	index   *index.Index
	now     time.Time
	micros  int64
	chain   map[identity.DID]Identity
	policy  []PolicyVersion
	texts   map[[32]byte][]byte
	viewers map[string]identity.DID
	about   About

	views    []*view.Follower
	personal *personal.Personal
}

var (
	network = identity.NewNetwork(1337, [32]byte{1}, identity.Address{2})
	noon    = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

func newWorld(t testing.TB) *world {
	db, err := store.Open("", store.Options{InMemory: true})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	w := &world{
		t: t, db: db, index: index.New(db), now: noon,
		chain: map[identity.DID]Identity{}, texts: map[[32]byte][]byte{}, viewers: map[string]identity.DID{},
	}
	w.views = []*view.Follower{view.Follow(db, notice.View()), view.Follow(db, search.View())}
	w.personal = personal.New(db.Space("personal"), func() time.Time { return w.now })
	w.about = About{
		URL: "http://127.0.0.1:8080", Domain: "home.example.org", ID: 1, Owner: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
		Version: "0.1.0", Network: network.String(), ChainID: 1337, Genesis: "0x" + fmt.Sprintf("%064x", 7), Block: 42,
		Contracts:     []Contract{{"IdentityRegistry", "0x5FbDB2315678afecb367f032d93F642f64180aa3"}},
		PeerAddresses: []string{"/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo"},
	}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// handler is the face over this world.
func (w *world) handler() http.Handler {
	h, err := New(Config{
		Index: w.index, Search: search.New(w.db), Inbox: &inbox.Inbox{Index: w.index, Notices: notice.New(w.db), Personal: w.personal}, Personal: w.personal, Identities: w, Policies: w, Server: w, Viewers: w,
		Logger: slog.New(slog.NewTextHandler(w.t.Output(), nil)), Now: func() time.Time { return w.now },
	})
	must(w.t, err)
	return h
}

// settle lets the views come to the end of the feed.
func (w *world) settle() {
	w.t.Helper()
	for _, f := range w.views {
		for more := true; more; {
			var err error
			more, err = f.Step(context.Background())
			must(w.t, err)
		}
	}
}

func (w *world) About(context.Context) About {
	a := w.about
	a.PolicyVersion = uint64(len(w.policy))
	return a
}

func (w *world) Identity(_ context.Context, did identity.DID) (Identity, error) {
	id, ok := w.chain[did]
	if !ok {
		return Identity{}, ErrNotFound
	}
	return id, nil
}

func (w *world) Viewer(_ context.Context, token string) (identity.DID, error) {
	did, ok := w.viewers[token]
	if !ok {
		return "", errors.New("no such token")
	}
	return did, nil
}

func (w *world) Versions(context.Context) ([]PolicyVersion, error) { return w.policy, nil }

func (w *world) Canonical(_ context.Context, digest [32]byte) ([]byte, error) {
	b, ok := w.texts[digest]
	if !ok {
		return nil, fmt.Errorf("texts: %w", ErrNotFound)
	}
	return b, nil
}

func (w *world) publish(d *policy.Document) {
	canonical, err := d.Canonical()
	must(w.t, err)
	digest := policy.Digest(canonical)
	w.texts[digest] = canonical
	n := uint64(len(w.policy) + 1)
	at := noon.Add(time.Duration(n) * time.Minute)
	w.policy = append(w.policy, PolicyVersion{
		Number: n, Digest: digest, Block: 10 + n, Tx: fmt.Sprintf("0x%064x", n), PublishedAt: at, EffectiveAt: at,
	})
	w.now = at.Add(time.Hour)
}

// author is somebody with a key, an AT name and a handle.
type author struct {
	w      *world
	key    ed25519.PrivateKey
	did    identity.DID
	name   identity.ATName
	handle syntax.Handle
}

func (a *author) Public() identity.Key            { return identity.Key(a.key.Public().(ed25519.PublicKey)) }
func (a *author) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(a.key, msg), nil }

func (w *world) author(handle, displayName, bio string) *author {
	seed := sha256.Sum256([]byte(handle))
	a := &author{w: w, key: ed25519.NewKeyFromSeed(seed[:]), handle: syntax.Handle(handle)}
	a.did = identity.NewDID(1337, identity.Address(seed[:20]))
	rotation, err := atcrypto.ParsePrivateBytesK256(seed[:])
	must(w.t, err)
	public, err := rotation.PublicKey()
	must(w.t, err)
	op, err := plc.New([]string{public.DIDKey()}, public.DIDKey(), a.handle, a.did, "https://home.example.org")
	must(w.t, err)
	must(w.t, op.Sign(rotation))
	a.name = op.Name()
	value, err := plc.Value(op, noon)
	must(w.t, err)
	a.commit(record.ATNamePath, value)
	must(w.t, w.index.SetHandle(context.Background(), a.did, a.handle, index.HandleValid))
	a.put("app.bsky.actor.profile", "self", map[string]any{"displayName": displayName, "description": bio})
	w.chain[a.did] = Identity{Home: "home.example.org", Block: 42, Keys: []identity.KeyRecord{{
		Key: a.Public(), Purpose: identity.PurposeDevice, AddedAt: uint64(noon.Unix()), AddedBlock: 17,
		Expiry: uint64(noon.AddDate(1, 0, 0).Unix()),
	}}}
	w.viewers["token of "+handle] = a.did
	return a
}

// put signs and stores a record, and answers its URI and CID. A nil value deletes.
func (a *author) put(collection, rkey string, value map[string]any) map[string]any {
	path := record.Path{Collection: syntax.NSID(collection), Key: syntax.RecordKey(rkey)}
	var raw []byte
	if value != nil {
		value["$type"] = collection
		if _, given := value["createdAt"]; !given {
			value["createdAt"] = syntax.DatetimeNow().String()
		}
		var err error
		raw, err = record.EncodeValue(value)
		must(a.w.t, err)
	}
	b := a.commit(path, raw)
	return map[string]any{"uri": string(index.URI(string(a.name), path)), "cid": b.CID.String()}
}

func (a *author) commit(path record.Path, raw []byte) *record.Bundle {
	a.w.micros += 61_000_000
	rev := syntax.NewTID(noon.UnixMicro()+a.w.micros, 1)
	b, err := record.Sign(network, a.did, path, rev, raw, a)
	must(a.w.t, err)
	_, err = a.w.db.Commit(context.Background(), []store.Admission{{Bundle: b, Standing: identity.Provisional, Received: a.w.now}})
	must(a.w.t, err)
	return b
}

// post writes a post; more are further fields of its value.
func (a *author) post(rkey, text string, more map[string]any) map[string]any {
	value := map[string]any{"text": text, "langs": []any{"en"}, "createdAt": noon.Add(time.Duration(a.w.micros) * time.Microsecond).Format(syntax.AtprotoDatetimeLayout)}
	for k, v := range more {
		value[k] = v
	}
	return a.put("app.bsky.feed.post", rkey, value)
}

func answering(root, parent map[string]any) map[string]any {
	return map[string]any{"reply": map[string]any{"root": root, "parent": parent}}
}

// pictures embeds pictures of the given descriptions; all are samplePicture.
func pictures(alts ...string) map[string]any {
	var images []any
	for _, alt := range alts {
		blob := map[string]any{"$type": "blob", "ref": blobCID(), "mimeType": "image/jpeg", "size": int64(len(samplePicture()))}
		images = append(images, map[string]any{"alt": alt, "image": blob, "aspectRatio": map[string]any{"width": int64(640), "height": int64(400)}})
	}
	return map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.images", "images": images}}
}

func blobCID() cid.Cid {
	c, err := cid.V1Builder{Codec: cid.Raw, MhType: 0x12}.Sum(samplePicture())
	if err != nil {
		panic(err) // a fixed input
	}
	return c
}

// samplePicture is a sunset of sorts.
func samplePicture() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 640, 400))
	for y := range 400 {
		for x := range 640 {
			c := color.RGBA{uint8(30 + y/2), uint8(60 + y/4), uint8(120 - y/5), 255}
			if dx, dy := x-430, y-210; dx*dx+dy*dy < 60*60 {
				c = color.RGBA{255, 214, 140, 255}
			}
			if y > 290+(x*x/9000)%40 {
				c = color.RGBA{22, 36, 40, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err) // a fixed input
	}
	return b.Bytes()
}

// get asks for a page as a browser would, optionally with a token.
func (w *world) get(path, token string) (status int, body string, header http.Header) {
	w.t.Helper()
	r := request(path)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.serve(r)
}

func request(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func (w *world) serve(r *http.Request) (status int, body string, header http.Header) {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler().ServeHTTP(rec, r)
	b, err := io.ReadAll(rec.Result().Body)
	must(w.t, err)
	return rec.Code, string(b), rec.Header()
}
