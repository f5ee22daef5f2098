package record

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bluesky-social/indigo/atproto/lexicon"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

//go:embed lexicons
var schemaFiles embed.FS

// Catalog holds the schemas of the record types that this node knows. It is
// immutable; make one and pass it on, since making it parses all of them.
type Catalog struct {
	defs map[string]any // by "nsid#name"; "nsid#main" also by "nsid"
}

// NewCatalog loads the schemas embedded in the binary; lexicons/README.md lists them.
func NewCatalog() (*Catalog, error) {
	c, err := loadCatalog(schemaFiles)
	if err != nil {
		return nil, fmt.Errorf("record: embedded lexicons: %w", err)
	}
	return c, nil
}

func loadCatalog(files fs.FS) (*Catalog, error) {
	c := &Catalog{defs: map[string]any{}}
	return c, fs.WalkDir(files, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		if err := c.add(b); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
}

func (c *Catalog) add(b []byte) error {
	var file lexicon.SchemaFile
	if err := json.Unmarshal(b, &file); err != nil {
		return err
	}
	if err := file.FinishParse(); err != nil {
		return err
	}
	if err := file.CheckSchema(); err != nil {
		return err
	}
	for name, def := range file.Defs {
		c.defs[file.ID+"#"+name] = def.Inner
	}
	if main, ok := file.Defs["main"]; ok {
		c.defs[file.ID] = main.Inner
	}
	return nil
}

// Check holds a value that passed CheckValue against the published schema of its
// collection, and its record key against what the schema says of keys. It
// answers ErrUnknownType if there is no schema, and ErrLexicon with the reason if
// the value does not fit. Neither makes the record invalid: it is stored and
// passed on all the same, schemas being younger than some records and older than
// others.
func (c *Catalog) Check(path Path, value []byte) error {
	collection, n := string(path.Collection), dagcbor.Node(value)
	def, ok := c.defs[collection].(lexicon.SchemaRecord)
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownType, collection)
	}
	if typ := n.Get("$type").Text(); string(typ) != collection {
		return fmt.Errorf("%w: $type is %.80q", ErrLexicon, typ)
	}
	if !keyFits(def.Key, string(path.Key)) {
		return fmt.Errorf("%w: record key %q is not of kind %s", ErrLexicon, path.Key, def.Key)
	}
	if err := c.object(collection, def.Record, n); err != nil {
		return fmt.Errorf("%w: %w", ErrLexicon, err)
	}
	return checkOwnFields(n)
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
