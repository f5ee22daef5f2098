package dagcbor

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// MaxDepth bounds how deeply arrays and maps may nest: 32, AT's own bound
// (https://atproto.com/specs/data-model). The outermost container is level 1.
const MaxDepth = 32

// Error says what is wrong with an encoding, and where.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("dagcbor: at byte %d: %s", e.Offset, e.Reason)
}

// Major types (RFC 8949, section 3.1).
const (
	majorUint   = 0
	majorNeg    = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7
)

// The only initial bytes of major type 7 that DAG-CBOR has.
const (
	byteFalse   = 0xf4
	byteTrue    = 0xf5
	byteNull    = 0xf6
	byteFloat64 = 0xfb
)

// tagLink is the one tag, linkPrefix the identity multibase before the CID.
const (
	tagLink    = 42
	linkPrefix = 0x00
)

// Kind is the type of the next item.
type Kind uint8

// The kinds of item. Invalid is also the kind of nothing: the end of the input.
const (
	Invalid Kind = iota
	Int
	Bytes
	Text
	Array
	Map
	Link
	Bool
	Null
	Float
)

var kindNames = [...]string{"invalid", "integer", "bytes", "text", "array", "map", "link", "boolean", "null", "float"}

func (k Kind) String() string { return kindNames[k] }

// Reader is a cursor over canonical DAG-CBOR. Slices that it returns point into
// its input. After the first error every method returns zero values and the
// error stays; a decoder may therefore look at Err once, at the end, so long as
// it bounds its loops by the counts it was given (which are zero by then).
type Reader struct {
	buf []byte
	off int
	err error
}

// NewReader returns a Reader of b.
func NewReader(b []byte) Reader { return Reader{buf: b} }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Offset is the number of bytes consumed.
func (r *Reader) Offset() int { return r.off }

// Fail records an error of the caller's own at the present offset.
func (r *Reader) Fail(reason string) {
	if r.err == nil {
		r.err = &Error{r.off, reason}
		r.buf, r.off = nil, 0 // nothing is readable any more
	}
}

// End returns the first error, or one that says that bytes are left over.
func (r *Reader) End() error {
	if r.err == nil && r.off != len(r.buf) {
		r.Fail("trailing bytes")
	}
	return r.err
}

// Kind tells what comes next without consuming it.
func (r *Reader) Kind() Kind {
	if r.off >= len(r.buf) {
		return Invalid
	}
	return kindOf(r.buf[r.off])
}

func kindOf(initial byte) Kind {
	switch initial >> 5 {
	case majorUint, majorNeg:
		return Int
	case majorBytes:
		return Bytes
	case majorText:
		return Text
	case majorArray:
		return Array
	case majorMap:
		return Map
	case majorTag:
		return Link
	}
	switch initial {
	case byteFalse, byteTrue:
		return Bool
	case byteNull:
		return Null
	case byteFloat64:
		return Float
	}
	return Invalid
}

// Array enters an array and returns its length, at most what the input can hold.
func (r *Reader) Array() int { return r.container(majorArray, 1) }

// Map enters a map and returns its number of pairs, at most what the input can hold.
func (r *Reader) Map() int { return r.container(majorMap, 2) }

func (r *Reader) container(major byte, least int) int {
	n := r.head(major)
	if n > uint64((len(r.buf)-r.off)/least) {
		r.Fail("more elements than bytes")
		return 0
	}
	return int(n)
}

// Key reads the next key of a map. It must come after prev, the key before it,
// in canonical order; prev is nil for the first.
func (r *Reader) Key(prev []byte) []byte {
	key := r.Text()
	if prev != nil && r.err == nil && !keyLess(prev, key) {
		r.Fail("map keys duplicate or out of order")
		return nil
	}
	return key
}

// keyLess is CompareKeys < 0 without conversions.
func keyLess(a, b []byte) bool {
	return len(a) < len(b) || len(a) == len(b) && string(a) < string(b)
}

// Field reads a key that must be name. Decoders of fixed shapes call it in
// canonical order, which makes a wrong order an unexpected key.
func (r *Reader) Field(name string) {
	if key := r.Text(); r.err == nil && string(key) != name {
		r.Fail("expected field " + name)
	}
}

