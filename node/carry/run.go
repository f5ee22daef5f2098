package carry

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"metanet/content/archive"
	"metanet/content/car"
	"metanet/content/mastodon"
	"metanet/content/repo"
	"metanet/identity"
)

// The kinds of files that can be brought in.
const (
	KindArchive  = "metanet"  // an archive of ours
	KindRepo     = "at"       // the CAR file of an AT repository
	KindMastodon = "mastodon" // an archive of Mastodon's
	KindList     = "list"     // a CSV file of people
)

const (
	// retry is how soon an import is tried again that this node's own trouble stopped.
	retry = 30 * time.Second
	// tidyEvery is how often uploads that nobody goes on with are looked for.
	tidyEvery = time.Hour
)

// job is the import that is being read.
type job struct {
	did identity.DID

	mu sync.Mutex
	st Status
}

// Start has an upload that is whole read, in its turn.
func (c *Carrier) Start(ctx context.Context, did identity.DID, blocks bool) (Status, error) {
	release, err := c.claim(did)
	if err != nil {
		return Status{}, err
	}
	defer release()
	st, err := c.load(did)
	switch {
	case err != nil:
		return st, err
	case st.State == Waiting || st.State == Running:
		return st, nil
	case st.State != Uploading || st.Size != st.Total:
		return st, fmt.Errorf("%w: %d of %d bytes are here", ErrNothing, st.Size, st.Total)
	}
	st.State, st.Blocks = Waiting, blocks
	if err := c.save(did, &st); err != nil {
		return st, err
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return st, nil
}

// Status is where somebody's import stands, or ErrNothing.
func (c *Carrier) Status(_ context.Context, did identity.DID) (Status, error) {
	c.mu.Lock()
	running := c.running
	c.mu.Unlock()
	if running != nil && running.did == did {
		return running.status(), nil
	}
	return c.load(did)
}

func (j *job) status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	st := j.st
	st.LeftOut, st.Notes = maps.Clone(st.LeftOut), slices.Clone(st.Notes)
	return st
}

func (c *Carrier) isRunning(did identity.DID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running != nil && c.running.did == did
}

// Run reads what waits, one import after the other, until ctx ends.
func (c *Carrier) Run(ctx context.Context) error {
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	for {
		again, err := c.all(ctx)
		if err != nil && ctx.Err() == nil {
			c.cfg.Logger.Error("imports wait", "error", err)
		}
		var later <-chan time.Time
		if again || err != nil {
			later = time.After(retry)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-later:
		case <-tidy.C:
			if err := c.Tidy(); err != nil {
				c.cfg.Logger.Warn("old uploads stay", "error", err)
			}
		}
	}
}

// all reads every import that waits, the one that waits longest first.
func (c *Carrier) all(ctx context.Context) (again bool, err error) {
	waiting, err := c.waiting()
	for _, did := range waiting {
		if ctx.Err() != nil {
			return again, nil
		}
		failed, err := c.one(ctx, did)
		if err != nil {
			return true, err
		}
		again = again || failed
	}
	return again, err
}

func (c *Carrier) waiting() (dids []identity.DID, err error) {
	since := make(map[identity.DID]time.Time)
	err = c.cfg.Space.Scan(nil, func(key, value []byte) error {
		var st Status
		if err := json.Unmarshal(value, &st); err != nil {
			return fmt.Errorf("carry: corrupt entry: %w", err)
		}
		if st.State == Waiting {
			since[identity.DID(key)] = st.Changed
		}
		return nil
	})
	dids = slices.SortedFunc(maps.Keys(since), func(a, b identity.DID) int { return since[a].Compare(since[b]) })
	return dids, err
}

