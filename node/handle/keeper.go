package handle

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// Index is where claims are read, and verdicts kept for everybody else.
// *index.Index is one.
type Index interface {
	Actor(ctx context.Context, identifier string) (*index.Actor, error)
	SetHandle(ctx context.Context, did identity.DID, handle syntax.Handle, state index.HandleState) error
}

// Feed tells which records have changed. *store.DB is one.
type Feed interface {
	Watch() (news <-chan struct{}, stop func())
	Cursor(name string) (uint64, error)
	SetCursor(ctx context.Context, name string, seq uint64) error
	Feed(after uint64, limit int) ([]store.Stored, error)
}

// Config is what a Keeper is given. All fields are required but Registerer.
type Config struct {
	Prover     *Prover
	Index      Index
	Feed       Feed
	Space      *store.Space // "handles"
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

const (
	feedCursor = "handles"
	feedPage   = 256
	// round is how many are asked for before the feed is looked at again.
	round = 256
	// atOnce bounds the questions under way: each waits for a stranger.
	atOnce = 8
	// lookEvery is how often the queue is looked at.
	lookEvery = 5 * time.Second
)

// Keeper asks for handles when they are claimed, changed or due, and writes down
// what it finds. One Run at a time.
type Keeper struct {
	cfg    Config
	queue  queue
	wake   chan struct{}
	checks *prometheus.CounterVec
}

// NewKeeper returns a keeper; Run starts it.
func NewKeeper(cfg Config) *Keeper {
	k := &Keeper{cfg: cfg, queue: queue{cfg.Space}, wake: make(chan struct{}, 1)}
	k.checks = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "metanet_handle_checks_total", Help: "Handles asked for, by what was found (valid, unproven, conflicting, silent).",
	}, []string{"found"})
	if cfg.Registerer != nil {
		cfg.Registerer.MustRegister(k.checks)
	}
	return k
}

// Status is what is known of an identity's handle; found is false if it never
// claimed one here.
func (k *Keeper) Status(_ context.Context, did identity.DID) (s Status, found bool, err error) {
	return k.queue.get(did)
}

// Soon has an identity's handle asked for as if for the first time: its claim or
// its home may have changed.
func (k *Keeper) Soon(did identity.DID) error {
	now := k.cfg.Now()
	_, err := k.queue.change(did, func(s *Status) { s.Next, s.Tries, s.Fresh = now, 0, true })
	select {
	case k.wake <- struct{}{}:
	default:
	}
	return err
}

// Run works until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	news, stop := k.cfg.Feed.Watch()
	defer stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		err := k.noteClaims(ctx)
		if err == nil {
			err = k.checkDue(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			k.cfg.Logger.Error("handles are not proved", "error", err)
			select {
			case <-look.C:
			case <-ctx.Done():
				return nil
			}
			continue
		}
		select {
		case <-news:
		case <-k.wake:
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// noteClaims reads from the feed whose names have changed.
func (k *Keeper) noteClaims(ctx context.Context) error {
	for {
		after, err := k.cfg.Feed.Cursor(feedCursor)
		if err != nil {
			return err
		}
		entries, err := k.cfg.Feed.Feed(after, feedPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if e.Bundle.Path == record.ATNamePath {
				if err := k.Soon(e.Bundle.DID); err != nil {
					return err
				}
			}
		}
		if err := k.cfg.Feed.SetCursor(ctx, feedCursor, entries[len(entries)-1].Seq); err != nil {
			return err
		}
	}
}

// checkDue asks for one round of those whose time has come.
func (k *Keeper) checkDue(ctx context.Context) error {
	dids, err := k.queue.due(k.cfg.Now(), round)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, did := range dids {
		g.Go(func() error { return k.check(ctx, did) })
	}
	if len(dids) == round {
		select {
		case k.wake <- struct{}{}: // there may be more
		default:
		}
	}
	return g.Wait()
}

// check asks for one identity's handle and writes down what was found.
func (k *Keeper) check(ctx context.Context, did identity.DID) error {
	asked, _, err := k.queue.get(did)
	if err != nil {
		return err
	}
	a, err := k.cfg.Index.Actor(ctx, string(did))
	switch {
	case errors.Is(err, index.ErrNotFound):
		return k.queue.forget(did)
	case err != nil:
		return err
	case a.Claimed == "":
		return k.withdrawn(ctx, a)
	}
	claim := Claim{did, a.Name, a.Claimed}
	if now := k.cfg.Now(); !k.cfg.Prover.isOwn(claim.Handle) && now.Before(asked.Checked.Add(minGap)) {
		_, err := k.queue.change(did, func(s *Status) { s.Next = s.Checked.Add(minGap) })
		return err
	}
	v, err := k.cfg.Prover.Prove(ctx, claim)
	if err != nil {
		return err
	}
	k.count(v)
	s, err := k.queue.change(did, func(s *Status) {
		again := !s.Next.Equal(asked.Next) // Soon was called meanwhile
		s.learn(claim, v, k.cfg.Now())
		if again {
			s.Next = s.Checked
		}
	})
	if err != nil {
		return err
	}
	if s.State != index.HandleValid {
		k.cfg.Logger.Debug("handle not proved", "did", did, "handle", claim.Handle, "state", s.State, "reason", s.Reason)
	}
	return k.cfg.Index.SetHandle(ctx, did, claim.Handle, s.State)
}

// withdrawn is for an identity whose binding doesn't count (yet, or any more: the
// key that signed it has ended). A handle that this server gave out stays its;
// others are shown as unproven until a live key signs the binding again.
func (k *Keeper) withdrawn(ctx context.Context, a *index.Actor) error {
	if err := k.queue.forget(a.DID); err != nil || a.Handle == "" {
		return err
	}
	owner, found, err := k.cfg.Prover.Local.HandleOwner(ctx, a.Handle)
	if err != nil || found && owner == a.DID {
		return err
	}
	return k.cfg.Index.SetHandle(ctx, a.DID, a.Handle, index.HandleUnproven)
}

func (k *Keeper) count(v Verdict) {
	found := v.State.String()
	if !v.Definite {
		found = "silent"
	}
	k.checks.WithLabelValues(found).Inc()
}
