package atproto

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/identity"
	"metanet/identity/diddoc"
	"metanet/identity/plc"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// Chain reads what the chain says of an identity, as the did:ethr method does. It
// may fail with ErrChain.
type Chain interface {
	Document(ctx context.Context, did identity.DID) (doc diddoc.Document, deactivated bool, err error)
}

// ErrChain: the chain cannot be read now.
var ErrChain = errors.New("atproto: the chain cannot be read")

func (f *Face) registerDIDs(s *xrpc.Server) {
	xrpc.Query(s, xrpc.Route{NSID: "com.atproto.identity.resolveDid", Budget: f.cfg.Budgets.Resolve}, f.resolveDID)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{Path: "/1.0/identifiers/{did}", Budget: f.cfg.Budgets.Resolve}, f.identifiers)
	xrpc.Raw(s, http.MethodGet, xrpc.Route{Path: "/.well-known/did.json"}, f.webDID)
}

type resolveDIDParams struct {
	DID string `param:"did,required"`
}

type resolveDIDOutput struct {
	Doc diddoc.Document `json:"didDoc"`
}

func (f *Face) resolveDID(ctx context.Context, _ *xrpc.Call, p resolveDIDParams) (resolveDIDOutput, error) {
	doc, deactivated, err := f.document(ctx, p.DID)
	if err == nil && deactivated {
		err = notFound("DidDeactivated", "the identity was ended by its owner")
	}
	return resolveDIDOutput{doc}, err
}

// The media types of a DID document (DID 1.0, section 6) and of a whole resolution
// result (DID Resolution 0.3, "Bindings", HTTP(S)).
const (
	mediaDID       = "application/did+ld+json"
	mediaDIDJSON   = "application/did+json"
	profileOfDIDs  = "https://w3id.org/did-resolution"
	mediaResultNew = "application/did-resolution"
)

// resolution is a whole resolution result.
type resolution struct {
	Context  string             `json:"@context"`
	Document diddoc.Document    `json:"didDocument"`
	Metadata resolutionMetadata `json:"didResolutionMetadata"`
	About    documentMetadata   `json:"didDocumentMetadata"`
}

type resolutionMetadata struct {
	ContentType string `json:"contentType"`
}

type documentMetadata struct {
	Deactivated bool `json:"deactivated,omitempty"`
}

// identifiers is the HTTP binding of DID resolution: GET /1.0/identifiers/<did>.
func (f *Face) identifiers(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	doc, deactivated, err := f.document(r.Context(), r.PathValue("did"))
	if err != nil {
		return err
	}
	status := http.StatusOK
	if deactivated {
		status = http.StatusGone // ibid.: "If the DID has been deactivated"
	}
	media, params, _ := mime.ParseMediaType(strings.Split(r.Header.Get("Accept"), ",")[0])
	if media == mediaResultNew || media == "application/ld+json" && params["profile"] == profileOfDIDs {
		return write(w, media, status, resolution{
			Context: "https://w3id.org/did-resolution/v1", Document: doc,
			Metadata: resolutionMetadata{mediaDID}, About: documentMetadata{deactivated},
		})
	}
	if media == mediaDIDJSON {
		doc.Context = nil
	} else {
		media = mediaDID
	}
	return write(w, media, status, doc)
}

func write(w http.ResponseWriter, media string, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	w.Write(body) // the caller may be gone
	return nil
}

// document is the DID document of any of an identity's names.
func (f *Face) document(ctx context.Context, text string) (diddoc.Document, bool, error) {
	if did, err := identity.ParseDID(text); err == nil {
		return f.ethrDocument(ctx, did)
	}
	if host, ok := strings.CutPrefix(text, "did:web:"); ok {
		doc, err := f.webDocument(ctx, strings.ReplaceAll(host, "%3A", ":"))
		return doc, false, err
	}
	name, err := identity.ParseATName(text)
	if err != nil {
		return diddoc.Document{}, false, xrpc.BadRequest(xrpc.CodeInvalidRequest, "did must be a did:ethr of this chain, a did:plc, or a did:web of this server")
	}
	a, err := f.cfg.Index.Actor(ctx, string(name))
	if errors.Is(err, index.ErrNotFound) {
		return diddoc.Document{}, false, errNoDID
	}
	if err != nil {
		return diddoc.Document{}, false, err
	}
	op, err := f.operation(ctx, a)
	if op == nil || err != nil {
		return diddoc.Document{}, false, errors.Join(err, errNoDID)
	}
	return diddoc.PLC(op, a.Claimed), false, nil
}

