package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

const (
	markFile       = "metanet-backup"
	lockFile       = "lock"
	objectsDir     = "objects"
	generationsDir = "generations"

	markText = "MetaNet backup, format 1. It holds private keys: see docs/operating.md.\n"

	// unfinished ends the names of files that are being written.
	unfinished = ".tmp"
)

// Dir is a directory of backups that this process alone uses.
type Dir struct {
	path string
	lock *flock.Flock

	// step, in tests, is told what was just done, and may fail there as a kill would.
	step func(Step) error
}

// Step is a place where a run may be cut short.
type Step string

// The steps of Add, in order.
const (
	StepObjectWritten   Step = "object written"   // synced, without its name
	StepObjectNamed     Step = "object named"     //
	StepManifestWritten Step = "manifest written" // synced, without its name
	StepManifestNamed   Step = "manifest named"   // the generation exists
	StepManifestDropped Step = "manifest dropped" // of an old generation
	StepObjectDropped   Step = "object dropped"   //
)

// Steps is all of them.
func Steps() []Step {
	return []Step{StepObjectWritten, StepObjectNamed, StepManifestWritten, StepManifestNamed, StepManifestDropped, StepObjectDropped}
}

func (d *Dir) at(s Step) error {
	if d.step == nil {
		return nil
	}
	return d.step(s)
}

// Create opens the backups in path, which it makes if there is nothing.
func Create(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if len(entries) == 0 || isUnmarked(entries) {
		if err := os.Chmod(path, 0o700); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		if err := writeSynced(filepath.Join(path, markFile), []byte(markText)); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
	}
	return Open(path)
}

// isUnmarked reports whether a kill may have left this directory before its mark had
// its name.
func isUnmarked(entries []fs.DirEntry) bool {
	return len(entries) == 1 && entries[0].Name() == markFile+unfinished
}

// Open opens the backups in path.
func Open(path string) (*Dir, error) {
	if _, err := os.Stat(filepath.Join(path, markFile)); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		return nil, fmt.Errorf("%w: %s", ErrForeign, path)
	} else if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("backup: lock: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	}
	return &Dir{path: path, lock: lock}, nil
}

// Close lets others use the directory.
func (d *Dir) Close() error { return d.lock.Close() }

// Generations is the names of all generations, the newest last.
func (d *Dir) Generations() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(d.path, generationsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("backup: %w", err)
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) != unfinished {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Manifest reads one generation; the empty name is the newest.
func (d *Dir) Manifest(name string) (Manifest, error) {
	all, err := d.Generations()
	if err != nil {
		return Manifest{}, err
	}
	switch {
	case name == "" && len(all) > 0:
		name = all[len(all)-1]
	case !slices.Contains(all, name):
		return Manifest{}, fmt.Errorf("%w: %s", ErrNone, name)
	}
	text, err := os.ReadFile(filepath.Join(d.path, generationsDir, name))
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	return parseManifest(name, text)
}

// object is where the content with that sum is.
func (d *Dir) object(sum string) string {
	return filepath.Join(d.path, objectsDir, sum[:2], sum)
}

// newer answers a time after every generation's, so that a clock that went back does
// not put a new generation before an old one.
func (d *Dir) newer(now time.Time) (time.Time, error) {
	now = now.UTC().Truncate(time.Microsecond)
	all, err := d.Generations()
	if err != nil || len(all) == 0 {
		return now, err
	}
	last, err := time.Parse(stamp, all[len(all)-1][:min(len(stamp), len(all[len(all)-1]))])
	if err != nil {
		return now, fmt.Errorf("%w: generation %s", ErrDamaged, all[len(all)-1])
	}
	if !now.After(last) {
		now = last.Add(time.Microsecond)
	}
	return now, nil
}
