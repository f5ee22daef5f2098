package web

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"metanet/content/index"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/inbox"
	"metanet/node/personal"
)

// Config is what the pages are made from. Every field is required.
type Config struct {
	Index      *index.Index // posts and people
	Search     *search.Search
	Inbox      *inbox.Inbox
	Personal   *personal.Personal // whom viewers have muted
	Identities Identities
	Policies   Policies
	Server     Server
	Viewers    Viewers
	Logger     *slog.Logger
	Now        func() time.Time
}

// ErrNotFound is what the interfaces below answer (wrapped or not) for what
// this server doesn't have; the person sees a page that says so.
var ErrNotFound = errors.New("web: not here")

// Identities is the chain's word on identities, as this node has followed it.
type Identities interface {
	// Identity answers ErrNotFound for an identity that the chain never mentioned.
	Identity(ctx context.Context, did identity.DID) (Identity, error)
}

// Identity is what the chain says of one.
type Identity struct {
	Home  string // domain of the home server, empty if there is none
	Keys  []identity.KeyRecord
	Block uint64 // as of which all this holds
}

// Policies is this server's own policy history.
type Policies interface {
	// Versions are all versions on the chain, oldest first.
	Versions(ctx context.Context) ([]PolicyVersion, error)
	// Canonical is the text that has the digest, or ErrNotFound.
	Canonical(ctx context.Context, digest [32]byte) ([]byte, error)
}

// PolicyVersion is one promise and the block that fixed it.
type PolicyVersion struct {
	Number      uint64 // from 1
	Digest      [32]byte
	Block       uint64
	Tx          string
	PublishedAt time.Time // of the block
	EffectiveAt time.Time
}

// Server says what this server is. It is asked for each page, so it must answer
// from memory.
type Server interface {
	About(ctx context.Context) About
}

// About is what a stranger needs in order to find and check this server.
type About struct {
	URL     string // under which this page is reached, such as "https://example.org"
	Domain  string
	ID      uint64 // in the ServerRegistry; 0: not registered
	Owner   string
	Version string // of the software

	Network       string
	ChainID       uint64
	Genesis       string
	Block         uint64 // up to which this node has followed the chain
	Contracts     []Contract
	PeerAddresses []string
	PolicyVersion uint64 // latest; 0: none
}

// Contract is one of the network's contracts.
type Contract struct{ Name, Address string }

// Viewers turns an access token into who holds it.
type Viewers interface {
	Viewer(ctx context.Context, accessToken string) (identity.DID, error)
}