var errNoDID = notFound("DidNotFound", "nothing is known here of that DID")

// ethrDocument is what any did:ethr resolver reads from the chain, and beside it
// the other names, which the chain does not know.
func (f *Face) ethrDocument(ctx context.Context, did identity.DID) (diddoc.Document, bool, error) {
	if did.ChainID() != f.cfg.ChainID {
		return diddoc.Document{}, false, xrpc.BadRequest("WrongChain", "%s lives on another chain", did)
	}
	doc, deactivated, err := f.cfg.Chain.Document(ctx, did)
	if err != nil || deactivated {
		return doc, deactivated, public(err)
	}
	a, err := f.cfg.Index.Actor(ctx, string(did))
	if errors.Is(err, index.ErrNotFound) {
		return doc, false, nil
	}
	if err != nil {
		return doc, false, err
	}
	if a.Name != "" {
		doc.AlsoKnownAs = append(doc.AlsoKnownAs, string(a.Name))
	}
	if a.HandleOK() {
		doc.AlsoKnownAs = append(doc.AlsoKnownAs, "at://"+string(a.Handle))
		owner, ours, err := f.cfg.Sessions.HandleOwner(ctx, a.Handle)
		if err != nil {
			return doc, false, err
		}
		if ours && owner == did {
			doc.AlsoKnownAs = append(doc.AlsoKnownAs, "did:web:"+string(a.Handle))
		}
	}
	return doc, false, nil
}

// operation is the genesis operation of an identity's AT name, nil if it has none
// that counts.
func (f *Face) operation(ctx context.Context, a *index.Actor) (*plc.Operation, error) {
	s, err := f.present(ctx, a.DID, bindingPath)
	if err != nil || s == nil {
		return nil, err
	}
	return plc.ParseValue(s.Bundle.Value)
}

// webDID is /.well-known/did.json: of whom the request's host name names.
func (f *Face) webDID(w http.ResponseWriter, r *http.Request, _ *xrpc.Call) error {
	doc, err := f.webDocument(r.Context(), strings.ToLower(r.Host))
	if err != nil {
		return err
	}
	return write(w, mediaDID, http.StatusOK, doc)
}

// webDocument is the did:web document of the server or of a handle that it gave
// out. Only localhost may have a port (atproto.com/specs/did, "Blessed DID Methods").
func (f *Face) webDocument(ctx context.Context, hostport string) (diddoc.Document, error) {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	switch host {
	case f.cfg.Domain:
		return diddoc.WebServer(host, f.cfg.Origin), nil
	case "localhost":
		return diddoc.WebServer(hostport, f.cfg.Origin), nil
	}
	h, err := syntax.ParseHandle(host)
	if err != nil {
		return diddoc.Document{}, errNoDID
	}
	did, ours, err := f.cfg.Sessions.HandleOwner(ctx, h)
	if err != nil {
		return diddoc.Document{}, err
	}
	if !ours {
		return diddoc.Document{}, errNoDID
	}
	account, err := f.cfg.Sessions.Account(ctx, did)
	if errors.Is(err, session.ErrNoAccount) {
		return diddoc.Document{}, errNoDID
	}
	if err != nil {
		return diddoc.Document{}, err
	}
	op, err := plc.ParseValue(account.Binding)
	if err != nil {
		return diddoc.Document{}, err
	}
	return diddoc.Web(op, h.Normalize()), nil
}
