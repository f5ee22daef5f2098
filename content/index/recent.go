package index

import (
	"context"

	"metanet/content/store"
)

// recentKey is the key of a position in the order of all: its parts are those of
// a cursor, with the family's tag before them.
func recentKey(p position) store.Key {
	return store.NewKey(store.FamilyRecent).Newest(p.at).DID(p.did).Path(p.path)
}

// recent is one reading of what everybody wrote, newest first.
type recent struct {
	*view
	unread store.Range
	most   int // entries to read before it gives up
	// want says of each entry whether it's looked at; author is the identity as
	// keys have it.
	want func(author []byte, kind itemKind) (bool, error)

	last  []byte // key of the last entry read
	spent bool   // gave up
}

func newRecent(v *view, after position, resumed bool, most int) *recent {
	r := &recent{view: v, unread: store.Prefix(store.NewKey(store.FamilyRecent)), most: most}
	if resumed {
		r.unread = r.unread.After(recentKey(after))
	}
	return r
}

// recentAuthor is where the author begins in a key: behind tag and time. Behind
// that are the length of the chain id, the chain id, and 20 bytes of address.
const recentAuthor = 1 + 8

// run gives what is wanted to take, until it answers false. Most entries are
// passed over: of them nothing is made but a look at their author.
func (r *recent) run(take func(entry) (bool, error)) error {
	read := 0
	return r.Scan(r.unread, store.Forward, 0, func(key, value []byte) (bool, error) {
		if len(key) <= recentAuthor || len(value) != 1 {
			return false, ErrCorrupt
		}
		end := recentAuthor + 1 + int(key[recentAuthor]) + 20
		if end > len(key) {
			return false, ErrCorrupt
		}
		kind := itemKind(value[0])
		more, err := r.want(key[recentAuthor:end], kind)
		if err != nil {
			return false, err
		}
		if more {
			if more, err = r.take(key, kind, take); err != nil || !more {
				return false, err
			}
		}
		if read++; read == r.most {
			r.last, r.spent = append(r.last, key...), true
		}
		return !r.spent, nil
	})
}

func (r *recent) take(key []byte, kind itemKind, take func(entry) (bool, error)) (bool, error) {
	p, err := recentPosition(key)
	if err != nil {
		return false, err
	}
	return take(entry{p, kind})
}

func recentPosition(key []byte) (position, error) {
	k := store.ReadKey(store.FamilyRecent, key)
	p := readPosition(k)
	if k.End() != nil {
		return p, ErrCorrupt
	}
	return p, nil
}

// publicEffort bounds how many entries one page of Public reads.
const publicEffort = 10_000

// Public is everybody's posts that are no replies, newest first.
func (x *Index) Public(ctx context.Context, cursor string, limit int) (Page, error) {
	after, ok, err := decodePosition(cursorPublic, cursor)
	if err != nil {
		return Page{}, err
	}
	return look(ctx, x, func(v *view) (Page, error) {
		b := &builder{view: v, kind: cursorPublic, limit: clamp(limit)}
		r := newRecent(v, after, ok, publicEffort)
		r.want = func(_ []byte, kind itemKind) (bool, error) { return kind == itemPost, nil }
		err := r.run(b.add)
		if r.spent {
			b.page.Cursor = encodeCursor(cursorPublic, r.last[1:])
		}
		return b.page, err
	})
}
