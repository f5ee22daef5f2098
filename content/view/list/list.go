// Package list is the view of the lists of people that somebody keeps
// (app.bsky.graph.list and listitem) and of who is on them.
//
// It owns the families list and list.item of content/store. An item is kept under its
// own author and the list's URI exactly as the item spells it: who reads a list asks
// for the items of its owner, so that nobody puts somebody on another's list.
package list

import (
	"context"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/identity"
)

const (
	collectionList syntax.NSID = "app.bsky.graph.list"
	collectionItem syntax.NSID = "app.bsky.graph.listitem"
)

// View is the rules.
func View() view.View {
	return view.View{Name: "lists", Version: 1, Families: []store.Family{store.FamilyList, store.FamilyListItem}, Derive: derive}
}

func derive(v *store.Visible) []view.Entry {
	path := v.Bundle.Path
	switch {
	case path.Collection == collectionList:
		return []view.Entry{{Key: listsOf(v.Bundle.DID).Text(string(path.Key))}}
	case path.Collection == collectionItem && v.Refs.List.URI.Collection() == collectionList && v.Refs.SubjectName != "":
		key := itemsOf(v.Bundle.DID, v.Refs.List.URI).Text(string(v.Refs.SubjectName)).Text(string(path.Key))
		return []view.Entry{{Key: key}}
	}
	return nil
}

func listsOf(owner identity.DID) store.Key { return store.NewKey(store.FamilyList).DID(owner) }

func itemsOf(owner identity.DID, list syntax.ATURI) store.Key {
	return store.NewKey(store.FamilyListItem).DID(owner).Text(string(list))
}

// Item is somebody on a list, and the record that says so.
type Item struct {
	Subject identity.ATName
	Path    record.Path
}

// Lists answers who is on which list.
type Lists struct{ db *store.DB }

// New reads the view in db.
func New(db *store.DB) *Lists { return &Lists{db} }

// Of is a page of the lists that somebody keeps, by record key.
func (l *Lists) Of(ctx context.Context, owner identity.DID, cursor string, limit int) (lists []record.Path, next string, err error) {
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	next, err = view.Page(l.db, listsOf(owner), cursor, limit, func(key *store.KeyReader, _ []byte) (bool, error) {
		lists = append(lists, record.Path{Collection: collectionList, Key: syntax.RecordKey(key.Text())})
		return true, nil
	})
	return lists, next, err
}

// Items is a page of who is on owner's list of that very URI, by name, each once.
func (l *Lists) Items(ctx context.Context, owner identity.DID, list syntax.ATURI, cursor string, limit int) (items []Item, next string, err error) {
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	next, err = view.Page(l.db, itemsOf(owner, list), cursor, limit, func(key *store.KeyReader, _ []byte) (bool, error) {
		item := Item{identity.ATName(key.Text()), record.Path{Collection: collectionItem, Key: syntax.RecordKey(key.Text())}}
		again := len(items) > 0 && items[len(items)-1].Subject == item.Subject
		if !again {
			items = append(items, item)
		}
		return !again, nil
	})
	return items, next, err
}

// MaxMembers bounds whose posts a list's feed is made of.
const MaxMembers = 5000

// Members is the names on a list, up to MaxMembers.
func (l *Lists) Members(ctx context.Context, owner identity.DID, list syntax.ATURI) (names []identity.ATName, err error) {
	for cursor, more := "", true; more && len(names) < MaxMembers; more = cursor != "" {
		var items []Item
		if items, cursor, err = l.Items(ctx, owner, list, cursor, view.MaxLimit); err != nil {
			return nil, err
		}
		for _, item := range items {
			names = append(names, item.Subject)
		}
	}
	return names, nil
}
