package atproto

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/view/list"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/inbox"
	"metanet/node/ingest"
	"metanet/node/personal"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// Door is the one way in for records; *ingest.Door is it.
type Door interface {
	Submit(ctx context.Context, candidates []ingest.Candidate) ([]ingest.Result, error)
}

// DefaultMaxBlob bounds one uploaded blob, in bytes. AT's own servers stop at
// 5 MB for images and 100 MB for video.
const DefaultMaxBlob = 100 << 20

// Config is what the face is given. All fields are required, except that a nil
// budget is unlimited.
type Config struct {
	Sessions *session.Sessions
	Hosted   *session.Hosted
	Door     Door
	Index    *index.Index
	Blobs    *blob.Store
	Schemas  *record.Catalog
	Leaver   Leaver
	Inbox    *inbox.Inbox
	Search   *search.Search
	Personal *personal.Personal
	Lists    *list.Lists
	Clock    *syntax.TIDClock // the node's one clock for revs and record keys
	Network  identity.Network
	ChainID  uint64
	Chain    Chain
	Domain   string // this server's
	// Origin is this server's public scheme://host[:port], under which blob URLs
	// in views are fetched.
	Origin  string
	MaxBlob int64 // bytes; 0 means DefaultMaxBlob
	Budgets Budgets
	Now     func() time.Time
	Logger  *slog.Logger
}

// Budgets are what one person may spend.
type Budgets struct {
	Write   *xrpc.Budget // by account: records
	Upload  *xrpc.Budget // by account: blobs
	Picture *xrpc.Budget // by address: thumbnails, which may have to be made
	Handle  *xrpc.Budget // by account: asks strangers' domains
	// Resolve is by address: a DID document costs calls to the chain.
	Resolve *xrpc.Budget
	Delete  *xrpc.Budget // by address: a token is tried
	Search  *xrpc.Budget // by address: one page reads up to some ten milliseconds
}

// DefaultBudgets suit one machine open to the Internet. AT's reference server
// allows about 1.4 creations a minute in the long run; ours is meant for
// importers, too.
func DefaultBudgets(now func() time.Time) Budgets {
	return Budgets{
		Write:   xrpc.NewBudget("write", xrpc.ByAccount, 10, 500, now),
		Upload:  xrpc.NewBudget("upload", xrpc.ByAccount, 2, 100, now),
		Picture: xrpc.NewBudget("getThumbnail", xrpc.ByAddress, 20, 400, now),
		Handle:  xrpc.NewBudget("updateHandle", xrpc.ByAccount, 0.05, 10, now), // AT's reference server: 10 in 5 minutes
		Resolve: xrpc.NewBudget("resolve", xrpc.ByAddress, 1, 60, now),
		Search:  xrpc.NewBudget("search", xrpc.ByAddress, 10, 100, now),
		Delete:  xrpc.NewBudget("deleteAccount", xrpc.ByAddress, 0.05, 10, now),
	}
}

// Face is the package's endpoints.
type Face struct {
	cfg Config
	log *slog.Logger

	// writing holds one lock per account that is writing, so that what a write
	// decides from the present record still holds when it is admitted.
	writing keyedMutex
	drawing drawing
}

// New returns the face; Register puts it on a server.
func New(cfg Config) *Face {
	if cfg.MaxBlob == 0 {
		cfg.MaxBlob = DefaultMaxBlob
	}
	return &Face{cfg: cfg, log: cfg.Logger, drawing: make(drawing, maxDrawing)}
}

// Register adds all endpoints to s.
func (f *Face) Register(s *xrpc.Server) {
	f.registerRepo(s)
	f.registerBlobs(s)
	f.registerIdentity(s)
	f.registerDIDs(s)
	f.registerBsky(s)
	f.registerNotification(s)
	f.registerSearch(s)
	f.registerRelations(s)
	f.registerLists(s)
	f.registerAccount(s)
}

// keyedMutex is a mutex per identity, kept only while somebody holds or waits
// for it.
type keyedMutex struct {
	mu   sync.Mutex
	held map[identity.DID]*countedMutex
}

type countedMutex struct {
	sync.Mutex
	users int
}

// lock returns the function that unlocks.
func (k *keyedMutex) lock(did identity.DID) (unlock func()) {
	k.mu.Lock()
	if k.held == nil {
		k.held = make(map[identity.DID]*countedMutex)
	}
	m := k.held[did]
	if m == nil {
		m = new(countedMutex)
		k.held[did] = m
	}
	m.users++
	k.mu.Unlock()
	m.Lock()
	return func() {
		m.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if m.users--; m.users == 0 {
			delete(k.held, did)
		}
	}
}
