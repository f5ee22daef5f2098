package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Defaults and bounds of FollowerConfig.
const (
	DefaultPoll   = 2 * time.Second
	DefaultKeep   = 256
	DefaultWindow = 2_000
	maxWindow     = 20_000
	maxBackoff    = 30 * time.Second

	// tipBlocks is how many blocks near the head are written at once.
	tipBlocks = 64
)

// FollowerConfig tunes a Follower. The zero value is good for a public chain.
type FollowerConfig struct {
	// Poll is the pause between two looks at the head. 0 means DefaultPoll; a
	// development chain on loopback does well with 200 ms.
	Poll time.Duration

	// Keep is how many blocks below the head are followed one by one, with the
	// journal that undoes them: the deepest reorganisation that does not need a
	// clean start. Blocks that are not final are kept beyond that. 0 means
	// DefaultKeep.
	Keep uint64

	// Finality is the network's; empty means what DetectFinality finds.
	Finality Finality

	// Window is how many blocks one eth_getLogs covers at first while catching
	// up; it shrinks when the provider refuses. 0 means DefaultWindow.
	Window uint64

	// Logger; nil discards.
	Logger *slog.Logger

	// Now is the clock that Status is stamped with; nil means time.Now.
	Now func() time.Time
}

func (c FollowerConfig) withDefaults() FollowerConfig {
	if c.Poll == 0 {
		c.Poll = DefaultPoll
	}
	if c.Keep == 0 {
		c.Keep = DefaultKeep
	}
	if c.Window == 0 {
		c.Window = DefaultWindow
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Follower keeps a projection of our contracts' events and answers from it.
// Near the head it goes block by block and can undo each (reorg.go); far behind
// it goes by windows (catchup.go). Where that is not enough it follows anew, while
// it serves what there is (resync.go).
type Follower struct {
	client    *Client
	contracts Contracts
	raw       StateStore // with both copies of the projection
	config    FollowerConfig
	log       *slog.Logger
	projector projector

	// Of Run alone:
	window   window
	builder  *Follower // of the other copy, during a resync
	builds   bool      // is such a one: nobody is told
	withheld int       // holes met in a row
	restarts int       // of a builder
	verified bool      // the RPC was checked since it was last away
	final    finalMark

	// commit guards the stored projection: held for writing while it changes,
	// for reading by whoever reads several entries.
	commit sync.RWMutex
	store  StateStore // the copy that is served
	cache  *keyCache

	mu       sync.Mutex // guards what follows
	cursor   cursor
	meta     meta
	status   Status
	advanced chan struct{} // closed and replaced when the cursor moves
	nudged   chan struct{}
	watchers map[int]func(Changes)
	watched  int
}

// NewFollower opens the projection in store. State of another network, or of
// another schema, is dropped: it can be had again from the chain.
func NewFollower(client *Client, k Contracts, store StateStore, config FollowerConfig) (*Follower, error) {
	config = config.withDefaults()
	f := &Follower{
		client: client, contracts: k, raw: store, config: config, log: config.Logger,
		projector: newProjector(k), window: newWindow(config.Window), cache: newKeyCache(),
		advanced: make(chan struct{}), nudged: make(chan struct{}, 1), watchers: map[int]func(Changes){},
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// Status tells how the follower fares.
type Status struct {
	Head     Block // the RPC's, as last seen
	Followed Block // the projection is of this block
	Final    Block // the highest followed block that is irreversible; zero: none yet
	// Behind is Head − Followed, 0 if the RPC itself is behind.
	Behind uint64
	// Err is why the last attempt failed; nil while all is well.
	Err   error
	Since time.Time // of the first of the failures in a row, or of the last success
	// Resync is why the chain is being followed anew, empty while it isn't, and
	// Resynced how far. What is shown meanwhile is as of Followed.
	Resync   string
	Resynced Block
	// Unfinalized counts reorganisations below a final block since the start.
	Unfinalized uint64
}

// Status is safe to call at any time.
func (f *Follower) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.status
	s.Followed, s.Final = f.cursor.block(), Block(f.cursor.Final)
	if s.Head.Number > s.Followed.Number {
		s.Behind = s.Head.Number - s.Followed.Number
	}
	return s
}

// Head is the block whose state the projection shows.
func (f *Follower) Head() Block {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor.block()
}

// Contracts is what the follower follows.
func (f *Follower) Contracts() Contracts { return f.contracts }

// Run follows until ctx ends. It returns an error only for faults of our own
// (the store); an RPC that fails, or serves another chain, is tried again for
// ever, more and more slowly, and Status tells.
func (f *Follower) Run(ctx context.Context) error {
	failures := 0
	for {
		more, err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case fatal(err):
			return err
		case errors.Is(err, ErrWithheld):
			if err := f.missed(err); err != nil {
				return err
			}
			f.fail(err, failures)
			failures++
		case err != nil:
			f.fail(err, failures)
			failures++
		default:
			f.succeed(failures)
			failures = 0
		}
		if !more && !f.sleep(ctx, f.pause(failures)) {
			return nil
		}
	}
}

// fatal tells our own faults, which end Run, from the RPC's, which pass.
func fatal(err error) bool { return errors.Is(err, ErrState) || errors.Is(err, ErrCorruptState) }

// pause doubles from Poll to maxBackoff with each failure in a row.
func (f *Follower) pause(failures int) time.Duration {
	d := f.config.Poll
	for range failures {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

func (f *Follower) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-f.nudged:
	}
	return true
}

func (f *Follower) fail(err error, before int) {
	f.verified = false
	level := slog.LevelDebug
	if before == 0 {
		level = slog.LevelWarn
	}
	f.log.Log(context.Background(), level, "chain follower failed, will retry", "error", err, "failures", before+1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.status.Err == nil {
		f.status.Since = f.config.Now()
	}
	f.status.Err = err
}

func (f *Follower) succeed(failures int) {
	if failures > 0 {
		f.log.Info("chain follower recovered", "failures", failures)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.Err, f.status.Since = nil, f.config.Now()
}

// step does one bounded piece of work and reports whether there is more.
func (f *Follower) step(ctx context.Context) (more bool, err error) {
	if !f.verified {
		if err := f.start(ctx); err != nil {
			return false, err
		}
		f.verified = true
	}
	if f.meta.Stage == stageBuilding {
		return f.rebuild(ctx)
	}
	if free, err := f.maintain(); err != nil || !free {
		return true, err
	}
	head, err := f.client.Head(ctx)
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	f.status.Head = head
	f.mu.Unlock()

	final, err := f.finalHead(ctx, head)
	if err != nil {
		return false, err
	}
	if more, err = f.follow(ctx, head, final); err != nil {
		return more, err
	}
	return more || f.meta.Stage != stageNone, f.settleFinal(final)
}

// follow goes some way towards the head, or back to where the chain forked.
func (f *Follower) follow(ctx context.Context, head, final Block) (more bool, err error) {
	at, journalled := f.cursor, f.journalled(head, final)
	switch {
	case head.Number <= at.Number:
		return f.compare(ctx, head)
	case head.Number-at.Number > journalled:
		return true, f.catchUp(ctx, head.Number-journalled)
	default:
		return f.advance(ctx, head.Number, journalled)
	}
}

// start checks the RPC, and lays the first cursor where there is none.
func (f *Follower) start(ctx context.Context) error {
	if err := Verify(ctx, f.client, f.contracts); err != nil {
		return err
	}
	if f.cursor.started() {
		return nil
	}
	blocks, err := f.client.headers(ctx, f.contracts.Start)
	if err != nil {
		return err
	}
	if blocks[0] == nil {
		return fmt.Errorf("%w: no block %d yet, where following starts", ErrUnavailable, f.contracts.Start)
	}
	d := f.draft()
	d.settle(blocks[0].block())
	return f.publish(d, false)
}

// publish commits a draft and tells everybody.
func (f *Follower) publish(d *draft, undone bool) error {
	f.commit.Lock()
	err := d.commit()
	f.cache.drop(d.touched)
	f.commit.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	f.withheld = 0
	f.moved(d.cursor)
	if len(d.touched) > 0 && !f.builds {
		f.tell(newChanges(f.contracts.ChainID, d, undone))
	}
	return nil
}

// draft begins changes of the projection.
func (f *Follower) draft() *draft {
	d := newDraft(f.store, f.cursor)
	d.silent = f.builds
	return d
}

// moved wakes those who wait for the cursor.
func (f *Follower) moved(to cursor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cursor = to
	close(f.advanced)
	f.advanced = make(chan struct{})
}

// WaitFor returns once the projection includes block number, for those who have
// just read a receipt and want to see its effect.
func (f *Follower) WaitFor(ctx context.Context, number uint64) error {
	for {
		f.mu.Lock()
		at, started, advanced := f.cursor.Number, f.cursor.started(), f.advanced
		f.mu.Unlock()
		if at >= number && started {
			return nil
		}
		f.Nudge()
		select {
		case <-ctx.Done():
			return fmt.Errorf("chain: waiting for block %d: %w", number, ctx.Err())
		case <-advanced:
		}
	}
}

// Nudge makes the follower look at the head now.
func (f *Follower) Nudge() {
	select {
	case f.nudged <- struct{}{}:
	default:
	}
}
