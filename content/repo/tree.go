package repo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/bits"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

// maxKey bounds a key of the tree: an NSID, a slash and a record key fit.
const maxKey = 1024

// walk goes through a search tree in the order of its keys
// (https://atproto.com/specs/repository, "MST Structure").
//
// Shared subtrees cannot make it long: keys rise strictly through the whole
// walk, so a subtree that holds any key can occur once only.
type walk struct {
	blocks  blocks
	last    []byte // the key before
	entry   func(key []byte, value cid.Cid) error
	missing func(node cid.Cid) error // a node that the file doesn't have
}

// node is one block of the tree.
type node struct {
	left    cid.Cid // the subtree before the first entry, or cid.Undef
	entries []entry
}

type entry struct {
	key   []byte
	value cid.Cid
	right cid.Cid // the subtree after this entry, or cid.Undef
}

// root walks the whole tree. Its layer is that of its keys.
func (w *walk) root(c cid.Cid) error {
	n, err := w.load(c)
	if err != nil || n == nil {
		return err
	}
	if len(n.entries) == 0 {
		if n.left.Defined() {
			return fmt.Errorf("%w: the root is only a pointer", ErrTree)
		}
		return nil // an empty repository
	}
	return w.node(n, layerOf(n.entries[0].key))
}

func (w *walk) node(n *node, layer int) error {
	if err := w.child(n.left, layer); err != nil {
		return err
	}
	for _, e := range n.entries {
		if bytes.Compare(w.last, e.key) >= 0 {
			return fmt.Errorf("%w: key %.80q out of order", ErrTree, e.key)
		}
		if layerOf(e.key) != layer {
			return fmt.Errorf("%w: key %.80q on layer %d", ErrTree, e.key, layer)
		}
		w.last = e.key
		if err := w.entry(e.key, e.value); err != nil {
			return err
		}
		if err := w.child(e.right, layer); err != nil {
			return err
		}
	}
	return nil
}

// child walks a subtree one layer below. It may be empty only to reach yet
// deeper layers.
func (w *walk) child(c cid.Cid, layer int) error {
	if !c.Defined() {
		return nil
	}
	if layer == 0 {
		return fmt.Errorf("%w: a subtree below layer 0", ErrTree)
	}
	n, err := w.load(c)
	if err != nil || n == nil {
		return err
	}
	if len(n.entries) == 0 && !n.left.Defined() {
		return fmt.Errorf("%w: empty node %s", ErrTree, c)
	}
	return w.node(n, layer-1)
}

// load returns a node, or nil if it has been reported missing.
func (w *walk) load(c cid.Cid) (*node, error) {
	block, ok := w.blocks[c]
	if !ok {
		return nil, w.missing(c)
	}
	n, err := decodeNode(block)
	if err != nil {
		return nil, fmt.Errorf("%w: node %s: %w", ErrTree, c, err)
	}
	return n, nil
}

// decodeNode reads {e: [entry…], l: link or null}.
func decodeNode(block []byte) (*node, error) {
	r := dagcbor.NewReader(block)
	if r.Map() != 2 {
		r.Fail("a node has two fields")
	}
	r.Field("e")
	n := &node{entries: make([]entry, r.Array())}
	var key []byte
	for i := range n.entries {
		n.entries[i] = decodeEntry(&r, key)
		key = n.entries[i].key
	}
	r.Field("l")
	n.left = optionalLink(&r)
	return n, r.End()
}

// decodeEntry reads {k: rest of the key, p: how much of the key before it
// shares, t: link or null, v: link}. Keys share as much as they can.
func decodeEntry(r *dagcbor.Reader, before []byte) (e entry) {
	if r.Map() != 4 {
		r.Fail("an entry has four fields")
	}
	r.Field("k")
	rest := r.Bytes()
	r.Field("p")
	shared := r.Uint()
	r.Field("t")
	e.right = optionalLink(r)
	r.Field("v")
	e.value = requiredLink(r)
	if shared > uint64(len(before)) || len(rest) == 0 || shared+uint64(len(rest)) > maxKey {
		r.Fail("key shares too much, is empty or too long")
		return entry{}
	}
	if int(shared) < len(before) && before[shared] == rest[0] {
		r.Fail("key shares less than it could")
	}
	e.key = append(bytes.Clone(before[:shared]), rest...)
	return e
}

func optionalLink(r *dagcbor.Reader) cid.Cid {
	if r.Null() {
		return cid.Undef
	}
	return requiredLink(r)
}

func requiredLink(r *dagcbor.Reader) cid.Cid {
	c, err := cid.Cast(r.Link())
	if err != nil {
		r.Fail("not a CID")
	}
	return c
}

// layerOf is a key's height in the tree: half the number of zero bits that its
// sha2-256 begins with.
func layerOf(key []byte) int {
	zeros := 0
	for _, b := range sha256.Sum256(key) {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return zeros / 2
}
