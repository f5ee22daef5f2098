package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"metanet/content/store"
	"metanet/identity"
	"metanet/node/bench/town"

	"github.com/schollz/progressbar/v3"
)

const batchSize = 4096 // records in one durable batch

// build brings the store to all records of the plan, making one batch while the
// one before is committed.
func build(ctx context.Context, dir string, t *town.Town) (err error) {
	db, _, err := open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	have := int(db.LastSeq())
	if have > t.Records {
		return fmt.Errorf("the store has %d records, more than %d", have, t.Records)
	}
	if have == t.Records {
		return nil
	}
	bar := progressbar.NewOptions(t.Records, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("building"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(1e9))
	if err := bar.Set(have); err != nil {
		return err
	}
	made := make(chan batch, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go produce(ctx, t, have, made)
	for b := range made {
		if b.err != nil {
			return b.err
		}
		outcomes, err := db.Commit(ctx, b.admissions)
		if err != nil {
			return err
		}
		if err := allStored(outcomes); err != nil {
			return err
		}
		if err := bar.Add(len(outcomes)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// allStored: resuming counts on every record being stored, once.
func allStored(outcomes []store.Outcome) error {
	for i := range outcomes {
		if outcomes[i].Status != store.OutcomeStored {
			return fmt.Errorf("a record is %s", outcomes[i].Status)
		}
	}
	return nil
}

type batch struct {
	admissions []store.Admission
	err        error
}

func produce(ctx context.Context, t *town.Town, from int, to chan<- batch) {
	defer close(to)
	for from < t.Records && ctx.Err() == nil {
		b := makeBatch(t, from, min(batchSize, t.Records-from))
		select {
		case to <- b:
		case <-ctx.Done():
			return
		}
		if b.err != nil {
			return
		}
		from += len(b.admissions)
	}
}

func makeBatch(t *town.Town, from, n int) batch {
	b := batch{admissions: make([]store.Admission, n)}
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for w := range errs {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += len(errs) {
				r, err := t.Record(from + i)
				errs[w] = err
				b.admissions[i] = store.Admission{Bundle: r, Standing: identity.Proven, Received: t.Time(from + i)}
			}
		})
	}
	wg.Wait()
	b.err = errors.Join(errs...)
	return b
}