// one reads one import. While it is read its state in the store is Waiting: after a
// crash it is read again from the beginning, which changes nothing that is there.
func (c *Carrier) one(ctx context.Context, did identity.DID) (again bool, err error) {
	st, err := c.load(did)
	if errors.Is(err, ErrNothing) { // taken back meanwhile
		return false, nil
	}
	if err != nil {
		return false, err
	}
	st.State, st.Tally, st.Read, st.Error = Running, Tally{}, 0, ""
	j := &job{did: did, st: st}
	c.mu.Lock()
	c.running = j
	c.mu.Unlock()
	defer func() { c.mu.Lock(); c.running = nil; c.mu.Unlock() }()

	failed := c.read(ctx, j)
	if failed != nil && own(failed) {
		c.cfg.Logger.Warn("an import waits", "did", did, "error", failed)
		return true, nil
	}
	st = j.status()
	if st.State = Done; failed != nil {
		st.State, st.Error = Failed, failed.Error()
		c.cfg.Logger.Info("an import failed", "did", did, "kind", st.Kind, "error", failed)
	}
	if err := c.save(did, &st); err != nil {
		return true, err
	}
	return false, c.remove(did)
}

func (c *Carrier) read(ctx context.Context, j *job) error {
	f, err := os.Open(c.path(j.did))
	if err != nil {
		return fmt.Errorf("carry: the upload is gone: %w", err)
	}
	defer f.Close()
	kind, err := kindOf(f, j.st.Name)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.st.Kind = kind
	j.mu.Unlock()
	tally := &Tally{}
	report := func(n int64) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.st.Read += n
		j.st.Tally = *tally
		j.st.LeftOut, j.st.Notes = maps.Clone(tally.LeftOut), slices.Clone(tally.Notes)
	}
	in := &counted{f, report}
	switch kind {
	case KindArchive:
		err = c.bringArchive(ctx, j.did, in, tally)
	case KindRepo:
		err = c.bringRepo(ctx, j.did, in, tally)
	case KindMastodon:
		err = c.bringMastodon(ctx, j.did, f, j.st.Size, tally, report)
	case KindList:
		err = c.bringChosenList(ctx, j, in, tally)
	}
	report(0)
	return err
}

// bringChosenList takes blocks only if that was asked for.
func (c *Carrier) bringChosenList(ctx context.Context, j *job, r io.Reader, t *Tally) error {
	list := mastodon.ListOf(j.st.Name)
	if list == mastodon.Blocks && !j.st.Blocks {
		return fmt.Errorf("%w: blocks are public here; say that you want that", ErrNothing)
	}
	return c.bringList(ctx, j.did, list, r, t)
}

// counted reports what is read.
type counted struct {
	r      io.Reader
	report func(n int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.report(int64(n))
	return n, err
}

// kindOf tells what a file is by its first bytes; a list by its name, as it has no
// form of its own.
func kindOf(f *os.File, name string) (kind string, err error) {
	defer func() {
		if _, back := f.Seek(0, io.SeekStart); err == nil && back != nil {
			err = fmt.Errorf("carry: %w", back)
		}
	}()
	head, _ := bufio.NewReader(f).Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return KindMastodon, nil
	case mastodon.ListOf(name) != "":
		return KindList, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("carry: %w", err)
	}
	in, err := car.NewReader(f, repo.MaxBlock)
	if err != nil {
		return "", ErrUnknownFile
	}
	first, err := in.Next()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnknownFile, err)
	}
	if data, err := first.Bytes(); err == nil && archive.IsArchive(data) {
		return KindArchive, nil
	}
	return KindRepo, nil
}

// Tidy removes uploads that nobody has gone on with for KeepUpload.
func (c *Carrier) Tidy() error {
	var old []identity.DID
	err := c.cfg.Space.Scan(nil, func(key, value []byte) error {
		var st Status
		if err := json.Unmarshal(value, &st); err != nil {
			return fmt.Errorf("carry: corrupt entry: %w", err)
		}
		if st.State == Uploading && c.cfg.Now().Sub(st.Changed) > KeepUpload {
			old = append(old, identity.DID(key))
		}
		return nil
	})
	for _, did := range old {
		if forgot := c.Forget(did); forgot != nil && !errors.Is(forgot, ErrRunning) {
			err = errors.Join(err, forgot)
		}
	}
	return err
}
