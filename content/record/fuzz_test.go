package record

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/ipfs/go-cid"

	daslcid "github.com/hyphacoop/go-dasl/cid"
)

func seedBundles(f *testing.F) {
	for i, r := range records {
		f.Add(signed(f, r.path, syntax.NewTIDFromInteger(uint64(i)), r.json).Bytes())
	}
}

// FuzzDecode: what Decode accepts is exactly what the encoder writes for it.
func FuzzDecode(f *testing.F) {
	seedBundles(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		bundle, err := Decode(b)
		if err != nil {
			return
		}
		if out := encodeBundle(&bundle.Envelope, bundle.Value); !bytes.Equal(out, b) {
			t.Fatalf("encoded again as %x", out)
		}
		if !bytes.Equal(bundle.SigningBytes(testNetwork), bundle.Envelope.SigningBytes(testNetwork)) {
			t.Fatal("what is signed differs between the fields and the bytes")
		}
		var v []any
		if err := drisl.Unmarshal(b, &v); err != nil {
			t.Fatalf("accepted, but drisl says: %v", err)
		}
	})
}

func FuzzDecodeMessage(f *testing.F) {
	var all [][]byte
	for _, r := range records {
		all = append(all, signed(f, r.path, testTID, r.json).Bytes())
	}
	f.Add(EncodeMessage(all))
	f.Add(EncodeMessage([][]byte{all[0], {0xa2, 0x61, 'b', 1, 0x61, 'a', 2}, all[1]}))
	f.Add(EncodeMessage(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		bundles, faults, err := DecodeMessage(b)
		if err != nil && (bundles != nil || faults != nil) {
			t.Fatal("a broken message gave something")
		}
		var raws [][]byte
		for i := range bundles {
			if (bundles[i] == nil) == (faults[i] == nil) {
				t.Fatalf("item %d: %v, %v", i, bundles[i], faults[i])
			}
			if bundles[i] != nil {
				raws = append(raws, bundles[i].Bytes())
			}
		}
		if err == nil && len(raws) == len(bundles) && !bytes.Equal(EncodeMessage(raws), b) {
			t.Fatal("good bundles, but another message")
		}
	})
}

// FuzzCheckValue holds the one-pass check against drisl and a naive reading of
// the AT data model on what drisl decodes.
func FuzzCheckValue(f *testing.F) {
	for _, r := range records {
		if r.json != "" {
			f.Add(mustValue(f, r.json))
		}
	}
	f.Add([]byte("\xa2\x61v\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\x65$type\x65a.b.c"))
	f.Add([]byte("\xa2\x61v\xa2\x63cid\x61x\x68mimeType\x61y\x65$type\x65a.b.c"))
	f.Add([]byte("\xa2\x61v\x3b\x00\x1f\xff\xff\xff\xff\xff\xff\x65$type\x65a.b.c"))
	oracle, err := drisl.DecOptions{UseRawCid: true, MaxNestedLevels: 3 * MaxDepth}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		err := oracle.Unmarshal(b, &v)
		want := err == nil && len(b) <= MaxValue && naiveValue(v) && rewrites(v, b)
		if got := CheckValue(b); (got == nil) != want {
			t.Fatalf("%v, but drisl and the naive model say %v (%v) of %v", got, want, err, v)
		}
		if !want {
			return
		}
		tree, err := DecodeValue(b)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := EncodeValue(tree); err != nil || !bytes.Equal(out, b) {
			t.Fatalf("encoded again as %x, %v", out, err)
		}
		text, err := ValueToJSON(b)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := JSONToValue(text); err != nil || !bytes.Equal(out, b) {
			t.Fatalf("%s became %x, %v", text, out, err)
		}
		if !json.Valid(text) {
			t.Fatalf("wrote bad JSON: %s", text)
		}
	})
}

// rewrites says that drisl would write b, which its mode for any kind of CID does
// not ask of links.
func rewrites(v any, b []byte) bool {
	out, err := drisl.Marshal(v)
	return err == nil && bytes.Equal(out, b)
}

func naiveValue(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	typ, _ := m["$type"].(string)
	_, err := syntax.ParseNSID(typ)
	return err == nil && naiveModel(m, 1)
}

func naiveModel(v any, level int) bool {
	switch v := v.(type) {
	case uint64:
		return v <= MaxInteger
	case int64:
		return v <= MaxInteger && v >= -MaxInteger
	case big.Int, *big.Int, float64:
		return false
	case daslcid.RawCid:
		return naiveLink(v)
	case []any:
		ok := level <= MaxDepth
		for _, item := range v {
			ok = ok && naiveModel(item, level+1)
		}
		return ok
	case map[string]any:
		return naiveMap(v, level)
	}
	return true
}

func naiveMap(m map[string]any, level int) bool {
	ok := level <= MaxDepth
	for key, field := range m {
		ok = ok && key != "$link" && key != "$bytes" && naiveModel(field, level+1)
	}
	typ, has := m["$type"]
	if s, isText := typ.(string); has && (!isText || s == "") {
		return false
	}
	if typ != "blob" {
		return ok
	}
	_, ref := m["ref"].(daslcid.RawCid)
	_, mime := m["mimeType"].(string)
	_, size := m["size"].(uint64)
	return ok && len(m) == 4 && ref && mime && size
}

func naiveLink(raw daslcid.RawCid) bool {
	c, err := cid.Cast(raw)
	if err != nil {
		return false
	}
	p := c.Prefix()
	codec := p.Codec == cid.DagCBOR || p.Codec == cid.Raw || p.Codec == cid.DagProtobuf
	return p.Version == 1 && codec && p.MhType == 0x12 && p.MhLength == 32
}

// FuzzJSON holds our strict parser against encoding/json: what we accept is JSON,
// means the same there, and comes back unharmed.
func FuzzJSON(f *testing.F) {
	for _, r := range records {
		f.Add([]byte(r.json))
	}
	for _, s := range []string{`{"$type":"a.b.c","v":[1.0,-2,"\ud83d\ude00\n",{"$bytes":"AQ=="},true,null]}`, `{"$type":"a.b.c","a":1,"\u0061":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		value, err := JSONToValue(in)
		if err != nil {
			return
		}
		out, err := ValueToJSON(value)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := JSONToValue(out); err != nil || !bytes.Equal(again, value) {
			t.Fatalf("%s became %s: %v", in, out, err)
		}
		if a, b := standard(t, in), standard(t, out); a != b {
			t.Fatalf("%s means %s, but was written as %s", in, a, b)
		}
	})
}

// standard is JSON as encoding/json understands and writes it, with AT's bytes
// without padding.
func standard(t *testing.T, in []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(in, &v); err != nil {
		t.Fatalf("accepted, but encoding/json says: %v", err)
	}
	dropBytes(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// dropBytes blanks base64, which has several spellings.
func dropBytes(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			dropBytes(item)
		}
	case map[string]any:
		for key, item := range v {
			if key == "$bytes" {
				v[key] = ""
			}
			dropBytes(item)
		}
	}
}
