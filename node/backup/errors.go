package backup

import "errors"

var (
	// ErrForeign is returned by Open for a directory that holds something else.
	ErrForeign = errors.New("backup: directory is not empty and no backup")

	// ErrInUse is returned by Open while another process uses the directory.
	ErrInUse = errors.New("backup: directory is in use by another process")

	// ErrNone is returned where there is no such generation, or none at all.
	ErrNone = errors.New("backup: no such generation")

	// ErrDamaged is returned for a manifest, or a file's content, that is not what was
	// written: its sum differs, or it is missing.
	ErrDamaged = errors.New("backup: damaged")
)
