package devchain

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/holiman/uint256"
)

const (
	minTip = 1 // wei; the pool takes nothing below
	// lowestBaseFee is where EIP-1559's decay stops: an eighth of 7 is 0.
	lowestBaseFee = 7

	// retrySeal is the pause after go-ethereum refused to build a block.
	retrySeal = 100 * time.Millisecond
)

// seal makes blocks while transactions wait, until ctx ends.
func (c *Chain) seal(ctx context.Context) error {
	waiting := make(chan struct{}, 1)
	waiting <- struct{}{} // what was left over
	c.work(func() error { c.drain(ctx, waiting); return nil })
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-waiting:
		}
		for c.pending() && c.pause(ctx) {
			if err := c.change(c.sealOne); err != nil {
				return err
			}
		}
	}
}

// drain turns the pool's news into a flag. The subscription must always be
// read: a full channel blocks the pool, and TxPool.Sync then waits for ever.
func (c *Chain) drain(ctx context.Context, waiting chan<- struct{}) {
	news := make(chan core.NewTxsEvent, 64)
	sub := c.eth.TxPool().SubscribeTransactions(news, true)
	defer sub.Unsubscribe()
	for {
		select {
		case <-ctx.Done():
			return
		case <-news:
			select {
			case waiting <- struct{}{}:
			default:
			}
		}
	}
}

// change makes another block the head, durably.
func (c *Chain) change(f func() error) error {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	return c.durable.commit(f)
}

// syncPool returns once the pool judges by the state of the head. One at a time:
// the pool forgets a waiter when another comes. And not while a block is sealed: the
// pool may not have heard of it yet.
func (c *Chain) syncPool() {
	c.sealing.Lock()
	defer c.sealing.Unlock()
	c.eth.TxPool().Sync()
}

// pending reports whether some transaction could ever be included. One whose fee
// is only too low for now counts: empty blocks bring the base fee down to it.
func (c *Chain) pending() bool {
	c.syncPool()
	txs, _ := c.eth.TxPool().Pending(txpool.PendingFilter{
		MinTip: uint256.NewInt(minTip), BaseFee: uint256.NewInt(lowestBaseFee),
	})
	return len(txs) > 0
}

// pause waits until the next block's timestamp is at most Ahead of the clock. It
// reports false when ctx ended.
func (c *Chain) pause(ctx context.Context) bool {
	next := time.Unix(int64(c.eth.BlockChain().CurrentBlock().Time)+1, 0)
	timer := time.NewTimer(time.Until(next.Add(-c.config.Ahead)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// sealOne makes a block canonical and then durable; it runs with the gate closed.
// go-ethereum's database writes are unsynced: without SyncKeyValue kill -9 loses
// the last blocks.
func (c *Chain) sealOne() error {
	before := c.eth.BlockChain().CurrentBlock().Hash()
	if c.beacon.Commit() == before {
		c.log.Warn("development chain could not seal a block")
		time.Sleep(retrySeal)
		return nil
	}
	if err := c.eth.ChainDb().SyncKeyValue(); err != nil {
		return fmt.Errorf("devchain: sync after block: %w", err)
	}
	return nil
}
