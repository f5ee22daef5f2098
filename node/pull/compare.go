package pull

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/negentropy"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/p2p"
)

// Asker asks peers questions; *p2p.Node is one.
type Asker interface {
	Ask(ctx context.Context, from peer.ID, question []byte, take func([]byte) error) error
}

const (
	// fruitlessMax is how many rounds in a row may name nothing that is missing. Honest
	// ones narrow a range by sixteen each.
	fruitlessMax = 64
	// A peer that told of more than promisedMin missing records and did not have half
	// of them is asked no more this time.
	promisedMin = 4096
	// declinedMax bounds the ids remembered of records that were fetched and not
	// stored (refused, or hidden here); each is asked for again after declinedFor.
	declinedMax, declinedFor = 200_000, time.Hour
	// shardPatience is how long a peer that trickles may keep a shard from the others:
	// then they are asked for it, too, and the door drops what comes twice.
	shardPatience = time.Minute
	// recent is what is compared first: people look at today.
	recent = 7 * 24 * time.Hour
)

// errPromised ends comparing with a peer that names what it doesn't have.
var errPromised = fmt.Errorf("%w: the peer lacks what it named", ErrQuestion)

// Comparison finds what a peer has and this store has not, and brings it in by the
// door. Several peers may be compared with at once: each shard is fetched from one of
// them at a time, so that they share the work. It keeps nothing on disk: what has come
// is there, and whoever compares again after being cut off finds the rest.
type Comparison struct {
	asker  Asker
	door   Door
	db     *store.DB
	now    func() time.Time
	log    *slog.Logger
	shards [store.ItemShards]chan struct{} // one token each: who has it compares that shard

	declined *lru.Cache[negentropy.ID, time.Time]
	metrics  *comparisonMetrics

	mu     sync.Mutex
	travel travel // guarded by mu
}

// NewComparison makes a Comparison. reg may be nil.
func NewComparison(asker Asker, door Door, db *store.DB, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) (*Comparison, error) {
	declined, err := lru.New[negentropy.ID, time.Time](declinedMax)
	if err != nil {
		return nil, fmt.Errorf("pull: %w", err)
	}
	c := &Comparison{asker: asker, door: door, db: db, now: now, log: log, declined: declined, metrics: newComparisonMetrics(), travel: travel{journeys: make(map[peer.ID]*journey)}}
	for i := range c.shards {
		c.shards[i] = make(chan struct{}, 1)
	}
	return c, c.metrics.register(reg)
}

// Progress tells of the comparisons that go on.
func (c *Comparison) Progress() CatchUp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.travel.state(c.now())
}

// Run compares with a peer, and answers from where in its feed everything that came
// later has to be read.
func (c *Comparison) Run(ctx context.Context, from peer.ID) (id p2p.StoreID, newest uint64, err error) {
	began := c.now()
	defer func() { c.metrics.done(err) }()
	theirs, err := c.head(ctx, from)
	if err != nil {
		return id, 0, err
	}
	ours, err := headOf(c.db)
	if err != nil {
		return id, 0, err
	}
	todo, expected := ours.lacks(theirs)
	var j *journey
	c.tell(func() { j = c.travel.begin(from, expected, began, c.now()) })
	defer c.tell(func() { c.travel.end(from, j) })
	// Each peer begins elsewhere, and comes back to shards that another is at.
	rand.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
	s := &session{Comparison: c, ctx: ctx, from: from, journey: j}
	for wait := range 2 {
		var later []int
		for _, shard := range todo {
			done, err := s.shard(shard, wait == 1)
			if err != nil {
				return id, 0, err
			}
			if !done {
				later = append(later, shard)
			}
		}
		todo = later
	}
	c.log.Debug("compared", "peer", from, "fetched", j.Fetched, "took", c.now().Sub(began))
	return theirs.store, theirs.newest, nil
}

// Author brings in what a peer has of one identity and this store has not, and answers
// how many records that was.
func (c *Comparison) Author(ctx context.Context, from peer.ID, author identity.DID) (uint64, error) {
	s := &session{Comparison: c, ctx: ctx, from: from, journey: new(journey)}
	err := s.compare(scope{shard: author.Shard(store.ItemShards), author: author, to: forever})
	return s.delivered, err
}

