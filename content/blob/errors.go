package blob

import "errors"

var (
	// ErrNotFound: the blob is not held, or nothing refers to it any more.
	ErrNotFound = errors.New("blob: not found")
	// ErrTooLarge: more bytes than allowed. Nothing is kept.
	ErrTooLarge = errors.New("blob: too large")
	// ErrMismatch: the bytes are not what CID, size or DAG root say. Nothing is
	// kept. It is the fault of whoever signed the reference.
	ErrMismatch = errors.New("blob: not what its reference says")
	// ErrIncomplete is answered by Adopt while blocks are missing (Want).
	ErrIncomplete = errors.New("blob: blocks are missing")
	// ErrInvalidCID: not CIDv1 with sha2-256, as all of ours are.
	ErrInvalidCID = errors.New("blob: invalid CID")
	// ErrCorrupt: what we stored does not read. The node should stop.
	ErrCorrupt = errors.New("blob: corrupt")
	// ErrQuota: a member's blobs would take more than Options.Allowed lets them, whose
	// own error it wraps. Nothing is kept.
	ErrQuota = errors.New("blob: the member's quota is used up")
	// ErrFull: no room in the budget for such blobs, or too little on the disk.
	// Nothing is kept; it may pass.
	ErrFull = errors.New("blob: no room")
)
