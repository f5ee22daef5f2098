package ingest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/quota"
)

// limited gives the world's door quotas, over whatever its store has already.
func (w *world) limited(settings ...string) *quota.Ledger {
	w.t.Helper()
	limits, err := quota.ParseLimits(settings)
	if err != nil {
		w.t.Fatal(err)
	}
	ledger, err := quota.Open(w.t.Context(), quota.Config{Store: w.db, Blobs: noBlobs, Limits: limits, Now: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.stop()
	cfg := w.door.cfg
	cfg.Quotas = ledger
	w.run(cfg)
	return ledger
}

func noBlobs(identity.DID) (int64, error) { return 0, nil }

func (w *world) used(l *quota.Ledger, did identity.DID, k quota.Kind) uint64 {
	w.t.Helper()
	lines, err := l.Usage(did)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, u := range lines {
		if u.Kind == k {
			return u.Used
		}
	}
	w.t.Fatalf("no line for %s", k)
	return 0
}

func (a *author) brief(n int, text string) *record.Bundle {
	return a.put(fmt.Sprintf("app.bsky.feed.post/3jzfcijpj22a%c", 'a'+n), map[string]any{
		"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-01-02T03:04:05.000Z",
	}, a.w.now)
}

// TestRecordsADay: what is stored counts, exactly; what is stored already, comes
// from peers or is imported doesn't; others have quotas of their own, and so has
// the next day.
func TestRecordsADay(t *testing.T) {
	w := newWorld(t)
	l := w.limited("records=3")
	alice, bob := w.author(1).onChain(nil), w.author(2).onChain(nil)
	first := alice.brief(0, "0")
	w.one(Local, first)
	results := w.submit(Local, alice.brief(1, "1"), alice.brief(2, "2"), alice.brief(3, "3"), bob.brief(1, "1"))
	if results[2].Status != Refused || !errors.Is(results[2].Err, quota.ErrRecords) || results[2].Faulty {
		t.Errorf("the fourth: %+v", results[2])
	}
	for _, i := range []int{0, 1, 3} {
		if results[i].Status != Admitted {
			t.Errorf("%d: %+v", i, results[i])
		}
	}
	if r := w.one(Local, first); r.Status != Duplicate {
		t.Errorf("a record sent again when none is left: %+v", r)
	}
	if r := w.one(Gossip, alice.brief(4, "4")); r.Status != Admitted {
		t.Errorf("from a peer: %+v", r)
	}
	if r := w.one(Import, alice.brief(5, "5")); r.Status != Admitted {
		t.Errorf("imported: %+v", r)
	}
	if got := w.used(l, alice.did, quota.Records); got != 3 {
		t.Errorf("%d records are counted, want 3", got)
	}
	if got := w.used(w.limited("records=3"), alice.did, quota.Records); got != 3 {
		t.Errorf("after a restart %d are counted, want 3", got)
	}
	w.advance(24 * time.Hour)
	if r := w.one(Local, alice.brief(6, "6")); r.Status != Admitted {
		t.Errorf("the next day: %+v", r)
	}
}

// TestBytesKept: the sum follows what people see, a tombstone passes at the limit
// and makes room; what was stored before there was a ledger is counted.
func TestBytesKept(t *testing.T) {
	w := newWorld(t)
	alice := w.author(1).onChain(nil)
	old := alice.brief(0, "before the ledger")
	w.one(Local, old)
	size := uint64(len(old.Bytes()))
	l := w.limited(fmt.Sprintf("record-bytes=%d", 2*size))
	if got := w.used(l, alice.did, quota.RecordBytes); got != size {
		t.Fatalf("%d bytes are counted of what was there, want %d", got, size)
	}
	if r := w.one(Local, alice.brief(1, "before the ledger")); r.Status != Admitted {
		t.Fatalf("the second: %+v", r)
	}
	third := alice.brief(2, "before the ledger")
	if r := w.one(Local, third); !errors.Is(r.Err, quota.ErrRecordBytes) {
		t.Errorf("the third: %+v", r)
	}
	if r := w.one(Local, alice.put("app.bsky.feed.post/"+string(old.Path.Key), nil, w.now)); r.Status != Admitted {
		t.Errorf("a deletion at the limit: %+v", r)
	}
	if got := w.used(l, alice.did, quota.RecordBytes); got != size {
		t.Errorf("%d bytes are counted after the deletion, want %d", got, size)
	}
	if r := w.one(Local, third); r.Status != Admitted {
		t.Errorf("with room again: %+v", r)
	}
}
