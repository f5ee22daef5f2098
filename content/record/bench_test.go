package record

import (
	"crypto/ed25519"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// postJSON is a reply with a mention, about 500 bytes of DAG-CBOR.
const postJSON = `{"$type":"app.bsky.feed.post","text":"Hello @bob.example.org, a post of ordinary length.",` +
	`"createdAt":"2026-01-02T03:04:05.678Z","langs":["en"],"net.metanet.salt":{"$bytes":"AAECAwQFBgcICQoLDA0ODw"},` +
	`"facets":[{"index":{"byteStart":6,"byteEnd":22},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:z72i7hdynmk6r22z27h6tvur"}]}],` +
	`"reply":{"root":{"uri":"at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a","cid":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"},` +
	`"parent":{"uri":"at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3jzfcijpj2z2a","cid":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"}}}`

const (
	testDID  = identity.DID("did:ethr:0x7a69:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
	testTID  = syntax.TID("3jzfcijpj2z2a")
	testPath = "app.bsky.feed.post/3jzfcijpj2z2a"
)

var testNetwork = identity.Network{0: 1, 31: 2}

// seedSigner signs with the standard library: honest signatures are alike everywhere.
type seedSigner struct{ key ed25519.PrivateKey }

func newSigner(seed byte) seedSigner {
	s := make([]byte, ed25519.SeedSize)
	s[0] = seed
	return seedSigner{ed25519.NewKeyFromSeed(s)}
}

func (s seedSigner) Public() identity.Key            { return identity.Key(s.key.Public().(ed25519.PublicKey)) }
func (s seedSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

func mustPath(t testing.TB, s string) Path {
	t.Helper()
	p, err := ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustValue(t testing.TB, json string) []byte {
	t.Helper()
	v, err := JSONToValue([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signed makes the bundle of a value given as JSON; "" deletes.
func signed(t testing.TB, path string, rev syntax.TID, json string) *Bundle {
	t.Helper()
	var value []byte
	if json != "" {
		value = mustValue(t, json)
	}
	b, err := Sign(testNetwork, testDID, mustPath(t, path), rev, value, newSigner(1))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkDecode(b *testing.B) {
	bundle := signed(b, testPath, testTID, postJSON)
	b.ReportAllocs()
	b.SetBytes(int64(len(bundle.Bytes())))
	for b.Loop() {
		if _, err := Decode(bundle.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAndVerify(b *testing.B) {
	raw := signed(b, testPath, testTID, postJSON).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		bundle, err := Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if err := bundle.Verify(testNetwork); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeAndVerifyBatch is the same as the door does it, 256 together.
func BenchmarkDecodeAndVerifyBatch(b *testing.B) {
	raw := signed(b, testPath, testTID, postJSON).Bytes()
	b.ReportAllocs()
	for n := 0; n < b.N; n += 256 {
		batch := identity.NewBatch(256)
		for range 256 {
			bundle, err := Decode(raw)
			if err != nil {
				b.Fatal(err)
			}
			batch.Add(bundle.Key, bundle.SigningBytes(testNetwork), bundle.Sig[:])
		}
		if !batch.Verify()[255] {
			b.Fatal("refused")
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	bundle := signed(b, testPath, testTID, postJSON)
	b.ReportAllocs()
	for b.Loop() {
		encodeBundle(&bundle.Envelope, bundle.Value)
	}
}

func BenchmarkCheckValue(b *testing.B) {
	value := mustValue(b, postJSON)
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		if err := CheckValue(value); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	value := mustValue(b, postJSON)
	b.ReportAllocs()
	for b.Loop() {
		Inspect(value)
	}
}

func BenchmarkCatalogCheck(b *testing.B) {
	catalog, err := NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	value, path := mustValue(b, postJSON), mustPath(b, testPath)
	b.ReportAllocs()
	for b.Loop() {
		if err := catalog.Check(path, value); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	value := mustValue(b, postJSON)
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ValueToJSON(value); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := JSONToValue([]byte(postJSON)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
