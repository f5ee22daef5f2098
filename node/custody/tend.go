package custody

import (
	"context"
	"time"

	"metanet/identity"
	"metanet/identity/keyring"
)

const (
	// tendEvery is how soon what failed is tried again, and how late a renewal
	// may begin.
	tendEvery = time.Minute
	// patience is for one identity's turn: a transaction or two.
	patience = 5 * time.Minute
)

// Run tends the identities in custody until ctx ends.
func (c *Custody) Run(ctx context.Context) error {
	for {
		c.Tick(ctx)
		select {
		case <-time.After(tendEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// Tick does what is due for each identity. One that fails holds up no other.
func (c *Custody) Tick(ctx context.Context) {
	dids, err := c.all()
	if err != nil {
		c.log.Error("custody: identities wait", "error", err)
		return
	}
	for _, did := range dids {
		if ctx.Err() != nil {
			return
		}
		turn, cancel := context.WithTimeout(ctx, patience)
		if err := c.tend(turn, did); err != nil && ctx.Err() == nil {
			c.log.Warn("custody: an identity waits", "did", did, "error", err)
		}
		cancel()
	}
}

// tend orders what an identity needs next.
func (c *Custody) tend(ctx context.Context, did identity.DID) error {
	defer c.lock(did)()
	h, kept, err := c.kept(did)
	if err != nil || !kept {
		return err
	}
	if h.TakeOver != nil {
		return c.advance(ctx, did, h)
	}
	owner, err := c.cfg.Chain.OwnerOf(ctx, did)
	if err != nil || owner != did.Address() {
		return wrap(err) // deactivated, or given away by other means: nothing is ours to order
	}
	key, err := c.cfg.Ring.Owner(ctx, did)
	if err != nil {
		return wrap(err)
	}
	return c.keepKey(ctx, key)
}

// keepKey has the hosted key authorised, and renewed before it ends: a key that
// ended would take all that it signed out of people's sight.
func (c *Custody) keepKey(ctx context.Context, owner *keyring.OwnerKey) error {
	did, now := owner.DID(), c.cfg.Now()
	ours, err := c.cfg.Ring.HostedKeys(ctx, did)
	if err != nil {
		return wrap(err)
	}
	records, err := c.cfg.Chain.Keys(ctx, did)
	if err != nil {
		return wrap(err)
	}
	live := liveAmong(records, ours, now)
	switch {
	case live == nil:
		fresh, err := c.freshKey(ctx, did, records, ours)
		if err != nil {
			return err
		}
		return wrap(c.cfg.Relay.Enrol(ctx, owner, fresh, now.Add(KeyLifetime)))
	case DueForRenewal(*live, now):
		return wrap(c.cfg.Relay.Renew(ctx, owner, live.Key, now.Add(KeyLifetime)))
	}
	return nil
}

// DueForRenewal reports whether a key that lives should be renewed now.
func DueForRenewal(k identity.KeyRecord, now time.Time) bool {
	return k.Live(now) && k.Expiry != 0 && now.Add(RenewBefore).After(time.Unix(int64(k.Expiry), 0))
}

// liveAmong is the live one of our keys that ends last.
func liveAmong(records []identity.KeyRecord, ours []identity.Key, now time.Time) (live *identity.KeyRecord) {
	for i, r := range records {
		for _, key := range ours {
			if r.Key == key && r.Live(now) && (live == nil || r.Expiry > live.Expiry) {
				live = &records[i]
			}
		}
	}
	return live
}

// freshKey is one of ours that the chain has never seen, made if need be.
func (c *Custody) freshKey(ctx context.Context, did identity.DID, records []identity.KeyRecord, ours []identity.Key) (identity.Key, error) {
	seen := make(map[identity.Key]bool)
	for _, r := range records {
		seen[r.Key] = true
	}
	for _, key := range ours {
		if !seen[key] {
			return key, nil
		}
	}
	made, err := c.cfg.Ring.NewHosted(ctx, did)
	if err != nil {
		return identity.Key{}, wrap(err)
	}
	return made.Public(), nil
}
