package record

import (
	"bytes"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

// mimeTypeKey is how the key that every blob has is encoded: values without it,
// which are most, need no walk.
var mimeTypeKey = dagcbor.AppendText(nil, "mimeType")

// blobsOf finds the blobs anywhere in a value, each once.
func blobsOf(root dagcbor.Node, value []byte) []BlobRef {
	if !bytes.Contains(value, mimeTypeKey) {
		return nil
	}
	w := blobWalk{dags: root.Get(FieldDAG)}
	w.visit(root)
	return w.found
}

type blobWalk struct {
	dags  dagcbor.Node
	found []BlobRef
}

func (w *blobWalk) visit(n dagcbor.Node) {
	switch n.Kind() {
	case dagcbor.Array:
		for item := range n.Items() {
			w.visit(item)
		}
	case dagcbor.Map:
		if blob, ok := blobOf(n); ok {
			w.add(blob)
			return
		}
		for _, field := range n.Fields() {
			w.visit(field)
		}
	}
}

func (w *blobWalk) add(blob BlobRef) {
	for _, have := range w.found {
		if have.CID == blob.CID {
			return
		}
	}
	if root := w.dags.Get(blob.CID.String()).Link(); root != nil {
		blob.DAG = castCID(root)
	}
	w.found = append(w.found, blob)
}

// blobOf reads a blob, or one of the older form {cid, mimeType}. AT's blobs are
// addressed by CIDv1, raw, sha2-256 alone (https://atproto.com/specs/blob).
func blobOf(n dagcbor.Node) (blob BlobRef, ok bool) {
	blob = BlobRef{MIME: string(n.Get("mimeType").Text()), Size: -1}
	if string(n.Get("$type").Text()) == "blob" {
		blob.CID = castCID(n.Get("ref").Link())
		blob.Size, _ = n.Get("size").Int()
	} else if isLegacyBlob(n) {
		blob.CID = textCID(n.Get("cid").Text())
	}
	return blob, blob.CID.Defined() && blob.CID.Prefix() == blobPrefix
}

var blobPrefix = cid.Prefix{Version: 1, Codec: cid.Raw, MhType: 0x12, MhLength: 32}

// isLegacyBlob: a map of the two texts cid and mimeType, as clients wrote them
// until the middle of 2023.
func isLegacyBlob(n dagcbor.Node) bool {
	r := dagcbor.NewReader(n)
	return r.Map() == 2 && n.Get("cid").Kind() == dagcbor.Text && n.Get("mimeType").Kind() == dagcbor.Text
}
