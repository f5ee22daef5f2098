package devchain

import (
	"context"
	"fmt"
	"time"
)

// Skip seals an empty block whose time is d after the last one's: what waits for
// days on a real chain is due at once. Config.Ahead must allow for it, or the
// chain stands still until the clock has come that far. No transaction may be
// waiting.
func (c *Chain) Skip(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.change(func() error {
		if err := c.beacon.AdjustTime(d); err != nil {
			return fmt.Errorf("devchain: skip %s: %w", d, err)
		}
		if err := c.eth.ChainDb().SyncKeyValue(); err != nil {
			return fmt.Errorf("devchain: sync after block: %w", err)
		}
		return nil
	})
}
