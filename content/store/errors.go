package store

import "errors"

var (
	// ErrNotFound is answered by every read of a single thing that isn't there.
	ErrNotFound = errors.New("store: not found")
	// ErrInUse is answered by Open if another process has the home directory open.
	ErrInUse = errors.New("store: directory is in use by another process")
	// ErrSchema is answered by Open for a database of a version this program
	// does not know.
	ErrSchema = errors.New("store: unknown schema version")
	// ErrClosed is answered by everything after Close.
	ErrClosed = errors.New("store: closed")
	// ErrNoSpace is answered by writes while free disk space is below the
	// reserve. Nothing was written; the same write may be tried later.
	ErrNoSpace = errors.New("store: not enough disk space")
	// ErrReadOnly is answered by writes after the disk failed one; reads go on.
	// It wraps the cause. Writes work again when the disk does.
	ErrReadOnly = errors.New("store: read-only after a failed write")
	// ErrCorrupt is answered by reads of bytes that we wrote and that no longer
	// decode. It is never a stranger's fault: the node should stop.
	ErrCorrupt = errors.New("store: corrupt")
	// ErrNotYet is answered by Commit for a record whose standing is NotYet:
	// such records wait (AddWaiting), they are not stored.
	ErrNotYet = errors.New("store: record's standing is not known yet")
	// ErrBusy is answered by Close, if readers hold snapshots for too long.
	ErrBusy = errors.New("store: snapshots still open")
	// ErrInvalidKey is answered by parsers of keys and by Space for keys too long.
	ErrInvalidKey = errors.New("store: invalid key")

	// ErrTooMany is returned by ItemsOf for an identity with more records than asked for.
	ErrTooMany = errors.New("store: too many records")
)
