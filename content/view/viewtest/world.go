// Package viewtest gives tests of views a store in memory and people who write to
// it. Only tests import it.
package viewtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/identity"
)

// Epoch is when the world begins.
var Epoch = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// World is a store whose records come one a second.
type World struct {
	T      testing.TB
	DB     *store.DB
	writes int
}

// New makes a world that ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	db, err := store.Open("", store.Options{InMemory: true})
	w := &World{T: t, DB: db}
	w.Must(err)
	t.Cleanup(func() { w.Must(db.Close()) })
	return w
}

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// DID is person n's.
func DID(n int) identity.DID { return identity.NewDID(31337, identity.Address{byte(n), 1}) }

// Name is person n's AT name, as values spell it. Nothing proves it.
func Name(n int) string {
	return "did:plc:" + strings.Repeat(string(rune('a'+n)), 24)
}

// URI is person n's post of that key.
func URI(n int, rkey string) string { return "at://" + Name(n) + "/app.bsky.feed.post/" + rkey }

// Ref is a strong reference to it.
func Ref(n int, rkey string) map[string]any {
	return map[string]any{"uri": URI(n, rkey), "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"}
}

type signer struct{ ed25519.PrivateKey }

func (s signer) Public() identity.Key            { return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey)) }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

// Write stores a record of person n, signed by one of their keys; nil fields delete.
func (w *World) Write(n, key int, collection, rkey string, fields map[string]any) *record.Bundle {
	w.T.Helper()
	a := w.Signed(n, key, collection, rkey, fields)
	_, err := w.DB.Commit(context.Background(), []store.Admission{a})
	w.Must(err)
	return a.Bundle
}

// Signed is what Write stores.
func (w *World) Signed(n, key int, collection, rkey string, fields map[string]any) store.Admission {
	w.T.Helper()
	w.writes++
	at := Epoch.Add(time.Duration(w.writes) * time.Second)
	var value []byte
	if fields != nil {
		all := map[string]any{"$type": collection, "createdAt": at.Format(syntax.AtprotoDatetimeLayout)}
		for k, v := range fields {
			all[k] = v
		}
		var err error
		value, err = record.EncodeValue(all)
		w.Must(err)
	}
	seed := sha256.Sum256(fmt.Append(nil, n, key))
	path := record.Path{Collection: syntax.NSID(collection), Key: syntax.RecordKey(rkey)}
	b, err := record.Sign(identity.Network{}, DID(n), path, syntax.NewTID(at.UnixMicro(), uint(n)), value, signer{ed25519.NewKeyFromSeed(seed[:])})
	w.Must(err)
	return store.Admission{Bundle: b, Standing: identity.Provisional, Received: at}
}

// Post stores a post.
func (w *World) Post(n int, rkey, text string, more map[string]any) *record.Bundle {
	w.T.Helper()
	fields := map[string]any{"text": text}
	for k, v := range more {
		fields[k] = v
	}
	return w.Write(n, 0, "app.bsky.feed.post", rkey, fields)
}

// Settle lets a follower come to the end of the feed.
func (w *World) Settle(f *view.Follower) {
	w.T.Helper()
	for more := true; more; {
		var err error
		more, err = f.Step(context.Background())
		w.Must(err)
	}
	s, err := f.State()
	w.Must(err)
	if s.Behind != 0 {
		w.T.Fatalf("%s is %d changes behind at the end", s.Name, s.Behind)
	}
}

// Entries is all that a follower has written, each key held to the declared key
// space.
func (w *World) Entries(f *view.Follower) map[string]string {
	w.T.Helper()
	all := make(map[string]string)
	for _, r := range f.Ranges() {
		w.Must(w.DB.Scan(r, store.Forward, 0, func(key, value []byte) (bool, error) {
			_, _, err := store.DecodeKey(key)
			all[string(key)] = string(bytes.Clone(value))
			return true, err
		}))
	}
	return all
}
