package identity_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"metanet/identity"
)

const skew = 600 // seconds

var params = identity.Params{Skew: skew * time.Second}

func at(seconds float64) time.Time {
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000)
}

func anchored(t uint64) *identity.Evidence { return &identity.Evidence{AnchoredAt: t} }

// Times below are seconds after the epoch, skew is 600. µ is the step of a TID.
const µ = 1e-6

// The table that docs/protocol.md repeats: a key added at 10000.
func TestCount(t *testing.T) {
	live := identity.KeyRecord{AddedAt: 10000}
	expires := identity.KeyRecord{AddedAt: 10000, Expiry: 20000}
	revoked := identity.KeyRecord{AddedAt: 10000, EndedAt: 20000}
	revokedThenExpired := identity.KeyRecord{AddedAt: 10000, EndedAt: 20000, Expiry: 25000}
	expiredThenRevoked := identity.KeyRecord{AddedAt: 10000, EndedAt: 25000, Expiry: 20000}
	endless := identity.KeyRecord{AddedAt: 10000, Expiry: math.MaxUint64}

	for _, c := range []struct {
		name string
		key  identity.KeyRecord
		rev  float64
		ev   *identity.Evidence
		now  float64
		want identity.Standing
	}{
		{"written while the key lives", live, 15000, nil, 15001, identity.Provisional},
		{"read long after", live, 15000, nil, 9e9, identity.Provisional},
		{"read at a node whose clock lags", live, 15000, nil, 14400, identity.Provisional},
		{"lags by more than the skew", live, 15000, nil, 14400 - µ, identity.NotYet},
		{"anchored, and the clock lags however much", live, 15000, anchored(15100), 0, identity.Proven},

		{"first moment: the author's clock lags", live, 10000 - skew, nil, 15000, identity.Provisional},
		{"before the key was added", live, 10000 - skew - µ, nil, 15000, identity.NotYet},
		{"before the key was added, though anchored", live, 10000 - skew - µ, anchored(15000), 15000, identity.NotYet},

		{"anchored while the key lives", live, 15000, anchored(15100), 16000, identity.Proven},
		{"anchored by a chain whose clock lags", live, 15000, anchored(15000 - skew), 16000, identity.Proven},
		{"rev too far ahead of its anchor", live, 15000, anchored(15000 - skew - 1), 16000, identity.Provisional},
		{"the same when the key has been revoked", revoked, 15000, anchored(15000 - skew - 1), 30000, identity.Unproven},

		{"the moment before expiry", expires, 15000, nil, 20000 - µ, identity.Provisional},
		{"the moment of expiry", expires, 15000, nil, 20000, identity.Unproven},
		{"expired, anchored in its last second", expires, 15000, anchored(20000), 30000, identity.Proven},
		{"expired, anchored a second later", expires, 15000, anchored(20001), 30000, identity.Unproven},
		{"rev just after expiry, anchored just before", expires, 20000 + skew, anchored(20000), 30000, identity.Proven},
		{"rev well after expiry", expires, 20000 + skew + µ, anchored(20000), 30000, identity.Unproven},

		{"revoked, never anchored", revoked, 15000, nil, 30000, identity.Unproven},
		{"revoked, as the first block says so", revoked, 15000, nil, 20000, identity.Unproven},
		{"revoked in a block ahead of our clock", revoked, 15000, nil, 19000, identity.Unproven},
		{"revoked, anchored before", revoked, 15000, anchored(15100), 30000, identity.Proven},
		{"revoked, anchored in the block of the revocation", revoked, 15000, anchored(20000), 30000, identity.Proven},
		{"revoked, anchored after", revoked, 15000, anchored(20001), 30000, identity.Unproven},
		{"backdated by a thief after the revocation", revoked, 12000, anchored(21000), 30000, identity.Unproven},
		{"written by a thief after the revocation", revoked, 29000, nil, 30000, identity.Unproven},
		{"revoked, and from the future", revoked, 31000, nil, 30000, identity.NotYet},

		{"revoked before it would have expired, anchored between", revokedThenExpired, 15000, anchored(22000), 30000, identity.Unproven},
		{"expired before it was revoked, anchored between", expiredThenRevoked, 15000, anchored(22000), 30000, identity.Unproven},
		{"expired before it was revoked, anchored before both", expiredThenRevoked, 15000, anchored(20000), 30000, identity.Proven},

		{"an expiry beyond all time", endless, 15000, nil, 9e9, identity.Provisional},
		{"an expiry beyond all time, anchored", endless, 15000, anchored(math.MaxUint64), 9e9, identity.Proven},
	} {
		if got := identity.Count(c.key, true, at(c.rev), c.ev, at(c.now), params); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := identity.Count(c.key, false, at(c.rev), c.ev, at(c.now), params); got != identity.NotYet {
			t.Errorf("%s: of an unknown key %s", c.name, got)
		}
	}
}

