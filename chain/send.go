package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// resend is how often a transaction that is not yet in a block is given to
	// the RPC again, which may have forgotten it.
	resend = 15 * time.Second

	// takenGrace is how long an entry's nonce must look used by another
	// transaction before the entry gets a new one. An RPC behind a balancer may
	// show the nonce before the receipt; signing anew too early could do the
	// same thing twice.
	takenGrace = time.Minute
)

// step moves every open entry as far as it goes now. Callers may be many: steps
// that come right after another do nothing, unless something is to be signed.
func (s *Sender) step(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	open, err := s.queue.open()
	if err != nil || len(open) == 0 {
		return err
	}
	now := s.config.Now()
	if now.Sub(s.stepped) < s.config.Poll/32 && !anyQueued(open) {
		return nil
	}
	s.stepped = now
	err = errors.Join(s.settle(ctx, open), s.sign(ctx, open))
	s.statusMu.Lock()
	s.lastErr = err
	s.statusMu.Unlock()
	return err
}

func anyQueued(open []txEntry) bool {
	for _, e := range open {
		if e.State == stateQueued {
			return true
		}
	}
	return false
}

// sign gives queued entries fees, consecutive nonces and signatures, stores
// them, and only then sends them.
func (s *Sender) sign(ctx context.Context, open []txEntry) error {
	if !anyQueued(open) {
		return nil
	}
	fees, err := s.suggest(ctx)
	if err != nil {
		return err
	}
	nonce, err := s.nextNonce(ctx, open)
	if err != nil {
		return err
	}
	var signed []txEntry
	var errs []error // of one entry; the others go on
	for i := range open {
		e := &open[i]
		if e.State != stateQueued {
			continue
		}
		if ok, err := s.estimate(ctx, e); !ok {
			errs = append(errs, err)
			continue
		}
		e.Nonce, e.State = nonce, stateSent
		if err := s.signOne(e, fees); err != nil {
			return errors.Join(append(errs, err)...)
		}
		nonce++
		signed = append(signed, *e)
	}
	if len(signed) > 0 {
		if err := s.queue.save(signed...); err != nil {
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
		e.State, e.Reason, e.Said = stateReverted, revert.Data, revert.Message
		return false, s.queue.save(*e)
	}
	e.Gas = gas
	return err == nil, err
}

// nextNonce is above all nonces that the chain or the queue knows.
func (s *Sender) nextNonce(ctx context.Context, open []txEntry) (uint64, error) {
	next, err := s.client.nonce(ctx, common.Address(s.signer.Address()), "pending")
	if err != nil {
		return 0, err
	}
	for _, e := range open {
		if e.State != stateQueued {
			next = max(next, e.Nonce+1)
		}
	}
	return next, nil
}

// signOne appends a signed transaction to e.
func (s *Sender) signOne(e *txEntry, f fees) error {
	tx := types.NewTx(f.tx(s.chainID, e))
	signer := types.LatestSignerForChainID(s.chainID)
	sig, err := s.signer.SignHash(signer.Hash(tx))
	if err != nil {
		return fmt.Errorf("chain: sign transaction: %w", err)
	}
	if tx, err = tx.WithSignature(signer, sig); err != nil {
		return fmt.Errorf("chain: sign transaction: %w", err)
	}
	from, err := types.Sender(signer, tx)
	if err != nil || from != common.Address(s.signer.Address()) {
		return fmt.Errorf("chain: sign transaction: signature is of %s, not of %s", from, s.signer.Address())
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return fmt.Errorf("chain: sign transaction: %w", err)
	}
	e.Raw, e.Signed = append(e.Raw, raw), uint64(s.config.Now().Unix())
	return nil
}

// watch is what this process remembers of an entry it sent.
type watch struct {
	since time.Time // first broadcast by this process
	last  time.Time
	taken time.Time // since when its nonce seems used by another; zero: does not
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
	if err != nil && !alreadyKnown(err) {
		s.log.Warn("transaction was not taken, will send it again", "key", e.Key, "nonce", e.Nonce, "error", err)
	}
}

func alreadyKnown(err error) bool {
	said := strings.ToLower(err.Error())
	return strings.Contains(said, "already known") || strings.Contains(said, "already imported") || strings.Contains(said, "known transaction")
}

// settle looks what became of entries that were sent.
func (s *Sender) settle(ctx context.Context, open []txEntry) error {
	head := sync.OnceValues(func() (Block, error) { return s.client.Head(ctx) })
	used := sync.OnceValues(func() (uint64, error) {
		return s.client.nonce(ctx, common.Address(s.signer.Address()), "latest")
	})
	var errs []error
	for i := range open {
		var err error
		switch e := &open[i]; e.State {
		case stateMined:
			err = s.confirm(ctx, e, head)
		case stateSent:
			err = s.look(ctx, e, used)
		}
		if errors.Is(err, ErrUnavailable) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// confirm looks a last time, once there are enough blocks above, whether a
// transaction is still on the chain.
func (s *Sender) confirm(ctx context.Context, e *txEntry, head func() (Block, error)) error {
	if h, err := head(); err != nil || h.Number < e.Block+s.config.Confirmations {
		return err
	}
	found, err := s.client.receipts(ctx, e.Tx)
	if err != nil {
		return err
	}
	if found[0] == nil {
		s.log.Warn("transaction left the chain, sending it again", "key", e.Key, "tx", e.Tx)
		e.State, e.Tx, e.Block = stateSent, common.Hash{}, 0
		return s.queue.save(*e)
	}
	e.State, e.Block = stateDone, uint64(found[0].Block)
	return s.queue.save(*e)
}

// look searches a sent entry's receipt, and does what is due while there is none.
func (s *Sender) look(ctx context.Context, e *txEntry, used func() (uint64, error)) error {
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
		return s.nonceTaken(e, w, now)
	}
	w.taken = time.Time{}
	signed := time.Unix(int64(e.Signed), 0)
	if now.Sub(signed) >= s.config.ReplaceAfter && now.Sub(w.since) >= s.config.ReplaceAfter {
		return s.replace(ctx, e)
	}
	s.broadcast(ctx, *e)
	return nil
}

func (s *Sender) mined(ctx context.Context, e *txEntry, r *receipt) error {
	e.Tx, e.Block = r.Tx, uint64(r.Block)
	e.State = stateMined
	if r.Status == 0 {
		e.State, e.Said = stateReverted, "reverted on the chain"
		if revert, ok := errors.AsType[*RevertError](s.replay(ctx, e, r)); ok {
			e.Reason, e.Said = revert.Data, revert.Message
		}
	}
	delete(s.watched, e.Key)
	return s.queue.save(*e)
}

// replay asks why a transaction was reverted; the state it met is gone, so the
// answer is the likely reason, not the proven one.
func (s *Sender) replay(ctx context.Context, e *txEntry, r *receipt) error {
	_, err := s.simulateAt(ctx, e.call(), hexutil.EncodeUint64(uint64(r.Block)))
	return err
}

// nonceTaken signs anew, later, an entry whose nonce another transaction used.
func (s *Sender) nonceTaken(e *txEntry, w *watch, now time.Time) error {
	if w.taken.IsZero() {
		w.taken = now
	}
	if now.Sub(w.taken) < takenGrace {
		return nil
	}
	s.log.Warn("nonce was used by another transaction, signing anew", "key", e.Key, "nonce", e.Nonce)
	delete(s.watched, e.Key)
	e.State, e.Raw, e.Gas = stateQueued, nil, 0 // gas is estimated again: the world has moved
	return s.queue.save(*e)
}

// replace signs the same call with the same nonce and higher fees.
func (s *Sender) replace(ctx context.Context, e *txEntry) error {
	fees, err := s.suggest(ctx)
	if err != nil {
		return err
	}
	var last types.Transaction
	if err := last.UnmarshalBinary(e.Raw[len(e.Raw)-1]); err != nil {
		return fmt.Errorf("%w: transaction of %q: %w", ErrCorruptState, e.Key, err)
	}
	raised, err := s.bounded(fees.above(&last))
	if err != nil {
		return err
	}
	if err := s.signOne(e, raised); err != nil {
		return err
	}
	if err := s.queue.save(*e); err != nil {
		return err
	}
	s.log.Info("transaction is slow, sending it with a higher fee", "key", e.Key, "nonce", e.Nonce, "attempt", len(e.Raw))
	s.broadcast(ctx, *e)
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

// simulate runs the call on the latest block and says how much gas to give it.
func (s *Sender) simulate(ctx context.Context, c Call) (gas uint64, err error) {
	estimate, err := s.simulateAt(ctx, c, "latest")
	if err != nil {
		return 0, err
	}
	gas = estimate + estimate/5 // what others do until we are mined may cost us more
	if gas > s.config.MaxGas {
		return 0, fmt.Errorf("%w: it would take %d gas, the limit is %d", ErrFeeTooHigh, gas, s.config.MaxGas)
	}
	return gas, nil
}

func (s *Sender) simulateAt(ctx context.Context, c Call, block string) (uint64, error) {
	from := common.Address(s.signer.Address())
	args := callArgs{From: &from, To: &c.To, Data: c.Data}
	if c.Value != nil {
		args.Value = (*hexutil.Big)(c.Value)
	}
	var gas hexutil.Uint64
	err := s.client.call(ctx, &gas, "eth_estimateGas", args, block)
	return uint64(gas), decodeRevert(err)
}

// receipt is eth_getTransactionReceipt's answer, as far as we use it.
type receipt struct {
	Tx        common.Hash    `json:"transactionHash"`
	Block     hexutil.Uint64 `json:"blockNumber"`
	BlockHash common.Hash    `json:"blockHash"`
	Status    hexutil.Uint64 `json:"status"`
	GasUsed   hexutil.Uint64 `json:"gasUsed"`
	Logs      []*types.Log   `json:"logs"`
}

func (r *receipt) receipt() Receipt {
	return Receipt{Tx: r.Tx, Block: uint64(r.Block), BlockHash: r.BlockHash, GasUsed: uint64(r.GasUsed), Logs: r.Logs}
}

// receipts asks for many; an entry is nil where the transaction is in no block.
func (c *Client) receipts(ctx context.Context, txs ...common.Hash) ([]*receipt, error) {
	found := make([]*receipt, len(txs))
	calls := make([]rpc.BatchElem, len(txs))
	for i, h := range txs {
		calls[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{h}, Result: &found[i]}
	}
	if err := c.batch(ctx, calls); err != nil {
		return nil, err
	}
	return found, nil
}

func (c *Client) nonce(ctx context.Context, a common.Address, block string) (uint64, error) {
	var n hexutil.Uint64
	err := c.call(ctx, &n, "eth_getTransactionCount", a, block)
	return uint64(n), err
}

func (c *Client) balance(ctx context.Context, a common.Address) (*big.Int, error) {
	var wei hexutil.Big
	err := c.call(ctx, &wei, "eth_getBalance", a, "latest")
	return (*big.Int)(&wei), err
}
