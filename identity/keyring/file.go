package keyring

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The names of the key files.
const (
	operatorFile = "operator.key"
	rotationFile = "rotation.key"
	wrappingFile = "wrapping.key"
)

const secretLen = 32

// secret is a private key's 32 bytes. No type of this package holds one in a
// field: fmt would print it from there.
type secret [secretLen]byte

// Format and MarshalText show nothing, whatever the verb or the encoding.
func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "[secret]") }
func (secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// prepareDir makes the directory of the key files, or checks that nobody else
// can put files into it.
func prepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return checkMode(dir, info, 0o022)
}

// checkMode refuses permission bits that give others a hand in a file.
func checkMode(path string, info fs.FileInfo, forbidden fs.FileMode) error {
	if runtime.GOOS == "windows" {
		return nil // the bits are made up there; the home directory's ACL decides
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return fmt.Errorf("%w: %s has mode %04o (try: chmod go-rwx %s)", ErrExposed, path, mode, path)
	}
	return nil
}

// loadOrCreate reads a key file, making it by generate if it does not exist.
func loadOrCreate(dir, name string, generate func() (*secret, error)) (*secret, error) {
	path := filepath.Join(dir, name)
	s, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if s, err = generate(); err != nil {
		return nil, fmt.Errorf("keyring: making %s: %w", name, err)
	}
	if err := create(path, s); err != nil {
		return nil, err
	}
	return load(path) // ours, or that of another process which was faster
}

func load(path string) (*secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	defer f.Close()
	info, err := f.Stat() // of what was opened, not of what the name says by now
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrMalformed, path)
	}
	if err := checkMode(path, info, 0o077); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, 2*secretLen+3))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return parseSecret(path, string(text))
}

// parseSecret reads 64 hex digits and at most one line end. Its errors never
// repeat the text.
func parseSecret(path, text string) (*secret, error) {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != secretLen {
		return nil, fmt.Errorf("%w: %s: want 64 hex digits", ErrMalformed, path)
	}
	return (*secret)(b), nil
}

// create writes a key file.
func create(path string, s *secret) error {
	return createFile(path, []byte(hex.EncodeToString(s[:])+"\n"))
}

// createFile writes a file under its name, whole and durable or not at all. The
// order is: data synced under a temporary name, then the name, then the directory. A
// crash leaves at worst a temporary file that nothing will read. Linking, unlike
// renaming, never replaces a key that another process made meanwhile.
func createFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keyring: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}
