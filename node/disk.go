package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"metanet/content/store"
)

const (
	// diskRetry is how soon a part that the disk has stopped tries again, and
	// diskCalm how long it must run before it counts as going on.
	diskRetry = time.Second
	diskCalm  = 3 * time.Second
	// diskLogEvery is how often the log tells that the disk refuses writes: every
	// part and every caller meets it, a thousand times a second.
	diskLogEvery = time.Minute
)

// isDisk says that an error is the disk's, full or failing, which passes.
func isDisk(err error) bool {
	return errors.Is(err, store.ErrNoSpace) || errors.Is(err, store.ErrReadOnly)
}

// stall is a part that waits for the disk.
type stall struct {
	name string
	err  error
}

// patient runs a part again that ended because the disk is full or failing. That
// passes, and until then the node serves what it has: a block that somebody else
// made must not end it. /readyz tells of it.
func (n *Node) patient(name string, run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			stalled := n.stalled.Load()
			calm := time.AfterFunc(diskCalm, func() {
				if stalled != nil && stalled.name == name {
					n.stalled.CompareAndSwap(stalled, nil)
				}
			})
			err := run(ctx)
			calm.Stop()
			if !isDisk(err) {
				return err
			}
			n.stalled.Store(&stall{name, err})
			n.log.Error("a part waits for the disk", "name", name, "error", err)
			select {
			case <-time.After(diskRetry):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// diskLog passes on one line a minute of each message that tells of the disk's
// errors, in the place of a line for each write that is refused; all others it
// leaves alone.
type diskLog struct {
	slog.Handler
	last *sync.Map // when a message last went out, time.Time by its text: a constant of the code
}

func newDiskLog(h slog.Handler) slog.Handler { return diskLog{h, new(sync.Map)} }

func (d diskLog) Handle(ctx context.Context, r slog.Record) error {
	if tellsOfDisk(r) {
		last, said := d.last.LoadOrStore(r.Message, r.Time)
		if said && (r.Time.Sub(last.(time.Time)) < diskLogEvery || !d.last.CompareAndSwap(r.Message, last, r.Time)) {
			return nil
		}
	}
	return d.Handler.Handle(ctx, r)
}

func tellsOfDisk(r slog.Record) (disk bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		disk = ok && isDisk(err)
		return !disk
	})
	return disk
}

func (d diskLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return diskLog{d.Handler.WithAttrs(attrs), d.last}
}

func (d diskLog) WithGroup(name string) slog.Handler {
	return diskLog{d.Handler.WithGroup(name), d.last}
}
