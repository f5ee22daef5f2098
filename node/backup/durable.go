package backup

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// writeUnnamed writes a file and syncs it; its name is not durable yet.
func writeUnnamed(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// writeSynced makes a file whole or not at all.
func writeSynced(path string, text []byte) error {
	if err := writeUnnamed(path+unfinished, text); err != nil {
		return err
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable. Windows has no such call; its file
// systems do it by themselves.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
