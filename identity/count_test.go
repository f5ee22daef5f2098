package identity_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"metanet/identity"
)

const skew = 600 // seconds

var params = identity.Params{Skew: skew * time.Second}

// row is one of the table in docs/protocol.md, section 7.
type row struct {
	name     string
	key      identity.KeyRecord
	rev, now time.Time
	evidence []identity.Evidence
	want     string
}

// The table that docs/protocol.md shows, row by row.
func TestCount(t *testing.T) {
	rows := table(t)
	for _, c := range rows {
		if got := identity.Count(c.key, true, c.rev, c.evidence, c.now, params); got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := identity.Count(c.key, false, c.rev, c.evidence, c.now, params); got != identity.NotYet {
			t.Errorf("%s: of an unknown key %s", c.name, got)
		}
	}
	if len(rows) < 45 {
		t.Errorf("%d rows", len(rows))
	}
}

func table(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "| case | expiry | ended | cut-off | rev | evidence | now | standing |\n")
	if !found {
		t.Fatal("the table is gone")
	}
	for line := range strings.Lines(rest) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 10 {
			return rows
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if strings.HasPrefix(cells[1], "---") {
			continue
		}
		c := row{name: cells[1], rev: moment(t, cells[5]), now: moment(t, cells[7]), want: cells[8]}
		c.key = identity.KeyRecord{AddedAt: 10000, Expiry: unix(t, cells[2]), EndedAt: unix(t, cells[3]), CutOff: position(t, cells[4])}
		if cells[6] != "" {
			for e := range strings.SplitSeq(cells[6], "; ") {
				c.evidence = append(c.evidence, anchor(t, e))
			}
		}
		rows = append(rows, c)
	}
	return rows
}

func unix(t *testing.T, s string) uint64 {
	t.Helper()
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// moment reads seconds with up to six decimals: a TID counts microseconds.
func moment(t *testing.T, s string) time.Time {
	t.Helper()
	whole, part, _ := strings.Cut(s, ".")
	micros := unix(t, (part + "000000")[:6])
	return time.Unix(int64(unix(t, whole)), int64(micros)*1000)
}

// position reads "server/size since".
func position(t *testing.T, s string) (c identity.CutOff) {
	t.Helper()
	if s == "" {
		return c
	}
	if _, err := fmt.Sscanf(s, "%d/%d %d", &c.Server, &c.Size, &c.Since); err != nil {
		t.Fatal(err)
	}
	c.SetAt = max(c.Since, 20000)
	return c
}

// anchor reads "T server/leaf", perhaps with " home N".
func anchor(t *testing.T, s string) (e identity.Evidence) {
	t.Helper()
	s, home, named := strings.Cut(s, " home ")
	if _, err := fmt.Sscanf(s, "%d %d/%d", &e.AnchoredAt, &e.Server, &e.Leaf); err != nil {
		t.Fatal(err)
	}
	e.Home = e.Server
	if named {
		e.Home = unix(t, home)
	}
	return e
}

func TestCountNeverAddedAtAll(t *testing.T) {
	// A key known from the very first block: addedAt − skew lies before the epoch.
	if got := identity.Count(identity.KeyRecord{AddedAt: 1}, true, time.Unix(0, 0), nil, time.Unix(1, 0), params); got != identity.Provisional {
		t.Errorf("got %s", got)
	}
}

// model is Count once more, from the words of the design: sets of what must hold
// and a search instead of comparisons in order.
func model(c counted) identity.Standing {
	k := c.key
	ends := []int64{math.MaxInt64}
	for _, end := range []uint64{k.Expiry, k.EndedAt} {
		if end != 0 {
			ends = append(ends, int64(end))
		}
	}
	proven := false
	for _, e := range c.evidence {
		at := int64(e.AnchoredAt)
		holds := []bool{e.Server > 0, e.Home == e.Server, c.rev <= at+skew, at <= slices.Min(ends)}
		if k.CutOff.SetAt != 0 {
			before := at < int64(k.CutOff.Since)
			if e.Server == k.CutOff.Server {
				before = e.Leaf < k.CutOff.Size
			}
			holds = append(holds, before)
		}
		proven = proven || !slices.Contains(holds, false)
	}
	tooEarly := c.rev+skew < int64(k.AddedAt)
	fromTheFuture := c.rev-skew > c.now
	over := k.EndedAt != 0 || k.Expiry != 0 && c.now >= int64(k.Expiry)
	standings := map[bool]identity.Standing{true: identity.Unproven, false: identity.Provisional}
	switch {
	case !c.known || tooEarly || fromTheFuture && !proven:
		return identity.NotYet
	case proven:
		return identity.Proven
	}
	return standings[over]
}

// around draws times that are often just at a bound.
func around(r *rand.Rand, bounds ...int64) int64 {
	offsets := []int64{-skew - 1, -skew, -skew + 1, -1, 0, 1, skew - 1, skew, skew + 1, 5000}
	return max(1, bounds[r.IntN(len(bounds))]+offsets[r.IntN(len(offsets))])
}

type counted struct {
	key      identity.KeyRecord
	known    bool
	rev      int64
	evidence []identity.Evidence
	now      int64
}

func (c counted) standing() identity.Standing {
	return identity.Count(c.key, c.known, time.Unix(c.rev, 0), c.evidence, time.Unix(c.now, 0), params)
}

func draw(r *rand.Rand) counted {
	added := int64(10000)
	rev := around(r, added, 20000)
	c := counted{key: identity.KeyRecord{AddedAt: uint64(added)}, known: r.IntN(8) != 0, rev: rev}
	if r.IntN(2) == 0 {
		c.key.Expiry = uint64(around(r, rev, 20000))
	}
	if r.IntN(2) == 0 {
		c.key.EndedAt = uint64(around(r, rev, 20000, int64(c.key.Expiry)))
	}
	if r.IntN(3) == 0 {
		c.key.CutOff = drawCutOff(r, rev)
	}
	for range r.IntN(3) {
		c.evidence = append(c.evidence, drawEvidence(r, rev, int64(c.key.Expiry), int64(c.key.EndedAt), int64(c.key.CutOff.Since)))
	}
	c.now = around(r, rev, 20000, int64(c.key.Expiry), int64(c.key.EndedAt))
	return c
}

// Servers 0 to 2, of which 0 is none, and leaves around 5.
func drawEvidence(r *rand.Rand, bounds ...int64) identity.Evidence {
	e := identity.Evidence{AnchoredAt: uint64(around(r, bounds...)), Server: uint64(r.IntN(3)), Leaf: uint64(3 + r.IntN(4))}
	e.Home = e.Server
	if r.IntN(4) == 0 {
		e.Home = uint64(r.IntN(3))
	}
	return e
}

func drawCutOff(r *rand.Rand, bounds ...int64) identity.CutOff {
	since := uint64(around(r, bounds...))
	return identity.CutOff{Server: uint64(1 + r.IntN(2)), Size: uint64(4 + r.IntN(3)), Since: since, SetAt: since + uint64(r.IntN(2))}
}

// The function agrees with the model and keeps the promises that people rely on.
func TestCountModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := make(map[identity.Standing]int)
	cut := 0
	for range 200_000 {
		c := draw(r)
		got := c.standing()
		seen[got]++
		if want := model(c); got != want {
			t.Fatalf("%+v: %s, the model says %s", c, got, want)
		}
		whole := c
		whole.key.CutOff = identity.CutOff{}
		if whole.standing() != got {
			cut++
		}
		for name, broken := range promises(r, c, got) {
			if broken {
				t.Fatalf("%+v: %s: %s", c, got, name)
			}
		}
	}
	for s := identity.NotYet; s <= identity.Unproven; s++ {
		if seen[s] < 1000 {
			t.Errorf("%s was drawn %d times: the test shows little", s, seen[s])
		}
	}
	if cut < 1000 {
		t.Errorf("a cut-off decided %d times: the test shows little", cut)
	}
}

