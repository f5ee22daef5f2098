package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// advance follows up to tipBlocks blocks above the cursor, each by its hash and
// with a journal.
func (f *Follower) advance(ctx context.Context, head, keep uint64) (more bool, err error) {
	at := f.cursor
	var numbers []uint64
	for n := at.Number + 1; n <= min(head, at.Number+tipBlocks); n++ {
		numbers = append(numbers, n)
	}
	found, err := f.client.headers(ctx, numbers...)
	if err != nil {
		return false, err
	}
	if found[0] != nil && found[0].Parent != at.Hash {
		return true, f.rollback(ctx)
	}
	blocks := linked(found)
	if len(blocks) == 0 {
		return false, nil // the head went back between two calls
	}
	logs, err := f.client.logsOf(ctx, blocks, f.contracts.addresses())
	if err != nil {
		return false, err
	}
	d := f.draft()
	for i, b := range blocks {
		d.begin()
		if err := f.project(d, b.block(), logs[i]); err != nil {
			return false, err
		}
		d.end(b.block())
	}
	f.prune(d, keep)
	if d.cursor.Final, err = finalOf(d, d.cursor, f.final.block); err != nil {
		return false, err
	}
	return d.cursor.Number < head, f.publish(d, false)
}

// linked is the beginning of blocks in which each is its predecessor's child; a
// reorganisation may run between the calls that fetched them.
func linked(blocks []*header) []*header {
	for i, b := range blocks {
		if b == nil || i > 0 && b.Parent != blocks[i-1].Hash {
			return blocks[:i]
		}
	}
	return blocks
}

// project applies one block's logs, which must lie in it.
func (f *Follower) project(d *draft, at Block, logs []types.Log) error {
	for i := range logs {
		if logs[i].BlockHash != at.Hash || logs[i].BlockNumber != at.Number {
			return fmt.Errorf("%w: a log of block %s was given for %s", ErrInconsistent, logs[i].BlockHash, at.Hash)
		}
		if logs[i].Removed {
			return fmt.Errorf("%w: a removed log in block %s", ErrInconsistent, at.Hash)
		}
	}
	slices.SortFunc(logs, func(a, b types.Log) int { return cmp.Compare(a.Index, b.Index) })
	for i := range logs {
		if err := f.projector.apply(d, at, &logs[i]); err != nil {
			return err
		}
	}
	return nil
}

// prune drops journals below the deepest block that is kept.
func (f *Follower) prune(d *draft, keep uint64) {
	if d.cursor.Number < d.cursor.Floor+keep {
		return
	}
	floor := d.cursor.Number - keep
	for n := d.cursor.Floor; n < floor; n++ {
		d.raw(blockKey(n), nil)
	}
	d.cursor.Floor = floor
}

// catchUp follows one window of blocks, up to block limit at most, which lies so
// deep that they are not journalled: a reorganisation that reaches there means a
// clean start. That the window's logs are of one branch is checked by its ends,
// which must have the same hashes before and after.
func (f *Follower) catchUp(ctx context.Context, limit uint64) error {
	at := f.cursor
	to := min(at.Number+f.window.blocks, limit)
	before, err := f.client.headers(ctx, at.Number, to)
	if err != nil {
		return err
	}
	if before[0] == nil || before[1] == nil {
		return fmt.Errorf("%w: blocks below the head are unknown", ErrInconsistent)
	}
	if before[0].Hash != at.Hash {
		return f.rollback(ctx)
	}
	logs, err := f.rangeLogs(ctx, at.Number+1, to)
	if refused(ctx, err) && f.window.refused(to-at.Number) {
		f.log.Debug("eth_getLogs refused, smaller window", "blocks", f.window.blocks, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	after, err := f.client.headers(ctx, at.Number, to)
	if err != nil {
		return err
	}
	if after[0] == nil || after[1] == nil || after[0].Hash != at.Hash || after[1].Hash != before[1].Hash {
		return fmt.Errorf("%w: blocks %d to %d changed while they were read", ErrInconsistent, at.Number, to)
	}
	if err := f.projectWindow(ctx, before[1].block(), logs); err != nil {
		return err
	}
	f.window.answered(len(logs))
	return nil
}

func (f *Follower) projectWindow(ctx context.Context, to Block, logs []types.Log) error {
	blocks, err := f.blocksOf(ctx, logs)
	if err != nil {
		return err
	}
	d := f.draft()
	for start := 0; start < len(logs); {
		end := start + 1
		for end < len(logs) && logs[end].BlockNumber == logs[start].BlockNumber {
			end++
		}
		if err := f.project(d, blocks[logs[start].BlockHash], logs[start:end]); err != nil {
			return err
		}
		start = end
	}
	for n := d.cursor.Floor; n <= d.cursor.Number; n++ {
		d.raw(blockKey(n), nil)
	}
	d.settle(to)
	if d.cursor.Final, err = finalOf(d, d.cursor, f.final.block); err != nil {
		return err
	}
	return f.publish(d, false)
}

// blocksOf fetches the headers of the blocks that the logs are in, for their
// times.
func (f *Follower) blocksOf(ctx context.Context, logs []types.Log) (map[common.Hash]Block, error) {
	return blocksOf(ctx, f.client, logs)
}

func blocksOf(ctx context.Context, c *Client, logs []types.Log) (map[common.Hash]Block, error) {
	blocks := map[common.Hash]Block{}
	var hashes []common.Hash
	for _, l := range logs {
		if _, seen := blocks[l.BlockHash]; !seen {
			blocks[l.BlockHash] = Block{}
			hashes = append(hashes, l.BlockHash)
		}
	}
	found, err := c.headersOf(ctx, hashes)
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		blocks[h.Hash] = h.block()
	}
	return blocks, nil
}

// rangeLogs asks for the logs of blocks from to to and puts them in order.
func (f *Follower) rangeLogs(ctx context.Context, from, to uint64) ([]types.Log, error) {
	first, last := hexutil.Uint64(from), hexutil.Uint64(to)
	logs, err := f.client.logs(ctx, logFilter{From: &first, To: &last, Address: f.contracts.addresses()})
	if err != nil {
		return nil, err
	}
	return logs, inOrder(logs, from, to)
}

// inOrder sorts logs as the chain has them and checks that they were asked for.
func inOrder(logs []types.Log, from, to uint64) error {
	for _, l := range logs {
		if l.BlockNumber < from || l.BlockNumber > to {
			return fmt.Errorf("%w: asked for logs of blocks %d to %d, got one of %d", ErrInconsistent, from, to, l.BlockNumber)
		}
	}
	slices.SortFunc(logs, compareLogs)
	return nil
}

// refused reports whether a smaller question may get an answer: the provider
// said no, or it took too long, or the answer was too large.
func refused(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	return answered(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF)
}
