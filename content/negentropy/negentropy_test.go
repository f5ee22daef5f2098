package negentropy_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"metanet/content/negentropy"

	"github.com/nbd-wtf/go-nostr"
	theirs "github.com/nbd-wtf/go-nostr/nip77/negentropy"
	theirVector "github.com/nbd-wtf/go-nostr/nip77/negentropy/storage/vector"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// some is n items, of which about one in clash shares its time with others.
func some(r *rand.Rand, n, clash int) []negentropy.Item {
	items := make([]negentropy.Item, n)
	for i := range items {
		items[i].Time = r.Uint64N(1 << 40)
		if r.IntN(clash) == 0 {
			items[i].Time = 7
		}
		for j := 0; j < 32; j += 8 {
			binary.LittleEndian.PutUint64(items[i].ID[j:], r.Uint64())
		}
		if items[i].Time == 7 { // and the beginning of its id
			copy(items[i].ID[:3], "abc")
		}
	}
	return items
}

// halves is two sets of n items that both have, and a and b that only one has.
func halves(r *rand.Rand, n, a, b, clash int) (mine, yours *negentropy.Vector, missing []negentropy.ID) {
	all := some(r, n+a+b, clash)
	for _, item := range all[n+a:] {
		missing = append(missing, item.ID)
	}
	return negentropy.NewVector(slices.Clone(all[:n+a])), negentropy.NewVector(slices.Concat(all[:n], all[n+a:])), missing
}

type outcome struct {
	missing       []negentropy.ID
	rounds, bytes int
	longest       int
	transcript    []string
}

func sorted(ids []negentropy.ID) []negentropy.ID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b negentropy.ID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

func reconcile(t *testing.T, mine negentropy.Set, limit int, answer func([]byte) []byte) (o outcome) {
	t.Helper()
	seen := make(map[negentropy.ID]bool)
	m, err := negentropy.Open(mine, limit)
	for m != nil && err == nil {
		if o.rounds++; o.rounds > 1000 {
			t.Fatal("no end")
		}
		a := answer(m)
		o.transcript = append(o.transcript, hex.EncodeToString(m), hex.EncodeToString(a))
		o.bytes += len(m) + len(a)
		o.longest = max(o.longest, len(m), len(a))
		m, err = negentropy.Take(mine, a, limit, func(lo, hi negentropy.Item, ids []negentropy.ID) error {
			for _, id := range ids {
				if !seen[id] {
					seen[id] = true
					o.missing = append(o.missing, id)
				}
			}
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func by(t *testing.T, yours negentropy.Set, limit int) func([]byte) []byte {
	return func(m []byte) []byte {
		t.Helper()
		a, err := negentropy.Answer(yours, m, limit)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

var cases = []struct {
	name              string
	n, a, b, clash    int
	limit             int
	maxBytes, maxGone int // 0: not looked at
}{
	{"both empty", 0, 0, 0, 9, 1 << 16, 10, 1},
	{"mine empty", 0, 0, 1000, 9, 1 << 16, 0, 2},
	{"theirs empty", 0, 1000, 0, 9, 1 << 16, 0, 0},
	{"equal", 10_000, 0, 0, 9, 1 << 16, 1000, 1},
	{"one missing", 10_000, 0, 1, 9, 1 << 16, 5000, 0},
	{"both differ", 10_000, 50, 50, 9, 1 << 16, 0, 0},
	{"nothing in common", 0, 3000, 3000, 9, 1 << 16, 0, 0},
	{"one time for all", 5000, 30, 30, 1, 1 << 16, 0, 0},
	{"small frames", 5000, 700, 700, 3, negentropy.MinFrame, 0, 0},
	{"few", 3, 2, 4, 2, negentropy.MinFrame, 0, 0},
}

// The other's ids that are missing here are exactly what a plain difference of the
// sets says, in messages within the limit.
func TestFindsTheDifference(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mine, yours, missing := halves(rand.New(rand.NewPCG(1, 2)), c.n, c.a, c.b, c.clash)
			o := reconcile(t, mine, c.limit, by(t, yours, c.limit))
			if !slices.Equal(sorted(o.missing), sorted(missing)) {
				t.Errorf("found %d missing, want %d", len(o.missing), len(missing))
			}
			if o.longest > c.limit || c.maxBytes > 0 && o.bytes > c.maxBytes || c.maxGone > 0 && o.rounds > c.maxGone {
				t.Errorf("%d bytes in %d rounds, the longest message %d", o.bytes, o.rounds, o.longest)
			}
		})
	}
}

// What it costs follows the difference.
func TestCostFollowsTheDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, d := range []int{1, 10, 100, 1000} {
		mine, yours, missing := halves(r, 100_000, d, d, 100)
		o := reconcile(t, mine, 1<<16, by(t, yours, 1<<16))
		if !slices.Equal(sorted(o.missing), sorted(missing)) {
			t.Fatalf("%d: found %d", d, len(o.missing))
		}
		// A differing element costs at most its path of parts and two lists, twice.
		if most := 2 * d * (4*negentropy.Parts*32 + 2*negentropy.ListMax*33); o.bytes > most {
			t.Errorf("%d differences cost %d bytes, at most %d", 2*d, o.bytes, most)
		}
		t.Logf("%d differences among 100,000: %d bytes, %d rounds", 2*d, o.bytes, o.rounds)
	}
}

func nostrSet(items []negentropy.Item) *theirVector.Vector {
	v := theirVector.New()
	for _, item := range items {
		v.Insert(nostr.Timestamp(item.Time), hex.EncodeToString(item.ID[:]))
	}
	v.Seal()
	return v
}

func itemsOf(t *testing.T, s negentropy.Set) (items []negentropy.Item) {
	t.Helper()
	if err := s.Scan(negentropy.Item{}, negentropy.Infinity, func(i negentropy.Item) bool { items = append(items, i); return true }); err != nil {
		t.Fatal(err)
	}
	return items
}

// An implementation by others answers us.
func TestAskingAnotherImplementation(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mine, yours, missing := halves(rand.New(rand.NewPCG(5, 6)), c.n, c.a, c.b, c.clash)
			server := theirs.New(nostrSet(itemsOf(t, yours)), 0)
			o := reconcile(t, mine, c.limit, func(m []byte) []byte {
				a, err := server.Reconcile(hex.EncodeToString(m))
				if err != nil {
					t.Fatal(err)
				}
				b, err := hex.DecodeString(a)
				if err != nil {
					t.Fatal(err)
				}
				return b
			})
			if !slices.Equal(sorted(o.missing), sorted(missing)) {
				t.Errorf("found %d missing, want %d", len(o.missing), len(missing))
			}
		})
	}
}

