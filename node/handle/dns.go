package handle

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// NewDNS is a resolver that asks the server at hostport; "" is the system's.
func NewDNS(hostport string) *net.Resolver {
	if hostport == "" {
		return net.DefaultResolver
	}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, hostport)
		},
	}
}

// byDNS is AT's DNS TXT method: the TXT records of _atproto.<handle>, of which
// those that are did= and a DID count. Several with one DID are one; with
// different ones "resolution should fail" (atproto.com/specs/handle).
func (r *Resolver) byDNS(ctx context.Context, h syntax.Handle) (syntax.DID, error) {
	// The final dot keeps the system's search domains out of it.
	texts, err := r.DNS.LookupTXT(ctx, "_atproto."+string(h)+".")
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return "", fmt.Errorf("%w: no TXT record", ErrNotFound)
		}
		return "", fmt.Errorf("%w: DNS: %s", ErrUnavailable, plainly(err))
	}
	var found syntax.DID
	for _, text := range texts {
		value, ok := strings.CutPrefix(text, "did=")
		if !ok {
			continue
		}
		did, err := syntax.ParseDID(value)
		if err != nil {
			continue
		}
		if found != "" && found != did {
			return "", fmt.Errorf("%w: %s and %s", ErrConflict, found, did)
		}
		found = did
	}
	if found == "" {
		return "", fmt.Errorf("%w: no TXT record with did=", ErrNotFound)
	}
	return found, nil
}

// plainly is what went wrong, without the address of the name server that this
// node uses, which errors of the standard library tell.
func plainly(err error) string {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return err.Error()
	case dns.IsTimeout:
		return "the name server did not answer in time"
	}
	return "the name server did not answer the question"
}
