// Package personal keeps what a member keeps for themselves at this server: whom
// they have muted, and up to when they have seen what concerns them. None of it
// is a record, none of it travels, and nobody else is told.
//
// It owns one space of the store. People are muted by the name in which values and
// views name them: AT name, or did:ethr of who has none.
package personal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"metanet/identity"
)

// MaxMutes bounds how many people one member mutes.
const MaxMutes = 10_000

// ErrTooMany is answered by Mute beyond MaxMutes.
var ErrTooMany = errors.New("personal: too many people muted")

// KV is the durable space; *store.Space is one.
type KV interface {
	Get(key []byte) (value []byte, found bool, err error)
	Scan(prefix []byte, fn func(key, value []byte) error) error
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// Personal is safe for concurrent use.
type Personal struct {
	kv  KV
	now func() time.Time
	mu  sync.Mutex // one change at a time: Mute counts before it writes
}

// New keeps everything in kv.
func New(kv KV, now func() time.Time) *Personal { return &Personal{kv: kv, now: now} }

const (
	tagMute = 'm' // did NUL name: when, 8 bytes
	tagSeen = 's' // did: when, 8 bytes
)

func key(tag byte, did identity.DID) []byte { return append([]byte{tag}, did...) }

func muteKey(did identity.DID, name string) []byte {
	return append(append(key(tagMute, did), 0), name...)
}

func instant(t time.Time) []byte { return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro())) }

// Mute lets did hear no more of these people; all of them or, beyond MaxMutes, none.
func (p *Personal) Mute(did identity.DID, names ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	muted, err := p.Muted(did)
	if err != nil {
		return err
	}
	puts := make(map[string][]byte)
	for _, name := range names {
		if !muted[name] {
			puts[string(muteKey(did, name))] = instant(p.now())
		}
	}
	if len(muted)+len(puts) > MaxMutes {
		return fmt.Errorf("%w: more than %d", ErrTooMany, MaxMutes)
	}
	if len(puts) == 0 {
		return nil
	}
	return p.kv.Apply(puts, nil)
}

// Unmute lets did hear of name again.
func (p *Personal) Unmute(did identity.DID, name string) error {
	return p.kv.Apply(nil, [][]byte{muteKey(did, name)})
}

// Muted is everybody whom did has muted.
func (p *Personal) Muted(did identity.DID) (map[string]bool, error) {
	muted := make(map[string]bool)
	of := append(key(tagMute, did), 0)
	return muted, p.kv.Scan(of, func(key, _ []byte) error {
		muted[string(key[len(of):])] = true
		return nil
	})
}

// SeenAt is up to when did has seen what concerns them; the zero time if never.
func (p *Personal) SeenAt(did identity.DID) (time.Time, error) {
	value, found, err := p.kv.Get(key(tagSeen, did))
	if err != nil || !found {
		return time.Time{}, err
	}
	if len(value) != 8 {
		return time.Time{}, fmt.Errorf("personal: seen of %s has %d bytes", did, len(value))
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(value))).UTC(), nil
}

// See notes that did has seen everything up to at, or up to now if that is earlier.
func (p *Personal) See(did identity.DID, at time.Time) error {
	if now := p.now(); at.After(now) {
		at = now
	}
	if at.UnixMicro() < 0 {
		at = time.UnixMicro(0)
	}
	return p.kv.Apply(map[string][]byte{string(key(tagSeen, did)): instant(at)}, nil)
}

// Forget removes all of did's, as when they leave.
func (p *Personal) Forget(did identity.DID) error {
	gone := [][]byte{key(tagSeen, did)}
	if err := p.kv.Scan(append(key(tagMute, did), 0), func(key, _ []byte) error {
		gone = append(gone, bytes.Clone(key))
		return nil
	}); err != nil {
		return err
	}
	return p.kv.Apply(nil, gone)
}
