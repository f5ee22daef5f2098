package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

const (
	// resend is how often a transaction that is not yet in a block is given to
	// the RPC again, which may have forgotten it.
	resend = 15 * time.Second

	// signPatience is how long a signer may take; some ask a person.
	signPatience = time.Minute
)

// step moves every open entry as far as it goes now. Callers may be many: while
// one is at it the others go on, and steps that come right after another do
// nothing, unless something is to be signed.
func (s *Sender) step(ctx context.Context) error {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	open, err := s.queue.open()
	if err != nil || len(open) == 0 {
		return err
	}
	now := s.config.Now()
	if now.Sub(s.stepped) < s.config.Poll/32 && !anyDue(open) {
		return nil
	}
	s.stepped = now
	if err = s.settle(ctx, open); !errors.Is(err, ErrUnavailable) {
		more, bundling := s.bundle(ctx, open)
		err = errors.Join(err, bundling, s.sign(ctx, more), s.fillGap(ctx, more))
	}
	if ctx.Err() != nil { // a caller who gives up says nothing of the chain
		return err
	}
	s.statusMu.Lock()
	s.lastErr = errors.Join(err, s.untaken())
	s.statusMu.Unlock()
	return err
}

// anyDue reports whether something can be signed.
func anyDue(open []txEntry) bool {
	waiting, relaying := false, false
	for _, e := range open {
		if e.State == stateQueued {
			return true
		}
		waiting = waiting || e.State == stateWaiting
		relaying = relaying || e.State == stateSent && e.relayed()
	}
	return waiting && !relaying
}

// sign gives queued entries fees, nonces and signatures, stores them together with
// what they take from the budget, and only then sends them.
func (s *Sender) sign(ctx context.Context, open []txEntry) error {
	var queued []*txEntry
	for i := range open {
		if open[i].State == stateQueued {
			queued = append(queued, &open[i])
		}
	}
	if len(queued) == 0 {
		return nil
	}
	fees, err := s.suggest(ctx)
	if err != nil {
		return err
	}
	nonces, err := s.freeNonces(ctx, open)
	if err != nil {
		return err
	}
	today, err := s.spending()
	if err != nil {
		return err
	}
	var signed []txEntry
	var errs []error // of one entry; the others go on
	for _, e := range queued {
		ok, err := s.estimate(ctx, e)
		if !ok {
			errs = append(errs, err)
			continue
		}
		spent, err := s.reserve(today, e, fees)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		e.Nonce, e.Since = nonces.next, fees.at
		if err := s.signOne(ctx, e, fees); err != nil {
			errs = append(errs, err)
			break // the signer is at fault, not the entry
		}
		e.State, today = stateSent, spent
		nonces.take()
		signed = append(signed, *e)
	}
	if len(signed) > 0 {
		if err := s.queue.saveSpent(today, signed...); err != nil {
			return err
		}
	}
	for _, e := range signed {
		s.broadcast(ctx, e)
	}
	return errors.Join(errs...)
}

// estimate finds out the gas of an entry that was queued without. It is not ok
// if it failed, or if the call would revert, which settles it.
func (s *Sender) estimate(ctx context.Context, e *txEntry) (ok bool, err error) {
	if e.Gas != 0 {
		return true, nil
	}
	gas, err := s.simulate(ctx, e.call())
	if revert, reverts := errors.AsType[*RevertError](err); reverts {
		return false, s.refused(e, revert)
	}
	if errors.Is(err, errGas) && e.Group != "" { // a stranger's wallet must not keep the others waiting
		return false, s.refused(e, &RevertError{Message: err.Error()})
	}
	e.Gas = gas
	return err == nil, err
}

// refused settles an entry that would have no effect, or had none. What a carrier
// was to carry goes on by itself.
func (s *Sender) refused(e *txEntry, revert *RevertError) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	members, err := s.carriedBy(e)
	if err != nil {
		return err
	}
	for i := range members {
		members[i].alone()
	}
	e.State, e.Reason, e.Said = stateReverted, revert.Data, revert.Message
	e.Ended = uint64(s.config.Now().Unix())
	return s.queue.save(append(members, *e)...)
}

