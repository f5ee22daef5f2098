// Package move brings what a person has written from one home server to another,
// whatever the old one does: help, be silent, or work against it.
//
// A move has three steps. It begins at the new server, before the home changes on
// the chain: what the old home and peers have is fetched, and a copy is kept of
// what the old home's key has signed. Then the wallet names the new home, by the
// new server's help or its own transaction; the old home's key ends with that, and
// what it signed is hidden everywhere. Last, that is written again under the new
// home's key (node/resign), from the copy and from the store.
//
// The copy is what makes an enemy of the old home harmless: its key, though ended,
// can sign a later record or tombstone for each path, which would take the place
// of the honest one in every store. It cannot reach into the copy. So what the old
// home signed after the move began is not brought back unasked; it is counted as
// late, and the person can look and say so.
//
// The state of a move is durable, each step may be repeated, and a restart goes on
// where it was. The package knows neither HTTP nor the chain; it asks for an export
// and for key histories through what it is given.
package move

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/resign"
)

// ErrNotBegun: the person has not begun a move at this server.
var ErrNotBegun = errors.New("move: not begun here")

const (
	// MaxCopy bounds one person's copy, in bytes; of what is beyond it only the
	// store is left.
	MaxCopy = 64 << 20
	// MaxFetched bounds what is taken from an old home, in records: more than ten
	// posts a day for forty years.
	MaxFetched = 200_000
	// retry is how soon a restoration that failed is tried again.
	retry = 30 * time.Second
)

// KV is a space of content/store.
type KV interface {
	Get(key []byte) (value []byte, found bool, err error)
	Scan(prefix []byte, fn func(key, value []byte) error) error
	Apply(puts map[string][]byte, deletes [][]byte) error
	Shred(prefix []byte) error // makes what was deleted under it leave the disk, in time
}

// Identities tells what the chain says, as far as this node has followed it.
type Identities interface {
	// Keys are all keys of an identity, and the number of its home server.
	Keys(ctx context.Context, did identity.DID) (keys []identity.KeyRecord, home uint64, err error)
}

// Hosted gives the identity's hosted key, if it lives; *session.Hosted is it.
type Hosted interface {
	Signer(ctx context.Context, did identity.DID) (record.Signer, error)
}

// Source reads an identity's records from a server, page by page.
type Source interface {
	// Export calls take with pages of bundles until there are none left.
	Export(ctx context.Context, server uint64, did identity.DID, take func([]*record.Bundle) error) error
}

// Mover does all moves to this server. Every field is required.
type Mover struct {
	Store      *store.DB
	Space      KV
	Door       resign.Door
	Resigner   *resign.Resigner
	Identities Identities
	Hosted     Hosted
	Source     Source
	Server     func() uint64 // this server's number; 0: none yet
	Now        func() time.Time
	Logger     *slog.Logger

	mu   sync.Mutex // one step at a time: steps of one person must not cross
	once sync.Once
	wake chan struct{}
}

// Status is where a person's move stands.
type Status struct {
	Begun time.Time `json:"begun"`
	From  uint64    `json:"from"` // the home when it began; 0: none
	// Fetched counts the records that the old home gave; Fault is why it gave no more.
	Fetched int    `json:"fetched"`
	Fault   string `json:"fault,omitempty"`
	// Copied counts the records that are kept apart until they are restored.
	Copied int `json:"copied"`
	// Arrived: this server is the home. Done: what could be restored is.
	Arrived  bool            `json:"arrived"`
	Done     bool            `json:"done"`
	Restored resign.Progress `json:"restored"`
}

// Begin fetches from the old home what this server lacks, and copies what the
// keys that will end have signed. It may be repeated until the home has changed.
func (m *Mover) Begin(ctx context.Context, did identity.DID) (Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	st, begun, err := m.load(did)
	if err != nil {
		return st, err
	}
	_, home, err := m.Identities.Keys(ctx, did)
	if err != nil {
		return st, fmt.Errorf("move: %w", err)
	}
	if home == m.Server() {
		st.Arrived = true
		if !begun {
			return st, fmt.Errorf("%w: this server is the home already", ErrNotBegun)
		}
		return st, nil
	}
	if !begun || st.Done { // a second move, perhaps years later
		st = Status{From: home}
		if err := m.forgetCopy(did); err != nil {
			return st, err
		}
	}
	m.fetch(ctx, did, &st)
	// What is held now is what the person can see now; what comes later may be forged.
	st.Begun = m.Now()
	if st.Copied, err = m.copyRecords(ctx, did); err != nil {
		return st, err
	}
	return st, m.save(did, st)
}

