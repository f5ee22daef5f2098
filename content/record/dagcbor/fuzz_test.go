package dagcbor

import (
	"bytes"
	"testing"

	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/ipfs/go-cid"
)

func seed(f *testing.F) {
	for _, c := range cases {
		f.Add(unhex(f, c.hex))
	}
	for _, block := range fixtures(f) {
		if len(block.bytes) < 1000 {
			f.Add(block.bytes)
		}
	}
}

// FuzzCheck holds Check against drisl, an independent implementation of the same
// encoding, and against our own writer.
func FuzzCheck(f *testing.F) {
	seed(f)
	oracle, err := drisl.DecOptions{UseRawCid: true, MaxNestedLevels: 3 * MaxDepth}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ours := Check(b)
		var v any
		theirs := oracle.Unmarshal(b, &v)
		if ours == nil && theirs != nil {
			t.Fatalf("accepted, but drisl says: %v", theirs)
		}
		if ours != nil && theirs == nil && !stricter(b) {
			t.Fatalf("drisl accepts %v, but: %v", v, ours)
		}
		if ours != nil {
			return
		}
		r := NewReader(b)
		if out := transcode(nil, &r); !bytes.Equal(out, b) {
			t.Fatalf("written again as %x", out)
		}
		p := NewReader(b)
		if item := p.Pass(); !bytes.Equal(item, b) {
			t.Fatalf("passed only %x", item)
		}
	})
}

// stricter says that b holds something on which we are stricter than drisl's
// mode for CIDs of any kind: nesting, and whether a CID is well formed.
func stricter(b []byte) bool {
	if bytes.Contains(b, []byte{0xd8, tagLink}) {
		return true
	}
	depth := 0
	for _, c := range b {
		if kind := kindOf(c); kind == Array || kind == Map {
			depth++
		}
	}
	return depth > MaxDepth
}

// FuzzCID holds validCID against go-cid.
func FuzzCID(f *testing.F) {
	f.Add([]byte("\x01\x71\x12\x20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte("\x12\x20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte("\x01\x55\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := cid.Cast(b)
		if ours := validCID(b); ours != (err == nil) {
			t.Fatalf("%x: %v, go-cid says %v %v", b, ours, c, err)
		}
	})
}

// FuzzNode: lookups in bytes that were never checked end, and don't panic.
func FuzzNode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		visit(Node(b), 0)
		r := NewReader(b)
		r.Pass()
	})
}

func visit(n Node, level int) {
	if level > MaxDepth {
		return
	}
	n.Text()
	n.Bytes()
	n.Link()
	n.Int()
	n.Get("a")
	for range n.Items() {
		break
	}
	for item := range n.Items() {
		visit(item, level+1)
	}
	for _, field := range n.Fields() {
		visit(field, level+1)
	}
}
