package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"metanet/chain/devchain"
	"metanet/content/store"
	"metanet/node/backup"
	"metanet/node/session"
)

var (
	// ErrHalfRestored is returned for a home that a backup was not brought back to in
	// full: `metanet restore` again.
	ErrHalfRestored = errors.New("restoring this home was cut short; repeat it")

	// ErrNotEmpty is returned by Restore for a directory with something in it.
	ErrNotEmpty = errors.New("restore: directory is not empty")

	// ErrBackingUp is returned by Backup while another backs up the same home.
	ErrBackingUp = errors.New("backup: another process backs up this home")
)

const (
	stageDir      = "backup.tmp"
	stageLock     = "backup.lock"
	restoringFile = "restoring"
)

// stage puts a copy of the home as of now into HOME/backup.tmp: tables of the store
// by hard links, everything else, which is small, copied. The chain stands still while
// the store is taken down, so that the store's view is never ahead of the blocks that
// go with it: what it waits for is sent again, what it has seen is there.
func (h *home) stage(ctx context.Context, db *store.DB, dev *devchain.Chain) (dir string, err error) {
	dir = h.path(stageDir)
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	take := func(uint64) error { return db.Checkpoint(filepath.Join(dir, "store")) }
	if dev == nil {
		err = take(0)
	} else {
		var head uint64
		err = dev.Hold(func(n uint64) error { head = n; return take(n) })
		if err == nil {
			err = dev.Export(ctx, filepath.Join(dir, "chain"), head)
		}
	}
	if err == nil {
		err = h.stageFiles(dir)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// stageFiles copies what is neither store nor chain.
func (h *home) stageFiles(dir string) error {
	copyFile := func(name string) error {
		text, err := os.ReadFile(h.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		to := filepath.Join(dir, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		return err
	}
	names := []string{networkFile, "config.yaml"}
	for _, folder := range []string{"keys", "imports"} {
		entries, err := os.ReadDir(h.path(folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("backup: %w", err)
		}
		for _, e := range entries {
			name := filepath.Join(folder, e.Name())
			switch {
			case e.IsDir():
			case folder == "keys": // may be links to elsewhere: what they lead to is taken
				names = append(names, name)
			default: // as large as people like
				err := errors.Join(os.MkdirAll(filepath.Join(dir, folder), 0o700), os.Link(h.path(name), filepath.Join(dir, name)))
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("backup: %w", err)
				}
			}
		}
	}
	for _, name := range names {
		if err := copyFile(name); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	return nil
}

// Backup adds a generation of the home in dir to to. checkpoint asks the node that
// runs there for a copy; it is not called if none does.
func Backup(ctx context.Context, dir string, to *backup.Dir, o backup.Adding, checkpoint func(context.Context) (path string, err error)) (a backup.Added, err error) {
	if _, err := os.Stat(filepath.Join(dir, "store")); err != nil {
		return a, fmt.Errorf("no node has been started in %s yet: %w", dir, err)
	}
	lock := flock.New(filepath.Join(dir, stageLock), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil {
		return a, fmt.Errorf("backup: lock: %w", err)
	} else if !ok {
		return a, ErrBackingUp
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	stage, err := stageStopped(ctx, dir)
	if errors.Is(err, ErrHomeInUse) {
		stage, err = checkpoint(ctx)
	}
	if err != nil {
		return a, err
	}
	if want, err := filepath.Abs(filepath.Join(dir, stageDir)); err != nil || !sameFile(stage, want) {
		return a, fmt.Errorf("backup: the node that answers has another home: %s", filepath.Dir(stage))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	return to.Add(ctx, stage, o)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// stageStopped stages the home of a node that doesn't run.
func stageStopped(ctx context.Context, dir string) (stage string, err error) {
	err = withStore(dir, func(h *home, db *store.DB) (err error) {
		state, err := h.loadNetwork()
		if err != nil {
			return err
		}
		var dev *devchain.Chain
		if state.Chain.dev() {
			if dev, err = devchain.Start(ctx, devchain.Config{Dir: h.path("chain"), RPC: "127.0.0.1:0"}); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, dev.Close()) }()
		}
		stage, err = h.stage(ctx, db, dev)
		return err
	})
	return stage, err
}

// dropStage removes what a backup that was killed has left, which would keep on disk
// whatever is deleted from the store.
func (h *home) dropStage() error {
	lock := flock.New(h.path(stageLock), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return err // somebody makes one now
	}
	return errors.Join(os.RemoveAll(h.path(stageDir)), lock.Close())
}

// Restore brings a generation back into dir, which must be empty, or hold what a
// restore that was cut short has left.
//
// What the world has seen of the home since must not happen again, or be taken for
// something else: the store gets a new name, which voids cursors into its changes,
// and all sign-ins end. Transactions need nothing: those in the sender's queue that
// have a nonce are sent again byte for byte, the others are simulated first.
func Restore(ctx context.Context, from *backup.Dir, m backup.Manifest, dir string, progress func(done, total int64)) error {
	if err := prepareTarget(dir, m.Tops()); err != nil {
		return err
	}
	if err := from.Restore(ctx, m, dir, progress); err != nil {
		return err
	}
	if slices.Contains(m.Tops(), "chain") {
		if err := devchain.Restore(ctx, filepath.Join(dir, "chain")); err != nil {
			return err
		}
	}
	db, err := store.Open(filepath.Join(dir, "store"), store.Options{})
	if err != nil {
		return err
	}
	err = errors.Join(db.Renew(ctx), session.EndEverybody(db.Space("session")), db.Close())
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, restoringFile)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// prepareTarget makes dir, or empties it of what an earlier attempt has put there,
// and marks it as half restored. The mark lists what it puts there, so that nothing
// else is ever removed.
func prepareTarget(dir string, tops []string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	mark := filepath.Join(dir, restoringFile)
	text, err := os.ReadFile(mark)
	switch {
	case err == nil:
		var left []string
		if err := json.Unmarshal(text, &left); err != nil {
			return fmt.Errorf("%w: %s", ErrNotEmpty, dir)
		}
		for _, name := range left {
			if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
				return fmt.Errorf("%w: %s", ErrNotEmpty, dir)
			}
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("restore: %w", err)
			}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("restore: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, e := range entries {
		if e.Name() != restoringFile && e.Name() != "lost+found" {
			return fmt.Errorf("%w: %s holds %s", ErrNotEmpty, dir, e.Name())
		}
	}
	if text, err = json.Marshal(tops); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(dir, 0o700), os.WriteFile(mark, text, 0o600)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}
