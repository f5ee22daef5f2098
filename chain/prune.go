package chain

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// pruneEvery is how often finished entries are looked through.
	pruneEvery = time.Hour
	// maxEnded is how many finished entries are kept even within
	// SenderConfig.Remember; the oldest go first.
	maxEnded = 20_000
	// pruneAtOnce bounds one write.
	pruneAtOnce = 500
)

// prune forgets what was finished long ago. From then on its key is free again, so
// Remember is far longer than what a key stands for can still be sent: an operation's
// signature lasts an hour, and what the account sends for itself it looks up on
// the chain first.
func (s *Sender) prune() error {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	now := s.config.Now()
	if now.Sub(s.pruned) < pruneEvery && !s.pruned.IsZero() {
		return nil
	}
	done, err := s.queue.prune(now.Add(-s.config.Remember), maxEnded, pruneAtOnce)
	if err == nil && done {
		s.pruned = now
	}
	return err
}

// prune deletes up to atOnce of the oldest finished entries that are older than
// before, or beyond the newest most. done: there are no more of them.
func (q queue) prune(before time.Time, most, atOnce int) (done bool, err error) {
	type ended struct{ index, key []byte }
	var all []ended
	old := 0
	start := endedFamily.key(q.scope)
	err = q.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		if binary.BigEndian.Uint64(k[len(start):]) < uint64(before.Unix()) {
			old++
		}
		all = append(all, ended{append([]byte(nil), k...), append([]byte(nil), v...)})
		return true, nil
	})
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrState, err)
	}
	excess := max(old, len(all)-most)
	if excess <= 0 {
		return true, nil
	}
	var deletes [][]byte
	for _, x := range all[:min(excess, atOnce)] {
		deletes = append(deletes, x.index)
		e, found, err := q.get(string(x.key))
		if err != nil {
			return false, err
		}
		// The key may have been sent again since.
		if found && !e.State.open() && string(q.endedKey(&e)) == string(x.index) {
			deletes = append(deletes, q.txKey(e.Key))
		}
	}
	if err := q.store.Apply(nil, deletes); err != nil {
		return false, fmt.Errorf("%w: %w", ErrState, err)
	}
	return excess <= atOnce, nil
}

// indexEnded lists finished entries that were stored before there was the list.
func (q queue) indexEnded() error {
	var missing []txEntry
	start := txFamily.key(q.scope)
	err := q.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var e txEntry
		if err := decode(k, v, &e); err != nil {
			return false, err
		}
		if !e.State.open() && e.Ended == 0 {
			e.Ended = max(e.Signed, e.Created)
			missing = append(missing, e)
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if len(missing) == 0 {
		return nil
	}
	return q.save(missing...)
}
