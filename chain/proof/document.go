package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// MaxDocument bounds a document's bytes: five slots under 65 nodes of half a
// kilobyte each, in hex, and some room.
const MaxDocument = 1 << 20

// What a document can be about.
const (
	OfIdentity = "identity"
	OfHistory  = "history"
	OfKey      = "key"
	OfServer   = "server"
	OfPolicies = "policies"
	OfLog      = "log"
)

// Document is evidence together with what it is about, for whoever wants to
// check it without a chain, now or in ten years. It says nothing about what the
// fact is: that comes out of Verify.
type Document struct {
	Subject

	// Block is which hash must be trusted; Verify takes no document's word for it.
	Block common.Hash `json:"block"`
	Evidence
}

// Subject is what a document is about.
type Subject struct {
	Fact     string        `json:"fact"`
	Identity identity.DID  `json:"identity,omitempty"` // of an identity, its history or a key
	Key      *identity.Key `json:"key,omitempty"`
	Server   uint64        `json:"server,omitempty"` // of a server, its policies or its log
}

// ParseDocument reads a document; it proves nothing yet.
func ParseDocument(b []byte) (Document, error) {
	var d Document
	if len(b) > MaxDocument {
		return d, fmt.Errorf("%w: %d bytes", ErrDocument, len(b))
	}
	r := json.NewDecoder(bytes.NewReader(b))
	r.DisallowUnknownFields()
	if err := r.Decode(&d); err != nil {
		return d, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if _, err := r.Token(); err != io.EOF {
		return d, fmt.Errorf("%w: something follows it", ErrDocument)
	}
	return d, d.check()
}

// check wants a document to be about exactly one thing.
func (d Subject) check() error {
	person, server := d.Identity != "", d.Server != 0
	ok := false
	switch d.Fact {
	case OfIdentity, OfHistory:
		ok = person && d.Key == nil && !server
	case OfKey:
		ok = person && d.Key != nil && !server
	case OfServer, OfPolicies, OfLog:
		ok = !person && d.Key == nil && server
	}
	if !ok {
		return fmt.Errorf("%w: %.20q of identity %.100q, server %d", ErrDocument, d.Fact, d.Identity, d.Server)
	}
	if person {
		if _, err := identity.ParseDID(string(d.Identity)); err != nil {
			return fmt.Errorf("%w: %w", ErrDocument, err)
		}
	}
	return nil
}

// Verify answers the fact that the document shows, an IdentityState, Tenures,
// KeyState, ServerState, PolicyState or LogState, given that the block trusted is one of
// the chain that the document is about.
func (d Document) Verify(trusted common.Hash) (fact any, at Block, err error) {
	if err := d.check(); err != nil {
		return nil, at, err
	}
	if d.Block != trusted {
		return nil, at, fmt.Errorf("%w: it is of block %s, trusted is %s", ErrProof, d.Block, trusted)
	}
	switch d.Fact {
	case OfIdentity:
		return verify(Identity(d.Identity.Address()), trusted, d.Evidence)
	case OfHistory:
		return verify(History(d.Identity.Address()), trusted, d.Evidence)
	case OfKey:
		return verify(Key(d.Identity.Address(), *d.Key), trusted, d.Evidence)
	case OfServer:
		return verify(Server(d.Server), trusted, d.Evidence)
	case OfPolicies:
		return verify(Policies(d.Server), trusted, d.Evidence)
	default:
		return verify(Log(d.Server), trusted, d.Evidence)
	}
}

func verify[T any](f Fact[T], trusted common.Hash, e Evidence) (any, Block, error) {
	fact, at, err := Verify(f, trusted, e)
	if err != nil {
		return nil, at, err
	}
	return fact, at, nil
}
