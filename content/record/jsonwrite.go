package record

import (
	"encoding/base64"
	"strconv"

	"metanet/content/record/dagcbor"
)

// ValueToJSON writes a value as AT JSON, keys in canonical order. JSONToValue
// gives the same bytes back.
func ValueToJSON(value []byte) ([]byte, error) {
	if err := CheckValue(value); err != nil {
		return nil, err
	}
	return appendJSON(make([]byte, 0, 2*len(value)), dagcbor.Node(value)), nil
}

func appendJSON(dst []byte, n dagcbor.Node) []byte {
	switch n.Kind() {
	case dagcbor.Bool:
		return strconv.AppendBool(dst, n.Bool())
	case dagcbor.Int:
		i, _ := n.Int()
		return strconv.AppendInt(dst, i, 10)
	case dagcbor.Text:
		return appendJSONString(dst, n.Text())
	case dagcbor.Bytes:
		dst = base64.RawStdEncoding.AppendEncode(append(dst, `{"$bytes":"`...), n.Bytes())
		return append(dst, `"}`...)
	case dagcbor.Link:
		dst = append(append(dst, `{"$link":"`...), castCID(n.Link()).String()...)
		return append(dst, `"}`...)
	case dagcbor.Array:
		return appendJSONArray(dst, n)
	case dagcbor.Map:
		return appendJSONObject(dst, n)
	}
	return append(dst, "null"...)
}

func appendJSONArray(dst []byte, n dagcbor.Node) []byte {
	dst = append(dst, '[')
	first := true
	for item := range n.Items() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendJSON(dst, item)
	}
	return append(dst, ']')
}

func appendJSONObject(dst []byte, n dagcbor.Node) []byte {
	dst = append(dst, '{')
	first := true
	for key, field := range n.Fields() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendJSONString(dst, key), ':')
		dst = appendJSON(dst, field)
	}
	return append(dst, '}')
}

// appendJSONString escapes what RFC 8259 says must be escaped, and nothing else.
func appendJSONString(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
