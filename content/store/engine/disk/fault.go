package disk

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"metanet/content/store/engine"
)

// fault is why the engine cannot be written any more. It stays until the engine
// has been opened anew.
type fault struct {
	kind  error // engine.ErrReadOnly, engine.ErrNoSpace or engine.ErrCorrupt
	cause error
}

func (f *fault) error() error { return fmt.Errorf("%w: %w", f.kind, f.cause) }

func isFull(err error) bool {
	return vfs.IsNoSpaceError(err) || errors.Is(err, syscall.EDQUOT)
}

// failed notes that the engine could not write its log. The batch concerned was
// not acknowledged; the engine's memory may hold it, its log may not.
func (e *Engine) failed(cause error) error {
	f := &fault{engine.ErrReadOnly, cause}
	if isFull(cause) {
		f.kind = engine.ErrNoSpace
	}
	if e.fault.CompareAndSwap(nil, f) {
		e.log.Error("store: disk failed a write; refusing writes", "err", cause)
	}
	return e.fault.Load().error()
}

// Fault is why writes are refused since the disk failed one, nil if none is.
func (e *Engine) Fault() error {
	if f := e.fault.Load(); f != nil {
		return f.error()
	}
	return nil
}

// Writable opens the engine anew if it failed and the disk may have come back.
func (e *Engine) Writable(frees bool) (lost bool, err error) {
	if e.shut.Load() {
		return false, engine.ErrClosed
	}
	if err := e.roomToWrite(frees); err != nil {
		return false, err
	}
	if e.fault.Load() == nil {
		return false, nil
	}
	e.mending.Lock()
	defer e.mending.Unlock()
	f := e.fault.Load()
	switch {
	case f == nil: // another has mended it, and told its caller
		return false, nil
	case f.kind == engine.ErrCorrupt || e.opts.Now().Before(e.nextTry):
		return false, f.error()
	}
	e.nextTry = e.opts.Now().Add(reopenInterval)
	if err := e.probe(); err != nil {
		return false, fmt.Errorf("%w: %w", f.kind, err)
	}
	err = e.reopen(f)
	return err == nil, err
}

// probe tries what the engine does to a disk. Opening the engine on a disk that
// fails would never return: it tries to flush for ever, and no read could go on.
// So it writes as much as opening may have to flush, which is what the logs hold.
func (e *Engine) probe() (err error) {
	if e.below(e.line(true)) {
		return fmt.Errorf("less than %d bytes free", e.opts.Reserve)
	}
	fs, name := e.fs.FS, e.fs.PathJoin(e.dir, "probe")
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	chunk := make([]byte, probeSize)
	for left := e.logSize() + probeSize; left > 0 && err == nil; left -= probeSize {
		_, err = f.Write(chunk)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), fs.Remove(name))
}

// logSize is the bytes in the engine's logs.
func (e *Engine) logSize() (total int64) {
	names, err := e.fs.FS.List(e.dir)
	if err != nil {
		return 0 // the probe's own writes tell
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		if info, err := e.fs.FS.Stat(e.fs.PathJoin(e.dir, name)); err == nil {
			total += info.Size()
		}
	}
	return total
}

const probeSize = 1 << 20

const (
	reopenInterval = time.Second
	reopenPatience = time.Second
)

// reopen replaces an engine whose log failed. The new one starts from what is on
// disk: everything acknowledged, and of the rest whole batches or nothing. If it
// cannot be opened for writing, it is opened for reading, so that reads go on.
func (e *Engine) reopen(f *fault) error {
	if !e.alone(reopenPatience) {
		return f.error() // readers do not leave; next time
	}
	defer e.gate.Unlock()
	if e.p != nil {
		if err := closePebble(e.p); err != nil {
			e.log.Warn("store: closing the failed engine", "err", err)
		}
		e.p = nil
	}
	e.fault.Store(nil) // engineLog sets it again if opening fails
	p, err := pebble.Open(e.dir, e.options())
	if again := e.fault.Load(); err == nil && again != nil {
		err = errors.Join(again.cause, closePebble(p))
	}
	if err == nil {
		e.p = p
		e.log.Info("store: writing again")
		return nil
	}
	e.fault.Store(&fault{f.kind, err})
	o := e.options()
	o.ReadOnly = true
	if e.p, err = pebble.Open(e.dir, o); err != nil {
		e.p = nil
		e.log.Error("store: cannot even be read", "err", err)
	}
	return e.fault.Load().error()
}

// engineLog receives what the engine logs. Its Fatalf decides between what an
// I/O error explains (writes stop, the process goes on) and a broken promise
// inside the engine (the process stops).
type engineLog struct{ e *Engine }

func (l engineLog) Infof(format string, args ...any) {
	l.e.log.Debug("store: engine", "msg", fmt.Sprintf(format, args...))
}

func (l engineLog) Errorf(format string, args ...any) {
	l.e.log.Error("store: engine", "msg", fmt.Sprintf(format, args...))
}

// Fatalf returns after a failed write of log or MANIFEST. In Pebble 2.1.7 those
// callers (DB.Apply, versionSet.UpdateVersionLocked and create) carry on safely
// so long as nothing more is committed, which fault prevents; its own tests run
// like that. Any other call is a violated invariant.
func (l engineLog) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if !strings.Contains(msg, "MANIFEST") && !strings.HasPrefix(format, "pebble: fatal commit error") {
		l.e.log.Error("store: engine is inconsistent; stopping", "msg", msg)
		panic("store: engine is inconsistent: " + msg)
	}
	for _, a := range args {
		if err, ok := a.(error); ok {
			_ = l.e.failed(err)
			return
		}
	}
	_ = l.e.failed(errors.New(msg))
}

func (e *Engine) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			e.log.Error("store: engine's background work failed; it is tried again", "err", err)
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			e.log.Error("store: corrupt file", "info", info.String())
			e.fault.CompareAndSwap(nil, &fault{engine.ErrCorrupt, errors.New(info.String())})
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			e.log.Warn("store: writes wait for the disk", "reason", info.Reason)
		},
	}
}
