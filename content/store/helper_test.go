package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"
)

var (
	network = identity.Network{1, 2, 3}
	epoch   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	ctx     = context.Background()
)

// signer is a key made from a number, so that tests are the same each time.
type signer struct{ private ed25519.PrivateKey }

func newSigner(n int) signer {
	seed := sha256.Sum256(fmt.Append(nil, "key", n))
	return signer{ed25519.NewKeyFromSeed(seed[:])}
}

func (s signer) Public() identity.Key {
	return identity.Key(s.private.Public().(ed25519.PublicKey))
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

func author(n int) identity.DID {
	return identity.NewDID(31337, identity.Address{0xaa, byte(n >> 8), byte(n)})
}

func rev(micros int) syntax.TID {
	return syntax.NewTID(epoch.UnixMicro()+int64(micros), 1)
}

func post(rkey string) record.Path {
	return record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
}

// sign makes a record; a nil value deletes.
func sign(t testing.TB, did identity.DID, key int, path record.Path, r syntax.TID, value map[string]any) *record.Bundle {
	t.Helper()
	var raw []byte
	if value != nil {
		value["$type"] = string(path.Collection)
		var err error
		if raw, err = drisl.Marshal(value); err != nil {
			t.Fatal(err)
		}
	}
	b, err := record.Sign(network, did, path, r, raw, newSigner(key))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(s string) map[string]any {
	return map[string]any{"text": s, "createdAt": "2026-05-01T12:00:00Z"}
}

func admit(b *record.Bundle) Admission {
	return Admission{Bundle: b, Standing: identity.Provisional, Received: epoch}
}

func openTest(t testing.TB, o Options) *DB {
	t.Helper()
	if o.FS == nil {
		o.InMemory = true
	}
	db, err := Open("db", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil && err != ErrClosed {
			t.Error(err)
		}
	})
	return db
}
