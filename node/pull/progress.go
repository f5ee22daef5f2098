package pull

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/store"
)

// CatchUp is how far comparing has come. Peers share the work, so what is left and for
// how long is told of all of them together.
type CatchUp struct {
	Peers   []Progress `json:"peers"`   // who is compared with now
	Fetched uint64     `json:"fetched"` // records that came from them
	// Missing is how many seem to be missing still: what peers have more than we, and
	// more where it turns out that we have what they have not.
	Missing uint64 `json:"missing"`
	// Remaining is for how long it goes on at the pace of the last minute; 0 if that is
	// not known yet.
	Remaining time.Duration `json:"remaining"`
}

// Progress is how far comparing with one peer has come.
type Progress struct {
	Peer    string    `json:"peer"`
	Since   time.Time `json:"since"`
	Shards  int       `json:"shards"`  // done, of store.ItemShards
	Fetched uint64    `json:"fetched"` // records that came from it
}

// journey is what one comparison knows of its way. Comparison.mu guards it.
type journey struct {
	Progress
	shards [store.ItemShards]stretch
	at     int // the shard that it is at
	pace   meter
}

// stretch is one shard of it.
type stretch struct {
	done     bool
	expected uint64 // how many records more the peer had than we, when came was as it is here
	came     uint64
	named    uint64 // ids of it that were asked for and have not come
}

// travel is all the journeys of now.
type travel struct {
	journeys map[peer.ID]*journey
	came     [store.ItemShards]uint64 // records of each shard that came, from whomever
	pace     meter
}

// begin adds a journey. expected is how many records each shard seems to lack; -1 is
// none, and equal.
func (t *travel) begin(p peer.ID, expected [store.ItemShards]int64, began, now time.Time) *journey {
	if len(t.journeys) == 0 {
		t.pace = meter{last: now}
	}
	j := &journey{Progress: Progress{Peer: p.String(), Since: began}, pace: meter{last: now}}
	for i, n := range expected {
		j.shards[i] = stretch{done: n < 0, expected: uint64(max(n, 0)), came: t.came[i]}
		if n < 0 {
			j.Shards++
		}
	}
	t.journeys[p] = j
	return j
}

func (t *travel) end(p peer.ID, j *journey) {
	if t.journeys[p] == j {
		delete(t.journeys, p)
	}
}

// took counts records of a shard that came to j.
func (t *travel) took(j *journey, shard int, n uint64, now time.Time) {
	j.Fetched += n
	j.shards[shard].named -= min(n, j.shards[shard].named)
	j.at = shard
	t.came[shard] += n
	j.pace.add(n, now)
	t.pace.add(n, now)
}

func (j *journey) finish(shard int) {
	j.shards[shard].done = true
	j.Shards++
}

// state is all of it at a moment.
func (t *travel) state(now time.Time) (c CatchUp) {
	var left [store.ItemShards]uint64
	for _, j := range t.journeys {
		c.Peers = append(c.Peers, j.Progress)
		c.Fetched += j.Fetched
		for i, s := range j.shards {
			if came := t.came[i] - s.came; !s.done {
				// What two peers have is fetched once, so it is the most that one of them has.
				left[i] = max(left[i], s.named, s.expected-min(came, s.expected))
			}
		}
	}
	for _, j := range t.journeys { // the slowest ends what it has begun
		if !j.shards[j.at].done {
			c.Remaining = max(c.Remaining, j.pace.left(left[j.at], now))
		}
	}
	slices.SortFunc(c.Peers, func(a, b Progress) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Peer, b.Peer)) })
	for _, n := range left {
		c.Missing += n
	}
	c.Remaining = max(c.Remaining, t.pace.left(c.Missing, now))
	return c
}

// paceHalf is after how long what was counts half as much for the pace: peers come
// and go, and lines change.
const paceHalf = 30 * time.Second

// meter is a pace: what came and in how many seconds, both less the longer ago.
type meter struct {
	count, seconds float64
	last           time.Time
}

func (m *meter) add(n uint64, now time.Time) {
	m.pass(now)
	m.count += float64(n)
}

// left is how long n more take, in whole seconds; 0 if that is not known.
func (m meter) left(n uint64, now time.Time) time.Duration {
	m.pass(now)
	if m.count == 0 {
		return 0
	}
	seconds := min(float64(n)*m.seconds/m.count, math.MaxInt32)
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}

func (m *meter) pass(now time.Time) {
	passed := max(0, now.Sub(m.last))
	fade := math.Exp2(-float64(passed) / float64(paceHalf))
	m.count, m.seconds, m.last = m.count*fade, m.seconds*fade+passed.Seconds(), now
}
