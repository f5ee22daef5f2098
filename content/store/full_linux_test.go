package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSmallFileSystem fills a real file system of 160 MB, with the brake and
// without it, and makes room again. It needs the right to mount.
func TestSmallFileSystem(t *testing.T) {
	for name, reserve := range map[string]int64{"brake": 40 << 20, "no brake": -1} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=160m"); err != nil {
				t.Skipf("cannot mount: %v", err)
			}
			defer func() {
				if err := syscall.Unmount(dir, 0); err != nil {
					t.Error(err)
				}
			}()
			fillAndRecover(t, dir, reserve)
		})
	}
}

func fillAndRecover(t *testing.T, dir string, reserve int64) {
	other := filepath.Join(dir, "other") // somebody else's file takes most of it
	if err := os.WriteFile(other, make([]byte, 80<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var clock testClock
	db, err := Open(filepath.Join(dir, "db"), Options{Reserve: reserve, Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	stored, refused := 0, 0
	put := func() error {
		big := make([]byte, 512<<10)
		r := rand.New(rand.NewPCG(uint64(stored), 0))
		for i := range big {
			big[i] = byte(r.Uint32())
		}
		clock.advance(2 * time.Second)
		err := db.Space("load").Put(fmt.Appendf(nil, "%06d", stored), big)
		if err == nil {
			stored++
		}
		return err
	}
	for refused < 5 {
		if stored > 200 {
			t.Fatal("the disk is never full")
		}
		if err := put(); errors.Is(err, ErrNoSpace) || errors.Is(err, ErrReadOnly) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if reserve > 0 && broken(db) != nil {
		t.Error("the brake came too late")
	}
	countLoad(t, db, stored)
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if err := put(); err != nil {
		t.Fatalf("there is room again: %v", err)
	}
	countLoad(t, db, stored)
}

// countLoad: all that was acknowledged can be read; perhaps one more, whose
// acknowledgement failed.
func countLoad(t *testing.T, db *DB, stored int) {
	t.Helper()
	n := 0
	err := db.Space("load").Scan(nil, func(_, value []byte) error {
		if len(value) != 512<<10 {
			return fmt.Errorf("%d bytes", len(value))
		}
		n++
		return nil
	})
	if err != nil || n < stored || n > stored+1 {
		t.Fatalf("%d of %d: %v", n, stored, err)
	}
}
