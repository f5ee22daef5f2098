package native_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/native"
	"metanet/node/native/facetest"
)

type m = map[string]any

// world is a node with the native face on it; what stands behind Relay,
// Policies and Operator is the test's.
type world struct {
	*facetest.World
	t               testing.TB
	prepared        []native.Operation
	submitted       []identity.DID
	moved           []string
	pendingChange   *native.PendingChange
	pendingRecovery *native.PendingRecovery
	relayErr        error
	history         native.History
	texts           map[[32]byte][]byte
	policy          []byte
	ended           bool
	fundErr         error
	outcomes        map[string]native.Receipt
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: facetest.New(t), t: t, texts: map[[32]byte][]byte{}}
	native.New(native.Config{
		Sessions: w.Sessions, Names: w.Index, Identities: w, Relay: w, Rescue: w, Moves: mover{w}, Carrier: w.Carrier(), States: states{w.DB}, Door: w.Door, Hosted: w.Hosted, Clock: w.Clock, Feed: w.DB,
		Policies: w, Operator: w, Faucet: w,
		About:   func(context.Context) (native.About, error) { return native.About{Version: 1, Network: w.Network}, nil },
		Network: w.Network, ChainID: facetest.ChainID, Server: func() uint64 { return facetest.ServerID },
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}).Register(w.XRPC)
	return w
}

func (w *world) Identity(_ context.Context, did identity.DID) (native.Identity, error) {
	owner, err := w.Chain.OwnerOf(context.Background(), did)
	id := native.Identity{Owner: owner, Keys: w.Chain.Keys(did), Deactivated: owner.IsZero(), AsOf: native.Block{Number: 9, Time: time.Unix(1_700_000_000, 0)}}
	if len(id.Keys) > 0 {
		id.Changed = 1
	}
	id.PendingChange, id.PendingRecovery = w.pendingChange, w.pendingRecovery
	if s := w.Chain.Home(did); s != 0 {
		id.Home = native.Home{Server: s, Domain: facetest.Domain}
	}
	return id, err
}

func (w *world) Prepare(_ context.Context, op native.Operation) (json.RawMessage, time.Time, error) {
	w.prepared = append(w.prepared, op)
	return json.RawMessage(`{"primaryType":"AddKey"}`), time.Unix(1_700_000_000, 0), w.relayErr
}

func (w *world) Submit(_ context.Context, did identity.DID, _ json.RawMessage, _ []byte) (native.Receipt, error) {
	w.submitted = append(w.submitted, did)
	return native.Receipt{Operation: "op", Done: true, Tx: [32]byte{0xab}, Block: 12}, w.relayErr
}

func (w *world) Outcome(_ context.Context, _ identity.DID, operation string) (native.Receipt, error) {
	r, known := w.outcomes[operation]
	if !known {
		return r, native.ErrUnknownOperation
	}
	r.Operation = operation
	return r, nil
}

func (w *world) Policies(_ context.Context, server uint64) (native.History, error) {
	h := w.history
	h.Server = server
	return h, nil
}

func (w *world) Document(_ context.Context, digest [32]byte) ([]byte, bool, error) {
	b, found := w.texts[digest]
	return b, found, nil
}

func (w *world) Status(context.Context) (any, error) { return m{"ok": true}, nil }

func (w *world) Shutdown() { w.ended = true }

func (w *world) Checkpoint(context.Context) (any, error) {
	return map[string]string{"path": "here"}, nil
}

func (w *world) PublishPolicy(_ context.Context, yaml io.Reader) (b any, err error) {
	w.policy, err = io.ReadAll(yaml)
	return m{"version": 2}, err
}

func (w *world) Fund(context.Context, identity.Address) ([32]byte, error) {
	return [32]byte{0xcd}, w.fundErr
}

// device is a key that the server never sees.
type device struct{ key ed25519.PrivateKey }

func newDevice(t testing.TB) device {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return device{key}
}

func (d device) Public() identity.Key {
	return identity.Key(d.key.Public().(ed25519.PublicKey))
}

func (d device) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(d.key, msg), nil }

func (w *world) postValue(text string) []byte {
	w.t.Helper()
	v, err := record.EncodeValue(m{"$type": "app.bsky.feed.post", "text": text, "createdAt": time.Now().UTC().Format(syntax.AtprotoDatetimeLayout)})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) bundle(did identity.DID, d device, rev syntax.TID, value []byte) *record.Bundle {
	w.t.Helper()
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(w.Clock.Next())}
	b, err := record.Sign(w.Network, did, path, rev, value, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}
