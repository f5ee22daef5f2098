package chain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// An account that another process uses as well: its transactions may take nonces
// that we have signed for. What we signed can then never take effect and must be
// signed anew, but only once that is certain: an RPC behind a balancer shows the
// nonce before the receipt, and a reorganisation may put ours in the other's place.

// takenGrace is how long certainty is waited for where it cannot be had: on a
// chain that stands still (development chains make blocks on demand), and from an
// RPC that does not keep the state of the blocks in question.
const takenGrace = 10 * time.Minute

// takenWatch is what this process has seen of a nonce that seems taken.
type takenWatch struct {
	since time.Time // zero: it doesn't
	head  uint64    // the newest block, and since when it is
	still time.Time
}

// nonceTaken signs anew, later, an entry whose nonce another transaction has used,
// with enough blocks above.
func (s *Sender) nonceTaken(ctx context.Context, e *txEntry, w *watch, head func() (Block, error)) error {
	now := s.config.Now()
	w.last = now
	h, err := head()
	if err != nil {
		return err
	}
	if w.taken.since.IsZero() {
		w.taken = takenWatch{since: now, head: h.Number, still: now}
	}
	if w.taken.head != h.Number {
		w.taken.head, w.taken.still = h.Number, now
	}
	taker, block, err := s.taker(ctx, e, h.Number)
	switch {
	case answered(err): // it no longer knows
		if now.Sub(w.taken.since) < takenGrace {
			return nil
		}
	case err != nil:
		return err
	case taker == common.Hash{} || slices.Contains(hashes(e.Raw), taker):
		return nil // ours; the receipt will come
	case h.Number < block+s.config.Confirmations && now.Sub(w.taken.still) < takenGrace:
		return nil
	}
	s.log.Warn("nonce was used by another transaction, signing anew", "key", e.Key, "nonce", e.Nonce, "by", taker, "block", block)
	delete(s.watched, e.Key)
	e.State, e.Raw, e.Gas = stateQueued, nil, 0 // gas is estimated again: the world has moved
	return s.queue.save(*e)
}

// taker finds the transaction that used an entry's nonce, and its block. There is
// none if what the RPC says does not fit together (yet).
func (s *Sender) taker(ctx context.Context, e *txEntry, head uint64) (tx common.Hash, block uint64, err error) {
	account := common.Address(s.signer.Address())
	low, high := e.Since, head // the nonce was free in low, is used in high
	for low+1 < high {
		middle := low + (high-low)/2
		n, err := s.client.nonce(ctx, account, hexutil.EncodeUint64(middle))
		if err != nil {
			return tx, 0, err
		}
		if n > e.Nonce {
			high = middle
		} else {
			low = middle
		}
	}
	var b *struct {
		Transactions []struct {
			Hash  common.Hash    `json:"hash"`
			From  common.Address `json:"from"`
			Nonce hexutil.Uint64 `json:"nonce"`
		} `json:"transactions"`
	}
	if err := s.client.call(ctx, &b, "eth_getBlockByNumber", hexutil.EncodeUint64(high), true); err != nil || b == nil {
		return tx, 0, err
	}
	for _, t := range b.Transactions {
		if t.From == account && uint64(t.Nonce) == e.Nonce {
			return t.Hash, high, nil
		}
	}
	return tx, 0, nil
}

// watchedGap is a nonce that nothing known will use while later ones wait for it.
type watchedGap struct {
	nonce uint64
	since time.Time
}

// fillGap sends nothing to ourselves under a nonce that another process had taken
// and whose transaction is gone: what we have signed for later ones cannot get
// into a block before. Calls that are queued fill it by themselves.
func (s *Sender) fillGap(ctx context.Context, open []txEntry) error {
	now, own, last := s.config.Now(), map[uint64]bool{}, uint64(0)
	slow := false
	for _, e := range open {
		switch {
		case e.State == stateQueued:
			return nil
		case e.State == stateSent:
			own[e.Nonce], last = true, max(last, e.Nonce)
			slow = slow || now.Sub(time.Unix(int64(e.Signed), 0)) >= s.config.ReplaceAfter
		}
	}
	if !slow {
		s.gap = watchedGap{}
		return nil
	}
	account := common.Address(s.signer.Address())
	next, err := s.client.nonce(ctx, account, "pending")
	if err != nil {
		return err
	}
	if own[next] || next > last {
		s.gap = watchedGap{}
		return nil
	}
	if s.gap.since.IsZero() || s.gap.nonce != next {
		s.gap = watchedGap{next, now}
	}
	if now.Sub(s.gap.since) < s.config.ReplaceAfter {
		return nil
	}
	s.gap = watchedGap{}
	s.log.Warn("a nonce that another process has taken is not used, filling it", "nonce", next)
	s.adding.Lock()
	defer s.adding.Unlock()
	key := fmt.Sprintf("gap/%d/%d", next, now.Unix())
	return s.queue.add([]txEntry{newEntry(Request{Key: key, Call: Call{To: account}}, now)})
}
