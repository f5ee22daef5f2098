package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"

	"github.com/ipfs/go-cid"
)

func person(n int) identity.DID { return identity.NewDID(31337, identity.Address{byte(n)}) }

// checkSums holds every sum to what it is the sum of.
func checkSums(t *testing.T, r store.Reader) {
	t.Helper()
	c := &checker{ctx: t.Context(), r: r, report: func(f store.Fault) { t.Helper(); t.Fatalf("%s: %s", f.Where, f.What) }}
	if err := c.sums(); err != nil {
		t.Fatal(err)
	}
}

// bring fetches a blob and adopts it.
func bring(t *testing.T, from, to *Store, ref record.BlobRef) {
	t.Helper()
	fetch(t, from, to, ref)
	if _, err := to.Adopt(ctx, ref); err != nil {
		t.Fatal(err)
	}
}

func claim(ref Ref) record.BlobRef {
	return record.BlobRef{CID: ref.CID, Size: ref.Size, DAG: ref.DAG}
}

// atMost is a quota of so many bytes for everybody.
func atMost(quota int64) func(identity.DID, int64) error {
	return func(_ identity.DID, bytes int64) error {
		if bytes > quota {
			return fmt.Errorf("%d bytes are too many", bytes)
		}
		return nil
	}
}

func TestQuota(t *testing.T) {
	db, s := open(t, Options{Allowed: atMost(3 << 20), Budgets: Budgets{Local: 5 << 20}})
	put := func(n int, seed, size int, want error) Ref {
		t.Helper()
		ref, err := s.PutFor(ctx, person(n), bytes.NewReader(noise(seed, size)), 0)
		if !errors.Is(err, want) {
			t.Fatalf("%d: %v, want %v", seed, err, want)
		}
		checkSums(t, db)
		return ref
	}
	one := put(1, 1, 2<<20, nil)
	put(1, 1, 2<<20, nil) // the same again costs nothing
	put(1, 2, 2<<20, ErrQuota)
	put(2, 1, 2<<20, nil) // another's quota, no room
	if u, _ := s.Usage(ctx); u.Local != 2<<20 {
		t.Fatalf("%+v", u)
	}
	put(2, 3, 1<<20, nil)
	put(3, 4, 2<<20, nil)
	put(4, 5, 1, ErrFull)
	for f := store.FamilyBlock; f <= store.FamilyBlock; f++ { // what was refused left no block
		n := 0
		if err := db.Scan(store.Prefix(store.NewKey(f)), store.Forward, 0, func(_, _ []byte) (bool, error) { n++; return true, nil }); err != nil || n != 3+1+3 {
			t.Fatal(n, err)
		}
	}

	// What one has deleted and another's record keeps here is the other's alone.
	write(t, db, 1, "a", 1, one)
	write(t, db, 2, "b", 2, one)
	write(t, db, 1, "a", 3)
	checkSums(t, db)
	if used, err := s.Used(person(1)); used != 0 || err != nil {
		t.Fatal(used, err)
	}
	if used, _ := s.Used(person(2)); used != 3<<20 {
		t.Fatal(used)
	}
}

// TestQuotaRace: uploads at once don't pass the quota together.
func TestQuotaRace(t *testing.T) {
	db, s := open(t, Options{Allowed: atMost(1000)})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			_, err := s.PutFor(ctx, person(1), bytes.NewReader(noise(i, 300)), 0)
			if err != nil && !errors.Is(err, ErrQuota) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used, err := s.Used(person(1)); used != 900 || err != nil {
		t.Fatal(used, err)
	}
	checkSums(t, db)
}

func TestEvict(t *testing.T) {
	c := &clock{epoch}
	member := func(_ context.Context, did identity.DID) (bool, error) { return did == person(9), nil }
	db, s := open(t, Options{Now: c.now, Member: member, Budgets: Budgets{Remote: 2500, Cached: 100}})
	_, from := open(t, Options{})
	var list []Ref
	for i := range 5 {
		c.t = c.t.Add(time.Minute)
		ref, err := from.Put(ctx, bytes.NewReader(noise(i, 1000)), 0)
		if err != nil {
			t.Fatal(err)
		}
		author := 1
		if i == 0 {
			author = 9 // the oldest is what a member's post shows
		}
		write(t, db, author, fmt.Sprint("p", i), i+1, ref)
		bring(t, from, s, claim(ref))
		list = append(list, ref)
	}
	if _, err := s.Evict(ctx); err != nil {
		t.Fatal(err)
	}
	checkSums(t, db)
	for i, want := range []bool{true, false, false, true, true} {
		if _, err := s.Stat(ctx, list[i].CID); (err == nil) != want {
			t.Errorf("blob %d: %v", i, err)
		}
	}
	if u, _ := s.Usage(ctx); u.Local != 1000 || u.Remote != 2000 {
		t.Fatalf("%+v", u)
	}
	if missing, _ := s.Missing(ctx, cid.Undef, 10); len(missing) != 0 {
		t.Fatalf("what was let go is wanted at once: %v", missing)
	}
	if wanted, err := s.Recall(ctx, list[1].CID); !wanted || err != nil {
		t.Fatal(wanted, err)
	}
	if missing, _ := s.Missing(ctx, cid.Undef, 10); len(missing) != 1 || missing[0].CID != list[1].CID {
		t.Fatal(missing)
	}
	if wanted, _ := s.Recall(ctx, list[3].CID); wanted {
		t.Fatal("recalled what is here")
	}
	bring(t, from, s, claim(list[1]))
	checkSums(t, db)
	// Nothing refers to an evicted blob any more: it is forgotten.
	write(t, db, 1, "p2", 100)
	if wanted, _ := s.Recall(ctx, list[2].CID); wanted {
		t.Fatal("recalled what nobody refers to")
	}
	checkSums(t, db)
}

