package atproto

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/native/facetest"
)

func TestWriteAndRead(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	out := w.post(alice, "Hello, world", nil)
	if out.ValidationStatus != "valid" || !strings.HasPrefix(out.URI, "at://"+string(alice.Account.Name)+"/app.bsky.feed.post/") {
		t.Errorf("%+v", out)
	}
	_, rkey, _ := strings.Cut(strings.TrimPrefix(out.URI, "at://"), "post/")

	// The binding went first, so that the AT name in the URI means somebody.
	a, err := w.Index.Actor(context.Background(), string(alice.Account.Name))
	if err != nil || a.DID != alice.DID {
		t.Fatalf("the AT name is unknown: %v", err)
	}
	feed, err := w.DB.Feed(0, 10)
	if err != nil || len(feed) != 2 || feed[0].Bundle.Path != bindingPath || feed[0].Bundle.Key != alice.Hosted {
		t.Errorf("feed %+v %v", feed, err)
	}

	var got struct {
		URI, CID string
		Value    m
	}
	for _, repo := range []string{string(alice.Account.Name), "alice.example.org", string(alice.DID)} {
		w.call("com.atproto.repo.getRecord", url.Values{"repo": {repo}, "collection": {"app.bsky.feed.post"}, "rkey": {rkey}, "cid": {out.CID}}, "", &got)
		if got.URI != out.URI || got.CID != out.CID || got.Value["text"] != "Hello, world" {
			t.Errorf("by %s: %+v", repo, got)
		}
	}
	salt := got.Value[record.FieldSalt].(m)["$bytes"].(string)
	if len(salt) != 22 {
		t.Errorf("salt %q", salt)
	}
	if again := w.post(alice, "Hello, world", nil); again.CID == out.CID {
		t.Error("one text has one CID: it can be guessed")
	}
	r := w.Get("/xrpc/com.atproto.repo.getRecord?repo=alice.example.org&collection=app.bsky.feed.post&rkey="+rkey+"&cid=bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae", "")
	if r.Code() != "RecordNotFound" {
		t.Errorf("another version: %d %s", r.Status, r.Body)
	}
}

func TestPutSwapDelete(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	put := func(text string, more m) facetest.Reply {
		in := m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{"displayName": text}}
		for k, v := range more {
			in[k] = v
		}
		return w.Post("com.atproto.repo.putRecord", alice.Access, in)
	}
	var first written
	r := put("Alice", m{"swapRecord": nil})
	w.Into(r, &first)
	w.check("com.atproto.repo.putRecord", r.Body)
	if r := put("Alice 2", m{"swapRecord": nil}); r.Code() != "InvalidSwap" {
		t.Errorf("nothing was expected there: %d %s", r.Status, r.Body)
	}
	var second written
	w.Into(put("Alice 2", m{"swapRecord": first.CID}), &second)
	if r := put("Alice 3", m{"swapRecord": first.CID}); r.Code() != "InvalidSwap" {
		t.Errorf("an old version was expected: %d %s", r.Status, r.Body)
	}
	if r := put("Alice 3", m{"swapCommit": first.CID}); r.Code() != "InvalidSwap" {
		t.Errorf("there are no commits: %d %s", r.Status, r.Body)
	}
	if r := w.Post("com.atproto.repo.createRecord", alice.Access, m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{}}); r.Code() != "RecordAlreadyExists" {
		t.Errorf("create over it: %d %s", r.Status, r.Body)
	}
	del := m{"repo": "alice.example.org", "collection": "app.bsky.actor.profile", "rkey": "self"}
	for range 2 { // the second finds nothing and is content
		r := w.Post("com.atproto.repo.deleteRecord", alice.Access, del)
		if r.Status != 200 {
			t.Fatalf("delete: %d %s", r.Status, r.Body)
		}
		w.check("com.atproto.repo.deleteRecord", r.Body)
	}
	if r := w.Get("/xrpc/com.atproto.repo.getRecord?repo=alice.example.org&collection=app.bsky.actor.profile&rkey=self", ""); r.Status != 400 || r.Code() != "RecordNotFound" {
		t.Errorf("deleted: %d %s", r.Status, r.Body)
	}
	w.Into(put("Alice is back", nil), &first)
	if r := w.Post("com.atproto.repo.deleteRecord", alice.Access, m{"repo": "alice.example.org", "collection": "net.metanet.identity.at", "rkey": "self"}); r.Status != 400 {
		t.Errorf("the binding was deleted: %d %s", r.Status, r.Body)
	}
}

