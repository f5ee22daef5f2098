package handle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
)

// Claim is what an identity's signed record says of itself.
type Claim struct {
	DID    identity.DID
	Name   identity.ATName
	Handle syntax.Handle
}

// Verdict is what became of a claim.
type Verdict struct {
	State index.HandleState
	By    Method // how it was found out; "" if nobody answered
	// Reason says in words why the handle isn't valid.
	Reason string
	// Definite is false where nobody answered: what was proved before stands for
	// a while.
	Definite bool
}

// Servers tells which servers have registered a domain on-chain.
type Servers interface {
	// Under lists them, the one first that counts if the domain can't be asked.
	Under(ctx context.Context, domain string) ([]Server, error)
}

// Local is this server's own book of handles.
type Local interface {
	HandleOwner(ctx context.Context, h syntax.Handle) (did identity.DID, found bool, err error)
}

// Prover finds out whether a claim holds.
type Prover struct {
	Names   *Resolver
	Domains *Domains
	Servers Servers
	Local   Local
	Domain  string // this server's own
}

// Prove judges one claim. The error is a fault of this node's own; whatever
// others do is in the verdict.
func (p *Prover) Prove(ctx context.Context, c Claim) (Verdict, error) {
	if p.isOwn(c.Handle) {
		return p.proveOwn(ctx, c)
	}
	did, by, err := p.Resolve(ctx, c.Handle)
	if ctx.Err() != nil {
		return Verdict{}, ctx.Err()
	}
	switch {
	case err == nil && did == syntax.DID(c.Name):
		return Verdict{State: index.HandleValid, By: by, Definite: true}, nil
	case err == nil:
		return conflicting(by, fmt.Sprintf("it names %s", did)), nil
	case errors.Is(err, ErrConflict):
		return conflicting(by, err.Error()), nil
	case errors.Is(err, errOwn):
		return Verdict{}, err
	}
	definite := !errors.Is(err, ErrUnavailable)
	return Verdict{State: index.HandleUnproven, Reason: err.Error(), Definite: definite}, nil
}

func conflicting(by Method, reason string) Verdict {
	return Verdict{State: index.HandleConflicting, By: by, Reason: reason, Definite: true}
}

func (p *Prover) isOwn(h syntax.Handle) bool { return parent(h) == p.Domain }

// proveOwn proves a handle under this server's own domain: it knows itself whom
// it gave the handle.
func (p *Prover) proveOwn(ctx context.Context, c Claim) (Verdict, error) {
	owner, found, err := p.Local.HandleOwner(ctx, c.Handle)
	switch {
	case err != nil:
		return Verdict{}, err
	case !found:
		return Verdict{By: ByServer, Reason: "this server gave nobody that handle", Definite: true}, nil
	case owner != c.DID:
		return conflicting(ByServer, "this server gave that handle to somebody else"), nil
	}
	return Verdict{State: index.HandleValid, By: ByServer, Definite: true}, nil
}

// errOwn marks a fault of this node's own.
var errOwn = errors.New("handle: servers cannot be looked up")

// Resolve asks the server that holds the handle's domain, then the handle's own
// host name. A server that knows nothing of the handle, or isn't confirmed, leaves
// the word to the host name.
func (p *Prover) Resolve(ctx context.Context, h syntax.Handle) (syntax.DID, Method, error) {
	h = h.Normalize()
	servers, err := p.Servers.Under(ctx, parent(h))
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", errOwn, err)
	}
	var server error
	if len(servers) > 0 {
		var did syntax.DID
		if did, server = p.Domains.Resolve(ctx, servers, h); server == nil {
			return did, ByServer, nil
		}
	}
	did, by, own := p.Names.Resolve(ctx, h)
	switch {
	case own == nil, len(servers) == 0:
		return did, by, own
	case errors.Is(server, ErrUnavailable), errors.Is(own, ErrReserved):
		return "", "", server // the more telling of the two
	}
	return did, by, own
}

// parent is what follows a handle's first label.
func parent(h syntax.Handle) string {
	_, domain, _ := strings.Cut(string(h), ".")
	return domain
}
