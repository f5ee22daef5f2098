package carry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

const (
	// MaxUpload bounds one person's file, MaxSpool all that wait together, in bytes.
	MaxUpload = 1 << 30
	MaxSpool  = 4 << 30
	// KeepUpload is how long a file is kept that nobody goes on with.
	KeepUpload = 24 * time.Hour
	maxName    = 255 // bytes of a file's name
)

// The states of an import.
const (
	Uploading = "uploading" // until it is whole, and started
	Waiting   = "waiting"   // for its turn
	Running   = "running"
	Done      = "done"
	Failed    = "failed" // Error says why
)

// Status is where somebody's import stands. The last one is kept.
type Status struct {
	State string `json:"state"`
	Name  string `json:"name"`           // the file's, as its owner calls it
	Kind  string `json:"kind,omitempty"` // what it was found to be
	Total int64  `json:"total"`          // bytes of the whole file
	Size  int64  `json:"size"`           // of which are here
	Read  int64  `json:"read"`           // of which were read
	// Blocks: the blocks of a list are taken, though that publishes them.
	Blocks  bool      `json:"blocks,omitempty"`
	Error   string    `json:"error,omitempty"`
	Changed time.Time `json:"changed"`
	Tally
}

// The key family of this package's space: did → Status (JSON).
func (c *Carrier) load(did identity.DID) (st Status, err error) {
	value, found, err := c.cfg.Space.Get([]byte(did))
	if err != nil {
		return st, fmt.Errorf("carry: %w", err)
	}
	if !found {
		return st, ErrNothing
	}
	if err := json.Unmarshal(value, &st); err != nil {
		return st, fmt.Errorf("carry: corrupt entry: %w", err)
	}
	return st, nil
}

func (c *Carrier) save(did identity.DID, st *Status) error {
	st.Changed = c.cfg.Now().UTC().Truncate(time.Second)
	value, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("carry: %w", err)
	}
	return c.cfg.Space.Put([]byte(did), value)
}

// path is where somebody's file lies; its name is theirs to choose, so it is no
// part of the path.
func (c *Carrier) path(did identity.DID) string {
	name := sha256.Sum256([]byte(did))
	return filepath.Join(c.cfg.Dir, hex.EncodeToString(name[:]))
}

// Upload adds a part of a file, of which offset bytes are here. Offset 0 begins
// anew. Each part is noted in the store, which refuses when the disk is nearly full.
func (c *Carrier) Upload(ctx context.Context, did identity.DID, name string, offset, total int64, part io.Reader) (Status, error) {
	if total < 1 || total > MaxUpload {
		return Status{}, fmt.Errorf("%w: a file has 1 to %d bytes", ErrTooLarge, int64(MaxUpload))
	}
	release, err := c.claim(did)
	if err != nil {
		return Status{}, err
	}
	defer release()
	st, err := c.load(did)
	if err != nil && !errors.Is(err, ErrNothing) {
		return st, err
	}
	if st.State == Waiting || st.State == Running {
		return st, ErrRunning
	}
	if offset == 0 {
		st = Status{State: Uploading, Name: name[:min(len(name), maxName)], Total: total}
	}
	if st.State != Uploading || st.Total != total || st.Size != offset {
		return st, fmt.Errorf("%w: %d of %d bytes are here", ErrOffset, st.Size, st.Total)
	}
	if err := c.room(did, total); err != nil {
		return st, err
	}
	if err := c.save(did, &st); err != nil {
		return st, err
	}
	wrote, err := c.write(did, &st, part)
	st.Size += wrote
	if saved := c.save(did, &st); err == nil {
		err = saved
	}
	return st, err
}

// claim keeps two parts of one person's file from being written at once.
func (c *Carrier) claim(did identity.DID) (release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing[did] {
		return nil, ErrRunning
	}
	c.writing[did] = true
	return func() { c.mu.Lock(); delete(c.writing, did); c.mu.Unlock() }, nil
}

// room says whether a file may be so large, beside all others that wait.
func (c *Carrier) room(did identity.DID, total int64) error {
	err := c.cfg.Space.Scan(nil, func(key, value []byte) error {
		var st Status
		if err := json.Unmarshal(value, &st); err != nil {
			return fmt.Errorf("carry: corrupt entry: %w", err)
		}
		if string(key) != string(did) && st.State != Done && st.State != Failed {
			total += st.Total
		}
		return nil
	})
	if err == nil && total > MaxSpool {
		err = ErrFull
	}
	return err
}

// write puts a part at the file's end. What a crash cut short lies behind the size
// that the status tells, and is cut off.
func (c *Carrier) write(did identity.DID, st *Status, part io.Reader) (n int64, err error) {
	if err := os.MkdirAll(c.cfg.Dir, 0o700); err != nil {
		return 0, full(err)
	}
	f, err := os.OpenFile(c.path(did), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, full(err)
	}
	defer f.Close()
	if err := f.Truncate(st.Size); err != nil {
		return 0, full(err)
	}
	if _, err := f.Seek(st.Size, io.SeekStart); err != nil {
		return 0, full(err)
	}
	n, err = io.Copy(f, io.LimitReader(part, st.Total-st.Size))
	if err == nil {
		err = f.Sync()
	}
	return n, full(err)
}

// full gives a full disk the name that it has everywhere.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", store.ErrNoSpace, err)
	}
	if err != nil {
		return fmt.Errorf("carry: %w", err)
	}
	return nil
}

// Forget removes what is here of somebody's import, unless it is being read.
func (c *Carrier) Forget(did identity.DID) error {
	release, err := c.claim(did)
	if err != nil {
		return err
	}
	defer release()
	if c.isRunning(did) {
		return ErrRunning
	}
	if err := c.remove(did); err != nil {
		return err
	}
	return c.cfg.Space.Delete([]byte(did))
}

func (c *Carrier) remove(did identity.DID) error {
	if err := os.Remove(c.path(did)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("carry: %w", err)
	}
	return nil
}
