// Command large builds a store of millions of records (package town) and measures
// what reading it costs:
//
//	large --dir DIR --records 10000000 >> docs/performance/large.tsv
//
// With --search, what finding posts and people costs.
//
// It measures at the end, and on the way whenever the store has doubled, and prints
// one line a figure, tab-separated.
// Building goes on where it was left off: each batch is atomic, and the store's
// last sequence number says how many records are there. The store is kept, for
// other measurements; it takes about 1.2 KB a record.
//
// Times are given as the clock has them and as the processor spent them on the
// reading goroutine: on a machine that others use, too, only the second says what
// the read costs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/store"
	"metanet/node/bench/town"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "large:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir := flag.String("dir", "", "where the store is, or is to be")
	records := flag.Int("records", 1_000_000, "how many records it is to have")
	header := flag.Bool("header", false, "name the columns first")
	reads := flag.Int("reads", 400, "how often each thing is read")
	searching := flag.Bool("search", false, "measure searching instead, making its view first where it is missing")
	flag.Parse()
	if *dir == "" {
		return errors.New("--dir is missing")
	}
	t, err := town.New(ctx, town.NewPlan(*records))
	if err != nil {
		return err
	}
	if *header {
		printHeader()
	}
	if *searching {
		if _, err := build(ctx, *dir, t, *records); err != nil {
			return err
		}
		return searches(ctx, *dir, t, *reads)
	}
	for _, n := range stations(*records) {
		switch passed, err := build(ctx, *dir, t, n); {
		case err != nil:
			return err
		case passed:
			continue
		}
		if err := measure(ctx, *dir, t, *reads); err != nil {
			return err
		}
	}
	return nil
}

// stations are the sizes at which a growing store is measured: about three to a
// factor of ten. Those that the store has passed are measured no more.
func stations(records int) (all []int) {
	for n := records; n >= 500_000; n = n * 5 / 10 {
		all = append(all, n)
	}
	slices.Reverse(all)
	if len(all) == 0 {
		all = []int{records}
	}
	return all
}

// open opens the store with all that a node attaches to it.
func open(dir string, o store.Options) (*store.DB, *index.Index, error) {
	o.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	db, err := store.Open(dir, o)
	if err != nil {
		return nil, nil, err
	}
	x := index.New(db)
	blob.New(db, blob.Options{})
	return db, x, nil
}
