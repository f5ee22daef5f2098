package native

import (
	"context"
	"io"
	"mime"
	"net/http"

	"github.com/ipfs/go-cid"

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
		return f.single(results[0], faults[0])
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

// admit takes the sound ones through the door. faults gets the reasons of the
// others, at the same index.
func (f *Face) admit(ctx context.Context, from string, bundles []*record.Bundle, faults []error) ([]putResult, error) {
	hosts := make(map[identity.DID]bool)
	var candidates []ingest.Candidate
	var at []int
	for i, b := range bundles {
		if faults[i] != nil {
			continue
		}
		hosted, asked := hosts[b.DID]
		if !asked {
			var err error
			if hosted, err = f.hosts(ctx, b.DID); err != nil {
				return nil, err
			}
			hosts[b.DID] = hosted
		}
		if !hosted {
			faults[i] = xrpc.Errorf(http.StatusForbidden, "NotHosted", "%s neither has its home nor an account here", b.DID)
			continue
		}
		candidates, at = append(candidates, ingest.Candidate{Origin: ingest.Local, From: from, Bundle: b}), append(at, i)
	}
	results := make([]putResult, len(bundles))
	if len(candidates) > 0 {
		admitted, err := f.cfg.Door.Submit(ctx, candidates)
		if err != nil {
			return nil, err
		}
		for j, r := range admitted {
			faults[at[j]] = r.Err
			results[at[j]].take(r)
		}
	}
	for i := range results {
		f.describe(ctx, &results[i], bundles[i], faults[i])
	}
	return results, nil
}

// take notes the door's verdict.
func (r *putResult) take(verdict ingest.Result) {
	r.Status = verdict.Status.String()
	if verdict.Remark != nil {
		r.Remark = verdict.Remark.Error()
	}
}

// hosts says whether this server keeps records for an identity.
func (f *Face) hosts(ctx context.Context, did identity.DID) (bool, error) {
	_, err := f.cfg.Sessions.Account(ctx, did)
	if err == nil {
		return true, nil
	}
	if err != session.ErrNoAccount {
		return false, err
	}
	if did.ChainID() != f.cfg.ChainID {
		return false, nil
	}
	id, err := f.cfg.Identities.Identity(ctx, did)
	return err == nil && id.Home.Server != 0 && id.Home.Server == f.cfg.Server(), err
}

func (f *Face) describe(ctx context.Context, r *putResult, b *record.Bundle, fault error) {
	if r.Status == "" {
		r.Status = ingest.Refused.String()
	}
	if b != nil {
		r.ID, r.CID, r.URI = b.ID.String(), cidText(b.CID), f.uri(ctx, b.DID, b.Path)
	}
	if fault != nil {
		r.Error, r.Message = code(fault)
	}
}

// uri names the record as values do, by AT name; before the binding is known,
// by did:ethr.
func (f *Face) uri(ctx context.Context, did identity.DID, p record.Path) string {
	authority := string(did)
	if a, err := f.cfg.Sessions.Account(ctx, did); err == nil {
		authority = string(a.Name)
	} else if a, err := f.named(ctx, did); err == nil {
		authority = a.Authority()
	}
	return "at://" + authority + "/" + p.String()
}

// single answers the fault of the only bundle as an error of its own.
func (f *Face) single(r putResult, fault error) error {
	err := public(fault)
	if e, ok := err.(*xrpc.Error); ok && e.Status < 500 && e.Status != http.StatusForbidden && e.Status != http.StatusRequestEntityTooLarge {
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