// Text reads a string of valid UTF-8.
func (r *Reader) Text() []byte {
	s := r.str(majorText)
	if !utf8.Valid(s) {
		r.Fail("invalid UTF-8")
		return nil
	}
	return s
}

// Bytes reads a byte string.
func (r *Reader) Bytes() []byte { return r.str(majorBytes) }

func (r *Reader) str(major byte) []byte {
	n := r.head(major)
	if n > uint64(len(r.buf)-r.off) {
		r.Fail("truncated string")
		return nil
	}
	start := r.off
	r.off += int(n)
	return r.buf[start:r.off:r.off]
}

// Uint reads a non-negative integer.
func (r *Reader) Uint() uint64 { return r.head(majorUint) }

// Int reads an integer that fits an int64.
func (r *Reader) Int() int64 {
	negative, n := r.Integer()
	if n > math.MaxInt64 {
		r.Fail("integer out of range")
		return 0
	}
	if negative {
		return -1 - int64(n)
	}
	return int64(n)
}

// Integer reads any integer: n, or -1-n if negative.
func (r *Reader) Integer() (negative bool, n uint64) {
	major := byte(majorUint)
	if r.off < len(r.buf) && r.buf[r.off]>>5 == majorNeg {
		major = majorNeg
	}
	return major == majorNeg, r.head(major)
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	if r.Kind() != Bool {
		r.Fail("expected a boolean")
		return false
	}
	r.off++
	return r.buf[r.off-1] == byteTrue
}

// Null consumes a null, if one is next, and says whether it did.
func (r *Reader) Null() bool {
	if r.Kind() != Null {
		return false
	}
	r.off++
	return true
}

// Float reads a 64-bit float, the only width there is; NaN and the infinities
// don't exist in the IPLD data model.
func (r *Reader) Float() float64 {
	if r.Kind() != Float || len(r.buf)-r.off < 9 {
		r.Fail("expected a 64-bit float")
		return 0
	}
	f := math.Float64frombits(binary.BigEndian.Uint64(r.buf[r.off+1:]))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		r.Fail("float is not a number")
		return 0
	}
	r.off += 9
	return f
}

// Link reads a link and returns the binary CID, without the 0x00 before it.
func (r *Reader) Link() []byte {
	if tag := r.head(majorTag); r.err == nil && tag != tagLink {
		r.Fail("tag other than 42")
	}
	b := r.Bytes()
	if r.err != nil {
		return nil
	}
	if len(b) == 0 || b[0] != linkPrefix || !validCID(b[1:]) {
		r.Fail("link without a well-formed CID")
		return nil
	}
	return b[1:]
}

// head reads an initial byte of the given major type and its argument, which
// must be in the shortest form (RFC 8949, section 4.2.1). 28 to 30 are
// reserved and 31 is an indefinite length: both are refused.
func (r *Reader) head(major byte) uint64 {
	if r.off >= len(r.buf) {
		r.Fail("unexpected end")
		return 0
	}
	initial := r.buf[r.off]
	if initial>>5 != major {
		r.Fail("unexpected type")
		return 0
	}
	info := initial & 31
	if info < 24 {
		r.off++
		return uint64(info)
	}
	arg, size, least := wideArgument(r.buf[r.off+1:], info)
	if size == 0 {
		r.Fail("truncated, reserved or indefinite length")
		return 0
	}
	if arg < least {
		r.Fail("not the shortest form")
		return 0
	}
	r.off += 1 + size
	return arg
}

// wideArgument decodes the argument after an initial byte with info 24 to 27:
// its value, its size, and the least value that needs that size. Size 0 means
// that there is none.
func wideArgument(b []byte, info byte) (arg uint64, size int, least uint64) {
	switch {
	case info == 24 && len(b) >= 1:
		return uint64(b[0]), 1, 24
	case info == 25 && len(b) >= 2:
		return uint64(binary.BigEndian.Uint16(b)), 2, 1 << 8
	case info == 26 && len(b) >= 4:
		return uint64(binary.BigEndian.Uint32(b)), 4, 1 << 16
	case info == 27 && len(b) >= 8:
		return binary.BigEndian.Uint64(b), 8, 1 << 32
	}
	return 0, 0, 0
}