func TestRefusedWrites(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.NewPerson("alice"), w.NewPerson("bob")
	noKey := facetest.Person{Wallet: w.NewWallet()}
	noKey.Grant = w.SignIn(noKey.Wallet, "nokey")
	w.post(bob, "x", nil) // so that bob's AT name is known
	good := m{"$type": "app.bsky.feed.post", "text": "x", "createdAt": now()}
	with := func(more m) m {
		v := m{}
		for k, x := range good {
			v[k] = x
		}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	in := func(more m) m {
		v := m{"repo": string(alice.DID), "collection": "app.bsky.feed.post", "record": good}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	tests := []struct {
		name   string
		token  string
		in     m
		status int
		code   string
	}{
		{"nobody", "", in(nil), 401, "AuthRequired"},
		{"refresh token", alice.Refresh, in(nil), 401, "InvalidToken"},
		{"somebody else's repo", alice.Access, in(m{"repo": string(bob.Account.Name)}), 403, "Forbidden"},
		{"somebody else's handle", alice.Access, in(m{"repo": "bob.example.org"}), 403, "Forbidden"},
		{"nobody's repo", alice.Access, in(m{"repo": "nobody.example.org"}), 403, "Forbidden"},
		{"no repo", alice.Access, in(m{"repo": ""}), 403, "Forbidden"},
		{"key not authorised", noKey.Access, in(m{"repo": string(noKey.DID)}), 403, "HostedKeyNotAuthorised"},
		{"collection is no NSID", alice.Access, in(m{"collection": "posts"}), 400, "InvalidRequest"},
		{"rkey is none", alice.Access, in(m{"rkey": "a/b"}), 400, "InvalidRequest"},
		{"rkey against the schema", alice.Access, in(m{"rkey": "notatid"}), 400, "InvalidRecord"},
		{"no record", alice.Access, in(m{"record": nil}), 400, "InvalidRecord"},
		{"record of another type", alice.Access, in(m{"record": with(m{"$type": "app.bsky.feed.like"})}), 400, "InvalidRecord"},
		{"$type of another type", alice.Access, in(m{"record": with(m{"$type": 1})}), 400, "InvalidRecord"},
		{"against the schema", alice.Access, in(m{"record": with(m{"createdAt": "yesterday"})}), 400, "InvalidRecord"},
		{"against the schema, unvalidated", alice.Access, in(m{"validate": false, "record": with(m{"createdAt": "yesterday"})}), 400, "InvalidRecord"},
		{"a float", alice.Access, in(m{"record": with(m{"x": 1.5})}), 400, "InvalidRecord"},
		{"unknown type, to be validated", alice.Access, in(m{"validate": true, "collection": "com.example.thing", "record": m{}}), 400, "InvalidRecord"},
		{"oversize", alice.Access, in(m{"collection": "com.example.thing", "record": m{"x": strings.Repeat("x", 65<<10)}}), 413, "RecordTooLarge"},
		{"blob that isn't here", alice.Access, in(m{"record": with(m{"embed": m{"$type": "app.bsky.embed.images", "images": []m{{"alt": "", "image": m{
			"$type": "blob", "ref": m{"$link": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}, "mimeType": "image/png", "size": 1}}}}})}), 400, "BlobNotFound"},
		{"forged binding", alice.Access, in(m{"collection": "net.metanet.identity.at", "rkey": "self", "record": m{"operation": m{}, "createdAt": now()}}), 400, ""},
	}
	before := w.DB.LastSeq()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := w.Post("com.atproto.repo.createRecord", tt.token, tt.in)
			if r.Status != tt.status || (tt.code != "" && r.Code() != tt.code) {
				t.Errorf("got %d %s, want %d %s", r.Status, r.Body, tt.status, tt.code)
			}
		})
	}
	if after := w.DB.LastSeq(); after != before {
		t.Errorf("something was written: %d, before %d", after, before)
	}
	if r := w.Post("com.atproto.repo.createRecord", noKey.Access, in(m{"repo": string(noKey.DID)})); !strings.Contains(string(r.Body), "net.metanet.identity.prepare") {
		t.Errorf("the error doesn't say what to do: %s", r.Body)
	}
	w.Chain.End(alice.DID, alice.Hosted)
	if r := w.Post("com.atproto.repo.createRecord", alice.Access, in(nil)); r.Code() != "HostedKeyNotAuthorised" {
		t.Errorf("after its end: %d %s", r.Status, r.Body)
	}
}

