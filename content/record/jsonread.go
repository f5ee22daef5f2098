package record

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
)

// MaxJSON bounds a value's JSON. It is wide enough for the JSON of any value
// (the worst case is a list of empty byte strings, 14 characters for a byte).
const MaxJSON = 16 * MaxValue

// JSONToValue reads AT JSON (https://atproto.com/specs/data-model): links are
// {"$link": CID} and bytes are {"$bytes": base64}. It refuses JSON that has more
// than one meaning, which other parsers resolve silently and differently:
// duplicate keys, fractions, exponents, integers beyond 53 bits, minus zero,
// invalid UTF-8, unpaired surrogates. Only "12.0" is taken for the integer that
// it is, as AT's test vectors want.
func JSONToValue(b []byte) ([]byte, error) {
	tree, err := ParseJSON(b)
	if err != nil {
		return nil, err
	}
	return EncodeValue(tree)
}

// ParseJSON is the first half of JSONToValue: it returns the tree that
// EncodeValue takes, for callers who add fields.
func ParseJSON(b []byte) (map[string]any, error) {
	if len(b) > MaxJSON {
		return nil, fmt.Errorf("%w: JSON of %d bytes", ErrTooLarge, len(b))
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrJSON)
	}
	p := jsonParser{in: string(b)}
	tree := p.document()
	if p.err != nil {
		return nil, p.err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: not an object", ErrJSON)
	}
	return object, nil
}

// jsonParser reads RFC 8259 as narrowed above. After the first error it consumes
// nothing more.
type jsonParser struct {
	in  string // valid UTF-8
	pos int
	err error
}

func (p *jsonParser) fail(reason string) any {
	if p.err == nil {
		p.err = fmt.Errorf("%w: at byte %d: %s", ErrJSON, p.pos, reason)
		p.pos = len(p.in)
	}
	return nil
}

func (p *jsonParser) document() any {
	v := p.value(1)
	p.space()
	if p.pos < len(p.in) {
		p.fail("more after the value")
	}
	return v
}

func (p *jsonParser) space() {
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.pos]) >= 0 {
		p.pos++
	}
}

// peek skips space and returns the next byte, 0 at the end.
func (p *jsonParser) peek() byte {
	p.space()
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *jsonParser) expect(c byte) {
	if p.peek() != c || p.err != nil {
		p.fail("expected " + strconv.QuoteRune(rune(c)))
		return
	}
	p.pos++
}

func (p *jsonParser) value(level int) any {
	switch c := p.peek(); {
	case c == '{':
		return p.object(level)
	case c == '[':
		return p.array(level)
	case c == '"':
		return p.str()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case p.literal("true"):
		return true
	case p.literal("false"):
		return false
	case p.literal("null"):
		return nil
	}
	return p.fail("expected a value")
}

func (p *jsonParser) literal(word string) bool {
	if !strings.HasPrefix(p.in[p.pos:], word) {
		return false
	}
	p.pos += len(word)
	return true
}

func (p *jsonParser) array(level int) any {
	if level > MaxDepth {
		return p.fail("nested too deeply")
	}
	p.expect('[')
	items := []any{}
	for p.err == nil && (len(items) > 0 || p.peek() != ']') {
		items = append(items, p.value(level+1))
		if p.peek() != ',' {
			break
		}
		p.pos++
	}
	p.expect(']')
	return items
}

func (p *jsonParser) object(level int) any {
	if level > MaxDepth+1 { // {"$link": …} is one level more than the link it stands for
		return p.fail("nested too deeply")
	}
	p.expect('{')
	fields := map[string]any{}
	for p.err == nil && (len(fields) > 0 || p.peek() != '}') {
		key := p.str()
		if _, seen := fields[key]; seen {
			return p.fail("duplicate key " + strconv.Quote(key))
		}
		p.expect(':')
		fields[key] = p.value(level + 1)
		if p.peek() != ',' {
			break
		}
		p.pos++
	}
	p.expect('}')
	return p.special(fields)
}

