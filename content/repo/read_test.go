package repo

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// collect reads a file into its records.
func collect(b []byte) (all []Record, s *Summary, err error) {
	s, err = ReadCAR(bytes.NewReader(b), func(r Record) error {
		all = append(all, r)
		return nil
	})
	return all, s, err
}

// TestRealRepos: the numbers are those that were counted by other software, for
// paul_staging those of the tree and those left over together.
func TestRealRepos(t *testing.T) {
	for _, c := range []struct {
		file, did    string
		version, bad int
		want, former map[string]int
	}{
		{"paul_staging.repo.car", "did:plc:cmpvykrzb2l22kj4ojlv3ox4", 2, 0,
			map[string]int{"app.bsky.feed.post": 101, "app.bsky.feed.like": 60, "app.bsky.feed.repost": 15, "app.bsky.graph.follow": 8, "app.bsky.actor.profile": 1},
			map[string]int{"app.bsky.feed.vote": 54, "app.bsky.graph.follow": 9, "app.bsky.graph.confirmation": 3, "app.bsky.system.declaration": 1}},
		{"greenground.repo.car", "did:plc:kzcqyc3unb33eh5sxzsfs25z", 3, 0, map[string]int{"app.bsky.graph.follow": 2}, map[string]int{}},
		{"bafyreieovfuizojpw3zresz7sx3nk4trm2by23pt5rxbey3jme4uo5ogiu.car", "did:plc:z5vnbioquyhivxirw3bbljmu", 2, 0,
			map[string]int{"app.bsky.feed.post": 5, "app.bsky.actor.profile": 1}, map[string]int{}},
		{"repo_slice.car", "did:plc:6evlgoug7wwijzxhzt2riyic", 2, 5, map[string]int{"app.bsky.feed.post": 1}, map[string]int{}},
	} {
		records, s, err := collect(readFile(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		got, keys := map[string]int{}, []string{}
		for _, r := range records {
			if r.Err != nil {
				if !errors.Is(r.Err, ErrMissing) {
					t.Errorf("%s: %s: %v", c.file, r.Key, r.Err)
				}
				continue
			}
			got[string(r.Path.Collection)]++
			keys = append(keys, r.Key)
			if record.Sum(r.Value) != r.CID || r.Path.String() != r.Key || record.CheckRecord(r.Path, r.Value) != nil {
				t.Errorf("%s: %s is not what it claims", c.file, r.Key)
			}
		}
		if !maps.Equal(got, c.want) || !maps.Equal(s.Former, c.former) {
			t.Errorf("%s: %v and formerly %v, want %v and %v", c.file, got, s.Former, c.want, c.former)
		}
		if s.Records != len(keys) || s.Bad != c.bad || !slices.IsSorted(keys) {
			t.Errorf("%s: %d records, %d bad, want %d and %d", c.file, s.Records, s.Bad, len(keys), c.bad)
		}
		if string(s.Commit.DID) != c.did || s.Commit.Version != c.version || (s.Commit.Rev != "") != (c.version == 3) || len(s.Commit.Sig) != 64 {
			t.Errorf("%s: %+v", c.file, s.Commit)
		}
	}
}

// TestEveryBitCounts: everything in a CAR file is covered by a hash or frames one,
// but for a block's codec: then what the tree names is not in the file.
func TestEveryBitCounts(t *testing.T) {
	original := readFile(t, "greenground.repo.car")
	for i := range 8 * len(original) {
		flipped := bytes.Clone(original)
		flipped[i/8] ^= 1 << (i % 8)
		if records, s, err := collect(flipped); err == nil && s.Bad == 0 {
			t.Errorf("bit %d of byte %d flipped: read %d records", i%8, i/8, len(records))
		}
	}
}

// TestCutShort: wherever a file ends early, it is noticed.
func TestCutShort(t *testing.T) {
	original := readFile(t, "greenground.repo.car")
	for i := range original {
		if _, s, err := collect(original[:i]); err == nil && s.Bad == 0 {
			t.Errorf("cut to %d of %d bytes: nothing found wrong", i, len(original))
		}
	}
}

func TestKeyHeights(t *testing.T) {
	var vectors []struct {
		Key    string `json:"key"`
		Height int    `json:"height"`
	}
	if err := json.Unmarshal(readFile(t, "key_heights.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if got := layerOf([]byte(v.Key)); got != v.Height {
			t.Errorf("%q: layer %d, want %d", v.Key, got, v.Height)
		}
	}
	if len(vectors) == 0 {
		t.Error("no vectors")
	}
}

// TestCommitProofTrees: the trees of AT's vectors, made by the test's own writer
// with the roots that the vectors give, are read back.
func TestCommitProofTrees(t *testing.T) {
	var vectors []struct {
		Comment string   `json:"comment"`
		Leaf    string   `json:"leafValue"`
		Keys    []string `json:"keys"`
		Root    string   `json:"rootBeforeCommit"`
	}
	if err := json.Unmarshal(readFile(t, "commit-proof-fixtures.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		value, err := cid.Decode(v.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		var leaves []leaf
		for _, key := range v.Keys {
			leaves = append(leaves, leaf{key, value})
		}
		f := &file{}
		root := f.tree(leaves)
		if root.String() != v.Root {
			t.Errorf("%s: the test writes %s, want %s", v.Comment, root, v.Root)
			continue
		}
		records, _, err := collect(f.commit(3, root).car())
		if err != nil {
			t.Errorf("%s: %v", v.Comment, err)
			continue
		}
		var keys []string
		for _, r := range records {
			keys = append(keys, r.Key)
		}
		if !slices.Equal(keys, v.Keys) {
			t.Errorf("%s: read %q, want %q", v.Comment, keys, v.Keys)
		}
	}
	if len(vectors) == 0 {
		t.Error("no vectors")
	}
}

// TestBadRecords: each is reported with its reason, and the good ones still come.
func TestBadRecords(t *testing.T) {
	f := &file{}
	good := f.put(value(t, "com.example.thing"))
	large := append([]byte("\xa2\x61v\x5a\x00\x01\x00\x00"), make([]byte, 1<<16)...)
	large = append(large, "\x65$type\x71com.example.thing"...)
	raw := value(t, "com.example.raw")
	rawCID := cid.NewCidV1(cid.Raw, record.Sum(raw).Hash())
	f.putAs(rawCID, raw)
	cases := map[string]struct {
		value cid.Cid
		want  error
	}{
		"com.example.thing/good":   {good, nil},
		"com.example.thing/same":   {good, nil},
		"com.example.other/type":   {good, record.ErrValue},
		"com.example.thing/absent": {record.Sum([]byte("absent")), ErrMissing},
		"com.example.thing/float":  {f.put([]byte("\xa2\x61v\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\x65$type\x71com.example.thing")), record.ErrValue},
		"com.example.thing/junk":   {f.put([]byte("junk")), record.ErrValue},
		"com.example.thing/large":  {f.put(large), record.ErrTooLarge},
		"com.example.raw/raw":      {rawCID, record.ErrValue},
		"no path":                  {good, record.ErrPath},
		"com.example.thing/ä":      {good, record.ErrPath},
	}
	var leaves []leaf
	for _, key := range slices.Sorted(maps.Keys(cases)) {
		leaves = append(leaves, leaf{key, cases[key].value})
	}
	records, s, err := collect(f.commit(3, f.tree(leaves)).car())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if want := cases[r.Key].want; !errors.Is(r.Err, want) || want == nil && r.Value == nil {
			t.Errorf("%s: %v, want %v", r.Key, r.Err, want)
		}
	}
	if len(records) != len(cases) || s.Records != 2 || s.Bad != len(cases)-2 {
		t.Errorf("%d visited, %d good, %d bad of %d", len(records), s.Records, s.Bad, len(cases))
	}
}

func TestEmptyRepo(t *testing.T) {
	f := &file{}
	records, s, err := collect(f.commit(3, f.tree(nil)).car())
	if err != nil || len(records) != 0 || s.Records != 0 {
		t.Errorf("%v %+v %v", records, s, err)
	}
}

func TestVisitEndsIt(t *testing.T) {
	stop, calls := errors.New("stop"), 0
	_, err := ReadCAR(bytes.NewReader(readFile(t, "paul_staging.repo.car")), func(Record) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// keysOn finds n keys of a layer, sorted.
func keysOn(layer, n int) (keys []string) {
	for i := 0; len(keys) < n; i++ {
		key := "com.example.thing/" + strings.Repeat("x", i%500) + string(rune('a'+i/500))
		if layerOf([]byte(key)) == layer {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestBadTrees(t *testing.T) {
	zero, one := keysOn(0, 3), keysOn(1, 2)
	v := record.Sum([]byte("some value"))
	at := func(keys ...string) (n node) {
		for _, key := range keys {
			n.entries = append(n.entries, entry{key: []byte(key), value: v})
		}
		return n
	}
	for name, make := range map[string]func(f *file) []byte{
		"keys out of order": func(f *file) []byte { n := at(zero[1], zero[0]); return encodeNode(&n) },
		"a key twice":       func(f *file) []byte { n := at(zero[0], zero[0]); return encodeNode(&n) },
		"layers mixed": func(f *file) []byte {
			n := at(slices.Sorted(slices.Values([]string{zero[0], one[0]}))...)
			return encodeNode(&n)
		},
		"a subtree on the wrong side": func(f *file) []byte {
			below, n := at(zero[0]), at(one[0])
			if zero[0] < one[0] {
				n.entries[0].right = f.put(encodeNode(&below))
			} else {
				n.left = f.put(encodeNode(&below))
			}
			return encodeNode(&n)
		},
		"a subtree below layer 0": func(f *file) []byte {
			below, n := at(zero[0]), at(zero[1])
			n.left = f.put(encodeNode(&below))
			return encodeNode(&n)
		},
		"a subtree two layers below": func(f *file) []byte {
			two := keysOn(2, 1)
			below, n := at(zero[0]), at(two[0])
			if zero[0] < two[0] {
				n.left = f.put(encodeNode(&below))
			} else {
				n.entries[0].right = f.put(encodeNode(&below))
			}
			return encodeNode(&n)
		},
		"an empty subtree": func(f *file) []byte {
			n := at(one[0])
			n.left = f.put(encodeNode(&node{}))
			return encodeNode(&n)
		},
		"one subtree twice": func(f *file) []byte {
			below, n := at(zero[0]), at(one[0])
			n.left = f.put(encodeNode(&below))
			n.entries[0].right = n.left
			return encodeNode(&n)
		},
		"a root that only points": func(f *file) []byte {
			below := at(zero[0])
			return encodeNode(&node{left: f.put(encodeNode(&below))})
		},
		"an empty key": func(f *file) []byte { n := at(""); return encodeNode(&n) },
		"a long key":   func(f *file) []byte { n := at(strings.Repeat("x", maxKey+1)); return encodeNode(&n) },
		"a key not shortened": func(f *file) []byte {
			b := append([]byte("\xa2\x61e\x82"), appendEntry(nil, entry{key: []byte(zero[0]), value: v}, 0)...)
			b = appendEntry(b, entry{key: []byte(zero[1]), value: v}, 0)
			return append(b, "\x61l\xf6"...)
		},
		"a key shortened by too much": func(f *file) []byte {
			b := append([]byte("\xa2\x61e\x81"), appendEntry(nil, entry{key: []byte(zero[0]), value: v}, 3)...)
			return append(b, "\x61l\xf6"...)
		},
		"a field more":  func(f *file) []byte { return []byte("\xa3\x61e\x80\x61l\xf6\x61x\x01") },
		"no left":       func(f *file) []byte { return []byte("\xa1\x61e\x80") },
		"junk":          func(f *file) []byte { return []byte("junk") },
		"trailing byte": func(f *file) []byte { return append(encodeNode(&node{}), 0) },
	} {
		f := &file{}
		root := f.put(make(f))
		if records, _, err := collect(f.commit(3, root).car()); !errors.Is(err, ErrTree) {
			t.Errorf("%s: %d records, %v, want ErrTree", name, len(records), err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	good := &file{}
	car := good.commit(3, good.tree(nil)).car()
	if _, _, err := collect(car); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*file)) []byte {
		f := &file{}
		f.commit(3, f.tree(nil))
		change(f)
		return f.car()
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":               {nil, ErrCAR},
		"version 2":             {bytes.Replace(car, []byte("version\x01"), []byte("version\x02"), 1), ErrCAR},
		"no roots":              {append([]byte("\x11"), "\xa2\x65roots\x80\x67version\x01"...), ErrCAR},
		"a header too long":     {append([]byte("\xff\xff\x7f"), make([]byte, 100)...), ErrTooLarge},
		"a block too long":      {append(bytes.Clone(car), "\xff\xff\xff\x7f"...), ErrTooLarge},
		"a length too long":     {append(bytes.Clone(car), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"...), ErrCAR},
		"an empty section":      {append(bytes.Clone(car), 0), ErrCAR},
		"half a length":         {append(bytes.Clone(car), 0xff), ErrCAR},
		"half a block":          {append(bytes.Clone(car), 5, 1), ErrCAR},
		"a block without CID":   {changed(func(f *file) { f.section([]byte("hello")) }), ErrCAR},
		"another block's CID":   {changed(func(f *file) { f.putAs(record.Sum([]byte("x")), []byte("y")) }), ErrCAR},
		"an identity CID":       {changed(func(f *file) { f.section([]byte("\x01\x55\x00\x01xx")) }), ErrCAR},
		"no commit":             {changed(func(f *file) { f.root = record.Sum([]byte("x")) }), ErrCommit},
		"format 1":              {changed(func(f *file) { f.commit(1, f.root) }), ErrCommit},
		"a record for a commit": {changed(func(f *file) { f.root = f.put([]byte("\xa1\x65$type\x65a.b.c")) }), ErrCommit},
		"junk for a commit":     {changed(func(f *file) { f.root = f.put([]byte("junk")) }), ErrCommit},
	} {
		if records, _, err := collect(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %d records, %v, want %v", name, len(records), err, c.want)
		}
	}
	if _, _, err := readBlocks(bytes.NewReader(car), len(car)/2); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit of all blocks: %v", err)
	}
}

// FuzzReadCAR: whatever is read without an error is what it claims to be.
func FuzzReadCAR(f *testing.F) {
	for _, name := range []string{"greenground.repo.car", "repo_slice.car"} {
		f.Add(readFile(f, name))
	}
	empty := &file{}
	f.Add(empty.commit(3, empty.tree(nil)).car())
	f.Fuzz(func(t *testing.T, b []byte) {
		records, s, err := collect(b)
		if err != nil {
			return
		}
		if s.Records+s.Bad != len(records) {
			t.Fatalf("%+v of %d", s, len(records))
		}
		for _, r := range records {
			if r.Err == nil && (record.Sum(r.Value) != r.CID || record.CheckRecord(r.Path, r.Value) != nil) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// FuzzNode: a node is accepted only as the writer would write it.
func FuzzNode(f *testing.F) {
	f.Add(encodeNode(&node{}))
	v := record.Sum([]byte("x"))
	f.Add(encodeNode(&node{left: v, entries: []entry{{[]byte("a/b"), v, cid.Undef}, {[]byte("a/c"), v, v}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := decodeNode(b)
		if err != nil {
			return
		}
		if out := encodeNode(n); !bytes.Equal(out, b) {
			t.Fatalf("written again as %x", out)
		}
	})
}

func BenchmarkReadCAR(b *testing.B) {
	car, err := os.ReadFile("testdata/paul_staging.repo.car")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(car)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCAR(bytes.NewReader(car), func(Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
