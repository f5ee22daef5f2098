package record

import (
	"fmt"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Path names a record within its author's records.
type Path struct {
	Collection syntax.NSID
	Key        syntax.RecordKey
}

// ParsePath reads "collection/rkey".
func ParsePath(s string) (Path, error) {
	collection, key, ok := strings.Cut(s, "/")
	if !ok || !validNSID(collection) || !validRecordKey(key) {
		return Path{}, fmt.Errorf("%w: %.80q", ErrPath, s)
	}
	return Path{syntax.NSID(collection), syntax.RecordKey(key)}, nil
}

// String is "collection/rkey".
func (p Path) String() string { return string(p.Collection) + "/" + string(p.Key) }

// The three syntaxes below are indigo's regular expressions unrolled, since
// every record passes here; a fuzz test holds them together.

// validNSID: https://atproto.com/specs/nsid. Domain labels, at least two, then a
// name of letters and digits; at most 317 bytes in all.
func validNSID(s string) bool {
	if len(s) > 317 {
		return false
	}
	domain, name, labels := s, "", 0
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		domain, name = s[:i], s[i+1:]
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !validLabel(label) || labels == 0 && !isLetter(label[0]) {
			return false
		}
		labels++
	}
	return labels >= 2 && validLabel(name) && isLetter(name[0]) && strings.IndexByte(name, '-') < 0
}

func validLabel(s string) bool {
	if len(s) == 0 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// validRecordKey: https://atproto.com/specs/record-key.
func validRecordKey(s string) bool {
	if len(s) == 0 || len(s) > 512 || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("_~.:-", s[i]) < 0 {
			return false
		}
	}
	return true
}

// validTID: https://atproto.com/specs/tid. 13 characters of sortable base32,
// the highest of the 65 bits zero twice over.
func validTID(s string) bool {
	if len(s) != 13 || s[0] > 'j' {
		return false
	}
	for i := range len(s) {
		if (s[i] < '2' || s[i] > '7') && (s[i] < 'a' || s[i] > 'z') {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool       { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isAlphanumeric(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }
