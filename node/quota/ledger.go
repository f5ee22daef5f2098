package quota

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/store"
	"metanet/identity"
)

// Config is what a Ledger is given; all fields are required but Registerer.
type Config struct {
	Store *store.DB
	// Blobs is how many bytes of blobs somebody has uploaded.
	Blobs      func(identity.DID) (int64, error)
	Limits     Limits
	Now        func() time.Time
	Registerer prometheus.Registerer
}

// Ledger keeps the counters. Make one with Open. A nil Ledger allows everything.
type Ledger struct {
	db      *store.DB
	blobs   func(identity.DID) (int64, error)
	space   *store.Space
	limits  Limits
	now     func() time.Time
	refused *prometheus.CounterVec
}

// Open returns the ledger of a store, and follows from now on what people see of
// its records; what was stored before is counted first, once.
func Open(ctx context.Context, cfg Config) (*Ledger, error) {
	l := &Ledger{db: cfg.Store, blobs: cfg.Blobs, space: space(cfg.Store), limits: cfg.Limits, now: cfg.Now}
	l.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "metanet_quota_refused_total", Help: "What was refused since the start because a quota was used up.",
	}, []string{"quota"})
	if cfg.Registerer != nil {
		cfg.Registerer.MustRegister(l.refused)
	}
	Follow(l.db)
	return l, ensure(ctx, l.db)
}

// Limits are those in force.
func (l *Ledger) Limits() Limits { return l.limits }

func (l *Ledger) refuse(k Kind) error {
	l.refused.WithLabelValues(string(k)).Inc()
	e := &Exceeded{Kind: k, Limit: l.limits.Of(k)}
	if kinds[k].daily {
		now := l.now()
		_, e.Until = dayOf(now)
		e.Wait = e.Until.Sub(now)
	}
	return e
}

// Take uses up one of a daily quota, durably, before what it is for is done. The
// subject is a DID, or an address. refund takes it back, for what has cost nothing.
func (l *Ledger) Take(k Kind, subject string) (refund func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	day, _ := dayOf(l.now())
	key := counterKey(k, subject)
	err = l.space.Update(func(b *store.SpaceBatch) error {
		n, err := readCounter(b, key, day)
		if err == nil && n >= l.limits.Of(k) {
			err = l.refuse(k)
		}
		if err != nil {
			return err
		}
		return b.Put(key, counter(day, n+1))
	})
	if err != nil {
		return nil, fmt.Errorf("quota: %w", err)
	}
	return func() { l.giveBack(key, day) }, nil
}

// giveBack is best effort: a counter that stays one too high for a day harms less
// than an answer that fails because of it.
func (l *Ledger) giveBack(key []byte, day uint32) {
	_ = l.space.Update(func(b *store.SpaceBatch) error {
		n, err := readCounter(b, key, day)
		if err != nil || n == 0 {
			return err
		}
		return b.Put(key, counter(day, n-1))
	})
}

// Usage is what an identity has used of each of its quotas.
func (l *Ledger) Usage(did identity.DID) ([]Usage, error) {
	day, next := dayOf(l.now())
	var lines []Usage
	for _, k := range Kinds() {
		if !k.OfIdentity() {
			continue
		}
		u := Usage{Kind: k, Limit: l.limits.Of(k), Daily: kinds[k].daily}
		var err error
		switch k {
		case RecordBytes:
			u.Used, err = readHeld(l.db, did)
		case BlobBytes:
			var n int64
			n, err = l.blobs(did)
			u.Used = uint64(n)
		default:
			u.Until = next
			u.Used, err = readCounter(l.space, counterKey(k, string(did)), day)
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, u)
	}
	return lines, nil
}

// Allow answers an Exceeded if nobody may have so many bytes in all.
func (l *Ledger) Allow(k Kind, bytes uint64) error {
	if l == nil || bytes <= l.limits.Of(k) {
		return nil
	}
	return l.refuse(k)
}

// Sweep forgets the counters of days that are over.
func (l *Ledger) Sweep() error {
	today, _ := dayOf(l.now())
	return l.space.Update(func(b *store.SpaceBatch) error {
		var old [][]byte
		err := b.Scan([]byte(dayPrefix), func(key, value []byte) error {
			if day, _, err := parseCounter(value); err != nil || day < today {
				old = append(old, bytes.Clone(key))
			}
			return nil
		})
		for _, key := range old {
			if err == nil {
				err = b.Delete(key)
			}
		}
		return err
	})
}

// dayPrefix opens the keys of counters: "day/", kind, "/", subject. Their values
// are the day's number (4 bytes) and the count (8), big-endian.
const dayPrefix = "day/"

func counterKey(k Kind, subject string) []byte {
	return []byte(strings.Join([]string{dayPrefix[:len(dayPrefix)-1], string(k), subject}, "/"))
}

func counter(day uint32, n uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, day), n)
}

func parseCounter(value []byte) (day uint32, n uint64, err error) {
	if len(value) != 12 {
		return 0, 0, fmt.Errorf("quota: corrupt counter of %d bytes", len(value))
	}
	return binary.BigEndian.Uint32(value), binary.BigEndian.Uint64(value[4:]), nil
}

type getter interface {
	Get(key []byte) (value []byte, found bool, err error)
}

// readCounter is the count of that day: a former day's is over.
func readCounter(r getter, key []byte, day uint32) (uint64, error) {
	value, found, err := r.Get(key)
	if err != nil || !found {
		return 0, err
	}
	of, n, err := parseCounter(value)
	if err != nil || of != day {
		return 0, err
	}
	return n, nil
}
