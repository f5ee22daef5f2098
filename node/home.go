package node

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"metanet/chain"
)

// ErrHomeInUse: another process holds the home directory.
var ErrHomeInUse = errors.New("home directory is in use by another process")

// home is the node's directory:
//
//	keys/         private keys, 0600
//	chain/        the embedded development chain
//	tls/          certificates by ACME, with their keys
//	store/        records, blobs, index and chain state
//	network.json  which network this home belongs to, and what it listened on
//	control.json  how the command line reaches the running node; new each start
//	lock          held while a process uses the directory
//	backup.tmp/   a copy while a backup is made of it; backup.lock is held meanwhile
//	restoring     while a backup is brought back here
type home struct {
	dir  string
	lock *flock.Flock
}

func openHome(dir string) (*home, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, restoringFile)); err == nil {
		return nil, fmt.Errorf("%w: %s", ErrHalfRestored, dir)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("home: lock: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrHomeInUse, dir)
	}
	return &home{dir, lock}, nil
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

func (h *home) close() error {
	os.Remove(h.path(controlFile))
	return h.lock.Unlock()
}

// networkState is what a home remembers between starts, so that a restart with
// no flags goes on where it was.
type networkState struct {
	Network string   `json:"network,omitempty"` // base32; another network is refused
	Chain   chains   `json:"chain"`             // "dev" or JSON-RPC URLs, which may hold a provider's key
	HTTP    string   `json:"http,omitempty"`    // addresses really listened on, where port 0 was asked for
	RPC     string   `json:"rpc,omitempty"`
	Domain  string   `json:"domain,omitempty"`
	P2P     []string `json:"p2p,omitempty"`
	Peers   []string `json:"peers,omitempty"` // addresses learnt when joining
	Join    string   `json:"join,omitempty"`

	Quorum   int            `json:"chainQuorum,omitempty"` // how many RPCs must agree
	Finality chain.Finality `json:"finality,omitempty"`    // the network's; empty until the chain was asked

	// Contracts is where the network's contracts are, so that a start works while
	// the chain is away.
	Contracts *chain.Contracts `json:"contracts,omitempty"`
}

const networkFile = "network.json"

func (h *home) loadNetwork() (networkState, error) {
	var s networkState
	data, err := os.ReadFile(h.path(networkFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("home: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("home: %s: %w", networkFile, err)
	}
	return s, nil
}

func (h *home) saveNetwork(s networkState) error { return h.writeJSON(networkFile, s) }

// Control is how a command of the same user reaches the running node.
type Control struct {
	URL   string `json:"url"`
	Token string `json:"token"` // bearer of the operator API; new each start
	PID   int    `json:"pid"`
}

const controlFile = "control.json"

func (h *home) saveControl(url string) (Control, error) {
	var raw [32]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return Control{}, err
	}
	c := Control{URL: url, Token: base64.RawURLEncoding.EncodeToString(raw[:]), PID: os.Getpid()}
	return c, h.writeJSON(controlFile, c)
}

// ReadControl finds the node that runs in the home directory dir.
func ReadControl(dir string) (Control, error) {
	var c Control
	data, err := os.ReadFile(filepath.Join(dir, controlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("no node is running in %s (start one with `metanet up`, or name its directory with --home)", dir)
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

// writeJSON replaces a file whole: a crash leaves the old or the new one.
func (h *home) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(h.dir, name+".*") // 0600
	if err != nil {
		return fmt.Errorf("home: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("home: %s: %w", name, err)
	}
	return os.Rename(f.Name(), h.path(name))
}
