package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"metanet/content/view"
	"metanet/content/view/search"
	"metanet/node/bench/town"

	"github.com/schollz/progressbar/v3"
)

// searches makes the view that search asks, then measures questions of a page each.
func searches(ctx context.Context, dir string, t *town.Town, reads int) (err error) {
	db, x, err := open(dir, filling)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	f := view.Follow(db, search.View())
	bar := progressbar.NewOptions(t.Records, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("reading for search"),
		progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(time.Second))
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if more, err = f.Step(ctx); err != nil {
			return err
		}
		s, err := f.State()
		if err != nil {
			return err
		}
		if err := bar.Set(int(s.Cursor)); err != nil {
			return err
		}
	}
	g := &gauge{ctx, t, db, x, int(db.LastSeq()), reads}
	return g.search(search.New(db))
}

// search asks for words by how often they are used.
func (g *gauge) search(s *search.Search) error {
	for _, q := range []struct{ name, text string }{
		{"common", town.Word(0)},
		{"rare", town.Word(20_000)},
		{"unknown", "nobodysaysthis"},
		{"two-common", town.Word(1) + " " + town.Word(5)},
		{"common-and-rare", town.Word(1) + " " + town.Word(20_000)},
		{"two-rare", town.Word(20_000) + " " + town.Word(20_001)},
		{"phrase", `"` + town.Word(1) + " " + town.Word(5) + `"`},
		{"without", town.Word(1) + " -" + town.Word(0)},
	} {
		err := g.time("search-"+q.name, 0, 0, g.reads, func(int) error {
			_, _, err := s.Posts(g.ctx, search.Query{Text: q.text, Langs: []string{"en"}}, "", pageSize)
			return err
		})
		if err != nil {
			return err
		}
	}
	return g.time("search-people", 0, 0, g.reads, func(i int) error {
		_, err := s.People(g.ctx, fmt.Sprint("person ", i))
		return err
	})
}
