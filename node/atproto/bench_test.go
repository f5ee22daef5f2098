package atproto

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"metanet/node/native/facetest"
)

// BenchmarkTimeline is one page of 50 posts as a signed-in viewer gets it over
// loopback HTTP: merged, shaped, encoded.
func BenchmarkTimeline(b *testing.B) {
	w := facetest.New(b)
	New(Config{
		Sessions: w.Sessions, Hosted: w.Hosted, Door: w.Door, Index: w.Index, Blobs: w.Blobs, Schemas: w.Schemas,
		Clock: w.Clock, Network: w.Network, Origin: facetest.Origin, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}).Register(w.XRPC)
	reader := w.NewPerson("reader")
	put := func(p facetest.Person, collection string, value m) {
		if r := w.Post("com.atproto.repo.createRecord", p.Access, m{"repo": string(p.DID), "collection": collection, "record": value}); r.Status != 200 {
			b.Fatalf("%s", r.Body)
		}
	}
	for i := range 20 {
		author := w.NewPerson(fmt.Sprintf("author%d", i))
		for j := range 10 {
			put(author, "app.bsky.feed.post", m{"text": fmt.Sprint("post ", j), "createdAt": now()})
		}
		put(reader, "app.bsky.graph.follow", m{"subject": string(author.Account.Name), "createdAt": now()})
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := w.Get("/xrpc/app.bsky.feed.getTimeline?limit=50", reader.Access); r.Status != 200 {
			b.Fatalf("%s", r.Body)
		}
	}
}
