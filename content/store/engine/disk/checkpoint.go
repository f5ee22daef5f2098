package disk

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// Checkpoint puts a copy of the engine into dir. Tables are shared with it by hard
// links where the file system can.
func (e *Engine) Checkpoint(dir string) error {
	p, release, err := e.hold()
	if err != nil {
		return err
	}
	defer release()
	if err := p.Flush(); err != nil { // the log, which is not shared, is short then
		return named("checkpoint", err)
	}
	if err := p.Checkpoint(dir); err != nil {
		return named("checkpoint", err)
	}
	return named("checkpoint", e.settle(dir))
}

// settle opens a checkpoint and closes it, which leaves in a table what its log held,
// and an empty log: logs are files used again, with megabytes of what was in them
// before, which a backup would copy each time. It also shows that the copy opens.
func (e *Engine) settle(dir string) error {
	log := &copyLog{engineLog: engineLog{e}}
	o := e.options()
	o.FS, o.Lock, o.Cache, o.EventListener, o.Logger = e.opts.FS, nil, nil, nil, log
	o.CacheSize, o.DisableAutomaticCompactions = 1<<20, true
	p, err := pebble.Open(dir, o)
	if err != nil {
		return err
	}
	return errors.Join(closePebble(p), log.err())
}

// copyLog keeps what is fatal to a copy from being taken for the engine's own fault:
// the copy is thrown away.
type copyLog struct {
	engineLog

	mu    sync.Mutex
	fatal error
}

func (l *copyLog) Fatalf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = fmt.Errorf(format, args...)
}

func (l *copyLog) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
