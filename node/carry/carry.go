// Package carry takes a person's account along: everything of it into one archive
// (content/archive), and archives in, of ours, of the AT network and of Mastodon's.
//
// What is brought in goes through the door like all else. An archive of ours keeps
// its records as they were signed; what keys signed that have lapsed is signed again
// (node/resign), as after a move. Archives of others hold values and no signatures of
// this network: those are signed by the person's hosted key, with their own dates,
// and flagged as imported, so that nobody is told of them.
//
// An import is a job: a file that was uploaded in parts, then read by one worker
// in the background, one person's at a time. Reading is idempotent: what is here
// already is passed over, what the person wrote or deleted since stays as it is. So
// an import that was cut short, by a crash or otherwise, is simply read again.
//
// The package knows neither HTTP nor the chain; it asks through what it is given.
package carry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/resign"
)

var (
	// ErrOthers: the archive is another identity's, or of another network.
	ErrOthers = errors.New("carry: not yours")
	// ErrUnknownFile: none of the formats that can be brought in.
	ErrUnknownFile = errors.New("carry: neither an archive of this network, nor an AT repository, nor an archive or list of Mastodon's")
	// ErrNothing: there is no upload, or none that is whole.
	ErrNothing = errors.New("carry: nothing to import")
	// ErrOffset: the upload goes on elsewhere; ask where.
	ErrOffset = errors.New("carry: the upload does not go on there")
	// ErrRunning: an import of this person's is under way.
	ErrRunning = errors.New("carry: an import is under way")
	// ErrTooLarge: over MaxUpload.
	ErrTooLarge = errors.New("carry: too large")
	// ErrFull: the uploads of all people together are over MaxSpool.
	ErrFull = errors.New("carry: too many imports wait")
)

// KV is a space of content/store.
type KV interface {
	Get(key []byte) (value []byte, found bool, err error)
	Put(key, value []byte) error
	Delete(key []byte) error
	Scan(prefix []byte, fn func(key, value []byte) error) error
}

// Identities tells what the chain says, as far as this node has followed it.
type Identities interface {
	// Keys are all keys of an identity, and the number of its home server.
	Keys(ctx context.Context, did identity.DID) (keys []identity.KeyRecord, home uint64, err error)
}

// Hosted gives the identity's hosted key, if it lives.
type Hosted interface {
	Signer(ctx context.Context, did identity.DID) (record.Signer, error)
}

// Accounts knows the people of this server.
type Accounts interface {
	// Binding is somebody's AT name, and the value of the record that proves it.
	Binding(ctx context.Context, did identity.DID) (name identity.ATName, value []byte, err error)
	// Find is the AT name of whoever Mastodon calls user@domain; "" if nobody here
	// is known to be that.
	Find(ctx context.Context, user, domain string) (identity.ATName, error)
	// Has says whether one follows, or blocks, the other already.
	Has(ctx context.Context, did identity.DID, collection syntax.NSID, name identity.ATName) (bool, error)
}

// Part is something about an account that is no record.
type Part interface {
	Name() string
	// Export answers JSON documents, of at most archive.MaxDocument bytes each.
	Export(ctx context.Context, did identity.DID) ([][]byte, error)
	// Import takes one of these documents from an archive that the person brings.
	// It may be of any server's making, or a lie. It may come more than once.
	Import(ctx context.Context, did identity.DID, document []byte) error
}

// ErrDocument is what Import answers for a document that means nothing.
var ErrDocument = errors.New("carry: invalid document")

// Config is what a Carrier needs. Every field is required but Parts.
type Config struct {
	Store      *store.DB
	Blobs      *blob.Store
	Space      KV
	Dir        string // of uploads; made if need be
	Door       resign.Door
	Skew       time.Duration // identity.Params.Skew
	Identities Identities
	Hosted     Hosted
	Accounts   Accounts
	Parts      []Part
	Network    identity.Network
	Clock      *syntax.TIDClock
	Server     func() uint64 // this server's number; 0: none yet
	Domain     string
	Now        func() time.Time
	Logger     *slog.Logger
}

// Carrier exports and imports. Make one with New; Run does the imports.
type Carrier struct {
	cfg  Config
	wake chan struct{}

	mu      sync.Mutex
	writing map[identity.DID]bool // an upload's part is being written
	running *job                  // nil if none
}

// New is a Carrier over cfg.
func New(cfg Config) *Carrier {
	return &Carrier{cfg: cfg, wake: make(chan struct{}, 1), writing: make(map[identity.DID]bool)}
}

// own says whether a fault is this node's own: then the import waits and is tried
// again, where a fault of the file's would end it.
func own(err error) bool {
	return errors.Is(err, store.ErrNoSpace) || errors.Is(err, store.ErrReadOnly) || errors.Is(err, ingest.ErrClosed) || errors.Is(err, context.Canceled)
}
