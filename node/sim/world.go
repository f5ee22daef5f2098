package sim

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/identity"
)

const (
	shards      = 4
	maxSkew     = 2 * time.Minute  // of a node's clock, either way
	maxLag      = 20 * time.Second // of a node's view of the chain
	patience    = 15 * time.Minute // for all to agree, of the fake clock
	looksEvery  = 100 * time.Millisecond
	bootstraps  = 3 // peers that a node is told of
	perPerson   = 8 // records that each person writes over and over
	startsApart = 50 * time.Millisecond
)

// Plan is what a run is made of; the same plan has the same faults.
type Plan struct {
	Seed    uint64
	Nodes   int // honest and lying
	Liars   int
	Late    int // of the honest ones, that come during the run
	People  int
	Records int           // written one after the other, over Span
	Faults  int           // of each kind
	Span    time.Duration // of the fake clock
}

// Report is how a run went.
type Report struct {
	Converged time.Duration  // from the end of the last fault until all agreed
	Bytes     int64          // sent by all nodes, all in all
	Written   int            // records; some failed because their writer's node was down
	Fired     map[string]int // what each fault did, by its name
}

// world is one run.
type world struct {
	plan    Plan
	log     *slog.Logger
	r       *rand.Rand // of whoever runs the world; the network has its own
	net     *network
	chain   *chain
	network identity.Network
	schemas *record.Catalog
	sites   []*site
	liars   []*liar
	people  []*person

	mu      sync.Mutex
	failure error
	fired   map[string]int
	written int
}

// Run runs a plan. It must be called in a bubble of testing/synctest.
func Run(ctx context.Context, plan Plan, log *slog.Logger) (rep Report, err error) {
	w := &world{plan: plan, log: log, r: rand.New(rand.NewPCG(plan.Seed, 0)), net: newNetwork(plan.Seed), chain: newChain(), fired: make(map[string]int)}
	w.network = sha256.Sum256(fmt.Append(nil, "simulated network ", plan.Seed))
	defer w.net.net.Close()
	if w.schemas, err = record.NewCatalog(); err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.open(ctx); err != nil {
		return rep, err
	}
	w.disturb(ctx)
	healed := time.Now()
	if err := w.agree(ctx); err != nil {
		return rep, err
	}
	converged := time.Since(healed)
	for _, l := range w.liars { // who lie to the end
		l.stop()
		w.fire("lie", l.told)
	}
	return Report{converged, w.net.sent.Load(), w.written, w.fired}, w.failed()
}

// honest is how many nodes are; they come first.
func (w *world) honest() int { return w.plan.Nodes - w.plan.Liars }

// open makes people known to the chain and brings all nodes up.
func (w *world) open(ctx context.Context) error {
	for n := range w.honest() {
		s, err := w.newSite(n)
		if err != nil {
			return err
		}
		w.sites = append(w.sites, s)
	}
	for n := range w.plan.People {
		p := w.newPerson(n)
		w.people = append(w.people, p)
		w.chain.add(p.did, p.Public())
	}
	for _, s := range w.sites[:len(w.sites)-w.plan.Late] {
		if err := s.start(ctx); err != nil {
			return fmt.Errorf("node %d: %w", s.n, err)
		}
		time.Sleep(startsApart)
	}
	for n := range w.plan.Liars {
		l, err := w.newLiar(ctx, w.honest()+n)
		if err != nil {
			return err
		}
		w.liars = append(w.liars, l)
	}
	for _, p := range w.people {
		w.shown(ctx, p)
	}
	time.Sleep(maxLag + 5*time.Second)
	return nil
}

// shown has every node act on what the chain says of somebody, when it sees it.
func (w *world) shown(ctx context.Context, p *person) {
	for _, s := range w.sites {
		time.AfterFunc(s.view.lag+time.Millisecond, func() { s.recount(ctx, p.did) })
	}
}

// disturb writes, and injects faults meanwhile, then makes everything whole.
func (w *world) disturb(ctx context.Context) {
	var wg sync.WaitGroup
	faults := w.faults()
	wg.Go(func() {
		for _, f := range faults {
			time.Sleep(f.after)
			w.log.Info("fault", "kind", f.kind, "lasts", f.lasts)
			wg.Go(func() { w.fire(f.kind, f.run(ctx)) })
		}
	})
	pause := w.plan.Span / time.Duration(w.plan.Records)
	for range w.plan.Records {
		time.Sleep(time.Duration(w.r.Int64N(int64(2 * pause))))
		w.writeOne(ctx)
	}
	wg.Wait()
}

// writeOne has somebody write, replace or delete a record at their node.
func (w *world) writeOne(ctx context.Context) {
	p := w.people[w.r.IntN(len(w.people))]
	key := syntax.RecordKey(syntax.NewTID(int64(w.r.IntN(perPerson)), 0))
	text := fmt.Sprint("text ", w.r.Uint64())
	if w.r.IntN(6) == 0 && p.written[key] != nil {
		text = ""
	}
	w.mu.Lock()
	revoked := p.revoked
	w.mu.Unlock()
	if revoked {
		return
	}
	b, err := w.sign(p, key, text)
	if err != nil {
		w.fail(err)
		return
	}
	switch err := p.home.write(ctx, b); {
	case err == nil:
		p.written[key], w.written = b, w.written+1
	case p.home.running() != nil && !w.ended(p):
		w.fail(fmt.Errorf("%s wrote at node %d, and it was not taken: %w", p.did, p.home.n, err))
	}
}

// ended: between looking and writing the key may have ended.
func (w *world) ended(p *person) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return p.revoked
}

// bootstrap is whom node n is told of: some of those before it.
func (w *world) bootstrap(n int) (infos []peer.AddrInfo) {
	r := rand.New(rand.NewPCG(w.plan.Seed, uint64(n)+100))
	for range min(bootstraps, n) {
		infos = append(infos, w.sites[r.IntN(min(n, len(w.sites)-w.plan.Late))].info())
	}
	return infos
}

// directory is the servers that the chain lists.
func (w *world) directory(context.Context) (infos []peer.AddrInfo, _ error) {
	for _, s := range w.sites {
		infos = append(infos, s.info())
	}
	return infos, nil
}

func (w *world) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = errors.Join(w.failure, err)
}

func (w *world) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// fire counts what a fault did.
func (w *world) fire(kind string, times int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fired[kind] += times
}

func (w *world) close() (err error) {
	for _, l := range w.liars {
		l.stop()
	}
	var wg sync.WaitGroup
	for _, s := range w.sites {
		wg.Go(s.kill)
	}
	wg.Wait()
	time.Sleep(maxLag) // nodes that were to be told of the chain
	for _, s := range w.sites {
		err = errors.Join(err, s.db.Close())
	}
	return err
}
