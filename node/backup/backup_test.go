package backup

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree is files by path.
type tree map[string]string

func (f tree) write(t *testing.T, dir string) string {
	t.Helper()
	for path, text := range f {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, dir string) tree {
	t.Helper()
	f := tree{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		f[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func create(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func add(t *testing.T, d *Dir, f tree, keep int) Added {
	t.Helper()
	a, err := d.Add(t.Context(), f.write(t, t.TempDir()), Adding{Now: noon, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func restored(t *testing.T, d *Dir, name string) tree {
	t.Helper()
	m, err := d.Manifest(name)
	if err != nil {
		t.Fatal(err)
	}
	target := t.TempDir()
	if err := d.Restore(t.Context(), m, target, nil); err != nil {
		t.Fatal(err)
	}
	return read(t, target)
}

func same(t *testing.T, what string, got, want tree) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

var (
	first  = tree{"store/1.sst": strings.Repeat("one", 1000), "store/2.sst": strings.Repeat("two", 1000), "keys/a": "secret", "empty": ""}
	second = tree{"store/1.sst": first["store/1.sst"], "store/3.sst": "three", "store/4.sst": "four", "keys/a": "secret", "empty": "", "b": "secret"}
)

// TestGenerations: what is here is not copied again; what nobody names any more goes.
func TestGenerations(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "b"))
	if _, err := d.Manifest(""); !errors.Is(err, ErrNone) {
		t.Errorf("the newest of none: %v", err)
	}
	a := add(t, d, first, 0)
	if a.Files != 4 || a.Bytes != 6006 || a.Copied != 6006 {
		t.Errorf("first: %+v", a)
	}
	b := add(t, d, second, 0) // at the same time, says the clock
	if b.Copied != int64(len("three")+len("four")) || b.Name <= a.Name {
		t.Errorf("second: %+v after %s", b, a.Name)
	}
	same(t, "the older one", restored(t, d, a.Name), first)
	same(t, "the newest", restored(t, d, ""), second)
	c := add(t, d, second, 2)
	if c.Copied != 0 || c.Dropped != 1 {
		t.Errorf("third: %+v", c)
	}
	if n := len(read(t, filepath.Join(d.path, objectsDir))); n != 5 { // one, three, four, secret, empty
		t.Errorf("%d contents", n)
	}
	same(t, "after dropping", restored(t, d, b.Name), second)
}

// TestOnlyOwnerReads: it holds private keys.
func TestOnlyOwnerReads(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "b"))
	add(t, d, first, 0)
	err := filepath.WalkDir(d.path, func(path string, e fs.DirEntry, err error) error {
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// errKilled stands for a kill.
var errKilled = errors.New("killed")

// TestCutShort cuts a run short at each step, the first time and the second time
// that it comes there. The generations that were there are whole, at most the new
// one is there too, and then it is whole; and the next run makes good.
func TestCutShort(t *testing.T) {
	for _, step := range Steps() {
		for nth := 1; nth <= 2; nth++ {
			t.Run(string(step), func(t *testing.T) {
				d := create(t, filepath.Join(t.TempDir(), "b"))
				zero := add(t, d, tree{"old": "old", "older": "older", "oldest": "oldest"}, 0)
				one, half := add(t, d, tree{"half": "half"}, 0), add(t, d, first, 0)
				left := nth
				d.step = func(s Step) error {
					if s == step {
						left--
					}
					if left == 0 {
						return errKilled
					}
					return nil
				}
				_, err := d.Add(t.Context(), second.write(t, t.TempDir()), Adding{Now: noon, Keep: 1})
				d.step = nil
				if !errors.Is(err, errKilled) {
					if nth == 2 && (step == StepManifestWritten || step == StepManifestNamed) {
						return // once a run
					}
					t.Fatalf("was not cut short: %v", err)
				}
				all, err := d.Generations()
				if err != nil {
					t.Fatal(err)
				}
				for name, want := range map[string]tree{zero.Name: nil, one.Name: nil, half.Name: first} {
					if slices.Contains(all, name) && want != nil {
						same(t, name, restored(t, d, name), want)
					}
				}
				made := slices.Index(Steps(), step) >= slices.Index(Steps(), StepManifestNamed)
				if newest := all[len(all)-1]; made != (newest > half.Name) {
					t.Errorf("made is %v, the newest is %s", made, newest)
				} else if made {
					same(t, "the new one", restored(t, d, ""), second)
				}
				for _, name := range all { // none looks whole that isn't
					m, err := d.Manifest(name)
					if err != nil {
						t.Fatal(err)
					}
					if err := d.Verify(t.Context(), m, func(f File, err error) { t.Errorf("%s: %s: %v", name, f.Path, err) }, nil); err != nil {
						t.Error(err)
					}
				}
				again := add(t, d, second, 1)
				if made && again.Copied != 0 {
					t.Errorf("copied %d bytes again", again.Copied)
				}
				same(t, "again", restored(t, d, again.Name), second)
				if left := len(read(t, d.path)); left != 5+1+2 { // contents, manifest, mark, lock
					t.Errorf("%d files are left: %v", left, slices.Sorted(maps.Keys(read(t, d.path))))
				}
			})
		}
	}
}

// TestGoesOn: what a killed run has copied is not copied again.
func TestGoesOn(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "b"))
	n := 0
	d.step = func(s Step) error {
		if s == StepObjectNamed {
			if n++; n == 3 {
				return errKilled
			}
		}
		return nil
	}
	if _, err := d.Add(t.Context(), first.write(t, t.TempDir()), Adding{Now: noon}); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	d.step = nil
	if a := add(t, d, first, 0); a.Copied >= a.Bytes || a.Copied == 0 {
		t.Errorf("copied %d of %d", a.Copied, a.Bytes)
	}
}

func TestDamage(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"changed": func(p string) error { return os.WriteFile(p, []byte("sEcret"), 0o600) },
		"cut":     func(p string) error { return os.Truncate(p, 3) },
		"gone":    os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			d := create(t, filepath.Join(t.TempDir(), "b"))
			add(t, d, first, 0)
			m, err := d.Manifest("")
			if err != nil {
				t.Fatal(err)
			}
			var f File
			for _, f = range m.Files {
				if f.Path == "keys/a" {
					break
				}
			}
			if err := harm(d.object(f.SHA256)); err != nil {
				t.Fatal(err)
			}
			if err := d.Restore(t.Context(), m, t.TempDir(), nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "keys/a") {
				t.Errorf("restore: %v", err)
			}
			var found []string
			if err := d.Verify(t.Context(), m, func(f File, err error) {
				if !errors.Is(err, ErrDamaged) {
					t.Error(err)
				}
				found = append(found, f.Path)
			}, nil); err != nil || !slices.Equal(found, []string{"keys/a"}) {
				t.Errorf("verify: %v, %v", found, err)
			}
		})
	}
}

// TestDamagedManifest: one that cannot be trusted is not restored, and nothing is
// removed while it is not known what it names.
func TestDamagedManifest(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "b"))
	a := add(t, d, first, 0)
	path := filepath.Join(d.path, generationsDir, a.Name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte("keys/a"), []byte("keys/b"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Manifest(""); !errors.Is(err, ErrDamaged) {
		t.Errorf("manifest: %v", err)
	}
	if _, err := d.Add(t.Context(), second.write(t, t.TempDir()), Adding{Now: noon, Keep: 2}); !errors.Is(err, ErrDamaged) {
		t.Errorf("adding beside it: %v", err)
	}
	same(t, "the new one", restored(t, d, ""), second)
	if n := len(read(t, filepath.Join(d.path, objectsDir))); n != 6 {
		t.Errorf("%d contents, want all 6", n)
	}
}

// TestForeign: nothing is written into, or read from, a directory that is something
// else; and two processes do not share one.
func TestForeign(t *testing.T) {
	dir := tree{"mine": "mine"}.write(t, t.TempDir())
	if _, err := Create(dir); !errors.Is(err, ErrForeign) {
		t.Errorf("create: %v", err)
	}
	same(t, "untouched", read(t, dir), tree{"mine": "mine"})
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrForeign) {
		t.Errorf("open: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open nothing: %v", err)
	}
	d := create(t, filepath.Join(t.TempDir(), "b"))
	if _, err := Open(d.path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second time: %v", err)
	}
	killed := tree{markFile + unfinished: "half"}.write(t, t.TempDir())
	create(t, killed)
}

// TestRestoreStaysInside: a link that waits in the target leads nowhere.
func TestRestoreStaysInside(t *testing.T) {
	d := create(t, filepath.Join(t.TempDir(), "b"))
	add(t, d, first, 0)
	m, err := d.Manifest("")
	if err != nil {
		t.Fatal(err)
	}
	target, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(target, "keys")); err != nil {
		t.Skip(err)
	}
	if err := d.Restore(t.Context(), m, target, nil); err == nil {
		t.Error("restored through a link")
	}
	same(t, "outside", read(t, outside), tree{})
}