func TestCountNeverAddedAtAll(t *testing.T) {
	// A key known from the very first block: addedAt − skew lies before the epoch.
	if got := identity.Count(identity.KeyRecord{AddedAt: 1}, true, at(0), nil, at(1), params); got != identity.Provisional {
		t.Errorf("got %s", got)
	}
}

// model is Count once more, from the words of the design: sets of seconds and a
// search instead of comparisons in order.
func model(k identity.KeyRecord, known bool, rev int64, ev *identity.Evidence, now int64) identity.Standing {
	ends := []int64{math.MaxInt64}
	if k.Expiry != 0 {
		ends = append(ends, int64(k.Expiry))
	}
	if k.EndedAt != 0 {
		ends = append(ends, int64(k.EndedAt))
	}
	end := ends[0]
	for _, e := range ends {
		end = min(end, e)
	}
	tooEarly := rev+skew < int64(k.AddedAt)
	fromTheFuture := rev-skew > now
	proven := ev != nil && rev <= int64(ev.AnchoredAt)+skew && int64(ev.AnchoredAt) <= end
	over := k.EndedAt != 0 || k.Expiry != 0 && now >= int64(k.Expiry)
	standings := map[bool]identity.Standing{true: identity.Unproven, false: identity.Provisional}
	switch {
	case !known || tooEarly || fromTheFuture && !proven:
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
	key   identity.KeyRecord
	known bool
	rev   int64
	ev    *identity.Evidence
	now   int64
}

func (c counted) standing() identity.Standing {
	return identity.Count(c.key, c.known, time.Unix(c.rev, 0), c.ev, time.Unix(c.now, 0), params)
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
	if r.IntN(2) == 0 {
		c.ev = anchored(uint64(around(r, rev, int64(c.key.Expiry), int64(c.key.EndedAt))))
	}
	c.now = around(r, rev, 20000, int64(c.key.Expiry), int64(c.key.EndedAt))
	return c
}

// The function agrees with the model and keeps the promises that people rely on.
func TestCountModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := make(map[identity.Standing]int)
	for range 200_000 {
		c := draw(r)
		got := c.standing()
		seen[got]++
		if want := model(c.key, c.known, c.rev, c.ev, c.now); got != want {
			t.Fatalf("%+v: %s, the model says %s", c, got, want)
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
}

func promises(r *rand.Rand, c counted, got identity.Standing) map[string]bool {
	later, revoked, evident, other := c, c, c, c
	later.now += int64(r.IntN(100_000))
	if revoked.key.EndedAt == 0 {
		revoked.key.EndedAt = uint64(c.now)
	}
	evident.ev = anchored(uint64(around(r, c.rev)))
	other.now = int64(r.IntN(100_000))
	return map[string]bool{
		"time alone undoes a proof":               got == identity.Proven && later.standing() != identity.Proven,
		"a proof hangs on the reader's clock":     got == identity.Proven && other.standing() != identity.Proven,
		"time alone brings back what is hidden":   got == identity.Unproven && later.standing() != identity.Unproven,
		"time alone makes what is said unsaid":    got != identity.NotYet && later.standing() == identity.NotYet,
		"a revoked key still speaks":              c.key.EndedAt != 0 && got == identity.Provisional,
		"a revocation lets a record count more":   !got.Counts() && revoked.standing().Counts(),
		"a first proof makes a record count less": c.ev == nil && got.Counts() && !evident.standing().Counts(),
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
