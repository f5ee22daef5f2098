// Package facetest gives tests of the faces a whole node without network and
// chain: the real store, index, blobs, keyring, sessions and door, under a chain
// whose owners and keys the test sets. Only tests import it.
package facetest

import (
	"context"
	"crypto/ecdsa"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/identity/siwe"
	"metanet/node/ingest"
	"metanet/node/native"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// What every World is.
const (
	ChainID       = 0x7a69
	ServerID      = 7
	Domain        = "example.org"
	Origin        = "https://example.org"
	OperatorToken = "operator-token"
)

// Chain is what the chain shows.
type Chain struct {
	mu     sync.Mutex
	owners map[identity.DID]identity.Address
	homes  map[identity.DID]uint64
	keys   map[identity.DID][]identity.KeyRecord
}

// OwnerOf implements session.Owners.
func (c *Chain) OwnerOf(_ context.Context, did identity.DID) (identity.Address, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.owners[did]; ok {
		return a, nil
	}
	return did.Address(), nil
}

// Key implements ingest.Keys and session.KeyHistory.
func (c *Chain) Key(_ context.Context, did identity.DID, key identity.Key) (identity.KeyRecord, bool, error) {
	for _, k := range c.Keys(did) {
		if k.Key == key {
			return k, true, nil
		}
	}
	return identity.KeyRecord{}, false, nil
}

// Keys is all keys of an identity.
func (c *Chain) Keys(did identity.DID) []identity.KeyRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]identity.KeyRecord(nil), c.keys[did]...)
}

// Home is an identity's home server, 0 if none.
func (c *Chain) Home(did identity.DID) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.homes[did]
}

// SetOwner changes who owns an identity.
func (c *Chain) SetOwner(did identity.DID, a identity.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owners[did] = a
}

// SetHome moves an identity.
func (c *Chain) SetHome(did identity.DID, server uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.homes[did] = server
}

// Authorise adds a key an hour ago.
func (c *Chain) Authorise(did identity.DID, key identity.Key, p identity.Purpose) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys[did] = append(c.keys[did], identity.KeyRecord{Key: key, Purpose: p, AddedAt: uint64(time.Now().Add(-time.Hour).Unix()), AddedBlock: 1})
}

// End revokes a key now.
func (c *Chain) End(did identity.DID, key identity.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.keys[did] {
		if c.keys[did][i].Key == key {
			c.keys[did][i].EndedAt = uint64(time.Now().Unix())
		}
	}
}

// Revoke is End by the owner's word.
func (c *Chain) Revoke(did identity.DID, key identity.Key) {
	c.End(did, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.keys[did] {
		if c.keys[did][i].Key == key {
			c.keys[did][i].Revoked = true
		}
	}
}

// World is one node's inside. Its clock is the real one, since record keys and
// revs come from it.
type World struct {
	t        testing.TB
	DB       *store.DB
	Index    *index.Index
	Blobs    *blob.Store
	Schemas  *record.Catalog
	Ring     *keyring.Ring
	Chain    *Chain
	Sessions *session.Sessions
	Hosted   *session.Hosted
	Door     *ingest.Door
	Clock    *syntax.TIDClock
	Network  identity.Network
	XRPC     *xrpc.Server
	HTTP     *httptest.Server // serves XRPC on loopback
}

// New makes a World that ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, Clock: syntax.NewTIDClock(1), Chain: &Chain{
		owners: map[identity.DID]identity.Address{}, homes: map[identity.DID]uint64{}, keys: map[identity.DID][]identity.KeyRecord{},
	}}
	w.Network = identity.NewNetwork(ChainID, [32]byte{1}, identity.Address{2})
	w.openContent()
	w.openSessions()
	w.openDoor()
	w.serve()
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) openContent() {
	var err error
	w.DB, err = store.Open("", store.Options{InMemory: true})
	w.must(err)
	w.t.Cleanup(func() { w.DB.Close() })
	w.Index, w.Blobs = index.New(w.DB), blob.New(w.DB, blob.Options{})
	w.Schemas, err = record.NewCatalog()
	w.must(err)
}

func (w *World) openSessions() {
	var err error
	w.Ring, err = keyring.Open(w.t.TempDir(), w.DB.Space("keyring"))
	w.must(err)
	w.Hosted = session.NewHosted(w.Ring, w.Chain, time.Now)
	w.Sessions, err = session.New(session.Config{
		KV: w.DB.Space("session"), Owners: w.Chain, Directory: session.Indexed{Index: w.Index}, Ring: w.Ring,
		ChainID: ChainID, Origins: []string{Origin}, Domain: Domain, Service: Origin,
		OnAccount: func(ctx context.Context, a session.Account) error {
			return w.Index.SetHandle(ctx, a.DID, a.Handle, index.HandleValid)
		},
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	w.must(err)
}

func (w *World) openDoor() {
	w.Door = ingest.New(ingest.Config{
		Network: w.Network, ChainID: ChainID, Params: identity.DefaultParams(), Keys: w.Chain, Store: w.DB,
		Schemas: w.Schemas, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Door.Run(ctx)
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

func (w *World) serve() {
	var err error
	w.XRPC, err = xrpc.New(xrpc.Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Auth: native.Authenticator(w.Sessions), OperatorToken: OperatorToken,
	})
	w.must(err)
	w.HTTP = httptest.NewServer(w.XRPC)
	w.t.Cleanup(w.HTTP.Close)
	w.t.Cleanup(w.XRPC.Close)
}

// Wallet is a person's.
type Wallet struct {
	key     *ecdsa.PrivateKey
	Address identity.Address
	DID     identity.DID
}

// NewWallet makes a wallet.
func (w *World) NewWallet() Wallet {
	w.t.Helper()
	key, err := crypto.GenerateKey()
	w.must(err)
	a := identity.Address(crypto.PubkeyToAddress(key.PublicKey))
	return Wallet{key, a, identity.NewDID(ChainID, a)}
}

// Sign is personal_sign.
func (u Wallet) Sign(t testing.TB, message string) []byte {
	t.Helper()
	m, err := siwe.Parse(message)
	if err != nil {
		t.Fatal(err)
	}
	hash := m.Hash()
	sig, err := crypto.Sign(hash[:], u.key)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return sig
}

// SignIn signs a wallet in, without going through HTTP.
func (w *World) SignIn(u Wallet, handle string) session.Grant {
	w.t.Helper()
	ctx := context.Background()
	ch, err := w.Sessions.Challenge(ctx, session.ChallengeRequest{Address: u.Address})
	w.must(err)
	g, err := w.Sessions.SignIn(ctx, session.SignInRequest{Message: ch.Message, Signature: u.Sign(w.t, ch.Message), Handle: handle})
	w.must(err)
	return g
}

// Person is somebody who is signed in and whose hosted key is authorised.
type Person struct {
	Wallet
	session.Grant
	Hosted identity.Key
}

// NewPerson signs somebody in and has the wallet authorise the hosted key.
func (w *World) NewPerson(handle string) Person {
	w.t.Helper()
	u := w.NewWallet()
	g := w.SignIn(u, handle)
	key, _, err := w.Hosted.Key(context.Background(), u.DID)
	w.must(err)
	w.Chain.Authorise(u.DID, key, identity.PurposeHosted)
	w.Chain.SetHome(u.DID, ServerID)
	return Person{u, g, key}
}
