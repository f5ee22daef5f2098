// Package block is what the operator of this server has shut out: identities,
// whole servers (everybody whose home it is), single records. A block is local, at
// once, and can be taken back: what it hides is kept, and shown again.
//
// The package owns the list and says of a record whether it is blocked. It doesn't
// know how records are hidden (node/ingest withholds them), nor what sign-ins are.
// It is safe for concurrent use.
package block

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// Max bounds the list; all of it is held in memory, at some 300 bytes each.
const Max = 100_000

// maxReason bounds a reason, in bytes.
const maxReason = 2000

var (
	// ErrSubject: what was named is no identity, server or record.
	ErrSubject = errors.New("block: want did:ethr:…, server:NUMBER or at://did:ethr:…/collection/key")
	// ErrNotBlocked is Remove's, for what isn't on the list.
	ErrNotBlocked = errors.New("block: not blocked")
	// ErrFull: Max is reached.
	ErrFull = errors.New("block: the list is full")
	// ErrReason: a reason is needed, and not longer than a page.
	ErrReason = errors.New("block: give a reason, of at most 2000 bytes")
)

// KV is a small ordered, durable map; a space of content/store is one.
type KV interface {
	Put(key, value []byte) error
	Delete(key []byte) error
	Scan(prefix []byte, fn func(key, value []byte) error) error
}

// Subject is what is blocked. Exactly one of its three kinds is set: DID alone,
// DID with a Path, or Server.
type Subject struct {
	DID    identity.DID
	Path   record.Path
	Server uint64
}

// ParseSubject reads the one spelling of a subject. Whoever is named by handle or
// AT name is resolved before.
func ParseSubject(text string) (Subject, error) {
	if number, ok := strings.CutPrefix(text, "server:"); ok {
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != number {
			return Subject{}, fmt.Errorf("%w: %q", ErrSubject, text)
		}
		return Subject{Server: n}, nil
	}
	rest, isRecord := strings.CutPrefix(text, "at://")
	authority, path, _ := strings.Cut(rest, "/")
	did, err := identity.ParseDID(authority)
	if err != nil {
		return Subject{}, fmt.Errorf("%w: %q", ErrSubject, text)
	}
	if !isRecord && path == "" {
		return Subject{DID: did}, nil
	}
	p, err := record.ParsePath(path)
	if err != nil || !isRecord {
		return Subject{}, fmt.Errorf("%w: %q", ErrSubject, text)
	}
	return Subject{DID: did, Path: p}, nil
}

func (s Subject) String() string {
	switch {
	case s.Server != 0:
		return "server:" + strconv.FormatUint(s.Server, 10)
	case s.Path != (record.Path{}):
		return "at://" + string(s.DID) + "/" + s.Path.String()
	}
	return string(s.DID)
}

// Block is one entry of the list.
type Block struct {
	Subject Subject   `json:"-"`
	Name    string    `json:"subject"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
}

// List is the list. Make one with Open.
type List struct {
	kv  KV
	now func() time.Time

	mu      sync.RWMutex
	all     map[string]Block // by Name
	servers int              // how many of them are servers
}

// Open reads the list.
func Open(kv KV, now func() time.Time) (*List, error) {
	l := &List{kv: kv, now: now, all: make(map[string]Block)}
	err := kv.Scan(nil, func(_, value []byte) error {
		var b Block
		if err := json.Unmarshal(value, &b); err != nil {
			return fmt.Errorf("block: corrupt entry: %w", err)
		}
		var err error
		if b.Subject, err = ParseSubject(b.Name); err != nil {
			return fmt.Errorf("block: corrupt entry: %w", err)
		}
		l.keep(b)
		return nil
	})
	return l, err
}

// keep is for the holder of mu.
func (l *List) keep(b Block) {
	if _, have := l.all[b.Name]; !have && b.Subject.Server != 0 {
		l.servers++
	}
	l.all[b.Name] = b
}

// Add blocks a subject, durably; adding it again replaces the reason.
func (l *List) Add(s Subject, by, reason string) (Block, error) {
	if reason == "" || len(reason) > maxReason {
		return Block{}, ErrReason
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := Block{Subject: s, Name: s.String(), By: by, Reason: reason, Since: l.now().UTC()}
	if _, have := l.all[b.Name]; !have && len(l.all) >= Max {
		return Block{}, ErrFull
	}
	value, err := json.Marshal(b)
	if err != nil {
		return Block{}, fmt.Errorf("block: %w", err)
	}
	if err := l.kv.Put([]byte(b.Name), value); err != nil {
		return Block{}, fmt.Errorf("block: %w", err)
	}
	l.keep(b)
	return b, nil
}

// Remove takes a subject off the list, durably.
func (l *List) Remove(s Subject) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := s.String()
	if _, have := l.all[name]; !have {
		return fmt.Errorf("%w: %s", ErrNotBlocked, name)
	}
	if err := l.kv.Delete([]byte(name)); err != nil {
		return fmt.Errorf("block: %w", err)
	}
	delete(l.all, name)
	if s.Server != 0 {
		l.servers--
	}
	return nil
}

// All is the list, the oldest first.
func (l *List) All() []Block {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]Block, 0, len(l.all))
	for _, b := range l.all {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Block) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// Person finds what shuts out somebody whose home is the server that home answers;
// it is asked only where servers are blocked at all.
func (l *List) Person(did identity.DID, home func() (uint64, error)) (Block, bool, error) {
	l.mu.RLock()
	b, found := l.all[string(did)]
	servers := l.servers
	l.mu.RUnlock()
	if found || servers == 0 {
		return b, found, nil
	}
	server, err := home()
	if err != nil || server == 0 {
		return Block{}, false, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	b, found = l.all[Subject{Server: server}.String()]
	return b, found, nil
}

// Record finds what shuts out this very record.
func (l *List) Record(did identity.DID, path record.Path) (Block, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.all) == 0 {
		return Block{}, false
	}
	b, found := l.all[Subject{DID: did, Path: path}.String()]
	return b, found
}
