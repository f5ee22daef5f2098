package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"metanet/content/index"
	"metanet/content/store"
	"metanet/node/bench/town"
)

func printHeader() {
	fmt.Println("figure\trecords\tfollows\tfollowers\treads\tp50 ms\tp99 ms\tcpu p50 ms\tcpu p99 ms")
}

// gauge measures one store.
type gauge struct {
	ctx   context.Context
	t     *town.Town
	db    *store.DB
	x     *index.Index
	have  int // records
	reads int
}

// measure opens the store anew, so that what it first reads is what a node that
// has just started reads.
func measure(ctx context.Context, dir string, t *town.Town, reads int) (err error) {
	db, x, err := open(dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	g := &gauge{ctx, t, db, x, int(db.LastSeq()), reads}
	for _, step := range []func() error{g.homes, g.depth, g.others, g.famous} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// homes is the first page of home timelines: of each reader once (a store just
// opened, whose memory holds nothing of them), then of all of a kind in turn.
func (g *gauge) homes() error {
	kinds := map[town.Reader][]int{}
	var order []town.Reader
	for n, r := range g.t.Readers {
		if kinds[r] == nil {
			order = append(order, r)
		}
		kinds[r] = append(kinds[r], n)
	}
	for _, turn := range []string{"first", "home"} {
		for _, r := range order {
			who, reads := kinds[r], g.reads
			if turn == "first" {
				reads = len(who)
			}
			name := fmt.Sprintf("%s-%s", turn, r.Choice)
			if err := g.time(name, r.Follows, 0, reads, func(i int) error { return g.home(who[i%len(who)], "") }); err != nil {
				return err
			}
		}
	}
	return nil
}

const pageSize = 40

func (g *gauge) home(reader int, cursor string) error {
	page, err := g.x.Timeline(g.ctx, g.t.ReaderDID(reader), cursor, pageSize)
	if err == nil && len(page.Items) != pageSize && g.t.Readers[reader].Choice != town.Mute {
		err = fmt.Errorf("reader %d has %d posts", reader, len(page.Items))
	}
	return err
}

// depth is the fiftieth page of a reader's timeline.
func (g *gauge) depth() error {
	for n, r := range g.t.Readers {
		if r.Follows != 5_000 || r.Choice == town.Mute || n > 0 && g.t.Readers[n-1] == r {
			continue
		}
		cursor := ""
		for range 49 {
			page, err := g.x.Timeline(g.ctx, g.t.ReaderDID(n), cursor, pageSize)
			if err != nil {
				return err
			}
			cursor = page.Cursor
		}
		if cursor == "" {
			continue // so much was not written
		}
		if err := g.time("page50-"+string(r.Choice), r.Follows, 0, g.reads, func(int) error {
			_, err := g.x.Timeline(g.ctx, g.t.ReaderDID(n), cursor, pageSize)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// others is threads, feeds, posts and counts, of all over the store.
func (g *gauge) others() error {
	posts := g.t.Posts(g.reads, g.have)
	for _, read := range []struct {
		name string
		of   func(i int) error
	}{
		{"post", func(i int) error { _, err := g.x.Post(g.ctx, posts[i%len(posts)]); return err }},
		{"counts", func(i int) error { _, err := g.x.Counts(g.ctx, posts[i%len(posts)]); return err }},
		{"thread", func(i int) error { _, err := g.x.Thread(g.ctx, posts[i%len(posts)], -1, -1); return err }},
		{"public", func(int) error { _, err := g.x.Public(g.ctx, "", pageSize); return err }},
		{"author", func(i int) error {
			_, err := g.x.AuthorFeed(g.ctx, town.DID(i), index.PostsWithReplies, "", pageSize)
			return err
		}},
	} {
		if err := g.time(read.name, 0, 0, g.reads, read.of); err != nil {
			return err
		}
	}
	return nil
}

// famous is what the followers of an author cost: reading them, and following and
// posting, durably, by the one whom most follow and by somebody whom nobody
// follows. What is written is taken back, so that the store stays as it was.
func (g *gauge) famous() error {
	celebrity := town.DID(town.Celebrity)
	c, err := g.x.ActorCounts(g.ctx, celebrity)
	if err != nil {
		return err
	}
	followers := int(c.Followers)
	if err := g.time("followers", 0, followers, g.reads, func(int) error {
		_, err := g.x.Followers(g.ctx, celebrity, "", pageSize)
		return err
	}); err != nil {
		return err
	}
	for _, w := range []struct {
		name              string
		person, followers int
	}{{"post-by-famous", town.Celebrity, followers}, {"post-by-nobody", g.t.People, 0}} {
		if err := g.time(w.name, 0, w.followers, g.reads, func(i int) error { return g.write(w.person, i) }); err != nil {
			return err
		}
	}
	return nil
}

// errTakenBack ends an update before it is committed.
var errTakenBack = errors.New("taken back")

// write makes all that a post's commit would write, without committing it.
func (g *gauge) write(person, i int) error {
	v, err := g.t.Extra(person, i)
	if err != nil {
		return err
	}
	err = g.db.Update(g.ctx, func(b *store.Batch) error {
		if err := g.x.Apply(b, store.Change{DID: v.Bundle.DID, Path: v.Bundle.Path, New: v}); err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return err
}

// time measures a read so many times and prints the figure.
func (g *gauge) time(name string, follows, followers, reads int, read func(i int) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	clock, cpu := make([]time.Duration, reads), make([]time.Duration, reads)
	for i := range reads {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		began, spent := time.Now(), threadTime()
		if err := read(i); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		clock[i], cpu[i] = time.Since(began), threadTime()-spent
	}
	slices.Sort(clock)
	slices.Sort(cpu)
	at := func(all []time.Duration, p int) float64 {
		return float64(all[(len(all)-1)*p/100]) / float64(time.Millisecond)
	}
	fmt.Printf("%s\t%d\t%d\t%d\t%d\t%.4g\t%.4g\t%.4g\t%.4g\n", name, g.have, follows, followers, reads,
		at(clock, 50), at(clock, 99), at(cpu, 50), at(cpu, 99))
	return nil
}
