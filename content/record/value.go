package record

import (
	"fmt"
	"strings"

	"metanet/content/record/dagcbor"
)

// CheckValue says whether b can be a record's value: at most MaxValue bytes of
// canonical DAG-CBOR, a map in AT's data model whose $type is an NSID.
func CheckValue(b []byte) error {
	_, err := checkValue(b)
	return err
}

// CheckRecord is CheckValue for a value under path: its $type must be the
// collection.
func CheckRecord(path Path, value []byte) error {
	typ, err := checkValue(value)
	if err != nil {
		return err
	}
	if string(typ) != string(path.Collection) {
		return fmt.Errorf("%w: $type is %.80q in collection %s", ErrValue, typ, path.Collection)
	}
	return nil
}

func checkValue(b []byte) (typ []byte, err error) {
	if typ, err = checkData(b); err == nil && !validNSID(string(typ)) {
		err = fmt.Errorf("%w: $type %.80q is not an NSID", ErrValue, typ)
	}
	return typ, err
}

// checkData holds b against the AT data model and returns its $type, if any.
func checkData(b []byte) (typ []byte, err error) {
	if len(b) > MaxValue {
		return nil, fmt.Errorf("%w: value of %d bytes", ErrTooLarge, len(b))
	}
	c := checker{buf: b, Reader: dagcbor.NewReader(b)}
	if c.Kind() != dagcbor.Map {
		c.Fail("a value is a map")
	}
	typ = c.object(1)
	if err := c.End(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrValue, err)
	}
	return typ, nil
}

// checker walks a value once, holding it against the canonical encoding (by its
// Reader) and AT's data model (https://atproto.com/specs/data-model) together.
type checker struct {
	dagcbor.Reader
	buf []byte
}

func (c *checker) value(level int) {
	switch c.Kind() {
	case dagcbor.Int:
		c.integer()
	case dagcbor.Link:
		if link := c.Link(); c.Err() == nil && !allowedLink(link) {
			c.Fail("link is not CIDv1 with sha2-256 to dag-cbor, raw or dag-pb")
		}
	case dagcbor.Array:
		c.array(level)
	case dagcbor.Map:
		c.object(level)
	case dagcbor.Float:
		c.Fail("floats are not in the AT data model")
	default:
		c.Skip()
	}
}

// integer: what JavaScript holds exactly.
func (c *checker) integer() {
	negative, n := c.Integer()
	if negative {
		n++ // the magnitude; n < 2⁶⁴−1 or the bound has been passed already
	}
	if n > MaxInteger || negative && n == 0 {
		c.Fail("integer beyond 53 bits")
	}
}

func (c *checker) array(level int) {
	if level > MaxDepth {
		c.Fail("nested too deeply")
	}
	for n := c.Array(); n > 0 && c.Err() == nil; n-- {
		c.value(level + 1)
	}
}

// object checks a map and returns its $type, which is a string with something in
// it wherever it occurs. $link and $bytes are how JSON spells links and bytes:
// as keys they would make the JSON form ambiguous.
func (c *checker) object(level int) (typ []byte) {
	if level > MaxDepth {
		c.Fail("nested too deeply")
	}
	start := c.Offset()
	var key []byte
	for n := c.Map(); n > 0 && c.Err() == nil; n-- {
		key = c.Key(key)
		switch string(key) {
		case "$type":
			if typ = c.Text(); len(typ) == 0 {
				c.Fail("$type is empty")
			}
		case "$link", "$bytes":
			c.Fail("reserved key")
		default:
			c.value(level + 1)
		}
	}
	if string(typ) == "blob" && c.Err() == nil {
		c.blob(start)
	}
	return typ
}

// blob: exactly ref, size, $type and mimeType, in canonical order. (AT's older
// blobs are maps of cid and mimeType without $type, and pass as such.)
func (c *checker) blob(start int) {
	r := dagcbor.NewReader(c.buf[start:c.Offset()])
	if r.Map() != 4 {
		r.Fail("a blob has four fields")
	}
	r.Field("ref")
	r.Link()
	r.Field("size")
	r.Uint()
	r.Field("$type")
	r.Text()
	r.Field("mimeType")
	r.Text()
	if r.End() != nil {
		c.Fail("not the shape of a blob")
	}
}

// allowedLink: AT's CIDs (records are dag-cbor, blobs are raw), and dag-pb for
// the roots of UnixFS files.
func allowedLink(c []byte) bool {
	return len(c) == 36 && c[0] == 1 && strings.IndexByte("\x71\x55\x70", c[1]) >= 0 && c[2] == 0x12 && c[3] == 0x20
}
