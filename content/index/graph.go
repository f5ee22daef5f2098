package index

import (
	"context"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Person is one end of an edge: who follows, is followed, likes or reposts.
type Person struct {
	// Actor is who, or nil if nobody here has proved the name followed.
	Actor *Actor
	// Name is the AT name that was followed, "" where it is the actor who follows.
	Name identity.ATName
	// URI is the record that says so, and Time its time.
	URI  syntax.ATURI
	Time time.Time
}

// People is one page of people, the newest edge first.
type People struct {
	Items  []Person
	Cursor string
}

// Follows is whom a person follows.
func (x *Index) Follows(ctx context.Context, did identity.DID, cursor string, limit int) (People, error) {
	return x.edgesFrom(ctx, edgeFollow, did, cursor, limit)
}

// Blocks is whom a person blocks.
func (x *Index) Blocks(ctx context.Context, did identity.DID, cursor string, limit int) (People, error) {
	return x.edgesFrom(ctx, edgeBlock, did, cursor, limit)
}

func (x *Index) edgesFrom(ctx context.Context, kind edgeKind, did identity.DID, cursor string, limit int) (People, error) {
	return x.edges(ctx, store.FamilyEdgesFrom, edgesFrom(kind, did), cursorEdgesFrom, cursor, limit,
		func(v *view, r *store.KeyReader, path record.Path) (Person, error) {
			p := Person{Time: r.Newest(), Name: identity.ATName(r.Text())}
			follower, err := v.actor(did)
			if err != nil {
				return p, err
			}
			p.URI = URI(follower.Authority(), path)
			switch subject, err := didAt(v, namedKey(p.Name)); {
			case err == nil:
				p.Actor, err = v.actor(subject)
				return p, err
			case !missing(err):
				return p, err
			}
			return p, nil
		})
}

// Followers is who follows a person.
func (x *Index) Followers(ctx context.Context, did identity.DID, cursor string, limit int) (People, error) {
	a, err := look(ctx, x, func(v *view) (*Actor, error) { return v.actor(did) })
	if err != nil || a.Name == "" {
		return People{}, err // values cannot name them yet
	}
	return x.edgesTo(ctx, edgeFollow, string(a.Name), cursor, limit)
}

// Likes is who likes the post of that very URI.
func (x *Index) Likes(ctx context.Context, uri syntax.ATURI, cursor string, limit int) (People, error) {
	if _, _, err := splitURI(uri); err != nil {
		return People{}, err
	}
	return x.edgesTo(ctx, edgeLike, string(uri), cursor, limit)
}

// Reposts is who reposted the post of that very URI.
func (x *Index) Reposts(ctx context.Context, uri syntax.ATURI, cursor string, limit int) (People, error) {
	if _, _, err := splitURI(uri); err != nil {
		return People{}, err
	}
	return x.edgesTo(ctx, edgeRepost, string(uri), cursor, limit)
}

func edgesFrom(kind edgeKind, actor identity.DID) store.Key {
	return store.NewKey(store.FamilyEdgesFrom).Byte(byte(kind)).DID(actor)
}

func (x *Index) edgesTo(ctx context.Context, kind edgeKind, subject, cursor string, limit int) (People, error) {
	of := store.NewKey(store.FamilyEdgesTo).Byte(byte(kind)).Text(subject)
	return x.edges(ctx, store.FamilyEdgesTo, of, cursorEdgesTo, cursor, limit,
		func(v *view, r *store.KeyReader, path record.Path) (p Person, err error) {
			p.Time = r.Newest()
			if p.Actor, err = v.actor(r.DID()); err == nil {
				p.URI = URI(p.Actor.Authority(), path)
			}
			return p, err
		})
}

// edges reads one page of a list of edges, whose keys begin with of.
func (x *Index) edges(ctx context.Context, f store.Family, of store.Key, kind cursorKind, cursor string, limit int,
	read func(*view, *store.KeyReader, record.Path) (Person, error)) (People, error) {
	after, err := decodeCursor(kind, cursor)
	if err != nil {
		return People{}, err
	}
	all := store.Prefix(of)
	if after != nil {
		key := append(append(store.Key(nil), of...), after...)
		if _, _, err := store.DecodeKey(key); err != nil {
			return People{}, ErrInvalidCursor
		}
		all = all.After(key)
	}
	limit = clamp(limit)
	return look(ctx, x, func(v *view) (people People, err error) {
		err = v.Scan(all, store.Forward, limit, func(key, value []byte) (bool, error) {
			r, path := store.ReadParts(key[len(of):]), store.ReadParts(value).Path()
			p, err := read(v, r, path)
			if err == nil {
				err = r.End()
			}
			people.Items = append(people.Items, p)
			if len(people.Items) == limit {
				people.Cursor = encodeCursor(kind, key[len(of):])
			}
			return true, err
		})
		return people, err
	})
}
