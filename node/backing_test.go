package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/node/backup"
)

// bareHome is a stopped home on somebody else's chain, with that many random bytes
// in its store and one sign-in.
func bareHome(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	h, err := openHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.Mkdir(h.path("store"), 0o700), h.saveNetwork(networkState{Chain: chains{"http://127.0.0.1:1"}}), h.close())
	if err != nil {
		t.Fatal(err)
	}
	inStore(t, dir, func(db *store.DB) {
		for i := 0; i < bytes; i += 100_000 {
			noise := make([]byte, 100_000)
			rand.Read(noise)
			if err := db.Space("test").Put(fmt.Append(nil, i), noise); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Space("session").Put([]byte("Fdid:ethr:0x1:0x00\x00family"), []byte("{}")); err != nil {
			t.Fatal(err)
		}
	})
	return dir
}

func inStore(t *testing.T, dir string, f func(*store.DB)) {
	t.Helper()
	if err := withStore(dir, func(_ *home, db *store.DB) error { f(db); return nil }); err != nil {
		t.Fatal(err)
	}
}

func backUp(t *testing.T, home string, to *backup.Dir) backup.Added {
	t.Helper()
	a, err := Backup(t.Context(), home, to, backup.Adding{Now: time.Now()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func backups(t *testing.T) *backup.Dir {
	t.Helper()
	d, err := backup.Create(filepath.Join(t.TempDir(), "b"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestBackupFollowsTheChange: a second run copies what has changed, and not what is
// there.
func TestBackupFollowsTheChange(t *testing.T) {
	const size = 30 << 20
	home, to := bareHome(t, size), backups(t)
	if a := backUp(t, home, to); a.Copied < size {
		t.Fatalf("copied %d bytes of %d", a.Copied, size)
	}
	inStore(t, home, func(db *store.DB) {
		if err := db.Space("test").Put([]byte("new"), make([]byte, 10_000)); err != nil {
			t.Fatal(err)
		}
	})
	if a := backUp(t, home, to); a.Copied < 100 || a.Copied > 1<<20 {
		t.Errorf("copied %d bytes for a change of 10,000", a.Copied)
	}
}

// TestRestoredHome: it is what was backed up, under another name, with nobody signed
// in; it was never in use while half of it was there.
func TestRestoredHome(t *testing.T) {
	home, to := bareHome(t, 200_000), backups(t)
	var before store.ID
	inStore(t, home, func(db *store.DB) { before = db.ID() })
	backUp(t, home, to)
	if _, err := os.Stat(filepath.Join(home, stageDir)); err == nil {
		t.Error("the copy was left")
	}
	m, err := to.Manifest("")
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "r")
	missing := m
	missing.Files = append(missing.Files, backup.File{Path: "keys/x", Size: 1, SHA256: strings.Repeat("0", 64)})
	if err := Restore(t.Context(), to, missing, target, nil); !errors.Is(err, backup.ErrDamaged) {
		t.Fatalf("with a content that is not there: %v", err)
	}
	if _, err := openHome(target); !errors.Is(err, ErrHalfRestored) {
		t.Errorf("opened half of it: %v", err)
	}
	if err := os.WriteFile(filepath.Join(target, "store", "stray"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), to, m, target, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(target, "store", "stray")); err == nil {
		t.Error("what was half restored is still there")
	}
	inStore(t, target, func(db *store.DB) {
		if db.ID() == before {
			t.Error("the store has its old name: cursors into changes that are gone would be taken")
		}
		if v, found, err := db.Space("test").Get([]byte("100000")); err != nil || !found || len(v) != 100_000 {
			t.Errorf("%d bytes, %v, %v", len(v), found, err)
		}
		if _, found, err := db.Space("session").Get([]byte("Fdid:ethr:0x1:0x00\x00family")); err != nil || found {
			t.Errorf("a sign-in lives on: %v, %v", found, err)
		}
	})
	if err := Restore(t.Context(), to, m, target, nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("over a home: %v", err)
	}
}

// TestForgedMark: a mark that somebody else wrote has nothing removed but what could
// be a home's.
func TestForgedMark(t *testing.T) {
	for _, text := range []string{`["../x"]`, `[".."]`, `["a/b"]`, `[".ssh"]`, `[""]`, `not json`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, restoringFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := prepareTarget(dir, nil); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestOneBackupAtATime: they would remove each other's copies; and what one that was
// killed has left goes when a node starts.
func TestOneBackupAtATime(t *testing.T) {
	dir := bareHome(t, 0)
	one, two := backups(t), backups(t)
	h, err := openHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	_, err = Backup(t.Context(), dir, one, backup.Adding{Now: time.Now()}, func(context.Context) (string, error) {
		if _, err := Backup(t.Context(), dir, two, backup.Adding{Now: time.Now()}, nil); !errors.Is(err, ErrBackingUp) {
			t.Errorf("a second one: %v", err)
		}
		if err := os.Mkdir(h.path(stageDir), 0o700); err != nil {
			return "", err
		}
		if err := h.dropStage(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(h.path(stageDir)); err != nil {
			t.Errorf("removed while in use: %v", err)
		}
		return h.path(stageDir), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(h.path(stageDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.dropStage(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(h.path(stageDir)); err == nil {
		t.Error("left by a kill, and kept")
	}
	if _, err := Backup(t.Context(), dir, one, backup.Adding{Now: time.Now()}, func(context.Context) (string, error) { return t.TempDir(), nil }); err == nil {
		t.Error("backed up another home")
	}
}
