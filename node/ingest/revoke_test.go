package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// A key is revoked while its records come in from everywhere. Once the door has
// counted anew, none of them is seen, whenever it was judged, and none comes in as
// good any more.
func TestRevocationUnderLoad(t *testing.T) {
	w := newWorld(t)
	const writers, each = 4, 60
	thief := w.author(1).onChain(nil)
	var posts []*record.Bundle
	for i := range writers * each {
		posts = append(posts, thief.put(fmt.Sprintf("org.example.thing/%d", i), map[string]any{"$type": "org.example.thing"}, w.now))
	}
	var admitted, refused atomic.Int32
	half := make(chan struct{})
	var once sync.Once
	var revoked atomic.Bool
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for _, b := range posts[i*each : (i+1)*each] {
				after := revoked.Load()
				results, err := w.door.Submit(context.Background(), []Candidate{{Origin: Local, Bundle: b}})
				if err != nil {
					t.Error(err)
					return
				}
				switch r := results[0]; {
				case r.Status == Admitted && after:
					t.Error("admitted as good after the revocation")
				case r.Status == Admitted:
					if admitted.Add(1) == writers*each/2 {
						once.Do(func() { close(half) })
					}
				case errors.Is(r.Err, ErrEndedKey):
					refused.Add(1)
				default:
					t.Errorf("%+v", r)
				}
			}
		})
	}
	<-half
	w.mu.Lock()
	rec := w.chain[thief.did][thief.Public()]
	rec.EndedAt = uint64(w.now.Unix())
	w.chain[thief.did] = map[identity.Key]identity.KeyRecord{thief.Public(): rec}
	w.mu.Unlock()
	revoked.Store(true)
	if err := w.door.Recount(context.Background(), thief.did); err != nil {
		t.Fatal(err)
	}
	seen := func() (n int) {
		for i := range posts {
			path, _ := record.ParsePath(fmt.Sprintf("org.example.thing/%d", i))
			if _, err := store.Record(w.db, thief.did, path); err == nil {
				n++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
		}
		return n
	}
	if n := seen(); n != 0 {
		t.Errorf("%d records are seen right after counting anew", n)
	}
	all.Wait()
	if n := seen(); n != 0 {
		t.Errorf("%d records are seen in the end", n)
	}
	if admitted.Load()+refused.Load() != writers*each {
		t.Errorf("%d admitted, %d refused", admitted.Load(), refused.Load())
	}
}
