package native

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"

	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/identity/plc"
	"metanet/node/ingest"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// The two bodies of repo.put.
const (
	mediaBundle  = "application/cbor"                     // one bundle
	mediaBundles = "application/vnd.metanet.bundles+cbor" // a message: an array of bundles
)

// bindingPath is where an identity keeps its genesis operation.
var bindingPath = record.Path{Collection: plc.Collection, Key: plc.RecordKey}

func (f *Face) registerRecords(s *xrpc.Server) {
	xrpc.Raw(s, http.MethodPost, xrpc.Route{NSID: "net.metanet.repo.put", Budget: f.cfg.Budgets.Put, MaxBody: record.MaxMessage}, f.put)
	xrpc.Subscription(s, xrpc.Route{NSID: "net.metanet.sync.subscribe"}, f.subscribe)
}

type putOutput struct {
	Results []putResult `json:"results"`
}

type putResult struct {
	ID      string `json:"id,omitempty"`
	CID     string `json:"cid,omitempty"`
	URI     string `json:"uri,omitempty"`
	Status  string `json:"status"`
	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
	Remark  string `json:"remark,omitempty"` // why it was kept with a flag
}

// put takes records that were signed elsewhere. The signature is the authority,
// so no token is needed; but a server stores for its own people only, and
// strangers' records arrive by gossip or not at all.
func (f *Face) put(w http.ResponseWriter, r *http.Request, c *xrpc.Call) error {
	if err := xrpc.CheckMediaType(r, mediaBundle, mediaBundles); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // CheckMediaType has parsed it
	many := media == mediaBundles
	candidates, err := ingest.Decode(ingest.Local, c.Client.String(), body, many)
	if err != nil {
		return public(err)
	}
	authors := f.guests(r.Context())
	for i := range candidates {
		candidates[i].Welcome = authors.welcome
	}
	verdicts, err := f.cfg.Door.Submit(r.Context(), candidates)
	if err = cmp.Or(authors.failed(), err); err != nil {
		return public(err)
	}
	if !many && verdicts[0].Status == ingest.Refused {
		return single(verdicts[0].Err)
	}
	results := make([]putResult, len(verdicts))
	for i, verdict := range verdicts {
		if err := results[i].tell(verdict, candidates[i].Raw, authors); err != nil {
			return public(err)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return xrpc.WriteJSON(w, putOutput{results})
}

// guests is what one request learns about the authors in it, each asked once. The
// door asks from several goroutines.
type guests struct {
	ctx   context.Context // of the request
	face  *Face
	mu    sync.Mutex
	known map[identity.DID]guest
	fault error // the node's own, of the first question that had no answer
}

type guest struct {
	hosted    bool   // this server keeps their records
	authority string // how URIs name them
}

func (f *Face) guests(ctx context.Context) *guests {
	return &guests{ctx: ctx, face: f, known: make(map[identity.DID]guest)}
}

func (g *guests) of(did identity.DID) (guest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if known, ok := g.known[did]; ok {
		return known, nil
	}
	who, err := g.face.meet(g.ctx, did)
	if err == nil {
		g.known[did] = who
	} else if g.fault == nil {
		g.fault = err
	}
	return who, err
}

// welcome lets in only people of this server.
func (g *guests) welcome(b *record.Bundle) error {
	author, err := g.of(b.DID)
	if err == nil && !author.hosted {
		err = xrpc.Errorf(http.StatusForbidden, "NotHosted", "%s neither has its home nor an account here", b.DID)
	}
	return err
}

// failed is why the request as a whole has no answer, if so. What was stored by
// then stays: put again, it is a duplicate.
func (g *guests) failed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fault
}

// meet asks sessions, then chain and index: by AT name if there is one, by
// did:ethr before the binding is known.
func (f *Face) meet(ctx context.Context, did identity.DID) (guest, error) {
	a, err := f.cfg.Sessions.Account(ctx, did)
	if err == nil {
		return guest{true, string(a.Name)}, nil
	}
	if !errors.Is(err, session.ErrNoAccount) {
		return guest{}, err
	}
	if did.ChainID() != f.cfg.ChainID {
		return guest{false, string(did)}, nil
	}
	id, err := f.cfg.Identities.Identity(ctx, did)
	if err != nil {
		return guest{}, err
	}
	named, err := f.named(ctx, did)
	if err != nil || id.Home.Server == 0 || id.Home.Server != f.cfg.Server() {
		return guest{false, named.Authority()}, err
	}
	// Anybody can name any server as home: where accounts are not open to all,
	// that alone opens no door.
	mode, err := f.cfg.Sessions.Registration().Mode(ctx)
	return guest{mode == session.ModeOpen, named.Authority()}, err
}

// tell is what the caller is told of the door's verdict on a candidate.
func (r *putResult) tell(verdict ingest.Result, raw []byte, authors *guests) error {
	r.take(verdict)
	r.explain(verdict.Err)
	b := verdict.Bundle
	if b == nil && verdict.Status == ingest.Duplicate { // known by its bytes alone
		var err error
		if b, err = record.Decode(raw); err != nil {
			return err
		}
	}
	if b == nil {
		return nil
	}
	author, err := authors.of(b.DID)
	if err == nil {
		r.name(b, author.authority)
	}
	return err
}

// name says which record it is about.
func (r *putResult) name(b *record.Bundle, authority string) {
	r.ID, r.CID, r.URI = b.ID.String(), cidText(b.CID), string(index.URI(authority, b.Path))
}

// take notes the door's verdict.
func (r *putResult) take(verdict ingest.Result) {
	r.Status = verdict.Status.String()
	if verdict.Remark != nil {
		r.Remark = verdict.Remark.Error()
	}
}

// explain adds why it was not admitted; what the door was not asked about is refused.
func (r *putResult) explain(fault error) {
	if fault != nil {
		r.Error, r.Message = code(fault)
	}
	if r.Status == "" {
		r.Status = ingest.Refused.String()
	}
}

// single answers the fault of the only bundle as an error of its own.
func single(fault error) error {
	err := public(fault)
	if e, ok := err.(*xrpc.Error); ok && e.Status < 500 && e.Status != http.StatusForbidden && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestEntityTooLarge {
		e.Status = http.StatusBadRequest
	}
	return err
}

func cidText(c cid.Cid) string {
	if !c.Defined() {
		return ""
	}
	return c.String()
}
