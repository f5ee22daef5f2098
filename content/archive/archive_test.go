package archive

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"metanet/content/car"
	"metanet/content/record"
	"metanet/identity"
)

var update = flag.Bool("update", false, "write testdata anew")

type signer struct{ ed25519.PrivateKey }

func (s signer) Public() identity.Key {
	k, err := identity.ParseKey(s.PrivateKey.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return k
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, msg), nil }

var (
	network = identity.Network{1, 2, 3}
	alice   = identity.NewDID(31337, identity.Address{0xa1})
	created = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
)

func bundle(t testing.TB, rkey string, value map[string]any) *record.Bundle {
	t.Helper()
	var raw []byte
	if value != nil {
		var err error
		if raw, err = record.EncodeValue(value); err != nil {
			t.Fatal(err)
		}
	}
	key := signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))}
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
	b, err := record.Sign(network, alice, path, syntax.NewTIDFromTime(created, 1), raw, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func post(text string) map[string]any {
	return map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-04T05:06:07Z"}
}

func rawCID(t testing.TB, data []byte) cid.Cid {
	t.Helper()
	h, err := multihash.Sum(data, multihash.SHA2_256, -1)
	if err != nil {
		t.Fatal(err)
	}
	return cid.NewCidV1(cid.Raw, h)
}

// sample is an archive with one thing of each kind.
func sample(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, Head{alice, network, "example.org", created})
	if err != nil {
		t.Fatal(err)
	}
	picture := []byte("a picture")
	for _, step := range []error{
		w.Document(Document{"settings", []byte(`{"handle":"alice.example.org"}`)}),
		w.Record(bundle(t, "3jzfcijpj2z2a", post("hello"))),
		w.Record(bundle(t, "3jzfcijpj2z2b", nil)),
		w.Blob(rawCID(t, picture), int64(len(picture)), bytes.NewReader(picture)),
		w.Close(),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return out.Bytes()
}

type contents struct {
	head    Head
	records []*record.Bundle
	docs    []Document
	blobs   map[cid.Cid]string
}

func read(b []byte) (c contents, err error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return c, err
	}
	c.head, c.blobs = r.Head(), map[cid.Cid]string{}
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		switch {
		case item.Record != nil:
			c.records = append(c.records, item.Record)
		case item.Document != nil:
			c.docs = append(c.docs, *item.Document)
		default:
			data, err := io.ReadAll(item.Blob)
			if err != nil {
				return c, err
			}
			c.blobs[item.Blob.CID] = string(data)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	c, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.head != (Head{alice, network, "example.org", created}) {
		t.Errorf("head %+v", c.head)
	}
	want := []*record.Bundle{bundle(t, "3jzfcijpj2z2a", post("hello")), bundle(t, "3jzfcijpj2z2b", nil)}
	if len(c.records) != len(want) {
		t.Fatalf("%d records", len(c.records))
	}
	for i := range want {
		if !bytes.Equal(c.records[i].Bytes(), want[i].Bytes()) || c.records[i].Verify(network) != nil {
			t.Errorf("record %d is another", i)
		}
	}
	if len(c.docs) != 1 || c.docs[0].Name != "settings" || string(c.docs[0].Data) != `{"handle":"alice.example.org"}` {
		t.Errorf("documents %s", c.docs)
	}
	if c.blobs[rawCID(t, []byte("a picture"))] != "a picture" {
		t.Errorf("blobs %v", c.blobs)
	}
}

// TestGolden: archives of today are read for ever.
func TestGolden(t *testing.T) {
	const file = "testdata/golden.car"
	if *update {
		if err := os.WriteFile(file, sample(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sample(t), want) {
		t.Error("what is written has changed")
	}
	if _, err := read(want); err != nil {
		t.Error(err)
	}
}

// TestDamage: wherever an archive ends early or a bit of it is another, it is not
// read as whole.
func TestDamage(t *testing.T) {
	good := sample(t)
	for n := range good {
		if _, err := read(good[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes and read as whole", n, len(good))
		}
	}
	for i := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if c, err := read(bad); err == nil && (len(c.records) != 2 || c.blobs[rawCID(t, []byte("a picture"))] == "") {
			t.Errorf("bit %d of byte %d flipped and read as whole", i%8, i/8)
		}
	}
}

func TestRefusals(t *testing.T) {
	empty := func(value map[string]any) []byte {
		block, err := record.EncodeValue(value)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, err := car.NewWriter(&out, record.Sum(block))
		if err == nil {
			err = errors.Join(w.Put(record.Sum(block), block), w.Flush())
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"another CAR": {empty(map[string]any{"$type": "com.example.thing"}), ErrFormat},
		"the future":  {empty(map[string]any{"$type": typeHead, "v": 2}), ErrVersion},
		"nobody's":    {empty(map[string]any{"$type": typeHead, "v": 1}), ErrFormat},
		"no CAR":      {[]byte("PK\x03\x04"), car.ErrFormat},
	} {
		if _, err := read(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := read(b)
		if err != nil {
			return
		}
		for _, r := range c.records {
			if _, err := record.Decode(bytes.Clone(r.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
	})
}
