package engine

import "errors"

// The store answers these as its own; their text says so.
var (
	// ErrNotFound is answered by every read of a single thing that isn't there.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict is answered by Apply if something else than expected is there:
	// another writer came between.
	ErrConflict = errors.New("store: another write came between")
	// ErrInUse is answered on opening if another process has the directory open.
	ErrInUse = errors.New("store: directory is in use by another process")
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
	// ErrBusy is answered by Close, if readers hold snapshots for too long.
	ErrBusy = errors.New("store: snapshots still open")
)
