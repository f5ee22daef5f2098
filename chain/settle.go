package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// settle looks what became of entries that were sent.
func (s *Sender) settle(ctx context.Context, open []txEntry) error {
	head := sync.OnceValues(func() (Block, error) { return s.client.Head(ctx) })
	used := sync.OnceValues(func() (uint64, error) {
		return s.client.nonce(ctx, common.Address(s.signer.Address()), "latest")
	})
	var errs []error
	for i := range open {
		e := &open[i]
		if e.Carrier != "" {
			continue // its carrier's to settle
		}
		var err error
		switch e.State {
		case stateMined:
			err = s.confirm(ctx, e, head)
		case stateSent:
			err = s.look(ctx, e, used, head)
		}
		if errors.Is(err, ErrUnavailable) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// confirm looks a last time, once there are enough blocks above, whether a
// transaction is still on the chain, and what it did there.
func (s *Sender) confirm(ctx context.Context, e *txEntry, head func() (Block, error)) error {
	if h, err := head(); err != nil || h.Number < e.Block+s.config.Confirmations {
		return err
	}
	found, err := s.client.receipts(ctx, e.Tx)
	if err != nil {
		return err
	}
	r := found[0]
	switch {
	case r == nil:
		return s.dropped(e)
	case uint64(r.Block) != e.Block: // a reorganisation moved it up
		return s.mined(ctx, e, r)
	}
	e.State = stateDone
	return s.finish(ctx, e, r)
}

// look searches a sent entry's receipt, and does what is due while there is none.
func (s *Sender) look(ctx context.Context, e *txEntry, used func() (uint64, error), head func() (Block, error)) error {
	found, err := s.client.receipts(ctx, hashes(e.Raw)...)
	if err != nil {
		return err
	}
	for _, r := range found {
		if r != nil {
			return s.mined(ctx, e, r)
		}
	}
	w, now := s.watched[e.Key], s.config.Now()
	if w == nil { // left over from an earlier process
		s.broadcast(ctx, *e)
		return nil
	}
	if now.Sub(w.last) < min(resend, s.config.ReplaceAfter) {
		return nil
	}
	if n, err := used(); err != nil {
		return err
	} else if n > e.Nonce {
		return s.nonceTaken(ctx, e, w, head)
	}
	w.taken = takenWatch{}
	signed := time.Unix(int64(e.Signed), 0)
	if now.Sub(signed) >= s.config.ReplaceAfter && now.Sub(w.since) >= s.config.ReplaceAfter {
		return s.replace(ctx, e)
	}
	s.broadcast(ctx, *e)
	return nil
}

func (s *Sender) mined(ctx context.Context, e *txEntry, r *receipt) error {
	e.Tx, e.Block, e.State = r.Tx, uint64(r.Block), stateMined
	delete(s.watched, e.Key)
	return s.finish(ctx, e, r)
}

// finish stores what a transaction in a block has done: to the budget, for the
// entry, and for those that it carries, all at once.
func (s *Sender) finish(ctx context.Context, e *txEntry, r *receipt) error {
	today, err := s.spending()
	if err != nil {
		return err
	}
	today = charge(today, e, r)
	now := uint64(s.config.Now().Unix())
	if r.Status == 0 {
		e.State, e.Said = stateReverted, "reverted on the chain"
		if revert, ok := errors.AsType[*RevertError](s.replay(ctx, e, r)); ok {
			e.Reason, e.Said = revert.Data, revert.Message
		}
	}
	if !e.State.open() {
		e.Ended = now
	}
	s.adding.Lock() // nobody sends the key of a member again meanwhile
	defer s.adding.Unlock()
	members, err := s.carriedBy(e)
	if err != nil {
		return err
	}
	deliver(e, members, r, s.registry, now)
	return s.queue.saveSpent(today, append(members, *e)...)
}

// replay asks why a transaction was reverted; the state it met is gone, so the
// answer is the likely reason, not the proven one.
func (s *Sender) replay(ctx context.Context, e *txEntry, r *receipt) error {
	_, err := s.simulateAt(ctx, e.call(), hexutil.EncodeUint64(uint64(r.Block)))
	return err
}

// dropped has a transaction sent again that a reorganisation took off the chain.
func (s *Sender) dropped(e *txEntry) error {
	s.log.Warn("transaction left the chain, sending it again", "key", e.Key, "tx", e.Tx)
	s.adding.Lock()
	defer s.adding.Unlock()
	members, err := s.carriedBy(e)
	if err != nil {
		return err
	}
	for i := range members {
		m := &members[i]
		m.State, m.Tx, m.Block, m.Ended, m.Reason, m.Said = stateCarried, common.Hash{}, 0, 0, nil, ""
	}
	e.State, e.Tx, e.Block, e.Ended = stateSent, common.Hash{}, 0, 0
	return s.queue.save(append(members, *e)...)
}

// overbid bounds replacement: at most this many times what the chain asks at the
// time. Without it a chain that stands still would be offered a thousand times as
// much after an hour.
const overbid = 4

// replace signs the same call with the same nonce and higher fees. Where they may
// not rise further, or the signer fails, what is signed already is sent again.
func (s *Sender) replace(ctx context.Context, e *txEntry) error {
	err := s.raise(ctx, e)
	if errors.Is(err, ErrUnavailable) || fatal(err) {
		return err
	}
	s.broadcast(ctx, *e)
	return err
}

func (s *Sender) raise(ctx context.Context, e *txEntry) error {
	suggested, err := s.suggest(ctx)
	if err != nil {
		return err
	}
	var last types.Transaction
	if err := last.UnmarshalBinary(e.Raw[len(e.Raw)-1]); err != nil {
		return fmt.Errorf("%w: transaction of %q: %w", ErrCorruptState, e.Key, err)
	}
	raised := suggested.above(&last)
	if raised.top().Cmp(new(big.Int).Mul(suggested.top(), big.NewInt(overbid))) > 0 {
		return nil // it pays enough; something else is wrong
	}
	if raised, err = s.bounded(raised); err != nil {
		return err
	}
	today, err := s.spending()
	if err != nil {
		return err
	}
	next := *e // what e has stays as stored, should anything fail
	if today, err = s.reserve(today, &next, raised); err != nil {
		return err
	}
	if err := s.signOne(ctx, &next, raised); err != nil {
		return err
	}
	if err := s.queue.saveSpent(today, next); err != nil {
		return err
	}
	*e = next
	s.log.Info("transaction is slow, sending it with a higher fee", "key", e.Key, "nonce", e.Nonce, "attempt", len(e.Raw))
	return nil
}

func hashes(raw [][]byte) []common.Hash {
	hs := make([]common.Hash, len(raw))
	for i, b := range raw {
		var tx types.Transaction
		if tx.UnmarshalBinary(b) == nil {
			hs[i] = tx.Hash()
		}
	}
	return hs
}
