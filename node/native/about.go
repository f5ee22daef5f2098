package native

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"metanet/identity"
	"metanet/node/xrpc"
)

// About is /.well-known/metanet: what another node needs to join.
type About struct {
	Version int              `json:"version"`
	Network identity.Network `json:"network"`
	Chain   AboutChain       `json:"chain"`
	Peer    AboutPeer        `json:"peer"`
	Server  AboutServer      `json:"server"`
	Policy  AboutPolicy      `json:"policy"`
}

// AboutChain says which chain, and where its contracts are. RPC is set on a
// development chain only. Finality is "latest", "safe", "finalized" or a number of
// blocks: what the network's nodes wait for before they do what is irreversible.
type AboutChain struct {
	ID        uint64         `json:"id"`
	Genesis   string         `json:"genesis"`
	RPC       string         `json:"rpc,omitempty"`
	Finality  string         `json:"finality,omitempty"`
	Contracts AboutContracts `json:"contracts"`
}

type AboutContracts struct {
	IdentityRegistry string `json:"identityRegistry"`
	ServerRegistry   string `json:"serverRegistry"`
	PolicyRegistry   string `json:"policyRegistry"`
	LogRegistry      string `json:"logRegistry"`
}

type AboutPeer struct {
	ID        string   `json:"id"`
	Addresses []string `json:"addresses"`
}

type AboutServer struct {
	ID     uint64 `json:"id"`
	Owner  string `json:"owner"`
	Domain string `json:"domain"`
}

type AboutPolicy struct {
	Count  uint64            `json:"count"`
	Head   string            `json:"head"`
	Latest *AboutPolicyEntry `json:"latest,omitempty"`
}

type AboutPolicyEntry struct {
	Version uint64 `json:"version"`
	Digest  string `json:"digest"`
	CID     string `json:"cid"`
}

func (f *Face) about(ctx context.Context, _ *xrpc.Call, _ xrpc.None) (About, error) {
	a, err := f.cfg.About(ctx)
	return a, public(err)
}

// block answers /ipfs/{cid}?format=raw: the block itself, for a client that
// checks the hash ("Trustless Gateway Specification", application/vnd.ipld.raw).
// Nothing is ever rendered: a gateway that shows HTML on the server's own origin
// would hand that origin to whoever uploads.
func (f *Face) block(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	c, err := cid.Decode(r.PathValue("cid"))
	if err != nil {
		return xrpc.BadRequest(xrpc.CodeInvalidRequest, "that is not a CID")
	}
	if r.URL.Query().Get("format") != "raw" && r.Header.Get("Accept") != mediaRaw {
		return xrpc.Errorf(http.StatusNotAcceptable, "NotAcceptable", "only raw blocks are served: add ?format=raw")
	}
	if p := c.Prefix(); p.MhType != multihash.SHA2_256 || p.MhLength != 32 {
		return notFound("this server keeps blocks under sha2-256 only")
	}
	b, found, err := f.cfg.Blocks.Block(r.Context(), c)
	if err != nil {
		return err
	}
	if !found {
		return notFound("this server doesn't have that block")
	}
	h := w.Header()
	h.Set("Content-Type", mediaRaw)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.bin"`, c))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, max-age=86400, immutable") // a day: what is deleted should leave caches, too
	h.Set("ETag", `"`+c.String()+`.raw"`)
	h.Set("X-Ipfs-Path", "/ipfs/"+c.String())
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(b) // the caller may be gone
	}
	return nil
}

const mediaRaw = "application/vnd.ipld.raw"
