package custody

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"metanet/identity"
	"metanet/identity/keyring"
)

// takeOver is one that was begun; what of it is done, the chain shows.
type takeOver struct {
	Wallet    identity.Address `json:"wallet"`
	TypedData json.RawMessage  `json:"typedData"` // the enrolment, and
	Signature []byte           `json:"signature"` // the wallet's
	Hosted    identity.Key     `json:"hosted"`
	Former    []identity.Key   `json:"former"` // what counted when it began
	Begun     time.Time        `json:"begun"`
	Done      time.Time        `json:"done,omitzero"` // when all records were endorsed
}

// PrepareTakeOver makes what the wallet has to sign besides its consent: the
// enrolment of the person's device and of a new hosted key. Nothing changes by it.
func (c *Custody) PrepareTakeOver(ctx context.Context, did identity.DID, wallet identity.Address, device identity.Key) (typedData json.RawMessage, deadline time.Time, err error) {
	defer c.lock(did)()
	if err := c.mayTakeOver(ctx, did, wallet); err != nil {
		return nil, time.Time{}, err
	}
	records, err := c.cfg.Chain.Keys(ctx, did)
	if err != nil {
		return nil, time.Time{}, wrap(err)
	}
	ours, err := c.cfg.Ring.HostedKeys(ctx, did)
	if err != nil {
		return nil, time.Time{}, wrap(err)
	}
	hosted, err := c.freshKey(ctx, did, records, ours)
	if err != nil {
		return nil, time.Time{}, err
	}
	return c.cfg.Relay.PrepareEnrolment(ctx, Enrolment{
		DID: did, Device: device, Hosted: hosted, Expires: c.cfg.Now().Add(KeyLifetime),
	})
}

func (c *Custody) mayTakeOver(ctx context.Context, did identity.DID, wallet identity.Address) error {
	h, kept, err := c.kept(did)
	if err != nil {
		return err
	}
	owner, err := c.cfg.Chain.OwnerOf(ctx, did)
	switch {
	case err != nil:
		return wrap(err)
	case !kept || owner != did.Address():
		return ErrNotKept
	case h.TakeOver != nil:
		return ErrUnderWay
	case wallet.IsZero() || wallet == did.Address():
		return fmt.Errorf("%w: that is no wallet", ErrTakeOver)
	}
	return nil
}

// TakeOver gives an identity to the wallet that signed what PrepareTakeOver made.
// The caller has the wallet's consent and the person's. done tells whether the
// wallet owns the identity when TakeOver returns; otherwise err says what keeps
// it from that, and Run goes on: once written down it happens.
func (c *Custody) TakeOver(ctx context.Context, did identity.DID, wallet identity.Address, typedData json.RawMessage, signature []byte) (done bool, err error) {
	if err := c.begin(ctx, did, wallet, typedData, signature); err != nil {
		return false, err
	}
	err = c.tend(ctx, did)
	owner, ownerErr := c.cfg.Chain.OwnerOf(context.WithoutCancel(ctx), did)
	if ownerErr != nil {
		return false, errors.Join(err, ownerErr)
	}
	return owner == wallet, err
}

// begin checks everything that could go wrong, then writes down what was agreed.
func (c *Custody) begin(ctx context.Context, did identity.DID, wallet identity.Address, typedData json.RawMessage, signature []byte) error {
	defer c.lock(did)()
	if err := c.mayTakeOver(ctx, did, wallet); err != nil {
		return err
	}
	e, err := c.cfg.Relay.CheckEnrolment(ctx, wallet, typedData, signature)
	if err != nil {
		return err
	}
	ours, err := c.cfg.Ring.HostedKeys(ctx, did)
	if err != nil {
		return wrap(err)
	}
	if e.DID != did || !slices.Contains(ours, e.Hosted) {
		return fmt.Errorf("%w: it is about another identity, or another key", ErrTakeOver)
	}
	records, err := c.cfg.Chain.Keys(ctx, did)
	if err != nil {
		return wrap(err)
	}
	h, _, err := c.kept(did)
	if err != nil {
		return err
	}
	now := c.cfg.Now().UTC()
	h.TakeOver = &takeOver{Wallet: wallet, TypedData: typedData, Signature: signature, Hosted: e.Hosted, Begun: now}
	for _, r := range records {
		if r.Live(now) {
			h.TakeOver.Former = append(h.TakeOver.Former, r.Key)
		}
	}
	return c.put(did, h)
}

// advance goes on with a take-over from wherever the chain shows it to be.
func (c *Custody) advance(ctx context.Context, did identity.DID, h held) error {
	t := h.TakeOver
	owner, err := c.cfg.Chain.OwnerOf(ctx, did)
	if err != nil {
		return wrap(err)
	}
	if owner == did.Address() {
		// Also after a reorganisation: the key is still here.
		if err := c.changeOwner(ctx, did, t.Wallet); err != nil {
			return err
		}
		t.Done = time.Time{}
	} else if owner != t.Wallet {
		return c.letGo(ctx, did, h) // the wallet has passed it on already, or ended it
	}
	if err := c.cfg.Settle(ctx, did); err != nil {
		return wrap(err)
	}
	if t.Done.IsZero() {
		return c.finish(ctx, did, h)
	}
	return c.letGo(ctx, did, h)
}

func (c *Custody) changeOwner(ctx context.Context, did identity.DID, to identity.Address) error {
	key, err := c.cfg.Ring.Owner(ctx, did)
	if err != nil {
		return wrap(err)
	}
	return wrap(c.cfg.Relay.ChangeOwner(ctx, key, to))
}

// finish brings the new key and signs the records. Should the wallet's enrolment
// hold no more (an hour has passed with the chain away), the records wait until it
// has enrolled a hosted key anew, as it does at its next sign-in.
func (c *Custody) finish(ctx context.Context, did identity.DID, h held) error {
	t := h.TakeOver
	records, err := c.cfg.Chain.Keys(ctx, did)
	if err != nil {
		return wrap(err)
	}
	if !slices.ContainsFunc(records, func(r identity.KeyRecord) bool { return r.Key == t.Hosted }) {
		if err := c.cfg.Relay.Submit(ctx, did, t.TypedData, t.Signature); err != nil {
			c.log.Warn("custody: the new owner's keys are not authorised yet", "did", did, "error", err)
		} else if err := c.cfg.Settle(ctx, did); err != nil {
			return wrap(err)
		}
	}
	n, err := c.cfg.Endorser.Endorse(ctx, did, t.Former)
	if err != nil {
		return wrap(err)
	}
	c.log.Info("custody: a wallet has taken an identity over", "did", did, "wallet", t.Wallet, "records", n)
	t.Done = c.cfg.Now().UTC()
	return c.put(did, h)
}

// letGo destroys what is kept of an identity whose take-over is past undoing.
func (c *Custody) letGo(ctx context.Context, did identity.DID, h held) error {
	if final, err := c.cfg.Chain.Final(ctx, did); err != nil || !final {
		return wrap(err)
	}
	if err := c.cfg.Ring.ForgetOwner(ctx, did); err != nil && !errors.Is(err, keyring.ErrNoKey) {
		return wrap(err)
	}
	return wrap(c.kv.Apply(nil, [][]byte{heldKey(did)}))
}
