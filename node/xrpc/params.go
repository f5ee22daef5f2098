package xrpc

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// Bounds on query strings, whatever the transport allows.
const (
	maxParamLen  = 8 << 10 // an AT-URI may be 8 KiB; nothing longer has a meaning here
	maxParamList = 100     // values of one repeated parameter
)

// DecodeParams fills the struct that into points at from a query string. Each
// field carries a tag in the words of a lexicon's "params":
//
//	Limit int              `param:"limit,default=50,min=1,max=100"`
//	Actor syntax.AtIdentifier `param:"actor,required"`
//
// Fields may be string, int, int64, uint64, bool, []string, or anything that
// unmarshals itself from text. Unknown parameters are ignored, as AT servers
// do; a known one that doesn't parse, or is given twice where one is meant, is
// an InvalidRequest that names it.
func DecodeParams(q url.Values, into any) error {
	v := reflect.ValueOf(into).Elem()
	spec, err := paramSpecOf(v.Type())
	if err != nil {
		panic(err) // a programmer's slip; Query checks at registration
	}
	for _, f := range spec {
		if err := f.decode(q, v.Field(f.index)); err != nil {
			return BadRequest(CodeInvalidRequest, "parameter %q: %s", f.name, err.Error())
		}
	}
	return nil
}

// paramField is one field's rule, parsed from its tag.
type paramField struct {
	index    int
	name     string
	required bool
	fallback string
	min, max *int64
}

func paramSpecOf(t reflect.Type) ([]paramField, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("xrpc: parameters must be a struct, not %s", t)
	}
	var spec []paramField
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("param")
		if !ok {
			continue
		}
		f, err := parseParamTag(i, tag)
		if err != nil {
			return nil, fmt.Errorf("xrpc: %s.%s: %w", t, t.Field(i).Name, err)
		}
		if !decodable(t.Field(i).Type) {
			return nil, fmt.Errorf("xrpc: %s.%s: no way to read a %s", t, t.Field(i).Name, t.Field(i).Type)
		}
		spec = append(spec, f)
	}
	return spec, nil
}

func parseParamTag(index int, tag string) (paramField, error) {
	name, rest, _ := strings.Cut(tag, ",")
	f := paramField{index: index, name: name}
	for _, opt := range strings.Split(rest, ",") {
		key, val, _ := strings.Cut(opt, "=")
		switch key {
		case "":
		case "required":
			f.required = true
		case "default":
			f.fallback = val
		case "min", "max":
			n, err := strconv.ParseInt(val, 10, 64)
			if err != nil {
				return f, fmt.Errorf("bad %s: %w", key, err)
			}
			if key == "min" {
				f.min = &n
			} else {
				f.max = &n
			}
		default:
			return f, fmt.Errorf("unknown option %q", key)
		}
	}
	return f, nil
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func decodable(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String
	}
	return false
}

func (f *paramField) decode(q url.Values, dst reflect.Value) error {
	values := q[f.name]
	if err := f.checkCount(values, dst.Kind()); err != nil {
		return err
	}
	if dst.Kind() == reflect.Slice {
		dst.Set(reflect.ValueOf(values).Convert(dst.Type()))
		return nil
	}
	text := f.fallback
	if len(values) == 1 && values[0] != "" {
		text = values[0]
	}
	if text == "" {
		if f.required {
			return fmt.Errorf("is required")
		}
		return nil
	}
	return f.decodeText(text, dst)
}

func (f *paramField) checkCount(values []string, kind reflect.Kind) error {
	limit := 1
	if kind == reflect.Slice {
		limit = maxParamList
	}
	if len(values) > limit {
		return fmt.Errorf("is given %d times, at most %d allowed", len(values), limit)
	}
	for _, v := range values {
		if len(v) > maxParamLen {
			return fmt.Errorf("is longer than %d bytes", maxParamLen)
		}
	}
	if f.required && len(values) == 0 {
		return fmt.Errorf("is required")
	}
	return nil
}

func (f *paramField) decodeText(text string, dst reflect.Value) error {
	if u, ok := dst.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch dst.Kind() {
	case reflect.String:
		dst.SetString(text)
	case reflect.Bool:
		return f.decodeBool(text, dst)
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("must be a whole number, not negative")
		}
		dst.SetUint(n)
	default:
		return f.decodeInt(text, dst)
	}
	return nil
}

// decodeBool takes the two words that the XRPC specification names.
func (f *paramField) decodeBool(text string, dst reflect.Value) error {
	switch text {
	case "true", "false":
		dst.SetBool(text == "true")
		return nil
	}
	return fmt.Errorf("must be true or false")
}

func (f *paramField) decodeInt(text string, dst reflect.Value) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("must be a whole number")
	}
	if f.min != nil && n < *f.min {
		return fmt.Errorf("must be at least %d", *f.min)
	}
	if f.max != nil && n > *f.max {
		return fmt.Errorf("must be at most %d", *f.max)
	}
	if dst.OverflowInt(n) {
		return fmt.Errorf("is out of range")
	}
	dst.SetInt(n)
	return nil
}
