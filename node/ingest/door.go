package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/quota"
)

// Origin says who brought a candidate. It decides how a fault is answered, never
// whether a proof is needed.
type Origin uint8

const (
	Local  Origin = iota + 1 // written through one of this node's faces
	Gossip                   // received on a topic
	Sync                     // fetched by catch-up
	Import                   // brought in from an archive, re-signed by its new author
)

var originNames = map[Origin]string{Local: "local", Gossip: "gossip", Sync: "sync", Import: "import"}

func (o Origin) String() string { return originNames[o] }

// ours reports whether a person of this node is at the other end and wants an
// error at once, instead of a record that waits or is kept hidden.
func (o Origin) ours() bool { return o == Local || o == Import }

// Candidate is a record that somebody would like this node to hold.
type Candidate struct {
	Origin Origin
	// From is the source: peer id, client address or account. Sources take turns.
	From   string
	Bundle *record.Bundle // or nil, and then
	Raw    []byte         // the bundle's bytes, not looked at yet
	// Welcome, unless nil, is asked once the bundle is read, before its signature is
	// looked at, whether the caller brings it at all; its error refuses it. It is
	// called by several goroutines, and not for what is known already.
	Welcome func(*record.Bundle) error
}

// Status is what became of a candidate.
type Status uint8

const (
	Admitted   Status = iota + 1 // stored durably; hidden if its key has ended
	Duplicate                    // exactly this record is stored already
	Superseded                   // a later record of the same key and path is stored
	Waiting                      // not yet: kept until the chain or the clock has moved
	Refused                      // Err says why
)

var statusNames = map[Status]string{
	Admitted: "admitted", Duplicate: "duplicate", Superseded: "superseded", Waiting: "waiting", Refused: "refused",
}

func (s Status) String() string { return statusNames[s] }

// Result is the verdict on one candidate. Err is set when Status is Refused or
// Waiting. Faulty tells that the fault lies in the bytes alone, so whoever
// forwarded them is to blame.
type Result struct {
	ID     cid.Cid // the envelope's CID; undefined if the bytes could not be read
	Seq    uint64  // change sequence, when Admitted
	Status Status
	Err    error
	Faulty bool
	Remark error // why the record was kept with a flag, if it was
	// Withheld: nobody is to be given this record, whatever became of it here.
	Withheld bool
	Bundle   *record.Bundle // as the door read it; nil if it is broken, or came again as bytes
}

// Keys tells what the chain says of a key. ok is false while the chain, as far
// as this node has followed it, never authorised the key for did.
type Keys interface {
	Key(ctx context.Context, did identity.DID, key identity.Key) (rec identity.KeyRecord, ok bool, err error)
}

// Blocks tells what the operator has shut out; its error wraps ErrBlocked.
type Blocks interface {
	Blocked(ctx context.Context, did identity.DID, path record.Path) error
}

// Purger removes blobs of somebody who has left; *blob.Store is one. It answers
// the keys that it deleted.
type Purger interface {
	Purge(ctx context.Context, did identity.DID, blobs []cid.Cid) ([]store.Key, error)
}

// Config is what a Door needs; all fields are required but Registerer, and those
// that say what nil means.
type Config struct {
	Network identity.Network
	ChainID uint64 // identities of other chains are refused
	Params  identity.Params
	Keys    Keys
	Store   *store.DB
	Schemas *record.Catalog
	Blocks  Blocks // nil: nothing is blocked
	Blobs   Purger // nil: departures leave blobs to the sweep
	// Quotas bound what people of this node write; nil: nothing does.
	Quotas *quota.Ledger
	// Deactivated tells whether the chain shows the identity deactivated, for good;
	// nil: it is not looked at.
	Deactivated func(ctx context.Context, did identity.DID) (bool, error)
	Now         func() time.Time
	Logger      *slog.Logger
	Registerer  prometheus.Registerer
}

// Door is the one way in. See the package comment.
type Door struct {
	cfg      Config
	gate     *gate
	turns    *turns
	recent   *recent
	waits    *waits
	closed   chan struct{} // closed when Run returns
	expiries *expiries
	left     *departures
	verdicts *prometheus.CounterVec
	batch    prometheus.Histogram
}

// New returns a Door; nothing passes until Run is called.
func New(cfg Config) *Door {
	d := &Door{cfg: cfg, gate: newGate(), turns: newTurns(), recent: newRecent(recentRecords), waits: newWaits(), closed: make(chan struct{})}
	d.expiries = newExpiries(cfg.Store.Space("expiries"))
	d.left = &departures{cfg.Store.Space("departures")}
	d.verdicts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "metanet_ingest_records_total", Help: "Candidates by origin and what became of them.",
	}, []string{"origin", "status"})
	d.batch = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "metanet_ingest_commit_records", Help: "Records per durable write.",
		Buckets: prometheus.ExponentialBuckets(1, 4, 6),
	})
	if cfg.Registerer != nil {
		cfg.Registerer.MustRegister(d.verdicts, d.batch)
	}
	return d
}

// Submit takes candidates through the door and returns a result for each, in
// order, once those admitted are durable. The error is for the node's own
// faults (no space left, shutting down, chain state unreadable): then nothing
// of this call was acknowledged and the caller may submit it again.
func (d *Door) Submit(ctx context.Context, candidates []Candidate) ([]Result, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	source, size := candidates[0].From, 0
	for i := range candidates {
		size += len(candidates[i].bytes())
	}
	leave, err := d.gate.enter(ctx, source, size)
	if err != nil {
		return nil, err
	}
	defer leave()
	all := d.verify(candidates)
	if open := undecided(all); len(open) > 0 { // else there is nothing to ask the writer
		if err := d.write(ctx, &request{source: source, checked: open}); err != nil {
			return nil, err
		}
	}
	return d.answer(all), nil
}

func undecided(all []checked) (open []*checked) {
	for i := range all {
		if !all[i].decided() {
			open = append(open, &all[i])
		}
	}
	return open
}

// answer gives back the verdicts, and counts them.
func (d *Door) answer(all []checked) []Result {
	type tally struct {
		origin Origin
		status Status
	}
	counts := make(map[tally]int, 4)
	results := make([]Result, len(all))
	for i := range all {
		c := &all[i]
		results[i] = c.result
		results[i].Remark, results[i].Withheld, results[i].Bundle = c.remark, c.withheld, c.Bundle
		counts[tally{c.Origin, c.result.Status}]++
		if c.result.Status == Refused && !c.Origin.ours() {
			d.cfg.Logger.Debug("record refused", "origin", c.Origin, "from", c.From, "id", c.result.ID, "error", c.result.Err)
		}
	}
	for t, n := range counts {
		d.verdicts.WithLabelValues(t.origin.String(), t.status.String()).Add(float64(n))
	}
	return results
}

// SubmitOne is Submit for a single local record; a refusal is its error.
func (d *Door) SubmitOne(ctx context.Context, c Candidate) (Result, error) {
	results, err := d.Submit(ctx, []Candidate{c})
	if err != nil {
		return Result{}, err
	}
	return results[0], results[0].Err
}

func refuse(err error, faulty bool) Result { return Result{Status: Refused, Err: err, Faulty: faulty} }

func wait(err error) Result { return Result{Status: Waiting, Err: err} }

func wrapf(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", sentinel, fmt.Sprintf(format, args...))
}
