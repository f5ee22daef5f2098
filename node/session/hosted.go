package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"metanet/identity"
	"metanet/identity/keyring"
)

// ErrHostedKey is answered by Hosted.Signer while the chain shows no live key of
// the identity that this server keeps: the wallet has yet to authorise one, has
// revoked it, or has moved its home elsewhere.
var ErrHostedKey = errors.New("session: the hosted key is not authorised on-chain")

// KeyHistory tells what the chain says of a key, as far as this node has
// followed it; found is false for a key that was never authorised.
type KeyHistory interface {
	Key(ctx context.Context, did identity.DID, key identity.Key) (rec identity.KeyRecord, found bool, err error)
}

// Hosted picks among the Ed25519 keys that the ring keeps for an identity. The
// ring doesn't know the chain and the chain doesn't know what we keep; which
// key is to be authorised, and which may sign, follows from both.
type Hosted struct {
	ring  *keyring.Ring
	chain KeyHistory
	now   func() time.Time

	mu sync.Mutex // two callers must not make two keys
}

// NewHosted returns the hosted keys of ring, judged by what chain says.
func NewHosted(ring *keyring.Ring, chain KeyHistory, now func() time.Time) *Hosted {
	return &Hosted{ring: ring, chain: chain, now: now}
}

// Key is the key that the identity's wallet should authorise, or has: the live
// one if there is one, else one the chain hasn't seen, made if need be. A key
// that has ended is never offered again, as the contract would refuse it.
func (h *Hosted) Key(ctx context.Context, did identity.DID) (key identity.Key, authorised bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	live, fresh, err := h.pick(ctx, did)
	switch {
	case err != nil:
		return identity.Key{}, false, err
	case live != nil:
		return *live, true, nil
	case fresh != nil:
		return *fresh, false, nil
	}
	made, err := h.ring.NewHosted(ctx, did)
	if err != nil {
		return identity.Key{}, false, fmt.Errorf("session: hosted key: %w", err)
	}
	return made.Public(), false, nil
}

// Signer is the live key, ready to sign, or ErrHostedKey.
func (h *Hosted) Signer(ctx context.Context, did identity.DID) (*keyring.HostedKey, error) {
	live, _, err := h.pick(ctx, did)
	if err != nil {
		return nil, err
	}
	if live == nil {
		return nil, ErrHostedKey
	}
	signer, err := h.ring.Hosted(ctx, did, *live)
	if err != nil {
		return nil, fmt.Errorf("session: hosted key: %w", err)
	}
	return signer, nil
}

// pick finds the live key added last, and a key the chain hasn't seen.
func (h *Hosted) pick(ctx context.Context, did identity.DID) (live, fresh *identity.Key, err error) {
	keys, err := h.ring.HostedKeys(ctx, did)
	if err != nil {
		return nil, nil, fmt.Errorf("session: hosted keys: %w", err)
	}
	var addedAt uint64
	for _, key := range keys {
		rec, found, err := h.chain.Key(ctx, did, key)
		if err != nil {
			return nil, nil, fmt.Errorf("session: hosted keys: %w", err)
		}
		switch {
		case !found:
			fresh = &key
		case rec.Live(h.now()) && (live == nil || rec.AddedAt >= addedAt):
			live, addedAt = &key, rec.AddedAt
		}
	}
	return live, fresh, nil
}