func TestParseManifest(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for name, files := range map[string][]File{
		"out":        {{"../x", 1, sum}},
		"absolute":   {{"/x", 1, sum}},
		"unclean":    {{"a//b", 1, sum}},
		"the root":   {{".", 1, sum}},
		"nothing":    {{"", 1, sum}},
		"twice":      {{"a", 1, sum}, {"a", 1, sum}},
		"short sum":  {{"a", 1, sum[:62]}},
		"upper case": {{"a", 1, strings.ToUpper(sum)}},
		"negative":   {{"a", -1, sum}},
	} {
		text, named, err := Manifest{Format: format, Made: noon, Files: files}.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(named, text); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text, named, err := Manifest{Format: format + 1, Made: noon}.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseManifest(named, text); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a later format: %v", err)
	}
	m := Manifest{Files: []File{{Path: "a"}, {Path: "a-b"}, {Path: "a/c"}, {Path: "d/e/f"}}}
	if tops := m.Tops(); !slices.Equal(tops, []string{"a", "a-b", "d"}) {
		t.Errorf("tops %v", tops)
	}
}

// FuzzManifest: whatever stands there, what is taken stays inside and is written
// again as the same.
func FuzzManifest(f *testing.F) {
	text, _, err := Manifest{Format: format, Made: noon, Files: []File{{"store/1.sst", 3, strings.Repeat("ab", 32)}}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"files":[{"path":"../../etc/passwd"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest("now-"+sumOf(text), text)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if !filepath.IsLocal(filepath.FromSlash(file.Path)) || len(file.SHA256) != 64 {
				t.Errorf("%+v", file)
			}
		}
		again, name, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(name, again); err != nil {
			t.Error(err)
		}
	})
}
