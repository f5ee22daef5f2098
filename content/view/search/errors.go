package search

import "errors"

var (
	// ErrEmptyQuery: nothing to look for.
	ErrEmptyQuery = errors.New("search: nothing to look for")
	// ErrLongQuery: too many words.
	ErrLongQuery = errors.New("search: too many words")
	// ErrCorrupt: an entry of the view does not read.
	ErrCorrupt = errors.New("search: corrupt entry")
)