// And asks us.
func TestAnsweringAnotherImplementation(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mine, yours, missing := halves(rand.New(rand.NewPCG(7, 8)), c.n, c.a, c.b, c.clash)
			client := theirs.New(nostrSet(itemsOf(t, mine)), 0)
			go func() {
				for range client.Haves {
				}
			}()
			found := make(chan []string)
			go func() {
				var ids []string
				for id := range client.HaveNots {
					ids = append(ids, id)
				}
				slices.Sort(ids)
				found <- slices.Compact(ids)
			}()
			answer := by(t, yours, c.limit)
			for m := client.Start(); m != ""; {
				b, err := hex.DecodeString(m)
				if err != nil {
					t.Fatal(err)
				}
				if m, err = client.Reconcile(hex.EncodeToString(answer(b))); err != nil {
					t.Fatal(err)
				}
			}
			var want []string
			for _, id := range sorted(missing) {
				want = append(want, hex.EncodeToString(id[:]))
			}
			if got := <-found; !slices.Equal(got, want) {
				t.Errorf("they found %d, want %d", len(got), len(want))
			}
		})
	}
}

// The bytes of a conversation stay what they are.
func TestGolden(t *testing.T) {
	mine, yours, _ := halves(rand.New(rand.NewPCG(9, 10)), 300, 2, 3, 4)
	got := strings.Join(reconcile(t, mine, 1<<16, by(t, yours, 1<<16)).transcript, "\n") + "\n"
	const file = "testdata/conversation.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRefusesMalformed(t *testing.T) {
	set := negentropy.NewVector(some(rand.New(rand.NewPCG(11, 12)), 100, 9))
	for name, m := range map[string]string{
		"nothing":                "",
		"a bound cut off":        "6101",
		"a bound of 33 bytes":    "610121" + strings.Repeat("00", 33) + "00",
		"no mode":                "610000",
		"an unknown mode":        "61000003",
		"a fingerprint cut off":  "61000001aabb",
		"a list longer than it":  "6100000202" + strings.Repeat("11", 32),
		"a list of very many":    "61000002ffffffffffffffff7f",
		"a number of 11 digits":  "61ffffffffffffffffffff7f0000",
		"a number with zeros":    "61800100" + "00",
		"bounds going back":      "61" + "0202ffff00" + "0102000100",
		"a time beyond infinity": "61" + "81ffffffffffffffff7f0000" + "81ffffffffffffffff7f0000",
	} {
		b, err := hex.DecodeString(m)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := negentropy.Answer(set, b, 1<<16); !errors.Is(err, negentropy.ErrMessage) {
			t.Errorf("%s: answered %x, %v", name, a, err)
		}
	}
	if a, err := negentropy.Answer(set, []byte{0x62, 1, 2}, 1<<16); err != nil || !bytes.Equal(a, []byte{negentropy.Version}) {
		t.Errorf("another version: %x, %v", a, err)
	}
}

