package record

import "errors"

// What makes a record unacceptable wherever and whenever it is seen. Each error
// of Decode, DecodeMessage, Verify, Sign and CheckValue wraps one of these with
// the detail.
var (
	// ErrEncoding: not the one canonical encoding, or not the shape of an
	// envelope, a bundle or a message.
	ErrEncoding = errors.New("record: not canonical")
	// ErrTooLarge: over a limit of this package.
	ErrTooLarge = errors.New("record: too large")
	// ErrEnvelope: a field of the envelope holds what it must not (DID, path,
	// rev, key, CID).
	ErrEnvelope = errors.New("record: invalid envelope")
	// ErrValue: the value isn't data of the AT model, or its $type isn't the collection.
	ErrValue = errors.New("record: invalid value")
	// ErrMismatch: the value isn't the one that the envelope's CID names.
	ErrMismatch = errors.New("record: value does not match its CID")
	// ErrSignature: the signature isn't the key's over this envelope in this network.
	ErrSignature = errors.New("record: invalid signature")
)

// What Path parsing, JSON and Lexicons answer.
var (
	// ErrPath: not "collection/rkey" in AT's syntax.
	ErrPath = errors.New("record: invalid path")
	// ErrJSON: not JSON that has exactly one meaning in the AT data model.
	ErrJSON = errors.New("record: invalid AT JSON")
	// ErrUnknownType: there is no schema for the value's type. The record is
	// as good as any other; nobody can say more about it.
	ErrUnknownType = errors.New("record: unknown type")
	// ErrLexicon: the value doesn't fit the published schema of its type.
	ErrLexicon = errors.New("record: value does not fit its lexicon")
)
