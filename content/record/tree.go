package record

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

// EncodeValue encodes a value given as a tree of nil, bool, int, int64, string,
// []byte, cid.Cid, []any and map[string]any, and checks it like CheckValue.
func EncodeValue(v map[string]any) ([]byte, error) {
	b, err := appendTree(nil, v, 1)
	if err != nil {
		return nil, err
	}
	return b, CheckValue(b)
}

// appendTree fails only for what can't be encoded at all; the model is
// CheckValue's matter. It bounds its own depth, for trees may be cyclic.
func appendTree(dst []byte, v any, level int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return dagcbor.AppendNull(dst), nil
	case bool:
		return dagcbor.AppendBool(dst, v), nil
	case int:
		return dagcbor.AppendInt(dst, int64(v)), nil
	case int64:
		return dagcbor.AppendInt(dst, v), nil
	case string:
		return appendText(dst, v)
	case []byte:
		return dagcbor.AppendBytes(dst, v), nil
	case cid.Cid:
		return appendLink(dst, v)
	case []any:
		return appendArray(dst, v, level)
	case map[string]any:
		return appendMap(dst, v, level)
	}
	return nil, fmt.Errorf("%w: a %T has no encoding", ErrValue, v)
}

func appendText(dst []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrValue)
	}
	return dagcbor.AppendText(dst, s), nil
}

func appendLink(dst []byte, c cid.Cid) ([]byte, error) {
	if !c.Defined() {
		return nil, fmt.Errorf("%w: undefined link", ErrValue)
	}
	return dagcbor.AppendLink(dst, c.KeyString()), nil
}

func appendArray(dst []byte, items []any, level int) (_ []byte, err error) {
	if level > MaxDepth {
		return nil, fmt.Errorf("%w: nested too deeply", ErrValue)
	}
	dst = dagcbor.AppendArray(dst, len(items))
	for _, item := range items {
		if dst, err = appendTree(dst, item, level+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendMap(dst []byte, fields map[string]any, level int) (_ []byte, err error) {
	if level > MaxDepth {
		return nil, fmt.Errorf("%w: nested too deeply", ErrValue)
	}
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, dagcbor.CompareKeys)
	dst = dagcbor.AppendMap(dst, len(keys))
	for _, key := range keys {
		if dst, err = appendText(dst, key); err != nil {
			return nil, err
		}
		if dst, err = appendTree(dst, fields[key], level+1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// DecodeValue checks a value and returns it as a tree of nil, bool, int64,
// string, []byte, cid.Cid, []any and map[string]any, which shares nothing with b.
func DecodeValue(b []byte) (map[string]any, error) {
	if err := CheckValue(b); err != nil {
		return nil, err
	}
	return treeOf(dagcbor.Node(b)).(map[string]any), nil
}

// treeOf builds the tree of an item that was checked before.
func treeOf(n dagcbor.Node) any {
	switch n.Kind() {
	case dagcbor.Bool:
		return n.Bool()
	case dagcbor.Int:
		i, _ := n.Int()
		return i
	case dagcbor.Text:
		return string(n.Text())
	case dagcbor.Bytes:
		return append([]byte{}, n.Bytes()...)
	case dagcbor.Link:
		return castCID(n.Link())
	case dagcbor.Array:
		items := []any{}
		for item := range n.Items() {
			items = append(items, treeOf(item))
		}
		return items
	case dagcbor.Map:
		fields := map[string]any{}
		for key, field := range n.Fields() {
			fields[string(key)] = treeOf(field)
		}
		return fields
	}
	return nil // null; floats were refused
}

// castCID copies a binary CID that was checked before; cid.Undef if it wasn't.
func castCID(binary []byte) cid.Cid {
	c, err := cid.Cast(binary)
	if err != nil {
		return cid.Undef
	}
	return c
}
