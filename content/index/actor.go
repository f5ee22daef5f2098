package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// Actor is who somebody is, as far as records and resolved handles tell.
type Actor struct {
	DID         identity.DID
	Name        identity.ATName // "" until its record has come
	Handle      syntax.Handle   // as last asked for, else as claimed; "" if neither
	HandleState HandleState     // what asking for Handle has shown
	Claimed     syntax.Handle   // what its AT name's record says today; "" until that has come
	Profile     *store.Stored   // app.bsky.actor.profile/self, or nil
}

// HandleOK reports whether the handle is proved both ways.
func (a *Actor) HandleOK() bool { return a.Handle != "" && a.HandleState == HandleValid }

// Authority is how URIs name the actor.
func (a *Actor) Authority() string {
	if a.Name != "" {
		return string(a.Name)
	}
	return string(a.DID)
}

// ActorCounts is what is counted about a person.
type ActorCounts struct{ Followers, Follows, Posts uint64 }

// Actor finds a person by did:ethr, AT name or handle (proved ones only). A
// did:ethr of whom there is nothing is ErrNotFound, too.
func (x *Index) Actor(ctx context.Context, identifier string) (*Actor, error) {
	return look(ctx, x, func(v *view) (*Actor, error) {
		did, err := v.resolve(identifier)
		if err != nil {
			return nil, err
		}
		if err := v.exists(did); err != nil {
			return nil, err
		}
		return v.actor(did)
	})
}

// Ranked is identities as actors, those with the most followers first.
func (x *Index) Ranked(ctx context.Context, dids []identity.DID) ([]*Actor, error) {
	return look(ctx, x, func(v *view) ([]*Actor, error) {
		actors := make([]*Actor, len(dids))
		followers := make(map[*Actor]uint64, len(dids))
		for i, did := range dids {
			a, err := v.actor(did)
			if err != nil {
				return nil, err
			}
			c, err := readCounts(v, a.Authority())
			if err != nil {
				return nil, err
			}
			actors[i], followers[a] = a, c[countFollowers]
		}
		slices.SortStableFunc(actors, func(a, b *Actor) int { return cmp.Compare(followers[b], followers[a]) })
		return actors, nil
	})
}

// Authority is how URIs and values name an identity: its AT name, or the did:ethr
// of who has none.
func (x *Index) Authority(ctx context.Context, did identity.DID) (string, error) {
	return look(ctx, x, func(v *view) (string, error) {
		a := &Actor{DID: did}
		err := v.readName(a)
		return a.Authority(), err
	})
}

// Resolve finds the DID of a did:ethr, AT name or handle.
func (x *Index) Resolve(ctx context.Context, identifier string) (identity.DID, error) {
	return look(ctx, x, func(v *view) (identity.DID, error) { return v.resolve(identifier) })
}

// DIDOf finds the identity that has proved an AT name.
func (x *Index) DIDOf(name identity.ATName) (did identity.DID, ok bool, err error) {
	did, err = didAt(x.db, namedKey(name))
	if errors.Is(err, store.ErrNotFound) {
		return "", false, nil
	}
	return did, err == nil, named(err)
}

// ActorCounts is the counts of a person.
func (x *Index) ActorCounts(ctx context.Context, did identity.DID) (ActorCounts, error) {
	return look(ctx, x, func(v *view) (c ActorCounts, err error) {
		own, err := readCounts(v, string(did))
		if err != nil {
			return c, err
		}
		a, err := v.actor(did)
		if err != nil {
			return c, err
		}
		c.Follows, c.Posts = own[countFollows], own[countPosts]
		if a.Name != "" {
			others, err := readCounts(v, string(a.Name))
			c.Followers = others[countFollowers]
			return c, err
		}
		return c, nil
	})
}

// resolve finds a DID without asking whether there is anything of it.
func (v *view) resolve(identifier string) (identity.DID, error) {
	if strings.HasPrefix(identifier, "did:ethr:") {
		did, err := identity.ParseDID(identifier)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrInvalidIdentifier, err)
		}
		return did, nil
	}
	if strings.HasPrefix(identifier, "did:") {
		name, err := identity.ParseATName(identifier)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrInvalidIdentifier, err)
		}
		return didAt(v, namedKey(name))
	}
	handle, err := syntax.ParseHandle(identifier)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalidIdentifier, err)
	}
	return didAt(v, handleKey(handle.Normalize()))
}

// didAt reads an entry whose value is a DID.
func didAt(r store.Reader, key store.Key) (identity.DID, error) {
	b, err := r.Get(key)
	if err != nil {
		return "", err
	}
	did, err := identity.ParseDID(string(b))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return did, nil
}

// exists answers ErrNotFound if nothing is known of an identity.
func (v *view) exists(did identity.DID) error {
	found := false
	err := v.Scan(store.Prefix(store.NewKey(store.FamilyRecord).DID(did)), store.Forward, 1, func(_, _ []byte) (bool, error) {
		found = true
		return false, nil
	})
	if found || err != nil {
		return err
	}
	_, err = v.Get(handleOfKey(did))
	return err
}

// actor is what is known of an identity, read once for each view.
func (v *view) actor(did identity.DID) (*Actor, error) {
	if a, ok := v.actors[did]; ok {
		return a, nil
	}
	a := &Actor{DID: did}
	if err := v.readName(a); err != nil {
		return nil, err
	}
	if err := v.readHandle(a); err != nil {
		return nil, err
	}
	profile, err := store.Record(v, did, record.Path{Collection: collectionProfile, Key: self})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	a.Profile = profile
	v.actors[did] = a
	return a, nil
}

func (v *view) readName(a *Actor) error {
	b, err := v.Get(nameOfKey(a.DID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r := store.ReadParts(b)
	a.Name, a.Claimed = identity.ATName(r.Text()), syntax.Handle(r.Text())
	a.Handle = a.Claimed
	if r.End() != nil {
		return fmt.Errorf("%w: name of %s", ErrCorrupt, a.DID)
	}
	return nil
}

// readHandle lets what was resolved stand before what is only claimed.
func (v *view) readHandle(a *Actor) error {
	handle, state, err := readHandleOf(v, a.DID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	a.Handle, a.HandleState = handle, state
	return err
}