// nonces hands out those that neither the chain nor the queue has used. A hole,
// left by another process's transaction that the network has forgotten, is filled
// first: nothing behind it moves before.
type nonces struct {
	next uint64
	own  map[uint64]bool
}

func (n *nonces) skip() {
	for n.own[n.next] {
		n.next++
	}
}

func (n *nonces) take() {
	n.next++
	n.skip()
}

func (s *Sender) freeNonces(ctx context.Context, open []txEntry) (*nonces, error) {
	next, err := s.client.nonce(ctx, common.Address(s.signer.Address()), "pending")
	if err != nil {
		return nil, err
	}
	n := &nonces{next: next, own: map[uint64]bool{}}
	for _, e := range open {
		if e.State == stateSent || e.State == stateMined && e.Carrier == "" {
			n.own[e.Nonce] = true
		}
	}
	n.skip()
	return n, nil
}

// signOne appends a signed transaction to e. The fields are ours whatever the
// signer answers: only its signature is taken, after it was found to be the
// account's, and over them.
func (s *Sender) signOne(ctx context.Context, e *txEntry, f fees) error {
	// Not the caller's to cancel: a person may be looking at it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signPatience)
	defer cancel()
	tx := types.NewTx(f.tx(s.chainID, e))
	raw, err := signed(ctx, s.signer, s.chainID, tx)
	if err != nil {
		return err
	}
	e.Raw, e.Signed = append(e.Raw, raw), uint64(s.config.Now().Unix())
	return nil
}

// signed is tx with the signer's signature, encoded.
func signed(ctx context.Context, by Signer, chainID *big.Int, tx *types.Transaction) ([]byte, error) {
	answer, err := by.SignTransaction(ctx, chainID, tx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	rule := types.LatestSignerForChainID(chainID)
	if answer == nil || answer.Type() != tx.Type() || rule.Hash(answer) != rule.Hash(tx) {
		return nil, fmt.Errorf("%w: it signed another transaction than it was asked to", ErrSigner)
	}
	from, err := types.Sender(rule, answer)
	if err != nil || from != common.Address(by.Address()) {
		return nil, fmt.Errorf("%w: the signature is of %s, not of %s", ErrSigner, from, by.Address())
	}
	raw, err := answer.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSigner, err)
	}
	return raw, nil
}

// watch is what this process remembers of an entry it sent.
type watch struct {
	since time.Time // first broadcast by this process
	last  time.Time
	taken takenWatch

	refused error // by the RPC, when it was last sent; nil: was taken
}

// untaken is what the RPC says against a transaction that it does not take.
func (s *Sender) untaken() error {
	for key, w := range s.watched {
		if w.refused != nil {
			return fmt.Errorf("transaction %q is not taken: %w", key, w.refused)
		}
	}
	return nil
}

// broadcast gives the entry's latest transaction to the RPC. Failing is not
// final: it is stored, and sent again.
func (s *Sender) broadcast(ctx context.Context, e txEntry) {
	now := s.config.Now()
	w := s.watched[e.Key]
	if w == nil {
		w = &watch{since: now}
		s.watched[e.Key] = w
	}
	w.last = now
	var hash common.Hash
	err := s.client.call(ctx, &hash, "eth_sendRawTransaction", hexutil.Bytes(e.Raw[len(e.Raw)-1]))
	w.refused = nil
	if err != nil && !alreadyKnown(err) {
		w.refused = decodeRevert(err) // or another no: too little to pay with
		s.log.Warn("transaction was not taken, will send it again", "key", e.Key, "nonce", e.Nonce, "error", err)
	}
}

func alreadyKnown(err error) bool {
	said := strings.ToLower(err.Error())
	return strings.Contains(said, "already known") || strings.Contains(said, "already imported") || strings.Contains(said, "known transaction")
}
