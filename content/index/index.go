package index

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
	lru "github.com/hashicorp/golang-lru/v2"
)

// Collections that the index reads.
const (
	collectionPost    syntax.NSID = "app.bsky.feed.post"
	collectionLike    syntax.NSID = "app.bsky.feed.like"
	collectionRepost  syntax.NSID = "app.bsky.feed.repost"
	collectionFollow  syntax.NSID = "app.bsky.graph.follow"
	collectionBlock   syntax.NSID = "app.bsky.graph.block"
	collectionProfile syntax.NSID = "app.bsky.actor.profile"
	collectionAT      syntax.NSID = "net.metanet.identity.at"

	self syntax.RecordKey = "self"
)

// MaxLimit bounds a page, and DefaultLimit is what a limit of 0 means.
const (
	MaxLimit     = 100
	DefaultLimit = 50
)

// Index reads and writes the derived entries. It is safe for concurrent use.
type Index struct {
	db *store.DB
	// names remembers whom AT names name. A name is the hash of the one operation
	// that lists the one DID, so that what was true once stays true.
	names *lru.Cache[identity.ATName, identity.DID]
	// circles and authors keep what home timelines ask again and again: whom a
	// reader follows, and the names of authors; as hashes under seed.
	circles *memo[identity.DID, *circle]
	authors *memo[authorID, nameHash]
	seed    maphash.Seed
	pulses  *pulses
	scan    scanEffort
}

// rememberedNames bounds Index.names, at about 200 bytes each.
const rememberedNames = 1 << 14

// New is the index of db, attached to it: from now on every commit keeps it up
// to date. There is one for each database.
func New(db *store.DB) *Index {
	names, err := lru.New[identity.ATName, identity.DID](rememberedNames)
	if err != nil {
		panic("index: " + err.Error()) // only of a size below one
	}
	x := &Index{
		db: db, names: names, seed: maphash.MakeSeed(),
		circles: newMemo[identity.DID, *circle](rememberedCircles),
		authors: newMemo[authorID, nameHash](rememberedAuthors),
		pulses:  newPulses(),
		scan:    scanEffort{perAuthor: scanPerSeek, least: scanLeast},
	}
	db.Attach(x)
	return x
}

// view is one consistent look at the index, for one question.
type view struct {
	*store.Snapshot
	actors map[identity.DID]*Actor
	// circles and authors were taken before the snapshot.
	circles, authors ticket
}

// look asks a question of a snapshot.
func look[T any](ctx context.Context, x *Index, question func(*view) (T, error)) (answer T, err error) {
	if err := ctx.Err(); err != nil {
		return answer, context.Cause(ctx)
	}
	v := &view{actors: make(map[identity.DID]*Actor), circles: x.circles.begin(), authors: x.authors.begin()}
	snap, err := x.db.Snapshot()
	if err != nil {
		return answer, fmt.Errorf("index: %w", err)
	}
	v.Snapshot = snap
	answer, err = question(v)
	return answer, errors.Join(named(err), snap.Close())
}

// named gives the store's not-found our name, and our prefix to what is not ours.
func named(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNotFound
	case err == nil, strings.HasPrefix(err.Error(), "index: "):
		return err
	default:
		return fmt.Errorf("index: %w", err)
	}
}

// clamp brings a limit into its bounds.
func clamp(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return min(limit, MaxLimit)
}

// URI is the AT-URI of a record: by AT name if its author has one.
func URI(authority string, path record.Path) syntax.ATURI {
	return syntax.ATURI("at://" + authority + "/" + path.String())
}

// splitURI takes an AT-URI of a record apart.
func splitURI(uri syntax.ATURI) (authority string, path record.Path, err error) {
	rest, ok := strings.CutPrefix(string(uri), "at://")
	authority, name, slash := strings.Cut(rest, "/")
	if !ok || !slash {
		return "", path, fmt.Errorf("%w: %.200q names no record", ErrInvalidIdentifier, uri)
	}
	if path, err = record.ParsePath(name); err != nil {
		return "", path, fmt.Errorf("%w: %.200q names no record", ErrInvalidIdentifier, uri)
	}
	return authority, path, nil
}

// Record is what people see under a path.
func (x *Index) Record(ctx context.Context, did identity.DID, path record.Path) (*store.Stored, error) {
	return look(ctx, x, func(v *view) (*store.Stored, error) { return store.Record(v, did, path) })
}

// Kept is everything that is held under a path, of each signing key: what is
// hidden, too, and tombstones.
func (x *Index) Kept(ctx context.Context, did identity.DID, path record.Path) ([]store.Stored, error) {
	return look(ctx, x, func(v *view) ([]store.Stored, error) { return store.Records(v, did, path) })
}

// Records is one page of a collection.
type Records struct {
	Items  []store.Stored
	Cursor string // "" at the end
}

// List is what people see of a collection, by record key, from the last to the
// first unless forward.
func (x *Index) List(ctx context.Context, did identity.DID, collection syntax.NSID, cursor string, limit int, forward bool) (Records, error) {
	if cursor != "" {
		if _, err := syntax.ParseRecordKey(cursor); err != nil {
			return Records{}, ErrInvalidCursor
		}
	}
	return look(ctx, x, func(v *view) (Records, error) {
		o := store.ListOptions{After: syntax.RecordKey(cursor), Reverse: !forward, Limit: clamp(limit)}
		items, next, err := store.List(v, did, collection, o)
		return Records{items, string(next)}, err
	})
}

// Collections is the collections in which an identity has or had records.
func (x *Index) Collections(ctx context.Context, did identity.DID) ([]syntax.NSID, error) {
	return look(ctx, x, func(v *view) ([]syntax.NSID, error) { return store.Collections(v, did) })
}
