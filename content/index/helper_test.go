package index

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"
)

var (
	ctx   = context.Background()
	epoch = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

type signer struct{ ed25519.PrivateKey }

func newSigner(n int) signer {
	seed := sha256.Sum256(fmt.Append(nil, n))
	return signer{ed25519.NewKeyFromSeed(seed[:])}
}

func (s signer) Public() identity.Key {
	return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey))
}
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

// person is somebody with a key, a DID and an AT name.
type person struct {
	n    int
	did  identity.DID
	name identity.ATName
	bind *record.Bundle // the record that proves the name
}

// newPerson makes person n, the same each time but for the AT name.
func newPerson(t testing.TB, n int) *person {
	t.Helper()
	p := &person{n: n, did: identity.NewDID(31337, identity.Address{byte(n >> 8), byte(n), 1})}
	key, err := atcrypto.GeneratePrivateKeyK256()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	op, err := plc.New([]string{public.DIDKey()}, public.DIDKey(), p.handle(), p.did, "https://example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Sign(key); err != nil {
		t.Fatal(err)
	}
	value, err := plc.Value(op, epoch)
	if err != nil {
		t.Fatal(err)
	}
	p.name = op.Name()
	p.bind = p.sign(t, plc.Collection, plc.RecordKey, 0, value)
	return p
}

func (p *person) handle() syntax.Handle { return syntax.Handle(fmt.Sprintf("p%d.example.org", p.n)) }

func (p *person) uri(collection, rkey string) string {
	return fmt.Sprintf("at://%s/%s/%s", p.name, collection, rkey)
}

// sign makes a record whose rev is so many seconds after the epoch; a nil value
// deletes.
func (p *person) sign(t testing.TB, collection, rkey string, seconds int, value []byte) *record.Bundle {
	t.Helper()
	path := record.Path{Collection: syntax.NSID(collection), Key: syntax.RecordKey(rkey)}
	rev := syntax.NewTID(epoch.Add(time.Duration(seconds)*time.Second).UnixMicro(), uint(p.n%1000))
	b, err := record.Sign(identity.Network{}, p.did, path, rev, value, newSigner(p.n))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put makes a record of fields.
func (p *person) put(t testing.TB, collection, rkey string, seconds int, fields map[string]any) *record.Bundle {
	t.Helper()
	fields["$type"] = collection
	if fields["createdAt"] == nil {
		fields["createdAt"] = epoch.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339Nano)
	}
	doc, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	value, err := record.JSONToValue(doc)
	if err != nil {
		t.Fatal(err)
	}
	return p.sign(t, collection, rkey, seconds, value)
}

func ref(uri string) map[string]any {
	return map[string]any{"uri": uri, "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"}
}

func open(t testing.TB) (*store.DB, *Index) {
	t.Helper()
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, New(db)
}

func commit(t testing.TB, db *store.DB, bundles ...*record.Bundle) {
	t.Helper()
	admissions := make([]store.Admission, len(bundles))
	for i, b := range bundles {
		admissions[i] = store.Admission{Bundle: b, Standing: identity.Provisional, Received: epoch}
	}
	if _, err := db.Commit(ctx, admissions); err != nil {
		t.Fatal(err)
	}
}

// entries is all that the index has written, and holds every key to the declared
// key space.
func entries(t testing.TB, db *store.DB) map[string]string {
	t.Helper()
	all := make(map[string]string)
	r := store.Range{Start: []byte{byte(store.IndexFirst)}, End: []byte{byte(store.IndexEnd)}}
	err := db.Scan(r, store.Forward, 0, func(key, value []byte) (bool, error) {
		if _, _, err := store.DecodeKey(key); err != nil {
			return false, err
		}
		all[string(key)] = string(bytes.Clone(value))
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameEntries(t testing.TB, got, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if w, ok := got[k]; !ok || w != v {
			l, parts, _ := store.DecodeKey([]byte(k))
			t.Fatalf("%s %v: %x, want %x", l.Name, parts, w, v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			l, parts, _ := store.DecodeKey([]byte(k))
			t.Fatalf("%s %v should not be there", l.Name, parts)
		}
	}
}
