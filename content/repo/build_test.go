package repo

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
	"metanet/content/record/dagcbor"
)

// file collects blocks for a CAR file made by hand.
type file struct {
	root cid.Cid
	body bytes.Buffer
}

// put adds a DAG-CBOR block.
func (f *file) put(block []byte) cid.Cid {
	c := record.Sum(block)
	f.putAs(c, block)
	return c
}

// putAs adds a block under any CID.
func (f *file) putAs(c cid.Cid, block []byte) {
	f.section(append(c.Bytes(), block...))
}

func (f *file) section(b []byte) {
	f.body.Write(binary.AppendUvarint(nil, uint64(len(b))))
	f.body.Write(b)
}

// car is the whole file.
func (f *file) car() []byte {
	header := dagcbor.AppendMap(nil, 2)
	header = dagcbor.AppendArray(dagcbor.AppendText(header, "roots"), 1)
	header = dagcbor.AppendLink(header, f.root.KeyString())
	header = dagcbor.AppendUint(dagcbor.AppendText(header, "version"), 1)
	out := append(binary.AppendUvarint(nil, uint64(len(header))), header...)
	return append(out, f.body.Bytes()...)
}

// commit adds a commit of the given format and makes it the root.
func (f *file) commit(version int, data cid.Cid) *file {
	fields := 5
	if version == 3 {
		fields = 6
	}
	b := dagcbor.AppendMap(nil, fields)
	b = dagcbor.AppendText(dagcbor.AppendText(b, "did"), "did:plc:z72i7hdynmk6r22z27h6tvur")
	if version == 3 {
		b = dagcbor.AppendText(dagcbor.AppendText(b, "rev"), "3jzfcijpj2z2a")
	}
	b = dagcbor.AppendBytes(dagcbor.AppendText(b, "sig"), make([]byte, 64))
	b = dagcbor.AppendLink(dagcbor.AppendText(b, "data"), data.KeyString())
	b = dagcbor.AppendNull(dagcbor.AppendText(b, "prev"))
	b = dagcbor.AppendUint(dagcbor.AppendText(b, "version"), uint64(version))
	f.root = f.put(b)
	return f
}

// leaf is one key of a tree.
type leaf struct {
	key   string
	value cid.Cid
}

// tree adds the search tree of sorted leaves and returns its root.
func (f *file) tree(leaves []leaf) cid.Cid {
	if len(leaves) == 0 {
		return f.put(encodeNode(&node{}))
	}
	layer := 0
	for _, l := range leaves {
		layer = max(layer, layerOf([]byte(l.key)))
	}
	return f.subtree(leaves, layer)
}

// subtree adds the nodes of leaves whose top layer is layer; cid.Undef if there are none.
func (f *file) subtree(leaves []leaf, layer int) cid.Cid {
	if len(leaves) == 0 {
		return cid.Undef
	}
	n, from := &node{}, 0
	for i, l := range leaves {
		if layerOf([]byte(l.key)) == layer {
			f.hang(n, leaves[from:i], layer)
			n.entries = append(n.entries, entry{key: []byte(l.key), value: l.value})
			from = i + 1
		}
	}
	f.hang(n, leaves[from:], layer)
	return f.put(encodeNode(n))
}

// hang puts the leaves below n, after its last entry.
func (f *file) hang(n *node, leaves []leaf, layer int) {
	c := f.subtree(leaves, layer-1)
	if len(n.entries) == 0 {
		n.left = c
		return
	}
	n.entries[len(n.entries)-1].right = c
}

func encodeNode(n *node) []byte {
	b := dagcbor.AppendMap(nil, 2)
	b = dagcbor.AppendArray(dagcbor.AppendText(b, "e"), len(n.entries))
	var before []byte
	for _, e := range n.entries {
		shared := 0
		for shared < len(before) && shared < len(e.key) && before[shared] == e.key[shared] {
			shared++
		}
		b = appendEntry(b, e, shared)
		before = e.key
	}
	return appendOptional(dagcbor.AppendText(b, "l"), n.left)
}

func appendEntry(b []byte, e entry, shared int) []byte {
	b = dagcbor.AppendMap(b, 4)
	b = dagcbor.AppendBytes(dagcbor.AppendText(b, "k"), e.key[shared:])
	b = dagcbor.AppendUint(dagcbor.AppendText(b, "p"), uint64(shared))
	b = appendOptional(dagcbor.AppendText(b, "t"), e.right)
	return dagcbor.AppendLink(dagcbor.AppendText(b, "v"), e.value.KeyString())
}

func appendOptional(b []byte, c cid.Cid) []byte {
	if !c.Defined() {
		return dagcbor.AppendNull(b)
	}
	return dagcbor.AppendLink(b, c.KeyString())
}

// value is a record of some type.
func value(t testing.TB, typ string) []byte {
	t.Helper()
	b, err := record.EncodeValue(map[string]any{"$type": typ})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