func TestUnknownTypesAreKept(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	out := w.create(alice, "com.example.thing", m{"x": 1})
	if out.ValidationStatus != "unknown" {
		t.Errorf("%+v", out)
	}
}

func TestLongText(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	whole := strings.TrimSpace(strings.Repeat("many words ", 100))
	w.post(alice, whole, nil)
	var out struct{ Records []struct{ Value m } }
	w.call("com.atproto.repo.listRecords", url.Values{"repo": {"alice.example.org"}, "collection": {"app.bsky.feed.post"}}, "", &out)
	v := out.Records[0].Value
	if v[record.FieldFullText] != whole || len(v["text"].(string)) > 310 {
		t.Errorf("%+v", v)
	}
}

// A device whose clock is ahead wrote the record that is now replaced.
func TestReplacesWhatADeviceSigned(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	signer, err := w.Hosted.Signer(context.Background(), alice.DID)
	if err != nil {
		t.Fatal(err)
	}
	path := record.Path{Collection: "app.bsky.actor.profile", Key: "self"}
	value, err := record.EncodeValue(map[string]any{"$type": "app.bsky.actor.profile", "displayName": "from the device"})
	if err != nil {
		t.Fatal(err)
	}
	ahead := syntax.NewTIDFromTime(time.Now().Add(8*time.Minute), 5)
	b, err := record.Sign(w.Network, alice.DID, path, ahead, value, signer)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := w.Door.Submit(context.Background(), []ingest.Candidate{{Origin: ingest.Local, Bundle: b}}); err != nil || res[0].Status != ingest.Admitted {
		t.Fatal(res, err)
	}
	var out written
	w.Into(w.Post("com.atproto.repo.putRecord", alice.Access, m{"repo": "alice.example.org", "collection": path.Collection, "rkey": "self", "record": m{"displayName": "from here"}}), &out)
	s, err := w.Index.Record(context.Background(), alice.DID, path)
	if err != nil || s.Bundle.CID.String() != out.CID {
		t.Errorf("the write that was acknowledged isn't what people see: %v", err)
	}
}

// Many writers of one account see each other's records: exactly one create wins.
func TestConcurrentCreates(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	var wg sync.WaitGroup
	status := make([]int, 12)
	for i := range status {
		wg.Go(func() {
			status[i] = w.Post("com.atproto.repo.createRecord", alice.Access, m{"repo": string(alice.DID), "collection": "app.bsky.actor.profile", "rkey": "self", "record": m{"displayName": fmt.Sprint(i)}}).Status
		})
	}
	wg.Wait()
	won := 0
	for _, s := range status {
		switch s {
		case 200:
			won++
		case 409:
		default:
			t.Errorf("status %d", s)
		}
	}
	if won != 1 {
		t.Errorf("%d creates won", won)
	}
}

func TestKeyedMutexForgets(t *testing.T) {
	var k keyedMutex
	unlock := k.lock(identity.DID("a"))
	unlock()
	if len(k.held) != 0 {
		t.Error("a lock is kept for everybody who ever wrote")
	}
}

func FuzzWriteInput(f *testing.F) {
	for _, s := range []string{`{"repo":"a","collection":"app.bsky.feed.post","rkey":"self","record":{},"swapRecord":null}`, `{"swapRecord":"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}`, `{"swapRecord":1}`, `{"collection":"x"}`, `[]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var in putInput
		if json.Unmarshal([]byte(s), &in) != nil {
			return
		}
		if in.SwapRecord.check(nil) == nil && in.SwapRecord.cid.Defined() {
			t.Fatalf("%q: a record that isn't there is the one expected", s)
		}
	})
}