func promises(r *rand.Rand, c counted, got identity.Standing) map[string]bool {
	later, revoked, evident, other, shuffled, cut, whole, foreign := c, c, c, c, c, c, c, c
	later.now += int64(r.IntN(100_000))
	if revoked.key.EndedAt == 0 {
		revoked.key.EndedAt = uint64(c.now)
	}
	evident.evidence = append(slices.Clone(c.evidence), drawEvidence(r, c.rev))
	other.now = int64(r.IntN(100_000))
	shuffled.evidence = slices.Clone(c.evidence)
	slices.Reverse(shuffled.evidence)
	cut.key.CutOff = drawCutOff(r, c.rev)
	whole.key.CutOff = identity.CutOff{}
	foreign.evidence = nil
	for _, e := range c.evidence {
		e.Home = e.Server + 1
		foreign.evidence = append(foreign.evidence, e)
	}
	return map[string]bool{
		"time alone undoes a proof":                   got == identity.Proven && later.standing() != identity.Proven,
		"a proof hangs on the reader's clock":         got == identity.Proven && other.standing() != identity.Proven,
		"time alone brings back what is hidden":       got == identity.Unproven && later.standing() != identity.Unproven,
		"time alone makes what is said unsaid":        got != identity.NotYet && later.standing() == identity.NotYet,
		"a revoked key still speaks":                  c.key.EndedAt != 0 && got == identity.Provisional,
		"a revocation lets a record count more":       !got.Counts() && revoked.standing().Counts(),
		"more evidence makes a record count less":     got.Counts() && !evident.standing().Counts() || got == identity.Proven && evident.standing() != identity.Proven,
		"the order of evidence matters":               shuffled.standing() != got,
		"a first cut-off lets a record count more":    whole.standing() != identity.Proven && cut.standing() == identity.Proven,
		"a log of somebody who was no home proves":    foreign.standing() == identity.Proven,
		"a cut-off hides what no revocation has":      c.key.EndedAt == 0 && c.key.Expiry == 0 && whole.standing().Counts() && !got.Counts() && got != identity.NotYet,
		"a cut-off of what was never logged does any": len(c.evidence) == 0 && whole.standing() != got,
	}
}

func TestKeyRecordEnd(t *testing.T) {
	for _, c := range []struct {
		expiry, ended, end uint64
		ok                 bool
	}{{0, 0, 0, false}, {5, 0, 5, true}, {0, 5, 5, true}, {5, 7, 5, true}, {7, 5, 5, true}} {
		end, ok := identity.KeyRecord{Expiry: c.expiry, EndedAt: c.ended}.End()
		if end != c.end || ok != c.ok {
			t.Errorf("%+v: got %d, %t", c, end, ok)
		}
	}
}

func TestWords(t *testing.T) {
	for _, p := range []identity.Purpose{identity.PurposeDevice, identity.PurposeHosted} {
		if q, err := identity.ParsePurpose(p.String()); err != nil || p != q {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := identity.ParsePurpose("Device"); err == nil {
		t.Error("accepted in another case")
	}
	if s := identity.Purpose(9).String() + identity.Standing(9).String(); s != "purpose(9)standing(9)" {
		t.Error(s)
	}
	if identity.PurposeDevice != 1 || identity.PurposeHosted != 2 {
		t.Error("the values are the contract's")
	}
	if identity.DefaultParams().Skew != 10*time.Minute {
		t.Error("all peers share ten minutes")
	}
}
