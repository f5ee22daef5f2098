package index

import (
	"fmt"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

func benchOpen(b *testing.B) (*store.DB, *Index) {
	b.Helper()
	db, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db, New(db)
}

func benchCommit(b *testing.B, db *store.DB, bundles []*record.Bundle, size int) {
	b.Helper()
	for at := 0; at < len(bundles); at += size {
		var admissions []store.Admission
		for _, bundle := range bundles[at:min(at+size, len(bundles))] {
			admissions = append(admissions, store.Admission{Bundle: bundle, Standing: identity.Provisional, Received: epoch})
		}
		if _, err := db.Commit(ctx, admissions); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCommitIndexed is durable commits of posts and likes with all that the
// index derives: records a second.
func BenchmarkCommitIndexed(b *testing.B) {
	const total, authors = 20_000, 200
	people := make([]*person, authors)
	for i := range people {
		people[i] = newPerson(b, i+1)
	}
	for _, c := range []string{posts, likes} {
		var bundles []*record.Bundle
		for i := range total {
			p := people[i%authors]
			fields := map[string]any{"text": "A post of about the usual length, which says something that somebody may like to read."}
			if c == likes {
				fields = map[string]any{"subject": ref(people[i/authors].uri(posts, fmt.Sprint("k", i%50)))}
			}
			bundles = append(bundles, p.put(b, c, fmt.Sprint("k", i), i, fields))
		}
		for _, size := range []int{256, 1024} {
			b.Run(fmt.Sprintf("%s/%d", c, size), func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					db, _ := benchOpen(b)
					b.StartTimer()
					start := time.Now()
					benchCommit(b, db, bundles, size)
					b.ReportMetric(total/time.Since(start).Seconds(), "rec/s")
				}
			})
		}
	}
}

// benchTown is people who each wrote posts, of whom the first follows all others.
func benchTown(b *testing.B, authors, each int) (*Index, []*person) {
	b.Helper()
	db, x := benchOpen(b)
	people := make([]*person, authors+1)
	var bundles []*record.Bundle
	for i := range people {
		p := newPerson(b, i+1)
		people[i] = p
		bundles = append(bundles, p.bind)
		if i > 0 {
			bundles = append(bundles, people[0].put(b, follows, fmt.Sprint("f", i), i, map[string]any{"subject": string(p.name)}))
		}
		for k := range each {
			bundles = append(bundles, p.put(b, posts, fmt.Sprint("k", k), k*authors+i, map[string]any{"text": "hello"}))
		}
	}
	benchCommit(b, db, bundles, 1024)
	return x, people
}

func BenchmarkReads(b *testing.B) {
	x, people := benchTown(b, 300, 40)
	first := func(page Page, err error) {
		if err != nil || len(page.Items) != 40 {
			b.Fatal(len(page.Items), err)
		}
	}
	b.Run("timeline-40-of-300", func(b *testing.B) {
		for range b.N {
			first(x.Timeline(ctx, people[0].did, "", 40))
		}
	})
	b.Run("public-40", func(b *testing.B) {
		for range b.N {
			first(x.Public(ctx, "", 40))
		}
	})
	b.Run("author-40", func(b *testing.B) {
		for range b.N {
			first(x.AuthorFeed(ctx, people[7].did, PostsWithReplies, "", 40))
		}
	})
	b.Run("post", func(b *testing.B) {
		uri := syntax.ATURI(people[7].uri(posts, "k3"))
		for range b.N {
			if _, err := x.Post(ctx, uri); err != nil {
				b.Fatal(err)
			}
		}
	})
}
