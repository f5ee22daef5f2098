package record

import (
	"embed"
	"fmt"
	"strings"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

//go:embed lexicons
var schemaFiles embed.FS

// Catalog holds the schemas of the record types that this node knows. It is
// immutable; make one and pass it on, since making it parses all of them.
type Catalog struct {
	schemas lexicon.BaseCatalog
}

// NewCatalog loads the schemas embedded in the binary; lexicons/README.md lists them.
func NewCatalog() (*Catalog, error) {
	schemas := lexicon.NewBaseCatalog()
	if err := schemas.LoadEmbedFS(schemaFiles); err != nil {
		return nil, fmt.Errorf("record: embedded lexicons: %w", err)
	}
	return &Catalog{schemas: *schemas}, nil
}

// Check holds a value that passed CheckValue against the published schema of its
// collection, and its record key against what the schema says of keys. It
// answers ErrUnknownType if there is no schema, and ErrLexicon with the reason if
// the value does not fit. Neither makes the record invalid: it is stored and
// passed on all the same, schemas being younger than some records and older than
// others.
func (c *Catalog) Check(path Path, value []byte) error {
	collection := string(path.Collection)
	schema, err := c.schemas.Resolve(collection)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrUnknownType, collection)
	}
	def, ok := schema.Def.(lexicon.SchemaRecord)
	if !ok {
		return fmt.Errorf("%w: %s is not a type of record", ErrUnknownType, collection)
	}
	if !keyFits(def.Key, string(path.Key)) {
		return fmt.Errorf("%w: record key %q is not of kind %s", ErrLexicon, path.Key, def.Key)
	}
	tree := treeOf(dagcbor.Node(value), lexiconLeaves)
	if err := lexicon.ValidateRecord(&c.schemas, tree, collection, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrLexicon, err)
	}
	return checkOwnFields(dagcbor.Node(value))
}

// keyFits: https://atproto.com/specs/record-key, "Record Key Types".
func keyFits(kind, key string) bool {
	switch kind {
	case "tid":
		return validTID(key)
	case "nsid":
		return validNSID(key)
	case "any":
		return true
	}
	literal, ok := strings.CutPrefix(kind, "literal:")
	return ok && key == literal
}

// lexiconLeaves builds the tree in the types that package lexicon expects.
var lexiconLeaves = leaves{
	link:   func(b []byte) any { return atdata.CIDLink(castCID(b)) },
	bytes:  func(b []byte) any { return atdata.Bytes(b) },
	object: lexiconObject,
}

func lexiconObject(n dagcbor.Node, fields map[string]any) any {
	if string(n.Get("$type").Text()) == "blob" {
		size, _ := n.Get("size").Int()
		return atdata.Blob{
			Ref:      atdata.CIDLink(castCID(n.Get("ref").Link())),
			MimeType: string(n.Get("mimeType").Text()),
			Size:     size,
		}
	}
	if isLegacyBlob(n) {
		ref := atdata.CIDLink(textCID(n.Get("cid").Text()))
		return atdata.Blob{Ref: ref, MimeType: string(n.Get("mimeType").Text()), Size: -1}
	}
	return fields
}

// checkOwnFields holds the fields that the package comment defines to it.
func checkOwnFields(n dagcbor.Node) error {
	if salt := n.Get(FieldSalt); salt != nil && len(salt.Bytes()) != SaltSize {
		return fmt.Errorf("%w: %s is not %d bytes", ErrLexicon, FieldSalt, SaltSize)
	}
	if full := n.Get(FieldFullText); full != nil {
		if text := full.Text(); len(text) == 0 || len(text) > MaxFullText {
			return fmt.Errorf("%w: %s is not a text of 1 to %d bytes", ErrLexicon, FieldFullText, MaxFullText)
		}
	}
	if dag := n.Get(FieldDAG); dag != nil {
		return checkDAGs(dag)
	}
	return nil
}

// checkDAGs: from the CIDs of raw blobs, in canonical text, to links.
func checkDAGs(dag dagcbor.Node) error {
	if dag.Kind() != dagcbor.Map {
		return fmt.Errorf("%w: %s is not a map", ErrLexicon, FieldDAG)
	}
	for key, root := range dag.Fields() {
		blob := textCID(key)
		if !blob.Defined() || blob.String() != string(key) || blob.Prefix() != blobPrefix {
			return fmt.Errorf("%w: %s: %.80q is not the CID of a blob", ErrLexicon, FieldDAG, key)
		}
		if c := castCID(root.Link()); !c.Defined() || c.Type() != cid.DagProtobuf {
			return fmt.Errorf("%w: %s: %s does not lead to a UnixFS root", ErrLexicon, FieldDAG, blob)
		}
	}
	return nil
}
