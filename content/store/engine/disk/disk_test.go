package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"metanet/content/store/engine"
	"metanet/content/store/engine/enginetest"
)

func TestConformance(t *testing.T) {
	for name, fs := range map[string]func() FS{
		"files": func() FS { return nil }, "memory": func() FS { return vfs.NewMem() },
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func(t *testing.T) engine.Engine { return open(t, filepath.Join(t.TempDir(), "db"), Options{FS: fs()}) })
		})
	}
}

func open(t *testing.T, dir string, o Options) *Engine {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func put(t *testing.T, e *Engine, key, value string) {
	t.Helper()
	pending, err := e.Apply(engine.Write{Ops: []engine.Op{{Key: key, Value: []byte(value)}}})
	if err == nil {
		err = pending()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCheckpoint: a checkpoint opens as an engine of its own, as of when it was made.
func TestCheckpoint(t *testing.T) {
	home := t.TempDir()
	e := open(t, filepath.Join(home, "db"), Options{})
	put(t, e, "k", "before")
	at := filepath.Join(home, "copy")
	if err := e.Checkpoint(at); err != nil {
		t.Fatal(err)
	}
	put(t, e, "k", "after")
	c := open(t, at, Options{})
	if got, err := c.Get([]byte("k")); err != nil || string(got) != "before" {
		t.Errorf("%q, %v", got, err)
	}
	if err := e.Checkpoint(at); err == nil {
		t.Error("over another")
	}
	if err := errors.Join(c.Close(), e.Close()); err != nil {
		t.Error(err)
	}
}

// TestCheckpointHasNoOldLog: the files of logs are used again, and longer than what
// is in them; a copy holds what there is, and not megabytes of what there was.
func TestCheckpointHasNoOldLog(t *testing.T) {
	home := t.TempDir()
	e := open(t, filepath.Join(home, "db"), Options{BufferSize: 1 << 20})
	for i := range 200 { // several buffers
		put(t, e, fmt.Sprint("k", i), strings.Repeat("x", 50_000))
	}
	at := filepath.Join(home, "copy")
	if err := e.Checkpoint(at); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(at, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		if info, err := os.Stat(log); err != nil || info.Size() > 1<<10 {
			t.Errorf("%s has %d bytes, %v", log, info.Size(), err)
		}
	}
	c := open(t, at, Options{})
	if got, err := c.Get([]byte("k199")); err != nil || len(got) != 50_000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := errors.Join(c.Close(), e.Close()); err != nil {
		t.Error(err)
	}
}
