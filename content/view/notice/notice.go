// Package notice is the view of what concerns somebody: who likes, reposts,
// answers or quotes their posts, mentions or follows them.
//
// It owns the family notice of content/store. Notices are kept for everybody whom
// values name, member of this server or not, under exactly the name in the value
// (as content/index keys its edges), newest first by when the record came here: what
// arrives late is news all the same. It does not know who has seen what, nor
// whom somebody wants to hear of: readers filter.
package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/identity"
)

// Reason is why somebody is told of a record.
type Reason byte

const (
	Like Reason = iota + 1
	Repost
	Follow
	Reply
	Quote
	Mention
)

var reasons = [...]string{"", "like", "repost", "follow", "reply", "quote", "mention"}

// String is the reason as app.bsky.notification.listNotifications spells it.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "unknown"
}

// maxMentions bounds how many people one post can call; the rest are not told. The
// published schema allows some 3,000 bytes of text, so a person hardly gets there.
const maxMentions = 50

const collectionPost syntax.NSID = "app.bsky.feed.post"

// View is the rules.
func View() view.View {
	return view.View{Name: "notices", Version: 2, Families: []store.Family{store.FamilyNotice}, Derive: derive}
}

func derive(v *store.Visible) []view.Entry {
	if v.Refs.Imported != nil {
		return nil // it happened long ago, elsewhere
	}
	d := deriver{v: v, told: make(map[string]bool)}
	switch v.Bundle.Path.Collection {
	case "app.bsky.feed.like":
		d.aboutPost(Like, v.Refs.Subject.URI)
	case "app.bsky.feed.repost":
		d.aboutPost(Repost, v.Refs.Subject.URI)
	case "app.bsky.graph.follow":
		d.tell(string(v.Refs.SubjectName), Follow, "")
	case collectionPost:
		d.aboutPost(Reply, v.Refs.Parent.URI)
		d.aboutPost(Quote, v.Refs.Quote.URI)
		for i, name := range v.Refs.Mentions {
			if i == maxMentions {
				break
			}
			d.tell(string(name), Mention, "")
		}
	}
	return d.entries
}

// deriver gathers the notices of one record, at most one for each person: who is
// answered and mentioned in one post hears of it as an answer.
type deriver struct {
	v       *store.Visible
	told    map[string]bool
	entries []view.Entry
}

func (d *deriver) aboutPost(why Reason, uri syntax.ATURI) {
	if uri.Collection() == collectionPost {
		d.tell(uri.Authority().String(), why, uri)
	}
}

func (d *deriver) tell(recipient string, why Reason, about syntax.ATURI) {
	if recipient == "" || d.told[recipient] {
		return
	}
	d.told[recipient] = true
	key := of(recipient).Newest(d.v.Received).DID(d.v.Bundle.DID).Path(d.v.Bundle.Path)
	d.entries = append(d.entries, view.Entry{Key: key, Value: append([]byte{byte(why)}, about...)})
}

func of(recipient string) store.Key { return store.NewKey(store.FamilyNotice).Text(recipient) }

// Notice is one thing that concerns somebody.
type Notice struct {
	Reason Reason
	Author identity.DID // who did it
	Path   record.Path  // the record that says so
	About  syntax.ATURI // the post that is liked, reposted, answered or quoted
	Time   time.Time    // when the record came here
}

// URI is the record's, by its author's did:ethr.
func (n *Notice) URI() syntax.ATURI { return index.URI(string(n.Author), n.Path) }

// Notices answers what concerns somebody.
type Notices struct{ db *store.DB }

// New reads the view in db.
func New(db *store.DB) *Notices { return &Notices{db} }

// List is a page of what concerns recipient (an AT name, or the did:ethr of who has
// none), newest first; keep chooses.
func (n *Notices) List(ctx context.Context, recipient, cursor string, limit int, keep func(Notice) (bool, error)) (page []Notice, next string, err error) {
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	next, err = view.Page(n.db, of(recipient), cursor, limit, func(key *store.KeyReader, value []byte) (bool, error) {
		one, err := read(key, value)
		if err != nil {
			return false, err
		}
		wanted, err := keep(one)
		if wanted {
			page = append(page, one)
		}
		return wanted, err
	})
	return page, next, err
}

// Count is how many notices there are that came after since and are kept, counted
// up to most.
func (n *Notices) Count(ctx context.Context, recipient string, since time.Time, most int, keep func(Notice) (bool, error)) (count int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	newer := store.Prefix(of(recipient))
	newer.End = of(recipient).Newest(since)
	err = n.db.Scan(newer, store.Forward, 0, func(key, value []byte) (bool, error) {
		one, err := read(store.ReadParts(key[len(of(recipient)):]), value)
		if err != nil {
			return false, err
		}
		wanted, err := keep(one)
		if wanted {
			count++
		}
		return count < most, err
	})
	return count, err
}

var errValue = errors.New("notice: corrupt entry")

func read(key *store.KeyReader, value []byte) (n Notice, err error) {
	n.Time, n.Author, n.Path = key.Newest(), key.DID(), key.Path()
	if len(value) == 0 || value[0] == 0 || int(value[0]) >= len(reasons) {
		return n, fmt.Errorf("%w: %x", errValue, value)
	}
	n.Reason, n.About = Reason(value[0]), syntax.ATURI(value[1:])
	return n, nil
}
