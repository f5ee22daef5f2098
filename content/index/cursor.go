package index

import (
	"encoding/base64"
	"strings"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// A cursor is the base64url of one byte that names the read and the position of
// the last item given, in the form of keys.
type cursorKind byte

const (
	cursorPublic    cursorKind = 1
	cursorAuthor    cursorKind = 2
	cursorTimeline  cursorKind = 3
	cursorEdgesTo   cursorKind = 4
	cursorEdgesFrom cursorKind = 5
	cursorQuotes    cursorKind = 6
	cursorFeedOf    cursorKind = 7
)

// position is a place in a feed: newest first, then by author and path.
type position struct {
	at   time.Time
	did  identity.DID
	path record.Path
}

// key is the position as keys sort it.
func (p position) key() store.Key {
	return store.NewKey(0)[:0].Newest(p.at).DID(p.did).Path(p.path)
}

func readPosition(r *store.KeyReader) position {
	return position{r.Newest(), r.DID(), r.Path()}
}

func encodeCursor(kind cursorKind, parts []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{byte(kind)}, parts...))
}

// decodeCursor gives the parts of a cursor of that kind; nil for "".
func decodeCursor(kind cursorKind, cursor string) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < 2 || b[0] != byte(kind) || strings.ContainsAny(cursor, "\r\n") { // which base64 passes over
		return nil, ErrInvalidCursor
	}
	return b[1:], nil
}

// decodePosition gives the position of a cursor; ok is false for "".
func decodePosition(kind cursorKind, cursor string) (p position, ok bool, err error) {
	parts, err := decodeCursor(kind, cursor)
	if parts == nil || err != nil {
		return p, false, err
	}
	r := store.ReadParts(parts)
	if p = readPosition(r); r.End() != nil {
		return p, false, ErrInvalidCursor
	}
	return p, true, nil
}
