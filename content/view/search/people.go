package search

import (
	"context"
	"errors"
	"slices"

	"metanet/content/store"
	"metanet/content/view/search/language"
	"metanet/identity"
)

// maxPeople bounds of how many people one question looks at, for each word.
const maxPeople = 500

// People is whose names or handles have words that begin with each word of text, in
// the order of identities. Who calls ranks them.
func (s *Search) People(ctx context.Context, text string) (people []identity.DID, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	words := language.Asked(text)
	if len(words) == 0 {
		return nil, ErrEmptyQuery
	}
	if len(words) > maxClauses {
		return nil, ErrLongQuery
	}
	snap, err := s.db.Snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	for i, word := range words {
		some, err := peopleBy(snap, word)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			people = some
			continue
		}
		people = slices.DeleteFunc(people, func(did identity.DID) bool {
			_, both := slices.BinarySearch(some, did)
			return !both
		})
	}
	return people, nil
}

// peopleBy is everybody with a word that begins so, in order.
func peopleBy(r store.Reader, word string) (people []identity.DID, err error) {
	begins := termKey(kindPerson, word)
	begins = begins[:len(begins)-1] // without the end of the word
	err = r.Scan(store.Prefix(begins), store.Forward, maxPeople, func(key, _ []byte) (bool, error) {
		hit, err := found(r, store.ReadParts(key[len(key)-8:]).Uint())
		people = append(people, hit.DID)
		return true, err
	})
	slices.Sort(people)
	return slices.Compact(people), err
}
