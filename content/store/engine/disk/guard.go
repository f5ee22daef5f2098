package disk

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sawError hears of every write that the file system failed.
func (e *Engine) sawError(err error) {
	if isFull(err) && e.opts.Reserve >= 0 {
		e.space.full.Store(true)
		e.space.until.Store(e.opts.Now().Add(spaceIntervalFull).UnixNano())
	}
	// The engine tries failed flushes and compactions again at once, for ever.
	time.Sleep(errorPause)
}

const errorPause = 20 * time.Millisecond

// guardFS tells seen of every write operation that fails.
type guardFS struct {
	vfs.FS
	seen  func(error)
	fresh atomic.Int32 // while above 0, no old log is used again: see Scrub
}

func (g *guardFS) note(err error) error {
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		g.seen(err)
	}
	return err
}

func (g *guardFS) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, g.note(err)
	}
	return &guardFile{f, g}, nil
}

func (g *guardFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return g.wrap(g.FS.Create(name, c))
}

func (g *guardFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return g.wrap(g.FS.OpenReadWrite(name, c, opts...))
}

func (g *guardFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if g.fresh.Load() == 0 {
		return g.wrap(g.FS.ReuseForWrite(from, to, c))
	}
	if err := g.FS.Remove(from); err != nil {
		return nil, g.note(err)
	}
	return g.Create(to, c)
}

func (g *guardFS) Rename(from, to string) error { return g.note(g.FS.Rename(from, to)) }
func (g *guardFS) Unwrap() vfs.FS               { return g.FS }

type guardFile struct {
	vfs.File
	fs *guardFS
}

func (f *guardFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.fs.note(err)
}

func (f *guardFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	return n, f.fs.note(err)
}

func (f *guardFile) Sync() error     { return f.fs.note(f.File.Sync()) }
func (f *guardFile) SyncData() error { return f.fs.note(f.File.SyncData()) }
