package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"metanet/content/store"
	"metanet/identity"
	"metanet/node/bench/town"

	"github.com/schollz/progressbar/v3"
)

const batchSize = 8192 // records in one durable batch

// Building takes memory that a node wouldn't: some 3 GB.
var filling = store.Options{CacheSize: 2 << 30, BufferSize: 256 << 20}

// build brings the store to n records of the plan, making one batch while the
// one before is committed. passed: it had more already.
func build(ctx context.Context, dir string, t *town.Town, n int) (passed bool, err error) {
	db, _, err := open(dir, filling)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	have := int(db.LastSeq())
	if have >= n {
		return have > n, nil
	}
	return false, fill(ctx, db, t, have, n)
}

func fill(ctx context.Context, db *store.DB, t *town.Town, have, n int) error {
	bar := progressbar.NewOptions(t.Records, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("building"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(time.Second))
	if err := bar.Set(have); err != nil {
		return err
	}
	made := make(chan batch, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go produce(ctx, t, have, n, made)
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

func produce(ctx context.Context, t *town.Town, from, end int, to chan<- batch) {
	defer close(to)
	for from < end && ctx.Err() == nil {
		b := makeBatch(t, from, min(batchSize, end-from))
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
