package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

// maxCommit bounds the candidates of one durable write. LIMITS: a batch of
// about a thousand is where one more no longer helps.
const maxCommit = 1024

// request is one turn at the writer: candidates to write, or an identity whose
// records must be counted again (settle: and whose departure is to be for good, if
// it is time). Exactly one of checked and recount is set.
type request struct {
	source  string // of checked
	checked []*checked
	recount identity.DID
	settle  *settling
	done    chan error // buffered; the writer's answer
}

// write hands r to the writer and waits for its answer. Once queued it waits
// even if ctx ends: the writer may be touching r.
func (d *Door) write(ctx context.Context, r *request) error {
	r.done = make(chan error, 1)
	if err := ctx.Err(); err != nil {
		return err
	}
	d.turns.add(r)
	select {
	case err := <-r.done:
		return err
	case <-d.closed:
	}
	select { // answered just before closing?
	case err := <-r.done:
		return err
	default:
		return ErrClosed
	}
}

// Run is the writer: it commits whatever waits in one durable write, until ctx
// ends. It returns an error only when the store is found corrupt; then the
// process must stop.
func (d *Door) Run(ctx context.Context) error {
	defer close(d.closed)
	if err := d.resume(context.WithoutCancel(ctx)); err != nil {
		if errors.Is(err, store.ErrCorrupt) {
			return fmt.Errorf("ingest: %w", err)
		}
		d.cfg.Logger.Error("accounts that were deleted stay visible until the next start or change", "error", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.turns.ready:
			if err := d.serve(context.WithoutCancel(ctx), d.gather()); err != nil {
				return err
			}
		}
	}
}

// gather takes what waits, in turns, up to maxCommit candidates.
func (d *Door) gather() (requests []*request) {
	for n := 0; n < maxCommit; {
		r := d.turns.take()
		if r == nil {
			return requests
		}
		requests, n = append(requests, r), n+len(r.checked)
	}
	d.turns.wake() // there may be more
	return requests
}

// serve answers requests in the order they came: writes between two recounts
// share one commit.
func (d *Door) serve(ctx context.Context, requests []*request) error {
	for len(requests) > 0 {
		n := 0
		for n < len(requests) && requests[n].recount == "" {
			n++
		}
		var err error
		if n > 0 {
			err = d.commit(ctx, requests[:n])
		} else {
			n, err = 1, d.recountNow(ctx, requests[0].recount)
			if s := requests[0].settle; s != nil && err == nil {
				err = d.left.settle(requests[0].recount, s)
			}
		}
		for _, r := range requests[:n] {
			r.done <- err
		}
		if errors.Is(err, store.ErrCorrupt) {
			return fmt.Errorf("ingest: %w", err)
		}
		requests = requests[n:]
	}
	return nil
}

// commit admits and stores the candidates of several requests. When the store
// refuses the write, nothing of any of them was acknowledged.
func (d *Door) commit(ctx context.Context, requests []*request) error {
	now := d.cfg.Now()
	book := d.cfg.Quotas.Open(now)
	var admissions []store.Admission
	var admitted []*checked
	for _, r := range requests {
		for _, c := range r.checked {
			a, err := d.admit(ctx, c, now, book)
			if err != nil {
				return fmt.Errorf("ingest: key history or quota: %w", err)
			}
			switch {
			case a != nil:
				admissions, admitted = append(admissions, *a), append(admitted, c)
			case c.result.Status == Waiting:
				if err := d.keepWaiting(ctx, c, now); err != nil {
					return err
				}
			}
		}
	}
	if len(admissions) == 0 {
		return nil
	}
	if err := d.noteDepartures(admissions); err != nil {
		return err
	}
	outcomes, err := d.cfg.Store.CommitWith(ctx, admissions, func(b *store.Batch, outcomes []store.Outcome) error {
		for i, o := range outcomes {
			if o.Status == store.OutcomeStored && admitted[i].Origin == Local {
				book.Stored(admissions[i].Bundle.DID)
			}
		}
		return book.Enter(b)
	})
	if err != nil {
		return err
	}
	d.remember(admissions, admitted, outcomes)
	if err := d.depart(ctx, admissions, outcomes); err != nil {
		return err
	}
	d.batch.Observe(float64(len(admissions)))
	for i, o := range outcomes {
		admitted[i].decide(Result{Status: statusOf[o.Status], Seq: o.Seq})
	}
	return nil
}

// remember notes what is durable now and has nothing about it that another origin
// would be answered otherwise. It comes before depart, which forgets leavers.
func (d *Door) remember(admissions []store.Admission, admitted []*checked, outcomes []store.Outcome) {
	for i, o := range outcomes {
		c := admitted[i]
		plain := admissions[i].Standing.Counts() && !c.withheld && c.flags&store.FlagSchema == 0
		if plain && o.Status != store.OutcomeSuperseded {
			d.recent.add(c, o.Seq)
		}
	}
}

var statusOf = map[store.OutcomeStatus]Status{
	store.OutcomeStored: Admitted, store.OutcomeDuplicate: Duplicate, store.OutcomeSuperseded: Superseded,
}

// keepWaiting stores a record that is not yet: one from the future until its
// time, any other until its author's identity changes on-chain.
func (d *Door) keepWaiting(ctx context.Context, c *checked, now time.Time) error {
	var due time.Time
	if errors.Is(c.result.Err, ErrFutureRev) {
		due = c.Bundle.Rev.Time().Add(-d.cfg.Params.Skew)
	}
	return d.cfg.Store.Wait(ctx, c.Bundle, due, now)
}
