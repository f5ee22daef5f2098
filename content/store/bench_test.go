package store

import (
	"fmt"
	"testing"
	"time"

	"metanet/content/record"
)

// benchBundles are posts by many authors, about 400 bytes each.
func benchBundles(b *testing.B, n int) []*record.Bundle {
	b.Helper()
	list := make([]*record.Bundle, n)
	for i := range list {
		list[i] = sign(b, author(i%500), i%500, post(fmt.Sprint("k", i)), rev(i), map[string]any{
			"text":      "A post of about the usual length, which says something that somebody may like to read.",
			"createdAt": "2026-05-01T12:00:00Z", "net.metanet.salt": []byte("0123456789abcdef"),
		})
	}
	return list
}

// BenchmarkCommit is durable commits on the machine's own disk, without an index:
// records a second.
func BenchmarkCommit(b *testing.B) {
	const total = 20_000
	bundles := benchBundles(b, total)
	for _, size := range []int{1, 256, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := min(total, size*200)
			for range b.N {
				b.StopTimer()
				db, err := Open(b.TempDir(), Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				start := time.Now()
				commitAll(b, db, bundles[:n], size)
				b.ReportMetric(float64(n)/time.Since(start).Seconds(), "rec/s")
				b.StopTimer()
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

func commitAll(b *testing.B, db *DB, bundles []*record.Bundle, size int) {
	for at := 0; at < len(bundles); at += size {
		part := bundles[at:min(at+size, len(bundles))]
		admissions := make([]Admission, len(part))
		for i, bundle := range part {
			admissions[i] = admit(bundle)
		}
		if _, err := db.Commit(ctx, admissions); err != nil {
			b.Fatal(err)
		}
	}
}
