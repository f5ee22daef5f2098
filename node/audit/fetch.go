package audit

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/ipfs/go-cid"

	"metanet/identity"
	"metanet/node/client"
)

// HTTP fetches from a running server.
type HTTP struct {
	Client *client.Client
	Server uint64 // whose policies; the server's own number
}

// FetchAbout asks a server who it is.
func FetchAbout(ctx context.Context, c *client.Client) (About, error) {
	var a About
	err := c.WellKnown(ctx, &a)
	return a, err
}

// Policies lists the versions that the server shows.
func (h HTTP) Policies(ctx context.Context) ([]Listed, error) {
	var out struct {
		Versions []Listed `json:"versions"`
	}
	params := url.Values{"server": {strconv.FormatUint(h.Server, 10)}}
	err := h.Client.Query(ctx, "net.metanet.policy.list", params, &out)
	return out.Versions, lacking(err)
}

// Shown is the text that the server shows for a version.
func (h HTTP) Shown(ctx context.Context, version uint64) ([]byte, error) {
	var out struct {
		Canonical string `json:"canonical"`
	}
	params := url.Values{"server": {strconv.FormatUint(h.Server, 10)}, "version": {strconv.FormatUint(version, 10)}}
	err := h.Client.Query(ctx, "net.metanet.policy.get", params, &out)
	return []byte(out.Canonical), lacking(err)
}

// Block is the raw block of a CID, from the trustless gateway.
func (h HTTP) Block(ctx context.Context, c cid.Cid) ([]byte, error) {
	b, err := h.Client.Get(ctx, "/ipfs/"+c.String()+"?format=raw")
	return b, lacking(err)
}

// Keys is what the server says of an identity.
func (h HTTP) Keys(ctx context.Context, did identity.DID) (owner string, keys []Key, err error) {
	var out struct {
		Owner string `json:"owner"`
		Keys  []Key  `json:"keys"`
	}
	err = h.Client.Query(ctx, "net.metanet.identity.get", url.Values{"did": {string(did)}}, &out)
	return out.Owner, out.Keys, lacking(err)
}

// lacking tells a server's refusal, or an answer that cannot be read, from a
// server that cannot be reached: the first is a finding, the second is not.
func lacking(err error) error {
	if err == nil || errors.Is(err, client.ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNotServed, err)
}
