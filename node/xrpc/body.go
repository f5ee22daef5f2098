package xrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// DefaultMaxBody bounds a JSON body unless the route says otherwise. The
// largest record is 64 KiB of DAG-CBOR; its JSON form with base64 bytes and
// escapes stays well below.
const DefaultMaxBody = 512 << 10

// decodeJSON reads one JSON value, the whole body, into v.
func decodeJSON(r *http.Request, strict bool, v any) error {
	if err := CheckMediaType(r, "application/json"); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return readError(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}") // a procedure whose fields are all optional may be called without a body
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if strict {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(v); err != nil {
		return BadRequest(CodeInvalidRequest, "the body is not what this takes: %s", jsonFault(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return BadRequest(CodeInvalidRequest, "the body goes on after its JSON value")
	}
	return nil
}

// readError tells a body that is too long or broke off from a fault of ours.
func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return BadRequest(CodeInvalidRequest, "the body ended early").WithCause(err)
}

// jsonFault says what is wrong without showing Go's type names.
func jsonFault(err error) string {
	var syntaxErr *json.SyntaxError
	var typeErr *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typeErr):
		return fmt.Sprintf("field %q has the wrong type (%s)", typeErr.Field, typeErr.Value)
	case errors.As(err, &syntaxErr):
		return fmt.Sprintf("not JSON at byte %d", syntaxErr.Offset)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "not JSON: it ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// CheckMediaType refuses a body that says it is something else. A body that
// says nothing is taken at the endpoint's word only when it is empty.
func CheckMediaType(r *http.Request, accepted ...string) error {
	header := r.Header.Get("Content-Type")
	if header == "" && r.ContentLength == 0 {
		return nil
	}
	got, _, err := mime.ParseMediaType(header)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		got = header
	}
	for _, a := range accepted {
		if got == a {
			return nil
		}
	}
	return Errorf(http.StatusUnsupportedMediaType, CodeUnsupportedMedia, "send this as %s", strings.Join(accepted, " or "))
}

// WriteJSON answers 200 with v. It encodes first and writes second, so that a
// value that cannot be encoded is still a clean 500.
func WriteJSON(w http.ResponseWriter, v any) error {
	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(v); err != nil { // escapes <, > and &: no body of ours reads as HTML
		return fmt.Errorf("xrpc: encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	w.Write(buf.Bytes()) // the caller may be gone; nobody is left to tell
	return nil
}
