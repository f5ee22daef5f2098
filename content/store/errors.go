package store

import (
	"errors"

	"metanet/content/store/engine"
)

// What the engine answers is the store's own.
var (
	ErrNotFound = engine.ErrNotFound
	ErrConflict = engine.ErrConflict
	ErrInUse    = engine.ErrInUse
	ErrClosed   = engine.ErrClosed
	ErrNoSpace  = engine.ErrNoSpace
	ErrReadOnly = engine.ErrReadOnly
	ErrCorrupt  = engine.ErrCorrupt
	ErrBusy     = engine.ErrBusy
)

var (
	// ErrSchema is answered by Open for a database of a version this program
	// does not know.
	ErrSchema = errors.New("store: unknown schema version")
	// ErrNotYet is answered by Commit for a record whose standing is NotYet:
	// such records wait (AddWaiting), they are not stored.
	ErrNotYet = errors.New("store: record's standing is not known yet")
	// ErrInvalidKey is answered by parsers of keys and by Space for keys too long.
	ErrInvalidKey = errors.New("store: invalid key")

	// ErrTooMany is returned by AuthorItems for an identity with more than AuthorMax
	// paths.
	ErrTooMany = errors.New("store: too many records of one identity")
)
