package chain

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Finality says from which block on a network takes what the chain shows for
// irreversible: "latest", "safe" or "finalized", as the chain's RPCs name blocks,
// or how many blocks must lie above, in decimal. It belongs to the network: all
// its nodes should mean the same.
//
// The view follows the head all the same, and is rolled back exactly where blocks
// are replaced. What cannot be taken back waits for finality.
type Finality string

const (
	FinalLatest    Finality = tagLatest
	FinalSafe      Finality = tagSafe
	FinalFinalized Finality = tagFinalized

	// FallbackDepth is for chains whose RPCs know no finalized block.
	FallbackDepth Finality = "64"
)

// maxDepth bounds a finality by depth. Blocks that are not final are kept with
// their journals, so it is also what limits those.
const maxDepth = 8192

// ParseFinality reads one, as people write it.
func ParseFinality(s string) (Finality, error) {
	switch f := Finality(s); f {
	case FinalLatest, FinalSafe, FinalFinalized:
		return f, nil
	}
	depth, err := strconv.ParseUint(s, 10, 64)
	if err != nil || depth > maxDepth {
		return "", fmt.Errorf("chain: finality %.40q is not latest, safe, finalized or a number of blocks up to %d", s, maxDepth)
	}
	if depth == 0 {
		return FinalLatest, nil
	}
	return Finality(strconv.FormatUint(depth, 10)), nil
}

// depth is how many blocks must lie above, if f is that kind.
func (f Finality) depth() (blocks uint64, ok bool) {
	if f == FinalLatest {
		return 0, true
	}
	blocks, err := strconv.ParseUint(string(f), 10, 64)
	return blocks, err == nil
}

// DetectFinality is what suits a chain of which nothing else is known: finalized
// where the RPC knows such a block, else a depth.
func DetectFinality(ctx context.Context, c *Client) (Finality, error) {
	h, err := c.tagged(ctx, tagFinalized)
	switch {
	case err == nil && h != nil:
		return FinalFinalized, nil
	case err == nil || answered(err):
		return FallbackDepth, nil
	}
	return "", err
}

// Final is the highest block that is final by f, given the head. A chain that has
// finalized nothing yet answers its genesis block.
func (c *Client) Final(ctx context.Context, f Finality, head Block) (Block, error) {
	var number uint64
	depth, byDepth := f.depth()
	switch {
	case byDepth && depth == 0:
		return head, nil
	case byDepth:
		number = head.Number - min(depth, head.Number)
	default:
		h, err := c.tagged(ctx, string(f))
		if h != nil {
			return h.block(), nil
		}
		if err != nil && !answered(err) {
			return Block{}, err
		}
		// Before there is one, RPCs answer null or an error of their own.
	}
	found, err := c.headers(ctx, number)
	if err == nil && found[0] == nil {
		err = fmt.Errorf("%w: block %d below the head is unknown", ErrInconsistent, number)
	}
	if err != nil {
		return Block{}, err
	}
	return found[0].block(), nil
}

// finalEvery is how often an RPC is asked for its final block: it moves by epochs,
// and many providers count requests.
const finalEvery = 6 * time.Second

// finalHead is the chain's final block, asked for when the head has moved and some
// time has passed. It may lie above what is followed so far.
func (f *Follower) finalHead(ctx context.Context, head Block) (Block, error) {
	if f.config.Finality == "" {
		detected, err := DetectFinality(ctx, f.client)
		if err != nil {
			return Block{}, err
		}
		f.setFinality(detected)
	}
	now := f.config.Now()
	_, byDepth := f.config.Finality.depth()
	fresh := f.final.asked.Hash == head.Hash || !byDepth && now.Sub(f.final.at) < finalEvery
	if f.final.block.Hash != (Block{}).Hash && fresh {
		return f.final.block, nil
	}
	final, err := f.client.Final(ctx, f.config.Finality, head)
	if err != nil {
		return Block{}, err
	}
	f.final.block, f.final.asked, f.final.at = final, head, now
	return final, nil
}

// finalMark remembers when the final block was asked for; of Run alone.
type finalMark struct {
	block, asked Block
	at           time.Time
}

func (f *Follower) setFinality(to Finality) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.config.Finality = to
}

// Finality is by which rule blocks become final here; empty until the chain was
// asked, if the configuration left it open.
func (f *Follower) Finality() Finality {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.config.Finality
}

// finalOf is how far a projection at c is final where the chain is up to final: as
// far as it has been followed and is the same. It never moves down here.
func finalOf(s reader, c cursor, final Block) (finalBlock, error) {
	if final.Number > c.Number {
		final = Block{Number: c.Number, Hash: c.Hash, Time: c.Time}
	}
	if final.Number < c.Final.Number || final.Number < c.Floor || final.Hash == c.Final.Hash {
		return c.Final, nil
	}
	known, found, err := load[blockEntry](s, blockKey(final.Number))
	if err != nil {
		return c.Final, err
	}
	if !found || known.Hash != final.Hash {
		return c.Final, nil // of a branch that the next step will see
	}
	return finalBlock(final), nil
}

// settleFinal notes what has become final without any new block.
func (f *Follower) settleFinal(final Block) error {
	at := f.cursor
	now, err := finalOf(f.store, at, final)
	if err != nil || now == at.Final {
		return err
	}
	at.Final = now
	if err := f.writeOne(cursorFamily.key(), encode(at)); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor = at
	return nil
}

// Final is the highest block followed that is final: what events up to there said
// will not be taken back. It is the zero Block until there is one.
func (f *Follower) Final() Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Block(f.cursor.Final)
}

// IsFinal reports whether what an event of this block said is irreversible. Block
// 0 stands for what no event has said.
func (f *Follower) IsFinal(block uint64) bool {
	final := f.Final()
	return block == 0 || block <= final.Number && final.Hash != (Block{}).Hash
}

// journalled is how many blocks below the head are followed one by one: those that
// a reorganisation may replace, and at least as many as are kept in any case.
func (f *Follower) journalled(head, final Block) uint64 {
	open := uint64(0)
	if head.Number > final.Number {
		open = head.Number - final.Number
	}
	return max(f.config.Keep, min(open, maxDepth))
}

// unfinal notes a rollback below what was final: the network's rule was too weak
// for this chain, or the RPC lies.
func (f *Follower) unfinal(d *draft) {
	if d.cursor.Final.Number <= d.cursor.Number {
		return
	}
	f.log.Error("chain reorganised below a final block", "final", d.cursor.Final.Number, "to", d.cursor.Number, "finality", f.config.Finality)
	d.cursor.Final = finalBlock(d.cursor.block())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Unfinalized++
}