// fetch asks the old home. It may be away or refuse: then what gossip and
// catch-up have brought must do.
func (m *Mover) fetch(ctx context.Context, did identity.DID, st *Status) {
	st.Fetched, st.Fault = 0, ""
	if st.From == 0 {
		return
	}
	err := m.Source.Export(ctx, st.From, did, func(page []*record.Bundle) error {
		var candidates []ingest.Candidate
		for _, b := range page {
			if b.DID == did { // an export is of one person
				candidates = append(candidates, ingest.Candidate{Origin: ingest.Sync, From: fmt.Sprintf("server %d", st.From), Bundle: b})
			}
		}
		if st.Fetched += len(candidates); st.Fetched > MaxFetched {
			return fmt.Errorf("more than %d records", MaxFetched)
		}
		_, err := m.Door.Submit(ctx, candidates)
		return err
	})
	if err != nil {
		st.Fault = err.Error()
		m.Logger.Info("the old home exports nothing (more)", "did", did, "server", st.From, "error", err)
	}
}

// copyRecords keeps, apart from the store, what living hosted keys have signed.
func (m *Mover) copyRecords(ctx context.Context, did identity.DID) (copied int, err error) {
	keys, _, err := m.Identities.Keys(ctx, did)
	if err != nil {
		return 0, fmt.Errorf("move: %w", err)
	}
	hosted := make(map[identity.Key]bool)
	for _, k := range keys {
		hosted[k.Key] = k.Purpose == identity.PurposeHosted && k.Live(m.Now())
	}
	size := 0
	puts := make(map[string][]byte)
	for after := (record.Path{}); ; {
		n, last := 0, record.Path{}
		err := store.States(m.Store, did, after, func(state []store.Stored) (bool, error) {
			for i := range state {
				b := state[i].Bundle
				if hosted[b.Key] && state[i].Standing.Counts() && size+len(b.Bytes()) <= MaxCopy {
					size, copied = size+len(b.Bytes()), copied+1
					puts[string(copyKey(did, b))] = b.Bytes()
				}
			}
			n, last = n+1, state[0].Bundle.Path
			return n < copyPage, nil
		})
		if err != nil {
			return copied, fmt.Errorf("move: %w", err)
		}
		if len(puts) > 0 {
			if err := m.Space.Apply(puts, nil); err != nil {
				return copied, fmt.Errorf("move: %w", err)
			}
			clear(puts)
		}
		if n < copyPage {
			return copied, nil
		}
		after = last
	}
}

const copyPage = 256

// Status tells where the move stands, or ErrNotBegun.
func (m *Mover) Status(ctx context.Context, did identity.DID) (Status, error) {
	st, begun, err := m.load(did)
	if err != nil {
		return st, err
	}
	if !begun {
		return st, ErrNotBegun
	}
	_, home, err := m.Identities.Keys(ctx, did)
	st.Arrived = home != 0 && home == m.Server()
	return st, err
}

// Bring adds a person's own copy of their records: to what is kept apart, and, once
// the home is here, to what people see. Records that are not theirs are passed over.
func (m *Mover) Bring(ctx context.Context, did identity.DID, archive []*record.Bundle) (Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	st, begun, err := m.load(did)
	if err != nil {
		return st, err
	}
	if !begun {
		return st, ErrNotBegun
	}
	puts := make(map[string][]byte)
	var candidates []ingest.Candidate
	for _, b := range archive {
		if b.DID == did && b.Verify(m.Resigner.Network) == nil {
			puts[string(copyKey(did, b))] = b.Bytes()
			candidates = append(candidates, ingest.Candidate{Origin: ingest.Sync, From: "archive", Bundle: b})
		}
	}
	if _, err := m.Door.Submit(ctx, candidates); err != nil { // what counts as it is
		return st, fmt.Errorf("move: %w", err)
	}
	if err := m.Space.Apply(puts, nil); err != nil {
		return st, fmt.Errorf("move: %w", err)
	}
	st.Copied += len(puts)
	st.Done = false
	if err := m.save(did, st); err != nil {
		return st, err
	}
	m.Wake()
	return st, nil
}

