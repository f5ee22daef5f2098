package node

import (
	"context"
	"errors"
	"time"

	"metanet/content/store"
)

// diskRetry is how soon a part that the disk has stopped tries again.
const diskRetry = time.Second

// patient runs a part again that ended because the disk is full or failing. That
// passes, and until then the node serves what it has: a block that somebody else
// made must not end it.
func (n *Node) patient(name string, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		told := false // once for each outage
		for {
			began := time.Now()
			err := run(ctx)
			if !errors.Is(err, store.ErrNoSpace) && !errors.Is(err, store.ErrReadOnly) {
				return err
			}
			if !told || time.Since(began) > diskRetry {
				n.log.Error("a part waits for the disk", "name", name, "error", err)
				told = true
			}
			select {
			case <-time.After(diskRetry):
			case <-ctx.Done():
				return nil
			}
		}
	}
}
