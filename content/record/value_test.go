package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

func readVectors(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// jsonToData is JSONToValue without the demand for a $type, which AT's vectors
// don't have.
func jsonToData(b []byte) ([]byte, error) {
	tree, err := ParseJSON(b)
	if err != nil {
		return nil, err
	}
	data, err := appendTree(nil, tree, 1)
	if err != nil {
		return nil, err
	}
	_, err = checkData(data)
	return data, err
}

func TestDataModelFixtures(t *testing.T) {
	var fixtures []struct {
		JSON json.RawMessage `json:"json"`
		CBOR string          `json:"cbor_base64"`
		CID  string          `json:"cid"`
	}
	readVectors(t, "data-model/data-model-fixtures.json", &fixtures)
	for i, f := range fixtures {
		want, err := base64.RawStdEncoding.DecodeString(f.CBOR)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jsonToData(f.JSON)
		if err != nil || !bytes.Equal(got, want) || Sum(got).String() != f.CID {
			t.Errorf("%d: %x, %v, want %x", i, got, err, want)
		}
		back := appendJSON(nil, dagcbor.Node(want))
		if again, err := jsonToData(back); err != nil || !bytes.Equal(again, want) {
			t.Errorf("%d: lost on the way through %s", i, back)
		}
	}
	if len(fixtures) == 0 {
		t.Error("no fixtures")
	}
}

func TestDataModelVectors(t *testing.T) {
	type vector struct {
		Note string          `json:"note"`
		JSON json.RawMessage `json:"json"`
	}
	var valid, invalid []vector
	readVectors(t, "data-model/data-model-valid.json", &valid)
	readVectors(t, "data-model/data-model-invalid.json", &invalid)
	for _, v := range valid {
		if _, err := jsonToData(v.JSON); err != nil {
			t.Errorf("%s: %v", v.Note, err)
		}
	}
	for _, v := range invalid {
		if data, err := jsonToData(v.JSON); err == nil {
			t.Errorf("%s: accepted as %x", v.Note, data)
		}
	}
	if len(valid) == 0 || len(invalid) == 0 {
		t.Error("no vectors")
	}
}

// TestCheckValueRefuses takes values that are canonical DAG-CBOR and yet none of AT's.
func TestCheckValueRefuses(t *testing.T) {
	raw, err := cid.Decode(rawCID)
	if err != nil {
		t.Fatal(err)
	}
	blob := func(change map[string]any) map[string]any {
		b := map[string]any{"$type": "blob", "ref": raw, "mimeType": "image/png", "size": 1}
		for k, v := range change {
			if b[k] = v; v == nil {
				delete(b, k)
			}
		}
		return b
	}
	with := func(v any) []byte {
		b, err := appendTree(nil, map[string]any{"$type": "com.example.thing", "v": v}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	raws := func(s string) []byte { // the item v given encoded
		return append([]byte("\xa2\x61v"+s), "\x65$type\x71com.example.thing"...)
	}
	for name, b := range map[string][]byte{"blob": with(blob(nil)), "null": with(nil), "int": raws("\x01"), "deep": raws(strings.Repeat("\x81", MaxDepth-1) + "\x01")} {
		if err := CheckValue(b); err != nil {
			t.Fatalf("the good %s: %v", name, err)
		}
	}
	v0, err := cid.Decode("QmQg1v4o9xdT3Q14wh4S7dxZkDjyZ9ssFzFzyep1YrVJBY")
	if err != nil {
		t.Fatal(err)
	}
	sha512, err := cid.V1Builder{Codec: cid.Raw, MhType: 0x13}.Sum([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing":           nil,
		"null":              {0xf6},
		"a list":            {0x80},
		"an empty map":      {0xa0},
		"no $type":          []byte("\xa1\x61v\x01"),
		"$type of no NSID":  []byte("\xa1\x65$type\x63abc"),
		"$type an integer":  []byte("\xa1\x65$type\x01"),
		"$type empty":       []byte("\xa1\x65$type\x60"),
		"inner $type null":  with(map[string]any{"$type": nil}),
		"inner $type empty": with([]any{map[string]any{"$type": ""}}),
		"a float":           raws("\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"),
		"2⁵³":               with(int64(1 << 53)),
		"−2⁵³":              with(int64(-1 << 53)),
		"2⁶⁴−1":             raws("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
		"−2⁶⁴":              raws("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
		"too deep":          raws(strings.Repeat("\x81", MaxDepth) + "\x01"),
		"a key $link":       with(map[string]any{"$link": rawCID}),
		"a key $bytes":      with(map[string]any{"$bytes": "", "x": 1}),
		"link to a CIDv0":   with(v0),
		"link by sha2-512":  with(sha512),
		"blob of string":    with(blob(map[string]any{"size": "1"})),
		"blob below zero":   with(blob(map[string]any{"size": -1})),
		"blob without ref":  with(blob(map[string]any{"ref": nil})),
		"blob with text":    with(blob(map[string]any{"ref": rawCID})),
		"blob with more":    with(blob(map[string]any{"alt": "x"})),
		"blob sans MIME":    with(blob(map[string]any{"mimeType": nil})),
		"trailing byte":     append(with(1), 0),
		"keys out of order": []byte("\xa2\x65$type\x71com.example.thing\x61v\x01"),
		"a value is a blob": []byte("\xa1\x65$type\x64blob"),
	} {
		if err := CheckValue(b); !errors.Is(err, ErrValue) {
			t.Errorf("%s (%x): %v, want ErrValue", name, b, err)
		}
	}
	for _, good := range []int64{MaxInteger, -MaxInteger} {
		if err := CheckValue(with(good)); err != nil {
			t.Errorf("%d: %v", good, err)
		}
	}
}

func TestEncodeValueRefuses(t *testing.T) {
	cyclic := map[string]any{"$type": "com.example.thing"}
	cyclic["self"] = cyclic
	for name, tree := range map[string]map[string]any{
		"a float":        {"$type": "com.example.thing", "v": 1.5},
		"bad UTF-8":      {"$type": "com.example.thing", "v": "\xff"},
		"a bad key":      {"$type": "com.example.thing", "\xff": 1},
		"no link":        {"$type": "com.example.thing", "v": cid.Undef},
		"itself":         cyclic,
		"a struct":       {"$type": "com.example.thing", "v": struct{}{}},
		"nothing at all": nil,
	} {
		if b, err := EncodeValue(tree); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %x, %v, want ErrValue", name, b, err)
		}
	}
}

func TestTreeRoundTrip(t *testing.T) {
	for _, r := range records {
		if r.json == "" {
			continue
		}
		value := mustValue(t, r.json)
		tree, err := DecodeValue(value)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := EncodeValue(tree); err != nil || !bytes.Equal(again, value) {
			t.Errorf("%s: %x, %v, want %x", r.name, again, err, value)
		}
	}
}

func TestJSON(t *testing.T) {
	wrap := func(s string) string { return `{"$type":"com.example.thing","v":` + s + `}` }
	for in, want := range map[string]string{ // read, and written again
		`12.0`:                           `12`,
		`12.000`:                         `12`,
		`-7`:                             `-7`,
		`0`:                              `0`,
		`9007199254740991`:               `9007199254740991`,
		"\t[ 1 ,\r\n2 ] ":                `[1,2]`,
		`{}`:                             `{}`,
		`{"b":1,"a":2}`:                  `{"a":2,"b":1}`,
		`{"aa":1,"b":2}`:                 `{"b":2,"aa":1}`,
		`"\u00e9\ud83d\ude00\/\b\u0000"`: `"é😀/\u0008\u0000"`,
		`"\"\\"`:                         `"\"\\"`,
		`"a\nb\u2028"`:                   `"a\u000ab` + "\u2028" + `"`,
		`{"$bytes":"AQ=="}`:              `{"$bytes":"AQ"}`,
		`{"$bytes":"AQ"}`:                `{"$bytes":"AQ"}`,
		`{"$bytes":""}`:                  `{"$bytes":""}`,
		`{"$link":"` + rawCID + `"}`:     `{"$link":"` + rawCID + `"}`,
		`[null,true,false]`:              `[null,true,false]`,
	} {
		value, err := JSONToValue([]byte(wrap(in)))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got, err := ValueToJSON(value); err != nil || string(got) != `{"v":`+want+`,"$type":"com.example.thing"}` {
			t.Errorf("%s: written as %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		``, `}`, `nul`, `True`, `1.5`, `1e3`, `1E3`, `1.`, `.5`, `-`, `-0`, `-0.0`, `+1`, `01`, `00`, `1.0e0`, `0x10`, `NaN`,
		`9007199254740992`, `-9007199254740992`, `99999999999999999999`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":1,}`, `{a:1}`, `{"a"}`, `{"a":}`, `{,}`, `[1,]`, `[,]`, `[1 2]`, `[`, `{`, `{"a":1`,
		`'a'`, `"a`, `"\x"`, `"\u12"`, `"\u00zz"`, `"\u+123"`, "\"\n\"", `"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ud83d\ud83d"`, "\"\xff\"", `"\`,
		`{"$link":1}`, `{"$link":"x"}`, `{"$link":"` + rawCID + `","a":1}`, `{"$link":"` + strings.ToUpper(rawCID) + `"}`,
		`{"$link":"QmQg1v4o9xdT3Q14wh4S7dxZkDjyZ9ssFzFzyep1YrVJBY"}`, `{"$link":"f0155122042` + strings.Repeat("0", 62) + `"}`,
		`{"$bytes":1}`, `{"$bytes":"A"}`, `{"$bytes":"A-_A"}`, `{"$bytes":"AA\nAA"}`, `{"$bytes":"AQ=","a":1}`, `{"$bytes":"AQ="}`,
		`1}{`, `/* c */ 1`, "\ufeff1", strings.Repeat("[", 40) + strings.Repeat("]", 40),
	} {
		if value, err := JSONToValue([]byte(wrap(in))); !errors.Is(err, ErrJSON) {
			t.Errorf("%s: %x, %v, want ErrJSON", in, value, err)
		}
	}
	for _, in := range []string{``, `null`, `1`, `[]`, `""`, ` `, wrap("1") + "x", wrap("1") + wrap("1")} {
		if value, err := JSONToValue([]byte(in)); !errors.Is(err, ErrJSON) {
			t.Errorf("%s: %x, %v, want ErrJSON", in, value, err)
		}
	}
	if _, err := JSONToValue(make([]byte, MaxJSON+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// TestDeepestJSON: links and bytes are objects in JSON, but not in the value.
func TestDeepestJSON(t *testing.T) {
	for _, leaf := range []string{`1`, `{"$bytes":"AA"}`, `{"$link":"` + rawCID + `"}`} {
		in := `{"v":` + strings.Repeat("[", MaxDepth-1) + leaf + strings.Repeat("]", MaxDepth-1) + `,"$type":"com.example.thing"}`
		value, err := JSONToValue([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", leaf, err)
			continue
		}
		if out, err := ValueToJSON(value); err != nil || string(out) != in {
			t.Errorf("%s became %s, %v", in, out, err)
		}
	}
	tooDeep := `{"v":` + strings.Repeat("[", MaxDepth-1) + `{}` + strings.Repeat("]", MaxDepth-1) + `,"$type":"com.example.thing"}`
	if _, err := JSONToValue([]byte(tooDeep)); !errors.Is(err, ErrValue) {
		t.Errorf("33 levels: %v", err)
	}
}

// TestLargestJSON: the JSON of any value is within MaxJSON.
func TestLargestJSON(t *testing.T) {
	n := MaxValue - len("\xa2\x61v\x99\x00\x00\x65$type\x71com.example.thing")
	value := append([]byte("\xa2\x61v\x99"), byte(n>>8), byte(n))
	value = append(value, bytes.Repeat([]byte{0x40}, n)...) // empty byte strings
	value = append(value, "\x65$type\x71com.example.thing"...)
	json, err := ValueToJSON(value)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := JSONToValue(json); err != nil || !bytes.Equal(again, value) {
		t.Errorf("%d bytes became %d of JSON and then: %v", len(value), len(json), err)
	}
}

func TestSaltsDiffer(t *testing.T) {
	a, b := NewSalt(), NewSalt()
	if len(a) != SaltSize || bytes.Equal(a, b) || bytes.Equal(a, make([]byte, SaltSize)) {
		t.Errorf("%x, %x", a, b)
	}
}