// Restore writes again what the former homes' keys signed. With late, also what
// came after the move had begun: the person has looked at it.
func (m *Mover) Restore(ctx context.Context, did identity.DID, late bool) (Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	st, begun, err := m.load(did)
	if err != nil {
		return st, err
	}
	if !begun {
		return st, ErrNotBegun
	}
	return m.restore(ctx, did, st, late)
}

// restore must be called with mu held.
func (m *Mover) restore(ctx context.Context, did identity.DID, st Status, late bool) (Status, error) {
	keys, home, err := m.Identities.Keys(ctx, did)
	if err != nil {
		return st, fmt.Errorf("move: %w", err)
	}
	if st.Arrived = home == m.Server(); !st.Arrived {
		return st, nil
	}
	signer, err := m.Hosted.Signer(ctx, did)
	if err != nil {
		return st, err
	}
	job := resign.Job{DID: did, Signer: signer}
	for _, k := range keys {
		if k.Key == signer.Public() {
			job.AddedAt = time.Unix(int64(k.AddedAt), 0)
		}
	}
	job.Stands = m.stands(keys, st, late)
	archive, err := m.copies(did, job.Stands)
	if err != nil {
		return st, err
	}
	brought, err := m.Resigner.Bring(ctx, job, archive)
	if err != nil {
		return st, err
	}
	ran, err := m.Resigner.Run(ctx, job, nil)
	if err != nil {
		return st, err
	}
	st.Restored = resign.Progress{Seen: ran.Seen, Signed: st.Restored.Signed + brought.Signed + ran.Signed, Late: ran.Late, Refused: brought.Refused + ran.Refused}
	st.Done = true
	if err := m.save(did, st); err != nil {
		return st, err
	}
	m.Logger.Info("moved here", "did", did, "from", st.From, "restored", st.Restored.Signed, "late", st.Restored.Late)
	return st, m.forgetCopy(did)
}

// stands are the former homes' keys, each up to its end, and no further than the
// beginning of the move: what came later is the copy's to say.
func (m *Mover) stands(keys []identity.KeyRecord, st Status, late bool) []resign.Stand {
	hosted := make(map[identity.Key]bool)
	for _, k := range keys {
		hosted[k.Key] = k.Purpose == identity.PurposeHosted
	}
	var stands []resign.Stand
	for _, s := range resign.Lapsed(keys, m.Now()) {
		if !hosted[s.Key] {
			continue
		}
		if late {
			s.Before = m.Now().Add(time.Hour)
		} else if s.Before.After(st.Begun) {
			s.Before = st.Begun
		}
		stands = append(stands, s)
	}
	return stands
}

// Forget removes what is kept of somebody's move, who has deleted their account.
func (m *Mover) Forget(did identity.DID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.forgetCopy(did); err != nil {
		return err
	}
	if err := m.Space.Apply(nil, [][]byte{moveKey(did)}); err != nil {
		return fmt.Errorf("move: forget: %w", err)
	}
	return m.Space.Shred(copyPrefix(did))
}

// Wake has Run look at what may have become possible: an identity's home or keys
// have changed.
func (m *Mover) Wake() {
	m.init()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *Mover) init() { m.once.Do(func() { m.wake = make(chan struct{}, 1) }) }

// Run restores what those who have begun a move wait for, until ctx ends.
func (m *Mover) Run(ctx context.Context) error {
	m.init()
	for {
		failed, err := m.all(ctx)
		if err != nil && ctx.Err() == nil {
			m.Logger.Error("moves wait", "error", err)
		}
		var again <-chan time.Time
		if failed || err != nil {
			again = time.After(retry)
		}
		select {
		case <-m.wake:
		case <-again:
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *Mover) all(ctx context.Context) (failed bool, err error) {
	var open []identity.DID
	err = m.Space.Scan([]byte{tagMove}, func(key, value []byte) error {
		var st Status
		if err := json.Unmarshal(value, &st); err != nil {
			return fmt.Errorf("move: corrupt entry: %w", err)
		}
		if !st.Done {
			open = append(open, identity.DID(key[1:]))
		}
		return nil
	})
	for _, did := range open {
		if _, err := m.Restore(ctx, did, false); err != nil && ctx.Err() == nil {
			m.Logger.Debug("a move waits", "did", did, "error", err)
			failed = true
		}
	}
	return failed, err
}
