package dagcbor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
)

const cidHex = "00017112200102030405060708091011121314151617181920212223242526272829303132"

// cases are single items and whether they are canonical.
var cases = []struct {
	name string
	hex  string
	want bool
}{
	{"zero", "00", true},
	{"23", "17", true},
	{"24", "1818", true},
	{"2⁶⁴−1", "1bffffffffffffffff", true},
	{"−2⁶⁴", "3bffffffffffffffff", true},
	{"float 1.5", "fb3ff8000000000000", true},
	{"negative zero", "fb8000000000000000", true},
	{"link", "d82a5825" + cidHex, true},
	{"link to a CIDv0", "d82a5823" + "001220" + strings.Repeat("ab", 32), true},
	{"link to an identity CID", "d82a46000155000161", true},
	{"map in order", "a261620162616102", true},
	{"empty key", "a16001", true},
	{"nothing", "", false},
	{"two items", "0101", false},
	{"keys out of order", "a261620161610" + "2", false},
	{"keys bytewise but not length-first", "a262616102616201", false},
	{"duplicate key", "a2616101616102", false},
	{"empty key twice", "a260016002", false},
	{"integer key", "a10102", false},
	{"bytes key", "a1416102", false},
	{"map without its last value", "a16161", false},
	{"indefinite map", "bf616101ff", false},
	{"indefinite array", "9f01ff", false},
	{"indefinite text", "7f6161ff", false},
	{"indefinite bytes", "5f4161ff", false},
	{"1 in two bytes", "1801", false},
	{"23 in two bytes", "1817", false},
	{"255 in three bytes", "1900ff", false},
	{"65535 in five bytes", "1a0000ffff", false},
	{"2³²−1 in nine bytes", "1b00000000ffffffff", false},
	{"−2 in two bytes", "3801", false},
	{"long text length", "780161", false},
	{"long array length", "980101", false},
	{"long map length", "b801616101", false},
	{"long tag", "d9002a5825" + cidHex, false},
	{"float16", "f93e00", false},
	{"float32", "fa3fc00000", false},
	{"truncated float", "fb3ff80000000000", false},
	{"NaN", "fb7ff8000000000000", false},
	{"infinity", "fb7ff0000000000000", false},
	{"negative infinity", "fbfff0000000000000", false},
	{"tag 0", "c06161", false},
	{"tag 2, bignum", "c24101", false},
	{"tag 43", "d82b4100", false},
	{"tag 42 on text", "d82a6161", false},
	{"tag 42 alone", "d82a", false},
	{"link without 0x00", "d82a5824" + cidHex[2:], false},
	{"link with another multibase", "d82a582501" + cidHex[2:], false},
	{"empty link", "d82a40", false},
	{"link to half a CID", "d82a43000171", false},
	{"link with bytes behind the CID", "d82a5826" + cidHex + "00", false},
	{"CID version 2", "d82a582500027112" + cidHex[8:], false},
	{"CID with a long varint", "d82a58260001f10012" + cidHex[8:], false},
	{"undefined", "f7", false},
	{"simple value 0", "e0", false},
	{"simple value 255", "f8ff", false},
	{"true in two bytes", "f815", false},
	{"break", "ff", false},
	{"invalid UTF-8", "61ff", false},
	{"surrogate in UTF-8", "63eda080", false},
	{"overlong UTF-8", "62c080", false},
	{"invalid UTF-8 in a key", "a161ff01", false},
	{"truncated text", "6261", false},
	{"reserved length 28", "1c", false},
	{"reserved length 30", "1e", false},
	{"array of 2⁴⁰ items", "9b0000010000000000", false},
	{"bytes of 2⁶³", "5b800000000000000000", false},
	{"map of 2⁶³ pairs", "bb800000000000000000", false},
	{"inner map out of order", "a16161a2616301616201", false},
	{"32 levels", strings.Repeat("81", 32) + "01", true},
	{"33 levels", strings.Repeat("81", 33) + "01", false},
	{"33 levels of maps", strings.Repeat("a160", 33) + "01", false},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return b
}

func TestCheck(t *testing.T) {
	for _, c := range cases {
		if err := Check(unhex(t, c.hex)); (err == nil) != c.want {
			t.Errorf("%s (%s): %v, want accepted = %v", c.name, c.hex, err, c.want)
		}
	}
}

// transcode writes what it reads: if Check accepts b, the result must be b.
func transcode(dst []byte, r *Reader) []byte {
	switch r.Kind() {
	case Int:
		negative, n := r.Integer()
		if negative {
			return appendHead(dst, majorNeg, n)
		}
		return AppendUint(dst, n)
	case Bytes:
		return AppendBytes(dst, r.Bytes())
	case Text:
		return AppendText(dst, string(r.Text()))
	case Link:
		return AppendLink(dst, string(r.Link()))
	case Bool:
		return AppendBool(dst, r.Bool())
	case Float:
		return AppendFloat(dst, r.Float())
	case Array:
		n := r.Array()
		dst = AppendArray(dst, n)
		for range n {
			dst = transcode(dst, r)
		}
		return dst
	case Map:
		return transcodeMap(dst, r)
	}
	r.Null()
	return AppendNull(dst)
}

func transcodeMap(dst []byte, r *Reader) []byte {
	fields := map[string][]byte{}
	n := r.Map()
	for range n {
		key := string(r.Text())
		fields[key] = transcode(nil, r)
	}
	keys := []string{}
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, CompareKeys)
	dst = AppendMap(dst, n)
	for _, key := range keys {
		dst = append(AppendText(dst, key), fields[key]...)
	}
	return dst
}

