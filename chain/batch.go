package chain

import (
	"context"
	"errors"
	"fmt"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
)

// Operations that people have signed and this account relays go alone while there
// is nothing else of the kind on its way, and wait while there is. What has waited
// goes together, through IdentityRegistry.batch, in which one bad operation does
// not sink the others: a third less gas for each, and fifty people served by every
// block however slow the chain is.
//
// The batch is an entry of its own, the carrier. It and its members change state
// in one write, always, so a crash finds them in agreement.

// maxMembers is how many operations one transaction takes.
const maxMembers = 50

// bundle puts operations that wait into a transaction, unless one is on its way.
// It answers the open entries with what it has added.
func (s *Sender) bundle(ctx context.Context, open []txEntry) ([]txEntry, error) {
	var waiting []*txEntry
	for i := range open {
		e := &open[i]
		if e.relayed() && (e.State == stateQueued || e.State == stateSent) {
			return open, nil
		}
		if e.State == stateWaiting && len(waiting) < maxMembers && (len(waiting) == 0 || !e.Alone && !waiting[0].Alone) {
			waiting = append(waiting, e)
		}
	}
	if len(waiting) == 0 {
		return open, nil
	}
	if len(waiting) == 1 {
		waiting[0].State, waiting[0].Gas = stateQueued, 0 // what was estimated is old
		return open, s.queue.save(*waiting[0])
	}
	carrier, err := s.load(ctx, waiting)
	if err != nil || carrier == nil {
		return open, err
	}
	return append(open, *carrier), nil
}

// load makes the carrier of as many of the waiting as fit into one transaction.
// Those that the contract would refuse now are told so, and cost nothing; if that
// leaves fewer than two there is no carrier.
func (s *Sender) load(ctx context.Context, waiting []*txEntry) (*txEntry, error) {
	for {
		results, err := s.rehearseBatch(ctx, waiting)
		if tooMuch(err) && len(waiting) > 1 {
			waiting = waiting[:len(waiting)/2]
			continue
		}
		if err != nil {
			return nil, err
		}
		var good []*txEntry
		for i, e := range waiting {
			if results[i].Ok {
				good = append(good, e)
			} else if err := s.refused(e, newRevert(results[i].Reason, "refused in simulation")); err != nil {
				return nil, err
			}
		}
		if len(good) < 2 {
			return nil, nil // next time, alone
		}
		call, err := s.batchCall(good)
		if err != nil {
			return nil, err
		}
		gas, err := s.simulate(ctx, call)
		if tooMuch(err) {
			waiting = good[:len(good)/2]
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.carry(call, gas, good)
	}
}

// carry stores the carrier and, in the same write, that it has its members.
func (s *Sender) carry(call Call, gas uint64, members []*txEntry) (*txEntry, error) {
	s.adding.Lock()
	defer s.adding.Unlock()
	order, err := s.queue.lastOrder()
	if err != nil {
		return nil, err
	}
	carrier := newEntry(Request{Key: fmt.Sprintf("batch/%d", order+1), Call: call}, s.config.Now())
	carrier.Gas = gas
	changed := make([]txEntry, len(members))
	for i, e := range members {
		e.State, e.Carrier = stateCarried, carrier.Key
		carrier.Members = append(carrier.Members, e.Key)
		changed[i] = *e
	}
	fresh := []txEntry{carrier}
	err = s.queue.add(fresh, changed...)
	return &fresh[0], err
}

// tooMuch reports that a batch needs more gas than a transaction may have. A
// contract wallet's check of a signature may burn all of the million that the
// registry gives to each operation.
func tooMuch(err error) bool {
	if errors.Is(err, errGas) {
		return true
	}
	revert, ok := errors.AsType[*RevertError](err)
	return ok && revert.Reason == "TooLittleGas"
}

func (s *Sender) batchCall(members []*txEntry) (Call, error) {
	calls := make([][]byte, len(members))
	for i, e := range members {
		calls[i] = e.Data
	}
	data, err := bindings.NewIdentityRegistry().TryPackBatch(calls)
	if err != nil {
		return Call{}, fmt.Errorf("%w: batch: %w", ErrInvalidOperation, err)
	}
	return Call{To: s.registry, Data: data}, nil
}

// rehearseBatch asks what would become of each operation on the latest block.
func (s *Sender) rehearseBatch(ctx context.Context, members []*txEntry) ([]bindings.IIdentityRegistryCallResult, error) {
	call, err := s.batchCall(members)
	if err != nil {
		return nil, err
	}
	from := common.Address(s.signer.Address())
	out, err := s.client.attempt(ctx, callArgs{From: &from, To: &call.To, Data: call.Data})
	if err != nil {
		return nil, err
	}
	results, err := bindings.NewIdentityRegistry().UnpackBatch(out)
	if err != nil || len(results) != len(members) {
		return nil, fmt.Errorf("%w: %d results of a batch of %d: %w", ErrInconsistent, len(results), len(members), err)
	}
	return results, nil
}

// carriedBy is the members that an entry carries. One that was sent again under
// its key since has another fate.
func (s *Sender) carriedBy(carrier *txEntry) ([]txEntry, error) {
	all, err := s.queue.many(carrier.Members)
	if err != nil {
		return nil, err
	}
	members := all[:0]
	for _, m := range all {
		if m.Carrier == carrier.Key {
			members = append(members, m)
		}
	}
	return members, nil
}

// deliver gives each member of a carrier that is in a block its own outcome, which
// the registry's BatchCallFailed events tell. A transaction that failed as a whole
// did nothing for any: they go on by themselves.
func deliver(carrier *txEntry, members []txEntry, r *receipt, registry common.Address, now uint64) {
	failed := map[string][]byte{}
	for _, l := range r.Logs {
		if l.Address != registry {
			continue
		}
		e, err := bindings.NewIdentityRegistry().UnpackBatchCallFailedEvent(l)
		if err == nil && e.Index.IsUint64() && e.Index.Uint64() < uint64(len(carrier.Members)) {
			failed[carrier.Members[e.Index.Uint64()]] = e.Reason
		}
	}
	for i := range members {
		m := &members[i]
		reason, refused := failed[m.Key]
		switch {
		case r.Status == 0:
			m.alone()
			continue
		case refused:
			revert := newRevert(reason, "refused without a reason")
			m.State, m.Reason, m.Said = stateReverted, reason, revert.Message
		default:
			m.State, m.Reason, m.Said = carrier.State, nil, ""
		}
		m.Tx, m.Block = r.Tx, uint64(r.Block)
		m.Ended = 0
		if !m.State.open() {
			m.Ended = now
		}
	}
}

// alone takes an entry out of its carrier.
func (e *txEntry) alone() { e.State, e.Carrier, e.Gas, e.Alone = stateWaiting, "", 0, true }
