package atproto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/plc"
	"metanet/node/ingest"
	"metanet/node/xrpc"
)

const (
	collectionPost    = syntax.NSID("app.bsky.feed.post")
	collectionProfile = syntax.NSID("app.bsky.actor.profile")
)

// bindingPath is where an identity keeps the genesis operation of its AT name.
var bindingPath = record.Path{Collection: plc.Collection, Key: plc.RecordKey}

type createInput struct {
	Repo       string          `json:"repo"`
	Collection syntax.NSID     `json:"collection"`
	Rkey       string          `json:"rkey"`
	Validate   *bool           `json:"validate"`
	Record     json.RawMessage `json:"record"`
	SwapCommit *string         `json:"swapCommit"`
}

type putInput struct {
	createInput
	SwapRecord optionalCID `json:"swapRecord"`
}

type deleteInput struct {
	Repo       string      `json:"repo"`
	Collection syntax.NSID `json:"collection"`
	Rkey       string      `json:"rkey"`
	SwapRecord optionalCID `json:"swapRecord"`
	SwapCommit *string     `json:"swapCommit"`
}

// optionalCID tells "absent" (anything may be there) from null (nothing may be
// there), as swapRecord needs.
type optionalCID struct {
	given bool
	cid   cid.Cid // Undef for null
}

func (o *optionalCID) UnmarshalJSON(b []byte) error {
	o.given = true
	if string(b) == "null" {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	c, err := cid.Decode(text)
	if err != nil {
		return errors.New("swapRecord is not a CID")
	}
	o.cid = c
	return nil
}

type writeOutput struct {
	URI              syntax.ATURI `json:"uri"`
	CID              string       `json:"cid"`
	ValidationStatus string       `json:"validationStatus,omitempty"`
}

func (f *Face) createRecord(ctx context.Context, c *xrpc.Call, in createInput) (writeOutput, error) {
	if in.Rkey == "" {
		in.Rkey = string(f.cfg.Clock.Next())
	}
	return f.write(ctx, c.Principal, in, func(present *store.Stored) error {
		if present != nil {
			return xrpc.Errorf(http.StatusConflict, "RecordAlreadyExists", "there is a record under that key; putRecord replaces it")
		}
		return nil
	})
}

func (f *Face) putRecord(ctx context.Context, c *xrpc.Call, in putInput) (writeOutput, error) {
	return f.write(ctx, c.Principal, in.createInput, in.SwapRecord.check)
}

// check compares what the caller believes to be there with what is.
func (o optionalCID) check(present *store.Stored) error {
	is := cid.Undef
	if present != nil {
		is = present.Bundle.CID
	}
	if o.given && !is.Equals(o.cid) {
		return xrpc.BadRequest("InvalidSwap", "the record isn't the one named by swapRecord")
	}
	return nil
}

// write puts a value under a path: checked, salted, signed and through the door.
func (f *Face) write(ctx context.Context, p xrpc.Principal, in createInput, allowed func(*store.Stored) error) (writeOutput, error) {
	path, err := f.target(ctx, p, in.Repo, in.Collection, in.Rkey, in.SwapCommit)
	if err != nil {
		return writeOutput{}, err
	}
	value, err := f.value(ctx, path, in.Record)
	if err != nil {
		return writeOutput{}, public(err)
	}
	status, err := f.validate(path, value, in.Validate)
	if err != nil {
		return writeOutput{}, err
	}
	defer f.writing.lock(p.DID)()
	if err := f.submit(ctx, p, path, value, allowed); err != nil {
		return writeOutput{}, public(err)
	}
	return writeOutput{index.URI(string(p.Name), path), record.Sum(value).String(), status}, nil
}

// deleteRecord is idempotent: what isn't there needs no tombstone.
func (f *Face) deleteRecord(ctx context.Context, c *xrpc.Call, in deleteInput) (xrpc.None, error) {
	p := c.Principal
	path, err := f.target(ctx, p, in.Repo, in.Collection, in.Rkey, in.SwapCommit)
	if err != nil {
		return xrpc.None{}, err
	}
	if path == bindingPath {
		return xrpc.None{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "without this record nobody could tell whose the others are")
	}
	defer f.writing.lock(p.DID)()
	err = f.submit(ctx, p, path, nil, func(present *store.Stored) error {
		if err := in.SwapRecord.check(present); err != nil {
			return err
		}
		if present == nil {
			return errNothingToDo
		}
		return nil
	})
	if err == errNothingToDo {
		err = nil
	}
	return xrpc.None{}, public(err)
}

// errNothingToDo ends a write that would change nothing.
var errNothingToDo = errors.New("atproto: nothing to do")

// target checks that the repository is the caller's own and the path is one.
func (f *Face) target(ctx context.Context, p xrpc.Principal, repo string, collection syntax.NSID, rkey string, swapCommit *string) (record.Path, error) {
	if swapCommit != nil {
		return record.Path{}, xrpc.BadRequest("InvalidSwap", "this server has no repository commits to compare with; use swapRecord")
	}
	if repo != string(p.DID) && repo != string(p.Name) {
		a, err := f.cfg.Index.Actor(ctx, repo)
		if err != nil && !errors.Is(err, index.ErrNotFound) && !errors.Is(err, index.ErrInvalidIdentifier) {
			return record.Path{}, err
		}
		if err != nil || a.DID != p.DID {
			return record.Path{}, xrpc.Errorf(http.StatusForbidden, xrpc.CodeForbidden, "that is not your repository")
		}
	}
	path, err := record.ParsePath(string(collection) + "/" + rkey)
	if err != nil {
		return record.Path{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "collection and rkey do not name a record")
	}
	return path, nil
}

// value makes the canonical bytes of what a client sent: its $type is the
// collection, its blobs are here, and it carries a salt.
func (f *Face) value(ctx context.Context, path record.Path, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return nil, xrpc.BadRequest(xrpc.CodeInvalidRequest, "record is missing")
	}
	tree, err := record.ParseJSON(raw)
	if err != nil {
		return nil, err
	}
	switch typ := tree["$type"]; typ {
	case nil:
		tree["$type"] = string(path.Collection) // as AT's reference server does
	case string(path.Collection):
	default:
		return nil, xrpc.BadRequest("InvalidRecord", "$type must equal the collection, %s", path.Collection)
	}
	if path != bindingPath { // whose every byte has its meaning
		if err := splitLongText(tree); err != nil {
			return nil, err
		}
		if salt, ok := tree[record.FieldSalt].([]byte); !ok || len(salt) != record.SaltSize {
			tree[record.FieldSalt] = record.NewSalt()
		}
	}
	delete(tree, record.FieldDAG) // ours to say: from the blobs as they are held
	value, err := record.EncodeValue(tree)
	if err != nil {
		return nil, err
	}
	dags, err := f.checkBlobs(ctx, record.Inspect(value).Blobs)
	if err != nil || len(dags) == 0 {
		return value, err
	}
	tree[record.FieldDAG] = dags
	return record.EncodeValue(tree)
}

