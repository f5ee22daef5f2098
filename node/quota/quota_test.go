package quota

import (
	"errors"
	"strings"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/identity"
)

type clock struct{ now time.Time }

func open(t *testing.T, db *store.DB, c *clock, settings ...string) *Ledger {
	t.Helper()
	limits, err := ParseLimits(settings)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), Config{Store: db, Blobs: func(identity.DID) (int64, error) { return 7, nil }, Limits: limits, Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func memory(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open("store", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestTakeIsDurableAndDaily: a new ledger over the same store goes on where the
// former stood; the next day begins anew, and Sweep leaves nothing of the last.
func TestTakeIsDurableAndDaily(t *testing.T) {
	db, c := memory(t), &clock{time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)}
	l := open(t, db, c, "rescues=2")
	if _, err := l.Take(Rescues, "a"); err != nil {
		t.Fatal(err)
	}
	refund, err := l.Take(Rescues, "a")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Take(Rescues, "a")
	var over *Exceeded
	if !errors.As(err, &over) || !errors.Is(err, ErrRescues) || over.Code() != "RescuesQuotaExceeded" || over.Wait != time.Hour || over.Limit != 2 {
		t.Fatalf("the third: %v", err)
	}
	if _, err := l.Take(Rescues, "b"); err != nil {
		t.Errorf("another subject: %v", err)
	}
	refund()
	l = open(t, db, c, "rescues=2")
	if _, err := l.Take(Rescues, "a"); err != nil {
		t.Errorf("after a refund: %v", err)
	}
	if _, err := l.Take(Rescues, "a"); !errors.Is(err, ErrRescues) {
		t.Errorf("a restart forgot what was taken: %v", err)
	}
	c.now = c.now.Add(time.Hour)
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	left := 0
	if err := db.Space("quota").Scan([]byte(dayPrefix), func(_, _ []byte) error { left++; return nil }); err != nil || left != 0 {
		t.Errorf("%d counters of yesterday are left, %v", left, err)
	}
	if _, err := l.Take(Rescues, "a"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestParseLimits(t *testing.T) {
	l, err := ParseLimits([]string{"records=5", "blob-bytes=2GiB", "operations=none"})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[Kind]uint64{Records: 5, BlobBytes: 2 << 30, Operations: Unlimited, Rescues: 6} {
		if got := l.Of(k); got != want {
			t.Errorf("%s: %d, want %d", k, got, want)
		}
	}
	for _, bad := range []string{"", "records", "records=", "records=-1", "records=1KiB", "posts=1", "blob-bytes=9999999999999TiB", "blob-bytes=1.5GiB"} {
		if _, err := ParseLimits([]string{bad}); !errors.Is(err, ErrLimits) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestEveryKindIsWhole: each quota has a code and a sentinel of its own.
func TestEveryKindIsWhole(t *testing.T) {
	codes := make(map[string]bool)
	for _, k := range Kinds() {
		e := &Exceeded{Kind: k}
		if codes[e.Code()] || !strings.HasSuffix(e.Code(), "QuotaExceeded") || e.Unwrap() == nil || k.Help() == "" {
			t.Errorf("%s: %q, %v", k, e.Code(), e.Unwrap())
		}
		codes[e.Code()] = true
	}
	if len(kinds) != len(Kinds()) {
		t.Errorf("%d kinds, %d shown", len(kinds), len(Kinds()))
	}
}

// TestUsageNamesTheIdentitysOwn: what is counted by address isn't among them.
func TestUsageNamesTheIdentitysOwn(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)}
	l, did := open(t, memory(t), c), identity.NewDID(1, identity.Address{1})
	if _, err := l.Take(Operations, string(did)); err != nil {
		t.Fatal(err)
	}
	lines, err := l.Usage(did)
	if err != nil || len(lines) != len(Kinds())-1 {
		t.Fatalf("%v, %v", lines, err)
	}
	for _, u := range lines {
		want := uint64(0)
		switch u.Kind {
		case Operations:
			want = 1
		case BlobBytes:
			want = 7
		}
		if u.Used != want || u.Kind == Accounts || u.Daily == u.Until.IsZero() {
			t.Errorf("%+v", u)
		}
	}
}