func TestCodecFixtures(t *testing.T) {
	seen := 0
	for name, block := range fixtures(t) {
		seen++
		if err := Check(block.bytes); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := NewReader(block.bytes)
		if out := transcode(nil, &r); !bytes.Equal(out, block.bytes) {
			t.Errorf("%s: written as %x, want %x", name, out, block.bytes)
		}
		for cut := range min(len(block.bytes), 300) {
			if Check(block.bytes[:cut]) == nil {
				t.Errorf("%s: accepted when cut to %d bytes", name, cut)
			}
		}
	}
	if seen != 128 {
		t.Errorf("%d fixtures, want 128", seen)
	}
}

type fixture struct{ bytes []byte }

func fixtures(t testing.TB) map[string]fixture {
	t.Helper()
	b, err := os.ReadFile("testdata/codec-fixtures.tsv")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]fixture{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		block, err := base64.StdEncoding.DecodeString(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		c, err := cid.Decode(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		if digest := sha256.Sum256(block); !bytes.HasSuffix(c.Bytes(), digest[:]) {
			t.Fatalf("%s: the fixture is not what its CID says", fields[0])
		}
		all[fields[0]] = fixture{block}
	}
	return all
}

func TestReaderKeepsItsFirstError(t *testing.T) {
	r := NewReader(unhex(t, "a16161"+"01"))
	r.Map()
	r.Field("b")
	first := r.Err()
	if first == nil || !strings.Contains(first.Error(), "expected field b") {
		t.Fatalf("wrong field: %v", first)
	}
	if r.Uint() != 0 || r.Text() != nil || r.Array() != 0 || r.Null() || r.Bool() || r.Link() != nil || r.Float() != 0 || r.Pass() != nil {
		t.Error("something was read after an error")
	}
	if r.Err() != first || r.End() != first {
		t.Error("the first error was replaced")
	}
}

func TestInt(t *testing.T) {
	for in, want := range map[string]int64{
		"00": 0, "20": -1, "3863": -100,
		"1b7fffffffffffffff": 1<<63 - 1, "3b7fffffffffffffff": -1 << 63,
	} {
		r := NewReader(unhex(t, in))
		if got := r.Int(); got != want || r.End() != nil {
			t.Errorf("%s: %d, %v, want %d", in, got, r.End(), want)
		}
		if out := AppendInt(nil, want); hex.EncodeToString(out) != in {
			t.Errorf("%d is written as %x, want %s", want, out, in)
		}
	}
	for _, in := range []string{"1b8000000000000000", "3b8000000000000000", "6161"} {
		r := NewReader(unhex(t, in))
		if r.Int(); r.Err() == nil {
			t.Errorf("%s: read as an int64", in)
		}
	}
}

func TestNode(t *testing.T) {
	// {"": 1, "a": ["x", null], "n": -5, "ok": true, "map": {"link": CID, "bytes": h'07'}}
	b := unhex(t, "a5"+"6001"+"6161826178f6"+"616e24"+"626f6bf5"+"636d6170a2646c696e6bd82a5825"+cidHex+"6562797465734107")
	if err := Check(b); err != nil {
		t.Fatal(err)
	}
	n := Node(b)
	if v, ok := n.Get("").Int(); v != 1 || !ok {
		t.Error("empty key")
	}
	if v, ok := n.Get("n").Int(); v != -5 || !ok {
		t.Error("n")
	}
	if !n.Get("ok").Bool() || n.Get("n").Bool() {
		t.Error("ok")
	}
	if got := hex.EncodeToString(n.At("map", "link").Link()); got != cidHex[2:] {
		t.Error("link", got)
	}
	if got := n.At("map", "bytes").Bytes(); !bytes.Equal(got, []byte{7}) {
		t.Error("bytes", got)
	}
	var kinds []Kind
	for item := range n.Get("a").Items() {
		kinds = append(kinds, item.Kind())
	}
	if !slices.Equal(kinds, []Kind{Text, Null}) {
		t.Error("items", kinds)
	}
	var keys []string
	for key := range n.Fields() {
		keys = append(keys, string(key))
	}
	if !slices.Equal(keys, []string{"", "a", "n", "ok", "map"}) {
		t.Error("fields", keys)
	}
	for _, absent := range []Node{nil, n.Get("b"), n.Get("mapp"), n.At("a", "x"), n.At("map", "link", "x")} {
		if absent.Kind() != Invalid || absent.Text() != nil || absent.Link() != nil || absent.Bytes() != nil {
			t.Errorf("%x should be absent", []byte(absent))
		}
	}
}

func TestPass(t *testing.T) {
	// Well formed but not canonical: an item may be passed over that Check refuses.
	for _, in := range []string{"a261620161610" + "2", "1801", "780161", "f93e00", "c06161", "f7", "a10102"} {
		r := NewReader(append(unhex(t, in), 0x05))
		item := r.Pass()
		if hex.EncodeToString(item) != in {
			t.Errorf("%s: passed %x, %v", in, item, r.Err())
		}
		if r.Uint() != 5 || r.End() != nil {
			t.Errorf("%s: lost its place", in)
		}
	}
	for _, in := range []string{"", "9f01ff", "6261", "82", "a161", "1c", "5b8000000000000000", "bbffffffffffffffff", strings.Repeat("81", 100)} {
		r := NewReader(unhex(t, in))
		if item := r.Pass(); r.Err() == nil {
			t.Errorf("%s: passed %x", in, item)
		}
	}
}
