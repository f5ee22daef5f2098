package view

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"metanet/content/store"
)

// MaxLimit bounds a page, and DefaultLimit is what a limit of 0 means.
const (
	MaxLimit     = 100
	DefaultLimit = 50

	// effort bounds how many entries a page looks at, for each item it may have.
	effort = 8
)

// ErrInvalidCursor: the cursor is not one that this list gave out.
var ErrInvalidCursor = errors.New("view: invalid cursor")

// Page reads a page of the entries whose keys of begins, in order, after cursor.
// take is given what of a key follows of, and its value, which are valid until it
// returns, and says whether it took an item. next is where the following page
// begins, "" at the end. A page may be short, or empty, and still have a next one.
func Page(r store.Reader, of store.Key, cursor string, limit int, take func(key *store.KeyReader, value []byte) (bool, error)) (next string, err error) {
	limit = Clamp(limit)
	within, err := after(of, cursor)
	if err != nil {
		return "", err
	}
	taken, looked := 0, 0
	err = r.Scan(within, store.Forward, 0, func(key, value []byte) (bool, error) {
		k := store.ReadParts(key[len(of):])
		took, err := take(k, value)
		if err == nil && k.End() != nil {
			err = fmt.Errorf("%w: key %x", ErrCorrupt, key)
		}
		if err != nil {
			return false, err
		}
		if looked++; took {
			taken++
		}
		if taken == limit || looked == effort*limit {
			next = base64.RawURLEncoding.EncodeToString(key[len(of):])
			return false, nil
		}
		return true, nil
	})
	return next, err
}

// Clamp brings a limit into its bounds.
func Clamp(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return min(limit, MaxLimit)
}

// after is the range behind a cursor. A cursor is what of a key follows the list's
// own: whatever else it may be, it is a place in this list.
func after(of store.Key, cursor string) (store.Range, error) {
	all := store.Prefix(of)
	if cursor == "" {
		return all, nil
	}
	rest, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(rest) == 0 || strings.ContainsAny(cursor, "\r\n") { // which base64 passes over
		return all, ErrInvalidCursor
	}
	key := append(append(store.Key(nil), of...), rest...)
	if _, _, err := store.DecodeKey(key); err != nil {
		return all, ErrInvalidCursor
	}
	return all.After(key), nil
}
