package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/journal"
	"metanet/node/personal"
)

func (n *Node) openCarrier(context.Context) error {
	c := carrying{n}
	n.carrier = carry.New(carry.Config{
		Store: n.store, Blobs: n.blobs, Space: n.store.Space("carry"), Dir: n.home.path("imports"), Door: n.door, Skew: identity.DefaultParams().Skew,
		Identities: moving{n}, Hosted: moving{n}, Accounts: c, Parts: []carry.Part{settingsPart{n}, mutesPart{n.views.personal}, decisionsPart{n}},
		Network: n.anchor.contracts.Network(), Clock: n.clock, Server: n.serverID, Domain: n.state.Domain,
		Now: time.Now, Logger: n.log.With("part", "carry"),
	})
	return nil
}

// carrying answers what an import asks of accounts and the index.
type carrying struct{ *Node }

func (c carrying) Binding(ctx context.Context, did identity.DID) (identity.ATName, []byte, error) {
	a, err := c.sessions.Account(ctx, did)
	return a.Name, a.Binding, err
}

// Find: alice@example.org is alice.example.org, which is how a server of this
// network names its people.
func (c carrying) Find(ctx context.Context, user, domain string) (identity.ATName, error) {
	handle, err := syntax.ParseHandle(user + "." + domain)
	if err != nil {
		return "", nil // nobody can be called that here
	}
	a, err := c.index.Actor(ctx, string(handle.Normalize()))
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return "", nil
	}
	if err != nil || !a.HandleOK() {
		return "", err
	}
	return a.Name, nil
}

func (c carrying) Has(ctx context.Context, did identity.DID, collection syntax.NSID, name identity.ATName) (bool, error) {
	other, known, err := c.index.DIDOf(name)
	if err != nil || !known {
		return false, err
	}
	v, err := c.index.ActorViewer(ctx, did, other)
	if collection == "app.bsky.graph.block" {
		return v.Blocking != "", err
	}
	return v.Following != "", err
}

// settingsPart is what this server keeps of an account besides records. Secrets
// (tokens, credentials, keys) are not in it: they mean nothing elsewhere.
type settingsPart struct{ *Node }

func (settingsPart) Name() string { return "settings" }

func (p settingsPart) Export(ctx context.Context, did identity.DID) ([][]byte, error) {
	a, err := p.sessions.Account(ctx, did)
	if err != nil {
		return nil, err
	}
	id, err := p.anchor.follower.Identity(ctx, did)
	if err != nil {
		return nil, err
	}
	binding, err := record.ValueToJSON(a.Binding)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(map[string]any{
		"did": a.DID, "atName": a.Name, "handle": a.Handle, "createdAt": a.Created.UTC(), "formerHandles": a.Former,
		"binding": json.RawMessage(binding), "server": p.state.Domain, "home": id.Home,
	})
	return [][]byte{b}, err
}

// Import keeps nothing: what the other server said of the account, this one knows by
// itself or from the chain.
func (settingsPart) Import(context.Context, identity.DID, []byte) error { return nil }

// mutesPart is whom a person has muted.
type mutesPart struct{ personal *personal.Personal }

func (mutesPart) Name() string { return "mutes" }

// mutes is one document. Names are those by which values name people.
type mutes struct {
	Muted []syntax.DID `json:"muted"`
}

// mutesAtOnce is how many people one document names: far from archive.MaxDocument.
const mutesAtOnce = 500

func (p mutesPart) Export(_ context.Context, did identity.DID) (documents [][]byte, err error) {
	muted, err := p.personal.Muted(did)
	if err != nil {
		return nil, err
	}
	for names := range slices.Chunk(slices.Sorted(maps.Keys(muted)), mutesAtOnce) {
		var m mutes
		for _, name := range names {
			m.Muted = append(m.Muted, syntax.DID(name))
		}
		b, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		documents = append(documents, b)
	}
	return documents, nil
}

// Import adds to whom the person has muted here.
func (p mutesPart) Import(_ context.Context, did identity.DID, document []byte) error {
	var m mutes
	if err := json.Unmarshal(document, &m); err != nil {
		return fmt.Errorf("%w: %w", carry.ErrDocument, err)
	}
	names := make([]string, len(m.Muted))
	for i, name := range m.Muted {
		names[i] = name.String()
	}
	err := p.personal.Mute(did, names...)
	if errors.Is(err, personal.ErrTooMany) {
		return fmt.Errorf("%w: %w", carry.ErrDocument, err)
	}
	return err
}

// decisionsPart is what this server's operator has decided about an account.
type decisionsPart struct{ *Node }

func (decisionsPart) Name() string { return "moderation" }

// decisionPage is how many entries of the journal are read at a time.
const decisionPage = 1000

func (p decisionsPart) Export(ctx context.Context, did identity.DID) (documents [][]byte, err error) {
	name, _, err := carrying(p).Binding(ctx, did)
	if err != nil {
		return nil, err
	}
	for after := uint64(0); ; {
		page, err := p.journal.Page(after, decisionPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if after = e.Number; !isAbout(e, did, name) {
				continue
			}
			b, err := json.Marshal(e)
			if err != nil {
				return nil, err
			}
			documents = append(documents, b)
		}
		if len(page) < decisionPage {
			return documents, nil
		}
	}
}

// Import keeps nothing: another operator's decisions are no rule here.
func (decisionsPart) Import(context.Context, identity.DID, []byte) error { return nil }

// isAbout says whether a decision is about an identity or a record of its.
func isAbout(e journal.Entry, did identity.DID, name identity.ATName) bool {
	subject := strings.TrimPrefix(e.Subject, "at://")
	authority, _, _ := strings.Cut(subject, "/")
	return authority == string(did) || name != "" && authority == string(name)
}
