package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// CredentialsEnv names the directory in which systemd puts a service's credentials
// (systemd.exec(5), LoadCredential= and LoadCredentialEncrypted=).
const CredentialsEnv = "CREDENTIALS_DIRECTORY"

// The names of the credentials that are looked for there.
const (
	OperatorCredential = "metanet-operator-passphrase"
	WrappingCredential = "metanet-wrapping-passphrase"
)

// maxPassphrase is the longest, in bytes.
const maxPassphrase = 1024

// Passphrase opens a keystore file or the keys in the store.
type Passphrase struct {
	source string
	// A closure, since fmt prints what unexported fields hold.
	text func() string
}

// ReadPassphrase reads a file: its text without the last line end. Others may not
// be able to read it.
func ReadPassphrase(path string) (*Passphrase, error) { return readPassphrase(path, 0o077) }

// FindPassphrase reads the file at path or, if that is empty, the systemd
// credential of that name; there may be none, and then it answers nil.
func FindPassphrase(path, credential string) (*Passphrase, error) {
	if path != "" {
		return ReadPassphrase(path)
	}
	dir := os.Getenv(CredentialsEnv)
	if dir == "" {
		return nil, nil
	}
	// systemd lets the service's user in through an ACL, which shows in the bits of
	// the group.
	p, err := readPassphrase(filepath.Join(dir, credential), 0o007)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return p, err
}

func readPassphrase(path string, forbidden fs.FileMode) (*Passphrase, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keyring: passphrase: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("keyring: passphrase: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%w: %s is a directory", ErrPassphrase, path)
	}
	if info.Mode().IsRegular() { // not a pipe, which nobody else reads
		if err := checkMode(path, info, forbidden); err != nil {
			return nil, err
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPassphrase+3))
	if err != nil {
		return nil, fmt.Errorf("keyring: passphrase: %w", err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if text == "" || len(text) > maxPassphrase {
		return nil, fmt.Errorf("%w: %s must hold 1 to %d bytes", ErrPassphrase, path, maxPassphrase)
	}
	return &Passphrase{path, func() string { return text }}, nil
}

func (p Passphrase) String() string               { return "passphrase from " + p.source }
func (p Passphrase) GoString() string             { return p.String() }
func (p Passphrase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
