package native

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

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
	bundles, faults, err := decode(body, many)
	if err != nil {
		return public(err)
	}
	results, err := f.admit(r.Context(), c.Client.String(), bundles, faults)
	if err != nil {
		return public(err)
	}
	if !many && results[0].Status == ingest.Refused.String() {
		return single(faults[0])
	}
	w.Header().Set("Cache-Control", "no-store")
	return xrpc.WriteJSON(w, putOutput{results})
}

func decode(body []byte, many bool) ([]*record.Bundle, []error, error) {
	if many {
		return record.DecodeMessage(body)
	}
	b, err := record.Decode(body)
	return []*record.Bundle{b}, []error{err}, nil
}

// guests is what one request learns about the authors in it, each asked once.
type guests struct {
	face  *Face
	known map[identity.DID]guest
}

type guest struct {
	hosted    bool   // this server keeps their records
	authority string // how URIs name them
}

func (f *Face) guests() *guests { return &guests{f, make(map[identity.DID]guest)} }

func (g *guests) of(ctx context.Context, did identity.DID) (guest, error) {
	if known, ok := g.known[did]; ok {
		return known, nil
	}
	who, err := g.face.meet(ctx, did)
	if err == nil {
		g.known[did] = who
	}
	return who, err
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

// admit takes the sound ones through the door. faults gets the reasons of the
// others, at the same index.
func (f *Face) admit(ctx context.Context, from string, bundles []*record.Bundle, faults []error) ([]putResult, error) {
	authors := f.guests()
	results := make([]putResult, len(bundles))
	var candidates []ingest.Candidate
	var at []int
	for i, b := range bundles {
		if faults[i] != nil {
			continue
		}
		author, err := authors.of(ctx, b.DID)
		if err != nil {
			return nil, err
		}
		results[i].name(b, author.authority)
		if !author.hosted {
			faults[i] = xrpc.Errorf(http.StatusForbidden, "NotHosted", "%s neither has its home nor an account here", b.DID)
			continue
		}
		candidates, at = append(candidates, ingest.Candidate{Origin: ingest.Local, From: from, Bundle: b}), append(at, i)
	}
	if len(candidates) > 0 {
		verdicts, err := f.cfg.Door.Submit(ctx, candidates)
		if err != nil {
			return nil, err
		}
		for j, verdict := range verdicts {
			results[at[j]].take(verdict)
			faults[at[j]] = verdict.Err
		}
	}
	for i := range results {
		results[i].explain(faults[i])
	}
	return results, nil
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
