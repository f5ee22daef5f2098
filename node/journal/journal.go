// Package journal is the operator's book: what whoever runs this server decided
// about others, when and why, in the order in which it happened. It is the
// precursor of signed moderation decisions (docs/protocol.md, Blocks).
//
// Entries are only ever added. Each holds the hash of the one before, so that a
// copy taken once shows whether the past was changed since. A decision is written
// here before it is carried out: after a crash between the two the book tells of a
// step that must be repeated, never the other way round.
//
// The package doesn't know what decisions mean. It is safe for concurrent use.
package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// KV is a small ordered, durable map; a space of content/store is one.
type KV interface {
	Put(key, value []byte) error
	ScanRange(start, end []byte, fn func(key, value []byte) (more bool, err error)) error
}

// Entry is one decision.
type Entry struct {
	Number  uint64    `json:"number"` // from 1, without gaps
	Time    time.Time `json:"time"`
	By      string    `json:"by"`      // who decided
	Action  string    `json:"action"`  // what was done, such as "block"
	Subject string    `json:"subject"` // to whom or what
	Reason  string    `json:"reason,omitempty"`
	Before  string    `json:"before"` // hex sha2-256 of the entry before, as stored; "" for the first
}

// Journal is the book. Make one with Open.
type Journal struct {
	kv  KV
	now func() time.Time

	mu   sync.Mutex
	last uint64 // number of the newest entry
	head string // its hash
}

func key(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func hash(stored []byte) string {
	h := sha256.Sum256(stored)
	return hex.EncodeToString(h[:])
}

// Open reads the book through and checks its chain.
func Open(kv KV, now func() time.Time) (*Journal, error) {
	j := &Journal{kv: kv, now: now}
	err := kv.ScanRange(nil, nil, func(_, value []byte) (bool, error) {
		var e Entry
		if err := json.Unmarshal(value, &e); err != nil {
			return false, fmt.Errorf("journal: entry after %d: %w", j.last, err)
		}
		if e.Number != j.last+1 || e.Before != j.head {
			return false, fmt.Errorf("journal: entry %d does not follow %d: the book was changed", e.Number, j.last)
		}
		j.last, j.head = e.Number, hash(value)
		return true, nil
	})
	return j, err
}

// Add writes one entry, durably. Number, Time and Before are the journal's own.
func (j *Journal) Add(e Entry) (Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Number, e.Time, e.Before = j.last+1, j.now().UTC().Truncate(time.Millisecond), j.head
	b, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("journal: %w", err)
	}
	if err := j.kv.Put(key(e.Number), b); err != nil {
		return e, fmt.Errorf("journal: %w", err)
	}
	j.last, j.head = e.Number, hash(b)
	return e, nil
}

// Page is up to limit entries numbered above after, oldest first.
func (j *Journal) Page(after uint64, limit int) (page []Entry, err error) {
	err = j.kv.ScanRange(key(after+1), nil, func(_, value []byte) (bool, error) {
		var e Entry
		if err := json.Unmarshal(value, &e); err != nil {
			return false, fmt.Errorf("journal: %w", err)
		}
		page = append(page, e)
		return len(page) < limit, nil
	})
	return page, err
}