func TestDerived(t *testing.T) {
	c := &clock{epoch}
	db, s := open(t, Options{Now: c.now, Budgets: Budgets{Cached: 100}})
	ref, err := s.Put(ctx, strings.NewReader("a picture"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		c.t = c.t.Add(time.Second)
		if err := s.PutDerived(ctx, ref.CID, fmt.Sprint("k", i), Derived{"image/png", make([]byte, 40)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Evict(ctx); err != nil {
		t.Fatal(err)
	}
	checkSums(t, db)
	for i, want := range []bool{false, false, true, true} {
		if d, err := s.Derived(ctx, ref.CID, fmt.Sprint("k", i)); (err == nil) != want || want && (d.MIME != "image/png" || len(d.Bytes) != 40) {
			t.Errorf("k%d: %+v %v", i, d, err)
		}
	}
	// It goes with the blob.
	c.t = c.t.Add(2 * DefaultKeepUnused)
	if _, err := s.Sweep(ctx, c.t); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Derived(ctx, ref.CID, "k3"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	for f := store.FamilyBlock; f <= store.FamilyBlobEvicted; f++ {
		if found, err := any1(db, store.NewKey(f)); found || err != nil {
			t.Fatalf("family %x is not empty, %v", byte(f), err)
		}
	}
}

// TestEvictModel: in any order of uploads, fetches, posts, deletions, sweeps and
// evictions the sums are right, what a member's records refer to stays, and what was
// let go comes back when it is asked for.
func TestEvictModel(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 8))
		c := &clock{epoch}
		member := func(_ context.Context, did identity.DID) (bool, error) { return did == person(9), nil }
		db, s := open(t, Options{Now: c.now, Member: member, Allowed: atMost(2000), Budgets: Budgets{Remote: 1500, Cached: 60, Local: -1}})
		_, from := open(t, Options{})
		var all []Ref
		for i := range 6 {
			ref, err := from.Put(ctx, bytes.NewReader(noise(i, 200+100*i)), 0)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ref)
		}
		posts := map[string]Ref{}
		for step := range 120 {
			c.t = c.t.Add(time.Minute)
			i := r.IntN(len(all))
			author := []int{1, 9}[r.IntN(2)]
			name := fmt.Sprintf("%d/p%d", author, r.IntN(3))
			switch r.IntN(7) {
			case 0:
				if _, err := s.PutFor(ctx, person(author), bytes.NewReader(noise(i, 200+100*i)), 0); err != nil && !errors.Is(err, ErrQuota) {
					t.Fatal(err)
				}
			case 1, 2:
				write(t, db, author, name[2:], step+1, all[i])
				posts[name] = all[i]
			case 3:
				if _, there := posts[name]; there {
					write(t, db, author, name[2:], step+1)
					delete(posts, name)
				}
			case 4:
				missing, err := s.Missing(ctx, cid.Undef, 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, ref := range missing {
					bring(t, from, s, ref)
				}
			case 5:
				if err := s.PutDerived(ctx, all[i].CID, "k", Derived{"x/y", make([]byte, 1+r.IntN(50))}); err != nil {
					t.Fatal(err)
				}
			default:
				c.t = c.t.Add(DefaultKeepUnused / 3)
				before := map[string]bool{}
				for name, ref := range posts {
					_, err := s.Stat(ctx, ref.CID)
					before[name] = err == nil
				}
				if _, err := s.Sweep(ctx, c.t); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Evict(ctx); err != nil {
					t.Fatal(err)
				}
				if u, _ := s.Usage(ctx); u.Remote > 1500 || u.Cached > 60 {
					t.Fatalf("over budget: %+v", u)
				}
				for name, ref := range posts {
					_, err := s.Stat(ctx, ref.CID)
					if before[name] && err != nil && name[0] == '9' {
						t.Fatalf("seed %d step %d: a member's blob was evicted", seed, step)
					}
					if wanted, recallErr := s.Recall(ctx, ref.CID); err != nil && (!wanted || recallErr != nil) {
						t.Fatalf("seed %d step %d: lost for good: %v", seed, step, recallErr)
					}
				}
			}
			checkSums(t, db)
		}
	}
}
