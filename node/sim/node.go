package sim

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/outbox"
	"metanet/node/pull"
	"metanet/node/wire"
	"metanet/p2p"
)

const chainID = 31337

// site is where a node runs: what outlives it.
type site struct {
	world *world
	n     int
	key   crypto.PrivKey
	id    peer.ID
	ip    net.IP
	addr  multiaddr.Multiaddr
	skew  time.Duration
	view  view
	db    *store.DB
	names *index.Index

	mu sync.Mutex
	up *running // nil while the node is down
}

func (w *world) newSite(n int) (*site, error) {
	seed := sha256.Sum256(fmt.Append(nil, w.plan.Seed, " node ", n))
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		return nil, err
	}
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return nil, err
	}
	s := &site{world: w, n: n, key: key, id: id}
	s.ip, s.addr = address(n + 1)
	s.skew = time.Duration(w.r.Int64N(int64(2*maxSkew))) - maxSkew
	s.view = view{w.chain, time.Duration(w.r.Int64N(int64(maxLag)))}
	if s.db, err = store.Open("", store.Options{InMemory: true, Now: s.now}); err != nil {
		return nil, err
	}
	s.names = index.New(s.db)
	return s, nil
}

// now is what the node's clock says.
func (s *site) now() time.Time { return time.Now().Add(s.skew) }

func (s *site) info() peer.AddrInfo {
	return peer.AddrInfo{ID: s.id, Addrs: []multiaddr.Multiaddr{s.addr}}
}

// running is one life of a node.
type running struct {
	peer *p2p.Node
	door *ingest.Door
	stop context.CancelFunc
	work sync.WaitGroup
}

// start brings the node up: the same parts, joined in the same way, as metanet up.
func (s *site) start(ctx context.Context) error {
	log := slog.New(slog.DiscardHandler)
	p, err := p2p.New(ctx, s.config(log))
	if err != nil {
		return err
	}
	r := &running{peer: p}
	r.door = ingest.New(ingest.Config{
		Network: s.world.network, ChainID: chainID, Params: identity.DefaultParams(), Keys: s.view,
		Store: s.db, Schemas: s.world.schemas, Now: s.now, Logger: log,
	})
	compare, err := pull.NewComparison(p, r.door, s.db, s.now, log, prometheus.NewRegistry())
	if err != nil {
		return errors.Join(err, p.Close())
	}
	records := &pull.Records{Compare: compare, Wire: p, Door: r.door, Cursors: s.db.Space("pull"), Logger: log}
	box := &outbox.Outbox{Store: s.db, Names: s.names, Publisher: p, Shards: shards, Logger: log}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, part := range []func(context.Context) error{r.door.Run, records.Run, box.Run, r.tick} {
		r.work.Go(func() {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				s.world.fail(fmt.Errorf("node %d: %w", s.n, err))
			}
		})
	}
	if err := wire.Join(p, s.db, r.door, log); err != nil {
		return err
	}
	s.mu.Lock()
	s.up = r
	s.mu.Unlock()
	s.recountAll(ctx) // what the chain has shown meanwhile
	return nil
}

func (s *site) config(log *slog.Logger) p2p.Config {
	return p2p.Config{
		Key: s.key, Network: s.world.network.String(), Shards: shards, Listen: []multiaddr.Multiaddr{s.addr},
		Bootstrap: s.world.bootstrap(s.n), Directory: s.world.directory, Logger: log, Transports: s.world.net.transports(s.ip),
	}
}

// tick has waiting records tried again.
func (r *running) tick(ctx context.Context) error {
	for {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return nil
		}
		if err := r.door.Tick(ctx); err != nil {
			return err
		}
	}
}

// kill takes the node down; what it had stored stays.
func (s *site) kill() {
	s.mu.Lock()
	r := s.up
	s.up = nil
	s.mu.Unlock()
	if r == nil {
		return
	}
	r.stop()
	if err := r.peer.Close(); err != nil {
		s.world.fail(fmt.Errorf("node %d does not close: %w", s.n, err))
	}
	r.work.Wait()
}

func (s *site) running() *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up
}

// write has a person of this node put a record in.
func (s *site) write(ctx context.Context, b *record.Bundle) error {
	r := s.running()
	if r == nil {
		return errDown
	}
	res, err := r.door.SubmitOne(ctx, ingest.Candidate{Origin: ingest.Local, From: "person", Bundle: b})
	if err == nil && res.Status != ingest.Admitted {
		err = fmt.Errorf("%s: %w", res.Status, res.Err)
	}
	return err
}

var errDown = errors.New("sim: the node is down")

// recount judges somebody's records anew, as a node does when it sees the chain change.
func (s *site) recount(ctx context.Context, did identity.DID) {
	r := s.running()
	if r == nil {
		return
	}
	if err := r.door.Recount(ctx, did); err != nil && s.running() == r {
		s.world.fail(fmt.Errorf("node %d: %w", s.n, err))
	}
}

func (s *site) recountAll(ctx context.Context) {
	for _, p := range s.world.people {
		s.recount(ctx, p.did)
	}
}
