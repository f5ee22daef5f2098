package node

import (
	"context"
	"errors"
	"time"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/carry"
	"metanet/node/ingest"
	"metanet/node/journal"
	"metanet/node/session"
)

// Leave deletes an account. In this order, so that after a crash the person can
// ask again, or what is left is done by itself: the departure is durable and on its
// way to peers; the account and its keys are gone; the records are erased.
func (n *Node) Leave(ctx context.Context, did identity.DID, b *record.Bundle) error {
	ctx = context.WithoutCancel(ctx)
	if b == nil {
		var err error
		if b, err = n.signDeparture(ctx, did); err != nil {
			return err
		}
	}
	if _, err := n.door.SubmitOne(ctx, ingest.Candidate{Origin: ingest.Local, From: string(did), Bundle: b}); err != nil {
		return err
	}
	if err := n.forgetAccount(ctx, did); err != nil {
		return err
	}
	return n.door.Leave(ctx, did)
}

func (n *Node) signDeparture(ctx context.Context, did identity.DID) (*record.Bundle, error) {
	signer, err := n.hosted.Signer(ctx, did)
	if err != nil {
		return nil, err
	}
	value, err := record.DepartureValue(time.Now())
	if err != nil {
		return nil, err
	}
	return record.Sign(n.anchor.contracts.Network(), did, record.DeparturePath, n.clock.Next(), value, signer)
}

// forgetAccount removes what this server keeps of an account besides records. The
// journal keeps that there was one, and when it left.
func (n *Node) forgetAccount(ctx context.Context, did identity.DID) error {
	if _, err := n.journal.Add(journal.Entry{By: string(did), Action: "leave", Subject: string(did)}); err != nil {
		return err
	}
	if _, err := n.sessions.Leave(ctx, did); err != nil && !errors.Is(err, session.ErrNoAccount) {
		return err
	}
	if err := n.index.SetHandle(ctx, did, "", index.HandleUnproven); err != nil {
		return err
	}
	if err := n.forgetPersonal(did); err != nil {
		return err
	}
	if err := n.passkeys.Forget(did); err != nil {
		return err
	}
	if err := n.custody.Forget(ctx, did); err != nil {
		return err
	}
	if err := n.mover.Forget(did); err != nil {
		return err
	}
	// One that is being read ends by itself: the door takes nothing more of it.
	if err := n.carrier.Forget(did); err != nil && !errors.Is(err, carry.ErrRunning) {
		return err
	}
	return n.ring.ForgetAll(ctx, did)
}