// splitLongText keeps the whole of a long post in our own field and what AT
// software shows in text. Facets point into text by byte, so a post that has
// some is left for its client to split.
func splitLongText(tree map[string]any) error {
	text, ok := tree["text"].(string)
	if !ok || tree["$type"] != string(collectionPost) || tree["facets"] != nil || tree[record.FieldFullText] != nil {
		return nil
	}
	short, full, err := record.SplitText(text)
	if err != nil || full == "" {
		return err
	}
	tree["text"], tree[record.FieldFullText] = short, full
	return nil
}

// validate says what the published schemas think. validate=false asks to skip
// that, which is granted for types nobody here knows, not for known ones: the
// door holds local writers to them.
func (f *Face) validate(path record.Path, value []byte, wanted *bool) (string, error) {
	err := f.cfg.Schemas.Check(path, value)
	switch {
	case err == nil:
		return "valid", nil
	case !errors.Is(err, record.ErrUnknownType):
		return "", xrpc.BadRequest("InvalidRecord", "%s", err.Error()).WithCause(err)
	case wanted != nil && *wanted:
		return "", xrpc.BadRequest("InvalidRecord", "no schema of %s is known here", path.Collection)
	}
	return "unknown", nil
}

// submit signs and admits, the binding of the AT name first if nobody has it
// yet: the values name their author by it.
func (f *Face) submit(ctx context.Context, p xrpc.Principal, path record.Path, value []byte, allowed func(*store.Stored) error) error {
	present, err := f.present(ctx, p.DID, path)
	if err != nil {
		return err
	}
	if err := allowed(present); err != nil {
		return err
	}
	signer, err := f.cfg.Hosted.Signer(ctx, p.DID)
	if err != nil {
		return err
	}
	var candidates []ingest.Candidate
	add := func(path record.Path, value []byte, over *store.Stored) error {
		b, err := record.Sign(f.cfg.Network, p.DID, path, f.rev(over), value, signer)
		candidates = append(candidates, ingest.Candidate{Origin: ingest.Local, From: string(p.DID), Bundle: b})
		return err
	}
	if path != bindingPath {
		if err := f.bindFirst(ctx, p, add); err != nil {
			return err
		}
	}
	if err := add(path, value, present); err != nil {
		return err
	}
	results, err := f.cfg.Door.Submit(ctx, candidates)
	if err != nil {
		return err
	}
	return firstFault(results)
}

func (f *Face) bindFirst(ctx context.Context, p xrpc.Principal, add func(record.Path, []byte, *store.Stored) error) error {
	bound, err := f.present(ctx, p.DID, bindingPath)
	if err != nil || bound != nil {
		return err
	}
	a, err := f.cfg.Sessions.Account(ctx, p.DID)
	if err != nil {
		return err
	}
	return add(bindingPath, a.Binding, nil)
}

// present is what people see under a path, nil if nothing.
func (f *Face) present(ctx context.Context, did identity.DID, path record.Path) (*store.Stored, error) {
	s, err := f.cfg.Index.Record(ctx, did, path)
	if errors.Is(err, index.ErrNotFound) {
		return nil, nil
	}
	return s, err
}

// rev is the time of this write: now, or just after what it replaces, should
// that have been signed by a device whose clock is ahead (the door allows ten
// minutes).
func (f *Face) rev(over *store.Stored) syntax.TID {
	now := f.cfg.Clock.Next()
	if over == nil || now > over.Bundle.Rev {
		return now
	}
	return syntax.NewTIDFromInteger(over.Bundle.Rev.Integer() + 1<<10) // the next microsecond: ten bits are the clock's id
}

// firstFault is the reason why any of the candidates didn't become visible.
func firstFault(results []ingest.Result) error {
	for _, r := range results {
		switch r.Status {
		case ingest.Admitted, ingest.Duplicate:
		case ingest.Superseded:
			return xrpc.Errorf(http.StatusConflict, "Superseded", "a later record was written meanwhile")
		default:
			if r.Err == nil {
				return fmt.Errorf("atproto: a record is %s without a reason", r.Status)
			}
			return r.Err
		}
	}
	return nil
}
