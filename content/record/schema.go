package record

import (
	"fmt"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"

	"metanet/content/record/dagcbor"
	"metanet/identity"
)

// Every record that comes in passes here, so values are held against schemas as
// they lie, without a tree of them in memory: the schemas are indigo's, as is the
// judgement of each leaf, and only the walk is ours. A fuzz test holds it to
// indigo's own.

// fits holds n against a definition of the schema file base.
func (c *Catalog) fits(base string, def any, n dagcbor.Node) error {
	switch s := def.(type) {
	case lexicon.SchemaString:
		return stringFits(s, n)
	case lexicon.SchemaObject:
		return c.object(base, s, n)
	case lexicon.SchemaArray:
		return c.array(base, s, n)
	case lexicon.SchemaRef:
		return c.ref(base, s.Ref, n)
	case lexicon.SchemaUnion:
		return c.union(base, s, n)
	}
	return leafFits(def, n)
}

func (c *Catalog) object(base string, s lexicon.SchemaObject, n dagcbor.Node) error {
	if n.Kind() != dagcbor.Map || isBlob(n) {
		return fmt.Errorf("expected an object")
	}
	for _, key := range s.Required {
		if n.Get(key) == nil {
			return fmt.Errorf("%s is missing", key)
		}
	}
	for key, field := range n.Fields() {
		def, known := s.Properties[string(key)]
		if !known || field.Kind() == dagcbor.Null && s.IsNullable(string(key)) {
			continue // unknown fields are free: https://atproto.com/specs/lexicon
		}
		if err := c.fits(base, def.Inner, field); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func (c *Catalog) array(base string, s lexicon.SchemaArray, n dagcbor.Node) error {
	if n.Kind() != dagcbor.Array {
		return fmt.Errorf("expected an array")
	}
	r := dagcbor.NewReader(n)
	length := r.Array()
	if s.MinLength != nil && length < *s.MinLength || over(s.MaxLength, length) {
		return fmt.Errorf("%d items", length)
	}
	for item := range n.Items() {
		if err := c.fits(base, s.Items.Inner, item); err != nil {
			return fmt.Errorf("item: %w", err)
		}
	}
	return nil
}

// ref follows a reference, "nsid", "nsid#name" or "#name".
func (c *Catalog) ref(base, ref string, n dagcbor.Node) error {
	if strings.HasPrefix(ref, "#") {
		ref = base + ref
	}
	def, ok := c.defs[ref]
	if !ok {
		return fmt.Errorf("no schema %s", ref)
	}
	base, _, _ = strings.Cut(ref, "#")
	return c.fits(base, def, n)
}

// union goes by $type. One that is open takes any other type too, but holds what
// it knows to its schema.
func (c *Catalog) union(base string, s lexicon.SchemaUnion, n dagcbor.Node) error {
	typ := string(n.Get("$type").Text())
	if typ == "" || isBlob(n) {
		return fmt.Errorf("expected an object with $type")
	}
	for _, ref := range s.Refs {
		if ref == typ || ref[0] == '#' && typ == base+ref {
			return c.ref(base, ref, n)
		}
	}
	if s.Closed != nil && *s.Closed {
		return fmt.Errorf("%s is not one of those allowed", clip(typ))
	}
	if _, known := c.defs[typ]; !known {
		return nil
	}
	return c.ref(base, typ, n)
}

// leafFits asks indigo about what has no parts.
func leafFits(def any, n dagcbor.Node) error {
	switch s := def.(type) {
	case lexicon.SchemaBoolean:
		return s.Validate(leaf(n))
	case lexicon.SchemaInteger:
		return s.Validate(leaf(n))
	case lexicon.SchemaBytes:
		return s.Validate(leaf(n))
	case lexicon.SchemaCIDLink:
		return s.Validate(leaf(n))
	case lexicon.SchemaBlob:
		return s.Validate(leaf(n), 0)
	case lexicon.SchemaUnknown:
		return s.Validate(leaf(n))
	}
	return fmt.Errorf("%T does not describe data", def)
}

// leaf is n in the type that package lexicon expects. An object is only that.
func leaf(n dagcbor.Node) any {
	switch n.Kind() {
	case dagcbor.Bool:
		return n.Bool()
	case dagcbor.Int:
		i, _ := n.Int()
		return i
	case dagcbor.Text:
		return string(n.Text())
	case dagcbor.Bytes:
		return atdata.Bytes(n.Bytes())
	case dagcbor.Link:
		return atdata.CIDLink(castCID(n.Link()))
	case dagcbor.Map:
		if isBlob(n) {
			return lexiconBlob(n)
		}
		return map[string]any{}
	}
	return nil
}

// isBlob: of today's form or the older one.
func isBlob(n dagcbor.Node) bool {
	return string(n.Get("$type").Text()) == "blob" || isLegacyBlob(n)
}

func lexiconBlob(n dagcbor.Node) atdata.Blob {
	blob := atdata.Blob{MimeType: string(n.Get("mimeType").Text()), Size: -1}
	if isLegacyBlob(n) {
		blob.Ref = atdata.CIDLink(textCID(n.Get("cid").Text()))
		return blob
	}
	blob.Ref = atdata.CIDLink(castCID(n.Get("ref").Link()))
	blob.Size, _ = n.Get("size").Int()
	return blob
}

func stringFits(s lexicon.SchemaString, n dagcbor.Node) error {
	if n.Kind() == dagcbor.Text && surelyFits(s, n) {
		return nil
	}
	return s.Validate(leaf(n), 0)
}

// surelyFits says yes to the common forms of strings, which indigo judges by
// slow regular expressions; its no means that indigo must be asked.
func surelyFits(s lexicon.SchemaString, n dagcbor.Node) bool {
	text := n.Text()
	if s.Const != nil || len(s.Enum) > 0 || s.MinLength != nil || s.MinGraphemes != nil ||
		over(s.MaxLength, len(text)) || over(s.MaxGraphemes, len(text)) {
		return false
	}
	if s.Format == nil {
		return true
	}
	switch *s.Format {
	case "at-uri":
		return atURI(n) != ""
	case "cid":
		return plainCID(text)
	case "datetime":
		return plainDatetime(string(text))
	case "did":
		_, err := identity.ParseATName(string(text))
		return err == nil
	case "language":
		return len(text) == 2 && isLower(text[0]) && isLower(text[1])
	}
	return false
}

func over(limit *int, n int) bool { return limit != nil && n > *limit }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// plainCID: base32 of CIDv1 and sha2-256, as nearly all are.
func plainCID(text []byte) bool {
	if len(text) != 59 || text[0] != 'b' {
		return false
	}
	for _, c := range text {
		if !isAlphanumeric(c) {
			return false
		}
	}
	return true
}

// plainDatetime: UTC, with or without a fraction of a second. (package time alone
// would also take hours of one digit.)
func plainDatetime(s string) bool {
	const shape = "0000-00-00T00:00:00"
	if len(s) <= len(shape) || len(s) > 30 || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[len(s)-1] != 'Z' {
		return false
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}
