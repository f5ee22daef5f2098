package index

import "errors"

var (
	// ErrNotFound: no such identity, post or record, or it is deleted or hidden.
	ErrNotFound = errors.New("index: not found")
	// ErrInvalidCursor: the cursor is not one that this read gave out.
	ErrInvalidCursor = errors.New("index: invalid cursor")
	// ErrInvalidIdentifier: not a did:ethr, AT name or handle.
	ErrInvalidIdentifier = errors.New("index: invalid identifier")
	// ErrCorrupt: an entry of ours does not read; Rebuild makes them all anew.
	ErrCorrupt = errors.New("index: corrupt entry")
)
