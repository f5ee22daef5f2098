package facetest

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/carry"
)

// Carrier is a Carrier over the World, whose imports are read until the test ends.
func (w *World) Carrier(parts ...carry.Part) *carry.Carrier {
	w.t.Helper()
	c := carry.New(carry.Config{
		Store: w.DB, Blobs: w.Blobs, Space: w.DB.Space("carry"), Dir: filepath.Join(w.t.TempDir(), "imports"), Door: w.Door,
		Skew:       identity.DefaultParams().Skew,
		Identities: carrying{w}, Hosted: carrying{w}, Accounts: carrying{w}, Parts: parts, Network: w.Network, Clock: w.Clock,
		Server: func() uint64 { return ServerID }, Domain: Domain, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	w.t.Cleanup(func() { cancel(); <-done })
	return c
}

// carrying answers a Carrier from what the World has.
type carrying struct{ *World }

func (c carrying) Keys(_ context.Context, did identity.DID) ([]identity.KeyRecord, uint64, error) {
	return c.Chain.Keys(did), c.Chain.Home(did), nil
}

func (c carrying) Signer(ctx context.Context, did identity.DID) (record.Signer, error) {
	key, err := c.Hosted.Signer(ctx, did)
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (c carrying) Binding(ctx context.Context, did identity.DID) (identity.ATName, []byte, error) {
	a, err := c.Sessions.Account(ctx, did)
	return a.Name, a.Binding, err
}

func (c carrying) Find(ctx context.Context, user, domain string) (identity.ATName, error) {
	a, err := c.Index.Actor(ctx, user+"."+domain)
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrInvalidIdentifier) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return a.Name, nil
}

func (c carrying) Has(ctx context.Context, did identity.DID, _ syntax.NSID, name identity.ATName) (bool, error) {
	other, known, err := c.Index.DIDOf(name)
	if err != nil || !known {
		return false, err
	}
	v, err := c.Index.ActorViewer(ctx, did, other)
	return v.Following != "", err
}