// special turns {"$link": …} and {"$bytes": …} into what they stand for. Other
// fields beside those are an error, not data.
func (p *jsonParser) special(fields map[string]any) any {
	if link, ok := fields["$link"]; ok {
		return p.link(len(fields), link)
	}
	if data, ok := fields["$bytes"]; ok {
		return p.bytes(len(fields), data)
	}
	return fields
}

// link reads a CID in its one text form, lower-case base32.
func (p *jsonParser) link(fields int, v any) any {
	text, ok := v.(string)
	if !ok || fields != 1 {
		return p.fail("$link stands alone and is a string")
	}
	c, err := cid.Decode(text)
	if err != nil || c.String() != text || !allowedLink([]byte(c.KeyString())) {
		return p.fail("$link is not a CID of this data model")
	}
	return c
}

// bytes reads base64 with or without padding (https://atproto.com/specs/data-model).
// Stray bits after the last byte are dropped, as AT's vectors want; line breaks,
// which encoding/base64 overlooks, are not.
func (p *jsonParser) bytes(fields int, v any) any {
	text, ok := v.(string)
	if !ok || fields != 1 {
		return p.fail("$bytes stands alone and is a string")
	}
	enc := base64.RawStdEncoding
	if strings.HasSuffix(text, "=") {
		enc = base64.StdEncoding
	}
	b, err := enc.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return p.fail("$bytes is not base64")
	}
	return b
}

// number reads an integer. Zeros after a decimal point change nothing and pass;
// every other way to write a fraction or an exponent is refused.
func (p *jsonParser) number() any {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte("+-.eE0123456789", p.in[p.pos]) >= 0 {
		p.pos++
	}
	text := p.in[start:p.pos]
	digits, zeros, point := strings.Cut(text, ".")
	if point && (zeros == "" || strings.Trim(zeros, "0") != "") {
		return p.fail("not an integer: " + clip(text))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != digits { // leading zeros, plus signs, minus zero
		return p.fail("not an integer: " + clip(text))
	}
	if n > MaxInteger || n < -MaxInteger {
		return p.fail("integer beyond 53 bits: " + clip(text))
	}
	return n
}

func clip(s string) string { return s[:min(len(s), 40)] }

func (p *jsonParser) str() string {
	p.expect('"')
	start := p.pos
	var unescaped []byte // what came before start, if there were escapes
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '"':
			p.pos++
			return string(unescaped) + p.in[start:p.pos-1]
		case c < 0x20:
			p.fail("control character in a string")
		case c == '\\':
			unescaped = append(unescaped, p.in[start:p.pos]...)
			p.pos++
			unescaped = p.escape(unescaped)
			start = p.pos
		default:
			p.pos++
		}
	}
	p.fail("unterminated string")
	return ""
}

const (
	escapeLetters = `"\/bfnrt`
	escapeMeaning = "\"\\/\b\f\n\r\t"
)

// escape reads what follows a backslash.
func (p *jsonParser) escape(dst []byte) []byte {
	if p.pos == len(p.in) {
		return dst
	}
	c := p.in[p.pos]
	if c == 'u' {
		return utf8.AppendRune(dst, p.unicode())
	}
	i := strings.IndexByte(escapeLetters, c)
	if i < 0 {
		p.fail("unknown escape")
		return dst
	}
	p.pos++
	return append(dst, escapeMeaning[i])
}

// unicode reads uXXXX, or two of them that are a surrogate pair.
func (p *jsonParser) unicode() rune {
	first := p.hex4()
	if !utf16.IsSurrogate(first) {
		return first
	}
	if p.literal(`\`) {
		if r := utf16.DecodeRune(first, p.hex4()); r != utf8.RuneError {
			return r
		}
	}
	p.fail("unpaired surrogate")
	return 0
}

func (p *jsonParser) hex4() rune {
	if len(p.in)-p.pos < 5 || p.in[p.pos] != 'u' {
		p.fail("truncated escape")
		return 0
	}
	n, err := strconv.ParseUint(p.in[p.pos+1:p.pos+5], 16, 16)
	if err != nil || n > math.MaxUint16 {
		p.fail("invalid escape")
		return 0
	}
	p.pos += 5
	return rune(n)
}
