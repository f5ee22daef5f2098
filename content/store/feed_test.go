package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"metanet/identity"
)

// TestWatchLosesNothing: followers that read to the end and then wait see every
// record, while many writers commit.
func TestWatchLosesNothing(t *testing.T) {
	db := openTest(t, Options{})
	const writers, each = 4, 50
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { follow(ctx, t, db, writers*each) })
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				b := sign(t, author(w), w, post(fmt.Sprint(i)), rev(i), text("x"))
				if _, err := db.Commit(ctx, []Admission{admit(b)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	checkFeed(t, db)
}

func follow(ctx context.Context, t *testing.T, db *DB, want int) {
	news, stop := db.Watch()
	defer stop()
	after, seen := uint64(0), 0
	for seen < want {
		page, err := db.Feed(after, 16)
		if err != nil {
			t.Error(err)
			return
		}
		for _, s := range page {
			if s.Seq <= after {
				t.Errorf("%d after %d", s.Seq, after)
			}
			after = s.Seq
			seen++
		}
		if len(page) > 0 {
			continue
		}
		select {
		case <-news:
		case <-ctx.Done():
			t.Errorf("woken too seldom: %d of %d seen", seen, want)
			return
		}
	}
}

func TestWatchEndsWithTheStore(t *testing.T) {
	db := openTest(t, Options{})
	news, stop := db.Watch()
	other, stopOther := db.Watch()
	stopOther()
	stopOther()
	if _, open := <-other; open {
		t.Error("a stopped watch wakes")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-news; open {
		t.Error("woken by nothing")
	}
	stop()
	late, _ := db.Watch()
	if _, open := <-late; open {
		t.Error("watch of a closed store")
	}
}

func TestCursorsAndSequenceSurvive(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Commit(ctx, pair(t, 0)); err != nil {
		t.Fatal(err)
	}
	if err := db.SetCursor(ctx, "gossip", 2); err != nil {
		t.Fatal(err)
	}
	replace := admit(sign(t, author(2), 2, post("b0"), rev(9), nil))
	if out, err := db.Commit(ctx, []Admission{replace}); err != nil || out[0].Seq != 3 {
		t.Fatal(out, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n, err := db.Cursor("gossip"); n != 2 || err != nil {
		t.Errorf("cursor %d %v", n, err)
	}
	if n, err := db.Cursor("other"); n != 0 || err != nil {
		t.Errorf("cursor never set: %d %v", n, err)
	}
	if db.LastSeq() != 3 {
		t.Errorf("last sequence %d", db.LastSeq())
	}
	if out, err := db.Commit(ctx, pair(t, 1)); err != nil || out[0].Seq != 4 {
		t.Errorf("sequence goes on at %v %v", out, err)
	}
}

func TestListPages(t *testing.T) {
	db := openTest(t, Options{})
	alice := author(1)
	for i := range 10 {
		if _, err := db.Commit(ctx, []Admission{admit(sign(t, alice, 1, post(fmt.Sprintf("k%d", i)), rev(i), text("x")))}); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{0, 4, 5, 9} { // deleted
		if _, err := db.Commit(ctx, []Admission{admit(sign(t, alice, 1, post(fmt.Sprintf("k%d", i)), rev(50), nil))}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		reverse bool
		want    string
	}{{false, "k1k2k3k6k7k8"}, {true, "k8k7k6k3k2k1"}} {
		got, o := "", ListOptions{Reverse: c.reverse, Limit: 4}
		for pages := 0; ; pages++ {
			page, next, err := List(db, alice, "app.bsky.feed.post", o)
			if err != nil || pages > 5 {
				t.Fatal(err)
			}
			for _, s := range page {
				got += string(s.Bundle.Path.Key)
			}
			if next == "" {
				break
			}
			o.After = next
		}
		if got != c.want {
			t.Errorf("reverse %v: %s", c.reverse, got)
		}
	}
	if c, err := Collections(db, alice); err != nil || len(c) != 1 || c[0] != "app.bsky.feed.post" {
		t.Errorf("collections %v %v", c, err)
	}
	var dids []identity.DID
	if err := Authors(db, func(d identity.DID) error { dids = append(dids, d); return nil }); err != nil || len(dids) != 1 {
		t.Errorf("authors %v %v", dids, err)
	}
}

func TestSpaces(t *testing.T) {
	db := openTest(t, Options{})
	one, two := db.Space("one"), db.Space("onex")
	if err := one.Apply(map[string][]byte{"a": []byte("1"), "b": []byte("2"), "c": nil}, nil); err != nil {
		t.Fatal(err)
	}
	if err := two.Put([]byte("a"), []byte("other")); err != nil {
		t.Fatal(err)
	}
	err := one.Update(func(b *SpaceBatch) error {
		if err := b.Put([]byte("d"), []byte("4")); err != nil {
			return err
		}
		if err := b.Delete([]byte("a")); err != nil {
			return err
		}
		got := ""
		if err := b.Scan(nil, func(k, _ []byte) error { got += string(k); return nil }); err != nil || got != "bcd" {
			t.Errorf("batch sees %q, %v", got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no")
	if err := one.Update(func(b *SpaceBatch) error { _ = b.Put([]byte("z"), nil); return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	got := ""
	if err := one.Scan(nil, func(k, v []byte) error { got += string(k) + string(v); return nil }); err != nil || got != "b2cd4" {
		t.Errorf("%q %v", got, err)
	}
	if v, ok, err := one.Get([]byte("c")); !ok || len(v) != 0 || err != nil {
		t.Errorf("empty value: %q %v %v", v, ok, err)
	}
	if _, ok, err := one.Get([]byte("a")); ok || err != nil {
		t.Errorf("deleted: %v %v", ok, err)
	}
	got = ""
	if err := one.ScanRange([]byte("b"), []byte("d"), func(k, _ []byte) (bool, error) { got += string(k); return true, nil }); err != nil || got != "bc" {
		t.Errorf("%q %v", got, err)
	}
	if err := one.Put(make([]byte, MaxSpaceKey+1), nil); !errors.Is(err, ErrInvalidKey) {
		t.Errorf("long key: %v", err)
	}
}