func (c *Comparison) head(ctx context.Context, from peer.ID) (h head, err error) {
	b, err := c.one(ctx, from, []byte{askHead})
	if err != nil {
		return h, err
	}
	return decodeHead(b)
}

// one asks for an answer of one frame.
func (c *Comparison) one(ctx context.Context, from peer.ID, question []byte) (answer []byte, err error) {
	err = c.ask(ctx, from, question, func(b []byte) error {
		if answer != nil {
			return fmt.Errorf("%w: more than one frame", ErrQuestion)
		}
		answer = b
		return nil
	})
	if err == nil && answer == nil {
		err = fmt.Errorf("%w: no answer", ErrQuestion)
	}
	return answer, err
}

// ask waits where a peer is busy: it asks to, and has said for how long.
func (c *Comparison) ask(ctx context.Context, from peer.ID, question []byte, take func([]byte) error) error {
	for tries := 0; ; tries++ {
		c.metrics.questions.Inc()
		err := c.asker.Ask(ctx, from, question, take)
		var busy *p2p.BusyError
		if !errors.As(err, &busy) || tries == busyTries {
			return err
		}
		select {
		case <-time.After(min(max(busy.RetryAfter, time.Second), patience)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

const busyTries = 30

// tell changes how far the comparisons have come.
func (c *Comparison) tell(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// session is a comparison with one peer.
type session struct {
	*Comparison
	ctx       context.Context
	from      peer.ID
	journey   *journey
	named     uint64 // ids that the peer said it had, and we asked for
	delivered uint64
}

// shard compares one, unless another session is at it and wait is not set.
func (s *session) shard(shard int, wait bool) (done bool, err error) {
	release, err := s.enter(shard, wait)
	if release == nil {
		return false, err
	}
	defer release()
	week := uint64(s.now().Add(-recent).UnixMicro())
	for _, part := range []scope{{shard: shard, from: week, to: forever}, {shard: shard, to: week}} {
		if err := s.compare(part); err != nil {
			return false, err
		}
	}
	s.tell(func() { s.journey.finish(shard) })
	return true, nil
}

// enter takes a shard; release is nil if it is another's or ctx has ended.
func (s *session) enter(shard int, wait bool) (release func(), err error) {
	release = func() { <-s.shards[shard] }
	select {
	case s.shards[shard] <- struct{}{}:
		return release, nil
	default:
		if !wait {
			return nil, nil
		}
	}
	select {
	case s.shards[shard] <- struct{}{}:
		return release, nil
	case <-time.After(shardPatience):
		return func() {}, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

func (s *session) compare(part scope) error {
	ours, err := part.set(s.db)
	if err != nil {
		return err
	}
	message, err := negentropy.Open(ours, answerMax)
	for fruitless := 0; err == nil && message != nil; fruitless++ {
		if fruitless == fruitlessMax {
			return fmt.Errorf("%w: %d rounds without an end", ErrQuestion, fruitless)
		}
		var answer []byte
		if answer, err = s.one(s.ctx, s.from, append(part.append([]byte{askCompare}), message...)); err != nil {
			return err
		}
		var missing []group
		if ours, err = part.set(s.db); err != nil { // it grows with what comes
			return err
		}
		message, err = negentropy.Take(ours, answer, answerMax, func(lo, hi negentropy.Item, ids []negentropy.ID) error {
			if ids = s.undeclined(ids); len(ids) > 0 {
				missing = append(missing, group{lo, hi, ids})
				fruitless = 0
			}
			return nil
		})
		if err == nil {
			err = s.fetch(part, missing)
		}
	}
	return err
}

// undeclined leaves out what was fetched lately and not stored.
func (s *session) undeclined(ids []negentropy.ID) (out []negentropy.ID) {
	for _, id := range ids {
		if at, ok := s.declined.Get(id); !ok || s.now().Sub(at) > declinedFor {
			out = append(out, id)
		}
	}
	return out
}

// fetch asks for groups, as many at once as fit a question.
func (s *session) fetch(part scope, groups []group) error {
	for len(groups) > 0 {
		question := part.append([]byte{askFetch})
		n, wanted := 0, make(map[negentropy.ID]bool)
		for n < len(groups) && n < groupsMax && (n == 0 || len(question)+groupSize+len(groups[n].ids)*len(negentropy.ID{}) <= p2p.MaxQuestion) {
			for _, id := range groups[n].ids {
				wanted[id] = true
			}
			question = groups[n].append(question)
			n++
		}
		groups = groups[n:]
		s.named += uint64(len(wanted))
		s.tell(func() { s.journey.shards[part.shard].named += uint64(len(wanted)) })
		in := &arrivals{session: s, shard: part.shard, wanted: wanted, most: len(wanted)}
		err := s.ask(s.ctx, s.from, question, in.take)
		if err := errors.Join(err, in.flush()); err != nil {
			return err
		}
		if s.named > promisedMin && s.delivered < s.named/2 {
			return errPromised
		}
	}
	return nil
}

// arrivals brings an answer's records through the door in batches.
type arrivals struct {
	*session
	shard   int
	wanted  map[negentropy.ID]bool
	most    int // records that may still come
	waiting []ingest.Candidate
}

func (a *arrivals) take(b []byte) error {
	if a.most--; a.most < 0 {
		return fmt.Errorf("%w: more records than were asked for", ErrQuestion)
	}
	candidates, err := ingest.Decode(ingest.Sync, a.from.String(), b, false)
	if err != nil {
		return err
	}
	if a.waiting = append(a.waiting, candidates...); len(a.waiting) < batch {
		return nil
	}
	return a.flush()
}

func (a *arrivals) flush() error {
	if len(a.waiting) == 0 {
		return nil
	}
	results, err := a.door.Submit(a.ctx, a.waiting)
	if err != nil {
		return err
	}
	a.waiting = nil
	came := uint64(0)
	for _, r := range results {
		id, ok := digest(r)
		if !ok || !a.wanted[id] {
			continue
		}
		delete(a.wanted, id)
		came++
		if r.Status != ingest.Admitted {
			a.declined.Add(id, a.now())
		}
	}
	a.delivered += came
	a.metrics.fetched.Add(float64(came))
	a.tell(func() { a.travel.took(a.journey, a.shard, came, a.now()) })
	return nil
}

// digest is a record's id as it is compared.
func digest(r ingest.Result) (id negentropy.ID, ok bool) {
	if !r.ID.Defined() {
		return id, false
	}
	hash := r.ID.Hash()
	if len(hash) < len(id) {
		return id, false
	}
	copy(id[:], hash[len(hash)-len(id):])
	return id, true
}

type comparisonMetrics struct {
	questions, fetched prometheus.Counter
	runs               *prometheus.CounterVec
}

func newComparisonMetrics() *comparisonMetrics {
	name := func(s string) string { return "metanet_compare_" + s }
	return &comparisonMetrics{
		questions: prometheus.NewCounter(prometheus.CounterOpts{Name: name("questions_total"), Help: "Questions asked of peers to compare with them."}),
		fetched:   prometheus.NewCounter(prometheus.CounterOpts{Name: name("records_total"), Help: "Records that were missing here and came from a peer."}),
		runs:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("runs_total"), Help: "Comparisons with peers that ended, by outcome."}, []string{"outcome"}),
	}
}

func (m *comparisonMetrics) register(reg prometheus.Registerer) error {
	if reg == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{m.questions, m.fetched, m.runs} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("pull: metrics: %w", err)
		}
	}
	return nil
}

func (m *comparisonMetrics) done(err error) {
	outcome := "ok"
	switch {
	case errors.Is(err, ErrQuestion), errors.Is(err, negentropy.ErrMessage), errors.Is(err, p2p.ErrFrame):
		outcome = "malformed"
	case err != nil:
		outcome = "failed"
	}
	m.runs.WithLabelValues(outcome).Inc()
}