// A message made to be costly is answered within the limits, and only in part.
func TestBombs(t *testing.T) {
	set := &counting{Vector: negentropy.NewVector(some(rand.New(rand.NewPCG(13, 14)), 50_000, 1000))}
	var bomb []byte
	bomb = append(bomb, negentropy.Version)
	for range 20_000 { // each a fingerprint of one microsecond
		bomb = append(append(bomb, 2, 0, 1), make([]byte, negentropy.FingerprintSize)...)
	}
	for name, m := range map[string][]byte{
		"many ranges":         bomb,
		"an empty list":       {negentropy.Version, 0, 0, 2, 0},
		"a wrong fingerprint": append([]byte{negentropy.Version, 0, 0, 1}, make([]byte, 16)...),
	} {
		set.sums, set.scanned = 0, 0
		a, err := negentropy.Answer(set, m, 1<<14)
		if err != nil || len(a) > 1<<14 || set.sums > negentropy.MaxRanges+1 || set.scanned > 1<<14 {
			t.Errorf("%s: %d bytes, %d sums, %d scanned, %v", name, len(a), set.sums, set.scanned, err)
		}
	}
}

type counting struct {
	*negentropy.Vector
	sums, scanned int
}

func (c *counting) Sum(lo, hi negentropy.Item) (negentropy.Sum, error) {
	c.sums++
	return c.Vector.Sum(lo, hi)
}

func (c *counting) Scan(lo, hi negentropy.Item, fn func(negentropy.Item) bool) error {
	return c.Vector.Scan(lo, hi, func(i negentropy.Item) bool { c.scanned++; return fn(i) })
}

// Only the part within a window is compared.
func TestWindow(t *testing.T) {
	mine, yours, _ := halves(rand.New(rand.NewPCG(15, 16)), 5000, 100, 100, 9)
	lo, hi := negentropy.Item{Time: 1 << 38}, negentropy.Item{Time: 1 << 39}
	have := make(map[negentropy.Item]bool)
	for _, i := range itemsOf(t, mine) {
		have[i] = true
	}
	var want []negentropy.ID
	for _, i := range itemsOf(t, yours) {
		if !have[i] && !i.Less(lo) && i.Less(hi) {
			want = append(want, i.ID)
		}
	}
	o := reconcile(t, negentropy.Window{Set: mine, Lo: lo, Hi: hi}, 1<<16, by(t, negentropy.Window{Set: yours, Lo: lo, Hi: hi}, 1<<16))
	if len(want) == 0 || !slices.Equal(sorted(o.missing), sorted(want)) {
		t.Errorf("found %d, want %d", len(o.missing), len(want))
	}
}

func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	for range 200 {
		parts := make([]negentropy.Part, 2+r.IntN(100))
		var all, largest, got uint64
		for i := range parts {
			n := 1 + r.Uint64N(1<<r.IntN(12))
			parts[i] = negentropy.Part{End: negentropy.Item{Time: uint64(i)}, Sum: negentropy.Sum{Count: n}}
			all, largest = all+n, max(largest, n)
		}
		last := parts[len(parts)-1].End
		out := negentropy.Merge(parts)
		for i, p := range out {
			if got += p.Sum.Count; p.Sum.Count > 2*(all/negentropy.Parts+largest) || i > 0 && p.End.Time <= out[i-1].End.Time {
				t.Fatalf("part %d of %d has %d of %d elements", i, len(out), p.Sum.Count, all)
			}
		}
		if got != all || len(out) > negentropy.Parts || out[len(out)-1].End != last {
			t.Fatalf("%d parts with %d of %d elements", len(out), got, all)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	mine, yours, _ := halves(rand.New(rand.NewPCG(19, 20)), 300, 20, 20, 4)
	m, err := negentropy.Open(mine, 1<<16)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m)
	a, err := negentropy.Answer(yours, m, 1<<16)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := negentropy.Answer(yours, b, negentropy.MinFrame)
		if err == nil && len(a) > negentropy.MinFrame {
			t.Fatalf("an answer of %d bytes", len(a))
		}
		if err == nil { // what we write, we read
			if _, err := negentropy.Answer(mine, a, negentropy.MinFrame); err != nil {
				t.Fatalf("own answer %x: %v", a, err)
			}
		}
		next, err := negentropy.Take(mine, b, negentropy.MinFrame, func(lo, hi negentropy.Item, ids []negentropy.ID) error {
			if len(ids) == 0 || hi.Less(lo) {
				t.Fatal("nothing is missing")
			}
			return nil
		})
		if err == nil && len(next) > negentropy.MinFrame {
			t.Fatalf("a message of %d bytes", len(next))
		}
	})
}
