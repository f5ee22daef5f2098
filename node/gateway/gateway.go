package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	boxo "github.com/ipfs/boxo/gateway"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/blob"
	"metanet/node/xrpc"
)

const (
	// maxConcurrent bounds answers under way; each holds a few blocks.
	maxConcurrent = 64
	// stallPatience is how long an answer may stand still, and patience how long it
	// may take at all: the largest blob over a slow telephone.
	stallPatience = 30 * time.Second
	patience      = 30 * time.Minute
	// maxDepth is a bit more than the levels of a blob's DAG (blob.Store.WholeDAG).
	maxDepth = 16
)

const (
	mediaRaw = "application/vnd.ipld.raw"
	mediaCAR = "application/vnd.ipld.car"
	// cacheControl: a day, not boxo's year. What is deleted should leave caches, too.
	cacheControl = "public, max-age=86400, immutable"
)

// DAGs tells whether a UnixFS DAG is here as a whole; *blob.Store is one.
type DAGs interface {
	WholeDAG(ctx context.Context, root cid.Cid) (size int64, err error)
}

// Config is what the gateway is given. All fields are required.
type Config struct {
	Blocks     blockstore.Blockstore // what may be seen, and only that
	DAGs       DAGs
	Registerer prometheus.Registerer
}

// Gateway answers /ipfs/{cid}.
type Gateway struct {
	cfg   Config
	serve http.Handler
}

// New returns the gateway; Register puts it on a server.
func New(cfg Config) (*Gateway, error) {
	backend, err := boxo.NewBlocksBackend(blockservice.New(cfg.Blocks, nil), // no exchange: nothing is fetched
		boxo.WithMaxTraversalDepth(maxDepth), boxo.WithPrometheusRegistry(cfg.Registerer))
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return &Gateway{cfg, boxo.NewHandler(boxo.Config{
		NoDNSLink: true, DisableHTMLErrors: true, DeprecatedXIpfsPath: true,
		RetrievalTimeout: stallPatience, MaxRequestDuration: patience, MaxConcurrentRequests: maxConcurrent,
		MetricsRegistry: cfg.Registerer,
	}, backend)}, nil
}

// Register adds the path to s.
func (g *Gateway) Register(s *xrpc.Server) {
	xrpc.Raw(s, http.MethodGet, xrpc.Route{Path: "/ipfs/{cid}"}, g.answer)
}

func (g *Gateway) answer(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	c, err := cid.Decode(r.PathValue("cid"))
	if err != nil {
		return xrpc.BadRequest(xrpc.CodeInvalidRequest, "that is not a CID")
	}
	f, ok := formatOf(r)
	if !ok {
		return xrpc.Errorf(http.StatusNotAcceptable, "NotAcceptable", "only blocks and CARs are served, for clients that check hashes: add ?format=raw or ?format=car")
	}
	if err := g.here(r.Context(), c, f); err != nil {
		return err
	}
	g.serve.ServeHTTP(&writer{ResponseWriter: w, cid: c, format: f}, clean(r, c, f))
	return nil
}

// A format is what the specification calls one; its text is the query's.
type format string

const (
	formatRaw format = "raw"
	formatCAR format = "car"
)

// formatOf is the answer's format: the query decides before the Accept header, as
// the specification's section 2.1.1 has it.
func formatOf(r *http.Request) (format, bool) {
	if q := r.URL.Query(); q.Has("format") {
		f := format(q.Get("format"))
		return f, f == formatRaw || f == formatCAR
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		media, _, _ := strings.Cut(part, ";")
		switch strings.TrimSpace(media) {
		case mediaRaw:
			return formatRaw, true
		case mediaCAR:
			return formatCAR, true
		}
	}
	return "", false
}

// here refuses what this node doesn't have before an answer has begun, and CARs of
// DAGs that nothing has bounded.
func (g *Gateway) here(ctx context.Context, c cid.Cid, f format) error {
	if p := c.Prefix(); p.MhType != multihash.SHA2_256 || p.MhLength != 32 { // an identity CID is whatever its caller writes
		return missing("this server keeps blocks under sha2-256 only")
	}
	if f == formatCAR && c.Prefix().Codec == cid.DagProtobuf {
		_, err := g.cfg.DAGs.WholeDAG(ctx, c)
		switch {
		case errors.Is(err, blob.ErrNotFound), errors.Is(err, blob.ErrIncomplete), errors.Is(err, blob.ErrMismatch), errors.Is(err, blob.ErrInvalidCID):
			return missing("this server doesn't have that DAG")
		case err != nil:
			return err
		}
	}
	found, err := g.cfg.Blocks.Has(ctx, c)
	if err == nil && !found {
		return missing("this server doesn't have that block")
	}
	return err
}

func missing(why string) error { return xrpc.Errorf(http.StatusNotFound, "NotFound", "%s", why) }

// carParams are the specification's for CARs; all others stay outside.
var carParams = []string{"car-version", "car-order", "car-dups", "dag-scope", "entity-bytes"}

// clean is the request as the handler may see it: the CID alone and the parameters
// of its format. A record's value is always one block: where its links lead is for
// the client to ask.
func clean(r *http.Request, c cid.Cid, f format) *http.Request {
	in, q := r.URL.Query(), url.Values{"format": {string(f)}}
	if f == formatCAR {
		for _, name := range carParams {
			if in.Has(name) {
				q.Set(name, in.Get(name))
			}
		}
		if !slices.Contains([]uint64{cid.Raw, cid.DagProtobuf}, c.Prefix().Codec) {
			q.Set("dag-scope", string(boxo.DagScopeBlock))
		}
	}
	out := r.Clone(r.Context())
	out.URL = &url.URL{Path: "/ipfs/" + c.String(), RawQuery: q.Encode()}
	out.RequestURI = out.URL.RequestURI()
	out.Header.Del("Accept") // the query says it; boxo reads Service-Worker and others itself
	out.Header.Del("X-Forwarded-Proto")
	return out
}

// writer puts our headers in the place of the handler's when the answer begins.
type writer struct {
	http.ResponseWriter
	cid    cid.Cid
	format format
	begun  bool
}

func (w *writer) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		w.headers(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) headers(status int) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if status >= http.StatusBadRequest {
		h.Set("Cache-Control", "no-store")
		return
	}
	h.Set("Cache-Control", cacheControl)
	extension := map[format]string{formatRaw: "bin", formatCAR: "car"}[w.format]
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, w.cid, extension))
}

func (w *writer) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
