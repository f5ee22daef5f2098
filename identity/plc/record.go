package plc

import (
	"bytes"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/identity"
)

// Where an identity keeps its genesis operation.
const (
	Collection = "net.metanet.identity.at"
	RecordKey  = "self"
)

// MaxValue bounds the record's value in bytes.
const MaxValue = 4 << 10

// Value is the record's value as canonical DAG-CBOR:
// {$type, operation: <the signed operation>, createdAt}; see WithHandle.
func Value(op *Operation, createdAt time.Time) ([]byte, error) {
	if err := op.check(); err != nil {
		return nil, err
	}
	if err := op.checkSignature(); err != nil {
		return nil, err
	}
	b, err := drisl.Marshal(map[string]any{
		"$type":     Collection,
		"operation": op,
		"createdAt": createdAt.UTC().Format(syntax.AtprotoDatetimeLayout),
	})
	if err != nil {
		return nil, fmt.Errorf("plc: encoding the record: %w", err)
	}
	if len(b) > MaxValue {
		return nil, invalid("the record takes %d bytes, at most %d", len(b), MaxValue)
	}
	return b, nil
}

// fieldHandle stands beside the operation and says what the identity is called
// today. The operation can't: it is hashed into the name, so what it says is for
// ever.
const fieldHandle = "handle"

// WithHandle is the record's value with another handle: the same operation, so
// the same name.
func WithHandle(value []byte, handle syntax.Handle) ([]byte, error) {
	op, fields, err := parseValue(value)
	if err != nil {
		return nil, err
	}
	handle = handle.Normalize()
	if delete(fields, fieldHandle); handle != op.Handle() {
		fields[fieldHandle] = string(handle)
	}
	b, err := drisl.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("plc: encoding the record: %w", err)
	}
	_, _, err = parseValue(b)
	return b, err
}

// ParseValue reads the record's value and checks everything but the signature
// and whose it is. Other fields may stand beside the operation, as in any record,
// but not inside it.
func ParseValue(value []byte) (*Operation, error) {
	op, _, err := parseValue(value)
	return op, err
}

func parseValue(value []byte) (op *Operation, fields map[string]any, err error) {
	if fields, err = parseFields(value); err != nil {
		return nil, nil, err
	}
	b, err := drisl.Marshal(fields["operation"])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInvalidOperation, err)
	}
	op, err = parseOperation(b)
	return op, fields, err
}

// parseFields checks what stands beside the operation.
func parseFields(value []byte) (map[string]any, error) {
	if len(value) > MaxValue {
		return nil, invalid("the record takes %d bytes, at most %d", len(value), MaxValue)
	}
	var fields map[string]any
	if err := drisl.Unmarshal(value, &fields); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidOperation, err)
	}
	if fields["$type"] != Collection {
		return nil, invalid("$type is not %s", Collection)
	}
	if createdAt, ok := fields["createdAt"].(string); !ok || !isDatetime(createdAt) {
		return nil, invalid("createdAt is not a datetime")
	}
	if claimed, ok := fields[fieldHandle]; ok {
		text, _ := claimed.(string)
		if h, err := syntax.ParseHandle(text); err != nil || h != h.Normalize() {
			return nil, invalid("%s is not a handle in lower case", fieldHandle)
		}
	}
	return fields, nil
}

func isDatetime(s string) bool {
	_, err := syntax.ParseDatetime(s)
	return err == nil
}

// parseOperation reads an operation's DAG-CBOR. What our own encoding of the
// result doesn't give back byte for byte is refused, which leaves no room for
// unknown, missing or differently spelt fields: the hash is over what we read.
func parseOperation(b []byte) (*Operation, error) {
	op := new(Operation)
	if err := drisl.Unmarshal(b, op); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidOperation, err)
	}
	if again, err := op.Bytes(); err != nil || !bytes.Equal(again, b) {
		return nil, invalid("a field is unknown, missing or null")
	}
	if err := op.check(); err != nil {
		return nil, err
	}
	return op, nil
}

// Verify checks that value, the record net.metanet.identity.at/self of did, binds
// did to an AT name: the operation is sound, signed by one of its own rotation
// keys, and lists did. It answers the name, and the handle that the record claims:
// its own field's, else the operation's. That is a claim, and no proof that the
// handle is did's.
func Verify(value []byte, did identity.DID) (identity.ATName, syntax.Handle, error) {
	op, fields, err := parseValue(value)
	if err != nil {
		return "", "", err
	}
	if op.DID() != did {
		return "", "", fmt.Errorf("%w: %s", ErrWrongIdentity, op.DID())
	}
	if err := op.checkSignature(); err != nil {
		return "", "", err
	}
	handle := op.Handle()
	if claimed, ok := fields[fieldHandle].(string); ok {
		handle = syntax.Handle(claimed)
	}
	return op.Name(), handle, nil
}
