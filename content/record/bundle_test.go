package record

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record/dagcbor"
	"metanet/identity"
)

func TestBundleRoundTrip(t *testing.T) {
	for i, r := range records {
		b := signed(t, r.path, syntax.NewTIDFromInteger(testTID.Integer()+uint64(i)), r.json)
		again, err := Decode(bytes.Clone(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if err := again.Verify(testNetwork); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if out := encodeBundle(&again.Envelope, again.Value); !bytes.Equal(out, b.Bytes()) {
			t.Errorf("%s: encoded again as %x, want %x", r.name, out, b.Bytes())
		}
		if !bytes.Equal(again.Envelope.SigningBytes(testNetwork), again.SigningBytes(testNetwork)) {
			t.Errorf("%s: what is signed differs between the fields and the bytes", r.name)
		}
		if again.ID != Sum(again.EnvelopeBytes()) || again.Deletes() != (r.json == "") {
			t.Errorf("%s: id %s, deletes %v", r.name, again.ID, again.Deletes())
		}
		if again.Path.String() != r.path || again.DID != testDID || again.Key != newSigner(1).Public() {
			t.Errorf("%s: %+v", r.name, again.Envelope)
		}
	}
}

func TestVerifyIsBoundToTheNetwork(t *testing.T) {
	b := signed(t, testPath, testTID, postJSON)
	if err := b.Verify(identity.Network{9}); !errors.Is(err, ErrSignature) {
		t.Errorf("another network: %v, want ErrSignature", err)
	}
}

// TestEveryBitCounts: no bit of a bundle can be flipped without being noticed.
func TestEveryBitCounts(t *testing.T) {
	for _, json := range []string{postJSON, ""} {
		original := signed(t, testPath, testTID, json).Bytes()
		for i := range 8 * len(original) {
			flipped := bytes.Clone(original)
			flipped[i/8] ^= 1 << (i % 8)
			b, err := Decode(flipped)
			if err == nil {
				err = b.Verify(testNetwork)
			}
			if err == nil {
				t.Fatalf("bit %d of byte %d flipped: accepted %+v", i%8, i/8, b.Envelope)
			}
		}
	}
}

func TestEveryByteCounts(t *testing.T) {
	original := signed(t, testPath, testTID, postJSON).Bytes()
	for i := range original {
		if _, err := Decode(original[:i]); err == nil {
			t.Errorf("accepted when cut to %d bytes", i)
		}
		if _, err := Decode(slices.Delete(bytes.Clone(original), i, i+1)); err == nil {
			t.Errorf("accepted without byte %d", i)
		}
		if _, err := Decode(slices.Insert(bytes.Clone(original), i, 0)); err == nil {
			t.Errorf("accepted with a byte more at %d", i)
		}
	}
}

// field is one pair of a handmade envelope; its value is encoded already.
type field struct {
	name  string
	value []byte
}

func text(s string) []byte       { return dagcbor.AppendText(nil, s) }
func byteString(b []byte) []byte { return dagcbor.AppendBytes(nil, b) }
func link(b []byte) []byte       { return dagcbor.AppendLink(nil, string(b)) }

func goodFields(value []byte) []field {
	return []field{
		{"v", dagcbor.AppendUint(nil, 1)},
		{"cid", link(Sum(value).Bytes())},
		{"did", text(string(testDID))},
		{"key", byteString(newSigner(1).Public().Multikey())},
		{"rev", text(string(testTID))},
		{"sig", byteString(make([]byte, 64))},
		{"path", text(testPath)},
	}
}

func handmade(fields []field, value []byte) []byte {
	dst := dagcbor.AppendMap([]byte{0x82}, len(fields))
	for _, f := range fields {
		dst = append(dagcbor.AppendText(dst, f.name), f.value...)
	}
	return append(dst, value...)
}

func TestDecodeRefuses(t *testing.T) {
	value := mustValue(t, postJSON)
	wire := byteString(value)
	if _, err := Decode(handmade(goodFields(value), wire)); err != nil {
		t.Fatalf("the good one: %v", err) // or else the rest would prove nothing
	}
	with := func(name string, v []byte) []byte {
		fields := goodFields(value)
		fields[slices.IndexFunc(fields, func(f field) bool { return f.name == name })].value = v
		return handmade(fields, wire)
	}
	reordered, missing, unknown, doubled := goodFields(value), goodFields(value), goodFields(value), goodFields(value)
	reordered[1], reordered[2] = reordered[2], reordered[1]
	sum := sha256.Sum256(value)
	other := mustValue(t, `{"$type":"app.bsky.feed.post","text":"other"}`)
	like := mustValue(t, `{"$type":"app.bsky.feed.like"}`)
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrEncoding},
		{"fields in another order", handmade(reordered, wire), ErrEncoding},
		{"a missing field", handmade(append(missing[:5], missing[6]), wire), ErrEncoding},
		{"an unknown field", handmade(append(unknown, field{"zzzz", []byte{0}}), wire), ErrEncoding},
		{"a field twice", handmade(append(doubled, doubled[6]), wire), ErrEncoding},
		{"version 0", with("v", []byte{0}), ErrEnvelope},
		{"version 2", with("v", []byte{2}), ErrEnvelope},
		{"version as text", with("v", text("1")), ErrEncoding},
		{"version in two bytes", with("v", []byte{0x18, 1}), ErrEncoding},
		{"a CIDv0", with("cid", link(append([]byte{0x12, 0x20}, sum[:]...))), ErrEnvelope},
		{"a raw CID", with("cid", link(append([]byte{1, 0x55, 0x12, 0x20}, sum[:]...))), ErrEnvelope},
		{"a CID as bytes", with("cid", byteString(Sum(value).Bytes())), ErrEncoding},
		{"a CID as text", with("cid", text(Sum(value).String())), ErrEncoding},
		{"the CID of another value", with("cid", link(Sum(other).Bytes())), ErrMismatch},
		{"no CID but a value", with("cid", []byte{0xf6}), ErrMismatch},
		{"a CID but no value", handmade(goodFields(value), []byte{0xf6}), ErrMismatch},
		{"a DID in capitals", with("did", text(strings.ToUpper(string(testDID)))), ErrEnvelope},
		{"a did:plc", with("did", text("did:plc:z72i7hdynmk6r22z27h6tvur")), ErrEnvelope},
		{"a DID with bad UTF-8", with("did", []byte{0x61, 0xff}), ErrEncoding},
		{"a bare key", with("key", byteString(make([]byte, 32))), ErrEnvelope},
		{"another kind of key", with("key", byteString(append([]byte{0xe7, 1}, make([]byte, 32)...))), ErrEnvelope},
		{"a long key", with("key", byteString(append(newSigner(1).Public().Multikey(), 0))), ErrEnvelope},
		{"a rev that is no TID", with("rev", text("zzzzzzzzzzzzz")), ErrEnvelope},
		{"a rev of 12 characters", with("rev", text("3jzfcijpj2z2")), ErrEnvelope},
		{"a short signature", with("sig", byteString(make([]byte, 63))), ErrEnvelope},
		{"a long signature", with("sig", byteString(make([]byte, 65))), ErrEnvelope},
		{"a path without key", with("path", text("app.bsky.feed.post")), ErrEnvelope},
		{"a path with a slash more", with("path", text(testPath+"/x")), ErrEnvelope},
		{"a path outside", with("path", text("app.bsky.feed.post/..")), ErrEnvelope},
		{"another collection than $type", with("path", text("app.bsky.feed.like/3jzfcijpj2z2a")), ErrValue},
		{"another $type than the collection", handmade(goodFields(like), byteString(like)), ErrValue},
		{"the value as a map", handmade(goodFields(value), value), ErrEncoding},
		{"the value as text", handmade(goodFields(value), text(string("abc"))), ErrEncoding},
		{"an empty value", handmade(goodFields(nil), byteString(nil)), ErrValue},
		{"a third item", append(handmade(goodFields(value), wire), 0), ErrEncoding},
		{"an array of three", append([]byte{0x83}, append(handmade(goodFields(value), wire)[1:], 0)...), ErrEncoding},
		{"too many bytes", make([]byte, MaxBundle+1), ErrTooLarge},
	} {
		if b, err := Decode(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v %v, want %v", c.name, b, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	sized := func(n int) []byte { // a value of n bytes
		head := len(mustValue(t, `{"$type":"com.example.blob","t":""}`)) + 2 // a text of 256 to 65535 bytes has a head of three
		return mustValue(t, `{"$type":"com.example.blob","t":"`+strings.Repeat("x", n-head)+`"}`)
	}
	path := mustPath(t, "com.example.blob/a")
	value := sized(MaxValue)
	if len(value) != MaxValue {
		t.Fatalf("made %d bytes", len(value))
	}
	if _, err := Sign(testNetwork, testDID, path, testTID, value, newSigner(1)); err != nil {
		t.Errorf("largest value: %v", err)
	}
	if _, err := JSONToValue([]byte(`{"$type":"com.example.blob","t":"` + strings.Repeat("x", MaxValue) + `"}`)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("JSON of too large a value: %v", err)
	}
	big := append(bytes.Clone(value), 0)
	if _, err := Sign(testNetwork, testDID, path, testTID, big, newSigner(1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v, want ErrTooLarge", err)
	}
}

type badSigner struct{ seedSigner }

func (badSigner) Sign([]byte) ([]byte, error) { return make([]byte, 63), nil }

func TestSignRefuses(t *testing.T) {
	value, path := mustValue(t, postJSON), mustPath(t, testPath)
	for name, f := range map[string]func() (*Bundle, error){
		"a signer's nonsense": func() (*Bundle, error) {
			return Sign(testNetwork, testDID, path, testTID, value, badSigner{newSigner(1)})
		},
		"a bad DID": func() (*Bundle, error) {
			return Sign(testNetwork, "did:ethr:mainnet:0x0", path, testTID, value, newSigner(1))
		},
		"a bad rev": func() (*Bundle, error) {
			return Sign(testNetwork, testDID, path, "now", value, newSigner(1))
		},
		"no path": func() (*Bundle, error) {
			return Sign(testNetwork, testDID, Path{}, testTID, value, newSigner(1))
		},
		"an empty value": func() (*Bundle, error) {
			return Sign(testNetwork, testDID, path, testTID, []byte{}, newSigner(1))
		},
	} {
		if b, err := f(); err == nil {
			t.Errorf("%s: signed %+v", name, b.Envelope)
		}
	}
}

// TestVerifyRefusesBadKeys: Decode takes any 32 bytes for a key, so Verify must
// not. The order-8 key with R the neutral point and S zero is accepted by lax
// verifiers.
func TestVerifyRefusesBadKeys(t *testing.T) {
	key, err := identity.ParseKey(make([]byte, 32))
	if err == nil {
		t.Fatalf("the key of zeros passed: %s", key)
	}
	smallOrder := [32]byte{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}
	neutral := [64]byte{0: 1}
	value := mustValue(t, postJSON)
	for i := range 64 { // such a key is luckier on some messages than on others
		rev := syntax.NewTIDFromInteger(testTID.Integer() + uint64(i))
		e := Envelope{DID: testDID, Path: mustPath(t, testPath), Rev: rev, CID: Sum(value), Key: smallOrder, Sig: neutral}
		b, err := Decode(encodeBundle(&e, value))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Verify(testNetwork); !errors.Is(err, ErrSignature) {
			t.Fatalf("%v, want ErrSignature", err)
		}
	}
}

func TestCompare(t *testing.T) {
	early, late := signed(t, testPath, "3jzfcijpj2z2a", ""), signed(t, testPath, "3jzfcijpj2z2b", "")
	if Compare(early, late) >= 0 || Compare(late, early) <= 0 {
		t.Error("the later rev must win")
	}
	twin := signed(t, testPath, "3jzfcijpj2z2a", postJSON)
	want := bytes.Compare(early.ID.Bytes(), twin.ID.Bytes())
	if want == 0 || Compare(early, twin) != want || Compare(twin, early) != -want {
		t.Error("equal revs go by the envelope's CID")
	}
	if Compare(early, early.Clone()) != 0 {
		t.Error("a record must equal itself")
	}
}

func TestClone(t *testing.T) {
	b := signed(t, testPath, testTID, postJSON)
	c := b.Clone()
	clear(b.Bytes())
	if err := c.Verify(testNetwork); err != nil {
		t.Errorf("the clone shares memory: %v", err)
	}
}
