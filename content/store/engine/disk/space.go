package disk

import (
	"fmt"
	"sync/atomic"
	"time"

	"metanet/content/store/engine"
)

// spaceGauge remembers how much space was free, so that the disk isn't asked for
// each write.
type spaceGauge struct {
	now     func() time.Time
	until   atomic.Int64 // Unix nanoseconds until which full holds
	full    atomic.Bool
	written atomic.Int64 // bytes since the disk was last asked
}

const (
	spaceInterval     = time.Second
	spaceIntervalFull = 100 * time.Millisecond // so that writes resume promptly
	spaceBytes        = 16 << 20               // ask after so many bytes, however fast
)

func (g *spaceGauge) wrote(n int) { g.written.Add(int64(n)) }

// roomToWrite is the low-disk brake: writes stop while the engine still has room
// to finish what it does, and resume a little above the line. What frees space
// may use part of the reserve.
func (e *Engine) roomToWrite(frees bool) error {
	g := &e.space
	now := g.now().UnixNano()
	if now >= g.until.Load() || g.written.Load() >= spaceBytes {
		full := e.below(e.line(g.full.Load()))
		if full != g.full.Swap(full) {
			e.log.Warn("store: low-disk brake", "on", full, "reserve", e.opts.Reserve)
		}
		g.written.Store(0)
		wait := spaceInterval
		if full {
			wait = spaceIntervalFull
		}
		g.until.Store(now + int64(wait))
	}
	if !g.full.Load() || frees && !e.below(e.opts.Reserve/reclaimShare) {
		return nil
	}
	return fmt.Errorf("%w: less than %d bytes free", engine.ErrNoSpace, e.opts.Reserve)
}

// reclaimShare: what frees space stops at a quarter of the reserve.
const reclaimShare = 4

// line is how much must be free, a little more once writes have stopped.
func (e *Engine) line(stopped bool) int64 {
	if stopped {
		return e.opts.Reserve + e.opts.Reserve/16
	}
	return e.opts.Reserve
}

// LowOn reports whether fewer than so many bytes are free. A file system that does
// not tell has enough.
func (e *Engine) LowOn(bytes int64) bool { return e.below(bytes) }

// below reports whether less than so many bytes are free.
func (e *Engine) below(line int64) bool {
	if line < 0 {
		return false
	}
	usage, err := e.fs.FS.GetDiskUsage(e.dir)
	return err == nil && usage.AvailBytes < uint64(line) // not every file system tells; the engine's own error will
}
