package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Restore copies the files of a generation into target, a directory that is there,
// and holds each against its sum as it is copied. A file that is in the way is an
// error. When it returns without one, all is synced.
func (d *Dir) Restore(ctx context.Context, m Manifest, target string, progress func(done, total int64)) (err error) {
	root, err := os.OpenRoot(target) // nothing is written outside, whatever the manifest says
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	done := meter{total: m.Bytes(), report: progress}
	dirs := map[string]bool{".": true}
	for _, f := range m.Files {
		if err := d.restoreFile(ctx, root, f, &done); err != nil {
			return fmt.Errorf("backup: %s: %w", f.Path, err)
		}
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	for dir := range dirs {
		if err := syncDir(filepath.Join(target, filepath.FromSlash(dir))); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	return nil
}

func (d *Dir) restoreFile(ctx context.Context, root *os.Root, f File, done *meter) error {
	name := filepath.FromSlash(f.Path)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	in, err := d.openObject(f)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum, n, err := pour(ctx, out, in, done)
	if err == nil && (sum != f.SHA256 || n != f.Size) {
		err = fmt.Errorf("%w: its content is not what was backed up", ErrDamaged)
	}
	return errors.Join(err, out.Sync(), out.Close())
}

func (d *Dir) openObject(f File) (*os.File, error) {
	in, err := os.Open(d.object(f.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: its content is missing", ErrDamaged)
	}
	return in, err
}

// Verify reads everything that a generation names and reports each file whose
// content is not what was backed up.
func (d *Dir) Verify(ctx context.Context, m Manifest, report func(File, error), progress func(done, total int64)) error {
	done := meter{total: m.Bytes(), report: progress}
	for _, f := range m.Files {
		if err := d.verifyFile(ctx, f, &done); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			report(f, err)
		}
	}
	return nil
}

func (d *Dir) verifyFile(ctx context.Context, f File, done *meter) error {
	in, err := d.openObject(f)
	if err != nil {
		return err
	}
	defer in.Close()
	sum, n, err := pour(ctx, io.Discard, in, done)
	if err == nil && (sum != f.SHA256 || n != f.Size) {
		err = fmt.Errorf("%w: its content is not what was backed up", ErrDamaged)
	}
	return err
}
