package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Adding says how a generation is added.
type Adding struct {
	Now time.Time
	// Keep is how many generations are left when this one is there; 0 keeps all.
	Keep int
	// Progress is told how many of the source's bytes are done with. It may be nil.
	Progress func(done, total int64)
}

// Added is what Add did.
type Added struct {
	Name    string // of the generation
	Files   int
	Bytes   int64 // of its files
	Copied  int64 // bytes that were not here yet
	Dropped int   // old generations
}

// Add makes a generation of the files under source, which must not change meanwhile
// but for growing or vanishing ones, then drops old generations. Each file is read
// once to know its content, and again if that is not here.
func (d *Dir) Add(ctx context.Context, source string, o Adding) (a Added, err error) {
	paths, total, err := list(source)
	if err != nil {
		return a, err
	}
	if err := os.MkdirAll(filepath.Join(d.path, objectsDir), 0o700); err != nil {
		return a, fmt.Errorf("backup: %w", err)
	}
	m := Manifest{Format: format, Files: []File{}}
	if m.Made, err = d.newer(o.Now); err != nil {
		return a, err
	}
	done := meter{total: total, report: o.Progress}
	dirs := map[string]bool{}
	for _, path := range paths {
		f, copied, err := d.take(ctx, source, path, &done, dirs)
		if errors.Is(err, fs.ErrNotExist) && !exists(filepath.Join(source, filepath.FromSlash(path))) {
			continue
		}
		if err != nil {
			return a, fmt.Errorf("backup: %s: %w", path, err)
		}
		m.Files = append(m.Files, f)
		a.Copied += copied
	}
	for dir := range dirs {
		if err := syncDir(dir); err != nil {
			return a, fmt.Errorf("backup: %w", err)
		}
	}
	if a.Name, err = d.publish(m); err != nil {
		return a, err
	}
	a.Files, a.Bytes = len(m.Files), m.Bytes()
	a.Dropped, err = d.prune(o.Keep)
	return a, err
}

// list is the regular files under source, by path.
func list(source string) (paths []string, bytes int64, err error) {
	err = filepath.WalkDir(source, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(source, path)
		paths, bytes = append(paths, filepath.ToSlash(rel)), bytes+info.Size()
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("backup: %w", err)
	}
	slices.Sort(paths)
	return paths, bytes, nil
}

// take sees to it that the content of a file is here, and notes in dirs what is to be
// synced for its name to last.
func (d *Dir) take(ctx context.Context, source, path string, done *meter, dirs map[string]bool) (f File, copied int64, err error) {
	from := filepath.Join(source, filepath.FromSlash(path))
	f.Path = path
	in, err := os.Open(from)
	if err != nil {
		return f, 0, err
	}
	defer in.Close()
	if f.SHA256, f.Size, err = pour(ctx, io.Discard, in, done); err != nil {
		return f, 0, err
	}
	if d.has(f) {
		return f, 0, nil
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return f, 0, err
	}
	dir := filepath.Dir(d.object(f.SHA256))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return f, 0, err
	}
	out, err := os.CreateTemp(dir, "*"+unfinished) // 0600
	if err != nil {
		return f, 0, err
	}
	defer os.Remove(out.Name()) // fails once it has its name
	f.SHA256, f.Size, err = pour(ctx, out, in, nil)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return f, 0, err
	}
	if err := d.at(StepObjectWritten); err != nil {
		return f, 0, err
	}
	// A file that grew since it was first read has another name than expected.
	if err := os.MkdirAll(filepath.Dir(d.object(f.SHA256)), 0o700); err != nil {
		return f, 0, err
	}
	if err := os.Rename(out.Name(), d.object(f.SHA256)); err != nil {
		return f, 0, err
	}
	dirs[filepath.Dir(d.object(f.SHA256))] = true
	dirs[filepath.Join(d.path, objectsDir)], dirs[d.path] = true, true
	return f, f.Size, d.at(StepObjectNamed)
}

// has reports whether a content is here, with its whole length. That a content has
// rotted meanwhile is not seen here, but when it is verified or restored.
func (d *Dir) has(f File) bool {
	info, err := os.Stat(d.object(f.SHA256))
	return err == nil && info.Mode().IsRegular() && info.Size() == f.Size
}

// publish gives a generation its name.
func (d *Dir) publish(m Manifest) (name string, err error) {
	text, name, err := m.encode()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(d.path, generationsDir)
	path := filepath.Join(dir, name)
	err = errors.Join(os.MkdirAll(dir, 0o700), syncDir(d.path))
	if err == nil {
		err = writeUnnamed(path+unfinished, text)
	}
	if err == nil {
		err = d.at(StepManifestWritten)
	}
	if err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err == nil {
		err = d.at(StepManifestNamed)
	}
	if err != nil {
		return "", fmt.Errorf("backup: manifest: %w", err)
	}
	return name, nil
}

// prune drops all but the newest generations, and every content that none of them
// names. A manifest that cannot be read stops it: what it names is not known.
func (d *Dir) prune(keep int) (dropped int, err error) {
	all, err := d.Generations()
	if err != nil {
		return 0, err
	}
	generations := filepath.Join(d.path, generationsDir)
	for ; keep > 0 && len(all) > keep; all = all[1:] {
		if err := os.Remove(filepath.Join(generations, all[0])); err != nil {
			return dropped, fmt.Errorf("backup: %w", err)
		}
		dropped++
		if err := d.at(StepManifestDropped); err != nil {
			return dropped, err
		}
	}
	if err := syncDir(generations); err != nil { // or power loss brings one back without its contents
		return dropped, fmt.Errorf("backup: %w", err)
	}
	named := map[string]bool{}
	for _, name := range all {
		m, err := d.Manifest(name)
		if err != nil {
			return dropped, err
		}
		for _, f := range m.Files {
			named[f.SHA256] = true
		}
	}
	err = filepath.WalkDir(filepath.Join(d.path, objectsDir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || named[e.Name()] {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		return d.at(StepObjectDropped)
	})
	if err == nil {
		err = d.dropUnfinished()
	}
	if err != nil {
		return dropped, fmt.Errorf("backup: %w", err)
	}
	return dropped, nil
}

// dropUnfinished removes manifests that never got their names.
func (d *Dir) dropUnfinished() error {
	dir := filepath.Join(d.path, generationsDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), unfinished) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// meter counts bytes for somebody who watches.
type meter struct {
	done, total int64
	report      func(done, total int64)
}

func (m *meter) add(n int) {
	if m == nil {
		return
	}
	m.done += int64(n)
	if m.report != nil {
		m.report(m.done, max(m.done, m.total))
	}
}

// pour copies in to out and answers the sum and the number of what it copied.
func pour(ctx context.Context, out io.Writer, in io.Reader, m *meter) (sum string, n int64, err error) {
	h := sha256.New()
	buffer := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return "", n, err
		}
		k, err := in.Read(buffer)
		h.Write(buffer[:k])
		if _, err := out.Write(buffer[:k]); err != nil {
			return "", n, err
		}
		n += int64(k)
		m.add(k)
		switch {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(h.Sum(nil)), n, nil
		case err != nil:
			return "", n, err
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
