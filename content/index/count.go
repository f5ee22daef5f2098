package index

import (
	"encoding/binary"
	"errors"
	"fmt"

	"metanet/content/store"
)

// countKind is what is counted about a subject: a post by its URI, a person by
// AT name (what others do) or DID (what they do themselves).
type countKind byte

const (
	countLikes     countKind = 1
	countReposts   countKind = 2
	countReplies   countKind = 3
	countQuotes    countKind = 4
	countFollowers countKind = 5
	countBlockers  countKind = 6 // never shown; kept so that all edges count alike
	countFollows   countKind = 7
	countPosts     countKind = 8

	countKinds = 9
)

// counts is all the counts of one subject, by kind. It is stored as pairs of
// kind and uvarint, rising, without zeros: the same counts are the same bytes.
type counts [countKinds]uint64

func countKey(subject string) store.Key { return store.NewKey(store.FamilyCount).Text(subject) }

func readCounts(r store.Reader, subject string) (c counts, err error) {
	b, err := r.Get(countKey(subject))
	if errors.Is(err, store.ErrNotFound) {
		return c, nil
	}
	for len(b) > 0 && err == nil {
		n, w := binary.Uvarint(b[1:])
		if w <= 0 || b[0] >= countKinds || n == 0 {
			return c, fmt.Errorf("%w: counts of %q", ErrCorrupt, subject)
		}
		c[b[0]], b = n, b[1+w:]
	}
	return c, err
}

func (c counts) encode() []byte {
	var b []byte
	for kind, n := range c {
		if n > 0 {
			b = binary.AppendUvarint(append(b, byte(kind)), n)
		}
	}
	return b
}

// count counts one up or down.
func count(b *store.Batch, subject string, kind countKind, s sign) error {
	c, err := readCounts(b, subject)
	if err != nil {
		return err
	}
	if s == take && c[kind] == 0 {
		return fmt.Errorf("%w: %q has no more to take of kind %d", ErrCorrupt, subject, kind)
	}
	c[kind] += uint64(s) // adding −1 wraps to the right value
	if value := c.encode(); value != nil {
		b.Set(countKey(subject), value)
	} else {
		b.Delete(countKey(subject))
	}
	return nil
}
